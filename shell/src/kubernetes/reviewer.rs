//! Asks the API whose token it is.
use super::{
    failed::Failed,
    informer::ask,
    review::{Account, NotReviewed, Review},
};
use crate::token::Token;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use kube::{Client, api::PostParams, core::Request};

const PATH: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
/// No token of a service account is longer, in bytes.
const LONGEST: usize = 16 << 10;

/// Asks an API by `TokenReview`s. Whoever it is needs the right to create them.
pub struct Reviewer {
    client: Client,
}

impl Reviewer {
    /// Asks that one.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn asked(&self, token: &Token) -> Result<TokenReview, Failed> {
        let spec = TokenReviewSpec { token: Some(token.reveal().to_owned()), ..TokenReviewSpec::default() };
        let body = serde_json::to_vec(&TokenReview { spec, ..TokenReview::default() }).map_err(|error| Failed::Else(error.to_string()))?;
        let request = Request::new(PATH).create(&PostParams::default(), body).map_err(|error| Failed::Else(error.to_string()))?;
        ask(&self.client, request).await
    }
}

#[tonic::async_trait]
impl Review for Reviewer {
    async fn review(&self, token: &Token) -> Result<Account, NotReviewed> {
        let refused = |why: &str| NotReviewed::Refused(why.to_owned());
        if token.reveal().len() > LONGEST {
            return Err(refused("it is too long for one"));
        }
        let said = self.asked(token).await.map_err(|failed| NotReviewed::NotYet(format!("the Kubernetes API: {failed}")))?;
        let status = said.status.unwrap_or_default();
        if status.authenticated != Some(true) {
            return Err(NotReviewed::Refused(
                status.error.unwrap_or_else(|| "the cluster does not know it".to_owned()).chars().take(200).collect(),
            ));
        }
        let user = status.user.unwrap_or_default();
        let extra = user.extra.unwrap_or_default();
        let first = |name: &str| extra.get(name).and_then(|values| values.first().cloned());
        Account::of_user(&user.username.unwrap_or_default(), first).ok_or_else(|| refused("it is of no service account"))
    }
}
