//! What no proxy can be told of a `MeshRetry`, though Kuma takes it: Envoy would refuse the whole outbound.
use super::{HttpRetry, MeshRetry, RateLimitedBackOff, RetryConf};
use crate::resource::model::{
    mesh_http_route::check_header_name,
    mesh_timeout::items,
    path::{Path, Violations},
};

/// How a header says when to come again.
const FORMATS: [&str; 2] = ["Seconds", "UnixTimestamp"];

impl MeshRetry {
    /// Words that are not known besides: what a newer Kuma sends with one goes on without it, but users are told.
    pub(in crate::resource::model) fn check_limits(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        for (index, item) in items(self.to.as_ref()).iter().enumerate() {
            let at = spec.field("to");
            let at = at.index(index);
            let at = at.field("default");
            item.default.check_limits(&at, found);
            item.default.check_words(&at, found);
        }
    }
}

impl RetryConf {
    pub(in crate::resource::model) fn check_limits(&self, at: &Path<'_>, found: &mut Violations) {
        if let Some(http) = &self.http {
            http.check_headers(&at.field("http"), found);
        }
        for (name, pause) in self.told_pauses() {
            for (index, header) in items(pause.reset_headers.as_ref()).iter().enumerate() {
                let at = at.field(name);
                let at = at.field("rateLimitedBackOff");
                check_header_name(&header.name, &at.field("resetHeaders").index(index).field("name"), found);
            }
        }
    }

    fn check_words(&self, at: &Path<'_>, found: &mut Violations) {
        for (name, headers) in self.http.iter().flat_map(HttpRetry::headers) {
            for (index, header) in headers.iter().enumerate() {
                header.check_header_word(&at.field("http").field(name).index(index), found);
            }
        }
        for (name, pause) in self.told_pauses() {
            for (index, header) in items(pause.reset_headers.as_ref()).iter().enumerate() {
                let at = at.field(name);
                let at = at.field("rateLimitedBackOff");
                let wrong = !FORMATS.contains(&header.format.as_str());
                let what = format!("must be one of {}", FORMATS.join(", "));
                found.add_if(wrong, &at.field("resetHeaders").index(index).field("format"), what);
            }
        }
    }

    fn told_pauses(&self) -> impl Iterator<Item = (&'static str, &RateLimitedBackOff)> {
        let http = self.http.iter().filter_map(|http| Some(("http", http.rate_limited_back_off.as_ref()?)));
        http.chain(self.grpc.iter().filter_map(|grpc| Some(("grpc", grpc.rate_limited_back_off.as_ref()?))))
    }
}

impl HttpRetry {
    fn check_headers(&self, at: &Path<'_>, found: &mut Violations) {
        for (name, headers) in self.headers() {
            for (index, header) in headers.iter().enumerate() {
                header.check_header_limits(&at.field(name).index(index), found);
            }
        }
    }

    fn headers(&self) -> [(&'static str, &[super::ValueMatch]); 2] {
        let (of_requests, of_answers) = (self.retriable_request_headers.as_ref(), self.retriable_response_headers.as_ref());
        [("retriableRequestHeaders", items(of_requests)), ("retriableResponseHeaders", items(of_answers))]
    }
}
