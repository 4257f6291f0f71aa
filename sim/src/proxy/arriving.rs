//! What others send to a workload: who they are, and whether they may.
use super::{SimProxy, leaving::Hop};
use strait_core::{
    plan::{Access, Caller, SpiffeMatch},
    time::Wall,
};

/// Why somebody does not get through to the workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A permission says so.
    Denied,
    /// The connection does not come about (why).
    Broken(String),
}

impl SimProxy {
    /// Who is let through to the workload, by a SPIFFE ID if that is known.
    ///
    /// # Errors
    /// Nobody.
    pub(super) fn arrive(&self, hop: &Hop, now: Wall) -> Result<Option<String>, Refused> {
        let broken = |why: String| Refused::Broken(why);
        let inbound = self.inbounds().find(|inbound| inbound.listens == hop.to);
        let inbound = inbound.ok_or_else(|| broken(format!("nobody listens on {}", hop.to)))?;
        let asker = match (&inbound.identity, &hop.tls) {
            (None, None) => None,
            (None, Some(_)) => return Err(broken("the server knows nothing of TLS".to_owned())),
            (Some(_), None) => return Err(broken("the server wants a certificate, and is shown none".to_owned())),
            (Some(_), Some(tls)) => {
                let own = self.certificate.as_ref().ok_or_else(|| broken("the server has no certificate yet".to_owned()))?;
                if !tls.servers.contains(&own.spiffe_id) {
                    return Err(broken(format!("the client takes {} for somebody else", own.spiffe_id)));
                }
                let wrong = own.is_not_believed(tls.trust.as_ref(), now).or_else(|| tls.certificate.is_not_believed(self.trust(), now));
                if let Some(why) = wrong {
                    return Err(broken(why));
                }
                Some(tls.certificate.spiffe_id.clone())
            }
        };
        let sni = hop.tls.as_ref().map(|tls| tls.sni.as_str());
        let is_met = |caller: &Caller| meets(caller, asker.as_deref(), sni);
        match &inbound.access {
            Access::Anybody => Ok(asker),
            Access::Known { deny, allow } => {
                let may = !deny.iter().any(is_met) && allow.iter().any(is_met);
                if may { Ok(asker) } else { Err(Refused::Denied) }
            }
        }
    }
}

fn meets(caller: &Caller, asker: Option<&str>, sni: Option<&str>) -> bool {
    let is_it = match &caller.spiffe_id {
        None => true,
        Some(SpiffeMatch::Exact(exact)) => asker == Some(exact.as_str()),
        Some(SpiffeMatch::Prefix(prefix)) => asker.is_some_and(|asker| asker.starts_with(prefix.as_str())),
    };
    is_it && caller.sni.as_ref().is_none_or(|wanted| sni == Some(wanted.as_str()))
}
