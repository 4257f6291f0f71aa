//! `kubectl create` makes objects from its arguments, which newer ones send in Protobuf.
use super::cluster::with_each;
use strait_scenarios::kubernetes::Request;

#[test]
fn create_makes_objects_from_arguments() {
    with_each(|cluster| {
        assert_eq!(cluster.kubectl(&["create", "namespace", "shop"]), "namespace/shop created\n");
        cluster.kubectl(&["create", "-n", "shop", "configmap", "settings", "--from-literal=a=b", "--from-literal=empty="]);
        let settings = cluster.ask(Request::get("/api/v1/namespaces/shop/configmaps/settings")).1;
        assert_eq!(settings["data"], serde_json::json!({"a": "b", "empty": ""}));
        cluster.kubectl(&["create", "-n", "shop", "secret", "generic", "hidden", "--from-literal=a=b"]);
        let hidden = cluster.kubectl(&["get", "-n", "shop", "secret", "hidden", "-o", "jsonpath={.type} {.data.a}"]);
        assert_eq!(hidden, "Opaque Yg==");
        cluster.kubectl(&["create", "-n", "shop", "serviceaccount", "web"]);
        cluster.kubectl(&["create", "-n", "shop", "deployment", "web", "--image=web:1", "--replicas=2", "--port=8080"]);
        let web = cluster.ask(Request::get("/apis/apps/v1/namespaces/shop/deployments/web")).1["spec"].clone();
        assert_eq!((&web["replicas"], &web["selector"]["matchLabels"]["app"]), (&2.into(), &"web".into()));
        assert_eq!(web["template"]["spec"]["containers"][0]["ports"][0]["containerPort"], 8080);
        cluster.kubectl(&["create", "-n", "shop", "service", "clusterip", "web", "--tcp=80:8080"]);
        let port = cluster.ask(Request::get("/api/v1/namespaces/shop/services/web")).1["spec"]["ports"][0].clone();
        assert_eq!((&port["port"], &port["targetPort"], &port["name"]), (&80.into(), &8080.into(), &"80-8080".into()));
        let again = cluster.run(&["create", "namespace", "shop"]);
        assert_eq!(again.err, "Error from server (AlreadyExists): namespaces \"shop\" already exists\n");
        assert_eq!(cluster.kubectl(&["auth", "can-i", "create", "pods"]), "yes\n");
        if !cluster.is_old() {
            let token = cluster.kubectl(&["create", "-n", "shop", "token", "web"]);
            std::fs::write(cluster.home().join("web"), cluster.api.kubeconfig(token.trim())).unwrap();
            let who = cluster.kubectl(&["--kubeconfig", "web", "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"]);
            assert_eq!(who, "system:serviceaccount:shop:web");
        }
    });
}
