//! What was refused, and is not part of everything there is, is no longer shown as refused.
use super::moves::*;
use crate::alone::{Alone, retry, zone};
use strait_core::{Node, node::*, sync::*};

#[test]
fn what_was_refused_and_is_no_more_is_forgotten() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.input(zone_in(1, Dialect::Strait));
    east.input(zdown(1, ResponseBody::History { lineage: lineage(5, 1) }));
    // It does not say that it is global's.
    east.input(zdown(1, part("MeshRetry", "1", vec![retry("bad", 1)], vec![], None, at(5, 1), 0, true)));
    let refused = |east: &Alone<ZoneNode>| east.node.observe().peers[&zone("east")].rejected.len();
    assert_eq!(refused(&east), 1);
    east.input(zdown(1, part("MeshRetry", "2", vec![], vec![], None, at(5, 1), 0, true)));
    assert_eq!(refused(&east), 0);
}
