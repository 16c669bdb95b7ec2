//! A function that is an HTTP endpoint: it is posted the event, and its body is the answer.

use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::pipeline::outside::Invoke;

use super::http::{BodyError, Whole, read};
use super::runtime_api::ANSWER_BYTES_MAX;

/// How much of an error's body is told, characters.
const TOLD_CHARS: usize = 200;

pub(super) async fn invoke(url: &str, timeout_s: u32, invoke: &Invoke) -> Result<Vec<u8>, String> {
    let timeout = Duration::from_secs(u64::from(timeout_s));
    match tokio::time::timeout(timeout, post(url, invoke)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("Sandbox.Timedout: Task timed out after {timeout_s}.00 seconds")),
    }
}

async fn post(url: &str, invoke: &Invoke) -> Result<Vec<u8>, String> {
    let uri: hyper::Uri = url.parse().map_err(|why| format!("`{url}` is no address: {why}"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = uri.port_u16().unwrap_or(80);
    let unreachable = |why: &dyn std::fmt::Display| format!("{url} cannot be reached: {why}");
    let stream =
        TcpStream::connect((host.as_str(), port)).await.map_err(|why| unreachable(&why))?;
    let _ = stream.set_nodelay(true);
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|why| unreachable(&why))?;
    let connection = tokio::spawn(connection);
    let authority = uri.authority().map_or_else(String::new, ToString::to_string);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header("Host", authority)
        .header("Content-Type", "application/json")
        .header("X-Amzn-RequestId", &invoke.request)
        .body(Whole::new(invoke.event.clone()))
        .map_err(|why| format!("`{url}` is no address: {why}"))?;
    let response = sender.send_request(request).await.map_err(|why| unreachable(&why))?;
    let answer = answer(url, response).await;
    connection.abort();
    answer
}

async fn answer(url: &str, response: hyper::Response<Incoming>) -> Result<Vec<u8>, String> {
    let status = response.status();
    match read(response.into_body(), ANSWER_BYTES_MAX).await {
        Ok((body, _)) if status.is_success() => Ok(body),
        Ok((body, _)) => {
            let told: String = String::from_utf8_lossy(&body).chars().take(TOLD_CHARS).collect();
            Err(format!("{url} answered {status}: {told}"))
        }
        Err(BodyError::TooLarge) => {
            Err("Function.ResponseSizeTooLarge: the answer is above 6291556 bytes".to_owned())
        }
        Err(BodyError::Truncated) => Err(format!("{url} broke its answer off")),
    }
}
