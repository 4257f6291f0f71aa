//! Connections are bounded in number and in time.
use crate::stage::{hear, is_answered, question, say, served, within};
use hickory_proto::rr::RecordType;
use strait_shell::dns::{IDLE_FOR, MOST_CONNECTIONS};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::Instant,
};

#[tokio::test]
async fn the_longest_silent_one_makes_room() {
    let (at, _serving) = served().await;
    let web = question("web.svc.mesh.local.", RecordType::A).to_vec().unwrap();
    let mut all = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        let mut stream = TcpStream::connect(at).await.unwrap();
        // So that it has its place before the next one comes.
        say(&mut stream, &web).await;
        hear(&mut stream).await;
        all.push(stream);
    }
    // The first one asks again: it is not the one that is silent for longest any more.
    say(&mut all[0], &web).await;
    hear(&mut all[0]).await;
    is_answered(at).await;
    let (first, rest) = all.split_at_mut(1);
    assert_eq!(within("the end of the silent one", rest[0].read(&mut [0; 16])).await.unwrap(), 0);
    say(&mut first[0], &web).await;
    hear(&mut first[0]).await;
    let last = rest.last_mut().unwrap();
    say(last, &web).await;
    hear(last).await;
}

#[tokio::test]
async fn a_crowd_that_says_nothing_keeps_nobody_out() {
    let (at, _serving) = served().await;
    let mut crowd = Vec::new();
    for _ in 0..MOST_CONNECTIONS + 100 {
        crowd.push(TcpStream::connect(at).await.unwrap());
    }
    is_answered(at).await;
    for (index, stream) in crowd.iter_mut().take(100).enumerate() {
        assert_eq!(within("the end of an early one", stream.read(&mut [0; 16])).await.unwrap(), 0, "{index}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_asks_nothing_whole_is_closed() {
    let (at, _serving) = served().await;
    let web = question("web.svc.mesh.local.", RecordType::A).to_vec().unwrap();
    for said in [&[][..], &[0], &[0, 30, 1, 2, 3]] {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let began = Instant::now();
        stream.write_all(said).await.unwrap();
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
        assert!(began.elapsed() >= IDLE_FOR && began.elapsed() < IDLE_FOR * 2, "{:?}", began.elapsed());
    }
    let mut stream = TcpStream::connect(at).await.unwrap();
    say(&mut stream, &web).await;
    assert!(stream.read_u16().await.unwrap() > 0);
}

/// Whoever asks and asks and never reads is closed, too, and costs no more memory than the kernel gives it.
#[tokio::test]
async fn one_that_does_not_read_is_held_up() {
    let (at, _serving) = served().await;
    let web = question("web.svc.mesh.local.", RecordType::A).to_vec().unwrap();
    let framed = [&u16::try_from(web.len()).unwrap().to_be_bytes()[..], &web].concat().repeat(200);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(at).await.unwrap();
    let (_reading, mut writing) = stream.into_split();
    let all = async {
        // Far more than the buffers of both ends hold.
        for _ in 0..10_000 {
            if writing.write_all(&framed).await.is_err() {
                return;
            }
        }
        panic!("somebody took 100 MB of questions whose answers nobody reads");
    };
    let bounded = within("the end of one that does not read", all);
    let others = async {
        for _ in 0..20 {
            is_answered(at).await;
        }
    };
    tokio::join!(bounded, others);
}
