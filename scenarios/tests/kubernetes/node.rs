//! A cluster with a kubelet, whose containers do what the test says.
use super::cluster::{Cluster, PODS};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use strait_scenarios::kubernetes::{
    Request,
    kubelet::{Became, Container, Kubelet, Order, PodId},
};

pub(crate) struct Node {
    pub(crate) cluster: Cluster,
    pub(crate) kubelet: Kubelet,
    /// What it ordered, in short words; read and forgotten by [`Node::orders`].
    said: Vec<String>,
    pub(crate) ran: Vec<(PodId, Ipv4Addr, Box<Container>)>,
}

impl Node {
    pub(crate) fn with(addresses: u8) -> Self {
        let kubelet = Kubelet::new("node", (1..=addresses).map(|last| Ipv4Addr::new(10, 1, 0, last)));
        Self { cluster: Cluster::new(), kubelet, said: Vec::new(), ran: Vec::new() }
    }

    /// Lets controllers and kubelet do what they have to.
    pub(crate) fn settle(&mut self) {
        loop {
            self.cluster.settle();
            let before = self.cluster.api.version();
            let orders = self.kubelet.look(&mut self.cluster.api, self.cluster.now);
            let is_quiet = orders.is_empty() && self.cluster.api.version() == before;
            for order in orders {
                self.said.push(match &order {
                    Order::Run { pod, container, .. } => format!("run {} of {}", container.name, pod.name),
                    Order::Stop { pod, container, kill: false } => format!("stop {container} of {}", pod.name),
                    Order::Stop { pod, container, kill: true } => format!("kill {container} of {}", pod.name),
                    Order::Gone { pod, .. } => format!("gone {}", pod.name),
                });
                if let Order::Run { pod, address, container } = order {
                    self.ran.push((pod, address, container));
                }
            }
            if is_quiet {
                return;
            }
        }
    }

    /// What it has ordered since this was last asked.
    pub(crate) fn orders(&mut self) -> Vec<String> {
        self.settle();
        std::mem::take(&mut self.said)
    }

    pub(crate) fn create(&mut self, name: &str, spec: &Value) {
        self.cluster.create(PODS, &json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}));
    }

    pub(crate) fn delete(&mut self, name: &str, grace: u32) {
        let options = json!({"gracePeriodSeconds": grace});
        self.cluster.ask(Request::with_body("DELETE", &format!("{PODS}/{name}"), "application/json", &options));
    }

    /// Something became of a container of the pod of this name.
    pub(crate) fn report(&mut self, pod: &str, container: &str, what: Became) {
        let id = self.ran.iter().rev().find(|(id, ..)| id.name == pod).map(|(id, ..)| id.clone()).expect("it has run");
        self.kubelet.report(self.cluster.now, &id, container, what);
    }

    pub(crate) fn pod(&mut self, name: &str) -> Value {
        self.settle();
        self.cluster.get(&format!("{PODS}/{name}"))
    }

    pub(crate) fn is_ready(&mut self, name: &str) -> bool {
        let pod = self.pod(name);
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
    }
}

pub(crate) fn container(name: &str) -> Value {
    json!({"name": name, "image": "strait"})
}
