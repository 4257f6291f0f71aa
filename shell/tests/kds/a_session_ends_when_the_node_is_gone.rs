//! When global's loop has ended, its sessions end, so that zones look for another.
use super::cast::*;
use strait_core::{
    node::{GlobalInput, Ticket, ZoneInput},
    sync::Dialect,
};

async fn the_node_is_gone(theirs: Dialect) -> usize {
    let (mailbox, mut inputs) = tokio::sync::mpsc::channel(16);
    let server = strait_shell::kds::Server::new(
        strait_shell::kds::ServerConfig::new("g"),
        mailbox,
        std::sync::Arc::new(strait_shell::kds::Everyone),
    );
    let _performer = server.performer(Box::new(|_| {}));
    let (dialled, incoming) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(server.serve(tokio_stream::wrappers::UnboundedReceiverStream::new(incoming)));
    let east = zone("east", 2, theirs, &Pipe(dialled));
    assert!(matches!(inputs.recv().await, Some(GlobalInput::Opened { .. })));
    // Its store failed; the loop has ended.
    drop(inputs);
    east.mailbox.send(ZoneInput::Edit { ticket: Ticket(1), changes: vec![] }).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    east.inputs().iter().filter(|input| matches!(input, ZoneInput::Closed { .. })).count()
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_the_node_is_gone() {
    assert!(the_node_is_gone(Dialect::Kuma).await > 0);
}
