//! Who really speaks for each zone on global: known from who dialled, not from what anyone says.
//!
//! Which session speaks for a zone is for global to say. Whose session that is, the world knows.
use super::moment::Moment;
use crate::event::NodeId;
use std::collections::BTreeMap;
use strait_core::{resource::ZoneName, sync::Session};

/// Who really speaks for each zone on global.
#[derive(Clone, Debug, Default)]
pub(crate) struct Speakers {
    callers: BTreeMap<Session, NodeId>,
    /// The session that speaks for each zone, or was the last to.
    now: BTreeMap<ZoneName, NodeId>,
}

impl Speakers {
    /// Takes note of a moment on global.
    pub(crate) fn note(&mut self, moment: &Moment<'_>) {
        match moment {
            Moment::Opened { session, zone, caller } => self.dialled(*session, zone, *caller),
            Moment::Began { zone, session } => self.speaks(zone, *session),
            Moment::Started { .. } => self.callers.clear(),
            _ => {}
        }
    }

    fn dialled(&mut self, session: Session, zone: &ZoneName, caller: Option<&NodeId>) {
        self.callers.insert(session, caller.cloned().unwrap_or_else(|| NodeId::Zone(zone.clone())));
    }

    fn speaks(&mut self, zone: &ZoneName, session: Session) {
        if let Some(caller) = self.callers.get(&session) {
            self.now.insert(zone.clone(), caller.clone());
        }
    }

    /// Who speaks for a zone, or was the last to.
    pub(crate) fn of(&self, zone: &ZoneName) -> NodeId {
        self.now.get(zone).cloned().unwrap_or_else(|| NodeId::Zone(zone.clone()))
    }

    /// Who is at the other end of a session of global's.
    pub(crate) fn on(&self, session: Session) -> Option<&NodeId> {
        self.callers.get(&session)
    }
}
