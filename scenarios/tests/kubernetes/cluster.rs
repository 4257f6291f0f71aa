//! The model with a clock that the test turns.
use serde_json::{Value, json};
use strait_core::time::Wall;
use strait_scenarios::kubernetes::{Answer, Api, Events, Request, Response, Settings, User, Watch};

pub(crate) const TOKEN: &str = "token";
pub(crate) const MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub(crate) const PODS: &str = "/api/v1/namespaces/default/pods";
/// More steps than anything here takes.
const STEPS: usize = 1000;

/// A cluster and its time.
pub(crate) struct Cluster {
    pub(crate) api: Api,
    pub(crate) now: Wall,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Self::seeded(1)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        let now = Wall(1_700_000_000_000);
        let mut api = Api::new(Settings { seed, ..Settings::default() }, now);
        api.accept_token(TOKEN, User { name: "tester".to_owned(), ..User::default() });
        let mut cluster = Self { api, now };
        cluster.settle();
        cluster
    }

    /// Steps the controllers until they have nothing to do.
    pub(crate) fn settle(&mut self) {
        let mut steps = 0;
        while self.api.step(self.now) {
            steps += 1;
            assert!(steps < STEPS, "the controllers do not come to rest");
        }
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now.0 += seconds * 1000;
    }

    /// What comes, whatever it is.
    pub(crate) fn answer(&mut self, request: Request) -> Answer {
        self.api.handle(self.now, &request.as_bearer(TOKEN)).answer
    }

    pub(crate) fn response(&mut self, request: Request) -> Response {
        match self.answer(request) {
            Answer::Whole(response) => response,
            other => panic!("no whole answer: {other:?}"),
        }
    }

    pub(crate) fn ask(&mut self, request: Request) -> (u16, Value) {
        let response = self.response(request);
        (response.code, serde_json::from_slice(&response.body).unwrap())
    }

    pub(crate) fn get(&mut self, path: &str) -> Value {
        self.ask(Request::get(path)).1
    }

    pub(crate) fn create(&mut self, path: &str, object: &Value) -> Value {
        let (code, created) = self.ask(Request::with_body("POST", path, "application/json", object));
        assert_eq!(code, 201, "{created}");
        created
    }

    pub(crate) fn merge(&mut self, path: &str, patch: &Value) -> Value {
        let (code, patched) = self.ask(Request::with_body("PATCH", path, "application/merge-patch+json", patch));
        assert_eq!(code, 200, "{patched}");
        patched
    }

    pub(crate) fn delete(&mut self, path: &str) {
        let (code, said) = self.ask(Request::with_body("DELETE", path, "application/json", &json!({})));
        assert_eq!(code, 200, "{said}");
    }

    pub(crate) fn config_map(&mut self, name: &str, value: &str) {
        self.create(MAPS, &json!({"metadata": {"name": name, "labels": {"value": value}}, "data": {"value": value}}));
    }

    pub(crate) fn watch(&mut self, query: &str) -> Watch {
        match self.answer(Request::get(&format!("{MAPS}?watch=true&{query}"))) {
            Answer::Watch(watch) => *watch,
            other => panic!("no watch: {other:?}"),
        }
    }

    pub(crate) fn events(&self, watch: &mut Watch) -> Events {
        self.api.events_after(self.now, watch)
    }

    /// The kinds of what is new, and the names of what it is about.
    pub(crate) fn told(&self, watch: &mut Watch) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let events = self.events(watch).events;
        events
            .iter()
            .map(|event| format!("{} {}", text(&event["type"]), text(&event["object"]["metadata"]["name"])).trim().to_owned())
            .collect()
    }

    /// The version of a list of now.
    pub(crate) fn version(&mut self) -> String {
        self.get(MAPS)["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
    }

    /// A deployment of so many pods, with its service.
    pub(crate) fn deploy(&mut self, replicas: usize) {
        let labels = json!({"app": "web"});
        let deployment = json!({
            "metadata": {"name": "web"},
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": labels}, "progressDeadlineSeconds": 60,
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "web", "image": "web:1", "ports": [{"name": "http", "containerPort": 8080}]}]},
                },
            },
        });
        self.create("/apis/apps/v1/namespaces/default/deployments", &deployment);
        let service = json!({"metadata": {"name": "web"}, "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]}});
        self.create("/api/v1/namespaces/default/services", &service);
        self.settle();
    }

    pub(crate) fn names(&mut self, path: &str) -> Vec<String> {
        let list = self.get(path);
        list["items"].as_array().unwrap().iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// What a kubelet says of a pod that runs.
    pub(crate) fn run_pod(&mut self, name: &str, nth: usize) {
        let binding = json!({"target": {"kind": "Node", "name": "node"}});
        self.ask(Request::with_body("POST", &format!("{PODS}/{name}/binding"), "application/json", &binding));
        let status = json!({"status": {
            "phase": "Running", "podIP": format!("10.0.{}.{}", nth / 256, nth % 256),
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": Wall(self.now.0 / 1000 * 1000).rfc3339()}],
        }});
        self.merge(&format!("{PODS}/{name}/status"), &status);
    }

    /// Runs all pods.
    pub(crate) fn run_pods(&mut self) {
        for (nth, name) in self.names(PODS).into_iter().enumerate() {
            self.run_pod(&name, nth + 1);
        }
        self.settle();
    }
}
