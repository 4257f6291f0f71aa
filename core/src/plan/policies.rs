//! What policies say of one proxy, in the terms of plans.
use super::{
    Access, HealthCheck, Inbound, InboundTimeouts, OutboundTimeouts, Panic, Protocol, Retries, RouteTimeouts,
    proxy::ProxyInbound,
    retries,
    service::{Service, ServicePort},
};
use crate::{
    policy::{Merged, PolicyIndex, PolicyKind, Resolved},
    resource::{Key, Kri},
};
use serde_json::Value;

/// Where requests go.
pub(super) const ROUTE: &str = "MeshHTTPRoute";
/// How long is waited.
pub(super) const TIMEOUT: &str = "MeshTimeout";
/// Whether those serve to whom is sent.
pub(super) const HEALTH_CHECK: &str = "MeshHealthCheck";
/// What is tried again.
pub(super) const RETRY: &str = "MeshRetry";
/// Who may connect.
pub(super) const PERMISSION: &str = "MeshTrafficPermission";

/// What holds for one proxy.
#[derive(Default)]
pub(super) struct Policies {
    timeouts: Option<Resolved>,
    routes: Option<Resolved>,
    health_checks: Option<Resolved>,
    retries: Option<Resolved>,
}

/// What policies of a kind come to for a proxy.
pub(super) fn resolve(index: &PolicyIndex, proxy: &Key, kind: &str) -> Option<Resolved> {
    index.resolve(proxy.mesh.as_ref()?, &proxy.name, PolicyKind::named(kind)?)
}

impl Policies {
    pub(super) fn of(index: &PolicyIndex, proxy: &Key) -> Self {
        let resolve = |kind| resolve(index, proxy, kind);
        Self { timeouts: resolve(TIMEOUT), routes: resolve(ROUTE), health_checks: resolve(HEALTH_CHECK), retries: resolve(RETRY) }
    }

    /// What timeouts say of an inbound.
    pub(super) fn inbound(&self, inbound: &ProxyInbound, redirected: bool) -> Inbound {
        let rules = self.timeouts.as_ref().and_then(|resolved| resolved.inbounds.as_ref()?.get(&inbound.at)?.effective.as_ref());
        Inbound {
            name: inbound.section.clone(),
            listens: inbound.listens,
            redirected,
            workload: inbound.workload,
            protocol: inbound.protocol,
            timeouts: InboundTimeouts::of(rules.map(|merged| &merged.conf)),
            access: Access::Anybody,
            identity: None,
        }
    }

    pub(super) fn outbound_timeouts(&self, service: &Service, port: &ServicePort) -> OutboundTimeouts {
        OutboundTimeouts::of(towards(self.timeouts.as_ref(), service, port))
    }

    /// How it is found out whether those serve who serve a destination; `None`: not at all.
    pub(super) fn health_check(&self, service: &Service, port: &ServicePort) -> Option<HealthCheck> {
        HealthCheck::of(towards(self.health_checks.as_ref(), service, port)?, port.protocol)
    }

    /// What happens when too few of them do, where that is said.
    pub(super) fn panic(&self, service: &Service, port: &ServicePort) -> Option<Panic> {
        Panic::of(towards(self.health_checks.as_ref(), service, port)?)
    }

    /// What is tried again of what is sent to a destination; `None`: nothing.
    pub(super) fn retries(&self, service: &Service, port: &ServicePort) -> Option<Retries> {
        let conf = towards(self.retries.as_ref(), service, port)?;
        Retries::of(conf, port.protocol).filter(|retries| retries.attempts > 0)
    }

    /// How often a connection to a destination is tried.
    pub(super) fn connect_attempts(&self, service: &Service, port: &ServicePort) -> u32 {
        let conf = towards(self.retries.as_ref(), service, port).filter(|_| !port.protocol.has_requests());
        conf.map_or(1, retries::connect_attempts)
    }

    /// The confs of routes to a destination.
    pub(super) fn routes(&self, service: &Service, port: &ServicePort) -> &[Merged] {
        let rule = self.routes.as_ref().and_then(|resolved| resolved.towards(&service.kri, &port.section));
        rule.map_or(&[], |rule| &rule.confs)
    }

    /// How long is waited for the requests of a route, where that is said of it.
    pub(super) fn route_timeouts(&self, route: &Kri) -> Option<RouteTimeouts> {
        about(self.timeouts.as_ref(), route).map(RouteTimeouts::of)
    }

    /// What is tried again of the requests of a route, where that is said of it.
    pub(super) fn route_retries(&self, route: &Kri, protocol: Protocol) -> Option<Retries> {
        Retries::of(about(self.retries.as_ref(), route)?, protocol)
    }
}

fn towards<'a>(resolved: Option<&'a Resolved>, service: &Service, port: &ServicePort) -> Option<&'a Value> {
    resolved?.towards(&service.kri, &port.section)?.confs.first().map(|merged| &merged.conf)
}

fn about<'a>(resolved: Option<&'a Resolved>, route: &Kri) -> Option<&'a Value> {
    resolved?.about(route, "")?.confs.first().map(|merged| &merged.conf)
}
