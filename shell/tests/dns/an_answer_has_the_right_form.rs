//! Codes, flags, records and sizes, as the RFCs say.
use crate::stage::{STRANGER, WEB, address, empty, is_answered, question, responder, served, table, with_edns};
use hickory_proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{DNSClass, Name, RData, RecordType},
};
use strait_core::resource::MeshName;
use strait_shell::dns::{LARGEST_DATAGRAM, Over, Responder};

const UDP: Over = Over::Udp { most: LARGEST_DATAGRAM };

fn told(responder: &Responder, asked: &Message, over: Over) -> Message {
    let bytes = responder.respond(&asked.to_vec().unwrap(), STRANGER, over).unwrap();
    let answer = Message::from_vec(&bytes).unwrap();
    assert_eq!((answer.metadata.id, answer.metadata.message_type), (asked.metadata.id, MessageType::Response));
    assert!(!answer.metadata.recursion_available && answer.metadata.recursion_desired);
    answer
}

#[tokio::test]
async fn over_both() {
    let (at, _serving) = served().await;
    is_answered(at).await;
}

#[tokio::test]
async fn an_address_with_the_names_case_as_it_was_asked() {
    let asked = question("wEB.Svc.mesh.LOCAL.", RecordType::A);
    let answer = told(&responder(table()), &asked, UDP);
    assert_eq!((answer.metadata.response_code, answer.metadata.authoritative), (ResponseCode::NoError, true));
    assert_eq!((address(&answer), answer.answers[0].ttl, answer.answers[0].dns_class), (Some(WEB), 30, DNSClass::IN));
    let name = Name::from_ascii("wEB.Svc.mesh.LOCAL.").unwrap();
    assert!(answer.queries[0].name.eq_case(&name) && answer.answers[0].name.eq_case(&name), "{answer}");
    assert!(answer.authorities.is_empty() && answer.edns.is_none());
}

#[tokio::test]
async fn what_is_not_there_with_how_long_that_may_be_believed() {
    let responder = responder(table());
    for (name, of, code) in [
        ("web.svc.mesh.local.", RecordType::AAAA, ResponseCode::NoError),
        ("web.svc.mesh.local.", RecordType::TXT, ResponseCode::NoError),
        ("svc.mesh.local.", RecordType::A, ResponseCode::NoError),
        ("Api.svc.mesh.LOCAL.", RecordType::A, ResponseCode::NXDomain),
        // A dot within a label.
        ("web\\.svc.mesh.local.", RecordType::A, ResponseCode::NXDomain),
        ("*.mesh.local.", RecordType::A, ResponseCode::NXDomain),
    ] {
        let answer = told(&responder, &question(name, of), UDP);
        assert_eq!((answer.metadata.response_code, answer.metadata.authoritative, answer.answers.len()), (code, true, 0), "{name} {of}");
        let [record] = answer.authorities.as_slice() else { panic!("{name} {of}: {answer}") };
        let RData::SOA(said) = &record.data else { panic!("{record}") };
        assert_eq!((record.name.to_lowercase(), record.ttl, said.minimum), (Name::from_ascii("mesh.local.").unwrap(), 5, 5));
    }
    // Bytes that no name has.
    let mut asked = question("mesh.local.", RecordType::A);
    asked.queries[0].name = Name::from_labels([&b"web\0\xff"[..], b"svc", b"mesh", b"local"]).unwrap();
    assert_eq!(told(&responder, &asked, UDP).metadata.response_code, ResponseCode::NXDomain);
    let answer = told(&responder, &question("mesh.local.", RecordType::SOA), UDP);
    assert!(matches!(answer.answers[0].data, RData::SOA(_)) && answer.authorities.is_empty(), "{answer}");
}

