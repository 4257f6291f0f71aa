//! `forgets-denials`: a zone tells its proxies whom to let in, but not whom to keep out. Broken: S15.
use super::Sabotage;
use strait_core::{
    plan::{Access, Part},
    resource::ZoneName,
};

/// `forgets-denials`.
#[derive(Debug, Default)]
pub(super) struct ForgetsDenials;

impl Sabotage for ForgetsDenials {
    fn part(&mut self, _: &ZoneName, part: &mut Part) {
        if let Part::Inbound(inbound) = part
            && let Access::Known { deny, .. } = &mut inbound.access
        {
            deny.clear();
        }
    }
}
