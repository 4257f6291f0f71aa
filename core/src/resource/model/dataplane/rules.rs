//! What must hold of a `Dataplane` (Kuma 2.14).
use super::{Dataplane, Gateway, GatewayType, Inbound, ListenerType, Networking, Outbound, Probes, ServiceProbe, TransparentProxying};
use crate::resource::model::{
    GoDuration,
    address::{check_address, check_port, is_ip, is_subdomain, overlaps_loopback},
    path::{Path, Violations},
    tags,
};
use std::collections::{BTreeMap, BTreeSet};

const SERVICE_KINDS: [&str; 3] = ["MeshExternalService", "MeshMultiZoneService", "MeshService"];
const SERVICE_KINDS_HINT: &str = "invalid value. Available values are: MeshExternalService,MeshMultiZoneService,MeshService";

impl Dataplane {
    pub(in crate::resource::model) fn check(&self, found: &mut Violations) {
        let at = Path::Root.field("networking");
        let Some(networking) = &self.networking else { return found.add(&at, "must be defined") };
        if let Some(admin) = &networking.admin {
            networking.check_admin(admin.port, &at.field("admin").field("port"), found);
        }
        let is = |gateway_type: GatewayType| networking.gateway.as_ref().is_some_and(|gateway| gateway.gateway_type.is(&gateway_type));
        let (delegated, builtin) = (is(GatewayType::Delegated), is(GatewayType::Builtin));
        if delegated || builtin {
            let kind = if delegated { "delegated" } else { "builtin" };
            let mut refuse = |field: &str, is_set: bool| {
                found.add_if(is_set, &at.field(field), format!("{field} cannot be defined for {kind} gateways"));
            };
            refuse("inbound", !networking.inbound.is_empty());
            refuse("outbound", builtin && !networking.outbound.is_empty());
            refuse("listeners", !networking.listeners.is_empty());
            refuse("probes", builtin && self.probes.is_some());
            networking.gateway.iter().for_each(|gateway| gateway.check(&at.field("gateway"), found));
        } else {
            if let Some(metrics) = &self.metrics {
                metrics.check(&Path::Root.field("metrics"), found);
            }
            networking.check_listeners(&at.field("listeners"), found);
        }
        networking.check(&at, found);
        if let Some(probes) = self.probes.as_ref().filter(|_| !builtin) {
            probes.check(&Path::Root.field("probes"), found);
        }
    }
}

impl Dataplane {
    /// What no proxy here can be.
    pub(in crate::resource::model) fn check_limits(&self, found: &mut Violations) {
        let gateway = self.networking.as_ref().and_then(|networking| networking.gateway.as_ref());
        let is_builtin = gateway.is_some_and(|gateway| gateway.gateway_type.is(&GatewayType::Builtin));
        let at = Path::Root.field("networking");
        let why = "must be `DELEGATED`, not `BUILTIN`: no mesh here configures a gateway. Run a reverse proxy of your own beside this one, and send it to the services of the mesh";
        found.add_if(is_builtin, &at.field("gateway").field("type"), why);
    }
}

