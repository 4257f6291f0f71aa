//! A namespace that is deleted takes all in it with it, takes nothing new meanwhile, and then goes.
use super::{
    cluster::{web, with_each},
    kubelet::meanwhile,
};

const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";

#[test]
fn a_namespace_goes_with_all_in_it() {
    with_each(|cluster| {
        let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}";
        cluster.apply(namespace);
        assert_eq!(cluster.kubectl(&["get", "namespace", "shop", "-o", "jsonpath={.status.phase}"]), "Active");
        let said = cluster.feed(&["apply", "-n", "shop", "-f", "-"], &web(2, "web:1"));
        assert!(said.ok, "{said:?}");
        meanwhile(cluster, || cluster.wait_until(WEB, |web| web["status"]["availableReplicas"] == 2));

        // Nobody ends its pods, so that it stays.
        cluster.kubectl(&["delete", "namespace", "shop", "--wait=false"]);
        cluster.wait_until(WEB, |web| web["code"] == 404);
        let said = cluster.feed(&["create", "-n", "shop", "-f", "-"], "{apiVersion: v1, kind: ConfigMap, metadata: {name: late}}");
        let why = "configmaps \"late\" is forbidden: unable to create new content in namespace shop because it is being terminated";
        assert!(said.err.contains(why), "{said:?}");
        assert!(cluster.kubectl(&["get", "namespace", "shop"]).contains("Terminating"));

        meanwhile(cluster, || cluster.wait_until("/api/v1/namespaces/shop", |namespace| namespace["code"] == 404));
        cluster.apply(namespace);
        assert_eq!(cluster.kubectl(&["get", "services,deployments", "-n", "shop", "-o", "name"]), "");
    });
}
