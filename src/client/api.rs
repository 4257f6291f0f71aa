//! Requests to the API of a control plane.
use serde_json::Value;
use std::time::Duration;
use ureq::{Agent, Body, http::Response};

/// An answer takes longer only if something is wrong.
const WITHIN: Duration = Duration::from_secs(30);

/// The API of one control plane.
pub(super) struct Client {
    agent: Agent,
    address: String,
}

impl Client {
    /// At `http://HOST:PORT`, or `HOST:PORT`.
    pub(super) fn at(address: &str) -> Self {
        let agent = Agent::new_with_config(Agent::config_builder().timeout_global(Some(WITHIN)).http_status_as_error(false).build());
        let address = address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/');
        Self { agent, address: format!("http://{address}") }
    }

    pub(super) fn get(&self, path: &str) -> Result<Value, String> {
        json(self.answered(self.agent.get(self.url(path)).call())?)
    }

    pub(super) fn put(&self, path: &str, body: &Value) -> Result<u16, String> {
        let mut response = self.answered(self.agent.put(self.url(path)).send_json(body))?;
        let status = response.status().as_u16();
        drop(response.body_mut().read_to_string());
        Ok(status)
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), String> {
        self.answered(self.agent.delete(self.url(path)).call()).map(drop)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<String, String> {
        let mut response = self.answered(self.agent.post(self.url(path)).send_json(body))?;
        response.body_mut().read_to_string().map_err(|error| format!("{}: {error}", self.address))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn answered(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, String> {
        let mut response = answer.map_err(|error| {
            format!("no control plane answers at {}: {error}. Is it running? `--api ADDRESS` says where its API is", self.address)
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let said: Value = response.body_mut().read_json().unwrap_or_default();
        Err(said["detail"].as_str().map_or_else(|| format!("{} answered {status}", self.address), str::to_owned))
    }
}

fn json(mut response: Response<Body>) -> Result<Value, String> {
    response.body_mut().with_config().limit(64 << 20).read_json().map_err(|error| format!("the answer cannot be read: {error}"))
}
