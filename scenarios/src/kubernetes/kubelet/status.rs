//! What a kubelet writes of a pod: `status`.
use super::{
    container,
    order::Turn,
    run::{Ended, Is, Run, State},
};
use crate::kubernetes::object::{self, list, text};
use serde_json::{Value, json};
use strait_core::time::Wall;

/// The status of a pod as it is now.
pub(super) fn of(run: &Run, now: Wall) -> Value {
    let all = || container::all(&run.pod).filter_map(|(one, turn)| Some((one, turn, run.state(one)?)));
    let of_first = |turn: Turn| turn != Turn::Main;
    let are_first_done = all().filter(|(_, turn, _)| of_first(*turn)).all(|(_, turn, state)| match turn {
        Turn::First => matches!(state.is, Is::Ended(Ended { code: 0, .. })),
        _ => matches!(state.is, Is::Running { .. } | Is::Ended(_)),
    });
    let has_begun = are_first_done
        && all().filter(|(_, turn, _)| !of_first(*turn)).all(|(_, _, state)| !matches!(state.is, Is::Waiting(_) | Is::Starting));
    let phase = match run.is_over() {
        Some(true) => "Succeeded",
        Some(false) => "Failed",
        None if has_begun => "Running",
        None => "Pending",
    };
    let are_ready = all().filter(|(_, turn, _)| *turn != Turn::First).all(|(_, _, state)| state.is_ready());
    let shown = |of: fn(Turn) -> bool| {
        all().filter(move |(_, turn, _)| of(*turn)).map(|(one, turn, state)| one_of(one, turn, state)).collect::<Vec<_>>()
    };
    let conditions = [
        ("PodScheduled", true),
        ("Initialized", are_first_done),
        ("ContainersReady", are_ready && has_begun),
        ("Ready", are_ready && has_begun),
    ];
    json!({
        "phase": phase, "podIP": run.address.to_string(), "podIPs": [{"ip": run.address.to_string()}],
        "startTime": object::time(run.began),
        "conditions": conditions.map(|(kind, is)| condition(&run.pod, kind, is, now)),
        "initContainerStatuses": shown(|turn| turn != Turn::Main),
        "containerStatuses": shown(|turn| turn == Turn::Main),
    })
}

/// It keeps since when it is so.
fn condition(pod: &Value, kind: &str, is: bool, now: Wall) -> Value {
    let said = if is { "True" } else { "False" };
    let before = list(pod, &["status", "conditions"]).iter().find(|one| one["type"] == kind && one["status"] == said);
    let since = before.map_or_else(|| json!(object::time(now)), |before| before["lastTransitionTime"].clone());
    json!({"type": kind, "status": said, "lastTransitionTime": since})
}

fn one_of(described: &Value, turn: Turn, state: &State) -> Value {
    let waiting = |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
    let shown = match &state.is {
        Is::Waiting(waits) => waiting(waits.reason, &waits.message),
        Is::Starting => waiting("ContainerCreating", ""),
        Is::Running { since, .. } => json!({"running": {"startedAt": object::time(*since)}}),
        Is::Resting { .. } => waiting("CrashLoopBackOff", "it ended, and begins anew in a while"),
        Is::Ended(ended) => terminated(ended),
    };
    let last = match &state.is {
        Is::Resting { ended, .. } => terminated(ended),
        _ => state.before.as_ref().map_or_else(|| json!({}), terminated),
    };
    let image = text(described, &["image"]);
    // What has had its turn well is ready.
    let ready = state.is_ready() || turn == Turn::First && matches!(state.is, Is::Ended(Ended { code: 0, .. }));
    json!({
        "name": text(described, &["name"]), "image": image, "imageID": image, "ready": ready,
        "started": matches!(state.is, Is::Running { .. }), "restartCount": state.restarts, "state": shown, "lastState": last,
    })
}

fn terminated(ended: &Ended) -> Value {
    let reason = if ended.code == 0 { "Completed" } else { "Error" };
    json!({"terminated": {
        "exitCode": ended.code, "reason": reason, "startedAt": object::time(ended.began), "finishedAt": object::time(ended.at),
    }})
}
