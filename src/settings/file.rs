//! The configuration file.
use super::BadSetting;
use serde::de::DeserializeOwned;
use std::{fs, path::Path};

/// A larger file is no configuration, in bytes.
const LARGEST: u64 = 1 << 20;

/// Reads it; nothing, if none is named.
pub(super) fn read<T: DeserializeOwned + Default>(path: Option<&Path>) -> Result<T, BadSetting> {
    let Some(path) = path else {
        return Ok(T::default());
    };
    let bad = |why: String| BadSetting::new(format!("the configuration file {}", path.display()), why);
    let size = fs::metadata(path).map_err(|error| bad(error.to_string()))?.len();
    if size > LARGEST {
        return Err(bad(format!("it has {size} bytes, at most {LARGEST} are read")));
    }
    let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    serde_saphyr::from_str(&text).map_err(|error| bad(error.to_string()))
}
