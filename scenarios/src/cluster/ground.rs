//! What is in every cluster of a world: the way to the zone control plane, as an installation would lay it.
use super::ClusterPlan;
use crate::kubernetes::Api;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use strait_core::{
    kubernetes::{CustomKind, definition},
    time::Wall,
};

/// The namespace of the control plane.
pub const SYSTEM: &str = "kuma-system";
/// By what name the Kubernetes API knows it.
pub const ACCOUNT: &str = "system:serviceaccount:kuma-system:strait-zone";
/// The service that leads to it.
pub const CONTROL_PLANE: &str = "kuma-control-plane";
/// The ConfigMap, in each namespace, with the certificate of whoever vouches for it.
pub const AUTHORITY: &str = "strait-control-plane-ca";
/// What that certificate is called there.
pub const AUTHORITY_FILE: &str = "ca.crt";
/// Where it serves proxies, and answers questions about names.
const PORTS: [(&str, u16); 3] = [("dp-server", 5678), ("dns", 5653), ("dns-tcp", 5653)];
/// More steps than controllers take for what is applied at once.
const STEPS: usize = 1000;

/// The ground of a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The cluster.
    pub plan: &'a ClusterPlan,
    /// Where its zone control plane is.
    pub control_plane: Ipv4Addr,
}

impl Ground<'_> {
    /// Lays it, and applies the manifests.
    ///
    /// # Errors
    /// What the API answers to one of them.
    pub fn lay(&self, api: &mut Api, now: Wall) -> Result<(), String> {
        let definitions: Vec<Value> = CustomKind::all().map(definition).collect();
        for object in definitions.iter().chain(&self.objects()).chain(&self.plan.manifests) {
            api.apply(now, object).map_err(|why| format!("{} {}: {why}", object["kind"], object["metadata"]["name"]))?;
            // What is defined by one manifest is there for the next.
            let mut steps = 0;
            while api.step(now) && steps < STEPS {
                steps += 1;
            }
        }
        Ok(())
    }

    /// Hands out the certificate, in PEM, of whoever vouches for the control plane: to each namespace that does not have it, as something in a
    /// cluster does that looks after it. To be called when [`Api::version`] is another.
    ///
    /// # Errors
    /// What the API answers.
    pub fn vouch(api: &mut Api, now: Wall, authority: &str) -> Result<(), String> {
        let is_there = |namespace: &Value| namespace["metadata"]["deletionTimestamp"].is_null();
        let all = api.all_held("namespaces").filter(|namespace| is_there(namespace));
        let names = all.filter_map(|namespace| namespace["metadata"]["name"].as_str()).map(str::to_owned).collect::<Vec<_>>();
        for namespace in names {
            if api.held("configmaps", &namespace, AUTHORITY).is_some_and(|map| map["data"][AUTHORITY_FILE] == authority) {
                continue;
            }
            let map = json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": AUTHORITY, "namespace": namespace},
                "data": {AUTHORITY_FILE: authority},
            });
            api.apply(now, &map)?;
        }
        Ok(())
    }

    fn objects(&self) -> [Value; 3] {
        let transport = |name: &str| if name == "dns" { "UDP" } else { "TCP" };
        let ports = PORTS.map(|(name, port)| json!({"name": name, "port": port, "protocol": transport(name)}));
        let meta = |name: &str| json!({"name": name, "namespace": SYSTEM});
        let mut slice = meta(&format!("{CONTROL_PLANE}-1"));
        slice["labels"] = json!({"kubernetes.io/service-name": CONTROL_PLANE});
        [
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(CONTROL_PLANE), "spec": {"ports": ports}}),
            json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice, "addressType": "IPv4", "ports": ports,
                "endpoints": [{"addresses": [self.control_plane.to_string()], "conditions": {"ready": true}}],
            }),
        ]
    }
}
