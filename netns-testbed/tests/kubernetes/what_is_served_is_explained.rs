//! What is served can be listed and explained.
use super::cluster::with_each;

#[test]
fn what_is_served_is_explained() {
    with_each(|cluster| {
        let resources = cluster.kubectl(&["api-resources", "--no-headers", "-o", "name"]);
        for name in ["pods", "deployments.apps", "endpointslices.discovery.k8s.io", "leases.coordination.k8s.io"] {
            assert!(resources.lines().any(|line| line == name), "{name} is not in {resources}");
        }
        let versions = cluster.kubectl(&["api-versions"]);
        assert!(versions.lines().any(|line| line == "apps/v1"), "{versions}");
        let explained = cluster.kubectl(&["explain", "deployment.spec.replicas"]);
        assert!(explained.contains("How many pods; one where nothing is said."), "{explained}");
        assert!(cluster.kubectl(&["explain", "pod.spec.containers"]).contains("imagePullPolicy"));
        assert!(cluster.kubectl(&["version"]).contains("v1.37.0"));
    });
}
