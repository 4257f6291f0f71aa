//! `keep-revoked-secret`: a zone keeps the secrets of a mesh that it is told to give up. Broken: S10.
use super::{Sabotage, ZoneActor};
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    sync::{Lane, ResponseBody},
    time::Now,
};

/// `keep-revoked-secret`.
#[derive(Debug)]
pub(super) struct KeepRevokedSecret;

impl Sabotage for KeepRevokedSecret {
    fn zone(&mut self, _zone: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Response(_, response)) = &mut step
            && let (Lane::Down, ResponseBody::Resources { gone, transfer: Some(_), .. }) = (response.lane, &mut response.body)
        {
            gone.retain(|key| key.kind.as_str() != "Secret");
        }
        node.handle(now, step, out);
    }
}
