//! One end of the sync with one other control plane: the provider of one lane, the consumer of the other, and the session.
//!
//! Both nodes use it: global has one per zone, a zone has one. It decides what to say; the node stores, gates and sends.
use super::{
    Dialect, Epoch, Hello, Lane, Lineage, Nonce, Position, RequestBody, ResponseBody, Session, Standing,
    catalog::Catalog,
    clocks,
    consumer::{Answer, KumaConsumer, Receiver, StraitConsumer, Taken, Trust},
    filter::Audience,
    provider::{Asked, KumaProvider, Nonces, StraitProvider},
};
use crate::{
    node::{FreezeReason, LaneStatus},
    resource::{Key, Kind, WireKey},
    time::Mono,
};
use std::collections::{BTreeMap, BTreeSet};

/// One end of the sync with one other control plane, across sessions.
#[derive(Debug)]
pub(crate) struct Peer {
    provides: Lane,
    audience: Audience,
    talk: Option<Talk>,
    strait_provider: StraitProvider,
    strait_consumer: StraitConsumer,
    kuma_provider: KumaProvider,
    kuma_consumer: KumaConsumer,
    /// The last moments at which the receivers of the two lanes were known to be current.
    provided_current_at: Option<Mono>,
    consumed_current_at: Option<Mono>,
    /// What the other end refused of ours, with its words.
    refused: BTreeMap<WireKey, String>,
}

/// The session of this moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    pub(crate) session: Session,
    pub(crate) dialect: Dialect,
    opened_at: Mono,
    heard_down: Mono,
    heard_up: Mono,
    beat_at: Mono,
}

/// What the other end's request amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Nothing,
    /// It asked: say our history, then provide.
    Asked,
}

impl Peer {
    pub(crate) fn new(provides: Lane, audience: Audience, trust: Trust) -> Self {
        Self {
            provides,
            audience,
            talk: None,
            strait_provider: StraitProvider::default(),
            strait_consumer: StraitConsumer::default(),
            kuma_provider: KumaProvider::default(),
            kuma_consumer: KumaConsumer::new(trust),
            provided_current_at: None,
            consumed_current_at: None,
            refused: BTreeMap::new(),
        }
    }

    pub(crate) fn talk(&self) -> Option<Talk> {
        self.talk
    }

    pub(crate) fn is_on(&self, session: Session) -> bool {
        self.talk.is_some_and(|talk| talk.session == session)
    }

    fn dialect(&self) -> Option<Dialect> {
        self.talk.map(|talk| talk.dialect)
    }

    // ---- sessions ------------------------------------------------------------------------

    /// A session begins, of the start of this node that began `epoch`.
    pub(crate) fn begin(&mut self, now: Mono, session: Session, dialect: Dialect, epoch: Epoch) {
        self.end();
        let beat_at = now.after(clocks::BEAT_EVERY);
        self.talk = Some(Talk { session, dialect, opened_at: now, heard_down: now, heard_up: now, beat_at });
        self.kuma_provider = KumaProvider::new(Nonces::of(epoch, session));
        self.strait_provider.begin_session(Nonces::of(epoch, session));
        self.kuma_consumer.begin_session();
        match dialect {
            Dialect::Strait => self.kuma_consumer.forget_adoption(),
            Dialect::Kuma => self.strait_consumer.forget_adoption(),
        }
    }

    pub(crate) fn end(&mut self) {
        self.talk = None;
        self.strait_provider.end_session();
        self.strait_consumer.end_session();
        self.kuma_consumer.end_session();
    }

    /// When to wake for this peer next, and why.
    pub(crate) fn deadline(&self, catalog: &Catalog) -> Option<(Mono, &'static str)> {
        let talk = self.talk?;
        let retry = match talk.dialect {
            Dialect::Strait => self.strait_provider.next_retry(catalog),
            Dialect::Kuma => self.kuma_provider.next_retry(),
        };
        let beat = (talk.dialect == Dialect::Strait).then_some([(talk.beat_at, "heartbeat"), (talk.dead_at(), "silence")]);
        let retry = retry.map(|at| (at, "offer a refused resource again"));
        beat.into_iter().flatten().chain(retry).min_by_key(|(at, _)| *at)
    }

