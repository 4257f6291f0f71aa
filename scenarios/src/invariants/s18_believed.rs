//! S18, believed: no proxy is told to trust an authority no more while a certificate is valid for which that vouches; and no certificate is handed out for
//! which an authority vouches that a proxy of the same zone, which trusts its domain, has not taken.
//!
//! It says nothing of domains that a proxy is told to trust no more at all, nor from when somebody wrote a `MeshTrust` or brought a disk to another state: both may
//! take trust away as somebody meant it.
use super::{Broken, Invariant};
use crate::{
    event::{DiskProvenance, Event, NodeId, Stepped, What},
    oracle::truth::{Happened, Truth},
};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Emit, Step,
    node::{Change, FromProxy, Issue, Issued, PlanUpdate, ProxySession, ToProxy, ZoneEffect, ZoneInput},
    plan::{Part, PartName, Trust},
    resource::{Key, Kind},
    time::Mono,
};

/// An authority: its trust domain, and its certificate.
type Authority = (String, String);

/// S18.
#[derive(Debug, Default)]
pub(super) struct Believed {
    zones: BTreeMap<NodeId, Zone>,
    /// Until when the last certificate of each is valid.
    valid: BTreeMap<Authority, Mono>,
    /// Who signs for a domain.
    signers: BTreeMap<String, BTreeSet<NodeId>>,
    /// What each proxy was last told to trust.
    told: BTreeMap<(NodeId, Key), Trust>,
    /// It is somebody's will that trust is lost.
    is_meant: bool,
}

#[derive(Debug, Default)]
struct Zone {
    sessions: BTreeMap<ProxySession, Session>,
    /// What is to be signed: for how long, by whom.
    asked: BTreeMap<u64, (Authority, u64)>,
}

#[derive(Debug)]
struct Session {
    proxy: Key,
    /// Updates that it has not taken whole, and whom they say to trust.
    sent: BTreeMap<u64, Trust>,
    taken: Option<Trust>,
}

impl Session {
    fn took(&mut self, update: u64) {
        let later = self.sent.split_off(&(update + 1));
        let taken = std::mem::replace(&mut self.sent, later);
        self.taken = taken.into_values().next_back().or(self.taken.take());
    }
}

impl Believed {
    fn follow(&mut self, event: &Event) -> Result<(), String> {
        match &event.what {
            What::Started { disk, .. } => {
                self.is_meant |= *disk != DiskProvenance::Own;
                self.zones.insert(event.node.clone(), Zone::default());
            }
            What::Stepped(Stepped::Zone { step, emits }) => {
                if let Step::Input(input) = step {
                    self.hears(event, input)?;
                }
                for emit in emits {
                    match emit {
                        Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(update))) => self.tells(event, *session, update)?,
                        Emit::Effect(ZoneEffect::Issue(Issue::Certificate { request, identity, authority, .. })) => {
                            let by = (authority.trust_domain.clone(), authority.certificate.clone());
                            self.zone(event).asked.insert(*request, (by, identity.valid_for_seconds));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn zone(&mut self, event: &Event) -> &mut Zone {
        self.zones.entry(event.node.clone()).or_default()
    }

    fn hears(&mut self, event: &Event, input: &ZoneInput) -> Result<(), String> {
        match input {
            ZoneInput::Edit { changes, .. } => self.is_meant |= changes.iter().map(Change::key).any(|key| key.kind.as_str() == "MeshTrust"),
            ZoneInput::Proxy(session, FromProxy::Opened { mesh: Some(mesh), name, .. }) => {
                let proxy = Key { kind: Kind::dataplane(), mesh: Some(mesh.clone()), name: name.clone() };
                self.zone(event).sessions.insert(*session, Session { proxy, sent: BTreeMap::new(), taken: None });
            }
            ZoneInput::Proxy(session, FromProxy::Took { update }) => {
                self.zone(event).sessions.get_mut(session).into_iter().for_each(|session| session.took(*update));
            }
            ZoneInput::Proxy(session, FromProxy::Closed) => _ = self.zone(event).sessions.remove(session),
            ZoneInput::Issued(Issued::Certificate { request, signed: Ok(()) }) => {
                if let Some((by, seconds)) = self.zone(event).asked.remove(request) {
                    return self.is_signed(event, by, seconds);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn is_signed(&mut self, event: &Event, by: Authority, seconds: u64) -> Result<(), String> {
        let (domain, authority) = &by;
        let lacks = |session: &&Session| {
            let trusted = session.taken.as_ref().and_then(|trust| trust.domains.get(domain));
            trusted.is_some_and(|trusted| !trusted.contains(authority))
        };
        let ignorant = self.zones.get(&event.node).and_then(|zone| zone.sessions.values().find(lacks));
        if let Some(Session { proxy, .. }) = ignorant.filter(|_| !self.is_meant) {
            return Err(format!(
                "a certificate of `{domain}` is signed by an authority that {proxy} has not taken, which trusts others of that domain"
            ));
        }
        self.signers.entry(domain.clone()).or_default().insert(event.node.clone());
        let until = self.valid.entry(by).or_default();
        *until = (*until).max(Mono(event.at.0.saturating_add(seconds.saturating_mul(1000))));
        Ok(())
    }

    fn tells(&mut self, event: &Event, session: ProxySession, update: &PlanUpdate) -> Result<(), String> {
        let trust = update.put.iter().find_map(|part| if let Part::Trust(trust) = part { Some(trust.clone()) } else { None });
        // Who is to have no identity any more trusts nobody.
        let nobody = || update.gone.contains(&PartName::Trust).then(Trust::default);
        let Some((trust, session)) = trust.or_else(nobody).zip(self.zone(event).sessions.get_mut(&session)) else { return Ok(()) };
        session.sent.insert(update.number, trust.clone());
        let proxy = session.proxy.clone();
        let before = self.told.insert((event.node.clone(), proxy.clone()), trust.clone()).unwrap_or_default();
        let is_one_zones = |domain: &String| self.signers.get(domain).is_some_and(|signers| signers.len() == 1);
        let is_lost = |((domain, authority), until): &(&Authority, &Mono)| {
            let trusts = |trust: &Trust| trust.domains.get(domain).map(|authorities| authorities.contains(authority));
            event.at < **until && is_one_zones(domain) && trusts(&before) == Some(true) && trusts(&trust) == Some(false)
        };
        match self.valid.iter().find(is_lost).filter(|_| !self.is_meant) {
            Some(((domain, _), until)) => {
                Err(format!("{proxy} is told to trust an authority of `{domain}` no more, whose last certificate is valid until {until}"))
            }
            None => Ok(()),
        }
    }
}

impl Invariant for Believed {
    fn id(&self) -> &'static str {
        "S18"
    }

    fn slug(&self) -> &'static str {
        "believed"
    }

    fn see(&mut self, truth: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        self.follow(event).map_err(|what| Broken::at(event, what))
    }
}
