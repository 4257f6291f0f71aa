//! A node that has run ahead of its disk is not driven on.
use super::cast::*;
use std::sync::Arc;
use strait_core::{Batch, Durable, Lsn, Out, Recover, Seed, Step, StoreFailure, node::*};
use strait_shell::{
    drive::{Clocks as _, Ended, drive},
    kds::*,
    store::*,
};

#[derive(Default)]
struct Full(Option<Lsn>);

impl Store for Full {
    fn load(&mut self) -> Result<Durable, StoreError> {
        Ok(Durable::new())
    }

    fn submit(&mut self, batch: Batch) {
        self.0.get_or_insert(batch.lsn);
    }

    async fn stored(&mut self) -> Result<Lsn, BatchRefused> {
        match self.0 {
            Some(from) => Err(BatchRefused { from, why: StoreFailure::Full }),
            None => std::future::pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_told_and_left() {
    let (mailbox, mut inputs) = tokio::sync::mpsc::channel(1);
    let server = Server::new(ServerConfig::new("global-test"), mailbox, Arc::new(Everyone));
    let (mut store, mut out, steps) = (Full::default(), Out::new(), Steps::default());
    let mut node = GlobalNode::recover(GlobalConfig::new(), Seed(1), clock().now(), &Durable::new(), &mut out).unwrap();
    let mut performer = server.performer(Box::new(|_| {}));
    let mut log = Log(Arc::clone(&steps));
    let ended = drive(&mut node, out.take(), &mut store, &mut inputs, clock(), &mut performer, &mut log).await;
    assert_eq!(ended, Ended::StoreFailed);
    assert!(matches!(steps.lock().unwrap().as_slice(), [(Step::StoreFailed { .. }, _)]));
}
