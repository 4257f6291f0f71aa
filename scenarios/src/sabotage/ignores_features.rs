//! `ignores-features`: global does not listen to what a zone says that it understands, and takes everything for understood. Broken: S1.
use super::{GlobalActor, Sabotage};
use crate::features::Feature;
use strait_core::{
    Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::{Hello, RequestBody},
    time::Now,
};

/// `ignores-features`.
#[derive(Debug, Default)]
pub(super) struct IgnoresFeatures;

impl Sabotage for IgnoresFeatures {
    fn global(&mut self, node: &mut GlobalActor, now: Now, mut step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Some(hello) = hello_of(&mut step) {
            hello.features.extend(Feature::ALL.iter().map(Feature::to_string));
        }
        node.handle(now, step, out);
    }
}

/// What a zone says of itself in a request.
pub(super) fn hello_of(step: &mut Step<GlobalInput>) -> Option<&mut Hello> {
    match step {
        Step::Input(GlobalInput::Request(_, request)) => match &mut request.body {
            RequestBody::Subscribe { hello, .. } | RequestBody::SubscribeAll { hello, .. } => Some(hello),
            _ => None,
        },
        _ => None,
    }
}
