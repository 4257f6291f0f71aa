//! Mistakes about workloads and what they ask are shown in their places, with what is allowed.
use super::written::load;
use std::fmt::Write;

const TOPOLOGY: &str = "
scenario: case
why: To see what is wrong.
topology:
  zones:
    east: { proxies: { web: {}, api: { port: 8080 }, edge: { gateway: { to: api.mesh } } } }
    plain: { dialect: kuma }
";

/// Steps that are wrong, after the topology.
const STEPS: &[(&str, &str)] = &[
    ("a proxy that is not there", "steps:\n  - request: { from: east/wbe, name: api.mesh }\n"),
    ("a proxy without its zone", "steps:\n  - request: { from: web, name: api.mesh }\n"),
    ("a question without a name", "steps:\n  - request: { from: east/web }\n"),
    ("a port that is none", "steps:\n  - request: { from: east/web, name: api.mesh, port: 70000 }\n"),
    ("a path that is none", "steps:\n  - request: { from: east/web, name: api.mesh, path: cart }\n"),
    ("a header that cannot be given", "steps:\n  - request: { from: east/web, name: api.mesh, headers: { host: other } }\n"),
    ("a header of two lines", "steps:\n  - request: { from: east/web, name: api.mesh, headers: { a: \"b\\nc\" } }\n"),
    ("bytes with a path", "steps:\n  - request: { from: east/web, name: api.mesh, protocol: tcp, path: /cart }\n"),
    ("traffic without a pause", "steps:\n  - traffic: { called: t, from: east/web, name: api.mesh, every: 1ms }\n"),
    (
        "two traffics of one name",
        "steps:\n  - traffic: { called: t, from: east/web, name: api.mesh, every: 1s }\n  - traffic: { called: t, from: east/web, name: api.mesh, every: 1s }\n",
    ),
    ("traffic that nobody began", "steps:\n  - stop: t\n"),
    ("traffic that has ended", "steps:\n  - traffic: { called: t, from: east/web, name: api.mesh, every: 1s }\n  - stop: t\n  - stop: t\n"),
    (
        "nothing about traffic",
        "steps:\n  - traffic: { called: t, from: east/web, name: api.mesh, every: 1s }\n  - expect: { traffic: t }\n",
    ),
    (
        "no bound on traffic",
        "steps:\n  - traffic: { called: t, from: east/web, name: api.mesh, every: 1s }\n  - expect: { traffic: t, failed: {} }\n",
    ),
    ("bytes over a connection that is kept", "steps:\n  - request: { from: east/web, name: api.mesh, protocol: tcp, connection: kept }\n"),
    ("a connection that is none", "steps:\n  - request: { from: east/web, name: api.mesh, connection: open }\n"),
    ("an ingress that is not there", "steps:\n  - move: east/ingress\n"),
    ("a forwarder that is not there", "steps:\n  - kill: east/near\n"),
    ("an empty disk of a proxy", "steps:\n  - restart: { who: east/web, disk: empty }\n"),
    ("a state that is none", "steps:\n  - expect: { proxy: east/web, is: happy }\n"),
    ("a rotation in no zone", "steps:\n  - rotate: { mesh: default }\n"),
    ("a rotation at global", "steps:\n  - rotate: { zone: global }\n"),
    ("a rotation in a Kuma", "steps:\n  - rotate: { zone: plain }\n"),
    ("a rotation in a mesh that does not exist", "steps:\n  - rotate: { zone: east, mesh: shop }\n"),
    ("a rotation of nothing that has such a name", "steps:\n  - rotate: { zone: east, name: All }\n"),
    ("a rotation without overlap", "steps:\n  - rotate: { zone: east, overlap: 10s }\n"),
    ("a phase that is none", "steps:\n  - expect: { rotation: east, is: done }\n"),
    ("a trust of nobody", "steps:\n  - expect: { trust: { in: east, is: given } }\n"),
    ("a mesh of a proxy", "steps:\n  - expect: { resolves: { from: east/web, mesh: default, name: a.mesh, to: a } }\n"),
    ("a gateway that is none", "steps:\n  - request: { from: outside, to: east/web }\n"),
    ("a question from outside to nobody", "steps:\n  - request: { from: outside, name: api.mesh }\n"),
    ("a connection that is kept from outside", "steps:\n  - request: { from: outside, to: east/edge, connection: kept }\n"),
    ("a workload that asks a gateway", "steps:\n  - request: { from: east/web, to: east/edge, name: api.mesh }\n"),
    ("a question of DNS from outside", "steps:\n  - resolve: { from: outside, name: api.mesh }\n"),
    (
        "a question that is asked too often",
        "steps:\n  - wait: 1s\nnever:\n  - { denied: { from: east/web, name: api.mesh }, every: 1ms }\n",
    ),
    ("what nobody asks", "steps:\n  - wait: 1s\nnever:\n  - { holds: { zone: east, kind: Mesh, name: a }, every: 1s }\n"),
    (
        "what somebody would have to ask first",
        "steps:\n  - wait: 1s\nnever:\n  - { lacks: { zone: east, kind: Mesh, name: a }, once: { denied: { from: east/web, name: api.mesh } } }\n",
    ),
    ("what becomes something", "steps:\n  - wait: 1s\nnever:\n  - { holds: { zone: east, kind: Mesh, name: a }, becomes: sometimes }\n"),
    (
        "two of one name",
        "steps:\n  - wait: 1s\nnever:\n  - { called: a, holds: { zone: east, kind: Mesh, name: a } }\n  - { called: a, holds: { zone: east, kind: Mesh, name: b } }\n",
    ),
    ("endpoints without a bound", "steps:\n  - expect: { endpoints: { of: api, in: east } }\n"),
    ("a service of nothing", "steps:\n  - expect: { resolves: { from: east, name: api.mesh, to: nothing, home: plain } }\n"),
];

