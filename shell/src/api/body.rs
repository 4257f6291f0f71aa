//! What a request says, up to a bound.
use super::Problem;
use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use tokio_stream::StreamExt as _;

/// Who says up to so many times too much is heard out, without being remembered, so that the refusal arrives: a connection that is closed on
/// somebody who still writes takes what was said before along.
const HEARD_OUT: usize = 4;

/// Reads it whole.
pub(super) async fn read(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let (mut parts, mut all, mut bytes) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(part) = parts.next().await {
        let part: Bytes = part.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the request was cut off: {error}")))?;
        bytes += part.len();
        if bytes <= most {
            all.extend_from_slice(&part);
        } else {
            all = Vec::new();
        }
        if bytes > most * HEARD_OUT {
            break;
        }
    }
    if bytes <= most {
        return Ok(all);
    }
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("at most {most} bytes are taken here at once: say it in parts")))
}
