//! Certificates of the proxies that are connected: who needs one, by which authority, and when it needs the next.
//!
//! An authority is made when the first proxy needs it, one for each `MeshIdentity` and trust domain; it is stored, with its key sealed, before a
//! certificate is signed by it, and the zone's own `MeshTrust` says what it is. A certificate is renewed at about half of its life, each proxy
//! at a moment of its own; and soon when the clock of the machine has jumped, as timers do not notice how long it was away (a machine that was
//! suspended), and certificates go by the clock.
use super::{ZoneNode, rotations::Rotation};
use crate::{
    machine::{Durable, Out, RecoverError},
    node::{Authority, Change, Issue, Issued, NotSigned, ProxySession, ZoneEffect},
    plan::Identity,
    records::{self, Writes},
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec},
    time::{Mono, Now},
};
use rand::{RngExt, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How soon something that failed is tried again. It doubles until [`LONGEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// A clock that differs by more than this from what timers say has jumped since the last step. Certificates live for a minute at least.
const JUMP_MS: u64 = 5_000;
/// So often the clock is looked at, while somebody has a certificate that may run out.
const LOOKS_EVERY: Duration = Duration::from_secs(10);
/// Within this all certificates are signed anew once another authority signs, or the clock has jumped.
const REISSUED_WITHIN_MS: u64 = 5_000;

/// Which authority: one for each `MeshIdentity` and trust domain.
pub(super) type Domain = (Key, String);

/// The certificates of the proxies that are connected.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) authorities: BTreeMap<Domain, Signs>,
    /// Those whose place another one takes.
    pub(super) rotations: BTreeMap<Domain, Rotation>,
    /// Authorities that are being made, or that could not be.
    making: BTreeMap<Domain, Attempt>,
    wanted: BTreeMap<ProxySession, Wanted>,
    requests: u64,
    rng: ChaCha8Rng,
}

/// An authority that signs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Signs {
    identity: Key,
    pub(super) authority: Authority,
    /// How long the certificate of it is valid that is the longest, in seconds. Older releases did not write it: a day, if nothing else was said.
    #[serde(default = "a_day")]
    longest_seconds: u64,
}

fn a_day() -> u64 {
    24 * 3600
}

#[derive(Debug)]
struct Wanted {
    identity: Identity,
    attempt: Attempt,
    /// Who was last asked to sign, by a digest of its certificate.
    asked: u64,
}

/// How far something is.
#[derive(Clone, Debug)]
pub(super) enum Attempt {
    /// It is asked for, by this request.
    Asked(u64, u32),
    /// It waits for its authority.
    Waits,
    /// It is to be asked for at this moment, after so many failures.
    At(Mono, u32),
}

impl Certificates {
    pub(super) fn recover(durable: &Durable, rng: ChaCha8Rng, now: Mono) -> Result<Self, RecoverError> {
        let mut authorities = BTreeMap::new();
        for (key, _, bytes) in records::below(durable, records::AUTHORITIES) {
            let signs: Signs = records::parse(key, bytes)?;
            authorities.insert((signs.identity.clone(), signs.authority.trust_domain.clone()), signs);
        }
        let rotations = Rotation::recover(durable, now)?;
        Ok(Self { authorities, rotations, making: BTreeMap::new(), wanted: BTreeMap::new(), requests: 0, rng })
    }

    /// Of which there are authorities.
    pub(super) fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.authorities.keys()
    }

    /// Whether a proxy that is connected has its certificates from there.
    pub(super) fn is_wanted(&self, domain: &Domain) -> bool {
        self.wanted.values().any(|wanted| wanted.domain() == *domain)
    }

    /// As long as a certificate of this authority may be valid.
    pub(super) fn life(&self, domain: &Domain) -> Duration {
        self.authorities.get(domain).map_or(Duration::ZERO, Signs::life)
    }

    /// When something is to be asked for.
    /// `stepped`: when the clock was last looked at.
    pub(super) fn deadline(&self, stepped: Mono) -> Option<(Mono, &'static str)> {
        let looks = (!self.wanted.is_empty()).then(|| (stepped.after(LOOKS_EVERY), "look at the clock"));
        let attempts = self.making.values().chain(self.wanted.values().map(|wanted| &wanted.attempt));
        let times = attempts.filter_map(|attempt| if let Attempt::At(at, _) = attempt { Some(*at) } else { None });
        let rotations = self.rotations.values().filter_map(Rotation::deadline).map(|at| (at, "rotate an authority"));
        times.map(|at| (at, "renew a certificate")).chain(rotations).chain(looks).min_by_key(|(at, _)| *at)
    }

    /// A proxy is this from now on, or nobody.
    pub(super) fn want(&mut self, now: Mono, session: ProxySession, identity: Option<Identity>) {
        match identity {
            Some(identity) => _ = self.wanted.insert(session, Wanted { identity, attempt: Attempt::At(now, 0), asked: 0 }),
            None => _ = self.wanted.remove(&session),
        }
    }

    /// The clock has jumped: what was signed may have run out, or not be valid yet.
    pub(super) fn renew_all(&mut self, now: Mono) {
        for wanted in self.wanted.values_mut() {
            if let Attempt::At(at, 0) = wanted.attempt {
                let after = Duration::from_millis(self.rng.random_range(0..REISSUED_WITHIN_MS));
                wanted.attempt = Attempt::At(at.min(now.after(after)), 0);
            }
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
        for ((identity, trust_domain), rotation) in self.rotations.iter_mut().filter(|(_, rotation)| rotation.is_due(now)) {
            self.requests += 1;
            let failures = if let Attempt::At(_, failures) = rotation.attempt { failures } else { 0 };
            rotation.attempt = Attempt::Asked(self.requests, failures);
            due.push(Issue::Authority { request: self.requests, identity: identity.clone(), trust_domain: trust_domain.clone() });
        }
        for (session, wanted) in &mut self.wanted {
            let domain = wanted.domain();
            if let (Attempt::At(at, failures), Some(signs)) = (&wanted.attempt, self.authorities.get(&domain))
                && *at <= now
            {
                self.requests += 1;
                let (identity, authority) = (wanted.identity.clone(), signs.authority.clone());
                wanted.asked = signs.digest();
                wanted.attempt = Attempt::Asked(self.requests, *failures);
                due.push(Issue::Certificate { request: self.requests, session: *session, identity, authority });
            }
        }
        due
    }

    /// A certificate that is valid so long is to be signed. What is to be stored before, if anything is.
    fn will_sign(&mut self, domain: &Domain, seconds: u64) -> Option<&Signs> {
        let signs = self.authorities.get_mut(domain).filter(|signs| signs.longest_seconds < seconds)?;
        signs.longest_seconds = seconds;
        Some(signs)
    }

    /// Another authority signs, and all certificates anew.
    pub(super) fn signs_from_now_on(&mut self, now: Mono, domain: &Domain, authority: Authority) -> &Signs {
        let of_domain = self.wanted.values_mut().filter(|wanted| wanted.domain() == *domain);
        for wanted in of_domain.filter(|wanted| !matches!(wanted.attempt, Attempt::Asked(..))) {
            let after = Duration::from_millis(self.rng.random_range(0..REISSUED_WITHIN_MS));
            wanted.attempt = Attempt::At(now.after(after), 0);
        }
        let signs = Signs { identity: domain.0.clone(), authority, longest_seconds: 0 };
        self.authorities.entry(domain.clone()).insert_entry(signs).into_mut()
    }

    /// An authority was made, or not. Says of what, if it is to sign from now on.
    fn made(&mut self, now: Mono, request: u64, made: Result<Authority, String>) -> Option<&Signs> {
        let is_it = |attempt: &Attempt| matches!(attempt, Attempt::Asked(asked, _) if *asked == request);
        if let Some((domain, rotation)) = self.rotations.iter_mut().find(|(_, rotation)| is_it(&rotation.attempt)) {
            match made {
                Ok(authority) => rotation.made(now, authority),
                Err(why) => {
                    tracing::warn!(identity = %domain.0, %why, "another authority could not be made");
                    rotation.attempt = rotation.attempt.failed(now);
                }
            }
            return None;
        }
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
                let waiting = self.wanted.values_mut().filter(|wanted| matches!(wanted.attempt, Attempt::Waits));
                waiting.for_each(|wanted| wanted.attempt = Attempt::At(now, 0));
                if self.authorities.contains_key(&domain) {
                    // The end of a rotation was sooner.
                    return None;
                }
                let signs = Signs { identity: domain.0.clone(), authority, longest_seconds: 0 };
                Some(self.authorities.entry(domain).or_insert(signs))
            }
        }
    }

    /// A certificate was signed, or not. Says whose, if it was.
    fn signed(&mut self, now: Mono, request: u64, signed: Result<(), NotSigned>) -> Option<(ProxySession, Identity)> {
        let is_it = |wanted: &Wanted| matches!(wanted.attempt, Attempt::Asked(asked, _) if asked == request);
        let (session, wanted) = self.wanted.iter_mut().find(|(_, wanted)| is_it(wanted))?;
        let domain = wanted.domain();
        let is_by_the_present = self.authorities.get(&domain).is_some_and(|signs| signs.digest() == wanted.asked);
        match signed {
            Ok(()) if !is_by_the_present => {
                wanted.attempt = Attempt::At(now, 0);
                if let Some(rotation) = self.rotations.get_mut(&domain) {
                    rotation.was_signed_by_the_old_one(now);
                }
                Some((*session, wanted.identity.clone()))
            }
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
                if matches!(why, NotSigned::Lost(_)) && is_by_the_present {
                    self.authorities.remove(&domain);
                }
                None
            }
        }
    }
}

/// Whether the clock of the machine jumped between these moments.
pub(super) fn has_jumped(before: Now, now: Now) -> bool {
    let expected = before.wall.0.saturating_add(now.mono.0.saturating_sub(before.mono.0));
    now.wall.0.abs_diff(expected) > JUMP_MS
}

impl Wanted {
    fn domain(&self) -> Domain {
        (self.identity.by.clone(), self.identity.trust_domain.clone())
    }
}

impl Signs {
    /// As long as a certificate of it may be valid.
    pub(super) fn life(&self) -> Duration {
        Duration::from_secs(self.longest_seconds)
    }

    fn digest(&self) -> u64 {
        Sha256::digest(&self.authority.certificate).iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
    }
}

impl Attempt {
    pub(super) fn failed(&self, now: Mono) -> Self {
        let failures = if let Self::Asked(_, failures) | Self::At(_, failures) = self { *failures } else { 0 };
        let wait = FIRST_RETRY.saturating_mul(1 << failures.min(6)).min(LONGEST_RETRY);
        Self::At(now.after(wait), failures + 1)
    }
}

impl ZoneNode {
    pub(super) fn issued(&mut self, now: Mono, issued: Issued, out: &mut Out<ZoneEffect>) {
        match issued {
            Issued::Authority { request, made } => {
                if let Some(signs) = self.certificates.made(now, request, made) {
                    let mut writes = Writes::default();
                    writes.put(records::authority(&signs.identity, &signs.authority.trust_domain), signs);
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
            if let Issue::Certificate { request, identity, .. } = &issue {
                let domain = (identity.by.clone(), identity.trust_domain.clone());
                if let Err(why) = self.make_trusted(now, &domain, out) {
                    // Nobody would believe it.
                    self.certificates.signed(now, *request, Err(NotSigned::Failed(why)));
                    continue;
                }
                if let Some(signs) = self.certificates.will_sign(&domain, identity.valid_for_seconds) {
                    let mut writes = Writes::default();
                    writes.put(records::authority(&domain.0, &domain.1), signs);
                    self.outbox.store(writes, out);
                }
            }
            self.outbox.effect(ZoneEffect::Issue(issue), out);
        }
    }

    /// Somebody wrote or deleted a `MeshTrust`: what is in use is said again.
    pub(super) fn mend_trust(&mut self, now: Mono, key: &Key, out: &mut Out<ZoneEffect>) {
        let wanted: BTreeSet<Domain> = self.certificates.wanted.values().map(Wanted::domain).collect();
        let said_by = wanted.into_iter().filter(|domain| trust_key(&domain.0, &domain.1).as_ref() == Some(key));
        for domain in said_by.collect::<Vec<_>>() {
            if let Err(why) = self.make_trusted(now, &domain, out) {
                tracing::warn!(resource = %key, why, "what the zone's authority is cannot be said");
            }
        }
    }

    /// Whether not all that are to be trusted stand in the `MeshTrust`.
    pub(super) fn lacks_trust(&self, domain: &Domain) -> bool {
        self.trust_to_say(domain).is_ok_and(|trust| trust.is_some())
    }

    /// The `MeshTrust` as it is to be, with all that are to be trusted, if it is not; beside others of the same domain.
    fn trust_to_say(&self, (identity, trust_domain): &Domain) -> Result<Option<Resource>, String> {
        let key = trust_key(identity, trust_domain).ok_or("its MeshTrust cannot be named")?;
        let held = self.catalog.get(&key).and_then(|held| held.spec.value());
        let bundles = held.filter(|spec| spec["trustDomain"] == trust_domain.as_str()).map(|spec| &spec["caBundles"]);
        let mut bundles = bundles.and_then(Value::as_array).cloned().unwrap_or_default();
        let said = bundles.len();
        let domain = (identity.clone(), trust_domain.clone());
        let signs = self.certificates.authorities.get(&domain).map(|signs| signs.authority.certificate.as_str());
        let beside = self.certificates.rotations.get(&domain).and_then(Rotation::trusted_beside);
        for certificate in signs.into_iter().chain(beside) {
            let bundle = json!({"type": "Pem", "pem": {"value": certificate}});
            if !bundles.contains(&bundle) {
                bundles.push(bundle);
            }
        }
        let spec = (bundles.len() > said).then(|| Spec::new(json!({"trustDomain": trust_domain, "caBundles": bundles})));
        Ok(spec.map(|spec| Resource { key, labels: Labels::new(), spec, status: None }))
    }

    /// Says in a `MeshTrust` of the zone's own who is to be trusted, if it does not.
    pub(super) fn make_trusted(&mut self, now: Mono, domain: &Domain, out: &mut Out<ZoneEffect>) -> Result<(), String> {
        let Some(trust) = self.trust_to_say(domain)? else { return Ok(()) };
        if let Some(rotation) = self.certificates.rotations.get_mut(domain) {
            rotation.was_unsaid();
        }
        let written = self.write(now, vec![Change::Put(trust)], out).map(drop).map_err(|refused| format!("its MeshTrust: {refused}"));
        self.provide(now, false, out);
        written
    }
}

/// The `MeshTrust` that says what the authority of an identity and a trust domain is: one for each, called so that none of a user's is like it.
pub(super) fn trust_key(identity: &Key, trust_domain: &str) -> Option<Key> {
    let digest = Sha256::digest(format!("{}/{trust_domain}", identity.name));
    let suffix: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let name: String = identity.name.as_str().chars().take(200).collect();
    let name = ResourceName::new(&format!("{name}-{suffix}")).ok()?;
    Some(Key { kind: Kind::new("MeshTrust").ok()?, mesh: identity.mesh.clone(), name })
}
