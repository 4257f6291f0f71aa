//! A site with a cluster and a host that is none of its pods, and another site.
use crate::cases::until;
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};
use strait_core::{Seed, resource::ZoneName};
use strait_netns_testbed::{
    HostId, Network, Plan,
    cluster::{Cluster, Place},
};
use strait_scenarios::{cluster::ClusterPlan, workload::AtWorkload};

pub(crate) const SOON: Duration = Duration::from_secs(60);
/// How many pods there may be.
const PODS: usize = 4;

pub(crate) struct Town {
    pub(crate) cluster: Cluster,
    /// Where the zone control plane would be.
    pub(crate) beside: HostId,
    pub(crate) elsewhere: HostId,
    // Dropped after what is in it.
    pub(crate) network: Network,
}

impl Town {
    /// With these objects in the cluster.
    pub(crate) fn with(manifests: &[Value]) -> Self {
        let mut plan = Plan::new();
        let (site, hosts) = plan.add_site(2 + PODS);
        let (_, others) = plan.add_site(1);
        let network = Network::build(&plan, Seed(1)).unwrap();
        let strait = Path::new(env!("CARGO_BIN_EXE_strait"));
        let folder = tempfile::tempdir_in(strait_netns_testbed::enter::scratch()).unwrap().keep();
        let place = Place {
            zone: ZoneName::new("east").unwrap(),
            site,
            node: hosts[1],
            pods: hosts[2..].to_vec(),
            control_plane: network.address(hosts[0]),
            strait: strait.to_owned(),
            testbed: strait.to_owned(),
            envoy: "envoy".into(),
            folder,
        };
        let shop = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        let plan =
            ClusterPlan { manifests: [shop].into_iter().chain(manifests.iter().cloned()).collect(), pods: PODS as u32, later: Vec::new() };
        let cluster = Cluster::begin(&network, place, &plan, 1).unwrap();
        Self { cluster, beside: hosts[0], elsewhere: others[0], network }
    }

    pub(crate) fn tend(&mut self) -> Vec<AtWorkload> {
        self.cluster.tend(&mut self.network).unwrap()
    }

    /// Applies an object.
    pub(crate) fn apply(&mut self, object: &Value) {
        self.cluster.act(&mut |api, now| api.apply(now, object).unwrap());
    }

    pub(crate) fn delete(&mut self, kind: &str, name: &str) {
        let object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
        self.cluster.act(&mut |api, now| api.withdraw(now, &object).unwrap());
    }

    pub(crate) fn scale(&mut self, deployment: &str, replicas: u32) {
        let path = format!("/apis/apps/v1/namespaces/shop/deployments/{deployment}");
        self.cluster.act(&mut |api, now| api.alter(now, &path, &json!({"spec": {"replicas": replicas}})).unwrap());
    }

    /// What the API keeps of an object in the namespace.
    pub(crate) fn held(&self, resource: &str, name: &str) -> Value {
        let mut held = Value::Null;
        self.cluster.look(&mut |api| held = api.held(resource, "shop", name).cloned().unwrap_or_default());
        held
    }

    pub(crate) fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        until(what, SOON, || {
            self.tend();
            holds(self)
        });
    }

    pub(crate) fn until_ready(&mut self, pod: &str) {
        self.until(pod, |town| is_ready(&town.held("pods", pod)));
    }

    /// Who answers there, or why nobody does.
    pub(crate) fn ask(&self, from: HostId, to: Ipv4Addr, port: u16) -> String {
        self.network.namespace(from).run(move || {
            let asked = TcpStream::connect_timeout(&SocketAddr::from((to, port)), SOON).and_then(|mut stream| {
                stream.set_read_timeout(Some(SOON))?;
                stream.write_all(b"who\n")?;
                let mut said = String::new();
                stream.read_to_string(&mut said)?;
                Ok(serde_json::from_str::<Value>(&said)?["by"].as_str().unwrap_or_default().to_owned())
            });
            asked.unwrap_or_else(|error| error.kind().to_string())
        })
    }
}

pub(crate) fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

/// A pod of one container that runs a program of the machine's, and more in its specification.
pub(crate) fn pod(name: &str, script: &str, more: &Value) -> Value {
    let mut container = json!({"name": "app", "image": "strait-workload", "command": ["sh", "-c", script]});
    let mut spec = json!({"containers": []});
    for (field, value) in more.as_object().into_iter().flatten() {
        match field.as_str() {
            "container" => value.as_object().unwrap().iter().for_each(|(field, value)| container[field] = value.clone()),
            field => spec[field] = value.clone(),
        }
    }
    spec["containers"] = json!([container]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}
