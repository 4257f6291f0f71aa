//! A token says who calls, for as long as its service account is there; strangers are turned away, and so is what is forbidden.
use super::cluster::{SOON, with_each};
use serde_json::json;
use strait_scenarios::kubernetes::{Request, Rule};

#[test]
fn tokens_say_who_calls() {
    with_each(|cluster| {
        cluster.apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: web}}");
        let review = |token: &str| {
            let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}});
            cluster.ask(Request::with_body("POST", "/apis/authentication.k8s.io/v1/tokenreviews", "application/json", &review)).1["status"]
                .clone()
        };
        let token = cluster.api.with(|api, now| api.token_of(now, "default", "web", &[], 600)).unwrap();
        let status = review(&token);
        assert_eq!((&status["authenticated"], &status["user"]["username"]), (&true.into(), &"system:serviceaccount:default:web".into()));
        assert_ne!(review("made up")["authenticated"], true);

        std::fs::write(cluster.home().join("web"), cluster.api.kubeconfig(&token)).unwrap();
        let as_web = |arguments: &[&str]| cluster.run(&[&["--kubeconfig", "web"], arguments].concat());
        assert!(as_web(&["get", "pods"]).ok);
        let rule = Rule { user: "system:serviceaccount:default:web".to_owned(), verb: "list".to_owned(), resource: "pods".to_owned() };
        cluster.api.with(|api, _| api.forbid(vec![rule]));
        let said = as_web(&["get", "pods"]);
        let why = "Error from server (Forbidden): pods is forbidden: User \"system:serviceaccount:default:web\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"\n";
        assert_eq!(said.err, why);
        assert!(as_web(&["get", "services"]).ok);

        cluster.kubectl(&["delete", "serviceaccount", "web"]);
        assert!(as_web(&["get", "services"]).err.contains("Unauthorized"), "its token ended with it");
        assert!(cluster.api.wait_for(SOON, |api, now| api.token_of(now, "default", "default", &[], 600).ok()).is_some());
    });
}
