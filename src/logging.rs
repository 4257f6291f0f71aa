//! Structured logs, on standard error.
use crate::settings::{LogFormat, LogSettings};
use tracing_subscriber::EnvFilter;

/// Logs from now on.
pub(crate) fn begin(settings: &LogSettings) {
    let filter = settings.level.parse::<EnvFilter>().unwrap_or_default();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
