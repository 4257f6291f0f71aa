//! Which trust domains a `MeshIdentity` gives, and so which are whose: whatever zones there are, for a domain is also kept for one that is gone,
//! disabled or still to come.
use crate::resource::{
    MeshName, ZoneName,
    model::{HostnameTemplate, TemplateField},
};

/// Stands for the zone, and for what labels say. Neither can be in a trust domain, so a template that has one itself gives nothing anyway.
const ZONE: &str = "@";
const ANYTHING: &str = "*";
/// In bytes (SPIFFE).
const LONGEST_DOMAIN: usize = 255;
const LONGEST_ZONE: usize = 63;

/// The trust domains that one `MeshIdentity` gives.
pub(super) struct Domains {
    /// The only zone whose proxies get them; `None`: those of every zone do.
    only: Option<ZoneName>,
    /// What all of them are like.
    like: String,
}

impl Domains {
    /// `None`: of this nothing can be made, ever.
    pub(super) fn of(only: Option<&ZoneName>, mesh: &MeshName, template: &HostnameTemplate) -> Option<Self> {
        let like = template.render(&|field: &TemplateField| match field {
            TemplateField::Mesh => Some(mesh.as_str()),
            TemplateField::Zone => Some(ZONE),
            TemplateField::Namespace | TemplateField::Label(_) => Some(ANYTHING),
            TemplateField::Name | TemplateField::DisplayName => None,
        })?;
        Some(Self { only: only.cloned(), like })
    }

    /// Whether proxies may get this one in a zone that is so.
    fn include(&self, domain: &str, is_so: &dyn Fn(&str) -> bool) -> bool {
        match &self.only {
            Some(zone) => is_so(zone.as_str()) && makes(&self.like.replace(ZONE, zone.as_str()), domain, is_so),
            None => makes(&self.like, domain, is_so),
        }
    }

    /// Whether it is for certain one of that zone's. What a zone says of itself does not count, and labels could say anything.
    fn are_surely(&self, domain: &str, zone: &ZoneName) -> bool {
        self.only.is_none() && !self.like.contains(ANYTHING) && self.include(domain, &|one| one == zone.as_str())
    }
}

/// Whether a trust domain is another zone's than this.
pub(super) fn is_anothers(given: &[Domains], domain: &str, zone: &ZoneName) -> bool {
    // It is not SPIFFE's, and would be compared for long.
    if domain.len() > LONGEST_DOMAIN {
        return true;
    }
    let is_it = |one: &str| one == zone.as_str();
    let objects = |one: &Domains| !one.include(domain, &is_it) && one.include(domain, &|other| !is_it(other));
    !given.iter().any(|one| one.are_surely(domain, zone)) && given.iter().any(objects)
}

/// Whether a domain is like that, with a zone that is so wherever one stands: the same each time.
fn makes(like: &str, domain: &str, is_so: &dyn Fn(&str) -> bool) -> bool {
    let Some(at) = like.find(ZONE) else { return is_like(like, domain) };
    let before = &like[..at];
    // Behind fixed text there is one place for the zone.
    let starts = if before.contains(ANYTHING) { 0..=domain.len() } else { at..=at };
    let ends = |start| (start + 1..=start + LONGEST_ZONE).filter_map(move |end| domain.get(start..end));
    let is_it = |zone: &str| is_so(zone) && ZoneName::new(zone).is_ok() && is_like(&like.replace(ZONE, zone), domain);
    starts.flat_map(ends).any(is_it)
}

/// Whether a text is like that. Each piece is taken where it stands first, so that nothing is tried twice.
fn is_like(like: &str, text: &str) -> bool {
    let Some((first, others)) = like.split_once(ANYTHING) else { return like == text };
    let (between, last) = others.rsplit_once(ANYTHING).unwrap_or(("", others));
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for piece in between.split(ANYTHING) {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}
