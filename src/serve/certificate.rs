//! The certificate with which a control plane serves: a global its zones, a zone its proxies.
use super::exit::CannotServe;
use crate::settings::{BadSetting, TlsFiles, host_of};
use std::{fs, net::SocketAddr, path::Path};
use strait_shell::{
    process::DataDir,
    tls::{Authority, Identity},
};

const AUTHORITY: &str = "ca.pem";
const AUTHORITY_KEY: &str = "ca.key";

/// What a control plane serves with, and whom those are to trust who come.
pub(super) struct Certificate {
    pub(super) identity: Identity,
    /// PEM.
    pub(super) authority: String,
}

/// What a certificate is for.
pub(super) struct Bears<'a> {
    /// The section of the settings.
    pub(super) section: &'static str,
    /// The operator's own.
    pub(super) files: Option<&'a TlsFiles>,
    /// Where is listened.
    pub(super) listen: SocketAddr,
    /// Where others connect: `HOST:PORT`.
    pub(super) address: &'a str,
    /// What else it is called by those who connect.
    pub(super) also: Vec<String>,
}

/// The operator's own, or one that is made anew at each start by the authority in the data directory.
pub(super) fn of(bears: &Bears<'_>, directory: &DataDir) -> Result<Certificate, CannotServe> {
    if let Some(files) = bears.files {
        let read = |field: &str, path: &Path| {
            let why = |error| BadSetting { name: format!("{}.tls.{field}", bears.section), why: format!("{}: {error}", path.display()) };
            fs::read_to_string(path).map_err(why)
        };
        let identity = Identity { certificate: read("certFile", &files.cert_file)?, key: read("keyFile", &files.key_file)? };
        return Ok(Certificate { identity, authority: read("caFile", &files.ca_file)? });
    }
    let failed = |error: &dyn std::fmt::Display| CannotServe::System(format!("no certificate can be made: {error}"));
    let own = match (directory.read(AUTHORITY)?, directory.read(AUTHORITY_KEY)?) {
        (Some(certificate), Some(key)) => Identity { certificate, key },
        _ => {
            let made = Authority::generate().map_err(|error| failed(&error))?.own;
            // The certificate last: without it the key counts for nothing.
            directory.write(AUTHORITY_KEY, &made.key)?;
            directory.write(AUTHORITY, &made.certificate)?;
            made
        }
    };
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !bears.listen.ip().is_unspecified() {
        names.push(bears.listen.ip().to_string());
    }
    names.extend(host_of(bears.address).map(str::to_owned));
    names.extend(bears.also.iter().cloned());
    names.sort();
    names.dedup();
    let authority = Authority { own };
    let identity = authority.certify(&names).map_err(|error| failed(&error))?;
    Ok(Certificate { identity, authority: authority.own.certificate })
}
