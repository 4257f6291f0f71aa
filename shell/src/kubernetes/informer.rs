//! One kind of objects: listed once, and watched from there for as long as the API knows how.
use super::{backoff::Backoff, failed::Failed, reach::Reach};
use futures_util::StreamExt as _;
use kube::{
    Client,
    api::{ListParams, WatchParams},
    core::{Request, WatchEvent},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{collections::BTreeSet, pin::pin, time::Duration};
use strait_core::{
    Seed,
    kubernetes::{Change, News, Object, ObjectId, ObjectKind, Seen, Unreadable, read},
    node::ZoneInput,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, timeout},
};

/// So many objects come at once.
const PAGE: u32 = 500;
/// So many changes are handed on at once.
const BATCH: usize = 256;
/// An answer, or its beginning, that takes longer is given up.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);
/// How long a watch is to last, in seconds, as the clients of Go ask it.
const WATCHES_FOR: u32 = 290;
/// A watch that ends sooner, and told nothing, has failed.
const SOON: Duration = Duration::from_secs(5);

pub(super) struct Informer {
    pub(super) kind: ObjectKind,
    /// Where they are: all of them, or those of one namespace.
    pub(super) path: String,
    /// Only those with this label.
    pub(super) selector: Option<String>,
    pub(super) client: Client,
    pub(super) reach: Reach,
    pub(super) mailbox: mpsc::Sender<ZoneInput>,
    /// The kinds whose lists were older than what was known.
    pub(super) stale: watch::Receiver<BTreeSet<ObjectKind>>,
    /// A watch that tells nothing for so long, not even a bookmark, is begun anew.
    pub(super) silence: Duration,
    /// What its pauses are drawn from.
    pub(super) seed: Seed,
}

/// A part of a list.
#[derive(Deserialize)]
struct Page {
    metadata: PageMeta,
    items: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMeta {
    resource_version: String,
    #[serde(rename = "continue")]
    rest: Option<String>,
}

/// Why a watch is over.
enum Over {
    /// It lasted as long as it was to, or told something: the next one goes on from there.
    Ended,
    /// The next one goes on from there, after a while.
    Failed(Failed),
    /// It takes a list.
    Expired,
    /// So was the list from which it began.
    Stale,
    /// The node is gone.
    Unheard,
}

impl Informer {
    /// Follows for ever. What it knows is not forgotten over what fails.
    pub(super) async fn follow(mut self) {
        let (mut backoff, mut until_newer) = (Backoff::new(self.seed), Backoff::new(self.seed.fork("until newer")));
        let (mut version, mut has_expired) = (None, false);
        loop {
            let Some(from) = &mut version else {
                self.reach.about(self.kind, |kind| kind.lists += 1);
                match self.list().await {
                    Ok((listed, objects)) => {
                        backoff.reset();
                        self.is_known(listed);
                        version = Some(listed);
                        if !self.tell(News::Listed { kind: self.kind, version: listed, objects }).await {
                            return;
                        }
                    }
                    Err(failed) => self.rest(&failed, &mut backoff).await,
                }
                continue;
            };
            let before = *from;
            match self.watch(from, &mut backoff).await {
                Over::Ended => has_expired = false,
                Over::Failed(failed) => self.rest(&failed, &mut backoff).await,
                Over::Expired => {
                    // A list from which no watch can begin is not asked for again and again.
                    let is_again = *from == before && std::mem::replace(&mut has_expired, true);
                    version = None;
                    if is_again {
                        sleep(until_newer.pause()).await;
                    }
                }
                Over::Stale => {
                    // A replica of the API that lags behind catches up.
                    sleep(until_newer.pause()).await;
                    version = None;
                }
                Over::Unheard => return,
            }
        }
    }

    async fn list(&self) -> Result<(u64, Vec<Seen>), Failed> {
        let request = Request::new(&*self.path);
        let (mut objects, mut rest) = (Vec::new(), None);
        loop {
            let part =
                ListParams { limit: Some(PAGE), continue_token: rest, label_selector: self.selector.clone(), ..ListParams::default() };
            let asked = request.list(&part).map_err(|error| Failed::Else(error.to_string()))?;
            let page: Page = ask(&self.client, asked).await?;
            objects.extend(page.items.unwrap_or_default().iter().filter_map(|item| self.read(item)));
            rest = page.metadata.rest.filter(|rest| !rest.is_empty());
            if rest.is_none() {
                let version = page.metadata.resource_version;
                let version = version.parse().map_err(|_| Failed::Else(format!("a list of version `{version}`, which is no number")))?;
                return Ok((version, objects));
            }
        }
    }

    /// What is needed of an object; nothing, if it does not even say which it is.
    fn read(&self, object: &Value) -> Option<Seen> {
        let seen = read(object, Some(self.kind));
        seen.map_err(|bad| tracing::warn!(kind = %self.kind, %bad, "an object says not which it is, and is passed over")).ok()
    }

