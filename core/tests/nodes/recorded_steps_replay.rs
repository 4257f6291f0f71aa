//! What was handed to a node can be handed to it again, also by a later release.
use crate::alone::{mesh, retry, zone};
use strait_core::{
    Durable, Emit, GlobalNode, Node, Out, Recover, Seed, Step, ZoneNode,
    input_log::{self, InputLogError, Replayed, Who},
    node::{Change, GlobalConfig, GlobalInput, Operation, Ticket, ZoneConfig, ZoneInput},
    sync::{Dialect, Session},
    time::{Mono, Now, Wall},
};

fn now(ms: u64) -> Now {
    Now { mono: Mono(ms), wall: Wall(1_700_000_000_000 + ms) }
}

#[test]
fn a_recorded_global_emits_the_same_again() {
    let seed = Seed(7);
    let mut out = Out::new();
    let mut node = GlobalNode::recover(GlobalConfig::new(), seed, now(0), &Durable::new(), &mut out).unwrap();
    let mut log = vec![input_log::header(&Who::Global, seed, now(0), &Durable::new())];
    let mut emitted = vec![out.take()];
    let inputs = [
        GlobalInput::Edit { ticket: Ticket(1), changes: vec![Change::Put(mesh("default")), Change::Put(retry("a", 2))] },
        GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma },
        GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) },
    ];
    for (index, input) in inputs.into_iter().enumerate() {
        for step in [Step::Input(input), Step::Tick] {
            log.push(input_log::line(now(index as u64 * 100), &step));
            node.handle(now(index as u64 * 100), step, &mut out);
            let emits = out.take();
            let stored = emits.iter().rev().find_map(|emit| if let Emit::Store(batch) = emit { Some(batch.lsn) } else { None });
            emitted.push(emits);
            if let Some(upto) = stored {
                let step = Step::Stored { upto };
                log.push(input_log::line(now(index as u64 * 100), &step));
                node.handle(now(index as u64 * 100), step, &mut out);
                emitted.push(out.take());
            }
        }
    }
    assert_eq!(input_log::replay(&log.join("\n")).unwrap(), Replayed::Global(emitted));
}

/// The file was recorded by the first release. It must be readable for ever, and mean the same.
#[test]
fn a_log_of_the_first_release_is_still_read() {
    let Replayed::Zone(emitted) = input_log::replay(include_str!("../recorded/zone-v1.jsonl")).unwrap() else {
        panic!("the log is of a zone");
    };
    insta::assert_json_snapshot!(emitted);
}

/// Writes the recording anew, when a new format is begun: `cargo test -p strait-core -- --ignored write_the_recording`.
#[test]
#[ignore = "writes a file of the repository"]
fn write_the_recording() {
    let mut out = Out::new();
    let mut node = ZoneNode::recover(ZoneConfig::new(zone("east")), Seed(3), now(0), &Durable::new(), &mut out).unwrap();
    let mut log = vec![input_log::header(&Who::Zone(zone("east")), Seed(3), now(0), &Durable::new())];
    let mut steps = vec![
        Step::Tick,
        Step::Stored { upto: strait_core::Lsn(1) },
        Step::Input(ZoneInput::Dialed(Ok((Session(1), Dialect::Kuma)))),
        Step::Input(ZoneInput::Response(
            Session(1),
            crate::alone::kuma_response("Mesh", "1", vec![crate::alone::from_global(mesh("default"))], vec![]),
        )),
        Step::Stored { upto: strait_core::Lsn(2) },
        Step::Input(ZoneInput::Closed { session: Session(1), why: None }),
    ];
    for (index, step) in steps.drain(..).enumerate() {
        log.push(input_log::line(now(index as u64 * 10), &step));
        node.handle(now(index as u64 * 10), step, &mut out);
    }
    std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded")).unwrap();
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/zone-v1.jsonl"), log.join("\n") + "\n").unwrap();
}

#[test]
fn a_log_that_cannot_be_read_is_refused_by_its_line() {
    let good = input_log::header(&Who::Global, Seed(1), now(0), &Durable::new());
    let error = input_log::replay(&format!("{good}\n{{\"now\": 3}}")).unwrap_err();
    assert!(matches!(&error, InputLogError::Line { line: 2, .. }), "{error}");
    let newer = good.replace("\"strait_input_log\":1", "\"strait_input_log\":2");
    assert_eq!(
        input_log::replay(&newer).unwrap_err().to_string(),
        "line 1: input log version 2 is not known here; this release reads 1 to 1"
    );
    assert!(matches!(input_log::replay("").unwrap_err(), InputLogError::Line { line: 1, .. }));
}
