//! A proxy beside a pod shows the token of the pod's service account, and is believed to be that pod's, and nobody else's.
use crate::{
    cast::Running,
    kube::{Cluster, both, until_held},
};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use serde_json::json;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::Arc,
};

/// What a zone answers to a launcher that asks for the bootstrap of a proxy of the mesh `default`.
fn asked(folder: &Path, zone: &Running, name: &str, token: &str) -> (u16, String) {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("strait-data/zone-east/ca.pem")).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    // As pods call it.
    let mut tls = rustls::ClientConnection::new(Arc::new(config), ServerName::try_from("kuma-control-plane.kuma-system").unwrap()).unwrap();
    let mut socket = TcpStream::connect(&zone.proxies).unwrap();
    let mut stream = rustls::Stream::new(&mut tls, &mut socket);
    let body = json!({"mesh": "default", "name": name, "dataplaneToken": token, "proxyType": "dataplane"}).to_string();
    let head = format!(
        "POST /bootstrap HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        zone.proxies,
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // Not all say that nothing follows.
    let _ = stream.read_to_end(&mut bytes);
    let answer = String::from_utf8(bytes).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

#[test]
fn and_is_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    let account = |name: &str| {
        cluster.ask("POST", "/api/v1/namespaces/shop/serviceaccounts", &json!({"metadata": {"name": name}}));
        let path = format!("/api/v1/namespaces/shop/serviceaccounts/{name}/token");
        cluster.ask("POST", &path, &json!({"spec": {"expirationSeconds": 3600}}))["status"]["token"].as_str().unwrap().to_owned()
    };
    let (web, stock) = (account("web"), account("stock"));
    let other = cluster.ask("POST", "/api/v1/namespaces/shop/serviceaccounts/web/token", &json!({"spec": {"expirationSeconds": 3601}}));
    let other = other["status"]["token"].as_str().unwrap().to_owned();
    cluster.pod_as("web", "web", "web-1", &json!({"labels": {"k8s.kuma.io/service-account": "stock"}}));
    let (_global, zone) = both(folder);
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    let asked = |token: &str| asked(folder, &zone, "web-1.shop", token);

    let (code, said) = asked(&web);
    assert_eq!(code, 200, "{said}");
    assert!(said.contains(&web), "its Envoy shows it, too: {said}");
    let (code, said) = asked(&stock);
    assert_eq!(code, 422);
    assert!(said.contains("the token is of the service account shop/stock; pod shop/web-1 has shop/web"), "{said}");
    let (code, said) = asked("");
    assert_eq!(code, 422);
    assert!(said.contains("the proxy of pod shop/web-1 must show the token of its service account"), "{said}");
    let (code, said) = asked("nonsense");
    assert_eq!(code, 422);
    assert!(said.contains("the service account token is not valid"), "{said}");
    // Nobody can tell of a new one while the API is away: it is to ask again. What was seen is remembered.
    cluster.is_away(true);
    let (code, said) = asked(&other);
    assert_eq!(code, 503, "{said}");
    let (code, said) = asked(&web);
    assert_eq!(code, 200, "{said}");
    assert_eq!(asked(&stock).0, 422);
    cluster.is_away(false);
    assert_eq!(asked(&other).0, 200);
    // It ends with its account.
    cluster.ask("DELETE", "/api/v1/namespaces/shop/serviceaccounts/web", &json!({}));
    assert_eq!(asked(&web).0, 422);
}
