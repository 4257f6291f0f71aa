//! The last bootstrap is kept, so that Envoy starts also while no control plane answers.
//!
//! It is kept with all that was asked, and counts only for the same question: a token, an address or an authority that has changed since is not
//! what Envoy would start with then, and nothing would tell it.
use super::{bootstrap::Bootstrap, control_plane::Address, dataplane::Proxy, exit::CannotRun, question::Question};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strait_shell::process::{DataDir, DataDirError};

const KEPT: &str = "bootstrap.json";
const ROLE: &str = "role";

#[derive(Serialize, Deserialize)]
struct Kept {
    by: String,
    asked: Value,
    bootstrap: String,
    #[serde(default)]
    is_redirected: bool,
}

/// Notes whose directory it is, in a new one; in one that is used already it must be the same. Control planes note themselves in the same file.
pub(super) fn claim(directory: &DataDir, proxy: &Proxy) -> Result<(), CannotRun> {
    let role = format!("proxy {proxy}");
    match directory.read(ROLE)? {
        None => Ok(directory.write(ROLE, &format!("{role}\n"))?),
        Some(found) if found.trim() == role => Ok(()),
        Some(found) => {
            let found = found.trim();
            Err(CannotRun::Data(format!("this is the data directory of {found}, not of {role}: name another with `--data-dir`")))
        }
    }
}

/// Keeps it, for nobody else to read.
pub(super) fn keep(directory: &DataDir, question: &Question, bootstrap: &Bootstrap, by: &Address) -> Result<(), CannotRun> {
    let Bootstrap { text, is_redirected, .. } = bootstrap.clone();
    let kept = Kept { by: by.to_string(), asked: question.meant().clone(), bootstrap: text, is_redirected };
    let text = serde_json::to_string(&kept).map_err(|error| CannotRun::System(error.to_string()))?;
    Ok(directory.write(KEPT, &text)?)
}

/// What was answered to the same question by one of these control planes. What cannot be read counts for nothing: a control plane gives another.
pub(super) fn kept<'a>(
    directory: &DataDir,
    question: &Question,
    mut control_planes: impl Iterator<Item = &'a Address>,
) -> Result<Option<Bootstrap>, DataDirError> {
    let Some(text) = directory.read(KEPT)? else {
        return Ok(None);
    };
    let Ok(kept) = serde_json::from_str::<Kept>(&text) else {
        tracing::warn!(file = KEPT, "the bootstrap that is kept cannot be read: only a control plane can give one");
        return Ok(None);
    };
    if kept.asked != *question.meant() || !control_planes.any(|address| address.to_string() == kept.by) {
        tracing::info!("the bootstrap that is kept was for other settings: only a control plane can give one");
        return Ok(None);
    }
    Ok(Bootstrap::read(kept.bootstrap, kept.is_redirected).ok())
}
