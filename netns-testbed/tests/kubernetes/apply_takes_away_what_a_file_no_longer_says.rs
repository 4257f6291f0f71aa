//! What is applied a second time is merged three ways: what the file no longer says goes, and what others set stays.
use super::cluster::{WEB, web, with_each};
use strait_scenarios::kubernetes::Request;

#[test]
fn apply_takes_away_what_a_file_no_longer_says() {
    with_each(|cluster| {
        assert_eq!(cluster.apply(&web(2, "web:1")), "deployment.apps/web created\nservice/web created\n");
        assert_eq!(cluster.apply(&web(2, "web:1")), "deployment.apps/web unchanged\nservice/web unchanged\n");
        cluster.kubectl(&["label", "deployment", "web", "by=somebody"]);
        let without = web(2, "web:1").replace("{name: B, value: b}", "").replace("a}, ]", "a}]");
        assert_eq!(cluster.apply(&without), "deployment.apps/web configured\nservice/web unchanged\n");
        let now = cluster.ask(Request::get(WEB)).1;
        assert_eq!(now["spec"]["template"]["spec"]["containers"][0]["env"], serde_json::json!([{"name": "A", "value": "a"}]));
        assert_eq!(now["metadata"]["labels"]["by"], "somebody");
        // Defaults, which no file says, are the API's.
        assert_eq!(now["spec"]["strategy"]["rollingUpdate"]["maxSurge"], "25%");
        assert_eq!(now["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], 30);
    });
}
