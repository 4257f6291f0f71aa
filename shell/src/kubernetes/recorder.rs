//! Writes Events.
//!
//! As `kube`'s own (`events::Recorder`), which reads the clock of the machine; here one is handed in, so that a simulated world repeats itself.
use super::{failed::Failed, follower::Follower};
use k8s_openapi::{
    api::{
        core::v1::ObjectReference,
        events::v1::{Event, EventSeries},
    },
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
    jiff::Timestamp,
};
use kube::{
    Client,
    api::{Api, Patch, PatchParams, PostParams},
};
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    kubernetes::{ObjectId, Problem},
    time::Wall,
};

/// Who says it.
const CONTROLLER: &str = "strait-zone";
/// What was tried with the object.
const ACTION: &str = "Convert";
/// What is said again within this time is counted.
const COUNTED: Duration = Duration::from_secs(360);

pub(super) struct Recorder {
    client: Client,
    follower: Follower,
    /// By the object, its uid and what is wrong.
    written: BTreeMap<(ObjectId, Option<String>, String), Written>,
    /// How many there were: two of one moment need two names.
    count: u32,
}

struct Written {
    name: String,
    times: i32,
    last: Wall,
}

impl Recorder {
    pub(super) fn new(client: Client, follower: Follower) -> Self {
        Self { client, follower, written: BTreeMap::new(), count: 0 }
    }

    /// Writes what is wrong with an object.
    pub(super) async fn record(&mut self, id: &ObjectId, about: ObjectReference, problem: &Problem) -> Result<(), Failed> {
        let now = (self.follower.wall)();
        self.written.retain(|_, written| now.0 < written.last.0.saturating_add(COUNTED.as_millis() as u64));
        let events = Api::<Event>::namespaced(self.client.clone(), about.namespace.as_deref().unwrap_or("default"));
        let key = (id.clone(), about.uid.clone(), format!("{}: {}", problem.reason.as_str(), problem.message));
        if let Some(written) = self.written.get_mut(&key) {
            let series = EventSeries { count: written.times + 1, last_observed_time: moment(now) };
            let patch = Patch::Merge(serde_json::json!({ "series": series }));
            events.patch(&written.name, &PatchParams::default(), &patch).await?;
            (written.times, written.last) = (written.times + 1, now);
            return Ok(());
        }
        self.count += 1;
        let name = format!("{}.{:x}{:04x}", id.name.name, now.0, self.count & 0xffff);
        events.create(&PostParams::default(), &self.event(&name, now, about, problem)).await?;
        self.written.insert(key, Written { name, times: 1, last: now });
        Ok(())
    }

    fn event(&self, name: &str, now: Wall, about: ObjectReference, problem: &Problem) -> Event {
        Event {
            metadata: ObjectMeta { namespace: about.namespace.clone(), name: Some(name.to_owned()), ..ObjectMeta::default() },
            action: Some(ACTION.to_owned()),
            event_time: Some(moment(now)),
            note: Some(problem.message.clone()),
            reason: Some(problem.reason.as_str().to_owned()),
            regarding: Some(about),
            reporting_controller: Some(CONTROLLER.to_owned()),
            reporting_instance: Some(self.follower.instance.clone()),
            type_: Some(if problem.reason.is_warning() { "Warning" } else { "Normal" }.to_owned()),
            ..Event::default()
        }
    }
}

fn moment(at: Wall) -> MicroTime {
    let millis = i64::try_from(at.0).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    MicroTime(millis.unwrap_or(Timestamp::MAX))
}
