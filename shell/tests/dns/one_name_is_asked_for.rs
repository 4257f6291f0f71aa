//! What a nameserver answers is read, whoever it is.
use hickory_proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{Name, RData, Record, RecordType, rdata},
};
use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, TcpListener, UdpSocket},
    thread,
};
use strait_shell::dns::look_up;

/// Answers each question with what this makes of it, after something that is no answer to it. At an address where no other test connects from a port:
/// the same one is to be free over TCP.
fn nameserver(answer: impl Fn(&Message) -> Vec<u8> + Send + 'static) -> std::net::SocketAddr {
    let socket = UdpSocket::bind("127.0.0.78:0").unwrap();
    let at = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut asked = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut asked) {
            let question = Message::from_vec(&asked[..length]).unwrap();
            socket.send_to(&[!asked[0], asked[1], 0x81, 0x83], from).ok();
            socket.send_to(&answer(&question), from).ok();
        }
    });
    at
}

fn answers(question: &Message, code: ResponseCode) -> Message {
    let mut answer = Message::new(question.id, MessageType::Response, OpCode::Query);
    answer.metadata.response_code = code;
    answer.add_queries(question.queries.clone());
    answer
}

#[test]
fn its_addresses_of_both_families_behind_an_alias() {
    let at = nameserver(|question| {
        let mut answer = answers(question, ResponseCode::NoError);
        let (name, real) = (question.queries[0].name().clone(), Name::from_ascii("real.ingress.test.").unwrap());
        answer.add_answer(Record::from_rdata(name, 60, RData::CNAME(rdata::CNAME(real.clone()))));
        let address = match question.queries[0].query_type() {
            RecordType::A => RData::A("203.0.113.7".parse().unwrap()),
            _ => RData::AAAA("2001:db8::7".parse().unwrap()),
        };
        answer.add_answer(Record::from_rdata(real, 60, address));
        answer.to_vec().unwrap()
    });
    let expected: Vec<IpAddr> = vec!["203.0.113.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    assert_eq!(look_up(at, "ingress.test").unwrap(), expected);
    assert_eq!(look_up(at, "ingress.test.").unwrap(), expected);
}

/// Answers over UDP that there is more, and over TCP what it is, in two pieces.
#[test]
fn over_tcp_what_has_no_room_in_a_datagram() {
    let at = nameserver(|question| {
        let mut answer = answers(question, ResponseCode::NoError);
        answer.metadata.truncation = true;
        answer.to_vec().unwrap()
    });
    let more: Vec<IpAddr> = (1..200).map(|last| IpAddr::from([203, 0, 113, last])).collect();
    let (listener, told) = (TcpListener::bind(at).unwrap(), more.clone());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut asked = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut asked).unwrap();
            let question = Message::from_vec(&asked).unwrap();
            let mut answer = answers(&question, ResponseCode::NoError);
            if question.queries[0].query_type() == RecordType::A {
                let data =
                    told.iter().filter_map(|address| if let IpAddr::V4(four) = address { Some(RData::A((*four).into())) } else { None });
                data.for_each(|data| _ = answer.add_answer(Record::from_rdata(question.queries[0].name().clone(), 60, data)));
            }
            let bytes = answer.to_vec().unwrap();
            stream.write_all(&u16::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
            let (first, rest) = bytes.split_at(bytes.len() / 2);
            stream.write_all(first).unwrap();
            stream.write_all(rest).unwrap();
        }
    });
    assert_eq!(look_up(at, "ingress.test").unwrap(), more);
}

/// Nobody is asked twice because of half an answer.
#[test]
fn and_if_that_is_not_to_be_had_it_is_said() {
    let at = nameserver(|question| {
        let mut answer = answers(question, ResponseCode::NoError);
        answer.metadata.truncation = true;
        answer.to_vec().unwrap()
    });
    assert!(look_up(at, "ingress.test").unwrap_err().to_string().contains(&at.to_string()));
}

#[test]
fn that_there_is_none_and_that_it_cannot_tell() {
    let code = |code: ResponseCode| nameserver(move |question| answers(question, code).to_vec().unwrap());
    assert_eq!(look_up(code(ResponseCode::NXDomain), "x.test").unwrap_err().kind(), ErrorKind::NotFound);
    assert!(look_up(code(ResponseCode::ServFail), "x.test").unwrap_err().to_string().contains("code 2"));
    assert_eq!(look_up(code(ResponseCode::NoError), "x.test").unwrap(), Vec::<IpAddr>::new());
    assert_eq!(look_up(code(ResponseCode::NoError), "a..b").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(look_up("127.0.0.1:9".parse().unwrap(), "x.test").unwrap_err().to_string().contains("127.0.0.1:9"));
}

#[test]
fn an_answer_that_ends_anywhere_is_refused() {
    let whole = |question: &Message| {
        let mut answer = answers(question, ResponseCode::NoError);
        let address =
            if question.queries[0].query_type() == RecordType::A { RData::A("203.0.113.7".parse().unwrap()) } else { return answer };
        answer.add_answer(Record::from_rdata(question.queries[0].name().clone(), 60, address));
        answer
    };
    for length in [3, 5, 12, 15, 30, 40] {
        let at = nameserver(move |question| {
            let mut bytes = whole(question).to_vec().unwrap();
            bytes.truncate(length);
            bytes
        });
        assert_eq!(look_up(at, "ingress.test").unwrap_err().kind(), ErrorKind::InvalidData, "{length}");
    }
}
