//! Lists come in pieces of one state; a piece whose state is forgotten is refused with 410, and with a way to go on.
use super::cluster::with_each;
use strait_scenarios::kubernetes::Request;

const MAPS: &str = "/api/v1/namespaces/default/configmaps?limit=2";

#[test]
fn a_list_that_expired_goes_on() {
    with_each(|cluster| {
        for name in ["a", "b", "c", "d", "e"] {
            cluster.apply(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}"));
        }
        assert_eq!(cluster.kubectl(&["get", "configmaps", "-o", "name", "--chunk-size=2"]).lines().count(), 6);
        let names = |list: &serde_json::Value| -> Vec<String> {
            list["items"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
        };
        let first = cluster.ask(Request::get(MAPS)).1;
        assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a".to_owned(), "b".to_owned()], &4.into()));
        // What changes meanwhile is not in the pieces to come.
        cluster.kubectl(&["delete", "configmap", "c"]);
        let go_on = |list: &serde_json::Value| format!("{MAPS}&continue={}", list["metadata"]["continue"].as_str().unwrap());
        let second = cluster.ask(Request::get(&go_on(&first))).1;
        assert_eq!(names(&second), ["c", "d"]);
        assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);

        cluster.api.with(|api, _| api.compact());
        let (code, expired) = cluster.ask(Request::get(&go_on(&first)));
        assert_eq!((code, &expired["reason"]), (410, &"Expired".into()));
        let rest = cluster.ask(Request::get(&go_on(&expired))).1;
        assert_eq!(names(&rest), ["d", "e"], "of the state of now, from there on");
        let watch = format!("/api/v1/configmaps?watch=true&resourceVersion={}", first["metadata"]["resourceVersion"].as_str().unwrap());
        let raw = cluster.run(&["get", "--raw", &watch]);
        assert!(raw.out.contains("\"ERROR\"") && raw.out.contains("too old resource version"), "{raw:?}");
    });
}