    /// Whether nothing was heard on one of the lanes for too long.
    pub(crate) fn is_dead(&self, now: Mono) -> bool {
        self.talk.is_some_and(|talk| talk.dialect == Dialect::Strait && talk.dead_at() <= now)
    }

    /// Whether it is time for a heartbeat; then counts it as given.
    pub(crate) fn beat_is_due(&mut self, now: Mono) -> bool {
        let Some(talk) = self.talk.as_mut().filter(|talk| talk.dialect == Dialect::Strait && talk.beat_at <= now) else {
            return false;
        };
        talk.beat_at = now.after(clocks::BEAT_EVERY);
        true
    }

    fn hear(&mut self, lane: Lane, now: Mono) {
        if let Some(talk) = &mut self.talk {
            *match lane {
                Lane::Down => &mut talk.heard_down,
                Lane::Up => &mut talk.heard_up,
            } = now;
        }
    }

    /// More of a message has come, which is not whole yet. On a slow link a heartbeat may have to wait behind it, on either lane.
    pub(crate) fn receiving(&mut self, now: Mono) {
        self.hear(Lane::Down, now);
        self.hear(Lane::Up, now);
    }

    // ---- as the consumer -------------------------------------------------------------------

    /// The first requests of a session. Also said anew, when an operator adopted.
    pub(crate) fn subscribe(
        &self,
        hello: Hello,
        kinds: &BTreeSet<Kind>,
        rejected: Vec<WireKey>,
        receiver: &dyn Receiver,
    ) -> Vec<RequestBody> {
        match self.dialect() {
            None => Vec::new(),
            Some(Dialect::Strait) => {
                let adopting = self.strait_consumer.is_adopting();
                let held = receiver.floor().filter(|_| !adopting);
                let staged = self.strait_consumer.staged().filter(|_| !adopting);
                vec![RequestBody::SubscribeAll { hello, held, staged, rejected }]
            }
            Some(Dialect::Kuma) => kinds.iter().map(|kind| RequestBody::Subscribe { kind: kind.clone(), hello: hello.clone() }).collect(),
        }
    }

    /// Takes what the provider says. `Err`: it broke the protocol.
    pub(crate) fn response(&mut self, now: Mono, lane: Lane, body: ResponseBody, receiver: &dyn Receiver) -> Result<Taken, String> {
        if lane == self.provides {
            return Err(format!("a response came on lane {lane}, where this end provides"));
        }
        self.hear(lane, now);
        match (self.dialect(), body) {
            (Some(Dialect::Strait), ResponseBody::History { lineage }) => {
                let head = lineage.head();
                let before = self.strait_consumer.frozen();
                self.strait_consumer.learn(lineage, receiver);
                self.note_head(now, head, receiver);
                Ok(match self.strait_consumer.frozen() {
                    Some(reason) if before != Some(reason) => Taken::Froze(reason),
                    _ => Taken::Ignored,
                })
            }
            (Some(Dialect::Strait), ResponseBody::Beat { head }) => {
                self.note_head(now, head, receiver);
                Ok(Taken::Ignored)
            }
            (Some(Dialect::Strait), ResponseBody::Resources { kind, nonce, put, gone, transfer: Some(transfer) }) => {
                Ok(self.strait_consumer.take(kind, nonce, &put, &gone, transfer, receiver))
            }
            (Some(Dialect::Kuma), ResponseBody::Resources { kind, nonce, put, gone, transfer: None }) => {
                let taken = self.kuma_consumer.take(kind, nonce, &put, &gone, receiver);
                if self.kuma_consumer.frozen().is_none() {
                    self.consumed_current_at = Some(now);
                }
                Ok(taken)
            }
            (dialect, body) => Err(format!("{} is not of the dialect {}", describe(&body), dialect.unwrap_or(Dialect::Kuma))),
        }
    }

