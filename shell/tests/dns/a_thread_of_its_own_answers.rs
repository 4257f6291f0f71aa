//! A zone answers datagrams on a thread of its own.
use crate::{
    broken_questions_stop_nothing::broken,
    stage::{is_answered, over_udp, question, responder, served_apart, table, within},
};
use hickory_proto::rr::RecordType;
use std::net::Ipv6Addr;
use strait_shell::dns::{Sockets, serve_apart};
use tokio::net::UdpSocket;

#[tokio::test]
async fn whatever_comes() {
    let (at, _serving) = served_apart().await;
    is_answered(at).await;
    for (what, bytes, code) in broken() {
        if let Some(code) = code {
            assert_eq!(over_udp(at, &bytes).await.metadata.response_code, code, "{what}");
        } else {
            UdpSocket::bind("127.0.0.1:0").await.unwrap().send_to(&bytes, at).await.unwrap();
        }
        is_answered(at).await;
    }
}

#[tokio::test]
async fn everybody_his_own_question() {
    let (at, _serving) = served_apart().await;
    let clients: Vec<_> = (0..50)
        .map(|_| {
            tokio::spawn(async move {
                for _ in 0..20 {
                    let asked = question("web.svc.mesh.local.", RecordType::A);
                    assert_eq!(over_udp(at, &asked.to_vec().unwrap()).await.metadata.id, asked.metadata.id);
                }
            })
        })
        .collect();
    for client in clients {
        within("all answers", client).await.unwrap();
    }
}

/// Whoever starts anew needs the port.
#[tokio::test]
async fn until_it_is_dropped() {
    let (at, serving) = served_apart().await;
    is_answered(at).await;
    drop(serving);
    let again = within("the port is free", async {
        loop {
            // Connections end with their tasks.
            match Sockets::bind(at).await {
                Ok(sockets) => return sockets,
                Err(why) if why.over == "TCP" => tokio::task::yield_now().await,
                Err(why) => panic!("{why}"),
            }
        }
    })
    .await;
    let _serving = serve_apart(again, responder(table())).unwrap();
    is_answered(at).await;
    // Where it listens everywhere, and where only over IPv6.
    for at in ["0.0.0.0:0".parse().unwrap(), (Ipv6Addr::LOCALHOST, 0).into()] {
        let Ok(sockets) = Sockets::bind(at).await else { continue };
        drop(serve_apart(sockets, responder(table())).unwrap());
    }
}
