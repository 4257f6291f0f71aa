//! A zone that is a cluster, with a shop in it.
use super::script::*;
use serde_json::{Value, json};
use std::time::Duration;
use strait_core::{resource::*, sync::Dialect::Strait};
use strait_scenarios::{
    cluster::{Behaviour, ClusterOrder, ClusterPlan},
    event::What,
    workload::{Answer, Ask, AtWorkload},
    world::{Setup, WorldKind},
};

/// The kinds that are followed, as paths name them.
const FOLLOWED: [&str; 4] = ["namespaces", "services", "endpointslices", "pods"];

fn deployment(app: &str, replicas: u32) -> [Value; 2] {
    let sidecar = json!({"name": "kuma-sidecar", "image": "strait", "readinessProbe": {"httpGet": {"port": 9902, "path": "/ready"}}});
    let serves = json!({
        "name": app, "image": "strait-workload", "args": ["--port", "80", "--protocol", "http"],
        "ports": [{"name": "http", "containerPort": 80}],
    });
    let labels = json!({"app": app});
    let redirected = json!({
        "kuma.io/transparent-proxying": "enabled",
        "kuma.io/transparent-proxying-inbound-port": "15006",
        "kuma.io/transparent-proxying-outbound-port": "15001",
    });
    let template = json!({"metadata": {"labels": labels, "annotations": redirected}, "spec": {"containers": [serves, sidecar]}});
    let meta = json!({"name": app, "namespace": "shop"});
    [
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": meta,
            "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"}]},
        }),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
        }),
    ]
}

/// `east` is a cluster with `web` and two of `api`, and not many more pods than that at a time.
pub(crate) fn shop(seed: u64) -> Setup {
    let labels = json!({"kuma.io/sidecar-injection": "enabled"});
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}});
    let manifests = [namespace].into_iter().chain(deployment("web", 1)).chain(deployment("api", 2)).collect();
    let mut setup = setup(seed, Strait, &[("east", Strait)]);
    setup.clusters = [(zone("east"), ClusterPlan { manifests, later: Vec::new(), pods: 5 })].into();
    setup
}

/// A shop that is open.
pub(crate) fn open(kind: WorldKind, setup: &Setup) -> Script {
    let mut script = Script::in_world(kind, setup);
    script.put(&GLOBAL, mesh_of_workloads());
    script.run_for(20);
    script
}

pub(crate) fn ask_api(from: &str, takes_ms: u64) -> Ask {
    let mut ask = ask(from, "api", takes_ms);
    ask.name = "api.shop.svc.cluster.local".to_owned();
    ask
}

impl Script {
    pub(crate) fn order(&mut self, order: &ClusterOrder) {
        self.world.cluster(&zone("east"), &mut |api, now| order.carry_out(api, now).unwrap());
    }

    pub(crate) fn behaves(&mut self, behaviour: Behaviour) {
        self.order(&ClusterOrder::Api(behaviour));
    }

    pub(crate) fn roll_out(&mut self, app: &str) {
        self.order(&ClusterOrder::RollOut { deployment: ("shop".to_owned(), app.to_owned()) });
    }

    /// How many requests of this verb came for each kind that is followed.
    pub(crate) fn requests(&self, verb: &'static str) -> [u64; 4] {
        let mut requests = [0; 4];
        self.world.look_at_cluster(&zone("east"), &mut |api| requests = FOLLOWED.map(|plural| api.requests(verb, plural)));
        requests
    }

    /// Where pods of this app ever were, in the order in which they appeared.
    pub(crate) fn addresses_of(&self, app: &str) -> Vec<String> {
        let appeared = |what: &What| match what {
            What::Workload(AtWorkload::Appears { who, workload: Some(workload) }) if who.name.as_str().starts_with(app) => {
                workload.pod.as_ref().map(|pod| pod.address.clone())
            }
            _ => None,
        };
        self.events.iter().filter_map(|event| appeared(&event.what)).collect()
    }

    /// What became of a question.
    pub(crate) fn answer_to(&self, number: u64) -> Option<&Answer> {
        self.events.iter().find_map(|event| match &event.what {
            What::Workload(AtWorkload::Answered { number: of, answer }) if *of == number => Some(answer),
            _ => None,
        })
    }

    /// Who answered; it must have been answered.
    pub(crate) fn answered_by(&self, number: u64) -> String {
        match self.answer_to(number) {
            Some(Answer::By { proxy, .. }) => proxy.name.to_string(),
            other => panic!("question {number}: {other:?}"),
        }
    }

    /// Asks again and again, until somebody answers.
    pub(crate) fn until_api_answers(&mut self, first: u64, seconds: u64) {
        for number in first..first + seconds {
            self.world.ask(number, &ask_api("web.shop", 0));
            self.run_for(1);
            if let Some(Answer::By { .. }) = self.answer_to(number) {
                return;
            }
        }
        panic!("nobody answered within {:?}: {:?}", Duration::from_secs(seconds), self.answer_to(first + seconds - 1));
    }

    pub(crate) fn services(&self) -> Vec<String> {
        self.world
            .observe(&at("east"))
            .map(|shown| {
                let services = shown.view.resources.values().filter(|held| *held.kind() == Kind::new("MeshService").unwrap());
                services.map(|held| held.display_name().to_owned()).collect()
            })
            .unwrap_or_default()
    }
}
