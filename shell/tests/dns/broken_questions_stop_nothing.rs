//! Whatever bytes come: the next question is answered.
use crate::stage::{STRANGER, hear, is_answered, over_udp, question, responder, say, served, table, within};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use proptest::prelude::*;
use strait_shell::dns::{LARGEST_DATAGRAM, LARGEST_QUESTION, Over};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
};

const UDP: Over = Over::Udp { most: LARGEST_DATAGRAM };

fn header(questions: u16, additionals: u16) -> Vec<u8> {
    let mut header = vec![0xab, 0xcd, 1, 0];
    [questions, 0, 0, additionals].iter().for_each(|count| header.extend(count.to_be_bytes()));
    header
}

fn after(mut header: Vec<u8>, rest: &[u8]) -> Vec<u8> {
    header.extend(rest);
    header
}

/// What makes no sense, and what is said to it: a code, or nothing.
pub(crate) fn broken() -> Vec<(&'static str, Vec<u8>, Option<ResponseCode>)> {
    let web = question("web.svc.mesh.local.", RecordType::A).to_vec().unwrap();
    let twice = [&header(2, 0)[..], &web[12..], &web[12..]].concat();
    let format_error = Some(ResponseCode::FormErr);
    // OPT records of their own: root, type 41, 1232 bytes, no flags, no options.
    let opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
    vec![
        ("nothing", vec![], None),
        ("three bytes", vec![1, 2, 3], None),
        ("a header that was cut", header(1, 0)[..11].to_vec(), None),
        ("a header alone", header(1, 0), format_error),
        ("no question", header(0, 0), format_error),
        ("65535 questions", header(u16::MAX, 0), format_error),
        ("two questions", twice, format_error),
        ("a question that was cut", web[..web.len() - 3].to_vec(), format_error),
        ("a name that was cut", web[..20].to_vec(), format_error),
        ("a name that points at itself", after(header(1, 0), &[0xc0, 12, 0, 1, 0, 1]), format_error),
        ("names that point at each other", after(header(1, 0), &[0xc0, 14, 0xc0, 12, 0, 1, 0, 1]), format_error),
        ("a label and back to it", after(header(1, 0), &[1, b'a', 0xc0, 12, 0, 1, 0, 1]), format_error),
        ("a name that points beyond the end", after(header(1, 0), &[0xff, 0xff, 0, 1, 0, 1]), format_error),
        ("a label of an unknown sort", after(header(1, 0), &[0x80, b'a', 0, 0, 1, 0, 1]), format_error),
        ("a name that is too long", after(header(1, 0), &[&[[63; 64]; 5].concat()[..], &[0, 0, 1, 0, 1]].concat()), format_error),
        ("65535 records that are not there", after(header(1, u16::MAX), &web[12..]), format_error),
        ("extensions twice", after(header(1, 2), &[&web[12..], &opt, &opt].concat()), format_error),
    ]
}

#[tokio::test]
async fn over_datagrams_and_connections() {
    let (at, _serving) = served().await;
    for (what, bytes, code) in broken() {
        match code {
            Some(code) => {
                let answer = over_udp(at, &bytes).await;
                assert_eq!((answer.metadata.response_code, answer.metadata.id.to_be_bytes()), (code, [bytes[0], bytes[1]]), "{what}");
                let mut stream = TcpStream::connect(at).await.unwrap();
                say(&mut stream, &bytes).await;
                assert_eq!(hear(&mut stream).await.metadata.response_code, code, "{what}");
                // The connection goes on.
                say(&mut stream, &question("web.svc.mesh.local.", RecordType::A).to_vec().unwrap()).await;
                assert_eq!(hear(&mut stream).await.answers.len(), 1, "{what}");
            }
            None => {
                UdpSocket::bind("127.0.0.1:0").await.unwrap().send_to(&bytes, at).await.unwrap();
                let mut stream = TcpStream::connect(at).await.unwrap();
                say(&mut stream, &bytes).await;
                assert_eq!(within("the end of a connection", stream.read(&mut [0; 16])).await.unwrap(), 0, "{what}");
            }
        }
        is_answered(at).await;
    }
}

#[tokio::test]
async fn that_are_too_long() {
    let (at, _serving) = served().await;
    let web = question("web.svc.mesh.local.", RecordType::A).to_vec().unwrap();
    let mut long = after(header(1, u16::MAX), &web[12..]);
    long.resize(60_000, 7);
    assert_eq!(over_udp(at, &long).await.metadata.response_code, ResponseCode::FormErr);
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(&u16::try_from(LARGEST_QUESTION + 1).unwrap().to_be_bytes()).await.unwrap();
    assert_eq!(within("the end of a connection", stream.read(&mut [0; 16])).await.unwrap(), 0);
    is_answered(at).await;
}

#[tokio::test]
async fn that_come_in_pieces_or_all_at_once() {
    let (at, _serving) = served().await;
    let asked: Vec<Message> = (0..50).map(|_| question("web.svc.mesh.local.", RecordType::A)).collect();
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let framed = |message: &Message| {
        let bytes = message.to_vec().unwrap();
        [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()
    };
    for byte in framed(&asked[0]) {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    stream.write_all(&asked[1..].iter().flat_map(framed).collect::<Vec<u8>>()).await.unwrap();
    for asked in &asked {
        assert_eq!(hear(&mut stream).await.metadata.id, asked.metadata.id, "answers come in order");
    }
}

/// A question with some bytes changed, cut off, or more than there were.
pub(crate) fn altered(asked: Message) -> impl Strategy<Value = Vec<u8>> {
    let asked = asked.to_vec().unwrap();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let tail = prop::collection::vec(any::<u8>(), 0..80);
    (changes, tail, any::<prop::sample::Index>()).prop_map(move |(changes, tail, end)| {
        let mut bytes = after(asked.clone(), &tail);
        changes.into_iter().for_each(|(at, to)| {
            let at = at.index(bytes.len());
            bytes[at] = to;
        });
        let keep = end.index(bytes.len() * 4);
        bytes.truncate(keep.max(1));
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn of_any_bytes(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..600), altered(question("web.svc.mesh.local.", RecordType::A))]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let responder = runtime.block_on(async { responder(table()) });
        for over in [UDP, Over::Tcp] {
            if let Some(answer) = responder.respond(&bytes, STRANGER, over) {
                let read = Message::from_vec(&answer).unwrap();
                prop_assert!(answer.len() <= 512 && answer[..2] == bytes[..2], "{read}");
            }
        }
    }
}
