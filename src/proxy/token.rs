//! The token of a proxy may be another later: a cluster gives pods new ones each hour, in the same file. Envoy shows it with each connection to its
//! control plane, so it is given a file of the launcher's, which it watches, instead of the token itself.
use super::settings::ProxySettings;
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};
use strait_shell::{process::DataDir, token::Token};
use tokio::time::sleep;

/// What Envoy watches, in the data directory.
const FILE: &str = "token.json";
/// What the token is called there.
const NAME: &str = "token";
/// Envoy's name for the control plane, as in Kuma.
const CLUSTER: &str = "ads_cluster";
/// How often it is looked whether there is another.
const EVERY: Duration = Duration::from_secs(5);

/// What the file holds now.
pub(super) fn read(file: &Path) -> Result<Token, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(format!("{}: there must be one token in it, and nothing else", file.display()));
    }
    Ok(Token::new(text))
}

/// The bootstrap with the file of the launcher's in the place of the token. `None`: it has no token, or another form than ours.
pub(super) fn in_a_file(bootstrap: &str, directory: &Path) -> Option<String> {
    let mut config: Value = serde_saphyr::from_str(bootstrap).ok()?;
    let service = config.pointer_mut("/dynamic_resources/ads_config/grpc_services/0")?.as_object_mut()?;
    let metadata = service.get_mut("initial_metadata")?.as_array_mut()?;
    let before = metadata.len();
    metadata.retain(|one| one["key"] != "authorization");
    if metadata.len() == before {
        return None;
    }
    let clusters = config.pointer_mut("/static_resources/clusters")?.as_array_mut()?;
    let cluster = clusters.iter_mut().find(|cluster| cluster["name"] == CLUSTER)?;
    let options = cluster.get_mut("typed_extension_protocol_options")?.as_object_mut()?.values_mut().next()?.as_object_mut()?;
    if options.contains_key("http_filters") {
        return None;
    }
    let secret =
        json!({"name": NAME, "sds_config": {"path_config_source": {"path": directory.join(FILE).to_str()?}, "resource_api_version": "V3"}});
    let generic = json!({
        "@type": "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic",
        "header": "authorization", "credential": secret,
    });
    let injects = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
        "overwrite": true, "credential": {"name": "envoy.http.injected_credentials.generic", "typed_config": generic},
    });
    let codec = json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"});
    let filters = json!([
        {"name": "envoy.filters.http.credential_injector", "typed_config": injects},
        {"name": "envoy.filters.http.upstream_codec", "typed_config": codec},
    ]);
    options.insert("http_filters".to_owned(), filters);
    Some(config.to_string())
}

/// What Envoy reads in that file.
pub(super) fn write(directory: &DataDir, token: &Token) -> Result<(), strait_shell::process::DataDirError> {
    let secret = json!({
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
        "name": NAME, "generic_secret": {"secret": {"inline_string": token.reveal()}},
    });
    directory.write(FILE, &json!({"resources": [secret]}).to_string())
}

/// Follows the file of the token for ever.
pub(super) async fn follow(settings: &ProxySettings, directory: &DataDir) {
    let (Some(file), Some(token)) = (&settings.token_file, &settings.token) else { return std::future::pending().await };
    let (mut given, mut said) = (token.reveal().to_owned(), String::new());
    loop {
        sleep(EVERY).await;
        let renewed = read(file).and_then(|token| {
            if token.reveal() != given {
                write(directory, &token).map_err(|error| error.to_string())?;
                token.reveal().clone_into(&mut given);
                tracing::info!(file = %file.display(), "there is another token, which is shown from now on");
            }
            Ok(())
        });
        let why = renewed.err().unwrap_or_default();
        // Said once, and not each time.
        if why != said && !why.is_empty() {
            tracing::warn!(why, "the token cannot be read again: the last one is shown on");
        }
        said = why;
    }
}
