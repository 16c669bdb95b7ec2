//! A function that is an HTTP endpoint: it is posted the event, and its body is the answer. And an
//! endpoint that takes documents, whose answer says no more than that it took one.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::model::Millis;
use crate::pipeline::outside::{Endpoint, Invoke};

use super::http::{BodyError, Whole, read, too_large};
use super::runtime_api::ANSWER_BYTES_MAX;

/// How much of an error's body is told, characters.
const TOLD_CHARS: usize = 200;

/// Seconds after which a document was not taken.
const DOCUMENT_S: u32 = 10;

/// Documents on their way, and where to tell what came of each.
pub(super) struct Documents {
    posted: mpsc::UnboundedReceiver<Vec<u8>>,
    taken: Sender<Result<(), String>>,
}

/// The near end of an endpoint.
pub(super) struct Mailbox {
    posts: mpsc::UnboundedSender<Vec<u8>>,
    taken: Receiver<Result<(), String>>,
}

pub(super) fn mailbox() -> (Mailbox, Documents) {
    let (posts, posted) = mpsc::unbounded_channel();
    let (tell, taken) = channel();
    (Mailbox { posts, taken }, Documents { posted, taken: tell })
}

impl Endpoint for Mailbox {
    fn post(&mut self, _now: Millis, document: &[u8]) {
        // When nobody posts any more, nobody tells outcomes either.
        let _ = self.posts.send(document.to_vec());
    }

    fn poll(&mut self, _now: Millis) -> Option<Result<(), String>> {
        match self.taken.try_recv() {
            Ok(taken) => Some(taken),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("nothing is posted any more".to_owned())),
        }
    }
}

/// Posts documents, one after the other, until nobody has any more.
pub(super) async fn take(url: String, mut documents: Documents) {
    while let Some(event) = documents.posted.recv().await {
        let document = Invoke { id: 0, request: String::new(), event };
        let taken = invoke(&url, DOCUMENT_S, &document).await.map(drop);
        if documents.taken.send(taken).is_err() {
            return;
        }
    }
}

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
    let mut request =
        Request::post(path).header("Host", authority).header("Content-Type", "application/json");
    if !invoke.request.is_empty() {
        request = request.header("X-Amzn-RequestId", &invoke.request);
    }
    let request = request
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
        Err(BodyError::TooLarge) => Err(too_large()),
        Err(BodyError::Truncated) => Err(format!("{url} broke its answer off")),
    }
}
