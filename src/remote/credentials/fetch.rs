//! Small requests to the services that give keys.

use std::time::Duration;

use serde_json::Value;

use super::Who;
use crate::remote::Place;
use crate::remote::http::{Connection, Request, Response};

/// Letters of an answer that are told of it.
const TOLD_MAX: usize = 200;

impl Who {
    /// Asks at a URL and reads the answer as text. Nothing may stand still for longer than `patience`.
    pub(super) fn fetch(
        &self,
        url: &str,
        request: Request<'_>,
        patience: Duration,
    ) -> Result<String, String> {
        let (place, path) = Place::and_path(url).map_err(|why| why.to_string())?;
        let trust = place.is_secure.then(|| self.trust()).transpose();
        let trust = trust.map_err(|why| why.to_string())?;
        let mut headers = vec![("host", &*place.host)];
        headers.extend(request.headers.iter().filter(|(name, _)| *name != "host"));
        let request = Request { path, headers: &headers, ..request };
        let answered = Connection::open(&place, trust, patience)
            .and_then(|mut connection| connection.send(&request));
        let Response { status, body, .. } = answered.map_err(|why| why.to_string())?;
        let text = String::from_utf8_lossy(&body).into_owned();
        if status == 200 {
            return Ok(text);
        }
        let told: String = text.trim().chars().take(TOLD_MAX).collect();
        Err(format!("status {status}: {told}"))
    }

    /// The same for an answer in JSON.
    pub(super) fn fetch_json(
        &self,
        url: &str,
        request: Request<'_>,
        patience: Duration,
    ) -> Result<Value, String> {
        let text = self.fetch(url, request, patience)?;
        serde_json::from_str(&text).map_err(|_| "the answer is no JSON".to_owned())
    }
}

/// A text as it stands in a query or a form.
pub(super) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// Names and values as a query or a form.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", escaped(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}
