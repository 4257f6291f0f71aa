//! Whose token somebody shows: the cluster says it.
use crate::token::Token;
use serde::{Deserialize, Serialize};

/// Says whose token it is.
#[tonic::async_trait]
pub trait Review: Send + Sync + 'static {
    /// Of which account this token is.
    ///
    /// # Errors
    /// Of none, or nobody can tell now.
    async fn review(&self, token: &Token) -> Result<Account, NotReviewed>;
}

/// A service account, as a token of it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The pod to which the token was given, if it is bound to one.
    pub pod: Option<String>,
}

/// It is not known whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReviewed {
    /// It is of no service account, or not valid any more.
    #[error("the service account token is not valid: {0}")]
    Refused(String),
    /// The cluster does not answer.
    #[error("whether the service account token is valid cannot be told (yet): {0}")]
    NotYet(String),
}

/// How users are called that are service accounts.
const USER: &str = "system:serviceaccount:";
/// Where it is said to which pod a token is bound.
const POD: &str = "authentication.kubernetes.io/pod-name";

impl Account {
    /// The account of a user of this name; `extra`: what else is known of the user. `None`: it is no account.
    pub fn of_user(user: &str, extra: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let (namespace, name) = user.strip_prefix(USER)?.split_once(':')?;
        Some(Self { namespace: namespace.to_owned(), name: name.to_owned(), pod: extra(POD) })
    }
}
