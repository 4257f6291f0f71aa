//! Server-side apply: fields belong to managers; nobody takes them unasked, and what its only owner leaves out goes.
use super::cluster::{WEB, web, with_each};
use strait_scenarios::kubernetes::Request;

#[test]
fn server_side_apply_knows_owners() {
    with_each(|cluster| {
        let apply = |arguments: &[&str], file: &str| cluster.feed(&[&["apply", "--server-side", "-f", "-"], arguments].concat(), file);
        let spec = || cluster.ask(Request::get(WEB)).1["spec"].clone();
        let said = apply(&[], &web(2, "web:1"));
        assert!(said.ok && said.out == "deployment.apps/web serverside-applied\nservice/web serverside-applied\n", "{said:?}");
        let version = || cluster.ask(Request::get(WEB)).1["metadata"]["generation"].clone();
        let before = version();
        assert!(apply(&[], &web(2, "web:1")).ok);
        assert_eq!(version(), before, "what says the same changes nothing");

        let said = apply(&["--field-manager=other"], &web(5, "web:1"));
        assert!(!said.ok && said.err.contains("conflict with \"kubectl\"") && said.err.contains(".spec.replicas"), "{said:?}");
        assert!(apply(&["--field-manager=other", "--force-conflicts"], &web(5, "web:1")).ok);
        assert_eq!(spec()["replicas"], 5);

        // What another one owns stays, and what nobody else owns goes.
        let less = web(2, "web:1").replace("  replicas: 2\n", "");
        assert!(apply(&[], &less).ok);
        assert_eq!(spec()["replicas"], 5);
        let without = web(5, "web:1").replace(", {name: B, value: b}", "");
        assert!(apply(&["--field-manager=other"], &without).ok);
        let said = apply(&[], &less.replace(", {name: B, value: b}", ""));
        assert!(said.ok, "{said:?}");
        assert_eq!(spec()["template"]["spec"]["containers"][0]["env"], serde_json::json!([{"name": "A", "value": "a"}]));
    });
}

#[test]
fn what_was_applied_by_the_client_can_be_applied_by_the_server() {
    with_each(|cluster| {
        cluster.apply(&web(2, "web:1"));
        let said = cluster.feed(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &web(2, "web:2"));
        assert!(said.ok, "{said:?}");
        assert_eq!(cluster.ask(Request::get(WEB)).1["spec"]["template"]["spec"]["containers"][0]["image"], "web:2");
    });
}
