//! What questions are answered from: what the node of a zone shows.
use crate::{kds::Local, process::Desk};
use std::sync::{Arc, Mutex, PoisonError};
use strait_core::names::{Answer, Question, Resolver};

/// What questions are answered from.
pub trait Answers: Send + Sync + 'static {
    /// The answer at this moment.
    fn answer(&self, question: &Question<'_>) -> Answer;
}

/// What a zone answers questions from. Clones are the same.
#[derive(Clone)]
pub struct Table(Arc<Inner>);

struct Inner {
    /// Held while the desk hears of a change, so that the two are never of different moments.
    resolver: Mutex<Resolver>,
    desk: Desk,
}

impl Table {
    /// Of what a desk shows. From now on the desk is to hear of changes through [`Self::hear`] only.
    pub fn new(desk: Desk) -> Self {
        let resolver = Mutex::new(desk.look(Resolver::of));
        Self(Arc::new(Inner { resolver, desk }))
    }

    /// Takes what the node says, and hands it on to the desk.
    pub fn hear(&self, local: Local) {
        let mut resolver = self.0.resolver.lock().unwrap_or_else(PoisonError::into_inner);
        match &local {
            Local::Observed(change) => resolver.apply(change),
            Local::Published { .. } => resolver.published(),
            Local::Done { .. } | Local::Proxy(..) | Local::Issue(_) | Local::Kubernetes(_) => {}
        }
        self.0.desk.hear(local);
    }
}

impl Answers for Table {
    fn answer(&self, question: &Question<'_>) -> Answer {
        let resolver = self.0.resolver.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.desk.look(|shown| resolver.answer(&shown.view, question))
    }
}
