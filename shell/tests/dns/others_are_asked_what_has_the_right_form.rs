//! Who may ask others does so with questions that have the right form, about names that are not its own; nothing else is passed on.
use crate::{
    broken_questions_stop_nothing::{altered, broken},
    stage::{STRANGER, question, responder, table, with_edns},
};
use hickory_proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{DNSClass, RecordType},
};
use proptest::prelude::*;
use strait_shell::dns::{Heard, LARGEST_DATAGRAM, Over, Responder};

const UDP: Over = Over::Udp { most: LARGEST_DATAGRAM };

fn heard(responder: &Responder, bytes: &[u8]) -> Heard {
    responder.hear(bytes, STRANGER, UDP)
}

/// The code that is said to these bytes at once, with all of its bits.
fn code(responder: &Responder, bytes: &[u8]) -> u16 {
    match heard(responder, bytes) {
        Heard::Answered(answer) => Message::from_vec(&answer).unwrap().metadata.response_code.into(),
        other => panic!("{other:?}"),
    }
}

fn elsewhere(of: RecordType) -> Message {
    question("example.com.", of)
}

/// A question for `example.com` with these records after it, as many as are counted here.
fn with_additionals(count: u8, records: &[u8]) -> Vec<u8> {
    let mut bytes = elsewhere(RecordType::A).to_vec().unwrap();
    bytes[11] = count;
    bytes.extend(records);
    bytes
}

#[tokio::test]
async fn nobody_is_asked_to_do_anything_else() {
    let responder = responder(table());
    for opcode in 1..16 {
        let mut bytes = elsewhere(RecordType::SOA).to_vec().unwrap();
        bytes[2] |= opcode << 3;
        assert_eq!(code(&responder, &bytes), u16::from(ResponseCode::NotImp), "{opcode}");
    }
    for of in [RecordType::AXFR, RecordType::IXFR] {
        assert_eq!(code(&responder, &elsewhere(of).to_vec().unwrap()), u16::from(ResponseCode::Refused), "{of}");
    }
    for version in [1, 255] {
        let asked = with_edns(elsewhere(RecordType::A), version, 1232).to_vec().unwrap();
        assert_eq!(code(&responder, &asked), u16::from(ResponseCode::BADVERS));
    }
    let mut answer = elsewhere(RecordType::A);
    answer.metadata.message_type = MessageType::Response;
    assert_eq!(heard(&responder, &answer.to_vec().unwrap()), Heard::Nothing);
}

#[tokio::test]
async fn nobody_is_asked_what_has_no_form() {
    let responder = responder(table());
    for (what, bytes, said) in broken() {
        match said {
            Some(said) => assert_eq!(code(&responder, &bytes), u16::from(said), "{what}"),
            None => assert_eq!(heard(&responder, &bytes), Heard::Nothing, "{what}"),
        }
    }
    let malformed = |what: &str, bytes: &[u8]| assert_eq!(code(&responder, bytes), u16::from(ResponseCode::FormErr), "{what}");
    malformed("more than was counted", &with_additionals(0, &[0]));
    // A name as in the question, but at its own place: it points at itself.
    malformed("a record whose name goes round", &with_additionals(1, &[0xc0, 29, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0]));
    malformed("a record that was cut", &with_additionals(1, &[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 9, 1]));
    malformed("an option that was cut", &with_additionals(1, &[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 10, 0, 8, 1, 2]));
    malformed("extensions of a name", &with_additionals(1, &[0xc0, 12, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]));
    let mut answered = with_additionals(0, &[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    answered[7] = 1;
    malformed("extensions for an answer", &answered);
}

#[tokio::test]
async fn all_else_is_asked_elsewhere() {
    let responder = responder(table());
    let mut chaos = elsewhere(RecordType::TXT);
    chaos.queries[0].query_class = DNSClass::CH;
    let mut checks = with_edns(elsewhere(RecordType::DNSKEY), 0, 4096);
    checks.metadata.checking_disabled = true;
    checks.edns.as_mut().unwrap().set_dnssec_ok(true);
    // A cookie, and an option that nobody knows; a signature (TSIG) after them.
    let options: &[u8] = &[0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 17, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0xe9, 0, 1, 9];
    let signature: &[u8] = &[3, b'k', b'e', b'y', 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 7, 7];
    for asked in [
        elsewhere(RecordType::A).to_vec().unwrap(),
        elsewhere(RecordType::Unknown(65280)).to_vec().unwrap(),
        question("_dns.resolver.arpa.", RecordType::SVCB).to_vec().unwrap(),
        question(".", RecordType::NS).to_vec().unwrap(),
        chaos.to_vec().unwrap(),
        checks.to_vec().unwrap(),
        with_additionals(1, options),
        with_additionals(2, &[options, signature].concat()),
    ] {
        let Heard::Elsewhere { refused } = heard(&responder, &asked) else { panic!("{asked:?}") };
        let read = Message::from_vec(&refused).unwrap();
        assert_eq!((read.metadata.response_code, read.metadata.op_code), (ResponseCode::Refused, OpCode::Query));
        assert_eq!((refused[..2].to_vec(), refused[12..14].to_vec()), (asked[..2].to_vec(), asked[12..14].to_vec()));
        assert_eq!(read.metadata.checking_disabled, asked[3] & 0x10 != 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

    /// What is passed on is a question that another reader understands as one, too.
    #[test]
    fn of_any_bytes_only_questions(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        altered(elsewhere(RecordType::A)),
        altered(with_edns(elsewhere(RecordType::A), 0, 1232)),
    ]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let responder = runtime.block_on(async { responder(table()) });
        for over in [UDP, Over::Tcp] {
            match responder.hear(&bytes, STRANGER, over) {
                Heard::Nothing => prop_assert!(bytes.len() < 12 || bytes[2] & 0x80 != 0),
                Heard::Answered(answer) => prop_assert!(Message::from_vec(&answer).is_ok()),
                Heard::Elsewhere { refused } => {
                    prop_assert!(Message::from_vec(&refused).is_ok() && refused.len() <= 512);
                    let mut alone = bytes.clone();
                    // Records may hold what makes no sense: the question has to.
                    alone[6..12].fill(0);
                    let read = Message::from_vec(&alone).unwrap();
                    let query = &read.queries[0];
                    prop_assert!(read.metadata.op_code == OpCode::Query && read.metadata.message_type == MessageType::Query && read.queries.len() == 1);
                    prop_assert!(!matches!(query.query_type, RecordType::AXFR | RecordType::IXFR), "{query}");
                    if let Ok(whole) = Message::from_vec(&bytes) {
                        prop_assert!(whole.edns.is_none_or(|edns| edns.version() == 0));
                    }
                }
            }
        }
    }
}
