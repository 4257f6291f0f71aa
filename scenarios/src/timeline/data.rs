//! What a recording holds: plain data, in the order in which it happened.
use crate::event::NodeId;
use strait_core::{sync::Dialect, time::Mono};

/// What happened in one run.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Which scenario.
    pub scenario: String,
    /// What it is for.
    pub why: String,
    /// In which world, from which seed, and what was injected.
    pub run: String,
    /// The command that runs it again.
    pub replay: String,
    /// Global first, then the zones, then who joins.
    pub lanes: Vec<Lane>,
    /// Messages, in the order in which they left, but for heartbeats.
    pub arrows: Vec<Arrow>,
    /// What lasts, in the order in which it began.
    pub bars: Vec<Bar>,
    /// What happens at a moment.
    pub marks: Vec<Mark>,
    /// When heartbeats left, in order.
    pub beats: Vec<Mono>,
    /// When the run ended.
    pub ended: Mono,
    /// By what it failed, if it did.
    pub violation: Option<Violation>,
    /// What the recorder no longer holds.
    pub left_out: LeftOut,
}

impl Timeline {
    /// During which step it broke, in words.
    pub(super) fn during(&self) -> String {
        let has_begun = self.marks.iter().any(|mark| mark.kind == MarkKind::Step);
        match self.violation.as_ref().and_then(|violation| violation.step) {
            Some(step) => format!("during step {step}"),
            None if has_begun => "after the last step".to_owned(),
            None => "before the first step".to_owned(),
        }
    }
}

/// A moment, and how many things were recorded before: what happens at one moment stays in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// When, in protocol time.
    pub at: Mono,
    /// After so many others.
    pub order: u64,
}

/// A control plane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Which.
    pub node: NodeId,
    /// What it speaks.
    pub dialect: Dialect,
    /// Its zone is a cluster of Kubernetes.
    pub is_cluster: bool,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Arrow {
    /// From which lane.
    pub from: usize,
    /// To which lane.
    pub to: usize,
    /// When it left. Of one that arrived and that nobody said then, such as a late duplicate: when it arrived.
    pub left: Moment,
    /// When it arrived; `None`: it did not.
    pub came: Option<Moment>,
    /// Nobody said it on this session.
    pub is_stray: bool,
    /// What it is.
    pub says: Says,
    /// What it carries, in a few words.
    pub label: String,
    /// The same at length.
    pub detail: String,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// Who consumes asks.
    Request,
    /// Who provides says what there is.
    Response,
    /// It was taken.
    Ack,
    /// It was refused.
    Nack,
}

impl Says {
    /// Several of them.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::Response => "responses",
            Self::Ack => "acks",
            Self::Nack => "nacks",
        }
    }
}

/// Something that lasts.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Where.
    pub lane: usize,
    /// What.
    pub kind: BarKind,
    /// Since when.
    pub from: Moment,
    /// Until when; `None`: to the end.
    pub until: Option<Moment>,
    /// What, in a few words.
    pub label: String,
}

/// What lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BarKind {
    /// It has a session, as it knows itself.
    Session,
    /// No process runs.
    Down,
    /// The process stands still.
    Paused,
    /// Its link with global is cut.
    Cut,
    /// What it says does not arrive.
    CutUp,
    /// What it is told does not arrive.
    CutDown,
    /// Its link is worse than the topology says.
    Link,
    /// Something is wrong with its disk.
    Disk,
    /// Its clocks are wrong.
    Clock,
    /// The API of its cluster misbehaves.
    Api,
    /// A lane takes nothing until an operator decides.
    Frozen,
    /// A workload, an ingress or a forwarder of the zone is down, or a link between zones is cut.
    Beside,
}

/// Something that happens at a moment.
#[derive(Clone, Debug)]
pub struct Mark {
    /// When.
    pub when: Moment,
    /// Where; `None`: everywhere.
    pub lane: Option<usize>,
    /// What.
    pub kind: MarkKind,
    /// In a few words.
    pub text: String,
    /// More about it.
    pub detail: String,
}

/// What kind of thing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A step begins.
    Step,
    /// A step that was waited for is over.
    StepOver,
    /// What users or operators asked was done.
    Edit,
    /// What users or operators asked was refused.
    Refused,
    /// A session began.
    Up,
    /// A session is over, or could not begin.
    Over,
    /// A process started, or something else ended that a bar shows.
    Mended,
    /// A node lets know that something is not as it should be, or is again.
    Told,
    /// What a workload asks has another outcome than before.
    Answer,
    /// What is held became different.
    Held,
}

/// What broke.
#[derive(Clone, Debug)]
pub struct Violation {
    /// When.
    pub at: Mono,
    /// Which lane; `None`: not one of them.
    pub lane: Option<usize>,
    /// Which invariant, and what it says.
    pub invariant: String,
    /// Where, in the words of the failure.
    pub node: String,
    /// What.
    pub what: String,
    /// Which step was under way.
    pub step: Option<usize>,
}

/// What was recorded, and let go because there was too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// So many messages.
    pub arrows: u64,
    /// So many marks.
    pub marks: u64,
    /// All of it before then.
    pub before: Mono,
}
