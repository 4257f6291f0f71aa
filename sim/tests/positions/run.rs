//! What really happened, and what breaks if a lie is put into it.
use super::{judge::first_broken_by, script::*};
use std::sync::Arc;
use strait_core::{
    Emit, StoreKey,
    node::*,
    resource::{Resource, Spec},
    sync::{Dialect, Lineage, Position},
};
use strait_scenarios::{
    event::{Event, NodeId, Stepped, What},
    world::{Disk, Setup},
};

/// What really happened, and what is judged of it.
pub(crate) struct Run {
    setup: Setup,
    script: Script,
}

impl Run {
    pub(crate) fn of(global: Dialect, zone: Dialect, play: impl Fn(&mut Script)) -> Self {
        let setup = setup(11, global, &[("east", zone)]);
        let mut script = Script::new(&setup);
        play(&mut script);
        script.run_for(30);
        let run = Self { setup, script };
        assert_eq!(run.with(|_| ()), None);
        run
    }

    /// What breaks first if `lie` is put into what happened.
    pub(crate) fn with(&self, lie: impl FnMut(&mut Event)) -> Option<&'static str> {
        let mut events = self.script.events.clone();
        events.iter_mut().for_each(lie);
        first_broken_by(&self.setup, &events, self.script.world.now()).map(|(id, _)| id)
    }

    pub(crate) fn with_global_effect(&self, mut lie: impl FnMut(&mut GlobalEffect)) -> Option<&'static str> {
        self.with(|event| {
            if let What::Stepped(Stepped::Global { emits, .. }) = &mut event.what {
                emits.iter_mut().for_each(|emit| {
                    if let Emit::Effect(effect) = emit {
                        lie(effect)
                    }
                });
            }
        })
    }

    pub(crate) fn with_zone_effect(&self, mut lie: impl FnMut(&mut ZoneEffect)) -> Option<&'static str> {
        self.with(|event| {
            if let What::Stepped(Stepped::Zone { emits, .. }) = &mut event.what {
                emits.iter_mut().for_each(|emit| {
                    if let Emit::Effect(effect) = emit {
                        lie(effect)
                    }
                });
            }
        })
    }

    pub(crate) fn with_shown_by(&self, who: &NodeId, mut lie: impl FnMut(&mut ObservationChange)) -> Option<&'static str> {
        self.with(|event| match &mut event.what {
            What::Stepped(Stepped::Global { emits, .. }) if *who == GLOBAL => {
                emits.iter_mut().for_each(|emit| {
                    if let Emit::Observed(change) = emit {
                        lie(change)
                    }
                });
            }
            What::Stepped(Stepped::Zone { emits, .. }) if event.node == *who => {
                emits.iter_mut().for_each(|emit| {
                    if let Emit::Observed(change) = emit {
                        lie(change)
                    }
                });
            }
            _ => {}
        })
    }

    /// What breaks if the record at `key` that one node stores says something else.
    pub(crate) fn with_stored(&self, key: &str, mut lie: impl FnMut(&mut serde_json::Value)) -> Option<&'static str> {
        self.with(|event| {
            let puts = |batch: &mut strait_core::Batch, lie: &mut dyn FnMut(&mut serde_json::Value)| {
                for (at, record) in batch.put.iter_mut().filter(|(at, _)| at.0 == key) {
                    let mut value = serde_json::from_slice(record).unwrap();
                    lie(&mut value);
                    (*at, *record) = (StoreKey(key.to_owned()), serde_json::to_vec(&value).unwrap());
                }
            };
            match &mut event.what {
                What::Stepped(Stepped::Global { emits, .. }) => {
                    emits.iter_mut().for_each(|emit| {
                        if let Emit::Store(batch) = emit {
                            puts(batch, &mut lie)
                        }
                    });
                }
                What::Stepped(Stepped::Zone { emits, .. }) => {
                    emits.iter_mut().for_each(|emit| {
                        if let Emit::Store(batch) = emit {
                            puts(batch, &mut lie)
                        }
                    });
                }
                _ => {}
            }
        })
    }
}

/// Both lanes carry something, something goes, and the zone comes back once.
pub(crate) fn busy(script: &mut Script) {
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    script.put(&GLOBAL, timeout("retry", 1));
    script.put(&at("east"), service("backend"));
    script.run_for(5);
    script.edit(&GLOBAL, vec![Change::Delete(timeout("retry", 1).key)]);
    script.put(&at("east"), service("frontend"));
    script.run_for(5);
    script.world.restart(&at("east"), Disk::Kept);
}

/// Global falls back behind the zone, and an operator adopts that.
pub(crate) fn adopted(script: &mut Script) {
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    script.world.backup(&GLOBAL, "monday");
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(5);
    script.world.restore(&GLOBAL, "monday");
    script.run_for(10);
    script.operate(&GLOBAL, Operation::Adopt);
}

pub(crate) fn further(position: &mut Position) {
    position.seq += 1;
}

pub(crate) fn other(resource: &mut Arc<Resource>) {
    Arc::make_mut(resource).spec = Spec::new(serde_json::json!({"never": "stored"}));
}

pub(crate) fn further_on(lineage: &Lineage) -> Lineage {
    let mut lineage = lineage.clone();
    lineage.advance();
    lineage
}
