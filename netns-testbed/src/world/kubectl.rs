//! What an operator of a cluster orders, done by an unmodified `kubectl` from the cluster's node.
use super::NetnsWorld;
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};
use strait_core::resource::ZoneName;
use strait_scenarios::cluster::ClusterOrder;

/// Who owns the fields that it applies: as what was applied before the first step.
const MANAGER: &str = "--field-manager=operator";

impl NetnsWorld {
    /// Does it. `None`: there is no `kubectl`, or it is none of its business.
    pub(super) fn by_kubectl(&mut self, zone: &ZoneName, order: &ClusterOrder) -> Option<Result<(), String>> {
        let program = self.programs.kubectl.clone()?;
        let (arguments, input) = asked(order)?;
        let (node, kubeconfig) = self.clusters.way_in(zone)?;
        let called = program.display().to_string();
        let spawned = self.network.namespace(node).run(move || {
            let mut kubectl = Command::new(&program);
            kubectl.args(arguments).env_clear().env("KUBECONFIG", &kubeconfig);
            // Where it keeps what it finds out of the API.
            kubectl.env("HOME", kubeconfig.parent().unwrap_or(Path::new("/")));
            kubectl.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
        });
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return Some(Err(format!("{called}: {error}"))),
        };
        if let Some(mut stdin) = child.stdin.take() {
            // If it takes nothing it says why.
            let _ = stdin.write_all(input.to_string().as_bytes());
        }
        Some(match child.wait_with_output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// Its arguments, and what it reads.
fn asked(order: &ClusterOrder) -> Option<(Vec<String>, Value)> {
    let of_deployment = |words: &[&str], (namespace, name): &(String, String)| {
        let words = words.iter().map(|word| (*word).to_owned());
        words.chain([format!("deployment/{name}"), format!("--namespace={namespace}")]).collect::<Vec<_>>()
    };
    Some(match order {
        ClusterOrder::Apply(objects) => {
            let words = ["apply", "--server-side", "--force-conflicts", MANAGER, "--filename=-"];
            (words.map(str::to_owned).to_vec(), json!({"apiVersion": "v1", "kind": "List", "items": objects}))
        }
        ClusterOrder::Delete(object) => {
            let words = ["delete", "--wait=false", "--filename=-"];
            (words.map(str::to_owned).to_vec(), object.clone())
        }
        ClusterOrder::Scale { deployment, replicas } => {
            let mut words = of_deployment(&["scale"], deployment);
            words.push(format!("--replicas={replicas}"));
            (words, Value::Null)
        }
        ClusterOrder::RollOut { deployment } => (of_deployment(&["rollout", "restart"], deployment), Value::Null),
        ClusterOrder::Api(_) => return None,
    })
}
