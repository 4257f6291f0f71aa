//! One case in one world.
use super::{author::CaseAuthor, case::Case, marks::Marks, written};
use crate::{
    language::Venue,
    runner::{MakeWorld, Options, Report, run_alone, run_written_by},
    scenario::Scenario,
    world::WorldKind,
};
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};

/// How cases are run, and what is judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// In which world.
    pub world: WorldKind,
    /// Only these invariants, by id; `None`: all.
    pub invariants: Option<BTreeSet<String>>,
    /// A wrong behaviour to inject.
    pub sabotage: Option<String>,
}

/// How a case went.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How it went, as for any scenario.
    pub report: Report,
    /// What was reached.
    pub marks: Marks,
    stage: Scenario,
    steps: Vec<Value>,
    venue: Option<Arc<Venue>>,
}

/// Runs a case, on a fresh thread: nothing that a thread keeps goes from one case to another.
pub fn explore_case(case: &Case, judged: &Judged, make: &MakeWorld) -> Explored {
    let (stage, venue) = (case.stage(), case.place.venue().cloned());
    let options = Options { sabotage: judged.sabotage.clone(), judged: judged.invariants.clone(), ..Options::new(case.seed) };
    let ended = run_alone(&stage.name, || {
        let mut author = CaseAuthor::new(case, &stage);
        let report = run_written_by(&stage, &mut author, judged.world, &options, make);
        let report = match author.refused_step {
            Some(why) => report.broken_off(format!("an operation made a step that is none: {why}")),
            None => report,
        };
        (report, author.watch.marks(), author.steps)
    });
    match ended {
        Ok((report, marks, steps)) => Explored { report, marks, stage, steps, venue },
        Err(why) => {
            let report = Report::panicked(&stage, judged.world, &options, &why);
            Explored { report, marks: Marks::default(), stage, steps: Vec::new(), venue }
        }
    }
}

impl Explored {
    /// How many steps it took.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// What was run, as a scenario of that name.
    pub fn written(&self, name: &str, why: &str) -> String {
        written::scenario(&self.stage, self.venue.as_deref(), name, why, &self.steps)
    }
}
