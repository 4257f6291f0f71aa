//! What is logged, and how.
use super::BadSetting;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: an object a line.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,strait_shell=debug`. [default: info]
    #[arg(long, env = "STRAIT_LOG_LEVEL", value_name = "LEVEL")]
    log_level: Option<String>,
    /// How. [default: text]
    #[arg(long, env = "STRAIT_LOG_FORMAT", value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LogFile {
    level: Option<String>,
    format: Option<LogFormat>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogSettings {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl LogSettings {
    /// Without a file.
    pub(crate) fn of_flags(arguments: LogArguments) -> Result<Self, BadSetting> {
        Self::of(arguments, LogFile::default())
    }

    pub(super) fn of(arguments: LogArguments, file: LogFile) -> Result<Self, BadSetting> {
        let level = arguments.log_level.or(file.level).unwrap_or_else(|| "info".to_owned());
        if let Err(error) = level.parse::<tracing_subscriber::EnvFilter>() {
            return Err(BadSetting::new(
                "log.level",
                format!("`{level}`: {error}; allowed are error, warn, info, debug, trace, and directives"),
            ));
        }
        Ok(Self { level, format: arguments.log_format.or(file.format).unwrap_or_default() })
    }
}
