//! Strategic, merge and JSON patches each do what is theirs.
use super::cluster::{WEB, web, with_each};
use strait_scenarios::kubernetes::Request;

#[test]
fn patches_of_three_kinds() {
    with_each(|cluster| {
        cluster.apply(&web(1, "web:1"));
        let patch = |arguments: &[&str]| cluster.run(&[&["patch", "deployment", "web"], arguments].concat());
        let containers = || cluster.ask(Request::get(WEB)).1["spec"]["template"]["spec"]["containers"].clone();

        // By the name of the container, which keeps its ports.
        assert!(patch(&["-p", r#"{"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}}"#]).ok);
        assert_eq!((&containers()[0]["image"], &containers()[0]["ports"][0]["containerPort"]), (&"web:2".into(), &8080.into()));
        assert!(
            patch(&[
                "-p",
                r#"{"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "A", "$patch": "delete"}]}]}}}}"#
            ])
            .ok
        );
        assert_eq!(containers()[0]["env"], serde_json::json!([{"name": "B", "value": "b"}]));

        // The list as a whole.
        let merged =
            patch(&["--type", "merge", "-p", r#"{"spec": {"template": {"spec": {"containers": [{"name": "other", "image": "other"}]}}}}"#]);
        assert!(merged.ok, "{merged:?}");
        assert_eq!((containers().as_array().unwrap().len(), &containers()[0]["name"]), (1, &"other".into()));

        // Step by step, all or none.
        let tested =
            r#"[{"op": "replace", "path": "/spec/replicas", "value": 5}, {"op": "test", "path": "/metadata/name", "value": "web"}]"#;
        assert!(patch(&["--type", "json", "-p", tested]).ok);
        let failed = patch(&["--type", "json", "-p", &tested.replace("5", "6").replace(r#""web""#, r#""wob""#)]);
        assert!(!failed.ok && failed.err.starts_with("The request is invalid"), "{failed:?}");
        assert_eq!(cluster.ask(Request::get(WEB)).1["spec"]["replicas"], 5);
    });
}
