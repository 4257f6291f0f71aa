//! A global accepts zone control planes only: whoever calls anything but Kuma's two services is told so, and no session begins.
use super::cast::*;
use strait_core::sync::Dialect;
use tonic::{Code, Status, body::Body};
use tower::{Service as _, ServiceExt as _};

const OF_PROXIES: [&str; 4] = [
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
    "/envoy.service.health.v3.HealthDiscoveryService/StreamHealthCheck",
    "/bootstrap",
];

#[tokio::test]
async fn and_told_why() {
    let (global, pipe) = global(Dialect::Strait);
    for path in OF_PROXIES {
        let mut channel = channel(&pipe).await;
        let request =
            http::Request::post(format!("http://global{path}")).header("content-type", "application/grpc").body(Body::empty()).unwrap();
        let response = channel.ready().await.unwrap().call(request).await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
        assert!(status.message().contains("it accepts zone control planes only, never a proxy"), "{path}: {}", status.message());
    }
    assert!(global.inputs().is_empty());
}
