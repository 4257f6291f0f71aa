//! Mistakes are answered in the words of the real API, with the field that is wrong.
use super::cluster::{web, with_each};

#[test]
fn errors_name_the_field() {
    with_each(|cluster| {
        let refused = |was: &str, is: &str| {
            let said = cluster.feed(&["apply", "--validate=false", "-f", "-"], &web(1, "web:1").replace(was, is));
            assert!(!said.ok, "{was} as {is} was accepted: {said:?}");
            said.err
        };
        let says = |err: String, text: &str| assert!(err.contains(text), "{text:?} is not in {err}");
        says(
            refused("image: web:1", "command: [a]"),
            "The Deployment \"web\" is invalid: spec.template.spec.containers[0].image: Required value",
        );
        says(
            refused("replicas: 1", "replicas: two"),
            "cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        );
        says(refused("matchLabels: {app: web}", "matchLabels: {app: other}"), "`selector` does not match template `labels`");
        says(
            refused("name: web", "name: Web_1"),
            "metadata.name: Invalid value: \"Web_1\": a lowercase RFC 1123 subdomain must consist of",
        );
        says(refused("port: 80", "port: 80000"), "spec.ports[0].port: Invalid value: 80000: must be between 1 and 65535, inclusive");
        says(cluster.run(&["get", "pods", "none"]).err, "Error from server (NotFound): pods \"none\" not found");
        says(cluster.run(&["get", "pods", "--field-selector", "a=b"]).err, "field label not supported: a");
        says(cluster.run(&["get", "pods", "-l", "a b"]).err, "unable to parse requirement");
        says(
            cluster.feed(&["create", "-n", "none", "-f", "-"], "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}").err,
            "namespaces \"none\" not found",
        );

        cluster.apply(&web(1, "web:1"));
        says(cluster.feed(&["create", "-f", "-"], &web(1, "web:1")).err, "deployments.apps \"web\" already exists");
        let moved = web(1, "web:1").replace("app: web}", "app: web, and: more}");
        says(cluster.feed(&["apply", "-f", "-"], &moved).err, "spec.selector: Invalid value");
        // Somebody was faster.
        let old = cluster.kubectl(&["get", "deployment", "web", "-o", "json"]);
        cluster.kubectl(&["label", "deployment", "web", "a=b"]);
        says(
            cluster.feed(&["replace", "-f", "-"], &old).err,
            "the object has been modified; please apply your changes to the latest version and try again",
        );
    });
}

#[test]
fn fields_that_nobody_knows_are_refused() {
    with_each(|cluster| {
        let said = cluster.feed(&["apply", "-f", "-"], &web(1, "web:1").replace("image:", "imagee:"));
        assert!(!said.ok && said.err.contains("unknown field") && said.err.contains("imagee"), "{said:?}");
    });
}