    /// Whether a plain Kuma has said in this session what it has of a kind.
    pub(crate) fn has_heard_of(&self, kind: &Kind) -> bool {
        self.dialect() == Some(Dialect::Kuma) && self.kuma_consumer.has_begun(kind)
    }

    /// Says that a response was taken.
    pub(crate) fn answer(answer: Answer) -> RequestBody {
        let Answer { kind, nonce, rejected } = answer;
        if rejected.is_empty() {
            return RequestBody::Ack { kind, nonce };
        }
        let message = rejected.iter().map(|(key, why)| format!("{key}: {why}")).collect::<Vec<_>>().join("; ");
        RequestBody::Nack { kind, nonce, message, rejected: rejected.into_keys().collect() }
    }

    /// Whether nothing is taken of what this provider says.
    pub(crate) fn is_frozen(&self) -> bool {
        self.consumed(None).frozen.is_some()
    }

    /// An operator takes what this provider says.
    pub(crate) fn adopt(&mut self) {
        // Without a session it holds for the next one, whatever that speaks.
        if self.dialect() != Some(Dialect::Kuma) {
            self.strait_consumer.adopt();
        }
        if self.dialect() != Some(Dialect::Strait) {
            self.kuma_consumer.adopt();
        }
    }

    fn note_head(&mut self, now: Mono, head: Position, receiver: &dyn Receiver) {
        if self.strait_consumer.knows_history() && self.strait_consumer.frozen().is_none() && receiver.floor() == Some(head) {
            self.consumed_current_at = Some(now);
        }
    }

    // ---- as the provider -------------------------------------------------------------------

    /// Takes what the consumer says. `Err`: it broke the protocol.
    pub(crate) fn request(
        &mut self,
        now: Mono,
        lane: Lane,
        body: RequestBody,
        catalog: &Catalog,
        may_begin: &dyn Fn(&Kind) -> bool,
    ) -> Result<Heard, String> {
        if lane != self.provides {
            return Err(format!("a request came on lane {lane}, where this end consumes"));
        }
        self.hear(lane, now);
        match (self.dialect(), body) {
            (Some(Dialect::Strait), RequestBody::SubscribeAll { hello, held, staged, rejected }) => {
                self.understand(hello.features);
                self.strait_provider.ask(Asked { held, staged, rejected }, catalog, &self.audience, now)?;
                Ok(Heard::Asked)
            }
            (Some(Dialect::Kuma), RequestBody::Subscribe { kind, hello }) => {
                self.understand(hello.features);
                self.kuma_provider.subscribe(kind)?;
                Ok(Heard::Asked)
            }
            (Some(dialect), RequestBody::Ack { kind, nonce }) => {
                self.answered(now, dialect, &kind, &nonce, None);
                self.note_settled(now, dialect, catalog, may_begin);
                Ok(Heard::Nothing)
            }
            (Some(dialect), RequestBody::Nack { kind, nonce, message, rejected }) => {
                self.answered(now, dialect, &kind, &nonce, Some((&message, &rejected)));
                self.note_settled(now, dialect, catalog, may_begin);
                Ok(Heard::Nothing)
            }
            (Some(Dialect::Strait), RequestBody::Beat { held }) => {
                if held.is_some() && held == Some(catalog.head()) {
                    self.provided_current_at = Some(now);
                }
                Ok(Heard::Nothing)
            }
            (dialect, _) => Err(format!("the request is not of the dialect {}", dialect.unwrap_or(Dialect::Kuma))),
        }
    }

    fn understand(&mut self, features: BTreeSet<String>) {
        if let Audience::Zone(receiver) = &mut self.audience {
            receiver.features = features;
        }
    }

