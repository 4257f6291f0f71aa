//! Kuma's global serves with a certificate that is its own authority, and its zones are given that.
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::ServerName;
use strait_shell::tls::{Authority, Identity, acceptor, trusting};

/// A certificate for `localhost` that is an authority, signed by itself, and valid until that year.
fn its_own_authority_until(year: i32) -> Identity {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(year, 1, 1));
    let key = KeyPair::generate().unwrap();
    Identity { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

fn its_own_authority() -> Identity {
    its_own_authority_until(4000)
}

/// How a handshake ends for who trusts these certificates.
async fn shakes(server: &Identity, trusted: &str, name: &'static str) -> Result<(), String> {
    let (ours, theirs) = tokio::io::duplex(1 << 14);
    let (acceptor, connector) = (acceptor(server).unwrap(), trusting(trusted).unwrap());
    let (_, ended) = tokio::join!(acceptor.accept(theirs), connector.connect(ServerName::try_from(name).unwrap(), ours));
    ended.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn it_is_trusted_by_who_was_given_it() {
    let server = its_own_authority();
    assert_eq!(shakes(&server, &server.certificate, "localhost").await, Ok(()));
    let another = Authority::generate().unwrap().own.certificate;
    assert_eq!(shakes(&server, &(another + &server.certificate), "localhost").await, Ok(()));
}

#[tokio::test]
async fn but_under_its_name_only() {
    let server = its_own_authority();
    let ended = shakes(&server, &server.certificate, "global.example").await.unwrap_err();
    assert!(ended.contains("not valid for name"), "{ended}");
}

#[tokio::test]
async fn and_while_it_is_valid() {
    let server = its_own_authority_until(2021);
    let ended = shakes(&server, &server.certificate, "localhost").await.unwrap_err();
    assert!(ended.contains("certificate expired"), "{ended}");
}

#[tokio::test]
async fn and_by_nobody_who_was_given_another() {
    let ended = shakes(&its_own_authority(), &its_own_authority().certificate, "localhost").await.unwrap_err();
    assert!(ended.contains("invalid peer certificate"), "{ended}");
}

#[tokio::test]
async fn what_an_authority_signed_is_trusted_as_ever() {
    let authority = Authority::generate().unwrap();
    let server = authority.certify(&["localhost".to_owned()]).unwrap();
    assert_eq!(shakes(&server, &authority.own.certificate, "localhost").await, Ok(()));
    let ended = shakes(&server, &authority.own.certificate, "global.example").await.unwrap_err();
    assert!(ended.contains("not valid for name"), "{ended}");
}
