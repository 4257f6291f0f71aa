//! Backups: what they bring back, what follows from that for zones, and what is refused.
use crate::cast::{Running, refused, says, until};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

fn resources(names: &[&str]) -> String {
    let timeout = |name: &&str| {
        format!(
            "---\ntype: MeshTimeout\nmesh: default\nname: {name}\nspec: {{ to: [{{ targetRef: {{ kind: Mesh }}, default: {{ connectionTimeout: 2s }} }}] }}\n"
        )
    };
    format!("type: Mesh\nname: default\n{}", names.iter().map(timeout).collect::<String>())
}

fn apply(folder: &Path, names: &[&str], api: &str) {
    fs::write(folder.join("all.yaml"), resources(names)).unwrap();
    says(folder, &["apply", "-f", "all.yaml", "--api", api]);
}

/// Their names as they were written; in a zone they have a suffix.
fn timeouts(folder: &Path, api: &str) -> Vec<String> {
    let listed = says(folder, &["get", "meshtimeouts", "--api", api]);
    listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)?.split('-').next().map(str::to_owned)).collect()
}

#[test]
fn a_zone_that_knows_more_freezes_until_an_operator_adopts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let zones_at = global.zones_at();
    let zone = Running::zone(folder, "east", &global);
    apply(folder, &["kept"], &global.api);
    until("the zone holds it", || timeouts(folder, &zone.api) == ["kept"]);

    // Of a global that runs and writes on.
    says(folder, &["backup", "global.backup", "--api", &global.api]);
    assert_eq!(fs::metadata(folder.join("global.backup")).unwrap().permissions().mode() & 0o777, 0o600, "it holds keys");
    apply(folder, &["late", "later"], &global.api);
    until("the zone holds them", || timeouts(folder, &zone.api) == ["kept", "late", "later"]);
    global.kill();
    fs::remove_dir_all(folder.join("strait-data/global")).unwrap();

    let said = says(folder, &["restore", "global.backup"]);
    assert!(said.contains("MeshTimeout") && said.contains("zones") && said.contains("east"), "{said}");
    // It serves with a certificate that the zone trusts, and takes the zone's token.
    let port = zones_at.rsplit_once(':').unwrap().1;
    let global = Running::start(folder, &["global", "run", "--kds-listen", &format!("127.0.0.1:{port}")]);
    until("the zone says why it takes nothing", || {
        let status = says(folder, &["status", "--api", &zone.api]);
        status.contains("frozen") && status.contains("forked") && status.contains("here (strait)")
    });
    assert_eq!(timeouts(folder, &global.api), ["kept"]);
    assert_eq!(timeouts(folder, &zone.api), ["kept", "late", "later"], "it serves on");
    says(folder, &["global", "adopt", "--api", &global.api]);
    until("the zone holds what global holds", || timeouts(folder, &zone.api) == ["kept"]);
    apply(folder, &["new"], &global.api);
    until("and what comes then", || timeouts(folder, &zone.api) == ["kept", "new"]);
}

#[test]
fn what_is_there_is_kept_and_nothing_is_half_restored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    apply(folder, &["first"], &global.api);
    let in_use = format!("in use by process {}", global.pid());
    assert!(refused(folder, 4, &["backup", "a.backup", "--data-dir", "strait-data/global"]).contains(&in_use));
    assert!(!folder.join("a.backup").exists());
    global.kill();

    says(folder, &["backup", "a.backup", "--data-dir", "strait-data/global"]);
    let backup = fs::read_to_string(folder.join("a.backup")).unwrap();
    assert!(refused(folder, 2, &["backup", "a.backup", "--data-dir", "strait-data/global"]).contains("it is there already"));
    let global = Running::global(folder);
    apply(folder, &["second"], &global.api);
    assert!(refused(folder, 4, &["restore", "a.backup", "--replace"]).contains(&format!("in use by process {}", global.pid())));
    global.kill();
    assert!(refused(folder, 4, &["restore", "a.backup"]).contains("holds a store already; `--replace`"));

    let store = folder.join("strait-data/global/store.redb");
    let before = fs::read(&store).unwrap();
    for (what, damaged, why) in [
        ("cut between lines", backup[..backup.rfind("{\"lines\"").unwrap()].to_owned(), "it was cut off after line"),
        ("cut in a line", backup[..backup.len() / 2].to_owned(), "it was cut off after line"),
        ("one record less", without_line(&backup, 4), "it is not what was written"),
        ("more at its end", format!("{backup}{{}}\n"), "more stands after its end"),
        ("of a later version", backup.replacen("\"format\":1", "\"format\":2", 1), "it has format 2"),
        ("something else", "type: Mesh\n".to_owned(), "it is not a backup"),
        ("nothing", String::new(), "it is not a backup"),
    ] {
        fs::write(folder.join("damaged.backup"), damaged).unwrap();
        let said = refused(folder, 2, &["restore", "damaged.backup", "--replace"]);
        assert!(said.contains(why), "{what}: {said}");
    }
    assert!(fs::read(&store).unwrap() == before, "nothing was restored");

    let said = says(folder, &["restore", "a.backup", "--replace"]);
    assert!(said.contains("kept in strait-data/global/before-restore-1"), "{said}");
    assert!(fs::read(folder.join("strait-data/global/before-restore-1/store.redb")).unwrap() == before);
    let global = Running::global(folder);
    assert_eq!(timeouts(folder, &global.api), ["first"]);
    global.kill();

    // A crash came after the restore had been decided: whoever comes next finishes it.
    let decided = folder.join("strait-data/global/restoring");
    fs::create_dir(&decided).unwrap();
    fs::rename(folder.join("strait-data/global/before-restore-1/store.redb"), decided.join("store.redb")).unwrap();
    let global = Running::global(folder);
    assert_eq!(timeouts(folder, &global.api), ["first", "second"]);
    assert!(!decided.exists());
}

fn without_line(text: &str, index: usize) -> String {
    text.split_inclusive('\n').enumerate().filter(|(at, _)| *at != index).map(|(_, line)| line).collect()
}

#[test]
fn a_zone_has_backups_too_and_they_are_of_that_zone_only() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    apply(folder, &["kept"], &global.api);
    until("the zone holds it", || timeouts(folder, &zone.api) == ["kept"]);
    says(folder, &["backup", "east.backup", "--api", &zone.api]);
    zone.kill();
    fs::remove_dir_all(folder.join("strait-data/zone-east")).unwrap();
    let other = refused(folder, 4, &["restore", "east.backup", "--data-dir", "strait-data/global", "--replace"]);
    assert!(other.contains("in use by process"), "{other}");
    says(folder, &["restore", "east.backup"]);
    let zone = Running::zone(folder, "east", &global);
    assert_eq!(timeouts(folder, &zone.api), ["kept"]);
    until("it is back", || says(folder, &["status", "--api", &global.api]).contains("east  here (strait)"));
    zone.kill();
    global.kill();
    let other = refused(folder, 4, &["restore", "east.backup", "--data-dir", "strait-data/global", "--replace"]);
    assert!(other.contains("this is the data directory of global, not of zone east"), "{other}");
}
