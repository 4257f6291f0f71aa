//! What a zone control plane writes to the API of its cluster, and how that goes: as the writer of production asks, and takes answers.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
};
use crate::{
    cluster::{TOKEN, wall},
    proxy::AT_HOME,
};
use serde_json::{Value, json};
use std::time::Duration;
use strait_core::{
    Step,
    kubernetes::{Answered, Ask, NotDone, ObjectId, Seen, Wish, read},
    node::ZoneInput,
};
use strait_scenarios::kubernetes::{Answer, Request, Response};
use strait_shell::kubernetes::path;

impl ModelWorld {
    /// What a node asks is on its way to the API.
    pub(super) fn ask_cluster(&mut self, home: HostId, ask: &Ask) {
        if let Some(cluster) = self.cluster_of(home) {
            let start = self.hosts[home].starts;
            self.agenda.add(self.now.after(AT_HOME), Happening::Writes { cluster, start, ask: Box::new(ask.clone()) });
        }
    }

    /// It reaches the API, whether who asked is still there or not.
    pub(super) fn writes(&mut self, index: usize, start: u64, ask: &Ask) {
        let now = wall(self.now);
        let reply = self.clusters[index].sim.api_mut().handle(now, &request(ask).as_bearer(TOKEN));
        let outcome = match reply.answer {
            Answer::Whole(response) => outcome(ask, &response),
            Answer::Watch(_) | Answer::Cut => Err(NotDone::Unknown { why: "the connection was cut".to_owned(), wait_ms: 0 }),
        };
        let (host, answered) = (self.clusters[index].home(), Box::new(Answered { number: ask.number, outcome }));
        self.agenda.add(self.now.after(reply.after + AT_HOME), Happening::Wrote { host, start, answered });
        self.tend_cluster(index);
    }

    pub(super) fn wrote(&mut self, host: HostId, start: u64, answered: Answered) {
        if self.hosts[host].starts == start {
            self.step_zone(host, Step::Input(ZoneInput::KubernetesAnswered(answered)));
        }
    }
}

fn request(ask: &Ask) -> Request {
    const JSON: &str = "application/json";
    let ObjectId { kind, name } = &ask.id;
    let beside = path::beside(*kind, name);
    let one = format!("{beside}/{}", name.name);
    let by = "fieldManager=strait-zone";
    match &ask.wish {
        Wish::Create(object) => Request::with_body("POST", &format!("{beside}?{by}"), JSON, object),
        Wish::Replace(object) => Request::with_body("PUT", &format!("{one}?{by}"), JSON, object),
        Wish::Delete { uid, version } => {
            let preconditions = json!({"uid": uid, "resourceVersion": version.to_string()});
            Request::with_body("DELETE", &one, JSON, &json!({"propagationPolicy": "Background", "preconditions": preconditions}))
        }
    }
}

fn outcome(ask: &Ask, response: &Response) -> Result<Option<Seen>, NotDone> {
    let said: Option<Value> = serde_json::from_slice(&response.body).ok();
    let message = || said.as_ref().and_then(|said| said["message"].as_str()).unwrap_or("no answer of the API").to_owned();
    let unknown = |wait: Duration| NotDone::Unknown { why: message(), wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) };
    match (response.code, &ask.wish) {
        (200..=299, Wish::Delete { .. }) => Ok(None),
        (200..=299, _) => {
            said.as_ref().and_then(|said| read(said, Some(ask.id.kind)).ok()).map(Some).ok_or_else(|| unknown(Duration::ZERO))
        }
        (404, Wish::Delete { .. }) => Ok(None),
        (404, Wish::Replace(_)) => Err(NotDone::Conflict),
        (409, Wish::Create(_)) => Err(NotDone::AlreadyThere),
        (409, _) => Err(NotDone::Conflict),
        (401 | 408 | 429 | 500.., _) => Err(unknown(Duration::from_secs(response.retry_after.unwrap_or(0).into()))),
        _ => Err(NotDone::Refused(message())),
    }
}
