//! Who was believed is believed on while the API is away, as long as his token is valid: else a control plane that starts anew at that time would turn
//! every pod away, and tell none of them what global says. Tokens themselves are not kept, only by what they are known again.
use super::{Account, NotReviewed, Review};
use crate::{
    process::{DataDir, wall},
    token::Token,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

/// In the data directory.
const FILE: &str = "accounts.json";
/// So many are kept at most. Beyond that those go first whose tokens end first.
const MOST: usize = 20_000;
/// A token that does not say when it ends is not believed longer than this without the API, in milliseconds; nor is any other.
const LONGEST_MS: u64 = 24 * 3_600_000;
/// How often what is new is written.
const WRITTEN_EVERY: Duration = Duration::from_secs(2);

/// By its digest.
type Known = BTreeMap<String, Believed>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Believed {
    account: Account,
    /// In milliseconds since 1970.
    until: u64,
}

#[derive(Default)]
struct State {
    known: Known,
    is_written: bool,
}

/// Asks another, and remembers what that said.
pub struct Remembered<R> {
    review: R,
    state: Arc<Mutex<State>>,
}

impl<R: Review> Remembered<R> {
    /// Asks that one, and remembers in this directory. What stands there and cannot be read counts for nothing.
    pub fn new(review: R, directory: Arc<DataDir>) -> Self {
        let read = directory.read(FILE).ok().flatten().and_then(|text| serde_json::from_str(&text).ok());
        let state = Arc::new(Mutex::new(State { known: read.unwrap_or_default(), is_written: true }));
        let kept = Arc::downgrade(&state);
        tokio::spawn(async move { keep(&kept, &directory).await });
        Self { review, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until nobody asks any more.
async fn keep(state: &Weak<Mutex<State>>, directory: &DataDir) {
    let mut complained = false;
    loop {
        tokio::time::sleep(WRITTEN_EVERY).await;
        let Some(state) = state.upgrade() else { return };
        let text = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let now = wall().0;
            if std::mem::replace(&mut state.is_written, true) {
                continue;
            }
            state.known.retain(|_, believed| believed.until > now);
            serde_json::to_string(&state.known)
        };
        let written =
            text.map_err(|error| error.to_string()).and_then(|text| directory.write(FILE, &text).map_err(|error| error.to_string()));
        if let Err(why) = written
            && !std::mem::replace(&mut complained, true)
        {
            tracing::warn!(file = FILE, why, "whose tokens were seen cannot be kept");
        }
    }
}

#[tonic::async_trait]
impl<R: Review> Review for Remembered<R> {
    async fn review(&self, token: &Token) -> Result<Account, NotReviewed> {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(token.reveal()));
        let now = wall().0;
        match self.review.review(token).await {
            Ok(account) => {
                let until = ends(token).unwrap_or(u64::MAX).min(now.saturating_add(LONGEST_MS));
                let mut state = self.state();
                let believed = Believed { account: account.clone(), until };
                if state.known.get(&digest).is_none_or(|known| known.account != account) {
                    state.known.insert(digest, believed);
                    state.is_written = false;
                    forget_too_many(&mut state.known);
                }
                Ok(account)
            }
            Err(NotReviewed::Refused(why)) => {
                let mut state = self.state();
                if state.known.remove(&digest).is_some() {
                    state.is_written = false;
                }
                Err(NotReviewed::Refused(why))
            }
            Err(NotReviewed::NotYet(why)) => {
                let known = self.state().known.get(&digest).filter(|known| known.until > now).cloned();
                known.map(|known| known.account).ok_or(NotReviewed::NotYet(why))
            }
        }
    }
}

fn forget_too_many(known: &mut Known) {
    while known.len() > MOST {
        let Some(first) = known.iter().min_by_key(|(_, believed)| believed.until).map(|(digest, _)| digest.clone()) else { return };
        known.remove(&first);
    }
}

/// When a token ends, in milliseconds since 1970, as it says itself. It was believed as a whole.
fn ends(token: &Token) -> Option<u64> {
    #[derive(Deserialize)]
    struct Claims {
        exp: Option<u64>,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.reveal().split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok()?.exp?.checked_mul(1000)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    /// 0: it is good, 1: it is not, 2: nobody says.
    struct Says(Arc<AtomicU8>);

    #[tonic::async_trait]
    impl Review for Says {
        async fn review(&self, _: &Token) -> Result<Account, NotReviewed> {
            match self.0.load(Ordering::Relaxed) {
                0 => Ok(account()),
                1 => Err(NotReviewed::Refused("no".to_owned())),
                _ => Err(NotReviewed::NotYet("away".to_owned())),
            }
        }
    }

    fn account() -> Account {
        Account { namespace: "shop".to_owned(), name: "web".to_owned(), pod: None }
    }

    fn token(exp: u64) -> Token {
        Token::new(format!("x.{}.y", URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{exp}}}"))))
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_believed_is_believed_while_nobody_says_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let says = Arc::new(AtomicU8::new(0));
        let directory = || Arc::new(DataDir::open(folder.path()).unwrap());
        let (good, ended, other) = (token(wall().0 / 1000 + 3600), token(1), token(wall().0 / 1000 + 3601));
        let first = Remembered::new(Says(Arc::clone(&says)), directory());
        assert_eq!(first.review(&good).await, Ok(account()));
        assert_eq!(first.review(&ended).await, Ok(account()));
        says.store(2, Ordering::Relaxed);
        assert_eq!(first.review(&good).await, Ok(account()));
        let unknown = Err(NotReviewed::NotYet("away".to_owned()));
        assert_eq!(first.review(&ended).await, unknown, "it has ended");
        assert_eq!(first.review(&other).await, unknown, "it was never seen");
        tokio::time::sleep(WRITTEN_EVERY * 2).await;
        drop(first);
        // The task that writes holds the directory until it looks again.
        tokio::time::sleep(WRITTEN_EVERY * 2).await;
        let second = Remembered::new(Says(Arc::clone(&says)), directory());
        assert_eq!(second.review(&good).await, Ok(account()));
        says.store(1, Ordering::Relaxed);
        assert_eq!(second.review(&good).await, Err(NotReviewed::Refused("no".to_owned())));
        says.store(2, Ordering::Relaxed);
        assert_eq!(second.review(&good).await, unknown, "it was refused");
    }
}
