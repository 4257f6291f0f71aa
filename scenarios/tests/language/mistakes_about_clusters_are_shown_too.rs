//! Mistakes about clusters, and about what is done in them, are shown in their places, with what is allowed.
use super::written::load;
use std::fmt::Write;

/// What a zone must not say.
const ZONES: &[(&str, &str)] = &[
    ("a kind of zone that is none", "{ kind: kubernets }"),
    ("manifests on machines", "{ manifests: [shop.yaml] }"),
    ("proxies in a cluster", "{ kind: kubernetes, proxies: { web: {} } }"),
    ("an ingress in a cluster", "{ kind: kubernetes, ingress: {} }"),
    ("many clusters", "{ kind: kubernetes, count: 2 }"),
    ("a cluster of Kuma's", "{ kind: kubernetes, dialect: kuma }"),
    ("no pods", "{ kind: kubernetes, pods: 0 }"),
    ("too many pods", "{ kind: kubernetes, pods: 1000 }"),
    ("a file that is not there", "{ kind: kubernetes, manifests: [shop.yaml] }"),
    ("a file that is none", "{ kind: kubernetes, manifests: [broken.yaml] }"),
];

/// Steps that are wrong.
const STEPS: &[(&str, &str)] = &[
    ("a cluster that is none", "api: { of: east, is: away }"),
    ("a state that is none", "api: { of: kube, is: gone }"),
    ("slow, but how", "api: { of: kube, is: slow }"),
    ("away for so long", "api: { of: kube, is: away, takes: 2s }"),
    ("refusing, but how", "api: { of: kube, is: refusing, requests: 3 }"),
    ("nothing to do", "kubectl: { zone: kube }"),
    ("two things to do", "kubectl: { zone: kube, scale: web.shop, roll_out: web.shop }"),
    ("a number of nothing", "kubectl: { zone: kube, roll_out: web.shop, replicas: 2 }"),
    ("scaled to what", "kubectl: { zone: kube, scale: web.shop }"),
    ("a Deployment without its namespace", "kubectl: { zone: kube, roll_out: web }"),
    ("an object without a name", "kubectl: { zone: kube, inline: { apiVersion: v1, kind: Namespace } }"),
    ("a deletion of what", "kubectl: { zone: kube, delete: { kind: Namespace, name: shop } }"),
    ("pods that nothing makes", "expect: { pods: kube/web.shop, ready: 1 }"),
    ("pods on machines", "expect: { rolled_out: east/web }"),
    ("a pod that is killed", "kill: kube/web.shop"),
];

#[test]
fn mistakes_about_clusters_are_shown_too() {
    let mut shown = String::new();
    for (what, zone) in ZONES {
        let text = format!("scenario: case\nwhy: x\ntopology:\n  zones:\n    east: {zone}\nsteps:\n  - wait: 1s\n");
        let mistakes = load(&text).err().unwrap_or_else(|| panic!("{what} is taken"));
        writeln!(shown, "# {what}\n{mistakes}").unwrap();
    }
    let topology = "scenario: case\nwhy: x\ntopology:\n  zones:\n    kube: { kind: kubernetes }\n    east: { proxies: { web: {} } }\n";
    for (what, step) in STEPS {
        let made = if step.starts_with("kill") {
            "  - kubectl: { zone: kube, inline: { apiVersion: v1, kind: Pod, metadata: { name: web, namespace: shop } } }\n"
        } else {
            ""
        };
        let mistakes = load(&format!("{topology}steps:\n{made}  - {step}\n")).err().unwrap_or_else(|| panic!("{what} is taken"));
        writeln!(shown, "# {what}\n{mistakes}").unwrap();
    }
    insta::assert_snapshot!(shown);
}