    /// Watches from a version, which moves on with what is told.
    async fn watch(&mut self, from: &mut u64, backoff: &mut Backoff) -> Over {
        self.reach.about(self.kind, |kind| kind.watches += 1);
        let label_selector = self.selector.clone();
        let wanted = WatchParams { timeout: Some(WATCHES_FOR), bookmarks: true, label_selector, ..WatchParams::default() };
        let asked = match Request::new(&*self.path).watch(&wanted, &from.to_string()) {
            Ok(asked) => asked,
            Err(error) => return Over::Failed(Failed::Else(error.to_string())),
        };
        let events = match timeout(ANSWERS_WITHIN, self.client.request_events::<Value>(asked)).await {
            Ok(Ok(events)) => events,
            Ok(Err(error)) => return over(error.into()),
            Err(_) => return Over::Failed(Failed::timed_out(ANSWERS_WITHIN)),
        };
        self.is_known(*from);
        let began = Instant::now();
        let mut told = false;
        let mut events = pin!(events.ready_chunks(BATCH));
        loop {
            let kind = self.kind;
            let some = tokio::select! {
                biased;
                Ok(_) = self.stale.wait_for(|stale| stale.contains(&kind)) => return Over::Stale,
                some = timeout(self.silence, events.next()) => some,
            };
            let Ok(some) = some else {
                tracing::debug!(%kind, "a watch tells nothing, and is begun anew");
                return Over::Ended;
            };
            let Some(some) = some else {
                if !told && began.elapsed() < SOON {
                    return Over::Failed(Failed::Else("a watch ended at once".to_owned()));
                }
                backoff.reset();
                return Over::Ended;
            };
            let (changes, wrong) = self.changes(some, from);
            if !changes.is_empty() && !self.tell(News::Changed(changes)).await {
                return Over::Unheard;
            }
            if let Some(failed) = wrong {
                return over(failed);
            }
            told = true;
            backoff.reset();
            self.is_known(*from);
        }
    }

    /// What events say, until one that cannot be understood.
    fn changes(&self, events: Vec<kube::Result<WatchEvent<Value>>>, from: &mut u64) -> (Vec<Change>, Option<Failed>) {
        let mut changes = Vec::new();
        for event in events {
            let (object, is_gone) = match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => (object, false),
                Ok(WatchEvent::Deleted(object)) => (object, true),
                Ok(WatchEvent::Bookmark(bookmark)) => {
                    *from = bookmark.metadata.resource_version.parse().unwrap_or(*from).max(*from);
                    continue;
                }
                Ok(WatchEvent::Error(status)) => return (changes, Some(Failed::Said(status))),
                Err(error) => return (changes, Some(error.into())),
            };
            let Some(seen) = self.read(&object) else { continue };
            let (id, version) = identity(&seen);
            *from = version.max(*from);
            changes.push(if is_gone { Change::Gone { id, version } } else { Change::Put(seen) });
        }
        (changes, None)
    }

    async fn tell(&self, news: News) -> bool {
        self.mailbox.send(ZoneInput::Kubernetes(news)).await.is_ok()
    }

    fn is_known(&self, version: u64) {
        self.reach.about(self.kind, |kind| {
            if kind.failing.take().is_some() {
                tracing::info!(kind = %self.kind, version, "the Kubernetes API answers again");
            }
            kind.version = version;
        });
    }

    /// Notes what failed, and waits for a while, longer each time.
    async fn rest(&self, failed: &Failed, backoff: &mut Backoff) {
        let why = failed.to_string();
        self.reach.about(self.kind, |kind| {
            if kind.failing.as_ref() != Some(&why) {
                tracing::warn!(kind = %self.kind, %why, "the Kubernetes API does not answer as it should: asking again");
            }
            kind.failing = Some(why);
        });
        sleep(backoff.pause().max(failed.wait())).await;
    }
}

fn over(failed: Failed) -> Over {
    if failed.is_expired() { Over::Expired } else { Over::Failed(failed) }
}

fn identity(seen: &Seen) -> (ObjectId, u64) {
    match seen {
        Ok(object) => (Object::id(object), object.version()),
        Err(Unreadable { id, version, .. }) => (id.clone(), *version),
    }
}

/// Asks, and reads the answer.
pub(super) async fn ask<T: DeserializeOwned>(client: &Client, request: http::Request<Vec<u8>>) -> Result<T, Failed> {
    let text = timeout(ANSWERS_WITHIN, client.request_text(request)).await.map_err(|_| Failed::timed_out(ANSWERS_WITHIN))??;
    serde_json::from_str(&text).map_err(|error| Failed::Else(format!("an answer that is none of the API: {error}")))
}
