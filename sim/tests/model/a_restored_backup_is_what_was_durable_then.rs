//! A restored backup is what was durable when it was taken, and says so.
use super::script::*;
use strait_scenarios::event::{DiskProvenance, What};

#[test]
fn a_restored_backup_is_what_was_durable_then() {
    let mut script = kumas();
    script.world.backup(&GLOBAL, "monday");
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(5);
    assert_eq!(script.held(&GLOBAL, "MeshTimeout").len(), 2);
    script.world.restore(&GLOBAL, "monday");
    script.run_for(1);
    assert_eq!(script.held(&GLOBAL, "MeshTimeout"), ["retry"]);
    let restored = DiskProvenance::Restored("monday".to_owned());
    assert!(script.events.iter().any(|event| matches!(&event.what, What::Started { disk, .. } if *disk == restored)));
}
