//! What was handed to a node, line by line, in a versioned format: a bug report that replays.
//!
//! The first line says which node this is and from what it was recovered; each further line is one step. Lines are JSON. A
//! release reads the logs of every earlier one: a change of the format gets a new [`INPUT_LOG_VERSION`] and keeps the old reader.
use crate::{
    machine::{Durable, Emit, Node, Out, Recover, RecoverError, Step, StoreKey},
    node::{GlobalConfig, GlobalEffect, GlobalInput, GlobalNode, ZoneConfig, ZoneEffect, ZoneInput, ZoneNode},
    resource::ZoneName,
    seed::Seed,
    time::Now,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// The format that is written.
pub const INPUT_LOG_VERSION: u32 = 1;

/// Which node a log is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The global.
    Global,
    /// The zone of this name.
    Zone(ZoneName),
}

#[derive(Serialize, Deserialize)]
struct Header {
    strait_input_log: u32,
    who: Who,
    seed: Seed,
    now: Now,
    durable: BTreeMap<StoreKey, String>,
}

#[derive(Serialize, Deserialize)]
struct Line<S> {
    now: Now,
    step: S,
}

/// Why a log cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum InputLogError {
    /// A line is not what it should be.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The format is newer than this release, or none.
    #[error("line 1: input log version {found} is not known here; this release reads 1 to {INPUT_LOG_VERSION}")]
    Version {
        /// What the log says.
        found: u32,
    },
    /// The store that the log begins with cannot be read.
    #[error(transparent)]
    Recover(#[from] RecoverError),
}

/// What one replayed node emitted: on recovery, then step by step.
#[derive(Debug, PartialEq)]
pub enum Replayed {
    /// A global.
    Global(Vec<Vec<Emit<GlobalEffect>>>),
    /// A zone.
    Zone(Vec<Vec<Emit<ZoneEffect>>>),
}

/// The first line of a log.
pub fn header(who: &Who, seed: Seed, now: Now, durable: &Durable) -> String {
    let durable = durable.iter().map(|(key, value)| (key.clone(), STANDARD.encode(value))).collect();
    json(&Header { strait_input_log: INPUT_LOG_VERSION, who: who.clone(), seed, now, durable })
}

/// The line of one step.
pub fn line<I: Serialize>(now: Now, step: &Step<I>) -> String {
    json(&Line { now, step })
}

/// Recovers the node that a log begins with, and takes every step again.
///
/// # Errors
/// Names the line that cannot be read, or the record of the store.
pub fn replay(log: &str) -> Result<Replayed, InputLogError> {
    let mut lines = log.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, first)) = lines.next() else {
        return Err(InputLogError::Line { line: 1, why: "the log is empty".to_owned() });
    };
    let header: Header = parse(0, first)?;
    if header.strait_input_log != INPUT_LOG_VERSION {
        return Err(InputLogError::Version { found: header.strait_input_log });
    }
    let mut durable = Durable::new();
    for (key, value) in header.durable {
        let value = STANDARD.decode(&value).map_err(|error| InputLogError::Line { line: 1, why: format!("durable.{key}: {error}") })?;
        durable.insert(key, value);
    }
    Ok(match header.who {
        Who::Global => Replayed::Global(steps::<GlobalNode, GlobalInput>(GlobalConfig::new(), header.seed, header.now, &durable, lines)?),
        Who::Zone(zone) => Replayed::Zone(steps::<ZoneNode, ZoneInput>(ZoneConfig::new(zone), header.seed, header.now, &durable, lines)?),
    })
}

fn steps<'a, N, I>(
    config: N::Config,
    seed: Seed,
    now: Now,
    durable: &Durable,
    lines: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Vec<Vec<Emit<N::Effect>>>, InputLogError>
where
    N: Recover + Node<Input = I>,
    I: DeserializeOwned,
{
    let mut out = Out::new();
    let mut node = N::recover(config, seed, now, durable, &mut out)?;
    let mut emitted = vec![out.take()];
    for (index, text) in lines {
        let Line { now, step } = parse::<Line<Step<I>>>(index, text)?;
        node.handle(now, step, &mut out);
        emitted.push(out.take());
    }
    Ok(emitted)
}

fn parse<T: DeserializeOwned>(index: usize, text: &str) -> Result<T, InputLogError> {
    serde_json::from_str(text).map_err(|error| InputLogError::Line { line: index + 1, why: error.to_string() })
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a log holds only what JSON can say")
}
