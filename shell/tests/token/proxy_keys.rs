//! What a control plane knows of the tokens of proxies follows what it holds; a global makes the key that is missing, once.
use crate::cast::{HOUR, cart, claims, key, mesh, revocations};
use std::sync::Arc;
use strait_core::{
    node::{Change, EditRefused, GlobalInput, Observation, ObservationChange},
    sync::{Epoch, Position},
};
use strait_shell::{
    kds::Local,
    process::{CannotMakeKey, Desk, ProxyKeys},
    token::{CannotIssue, DataplaneRefused},
};
use tokio::sync::mpsc;

/// Answers edits as a node does: what changed is heard of first.
fn answer(desk: Desk, keys: ProxyKeys, mut mailbox: mpsc::Receiver<GlobalInput>) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let mut edits = 0;
        while let Some(GlobalInput::Edit { ticket, changes }) = mailbox.recv().await {
            edits += 1;
            for change in changes {
                let Change::Put(resource) = change else { panic!("nothing is to be deleted") };
                let heard = ObservationChange::Holds(Arc::new(resource));
                keys.hear(&heard);
                desk.hear(Local::Observed(heard));
            }
            desk.hear(Local::Done { ticket, outcome: Ok(Position { epoch: Epoch(1), seq: 1 }) });
            if edits == 2 {
                break;
            }
        }
        edits
    })
}

#[tokio::test]
async fn it_holds_what_was_held_and_hears_what_comes_and_goes() {
    let key = key(1).to_resource().unwrap();
    let mut shown = Observation::new();
    shown.view.resources.insert(key.key.clone(), Arc::new(key.clone()));
    let (mailbox, _inputs) = mpsc::channel(1);
    let keys = ProxyKeys::new(Desk::of_global(shown, mailbox));

    let token = keys.issue(&claims(), HOUR, "id").unwrap();
    assert_eq!(keys.judge(Some(&token), &cart()), Ok(()));
    assert_eq!(keys.judge(None, &cart()), Err(DataplaneRefused::Missing(mesh("shop"))));
    let list = revocations("id");
    keys.hear(&ObservationChange::Holds(Arc::new(list.clone())));
    assert_eq!(keys.judge(Some(&token), &cart()), Err(DataplaneRefused::Revoked("id".to_owned())));
    keys.hear(&ObservationChange::Dropped(list.key));
    assert_eq!(keys.judge(Some(&token), &cart()), Ok(()));
    keys.hear(&ObservationChange::Dropped(key.key));
    assert!(matches!(keys.judge(Some(&token), &cart()), Err(DataplaneRefused::NotYet(_))));
    assert_eq!(keys.issue(&claims(), HOUR, "id"), Err(CannotIssue::NoKey(mesh("shop"))));
}

#[tokio::test]
async fn a_key_is_made_once_however_many_ask() {
    let (mailbox, inputs) = mpsc::channel(16);
    let desk = Desk::of_global(Observation::new(), mailbox);
    let keys = ProxyKeys::new(desk.clone());
    let node = answer(desk, keys.clone(), inputs);
    let (shop, other) = (mesh("shop"), mesh("other"));
    let (first, second) = tokio::join!(keys.make(&shop), keys.make(&shop));
    first.and(second).unwrap();
    let token = keys.issue(&claims(), HOUR, "id").unwrap();
    assert_eq!(keys.judge(Some(&token), &cart()), Ok(()));
    // Of each mesh its own.
    keys.make(&other).await.unwrap();
    assert_eq!(node.await.unwrap(), 2);
}

#[tokio::test]
async fn a_key_that_is_not_written_is_none() {
    let (mailbox, mut inputs) = mpsc::channel(16);
    let desk = Desk::of_global(Observation::new(), mailbox);
    let keys = ProxyKeys::new(desk.clone());
    tokio::spawn(async move {
        while let Some(GlobalInput::Edit { ticket, .. }) = inputs.recv().await {
            desk.hear(Local::Done { ticket, outcome: Err(EditRefused::Store("it is full".to_owned())) });
        }
    });
    let refused = keys.make(&mesh("shop")).await.unwrap_err();
    assert!(matches!(refused, CannotMakeKey::Refused(EditRefused::Store(_))), "{refused}");
    assert_eq!(keys.issue(&claims(), HOUR, "id"), Err(CannotIssue::NoKey(mesh("shop"))));
}