impl Networking {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        check_address(&self.address, at, found);
        for (index, inbound) in self.inbound.iter().enumerate() {
            inbound.check(&self.address, &at.field("inbound").index(index), found);
        }
        for (index, outbound) in self.outbound.iter().enumerate() {
            outbound.check(&at.field("outbound").index(index), found);
        }
        if let Some(proxying) = &self.transparent_proxying {
            // Kuma says `transparentProxing`.
            proxying.check(&at.field("transparentProxing"), found);
        }
    }

    /// Envoy's own interface is on 127.0.0.1, where nothing else may take its port.
    fn check_admin(&self, port: u32, at: &Path<'_>, found: &mut Violations) {
        let inbound = self.inbound.iter().any(|inbound| {
            let address = [&inbound.address, &self.address].into_iter().find(|address| !address.is_empty());
            let workload = Some(&inbound.service_address).filter(|address| !address.is_empty()).or(address);
            let workload_port = if inbound.service_port == 0 { inbound.port } else { inbound.service_port };
            let overlaps = |address: Option<&String>| address.is_some_and(|address| overlaps_loopback(address));
            (inbound.port == port && overlaps(address)) || (workload_port == port && overlaps(workload))
        });
        found.add_if(inbound, at, "must differ from inbound");
        let outbound = |outbound: &Outbound| outbound.port == port && (outbound.address.is_empty() || overlaps_loopback(&outbound.address));
        found.add_if(self.outbound.iter().any(outbound), at, "must differ from outbound");
    }

    fn check_listeners(&self, at: &Path<'_>, found: &mut Violations) {
        let mut names: BTreeSet<String> = self.inbound.iter().map(Inbound::section_name).collect();
        let mut taken = BTreeMap::new();
        for (index, listener) in self.listeners.iter().enumerate() {
            let at = at.index(index);
            let unspecified = listener.listener_type.is(&ListenerType::Unspecified);
            found.add_if(unspecified, &at.field("type"), "type must be ZoneIngress or ZoneEgress");
            check_address(&listener.address, &at, found);
            check_port(listener.port, &at.field("port"), found);
            let name = &listener.name;
            if !name.is_empty() && !names.insert(name.clone()) {
                found.add(&at.field("name"), format!("name {name:?} must be unique across inbounds and listeners"));
            }
            let place = format!("{}:{}", listener.address, listener.port);
            match taken.get(&place) {
                Some(other) if *other == &listener.listener_type => {
                    found.add(&at, format!("address:port {place} is already used by another listener"));
                }
                Some(_) => found.add(&at, format!("address:port {place} is used by listeners of different types")),
                None => {
                    taken.insert(place.clone(), &listener.listener_type);
                }
            }
            let collides = self.inbound.iter().any(|inbound| {
                let address = if inbound.address.is_empty() { &self.address } else { &inbound.address };
                format!("{address}:{}", inbound.port) == place
            });
            found.add_if(collides, &at, format!("address:port {place} collides with an inbound listener"));
        }
    }
}

impl Gateway {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let at = at.field("tags");
        if let Some(protocol) = self.tags.get(tags::PROTOCOL).filter(|protocol| !protocol.eq_ignore_ascii_case("tcp")) {
            found.add(&at.key(tags::PROTOCOL), format!("other values than tcp are not allowed, provided value {protocol:?}"));
        }
        tags::check_tags(&self.tags, &at, found);
        // Kuma can do without tags altogether.
        if !self.tags.is_empty() {
            tags::require_service(&self.tags, &at, found);
        }
    }
}

impl Inbound {
    fn check(&self, of_proxy: &str, at: &Path<'_>, found: &mut Violations) {
        check_port(self.port, &at.field("port"), found);
        if self.service_port != 0 {
            check_port(self.service_port, &at.field("servicePort"), found);
        }
        let same_port = self.service_port == 0 || self.service_port == self.port;
        let differ = "serviceAddress and servicePort has to differ from address and port";
        let service = at.field("serviceAddress");
        if !self.service_address.is_empty() {
            found.add_if(!is_ip(&self.service_address), &service, "serviceAddress has to be valid IP address");
            found.add_if(self.service_address == of_proxy && same_port, &service, differ);
        }
        if !self.address.is_empty() {
            found.add_if(!is_ip(&self.address), &at.field("address"), "address has to be valid IP address");
            found.add_if(self.address == self.service_address && same_port, &service, differ);
        }
        let at_tags = at.field("tags");
        let hint = tags::PROTOCOLS_HINT;
        if let Some(value) = self.tags.get(tags::PROTOCOL).filter(|value| !tags::is_protocol(value)) {
            let what = format!("tag {:?} has an invalid value {value:?}. {hint}", tags::PROTOCOL);
            found.add(&at_tags.key(tags::PROTOCOL), what);
        }
        tags::check_tags(&self.tags, &at_tags, found);
        let wrong = !self.tags.is_empty() && !self.tags.contains_key(tags::SERVICE);
        found.add_if(wrong, &at_tags.key(tags::SERVICE), "tag has to exist");
        let wrong = !self.protocol.is_empty() && !tags::is_protocol(&self.protocol);
        found.add_if(wrong, &at.field("protocol"), format!("has an invalid value {:?}. {hint}", self.protocol));
        if let Some(probe) = &self.service_probe {
            probe.check(&at.field("serviceProbe"), found);
        }
    }
}

