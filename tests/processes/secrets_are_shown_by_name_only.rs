//! What a secret holds is shown to whoever asks for that one, and nowhere else.
use crate::cast::{Running, answer, first_line, says, strait};

const SECRET: &str = "type: Mesh
name: default
---
type: Secret
mesh: default
name: database
data: aHVudGVyMg==
";
const HELD: &str = "aHVudGVyMg==";

#[test]
fn on_global_and_in_a_zone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    std::fs::write(folder.join("secret.yaml"), SECRET).unwrap();
    says(folder, &["apply", "-f", "secret.yaml", "--api", &global.api]);
    crate::cast::until("the zone holds it", || answer(&zone.api, "GET", "/meshes/default/secrets/database", "").0 == 200);
    for api in [&global.api, &zone.api] {
        let get = |more: &[&str]| says(folder, &[&["get", "secrets", "-o", "yaml", "--api", api][..], more].concat());
        assert!(says(folder, &["get", "secret", "database", "-o", "yaml", "--api", api]).contains(HELD));
        let listed = get(&[]);
        assert!(listed.contains("name: database") && !listed.contains(HELD) && listed.contains("***"), "{listed}");
        let observed = first_line(api, "/observations");
        assert!(observed.contains("database") && !observed.contains(HELD) && observed.contains("***"), "{observed}");
        assert!(first_line(api, "/observations?secrets=shown").contains(HELD));
        assert!(!answer(api, "GET", "/status", "").1.contains(HELD));
        let (status, said) = answer(api, "GET", "/observations?secrets=all", "");
        assert!(status == 400 && said.contains("shown"), "{said}");
    }
    // What stands for it is not taken for it.
    std::fs::write(folder.join("listed.yaml"), says(folder, &["get", "secrets", "-o", "yaml", "--api", &global.api])).unwrap();
    let refused = strait(folder, &["apply", "-f", "listed.yaml", "--api", &global.api]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("data: must be base64"), "{refused:?}");
}
