//! What Kuma 2.14.3 refuses in a `MeshHealthCheck`, and what no proxy can be told of one, though Kuma takes it.
use super::{HealthCheckConf, HealthCheckItem, HttpHealthCheck, MeshHealthCheck, percentage};
use crate::resource::model::{
    GoDuration,
    mesh_http_route::check_text,
    mesh_timeout::items,
    path::{Path, Violations},
    target_ref::Allowed,
};

/// Windows has no longer paths, in characters.
const LONGEST_PATH: usize = 32_767;

impl MeshHealthCheck {
    pub(in crate::resource::model) fn check(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        if let Some(target) = &self.target_ref {
            let kinds = ["Mesh", "Dataplane", "MeshSubset", "MeshService", "MeshServiceSubset", "MeshGateway"];
            target.check(&Allowed { listener_tags: true, ..Allowed::kinds(&kinds) }, &spec.field("targetRef"), found);
        }
        for (index, item) in items(self.to.as_ref()).iter().enumerate() {
            item.check(&spec.field("to").index(index), found);
        }
    }

    pub(in crate::resource::model) fn check_limits(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        for (index, item) in items(self.to.as_ref()).iter().enumerate() {
            item.default.check_limits(&spec.field("to").index(index).field("default"), found);
        }
    }
}

impl HealthCheckItem {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let kinds = ["Mesh", "MeshService", "MeshExternalService", "MeshMultiZoneService"];
        self.target_ref.check(&Allowed::kinds(&kinds), &at.field("targetRef"), found);
        self.default.check(&at.field("default"), found);
    }
}

impl HealthCheckConf {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        let positive = "must be greater than zero when defined";
        let durations = [
            ("interval", &self.interval),
            ("timeout", &self.timeout),
            ("initialJitter", &self.initial_jitter),
            ("intervalJitter", &self.interval_jitter),
            ("noTrafficInterval", &self.no_traffic_interval),
        ];
        let is_none = |duration: &GoDuration| duration.nanoseconds() <= 0;
        for (name, duration) in durations {
            found.add_if(duration.as_ref().is_some_and(is_none), &at.field(name), positive);
        }
        for (name, threshold) in [("unhealthyThreshold", self.unhealthy_threshold), ("healthyThreshold", self.healthy_threshold)] {
            found.add_if(threshold.is_some_and(|count| count <= 0), &at.field(name), positive);
        }
        let wrong = self.interval_jitter_percent.is_some_and(|part| !(0..=100).contains(&part));
        found.add_if(wrong, &at.field("intervalJitterPercent"), "must be in inclusive range [0, 100]");
        if let Some(threshold) = &self.healthy_panic_threshold {
            let at = at.field("healthyPanicThreshold");
            match percentage(threshold) {
                None => found.add(&at, "string must be a valid number"),
                Some(part) => found.add_if(!(0.0..=100.0).contains(&part), &at, "must be in inclusive range [0.0, 100.0]"),
            }
        }
        let wrong = self.event_log_path.as_ref().is_some_and(|path| !is_path(path));
        found.add_if(wrong, &at.field("eventLogPath"), "must be a valid path when defined");
        self.http.iter().for_each(|http| http.check(&at.field("http"), found));
        let nothing = self.http.is_none() && self.tcp.is_none() && self.grpc.is_none();
        found.add_if(nothing, at, "must have at least one defined: http, tcp, grpc");
    }

    pub(in crate::resource::model) fn check_limits(&self, at: &Path<'_>, found: &mut Violations) {
        if let Some(http) = &self.http {
            let at = at.field("http");
            http.path.iter().for_each(|path| check_text(path, &at.field("path"), found));
            http.request_headers_to_add.iter().for_each(|change| change.check_limits(&at.field("requestHeadersToAdd"), found));
        }
        let authority = self.grpc.as_ref().and_then(|grpc| grpc.authority.as_ref());
        authority.iter().for_each(|authority| check_text(authority, &at.field("grpc").field("authority"), found));
    }
}

impl HttpHealthCheck {
    fn check(&self, at: &Path<'_>, found: &mut Violations) {
        found.add_if(self.path.as_ref().is_some_and(String::is_empty), &at.field("path"), "must be defined");
        for (index, status) in items(self.expected_statuses.as_ref()).iter().enumerate() {
            let wrong = !(100..600).contains(status);
            found.add_if(wrong, &at.field("expectedStatuses").index(index), "must be in inclusive range [100, 599]");
        }
    }
}

/// An absolute path of a file, of Unix or of Windows.
fn is_path(path: &str) -> bool {
    let of_windows = |path: &str| {
        let drive = path.chars().next().is_some_and(|letter| letter.is_ascii_alphabetic());
        let below = path.get(1..).and_then(|rest| rest.strip_prefix(":\\"));
        drive
            && below.is_some_and(|below| {
                let folders = below.rsplit_once('\\').map_or("x", |(folders, _)| folders);
                below.len() <= LONGEST_PATH
                    && !below.contains(['/', ':', '*', '?', '"', '<', '>', '|', '\r', '\n'])
                    && folders.split('\\').all(|folder| !folder.is_empty())
            })
    };
    (path.starts_with('/') && !path.contains('\0')) || of_windows(path)
}
