//! Between Straits a kind may be larger than the largest message: it comes in parts, in one session.
use super::cast::*;
use strait_core::{node::*, resource::*, sync::Dialect::Strait};
use strait_shell::kds::LARGEST_MESSAGE;

const LARGE: usize = 1 << 20;

fn large(n: usize) -> Change {
    let data = "QUJD".repeat(LARGE / 4);
    let key = Key {
        kind: Kind::new("Secret").unwrap(),
        mesh: Some(MeshName::new("default").unwrap()),
        name: ResourceName::new(&format!("s{n}")).unwrap(),
    };
    Change::Put(Resource { key, labels: Labels::new(), spec: Spec::new(serde_json::json!({ "data": data })), status: None })
}

#[tokio::test(start_paused = true)]
async fn in_one_session() {
    let (global, pipe) = global(Strait);
    let secrets = LARGEST_MESSAGE / LARGE * 5 / 4 + 1;
    global.mailbox.send(GlobalInput::Edit { ticket: Ticket(1), changes: vec![mesh()] }).await.unwrap();
    for n in 0..secrets {
        global.mailbox.send(GlobalInput::Edit { ticket: Ticket(2), changes: vec![large(n)] }).await.unwrap();
    }
    until("global holds them", || global.holds(&format!("s{}", secrets - 1))).await;
    let east = zone("east", 2, Strait, &pipe);
    until("the zone holds the last", || east.holds(&format!("s{}", secrets - 1))).await;
    assert!((0..secrets).all(|n| east.holds(&format!("s{n}"))));
    assert_eq!(global.inputs().iter().filter(|input| matches!(input, GlobalInput::Opened { .. })).count(), 1);
}
