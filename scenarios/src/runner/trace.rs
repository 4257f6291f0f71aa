//! The step trace: a number for every event in order, and each as one line of JSON where that was asked for.
use crate::{
    digest::Digest,
    event::{Emits, Event, NodeId, Stepped, StopHow, What},
    workload::AtWorkload,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};
use strait_core::{
    Durable, Emit, Lsn, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    time::Mono,
};

/// The trace of one run.
pub(super) struct Trace {
    digest: Digest,
    file: Option<BufWriter<File>>,
    line: Vec<u8>,
    /// Why a line could not be written; told at the end.
    failed: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: Mono,
    node: &'a NodeId,
    synced: Lsn,
    #[serde(flatten)]
    what: Happened<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Happened<'a> {
    Started { disk: String, durable: BTreeMap<&'a str, String>, caused: Caused<'a> },
    RefusedToStart(&'a str),
    Stopped(StopHow),
    Paused(bool),
    AtWorkload(&'a AtWorkload),
    GlobalStepped { step: &'a Step<GlobalInput>, caused: &'a [Emit<GlobalEffect>] },
    ZoneStepped { step: &'a Step<ZoneInput>, caused: &'a [Emit<ZoneEffect>] },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Caused<'a> {
    Global(&'a [Emit<GlobalEffect>]),
    Zone(&'a [Emit<ZoneEffect>]),
}

impl Trace {
    /// Begins a trace, in a file of that name if there is a folder for it.
    pub(super) fn begin(folder: Option<&Path>, stem: &str) -> Result<Self, String> {
        let file = match folder {
            None => None,
            Some(folder) => {
                let path = folder.join(format!("{stem}.jsonl"));
                let refused = |error| format!("the trace {} cannot be written: {error}", path.display());
                fs::create_dir_all(folder).map_err(refused)?;
                Some(BufWriter::new(File::create(&path).map_err(refused)?))
            }
        };
        Ok(Self { digest: Digest::default(), file, line: Vec::new(), failed: None })
    }

    pub(super) fn enter(&mut self, event: &Event) {
        let what = match &event.what {
            What::Started { durable, emits, disk, .. } => Happened::Started {
                disk: format!("{disk:?}"),
                durable: readable(durable),
                caused: match emits {
                    Emits::Global(emits) => Caused::Global(emits),
                    Emits::Zone(emits) => Caused::Zone(emits),
                },
            },
            What::RefusedToStart { why } => Happened::RefusedToStart(why),
            What::Stopped { how } => Happened::Stopped(*how),
            What::Paused => Happened::Paused(true),
            What::Resumed => Happened::Paused(false),
            What::Workload(at) => Happened::AtWorkload(at),
            What::Stepped(Stepped::Global { step, emits }) => Happened::GlobalStepped { step, caused: emits },
            What::Stepped(Stepped::Zone { step, emits }) => Happened::ZoneStepped { step, caused: emits },
        };
        // A flattened line would be copied before it is digested.
        self.digest.add(&(event.at, &event.node, event.synced, &what));
        if self.file.is_some() {
            self.write(&Line { at: event.at, node: &event.node, synced: event.synced, what });
        }
    }

    fn write(&mut self, line: &Line<'_>) {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).expect("events hold only what JSON can say");
        self.line.push(b'\n');
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(&self.line)
        {
            self.failed = Some(error.to_string());
            self.file = None;
        }
    }

    /// The number of all of it, and why the file is not whole, if it is not.
    pub(super) fn end(mut self) -> (String, Option<String>) {
        if let Some(mut file) = self.file.take()
            && let Err(error) = file.flush()
        {
            self.failed = Some(error.to_string());
        }
        (self.digest.to_string(), self.failed)
    }
}

fn readable(durable: &Durable) -> BTreeMap<&str, String> {
    durable.iter().map(|(key, value)| (key.0.as_str(), String::from_utf8_lossy(value).into_owned())).collect()
}
