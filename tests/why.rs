//! `strait why` as a user meets it, of files: which hop breaks it, what turns that, and what is wrong with a question.
#![allow(missing_docs, clippy::unwrap_used)]
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const MESH: &str = "
type: Mesh
name: shop
meshServices: { mode: Exclusive }
---
type: MeshIdentity
mesh: shop
name: identity
spec:
  selector: { dataplane: { matchLabels: {} } }
  provider: { type: Bundled, bundled: { autogenerate: { enabled: true } } }
---
type: MeshTrafficPermission
mesh: shop
name: between-services
spec:
  rules:
  - default:
      allow: [{ spiffeID: { type: Prefix, value: 'spiffe://shop.east.mesh.local/workload' } }]
      deny: [{ spiffeID: { type: Exact, value: 'spiffe://shop.east.mesh.local/workload/cart' } }]
";
const EAST: &str = "
type: Dataplane
mesh: shop
name: cart-1
labels: { kuma.io/workload: cart }
networking:
  address: 10.1.0.1
  inbound: [{ port: 8080, name: main, protocol: http, tags: { kuma.io/service: cart } }]
  transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 }
---
type: Dataplane
mesh: shop
name: alone-1
labels: { kuma.io/workload: alone }
networking:
  address: 10.1.0.9
  inbound: [{ port: 8080, tags: { kuma.io/service: alone } }]
";
const WEST: &str = "
type: Dataplane
mesh: shop
name: stock-1
labels: { kuma.io/workload: stock, kuma.io/zone: west }
networking:
  address: 10.2.0.2
  inbound: [{ port: 8080, name: main, protocol: http, tags: { kuma.io/service: stock } }]
---
type: ZoneIngress
name: ingress
labels: { kuma.io/zone: west }
networking: { address: 10.2.0.100, port: 10001, advertisedAddress: 203.0.113.7, advertisedPort: 443 }
";

const FILES: [&str; 6] = ["--mesh", "shop", "--resources", "mesh.yaml", "east.yaml", "west.yaml"];

fn strait(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strait")).current_dir(folder).args(arguments).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("mesh.yaml", MESH), ("east.yaml", EAST), ("west.yaml", WEST)] {
        fs::write(folder.path().join(name), text.trim_start()).unwrap();
    }
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn asks(folder: &Path, who: [&str; 2], more: &[&str]) -> (Option<i32>, String) {
    let output = strait(folder, &[&["why"], &who[..], &FILES[..], &["--zone", "east"], more].concat());
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    (output.status.code(), text(&output.stdout))
}

const STOCK: [&str; 2] = ["cart-1", "stock.svc.west.mesh.local"];

#[test]
fn a_table_for_people_and_what_turns_it() {
    let (code, shown) = asks(folder().path(), STOCK, &[]);
    assert_eq!(code, Some(1), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn the_same_for_machines() {
    let (code, shown) = asks(folder().path(), STOCK, &["--output", "json"]);
    assert_eq!(code, Some(1), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_printed_is_what_turns_it() {
    let folder = folder();
    let (_, shown) = asks(folder.path(), STOCK, &[]);
    let (_, printed) = shown.split_once("strait apply -f FILE`:\n\n").unwrap();
    let others = MESH.split("---\n").take(2).collect::<Vec<_>>().join("---\n");
    fs::write(folder.path().join("mesh.yaml"), format!("{others}---\n{printed}")).unwrap();
    let (code, shown) = asks(folder.path(), STOCK, &[]);
    assert_eq!(code, Some(0), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn what_only_people_can_do_is_said_without_a_resource() {
    let folder = folder();
    let west = WEST.split("---\n").next().unwrap().trim_start();
    fs::write(folder.path().join("west.yaml"), west).unwrap();
    let (code, shown) = asks(folder.path(), STOCK, &[]);
    assert_eq!(code, Some(1));
    let said = "What turns it: start an ingress in zone west: `strait zone token west --scope ingress` on global, then `strait ingress run";
    assert!(shown.contains("It breaks at: ingress.") && shown.contains(said), "{shown}");
}

#[test]
fn the_zone_stands_with_the_name_or_apart() {
    let folder = folder();
    let all = |from: &'static str| [&["why", from, "stock", "-o", "json"], &FILES[..]].concat();
    let output = strait(folder.path(), &all("east/cart-1"));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), said["from"]["zone"].as_str()), (Some(1), Some("east")));
}

#[test]
fn bad_input_ends_with_2_and_what_there_is_that_is_close() {
    let folder = folder();
    fs::write(
        folder.path().join("refused.yaml"),
        "type: MeshTimeout\nmesh: shop\nname: bad\nspec: { to: [{ targetRef: { kind: Nobody } }] }\n",
    )
    .unwrap();
    let with = |from: &'static str, to: &'static str, more: &[&'static str]| [&["why", from, to], &FILES[..], more].concat();
    for (arguments, says) in [
        (with("cart", "stock", &["--zone", "east"]), "there is no Dataplane cart in the mesh shop of zone east; there is cart-1"),
        (with("cart-1", "stok.svc.west.mesh.local", &["--zone", "east"]), "; there is stock.svc.west.mesh.local"),
        (with("cart-1", "stock:no", &["--zone", "east"]), "`no` is not a port"),
        (with("Cart", "stock", &["--zone", "east"]), "FROM: "),
        (with("cart-1", "stock", &["mesh.yaml", "--zone", "east"]), "mesh.yaml: Mesh shop: it stands twice here"),
        (with("cart-1", "stock", &["refused.yaml", "--zone", "east"]), "refused.yaml: MeshTimeout shop/bad: spec.to[0]"),
        (with("cart-1", "stock", &["nowhere.yaml"]), "nowhere.yaml: "),
        (["why", "cart-1", "stock", "--resources", "mesh.yaml", "--mesh", "shop"].to_vec(), "--zone: say in which zone"),
        (["why", "cart-1", "stock", "--zone", "east"].to_vec(), "--resources"),
        (["why", "cart-1", "stock", "--api", "127.0.0.1:1"].to_vec(), "no control plane answers at http://127.0.0.1:1"),
        (
            ["why", "cart-1", "stock", "-r", "mesh.yaml", "east.yaml", "--zone", "east"].to_vec(),
            "zone east holds no mesh default; there is shop",
        ),
    ] {
        let output = strait(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
