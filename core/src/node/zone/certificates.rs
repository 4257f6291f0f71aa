//! Certificates of the proxies that are connected: who needs one, by which authority, and when it needs the next.
//!
//! An authority is made when the first proxy needs it, one for each `MeshIdentity` and trust domain; it is stored, with its key sealed, before a
//! certificate is signed by it, and the zone's own `MeshTrust` says what it is. A certificate is renewed at about half of its life, each proxy
//! at a moment of its own.
use super::ZoneNode;
use crate::{
    machine::{Durable, Out, RecoverError},
    node::{Authority, Change, Issue, Issued, NotSigned, ProxySession, ZoneEffect},
    plan::Identity,
    records::{self, Writes},
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec},
    time::Mono,
};
use rand::{RngExt, rngs::ChaCha8Rng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How soon something that failed is tried again. It doubles until [`LONGEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// Which authority: one for each `MeshIdentity` and trust domain.
type Domain = (Key, String);

/// The certificates of the proxies that are connected.
#[derive(Debug)]
pub(super) struct Certificates {
    authorities: BTreeMap<Domain, Authority>,
    /// Authorities that are being made, or that could not be.
    making: BTreeMap<Domain, Attempt>,
    wanted: BTreeMap<ProxySession, Wanted>,
    requests: u64,
    rng: ChaCha8Rng,
}

#[derive(Debug)]
struct Wanted {
    identity: Identity,
    attempt: Attempt,
}

/// How far something is.
#[derive(Clone, Debug)]
enum Attempt {
    /// It is asked for, by this request.
    Asked(u64, u32),
    /// It waits for its authority.
    Waits,
    /// It is to be asked for at this moment, after so many failures.
    At(Mono, u32),
}

impl Certificates {
    pub(super) fn recover(durable: &Durable, rng: ChaCha8Rng) -> Result<Self, RecoverError> {
        let mut authorities = BTreeMap::new();
        for (key, _, bytes) in records::below(durable, records::AUTHORITIES) {
            let (identity, authority): (Key, Authority) = records::parse(key, bytes)?;
            authorities.insert((identity, authority.trust_domain.clone()), authority);
        }
        Ok(Self { authorities, making: BTreeMap::new(), wanted: BTreeMap::new(), requests: 0, rng })
    }

    /// When something is to be asked for.
    pub(super) fn deadline(&self) -> Option<(Mono, &'static str)> {
        let attempts = self.making.values().chain(self.wanted.values().map(|wanted| &wanted.attempt));
        let times = attempts.filter_map(|attempt| if let Attempt::At(at, _) = attempt { Some(*at) } else { None });
        times.min().map(|at| (at, "renew a certificate"))
    }

    /// A proxy is this from now on, or nobody.
    pub(super) fn want(&mut self, now: Mono, session: ProxySession, identity: Option<Identity>) {
        match identity {
            Some(identity) => _ = self.wanted.insert(session, Wanted { identity, attempt: Attempt::At(now, 0) }),
            None => _ = self.wanted.remove(&session),
        }
    }

    /// What is to be asked for now.
    fn due(&mut self, now: Mono) -> Vec<Issue> {
        let mut due = Vec::new();
        // Nobody makes an authority that nobody needs any more.
        let wanted: BTreeSet<Domain> = self.wanted.values().map(Wanted::domain).collect();
        self.making.retain(|domain, attempt| matches!(attempt, Attempt::Asked(..)) || wanted.contains(domain));
        for wanted in self.wanted.values_mut() {
            let domain = wanted.domain();
            let is_due = matches!(wanted.attempt, Attempt::At(at, _) if at <= now);
            if is_due && !self.authorities.contains_key(&domain) {
                wanted.attempt = Attempt::Waits;
                self.making.entry(domain).or_insert(Attempt::At(now, 0));
            }
        }
        for ((identity, trust_domain), attempt) in &mut self.making {
            if let Attempt::At(at, failures) = *attempt
                && at <= now
            {
                self.requests += 1;
                *attempt = Attempt::Asked(self.requests, failures);
                due.push(Issue::Authority { request: self.requests, identity: identity.clone(), trust_domain: trust_domain.clone() });
            }
        }
        for (session, wanted) in &mut self.wanted {
            let domain = wanted.domain();
            if let (Attempt::At(at, failures), Some(authority)) = (&wanted.attempt, self.authorities.get(&domain))
                && *at <= now
            {
                self.requests += 1;
                let (identity, authority) = (wanted.identity.clone(), authority.clone());
                wanted.attempt = Attempt::Asked(self.requests, *failures);
                due.push(Issue::Certificate { request: self.requests, session: *session, identity, authority });
            }
        }
        due
    }

    /// An authority was made, or not. Says which, if it was.
    fn made(&mut self, now: Mono, request: u64, made: Result<Authority, String>) -> Option<(Key, Authority)> {
        let is_it = |attempt: &Attempt| matches!(attempt, Attempt::Asked(asked, _) if *asked == request);
        let (domain, attempt) = self.making.iter_mut().find(|(_, attempt)| is_it(attempt))?;
        let domain = domain.clone();
        match made {
            Err(why) => {
                tracing::warn!(identity = %domain.0, %why, "an authority could not be made");
                *attempt = attempt.failed(now);
                None
            }
            Ok(authority) => {
                self.making.remove(&domain);
                self.authorities.insert(domain.clone(), authority.clone());
                let waiting = self.wanted.values_mut().filter(|wanted| matches!(wanted.attempt, Attempt::Waits));
                waiting.for_each(|wanted| wanted.attempt = Attempt::At(now, 0));
                Some((domain.0, authority))
            }
        }
    }

    /// A certificate was signed, or not. Says whose, if it was.
    fn signed(&mut self, now: Mono, request: u64, signed: Result<(), NotSigned>) -> Option<(ProxySession, Identity)> {
        let is_it = |wanted: &Wanted| matches!(wanted.attempt, Attempt::Asked(asked, _) if asked == request);
        let (session, wanted) = self.wanted.iter_mut().find(|(_, wanted)| is_it(wanted))?;
        match signed {
            Ok(()) => {
                let life_ms = wanted.identity.valid_for_seconds.saturating_mul(1000);
                let percent = self.rng.random_range(45..=55);
                wanted.attempt = Attempt::At(now.after(Duration::from_millis(life_ms / 100 * percent)), 0);
                Some((*session, wanted.identity.clone()))
            }
            Err(why) => {
                let (NotSigned::Lost(reason) | NotSigned::Failed(reason)) = &why;
                tracing::warn!(spiffe_id = wanted.identity.spiffe_id, why = reason, "a certificate could not be signed");
                wanted.attempt = wanted.attempt.failed(now);
                if matches!(why, NotSigned::Lost(_)) {
                    let domain = wanted.domain();
                    self.authorities.remove(&domain);
                }
                None
            }
        }
    }
}

impl Wanted {
    fn domain(&self) -> Domain {
        (self.identity.by.clone(), self.identity.trust_domain.clone())
    }
}

impl Attempt {
    fn failed(&self, now: Mono) -> Self {
        let failures = if let Self::Asked(_, failures) | Self::At(_, failures) = self { *failures } else { 0 };
        let wait = FIRST_RETRY.saturating_mul(1 << failures.min(6)).min(LONGEST_RETRY);
        Self::At(now.after(wait), failures + 1)
    }
}

impl ZoneNode {
    pub(super) fn issued(&mut self, now: Mono, issued: Issued, out: &mut Out<ZoneEffect>) {
        match issued {
            Issued::Authority { request, made } => {
                if let Some((identity, authority)) = self.certificates.made(now, request, made) {
                    let mut writes = Writes::default();
                    writes.put(records::authority(&identity, &authority.trust_domain), &(&identity, &authority));
                    self.outbox.store(writes, out);
                }
            }
            Issued::Certificate { request, signed } => {
                if let Some((session, identity)) = self.certificates.signed(now, request, signed)
                    && let Some(proxy) = self.proxies.on(session)
                {
                    self.insights.certified((now, self.wall), proxy, &identity);
                }
            }
        }
        self.issue(now, out);
    }

    /// Asks for what is due.
    pub(super) fn issue(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        for issue in self.certificates.due(now) {
            if let Issue::Certificate { request, identity, authority, .. } = &issue
                && let Err(why) = self.make_trusted(now, &identity.by, authority, out)
            {
                // Nobody would believe it.
                self.certificates.signed(now, *request, Err(NotSigned::Failed(why)));
                continue;
            }
            self.outbox.effect(ZoneEffect::Issue(issue), out);
        }
    }

    /// Somebody wrote or deleted a `MeshTrust`: what is in use is said again.
    pub(super) fn mend_trust(&mut self, now: Mono, key: &Key, out: &mut Out<ZoneEffect>) {
        let wanted: BTreeSet<Domain> = self.certificates.wanted.values().map(Wanted::domain).collect();
        let in_use = self.certificates.authorities.iter().filter(|(domain, _)| wanted.contains(*domain));
        let said_by: Vec<(Key, Authority)> = in_use
            .filter(|((identity, domain), _)| trust_key(identity, domain).as_ref() == Some(key))
            .map(|((identity, _), authority)| (identity.clone(), authority.clone()))
            .collect();
        for (identity, authority) in said_by {
            if let Err(why) = self.make_trusted(now, &identity, &authority, out) {
                tracing::warn!(resource = %key, why, "what the zone's authority is cannot be said");
            }
        }
    }

    /// Says in a `MeshTrust` of the zone's own what an authority is, beside others of the same domain: certificates of those are still in use.
    fn make_trusted(&mut self, now: Mono, identity: &Key, authority: &Authority, out: &mut Out<ZoneEffect>) -> Result<(), String> {
        let key = trust_key(identity, &authority.trust_domain).ok_or("its MeshTrust cannot be named")?;
        let held = self.catalog.get(&key).and_then(|held| held.spec.value());
        let bundles = held.filter(|spec| spec["trustDomain"] == authority.trust_domain.as_str()).map(|spec| &spec["caBundles"]);
        let mut bundles = bundles.and_then(Value::as_array).cloned().unwrap_or_default();
        let bundle = json!({"type": "Pem", "pem": {"value": authority.certificate}});
        if bundles.contains(&bundle) {
            return Ok(());
        }
        bundles.push(bundle);
        let spec = Spec::new(json!({"trustDomain": authority.trust_domain, "caBundles": bundles}));
        let trust = Resource { key, labels: Labels::new(), spec, status: None };
        let written = self.write(now, vec![Change::Put(trust)], out).map(drop).map_err(|refused| format!("its MeshTrust: {refused}"));
        self.provide(now, false, out);
        written
    }
}

/// The `MeshTrust` that says what the authority of an identity and a trust domain is: one for each, called so that none of a user's is like it.
fn trust_key(identity: &Key, trust_domain: &str) -> Option<Key> {
    let digest = Sha256::digest(format!("{}/{trust_domain}", identity.name));
    let suffix: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let name: String = identity.name.as_str().chars().take(200).collect();
    let name = ResourceName::new(&format!("{name}-{suffix}")).ok()?;
    Some(Key { kind: Kind::new("MeshTrust").ok()?, mesh: identity.mesh.clone(), name })
}
