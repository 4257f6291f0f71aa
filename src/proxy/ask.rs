//! One control plane is asked for a bootstrap, or told what an ingress counted; once.
use super::{bootstrap::Bootstrap, control_plane::ControlPlane, question::Question};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http2,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use strait_shell::{
    proxies::{Counted, TURNED_AWAY},
    token::Token,
};
use tokio::time::timeout;

/// How long all of it may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// A longer answer is none, in bytes.
const LARGEST_ANSWER: usize = 1 << 20;
/// So much of a reason is shown, in characters.
const LONGEST_REASON: usize = 1000;

/// Why there is no bootstrap.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It does not answer.
    Away(String),
    /// It answers, but gives none for now.
    NotYet(String),
    /// It answers that it will not.
    Refused(Refusal),
}

/// Why a control plane gives none.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: String,
    /// It is the token that it does not believe.
    pub(super) is_of_token: bool,
}

/// Asks one of them. Over HTTP/2, as Envoy comes to the same port afterwards.
pub(super) async fn ask(control_plane: &ControlPlane, question: &Question) -> Result<Bootstrap, Unanswered> {
    let late = |_| Unanswered::Away(format!("there was no answer within {} s", ANSWERED_WITHIN.as_secs()));
    timeout(ANSWERED_WITHIN, exchange(control_plane, question)).await.map_err(late)?
}

async fn exchange(control_plane: &ControlPlane, question: &Question) -> Result<Bootstrap, Unanswered> {
    let headers = [(ACCEPT, "application/json"), (CONTENT_TYPE, "application/json")];
    let (status, body) = post(control_plane, "/bootstrap", headers, question.body()).await.map_err(Unanswered::Away)?;
    if status.is_success() {
        return Bootstrap::of_answer(&body).map_err(Unanswered::NotYet);
    }
    let said = format!("{status}: {}", readable(&body));
    if !is_refusal(status) {
        return Err(Unanswered::NotYet(said));
    }
    let is_of_token = status == StatusCode::UNPROCESSABLE_ENTITY && said.to_lowercase().contains("token");
    Err(Unanswered::Refused(Refusal { why: said, is_of_token }))
}

/// Says how many an ingress turned away.
pub(super) async fn tell(control_plane: &ControlPlane, token: Option<&Token>, counted: &Counted) -> Result<(), String> {
    let body = serde_json::to_vec(counted).map_err(|error| error.to_string())?;
    let headers = [(AUTHORIZATION, token.map(Token::reveal).unwrap_or_default()), (CONTENT_TYPE, "application/json")];
    let told = post(control_plane, TURNED_AWAY, headers, Full::from(body));
    match timeout(ANSWERED_WITHIN, told).await {
        Ok(Ok((status, _))) if status.is_success() => Ok(()),
        Ok(Ok((status, body))) => Err(format!("{status}: {}", readable(&body))),
        Ok(Err(why)) => Err(why),
        Err(_) => Err(format!("there was no answer within {} s", ANSWERED_WITHIN.as_secs())),
    }
}

/// What it answers, or why it is not reached.
async fn post<const N: usize>(
    control_plane: &ControlPlane,
    path: &str,
    headers: [(HeaderName, &str); N],
    body: Full<Bytes>,
) -> Result<(StatusCode, Bytes), String> {
    let away = |error: &dyn std::error::Error| with_causes(error);
    let stream = control_plane.reach().await.map_err(|error| away(&error))?;
    let (mut sender, connection) =
        http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(stream)).await.map_err(|error| away(&error))?;
    // It ends when the sender is dropped; what goes wrong there is told to the sender.
    tokio::spawn(connection);
    let request = Request::post(format!("{}{path}", control_plane.address));
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let response = sender.send_request(request.body(body).map_err(|error| away(&error))?).await.map_err(|error| away(&error))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await.map_err(|error| away(&*error))?.to_bytes();
    Ok((status, body))
}

/// Whether asking again is of no use. A `Dataplane` that is not there (404) may just not have been written yet.
fn is_refusal(status: StatusCode) -> bool {
    let may_pass = [StatusCode::NOT_FOUND, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !may_pass.contains(&status)
}

/// What a peer says, on one line.
fn readable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.trim().chars().take(LONGEST_REASON).map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// Some errors say what went wrong only in their causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
