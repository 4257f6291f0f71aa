//! Why a session was ended, in the metadata of its status.
use strait_core::node::Refusal;
use tonic::{Code, Status, metadata::AsciiMetadataValue};

const HEADER: &str = "strait-refusal";
/// Header lists are bounded; what is told beyond this is cut.
const LONGEST: usize = 512;

/// The status that says so.
pub(super) fn status(why: &Refusal) -> Status {
    let code = match why {
        Refusal::Superseded | Refusal::Silent => Code::Cancelled,
        Refusal::Removed => Code::PermissionDenied,
        Refusal::Store(_) => Code::Unavailable,
        Refusal::NameTaken => Code::AlreadyExists,
        Refusal::TooOld(_) => Code::FailedPrecondition,
        Refusal::Protocol(_) => Code::InvalidArgument,
        Refusal::TooSlow(_) => Code::ResourceExhausted,
    };
    let why = match why {
        Refusal::TooOld(what) => Refusal::TooOld(cut(what)),
        Refusal::Protocol(what) => Refusal::Protocol(cut(what)),
        Refusal::TooSlow(what) => Refusal::TooSlow(cut(what)),
        short => short.clone(),
    };
    let mut status = Status::new(code, why.to_string());
    let json = serde_json::to_string(&why).expect("a refusal has a JSON form");
    if let Ok(value) = AsciiMetadataValue::try_from(escaped(&json)) {
        status.metadata_mut().insert(HEADER, value);
    }
    status
}

/// What a status says, if it does.
pub(super) fn of(status: &Status) -> Option<Refusal> {
    serde_json::from_str(status.metadata().get(HEADER)?.to_str().ok()?).ok()
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// JSON in ASCII: headers take nothing else.
fn escaped(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match char::from_u32(u32::from(unit)).filter(char::is_ascii) {
            Some(char) => ascii.push(char),
            None => ascii.push_str(&format!("\\u{unit:04x}")),
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;
    use strait_core::StoreFailure;

    #[test]
    fn every_refusal_is_read_back() {
        let texts = [Refusal::TooOld("größer 🦀\n".to_owned()), Refusal::Protocol("\"".to_owned()), Refusal::TooSlow("8 MiB".to_owned())];
        let short = [Refusal::Superseded, Refusal::Removed, Refusal::NameTaken, Refusal::Silent, Refusal::Store(StoreFailure::Full)];
        for why in texts.into_iter().chain(short) {
            assert_eq!(of(&status(&why)), Some(why));
        }
    }

    #[test]
    fn a_long_reason_is_cut() {
        let Some(Refusal::Protocol(what)) = of(&status(&Refusal::Protocol("ä".repeat(5000)))) else { panic!("it is told") };
        assert_eq!(what.chars().count(), LONGEST);
    }
}