    /// The other end took a response, but for what it names (a plain Kuma names nothing).
    fn answered(&mut self, now: Mono, dialect: Dialect, kind: &Kind, nonce: &Nonce, refusal: Option<(&str, &[WireKey])>) {
        let (message, named) = refusal.unwrap_or_default();
        let waiting: BTreeSet<WireKey> = match dialect {
            Dialect::Strait => {
                self.strait_provider.answered(nonce, named, now);
                self.strait_provider.refused().cloned().collect()
            }
            Dialect::Kuma => {
                self.kuma_provider.answered(kind, nonce, refusal.is_some(), now);
                self.kuma_provider.refused().cloned().collect()
            }
        };
        self.refused.retain(|key, _| waiting.contains(key) || named.contains(key));
        let of_kind = waiting.into_iter().filter(|key| refusal.is_some() && key.kind == *kind);
        let refused: Vec<WireKey> = of_kind.chain(named.iter().cloned()).collect();
        let said = reasons(message);
        self.refused.extend(refused.into_iter().map(|key| {
            let why = said.get(key.to_string().as_str()).copied().unwrap_or(message);
            (key, why.chars().take(LONGEST_REASON).collect())
        }));
    }

    fn note_settled(&mut self, now: Mono, dialect: Dialect, catalog: &Catalog, may_begin: &dyn Fn(&Kind) -> bool) {
        let settled = match dialect {
            Dialect::Strait => self.strait_provider.is_settled(catalog),
            Dialect::Kuma => self.kuma_provider.is_settled(catalog, &self.audience, may_begin),
        };
        if settled {
            self.provided_current_at = Some(now);
        }
    }

    /// What to provide now. `may_begin` says which kinds may be answered to a plain Kuma; `may_have_everything`, whether a full
    /// transfer, or a first response, may be sent now.
    pub(crate) fn pump(
        &mut self,
        now: Mono,
        catalog: &Catalog,
        may_begin: &dyn Fn(&Kind) -> bool,
        even_nothing: bool,
        may_have_everything: bool,
    ) -> Vec<ResponseBody> {
        match self.dialect() {
            None => Vec::new(),
            Some(Dialect::Strait) if !may_have_everything && self.strait_provider.needs_everything(catalog) => Vec::new(),
            Some(Dialect::Strait) => self.strait_provider.pump(catalog, &self.audience, even_nothing, now),
            Some(Dialect::Kuma) => {
                let may_begin = |kind: &Kind| may_have_everything && may_begin(kind);
                self.kuma_provider.pump(catalog, &self.audience, &may_begin, now)
            }
        }
    }

    /// Whether the other end is to be sent everything, of a kind or of all, or is about to have been.
    pub(crate) fn needs_everything(&self, catalog: &Catalog, may_begin: &dyn Fn(&Kind) -> bool) -> bool {
        match self.dialect() {
            None => false,
            Some(Dialect::Strait) => self.strait_provider.needs_everything(catalog),
            Some(Dialect::Kuma) => self.kuma_provider.needs_everything(catalog, may_begin),
        }
    }

    /// See [`StraitProvider::owe_whole`].
    pub(crate) fn owe_whole(&mut self, is_owed: bool, now_differs: bool) {
        self.strait_provider.owe_whole(is_owed, now_differs);
    }

