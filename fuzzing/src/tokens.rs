//! Tokens, as anybody may show them. Nobody is believed who was not given one.
use crate::Target;
use strait_core::{resource::ZoneName, time::Wall};
use strait_shell::token::{Bearers, SigningKeys, Token, verify};

pub(crate) const ZONE: Target = Target { name: "zone-token", run, seeds };

fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (keys, zone) = (SigningKeys::of(Bearers::Zones), ZoneName::new("east").expect("a name"));
    // No key is trusted, so that no token is good.
    assert!(verify(&keys, &Token::new(text), &zone, Wall(0)).is_err(), "a token was believed");
}

fn seeds() -> Vec<Vec<u8>> {
    // {"alg":"RS256","kid":"1","typ":"JWT"} . {"zone":"east","scope":["cp"],"exp":99999999999}
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJKV1QifQ.eyJ6b25lIjoiZWFzdCIsInNjb3BlIjpbImNwIl0sImV4cCI6OTk5OTk5OTk5OTl9.AAAA";
    vec![token.as_bytes().to_vec(), b"a.b.c".to_vec()]
}
