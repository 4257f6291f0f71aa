//! `disk`: something is wrong with the disk of a control plane, or no longer is.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{
        Check, Node, Shape,
        shape::{may, need},
    },
    world::DiskState,
};
use std::time::Duration;
use strait_core::sync::Dialect;

const STATES: &[&str] = &["ok", "full", "slow", "failing", "failing_to_sync"];
/// A sync that takes longer leaves an edit unanswered for too long.
const SLOWEST: Duration = Duration::from_secs(2);

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "disk",
    does: "from now on a disk is `full`: no write finds room; `slow`: each sync takes so long; `failing`: whatever is read or written fails; \
           `failing_to_sync`: writes are taken, and syncs fail; `ok`: nothing is wrong with it",
    shape: Shape::Fields(&[need("who", Shape::ControlPlane), need("is", Shape::Choice(STATES)), may("takes", Shape::Duration)]),
    read: |node, check| {
        let fields = check.fields(node, "`disk`", &["who", "is", "takes"])?;
        let (who, is) = (fields.need(check, "who"), fields.need(check, "is"));
        let who = who.and_then(|who| with_a_disk(who, check));
        let is = is.and_then(|is| check.choice(is, "state of a disk", STATES));
        let takes = match (is?, fields.get("takes")) {
            ("slow", None) => {
                check.mistake(fields.place(), "a slow disk needs the field `takes`: how long each sync takes", "such as `takes: 200ms`");
                return None;
            }
            ("slow", Some(takes)) => Some(sync(takes, check)?),
            (_, Some(takes)) => {
                check.mistake(takes.place, "`takes` is for a disk that is `slow`", "");
                return None;
            }
            (_, None) => None,
        };
        let state = match (is?, takes) {
            (_, Some(takes)) => DiskState::Slow(takes),
            ("full", _) => DiskState::Full,
            ("failing", _) => DiskState::Failing,
            ("failing_to_sync", _) => DiskState::FailingToSync,
            _ => DiskState::Ok,
        };
        verb(Disk { who: who?, state })
    },
};

fn with_a_disk(node: &Node, check: &mut Check) -> Option<NodeId> {
    let who = check.control_plane(node)?;
    let dialect = who.zone().map_or(Some(&check.global), |zone| check.zones.get(zone));
    if dialect == Some(&Dialect::Kuma) {
        check.mistake(node.place, format!("{who} is a model of Kuma: it has no disk that could fail"), "name a Strait control plane");
        return None;
    }
    Some(who)
}

fn sync(node: &Node, check: &mut Check) -> Option<Duration> {
    let takes = check.duration(node, "`takes`")?;
    if takes > SLOWEST || takes.is_zero() {
        let help = format!("more than nothing, and at most {}s", SLOWEST.as_secs());
        check.mistake(node.place, "no disk is that slow", help);
        return None;
    }
    Some(takes)
}

#[derive(Debug)]
struct Disk {
    who: NodeId,
    state: DiskState,
}

impl Verb for Disk {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Disk(self.who.clone(), self.state))
    }
}