/// Zones that are wrong.
const ZONES: &[(&str, &str)] = &[
    ("workloads of a Kuma", "{ dialect: kuma, proxies: { web: {} } }"),
    ("workloads of many zones", "{ count: 2, proxies: { web: {} } }"),
    ("a workload in a mesh that does not exist", "{ proxies: { web: { mesh: shop } } }"),
    ("a workload on a port of its proxy", "{ proxies: { web: { port: 15006 } } }"),
    ("a workload with a name that is none", "{ proxies: { Web_1: {} } }"),
    ("a workload that speaks what is not known", "{ proxies: { web: { protocol: smtp } } }"),
    ("a workload with an unknown field", "{ proxies: { web: { prot: 80 } } }"),
    ("a workload that is a number", "{ proxies: { web: 5 } }"),
    ("an ingress of a Kuma", "{ dialect: kuma, ingress: {} }"),
    ("too many ingresses", "{ ingress: { count: 9 } }"),
    ("an ingress with an unknown field", "{ ingress: { cuont: 2 } }"),
    ("an ingress called like a proxy", "{ proxies: { ingress-2: {} }, ingress: { count: 2 } }"),
    ("a gateway to nowhere", "{ proxies: { edge: { gateway: {} } } }"),
    ("a gateway of bytes", "{ proxies: { edge: { gateway: { to: api.mesh }, protocol: tcp } } }"),
    ("a gateway to a port that is none", "{ proxies: { edge: { gateway: { to: api.mesh, port: 0 } } } }"),
    ("a forwarder for nobody", "{ forwarders: { near: {} } }"),
    ("a forwarder called like a proxy", "{ proxies: { web: {} }, forwarders: { web: {} } }"),
    ("a forwarder that is far away", "{ proxies: { web: {} }, forwarders: { near: { delay: 2s } } }"),
    ("a forwarder with an unknown field", "{ proxies: { web: {} }, forwarders: { near: { dealy: 2ms } } }"),
];

#[test]
fn mistakes_about_workloads_are_shown_too() {
    let mut shown = String::new();
    for (what, steps) in STEPS {
        let mistakes = load(&format!("{TOPOLOGY}{steps}")).err().unwrap_or_else(|| panic!("{what} is taken"));
        writeln!(shown, "# {what}\n{mistakes}").unwrap();
    }
    let moves =
        "scenario: case\nwhy: x\ntopology:\n  zones:\n    west: { ingress: {}, proxies: { api: {} } }\nsteps:\n  - move: west/api\n";
    writeln!(shown, "# a workload that moves\n{}", load(moves).expect_err("it is taken")).unwrap();
    for (what, zone) in ZONES {
        let text = format!("scenario: case\nwhy: x\ntopology:\n  zones:\n    east: {zone}\nsteps:\n  - wait: 1s\n");
        let mistakes = load(&text).err().unwrap_or_else(|| panic!("{what} is taken"));
        writeln!(shown, "# {what}\n{mistakes}").unwrap();
    }
    insta::assert_snapshot!(shown);
}
