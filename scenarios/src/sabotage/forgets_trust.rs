//! `forgets-trust`: a zone tells its proxies only its own authorities, and not whom to trust of other zones. Broken: L5.
use super::Sabotage;
use strait_core::{plan::Part, resource::ZoneName};

/// `forgets-trust`.
#[derive(Debug)]
pub(super) struct ForgetsTrust;

impl Sabotage for ForgetsTrust {
    fn part(&mut self, here: &ZoneName, part: &mut Part) {
        if let Part::Trust(trust) = part {
            trust.domains.retain(|domain, _| domain.split('.').any(|label| label == here.as_str()));
        }
    }
}
