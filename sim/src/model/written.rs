//! What zone control planes write to their clusters.
use super::{
    ModelWorld,
    agenda::{Happening, HostId},
};
use crate::{
    cluster::{TOKEN, wall},
    proxy::AT_HOME,
};
use serde_json::{Value, json};
use strait_core::{
    Step,
    kubernetes::{Answered, Ask, GROUP, NotDone, ObjectId, ObjectKind, Seen, VERSION, Wish, read},
    node::ZoneInput,
};
use strait_scenarios::kubernetes::{Answer, Request, Response};

impl ModelWorld {
    /// A zone control plane asks its cluster for something.
    pub(super) fn ask_cluster(&mut self, home: HostId, ask: &Ask) {
        let Some(cluster) = self.cluster_of(home) else { return };
        let start = self.hosts[home].starts;
        self.agenda.add(self.now.after(AT_HOME), Happening::Asks { cluster, start, ask: Box::new(ask.clone()) });
    }

    /// It is done, or not; a process that is gone by now hears nothing of it.
    pub(super) fn asks(&mut self, index: usize, start: u64, ask: Ask) {
        let (now, home) = (wall(self.now), self.clusters[index].home());
        let reply = self.clusters[index].sim.api_mut().handle(now, &request(&ask).as_bearer(TOKEN));
        let outcome = match &reply.answer {
            Answer::Whole(response) => outcome(&ask, response),
            Answer::Watch(_) | Answer::Cut => Err(NotDone::Unknown { why: "no answer".to_owned(), wait_ms: 0 }),
        };
        let answered = Box::new(Answered { number: ask.number, outcome });
        self.agenda.add(self.now.after(reply.after + AT_HOME), Happening::Answers { host: home, start, answered });
        self.tend_cluster(index);
    }

    pub(super) fn answers(&mut self, host: HostId, start: u64, answered: Answered) {
        if self.hosts[host].process.is_some() && self.hosts[host].starts == start {
            self.step_zone(host, Step::Input(ZoneInput::KubernetesAnswered(answered)));
        }
    }
}

fn request(ask: &Ask) -> Request {
    const JSON: &str = "application/json";
    let (beside, name) = (beside(&ask.id), &ask.id.name.name);
    match &ask.wish {
        Wish::Create(object) => Request::with_body("POST", &beside, JSON, object),
        Wish::Replace(object) => Request::with_body("PUT", &format!("{beside}/{name}"), JSON, object),
        Wish::Delete { uid, version } => {
            let preconditions = json!({"uid": uid, "resourceVersion": version.to_string()});
            Request::with_body("DELETE", &format!("{beside}/{name}"), JSON, &json!({"preconditions": preconditions}))
        }
    }
}

fn beside(id: &ObjectId) -> String {
    let (root, plural) = match id.kind {
        ObjectKind::Custom(kind) => (format!("/apis/{GROUP}/{VERSION}"), kind.plural()),
        _ => ("/api/v1".to_owned(), "configmaps"),
    };
    match &*id.name.namespace {
        "" => format!("{root}/{plural}"),
        namespace => format!("{root}/namespaces/{namespace}/{plural}"),
    }
}

fn outcome(ask: &Ask, response: &Response) -> Result<Option<Seen>, NotDone> {
    let said: Option<Value> = serde_json::from_slice(&response.body).ok();
    let is_creation = matches!(ask.wish, Wish::Create(_));
    match (response.code, &ask.wish, said) {
        (200..300, Wish::Delete { .. }, Some(_)) | (404, Wish::Delete { .. }, _) => Ok(None),
        (200..300, _, Some(object)) => {
            let seen = read(&object, Some(ask.id.kind));
            seen.map(Some).map_err(|error| NotDone::Unknown { why: error.to_string(), wait_ms: 0 })
        }
        (409, ..) if is_creation => Err(NotDone::AlreadyThere),
        (409, ..) | (404, Wish::Replace(_), _) => Err(NotDone::Conflict),
        (400..500, _, said) if response.code != 429 => {
            let message = said.and_then(|said| Some(said["message"].as_str()?.to_owned())).unwrap_or_default();
            Err(NotDone::Refused(format!("{} {message}", response.code)))
        }
        (code, ..) => Err(NotDone::Unknown { why: code.to_string(), wait_ms: 0 }),
    }
}
