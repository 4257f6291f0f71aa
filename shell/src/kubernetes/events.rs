//! What is wrong with objects, as Events on them: there people look first.
use super::{backoff::Backoff, failed::Failed, follower::Follower, informer::ask, path, reach::Reach, recorder::Recorder};
use crate::process::Desk;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Client, api::GetParams, core::Request};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    kubernetes::{ObjectId, Problem},
    node::ObservationChange,
};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, sleep_until},
};

/// What is wrong, and how much of that was said.
#[derive(Default)]
struct Problems {
    now: BTreeMap<ObjectId, Vec<Problem>>,
    told: BTreeMap<ObjectId, Vec<Problem>>,
    /// Of which not all is said.
    open: BTreeSet<ObjectId>,
}

impl Problems {
    fn take(&mut self, id: &ObjectId, problems: &[Problem]) {
        self.open.insert(id.clone());
        if problems.is_empty() {
            self.now.remove(id)
        } else {
            self.now.insert(id.clone(), problems.to_vec())
        };
    }

    /// The next to be said; what is no longer wrong is forgotten.
    fn next(&mut self) -> Option<(ObjectId, Problem)> {
        while let Some(id) = self.open.first() {
            let now = self.now.get(id).map_or(&[][..], Vec::as_slice);
            let told = self.told.entry(id.clone()).or_default();
            told.retain(|problem| now.contains(problem));
            if let Some(problem) = now.iter().find(|problem| !told.contains(problem)) {
                return Some((id.clone(), problem.clone()));
            }
            if told.is_empty() {
                self.told.remove(id);
            }
            self.open.pop_first();
        }
        None
    }
}

/// Tells, for ever: each problem of an object once, as long as it lasts.
pub(super) async fn tell(client: Client, desk: Desk, follower: Follower, reach: Reach) {
    let mut backoff = Backoff::new(follower.seed.fork("events"));
    let mut recorder = Recorder::new(client.clone(), follower);
    let follow = || desk.follow(|shown| shown.cluster.as_ref().map(|cluster| cluster.problems.clone()).unwrap_or_default());
    let mut problems = Problems::default();
    let (now, mut changes) = follow();
    now.iter().for_each(|(id, wrong)| problems.take(id, wrong));
    let mut not_before = Instant::now();
    loop {
        let next = problems.next();
        tokio::select! {
            biased;
            change = changes.recv() => match change.as_deref() {
                Ok(ObservationChange::Object { id, problems: wrong }) => problems.take(id, wrong),
                Ok(_) => {}
                Err(RecvError::Closed) => return,
                Err(RecvError::Lagged(_)) => {
                    let (now, again) = follow();
                    changes = again;
                    problems.open.extend(problems.now.keys().cloned().collect::<Vec<_>>());
                    problems.now.clear();
                    now.iter().for_each(|(id, wrong)| problems.take(id, wrong));
                }
            },
            () = sleep_until(not_before), if next.is_some() => {
                let Some((id, problem)) = next else { continue };
                match publish(&client, &mut recorder, &id, &problem).await {
                    Ok(()) => {
                        backoff.reset();
                        reach.events_fail(None);
                    }
                    // It went meanwhile.
                    Err(failed) if failed.is_not_found() => {}
                    Err(failed) => {
                        tracing::debug!(object = %id, why = %failed, "no Event can be written");
                        reach.events_fail(Some(failed.to_string()));
                        not_before = Instant::now() + backoff.pause().max(failed.wait());
                        if !failed.is_final() {
                            continue;
                        }
                    }
                }
                problems.told.entry(id).or_default().push(problem);
            }
        }
    }
}

async fn publish(client: &Client, recorder: &mut Recorder, id: &ObjectId, problem: &Problem) -> Result<(), Failed> {
    // By its uid alone `kubectl describe` finds them.
    let asked = Request::new(path::beside(id.kind, &id.name)).get_metadata(&id.name.name, &GetParams::default());
    let found: Value = ask(client, asked.map_err(|error| Failed::Else(error.to_string()))?).await?;
    let text = |pointer: &str| found.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let about = ObjectReference {
        api_version: Some(path::api_version(id.kind)),
        kind: Some(id.kind.to_string()),
        name: Some(id.name.name.to_string()),
        namespace: Some(id.name.namespace.to_string()).filter(|namespace| !namespace.is_empty()),
        uid: text("/metadata/uid"),
        ..ObjectReference::default()
    };
    recorder.record(id, about, problem).await
}
