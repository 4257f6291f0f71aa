//! `strait zone token`.
use super::api::Client;
use crate::{command::TokenArguments, console::say, settings::Join};
use serde_json::json;
use std::process::ExitCode;
use strait_shell::token::Token;

pub(super) fn token(arguments: &TokenArguments) -> Result<ExitCode, String> {
    let client = Client::at(&arguments.api.api);
    let wanted = json!({"zone": arguments.name, "scope": ["cp"], "validForSeconds": arguments.valid_for.as_secs()});
    let token = client.post("/tokens/zone", &wanted)?;
    if arguments.bare {
        say(&format!("{token}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let joining = client.get("/joining")?;
    let text = |field: &str| joining[field].as_str().unwrap_or_default().to_owned();
    let join = Join { global: text("address"), authority: text("ca"), token: Token::new(token) };
    say(&format!("strait zone run --name {} --join {}\n", arguments.name, join.write()));
    Ok(ExitCode::SUCCESS)
}
