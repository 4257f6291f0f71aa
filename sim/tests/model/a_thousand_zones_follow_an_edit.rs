//! A thousand zones connect, and follow an edit.
use super::script::*;
use strait_core::sync::Dialect::Strait;

#[test]
fn a_thousand_zones_follow_an_edit() {
    let names: Vec<String> = (0..1000).map(|number| format!("zone-{number}")).collect();
    let zones: Vec<_> = names.iter().map(|name| (name.as_str(), Strait)).collect();
    let mut script = Script::new(&setup(1, Strait, &zones));
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    script.run_for(3);
    for name in &names {
        assert_eq!(script.held(&at(name), "MeshTimeout"), ["retry"], "in {name}");
    }
}
