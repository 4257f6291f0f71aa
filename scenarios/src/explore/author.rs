//! Turns the operations of a case into steps, each when its turn comes, and keeps them.
use super::{
    case::{Case, LeftHow},
    left_behind::LeftBehind,
    op::Pick,
    ops::{Sight, Target, Written},
    watch::Watch,
};
use crate::{
    event::{Event, NodeId},
    language::LiveSteps,
    runner::{Author, Live},
    scenario::{Scenario, Step},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};
use strait_core::{
    node::{Change, EditRefused},
    resource::ZoneName,
    time::Mono,
};

/// So much of a reason is kept, in bytes.
const REASON: usize = 100;

/// The author of one case.
pub(super) struct CaseAuthor<'a> {
    case: &'a Case,
    next: usize,
    /// Whether the next operation has been waited for.
    waited: bool,
    left: VecDeque<(ZoneName, LeftHow)>,
    /// What is done before anything is drawn.
    first: VecDeque<Value>,
    /// Steps of the operation under way that were not handed out yet.
    queue: VecDeque<Value>,
    /// Whether one of them was.
    begun: bool,
    reader: LiveSteps,
    touched: BTreeMap<Target, Mono>,
    behind: LeftBehind,
    /// What was handed out, as it is written in a file.
    pub(super) steps: Vec<Value>,
    pub(super) watch: Watch,
    /// A step that the language refuses: a defect of an operation.
    pub(super) refused_step: Option<String>,
}

impl<'a> CaseAuthor<'a> {
    pub(super) fn new(case: &'a Case, stage: &Scenario) -> Self {
        Self {
            case,
            next: 0,
            waited: false,
            left: case.left_zones().into(),
            first: case.place.first(stage).into(),
            queue: VecDeque::new(),
            begun: false,
            reader: case.place.venue().map_or_else(|| LiveSteps::new(stage), |venue| venue.reader.clone()),
            touched: BTreeMap::new(),
            behind: LeftBehind::default(),
            steps: Vec::new(),
            watch: Watch::default(),
            refused_step: None,
        }
    }

    /// The next step, written. A case without any waits for a moment: a scenario has at least one step.
    fn write_next(&mut self, live: &Live<'_>) -> Option<Value> {
        if let Some(step) = self.first.pop_front() {
            return Some(step);
        }
        loop {
            if let Some(step) = self.queue.pop_front() {
                // Of an operation of several steps the first may have brought a process down that the others are about.
                if self.begun && self.is_for_one_that_is_down(&step, live) {
                    self.queue.clear();
                    continue;
                }
                self.begun = true;
                return Some(step);
            }
            self.begun = false;
            let Some(op) = self.case.ops.get(self.next) else {
                let last = self.left.pop_front().map(leave);
                return last.or_else(|| self.steps.is_empty().then(|| json!({"wait": "1ms"})));
            };
            if !self.waited && op.after_ms > 0 {
                self.waited = true;
                return Some(json!({"wait": format!("{}ms", op.after_ms)}));
            }
            (self.waited, self.next) = (false, self.next + 1);
            let rest = Duration::from_millis(u64::from(self.case.place.rest_ms()));
            let venue = self.case.place.venue().map(AsRef::as_ref);
            let sight = Sight { live: *live, touched: &self.touched, rest, behind: &self.behind, venue };
            if let Some(Written { steps, touched }) = (op.facts.write)(&mut Pick::new(op), &sight) {
                self.queue.extend(steps);
                self.touched.extend(touched.map(|target| (target, live.scene.now)));
            }
        }
    }
}

impl CaseAuthor<'_> {
    fn is_for_one_that_is_down(&self, step: &Value, live: &Live<'_>) -> bool {
        let at = step.as_object().and_then(|step| step.values().next()?.get("at")?.as_str());
        at.and_then(|at| self.behind.named(at)).is_some_and(|at| !live.scene.observations.contains_key(&at))
    }
}

impl Author for CaseAuthor<'_> {
    fn next_step(&mut self, live: &Live<'_>) -> Option<Step> {
        let step = self.write_next(live)?;
        self.behind.keep(&step);
        self.watch.step(&step, live);
        match self.reader.read(&step) {
            Ok(read) => {
                self.steps.push(step);
                Some(Step { line: self.steps.len(), ..read })
            }
            Err(why) => {
                self.refused_step = Some(why);
                None
            }
        }
    }

    fn see(&mut self, event: &Event) {
        self.watch.see(event);
    }

    /// Users may try what is not theirs, and a store that failed takes nothing, from operators neither. That they were refused, and why,
    /// becomes a part of the step.
    fn may_be_refused(&mut self, at: &NodeId, changes: &[Change], why: &EditRefused) -> bool {
        let may = match why {
            EditRefused::Store(_) => self.behind.ever_bad_disks.contains(at),
            // A zone that may not rotate now says so.
            EditRefused::Operation(_) if self.steps.last().is_some_and(|step| step.get("rotate").is_some()) => true,
            EditRefused::Invalid(_) | EditRefused::NotOwner { .. } | EditRefused::Operation(_) => !changes.is_empty(),
        };
        let step = self.steps.last_mut().and_then(Value::as_object_mut).filter(|_| may);
        let Some((verb, argument)) = step.and_then(|step| step.iter_mut().next()) else {
            return false;
        };
        let names = match verb.as_str() {
            "apply" | "delete" => "at",
            "adopt" => "who",
            "admit" | "enable" | "disable" | "remove" | "rotate" => "zone",
            _ => return false,
        };
        if !argument.is_object() {
            *argument = json!({names: argument.take()});
        }
        argument["refused"] = json!(beginning(&why.to_string()));
        true
    }
}

fn leave((zone, how): (ZoneName, LeftHow)) -> Value {
    match how {
        LeftHow::Killed => json!({"kill": zone}),
        LeftHow::Dark => json!({"power_loss": zone}),
        LeftHow::Stalled => json!({"cut": {"between": ["global", zone], "how": "stall"}}),
        LeftHow::Severed => json!({"cut": {"between": ["global", zone], "how": "sever"}}),
    }
}

fn beginning(reason: &str) -> &str {
    let end = (0..=REASON.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or_default();
    &reason[..end]
}
