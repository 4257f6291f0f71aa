//! The certificate with which a global serves its zones.
use super::exit::CannotServe;
use crate::settings::{BadSetting, GlobalSettings, host_of};
use std::{fs, path::Path};
use strait_shell::{
    process::DataDir,
    tls::{Authority, Identity},
};

const AUTHORITY: &str = "ca.pem";
const AUTHORITY_KEY: &str = "ca.key";

/// What a global serves with, and whom its zones are to trust.
pub(super) struct Certificate {
    pub(super) identity: Identity,
    /// PEM.
    pub(super) authority: String,
}

/// The operator's own, or one that is made anew at each start by the authority in the data directory.
pub(super) fn of(settings: &GlobalSettings, directory: &DataDir) -> Result<Certificate, CannotServe> {
    if let Some(files) = &settings.kds.tls {
        let read = |name: &str, path: &Path| {
            fs::read_to_string(path).map_err(|error| BadSetting { name: name.to_owned(), why: format!("{}: {error}", path.display()) })
        };
        let identity =
            Identity { certificate: read("kds.tls.certFile", &files.cert_file)?, key: read("kds.tls.keyFile", &files.key_file)? };
        return Ok(Certificate { identity, authority: read("kds.tls.caFile", &files.ca_file)? });
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
    if !settings.kds.listen.ip().is_unspecified() {
        names.push(settings.kds.listen.ip().to_string());
    }
    names.extend(host_of(&settings.kds.address).map(str::to_owned));
    names.sort();
    names.dedup();
    let authority = Authority { own };
    let identity = authority.certify(&names).map_err(|error| failed(&error))?;
    Ok(Certificate { identity, authority: authority.own.certificate })
}
