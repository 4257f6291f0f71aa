//! What one zone must be given to join: where global is, whom to trust there, and its token. One word, to be copied.
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use strait_shell::token::Token;

/// What it begins with; the number is its format.
const PREFIX: &str = "strait1.";

/// What one zone must be given to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Join {
    /// `HOST:PORT`.
    pub(crate) global: String,
    /// The certificate authority, as PEM.
    pub(crate) authority: String,
    pub(crate) token: Token,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    global: String,
    ca: String,
    token: String,
}

/// It cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadJoin(pub(crate) &'static str);

impl Join {
    pub(crate) fn write(&self) -> String {
        let written = Written { global: self.global.clone(), ca: self.authority.clone(), token: self.token.reveal().to_owned() };
        let json = serde_json::to_vec(&written).unwrap_or_default();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(json))
    }

    pub(crate) fn read(text: &str) -> Result<Self, BadJoin> {
        let coded =
            text.trim().strip_prefix(PREFIX).ok_or(BadJoin("it must begin with `strait1.`, as `strait zone token NAME` prints it"))?;
        let json = URL_SAFE_NO_PAD.decode(coded).map_err(|_| BadJoin("it was cut off or changed: copy all of it"))?;
        let written: Written = serde_json::from_slice(&json).map_err(|_| BadJoin("it was cut off or changed: copy all of it"))?;
        Ok(Self { global: written.global, authority: written.ca, token: Token::new(written.token) })
    }
}