    /// How the history of ours that the other end holds stands to the one we have.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.strait_provider.standing()
    }

    /// What the other end said that it holds of ours.
    pub(crate) fn held_by_other(&self) -> Option<Position> {
        self.strait_provider.held()
    }

    /// Up to where the other end has heard of what went of ours. `None`: it is a Strait, and has not spoken yet.
    pub(crate) fn heard_upto(&self) -> Option<u64> {
        match self.dialect() {
            Some(Dialect::Kuma) => Some(self.kuma_provider.told_upto()),
            Some(Dialect::Strait) | None => self.strait_provider.heard_upto(),
        }
    }

    /// Whether the other end holds this resource of ours as it is now, and has acknowledged that.
    pub(crate) fn has_taken(&self, catalog: &Catalog, key: &Key) -> bool {
        let Some((wire, seq)) = catalog.sent(key).filter(|(wire, _)| !self.refused.contains_key(*wire)) else { return false };
        match self.dialect() {
            None => false,
            Some(Dialect::Strait) => self.strait_provider.has_taken(seq) && !self.strait_provider.refused().any(|refused| refused == wire),
            Some(Dialect::Kuma) => self.kuma_provider.is_settled(catalog, &self.audience, &|_| true),
        }
    }

    /// A plain Kuma that is told no longer all that went: only a new session can tell it everything.
    pub(crate) fn is_too_slow(&self, catalog: &Catalog) -> bool {
        self.dialect() == Some(Dialect::Kuma) && !catalog.reaches_back_to(self.kuma_provider.told_upto())
    }

    /// Our lineage has changed by an adoption.
    pub(crate) fn reconsider(&mut self, catalog: &Catalog) {
        self.strait_provider.reconsider(catalog);
    }

    /// Kinds of which a plain Kuma is sent nothing, because its first response would be larger than a message may be, and about how
    /// many bytes that would be.
    pub(crate) fn too_large(&self) -> BTreeMap<Kind, usize> {
        if self.dialect() == Some(Dialect::Kuma) { self.kuma_provider.too_large() } else { BTreeMap::new() }
    }

    /// What the other end refused of ours, and why.
    pub(crate) fn refused(&self) -> &BTreeMap<WireKey, String> {
        &self.refused
    }

    // ---- what may be known -------------------------------------------------------------------

    pub(crate) fn provided(&self, catalog: &Catalog, may_begin: &dyn Fn(&Kind) -> bool) -> LaneStatus {
        let settled = match self.dialect() {
            None => false,
            Some(Dialect::Strait) => self.strait_provider.is_settled(catalog),
            Some(Dialect::Kuma) => self.kuma_provider.is_settled(catalog, &self.audience, may_begin),
        };
        let frozen = (self.standing() == Some(Standing::Forked)).then_some(FreezeReason::Forked);
        LaneStatus { position: self.strait_provider.held(), current_at: self.provided_current_at, settled, frozen }
    }

    pub(crate) fn consumed(&self, floor: Option<Position>) -> LaneStatus {
        let frozen = match self.dialect() {
            Some(Dialect::Kuma) => self.kuma_consumer.frozen(),
            Some(Dialect::Strait) => self.strait_consumer.frozen(),
            None => self.strait_consumer.frozen().or(self.kuma_consumer.frozen()),
        };
        LaneStatus { position: floor, current_at: self.consumed_current_at, settled: false, frozen }
    }
}

impl Talk {
    fn dead_at(&self) -> Mono {
        self.heard_down.min(self.heard_up).after(clocks::DEAD_AFTER)
    }

    /// Whether the session lasted long enough for the next wait to start small again.
    pub(crate) fn was_useful(&self, now: Mono) -> bool {
        let enough = match self.dialect {
            Dialect::Strait => clocks::USEFUL_AFTER,
            Dialect::Kuma => clocks::KUMA_USEFUL_AFTER,
        };
        now.since(self.opened_at) >= enough
    }
}

/// So much is kept of what a refusal says of one resource, in characters.
const LONGEST_REASON: usize = 500;

/// What a refusal says of each resource, as [`Peer::answer`] writes it.
fn reasons(message: &str) -> BTreeMap<&str, &str> {
    message.split("; ").filter_map(|part| part.split_once(": ")).collect()
}

/// A history as it is said first on a session.
pub(crate) fn history(lineage: &Lineage) -> ResponseBody {
    ResponseBody::History { lineage: lineage.clone() }
}

fn describe(body: &ResponseBody) -> &'static str {
    match body {
        ResponseBody::Resources { transfer: Some(_), .. } => "a part of a transfer",
        ResponseBody::Resources { transfer: None, .. } => "a response without a transfer",
        ResponseBody::History { .. } => "a history",
        ResponseBody::Beat { .. } => "a heartbeat",
    }
}
