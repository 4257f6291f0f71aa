//! `strait demo hybrid`: a cluster of Kubernetes beside machines, in network namespaces of its own. What happens is a scenario, which is told while it runs; what
//! is deployed in the cluster an unmodified `kubectl` deploys.
use crate::{command::DemoArguments, scenario};
use std::process::{Command, ExitCode, Stdio};

/// What happens, and the files that it names. A scenario is called as its file is.
const FILES: [(&str, &str); 6] = [
    ("demo-hybrid.yaml", include_str!("../../scenarios/suites/demo-hybrid.yaml")),
    ("kubernetes/ingress.yaml", include_str!("../../scenarios/suites/kubernetes/ingress.yaml")),
    ("kubernetes/shop.yaml", include_str!("../../scenarios/suites/kubernetes/shop.yaml")),
    ("kubernetes/other-mesh.yaml", include_str!("../../scenarios/suites/kubernetes/other-mesh.yaml")),
    ("resources/one-mesh-for-all.yaml", include_str!("../../scenarios/suites/resources/one-mesh-for-all.yaml")),
    ("resources/other-mesh-for-all.yaml", include_str!("../../scenarios/suites/resources/other-mesh-for-all.yaml")),
];

pub(super) fn show(arguments: &DemoArguments) -> Result<ExitCode, String> {
    if arguments.stay {
        return Err("error: `--stay` is for the demo without `hybrid`".to_owned());
    }
    let kubectl = &arguments.kubectl;
    let runs =
        Command::new(kubectl).args(["version", "--client"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !runs.is_ok_and(|status| status.success()) {
        return Err(format!(
            "error: {} does not run, and what is in the cluster is deployed by it: `--kubectl` names one",
            kubectl.display()
        ));
    }
    scenario::show(&FILES, &arguments.envoy, Some(kubectl))
}
