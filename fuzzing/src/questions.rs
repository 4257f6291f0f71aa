//! Questions of DNS, as anybody may send them. An answer is no longer than whoever asks can take, and is to the question.
use crate::Target;
use std::net::{IpAddr, Ipv4Addr};
use strait_core::{
    names::{Answer, Question},
    resource::MeshName,
};
use strait_shell::dns::{Answers, Over, Responder};

pub(crate) const DNS: Target = Target { name: "dns", run, seeds };

/// Knows one name.
struct OneName;

impl Answers for OneName {
    fn answer(&self, question: &Question<'_>) -> Answer {
        if question.name.eq_ignore_ascii_case("api.mesh.local") { Answer::Address(Ipv4Addr::new(241, 0, 0, 1)) } else { Answer::Elsewhere }
    }
}

fn run(bytes: &[u8]) {
    let responder = Responder::new(OneName, MeshName::new("default").expect("a name"));
    for over in [Over::Udp { most: 1232 }, Over::Tcp] {
        let Some(answer) = responder.respond(bytes, IpAddr::from([127, 0, 0, 1]), over) else { continue };
        let most = if matches!(over, Over::Tcp) { usize::from(u16::MAX) } else { 1232 };
        assert!(answer.len() <= most, "an answer of {} bytes", answer.len());
        assert_eq!(answer.get(..2), bytes.get(..2), "the answer is to another question");
        assert!(answer.get(2).is_some_and(|flags| flags & 0x80 != 0), "the answer is a question");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let question = |name: &[&str], kind: u16| {
        let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name {
            bytes.push(u8::try_from(label.len()).unwrap_or_default());
            bytes.extend(label.bytes());
        }
        bytes.push(0);
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1]);
        bytes
    };
    let mut with_extensions = question(&["API", "mesh", "local"], 28);
    with_extensions[11] = 1;
    with_extensions.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    vec![question(&["api", "mesh", "local"], 1), question(&["none", "mesh", "local"], 28), question(&[], 252), with_extensions]
}