impl ServiceProbe {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let is_zero = |duration: Option<&GoDuration>| duration.is_some_and(|duration| duration.nanoseconds() == 0);
        let wrong = [
            ("interval", is_zero(self.interval.as_ref())),
            ("timeout", is_zero(self.timeout.as_ref())),
            ("unhealthyThreshold", self.unhealthy_threshold == Some(0)),
            ("healthyThreshold", self.healthy_threshold == Some(0)),
        ];
        wrong.into_iter().for_each(|(field, wrong)| found.add_if(wrong, &at.field(field), "must have a positive value"));
    }
}

impl Outbound {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        check_port(self.port, &at.field("port"), found);
        let wrong = !self.address.is_empty() && !is_ip(&self.address);
        found.add_if(wrong, &at.field("address"), "address has to be valid IP address");
        let at_tags = at.field("tags");
        if let Some(backend) = &self.backend_ref {
            let at = at.field("backendRef");
            found.add_if(!SERVICE_KINDS.contains(&backend.kind.as_str()), &at.field("kind"), SERVICE_KINDS_HINT);
            let nothing = backend.name.is_empty() && backend.labels.is_empty();
            found.add_if(nothing, &at, "either 'name' or 'labels' should be specified");
            // The port of a MeshExternalService comes from its endpoints.
            if backend.kind != "MeshExternalService" {
                check_port(backend.port, &at.field("port"), found);
            }
            found.add_if(!self.tags.is_empty(), &at, "both backendRef and tags/service cannot be defined");
        } else {
            tags::check_tags(&self.tags, &at_tags, found);
            tags::require_service(&self.tags, &at_tags, found);
        }
    }
}

impl TransparentProxying {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let Some(backends) = &self.reachable_backends else { return };
        for (index, backend) in backends.refs.iter().enumerate() {
            let at = at.field("reachableBackends");
            let at = at.field("refs");
            let at = at.index(index);
            found.add_if(!SERVICE_KINDS.contains(&backend.kind.as_str()), &at.field("kind"), SERVICE_KINDS_HINT);
            let (named, spaced, labelled) = (!backend.name.is_empty(), !backend.namespace.is_empty(), !backend.labels.is_empty());
            let name = at.field("name");
            if backend.name.len() > 253 {
                found.add(&name, "value length must less or equal 253");
            } else if named && !is_subdomain(&backend.name) {
                found.add(
                    &name,
                    "invalid characters. A lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                     and must start and end with an alphanumeric character",
                );
            }
            found.add_if(!named && !spaced && !labelled, &name, "name or labels are required");
            found.add_if(!named && spaced, &name, "name is required, when namespace is defined");
            found.add_if((named || spaced) && labelled, &at.field("labels"), "labels cannot be defined when name is specified");
        }
    }
}

impl Probes {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        // Go also takes whole URLs and refuses some more; in doubt a path is one.
        let is_path = |path: &str| path.starts_with(['/', '*']) || path.contains(':');
        check_port(self.port, &at.field("port"), found);
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            let at = at.field("endpoints");
            let at = at.index(index);
            check_port(endpoint.inbound_port, &at.field("inboundPort"), found);
            found.add_if(!is_path(&endpoint.inbound_path), &at.field("inboundPath"), "should be a valid URL Path");
            found.add_if(!is_path(&endpoint.path), &at.field("path"), "should be a valid URL Path");
        }
    }
}
