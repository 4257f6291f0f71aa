//! What global prints is all that a zone needs.
use crate::cast::{Running, says, strait, until};

const TIMEOUT: &str = "
type: Mesh
name: default
---
type: MeshTimeout
mesh: default
name: quick
spec:
  targetRef: { kind: Mesh }
  to:
    - targetRef: { kind: Mesh }
      default: { connectionTimeout: 2s }
";

#[test]
fn and_what_is_applied_on_global_arrives_there_and_goes_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("timeout.yaml"), TIMEOUT.trim_start()).unwrap();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    let written = says(folder, &["apply", "-f", "timeout.yaml", "--api", &global.api]);
    assert_eq!(written, "created Mesh default\ncreated MeshTimeout default/quick\n");
    let holds = |name: &str| says(folder, &["get", "meshtimeouts", "--api", &zone.api]).contains(name);
    until("the zone holds it", || holds("quick"));
    // A zone serves what it holds; what global wrote is written there.
    let refused = strait(folder, &["apply", "-f", "timeout.yaml", "--api", &zone.api]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is written on global, not here"), "{refused:?}");
    let status = says(folder, &["status", "--api", &global.api]);
    assert!(status.contains("east  here (strait)"), "{status}");
    assert_eq!(says(folder, &["delete", "meshtimeout", "quick", "--api", &global.api]), "deleted MeshTimeout quick\n");
    until("the zone lacks it", || !holds("quick"));
    assert_eq!(zone.stop(), Some(0));
    until("global says that it is away", || says(folder, &["status", "--api", &global.api]).contains("east  away"));
    assert_eq!(global.stop(), Some(0));
}
