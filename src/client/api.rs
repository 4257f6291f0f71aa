//! Requests to the API of a control plane.
use serde_json::Value;
use std::{
    io::{self, Write},
    time::Duration,
};
use ureq::{Agent, Body, http::Response};

/// An answer takes longer only if something is wrong.
const WITHIN: Duration = Duration::from_secs(30);

/// The API of one control plane.
pub(crate) struct Client {
    agent: Agent,
    address: String,
}

impl Client {
    /// At `http://HOST:PORT`, or `HOST:PORT`.
    pub(crate) fn at(address: &str) -> Self {
        let agent = Agent::new_with_config(Agent::config_builder().timeout_global(Some(WITHIN)).http_status_as_error(false).build());
        let address = address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/');
        Self { agent, address: format!("http://{address}") }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        json(self.answered(self.agent.get(self.url(path)).call())?)
    }

    /// Several changes, all or none: what each came to. A change that is refused is named by its place.
    pub(super) fn change(&self, body: &[u8]) -> Result<Vec<String>, Refused> {
        let sent = self.agent.post(self.url("/_changes")).content_type("application/json").send(body);
        let mut response = self.received(sent).map_err(Refused::whole)?;
        if !response.status().is_success() {
            return Err(refused(&mut response, &self.address));
        }
        let said = json(response).map_err(Refused::whole)?;
        let came_to = said["changes"].as_array().into_iter().flatten();
        Ok(came_to.map(|came_to| came_to.as_str().unwrap_or_default().to_owned()).collect())
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), String> {
        self.answered(self.agent.delete(self.url(path)).call()).map(drop)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<String, String> {
        let mut response = self.answered(self.agent.post(self.url(path)).send_json(body))?;
        response.body_mut().read_to_string().map_err(|error| format!("{}: {error}", self.address))
    }

    /// Hands on what is answered as it comes.
    pub(super) fn download(&self, path: &str, to: &mut impl Write) -> Result<(), String> {
        let mut response = self.answered(self.agent.get(self.url(path)).config().timeout_global(None).build().call())?;
        io::copy(&mut response.body_mut().as_reader(), to).map(drop).map_err(|error| format!("{}: {error}", self.address))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn answered(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, String> {
        let mut response = self.received(answer)?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refused(&mut response, &self.address).why)
    }

    fn received(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, String> {
        answer.map_err(|error| {
            format!("no control plane answers at {}: {error}. Is it running? `--api ADDRESS` says where its API is", self.address)
        })
    }
}

/// What a control plane would not do.
pub(super) struct Refused {
    /// As a whole.
    pub(super) why: String,
    /// Field and reason, as far as they are named.
    pub(super) fields: Vec<(String, String)>,
}

impl Refused {
    fn whole(why: String) -> Self {
        Self { why, fields: Vec::new() }
    }
}

fn refused(response: &mut Response<Body>, address: &str) -> Refused {
    let status = response.status();
    let said: Value = response.body_mut().read_json().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let fields = said["invalid_parameters"].as_array().into_iter().flatten();
    Refused {
        why: text(&said["detail"]).unwrap_or_else(|| format!("{address} answered {status}")),
        fields: fields.filter_map(|field| Some((text(&field["field"])?, text(&field["reason"])?))).collect(),
    }
}

fn json(mut response: Response<Body>) -> Result<Value, String> {
    response.body_mut().with_config().limit(64 << 20).read_json().map_err(|error| format!("the answer cannot be read: {error}"))
}
