//! `left`: what nobody mends after the last step.
use super::{Check, Node};
use crate::{event::NodeId, scenario::Left};

pub(super) fn read(node: &Node, check: &mut Check) -> Option<Left> {
    let mistakes = check.mistakes.len();
    let fields = check.fields(node, "`left`", &["down", "cut"])?;
    let mut left = Left::default();
    if let Some(listed) = fields.get("down") {
        for item in check.items(listed, "`down`") {
            match check.control_plane(item) {
                Some(NodeId::Zone(zone)) => _ = left.down.insert(zone),
                Some(NodeId::Joined { .. }) => check.mistake(item.place, "what has joined comes back", "only zones are left down"),
                Some(NodeId::Global) => check.mistake(item.place, "without global nobody converges", "only zones are left down"),
                None => {}
            }
        }
    }
    if let Some(listed) = fields.get("cut") {
        for item in check.items(listed, "`cut`") {
            left.cut.extend(check.link(item));
        }
    }
    if left.down.is_empty() && left.cut.is_empty() {
        // What it names wrongly was said already.
        if check.mistakes.len() > mistakes {
            return None;
        }
        check.mistake(node.place, "`left` names nothing", "such as `left: { down: [east] }` or `left: { cut: [[global, east]] }`");
        return None;
    }
    Some(left)
}
