//! How a proxy finds out whether those serve to whom it sends.
use super::{
    parts::{duration, limit},
    routes::added,
};
use strait_core::plan::{HealthCheck as Plan, Panic, Probe};
use strait_proto::envoy::{
    config::{
        cluster::v3::cluster::{CommonLbConfig, common_lb_config::ZoneAwareLbConfig},
        core::v3::{
            HealthCheck,
            health_check::{GrpcHealthCheck, HealthChecker, HttpHealthCheck, Payload, TcpHealthCheck, payload},
        },
    },
    r#type::v3::{CodecClientType, Int64Range, Percent},
};

pub(super) fn check(plan: &Plan) -> HealthCheck {
    HealthCheck {
        timeout: duration(plan.timeout_ms),
        interval: duration(plan.interval_ms),
        interval_jitter: limit(plan.jitter_ms),
        unhealthy_threshold: Some(plan.unhealthy_after),
        healthy_threshold: Some(plan.healthy_after),
        reuse_connection: Some(plan.reuse_connection),
        no_traffic_interval: duration(plan.no_traffic_interval_ms),
        interval_jitter_percent: plan.jitter_percent.into(),
        initial_jitter: limit(plan.initial_jitter_ms),
        health_checker: Some(checker(&plan.probe)),
    }
}

fn checker(probe: &Probe) -> HealthChecker {
    match probe {
        Probe::Connection { send, expect } => {
            let send = Some(send).filter(|text| !text.is_empty()).map(|text| bytes(text));
            HealthChecker::TcpHealthCheck(TcpHealthCheck { send, receive: expect.iter().map(|text| bytes(text)).collect() })
        }
        Probe::Request { path, headers, statuses } => HealthChecker::HttpHealthCheck(HttpHealthCheck {
            path: path.clone(),
            request_headers_to_add: added(&headers.set, &headers.add).collect(),
            expected_statuses: statuses.iter().map(|status| Int64Range { start: (*status).into(), end: i64::from(*status) + 1 }).collect(),
            // Who is asked is a proxy, whatever its workload speaks.
            codec_client_type: CodecClientType::Http2.into(),
        }),
        Probe::Grpc { service, authority } => {
            HealthChecker::GrpcHealthCheck(GrpcHealthCheck { service_name: service.clone(), authority: authority.clone() })
        }
    }
}

/// What happens when too few serve.
pub(super) fn panic(plan: &Panic) -> CommonLbConfig {
    CommonLbConfig {
        healthy_panic_threshold: plan.below_millionths.map(|part| Percent { value: f64::from(part) / 10_000.0 }),
        zone_aware_lb_config: plan.sends_nothing.then_some(ZoneAwareLbConfig { fail_traffic_on_panic: true }),
    }
}

fn bytes(text: &str) -> Payload {
    let digits = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    Payload { payload: Some(payload::Payload::Text(digits)) }
}
