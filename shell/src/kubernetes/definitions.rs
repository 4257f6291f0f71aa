//! Which kinds of the mesh the API has: those are followed, and no others are asked for.
use super::{backoff::Backoff, failed::Failed, informer::ask, path, reach::Reach};
use kube::Client;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    Seed,
    kubernetes::{CustomKind, News, ObjectKind},
    node::ZoneInput,
};
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

/// How often it is asked which kinds there are: an answer is small, and definitions are seldom applied.
const LOOKS_EVERY: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Kinds {
    resources: Vec<Served>,
}

#[derive(Deserialize)]
struct Served {
    name: String,
    kind: String,
}

/// Follows which kinds there are, for ever.
pub(super) async fn follow(
    client: Client,
    mailbox: mpsc::Sender<ZoneInput>,
    reach: Reach,
    seed: Seed,
    begin: impl Fn(ObjectKind) -> JoinHandle<()>,
) {
    let mut followed: BTreeMap<CustomKind, JoinHandle<()>> = BTreeMap::new();
    let (mut backoff, mut told) = (Backoff::new(seed), None);
    loop {
        match served(&client).await {
            Ok(served) => {
                backoff.reset();
                reach.definitions(Ok(CustomKind::all().filter(|kind| !served.contains(kind)).collect()));
                for kind in &served {
                    // What it lists is told after this.
                    followed.entry(*kind).or_insert_with(|| begin(ObjectKind::Custom(*kind)));
                }
                for (kind, task) in followed.extract_if(.., |kind, _| !served.contains(kind)) {
                    task.abort();
                    reach.forget(ObjectKind::Custom(kind));
                }
                if told.as_ref() != Some(&served) {
                    if mailbox.send(ZoneInput::Kubernetes(News::Defined(served.clone()))).await.is_err() {
                        return;
                    }
                    told = Some(served);
                }
                sleep(LOOKS_EVERY).await;
            }
            Err(failed) => {
                reach.definitions(Err(failed.to_string()));
                sleep(backoff.pause().max(failed.wait())).await;
            }
        }
    }
}

async fn served(client: &Client) -> Result<BTreeSet<CustomKind>, Failed> {
    let asked = http::Request::get(path::custom_kinds()).body(Vec::new()).map_err(|error| Failed::Else(error.to_string()))?;
    match ask::<Kinds>(client, asked).await {
        Ok(kinds) => {
            let known = |served: &Served| CustomKind::named(&served.kind).filter(|kind| kind.plural() == served.name);
            Ok(kinds.resources.iter().filter_map(known).collect())
        }
        // There is none of them.
        Err(failed) if failed.is_not_found() => Ok(BTreeSet::new()),
        Err(failed) => Err(failed),
    }
}
