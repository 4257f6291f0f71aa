//! Scenario files written for a test.
use std::{fs, path::Path};
use strait_scenarios::{language, scenario::Scenario};

/// A topology on which most mistakes can be made.
pub(crate) const TOPOLOGY: &str = "
scenario: case
why: To see what is wrong.
topology:
  zones:
    east: { kind: universal }
    west: { kind: universal }
    plain: { kind: universal, dialect: kuma }
  links:
    overseas: { between: [global, west], delay: 80ms }
  meshes: [default, payments]
";

/// Reads a text as the file `case.yaml`. Mistakes come as they are printed, without the folder.
pub(crate) fn load(text: &str) -> Result<Scenario, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.yaml"), "type: MeshTimeout\nname: x\nspec: [1\n").unwrap();
    load_in(folder.path(), text)
}

fn load_in(folder: &Path, text: &str) -> Result<Scenario, String> {
    let file = folder.join("case.yaml");
    fs::write(&file, text).unwrap();
    language::load(&file).map_err(|mistakes| mistakes.to_string().replace(&format!("{}/", folder.display()), ""))
}