#[tokio::test]
async fn nothing_of_what_is_not_known_or_not_its_own() {
    let code = |responder: &Responder, asked: &Message| {
        let answer = told(responder, asked, UDP);
        assert!(!answer.metadata.authoritative && answer.answers.is_empty() && answer.authorities.is_empty(), "{answer}");
        answer.metadata.response_code
    };
    let web = question("web.svc.mesh.local.", RecordType::A);
    assert_eq!(code(&responder(empty()), &web), ResponseCode::ServFail);
    let other = Responder::new(table(), MeshName::new("other").unwrap());
    assert_eq!(code(&other, &web), ResponseCode::ServFail);
    let responder = responder(table());
    for name in ["example.com.", "local.", ".", "mesh\\.local.", "x\\.mesh.local."] {
        assert_eq!(code(&responder, &question(name, RecordType::A)), ResponseCode::Refused, "{name}");
    }
    assert_eq!(code(&responder, &question("mesh.local.", RecordType::AXFR)), ResponseCode::Refused);
    let mut chaos = web;
    chaos.queries[0].query_class = DNSClass::CH;
    assert_eq!(code(&responder, &chaos), ResponseCode::Refused);
}

#[tokio::test]
async fn extensions_are_answered_in_kind() {
    let responder = responder(table());
    let web = || question("web.svc.mesh.local.", RecordType::A);
    let answer = told(&responder, &with_edns(web(), 0, 4096), UDP);
    let edns = answer.edns.as_ref().unwrap();
    assert_eq!((edns.max_payload(), edns.version(), edns.flags().dnssec_ok, address(&answer)), (LARGEST_DATAGRAM, 0, false, Some(WEB)));
    let mut asked = with_edns(web(), 0, 4096);
    asked.edns.as_mut().unwrap().set_dnssec_ok(true);
    assert!(told(&responder, &asked, UDP).edns.unwrap().flags().dnssec_ok);
    let answer = told(&responder, &with_edns(web(), 1, 4096), UDP);
    // Read back, its code has the name of another one with the same number.
    let code = u16::from(answer.metadata.response_code);
    assert_eq!((code, answer.edns.unwrap().version(), answer.answers.len()), (ResponseCode::BADVERS.into(), 0, 0));
}

/// One address always fits into what every client takes; what would not is left out, and the client asks again over TCP.
#[tokio::test]
async fn what_does_not_fit_is_left_out_and_said_to_be() {
    let responder = responder(table());
    let web = question("web.svc.mesh.local.", RecordType::A);
    let room_for_the_question = u16::try_from(web.to_vec().unwrap().len()).unwrap();
    let answer = told(&responder, &web, Over::Udp { most: room_for_the_question + 8 });
    assert!(answer.metadata.truncation && answer.answers.is_empty(), "{answer}");
    let answer = told(&responder, &web, Over::Tcp);
    assert!(!answer.metadata.truncation && address(&answer) == Some(WEB), "{answer}");
    // The longest names, which clients without extensions may ask for, too.
    let longest = format!("{}.{}.{}.{}.mesh.local.", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(49));
    for asked in [question(&longest, RecordType::A), with_edns(question(&longest, RecordType::A), 0, 100)] {
        let bytes = responder.respond(&asked.to_vec().unwrap(), STRANGER, UDP).unwrap();
        let answer = Message::from_vec(&bytes).unwrap();
        assert!(bytes.len() <= 512 && !answer.metadata.truncation && answer.authorities.len() == 1, "{} {answer}", bytes.len());
    }
}

#[tokio::test]
async fn what_is_no_question_is_not_implemented_or_not_answered() {
    let responder = responder(table());
    let mut asked = question("mesh.local.", RecordType::SOA);
    for opcode in [OpCode::Update, OpCode::Notify, OpCode::Status] {
        asked.metadata.op_code = opcode;
        let answer = Message::from_vec(&responder.respond(&asked.to_vec().unwrap(), STRANGER, UDP).unwrap()).unwrap();
        assert_eq!((answer.metadata.response_code, answer.metadata.op_code), (ResponseCode::NotImp, opcode));
    }
    asked.metadata.message_type = MessageType::Response;
    assert_eq!(responder.respond(&asked.to_vec().unwrap(), STRANGER, UDP), None, "an answer is not answered");
}
