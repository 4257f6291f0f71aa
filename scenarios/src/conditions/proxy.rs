//! `proxy`: how a proxy stands to its zone control plane, as that lets know.
use super::{Condition, ConditionFacts, Scene, condition, optional_text};
use crate::{
    cluster::is_meant_by,
    language::{
        Shape,
        shape::{may, need},
    },
    workload::ProxyId,
};
use strait_core::{node::ProxyStatus, resource::Key};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "proxy",
    does: "a proxy is `content`: it has taken all that it was told; `refusing`: it was told something that it does not take, `because` of what has these words; or `away`: it is not connected",
    shape: Shape::Proxy,
    beside: &[need("is", Shape::Choice(&["content", "refusing", "away"])), may("because", Shape::Text)],
    read: |node, beside, check| {
        let proxy = check.proxy(node);
        let is = beside.need(check, "is").and_then(|is| check.choice(is, "state of a proxy", &["content", "refusing", "away"]));
        let because = optional_text(beside, "because", check)?;
        if let Some(set) = beside.get("because").filter(|_| is.is_some_and(|is| is != "refusing")) {
            check.mistake(set.place, "there is no reason for that", "`because` goes with `is: refusing`");
            return None;
        }
        condition(Proxy { proxy: proxy?, is: is?, because })
    },
};

#[derive(Debug)]
struct Proxy {
    proxy: ProxyId,
    is: &'static str,
    because: Option<String>,
}

impl Proxy {
    fn is_why(&self, why: &str) -> bool {
        self.because.as_ref().is_none_or(|because| why.contains(because.as_str()))
    }
}

impl Condition for Proxy {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let here = scene.zone(&self.proxy.zone)?;
        let mesh = scene.scenario.mesh_of(&self.proxy);
        let is_it = |key: &Key| is_meant_by(&ProxyId { zone: self.proxy.zone.clone(), name: key.name.clone() }, &self.proxy);
        let such = here.proxies.iter().filter(|(key, _)| is_it(key) && key.mesh == mesh).map(|(_, status)| status);
        // Of several pods all must be so: the first that is not is told of.
        let is_content = |status: &&ProxyStatus| status.refused.is_none() && status.sent > 0 && status.sent == status.took;
        let (content, others): (Vec<_>, Vec<_>) = such.partition(is_content);
        let is = match others.into_iter().chain(content).next() {
            None => "away".to_owned(),
            Some(ProxyStatus { refused: Some(why), .. }) if self.is != "refusing" || !self.is_why(why) => format!("refusing: {why}"),
            Some(ProxyStatus { refused: Some(_), .. }) => "refusing".to_owned(),
            Some(ProxyStatus { sent, took, .. }) if *sent > 0 && sent == took => "content".to_owned(),
            Some(ProxyStatus { sent, took, .. }) => format!("sent {sent}, and has taken {took}"),
        };
        if is == self.is { Ok(()) } else { Err(format!("{} is {is}", self.proxy)) }
    }
}
