//! The Runtime API over HTTP, for one instance, on a loopback port of its own.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::runtime_api::{ANSWER_BYTES_MAX, Refused, State, error_sentence};

/// What an instance is invoked with.
pub(super) struct Work {
    pub(super) request: String,
    pub(super) deadline_ms: u128,
    pub(super) function_arn: String,
    pub(super) trace: String,
    pub(super) event: Vec<u8>,
}

/// What a runtime says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It asks for work.
    Next,
    /// It could not start.
    InitError(String),
    /// The function has answered.
    Answer(Vec<u8>),
    /// The function failed.
    Error(String),
}

/// What all connections of an instance share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Work comes by here; taken by whoever asks for it.
    work: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    said: mpsc::UnboundedSender<Said>,
}

impl Shared {
    pub(super) fn new(work: mpsc::Receiver<Work>, said: mpsc::UnboundedSender<Said>) -> Arc<Self> {
        let (state, work) = (Mutex::default(), tokio::sync::Mutex::new(work));
        Arc::new(Self { state, work, said })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is there as a whole.
pub struct Whole(Option<Bytes>);

impl Whole {
    /// Of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(Some(bytes.into()))
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Why a body was not read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge,
    Truncated,
}

/// What is told of a function whose answer is too large.
pub(super) fn too_large() -> String {
    format!("Function.ResponseSizeTooLarge: the answer is above {ANSWER_BYTES_MAX} bytes")
}

/// Reads a body to its end, and what came behind it.
pub(super) async fn read(
    mut body: Incoming,
    most: usize,
) -> Result<(Vec<u8>, HeaderMap), BodyError> {
    let mut bytes = Vec::new();
    let mut trailers = HeaderMap::new();
    let mut too_large = false;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame.map_err(|_| BodyError::Truncated)?.into_data() {
            Ok(data) => {
                // What is too large is read to its end, so that the answer is.
                too_large |= bytes.len() + data.len() > most;
                if !too_large {
                    bytes.extend_from_slice(&data);
                }
            }
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    if too_large { Err(BodyError::TooLarge) } else { Ok((bytes, trailers)) }
}

/// Serves the instance until it is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                let _ = stream.set_nodelay(true);
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let answer = hyper::service::service_fn(|request| {
                        let shared = Arc::clone(&shared);
                        async move { Ok::<_, Infallible>(answer(request, &shared).await) }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    // A runtime that goes away mid-call is seen by its process.
                    let _ = http.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Whole> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let result = match (request.method(), &parts[..]) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(shared).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            response(request, id, shared).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
            error(request, Some(id), shared).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
            error(request, None, shared).await
        }
        _ => Err(Refused::new(404, "NotFound", format!("there is nothing at {path}"))),
    };
    result.unwrap_or_else(|refused| plain(refused.status, refused.body()))
}

fn plain(status: u16, body: impl Into<Bytes>) -> Response<Whole> {
    let response = Response::builder().status(status).header("Content-Type", "application/json");
    response.body(Whole::new(body)).expect("invariant: a known status and no odd header")
}

async fn next(shared: &Shared) -> Result<Response<Whole>, Refused> {
    shared.state().on_next()?;
    let _ = shared.said.send(Said::Next);
    let gone = || Refused::new(500, "ContainerError", "the instance is being ended");
    let work = shared.work.lock().await.recv().await.ok_or_else(gone)?;
    shared.state().on_work(&work.request);
    let response = Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", &work.request)
        .header("Lambda-Runtime-Deadline-Ms", work.deadline_ms.to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", &work.function_arn)
        .header("Lambda-Runtime-Trace-Id", &work.trace);
    Ok(response.body(Whole::new(work.event)).expect("invariant: ids and numbers are headers"))
}

async fn response(
    request: Request<Incoming>,
    id: &str,
    shared: &Shared,
) -> Result<Response<Whole>, Refused> {
    shared.state().may_answer(id)?;
    match request.headers().get("Lambda-Runtime-Function-Response-Mode") {
        Some(mode) if mode != "streaming" => {
            let message = "Invalid function response mode";
            return Err(Refused::new(400, "InvalidFunctionResponseMode", message));
        }
        Some(_) | None => {}
    }
    let read = read(request.into_body(), ANSWER_BYTES_MAX).await;
    shared.state().may_answer(id)?;
    shared.state().on_answer();
    match read {
        Ok((answer, trailers)) => {
            let _ = shared.said.send(match trailers.get("Lambda-Runtime-Function-Error-Type") {
                Some(kind) => Said::Error(kind.to_str().unwrap_or("Function.Unknown").to_owned()),
                None => Said::Answer(answer),
            });
            Ok(plain(202, r#"{"status":"OK"}"#))
        }
        Err(BodyError::TooLarge) => {
            let _ = shared.said.send(Said::Error(too_large()));
            Err(Refused::too_large())
        }
        Err(BodyError::Truncated) => {
            let message = "HTTP request detected as truncated";
            let _ = shared.said.send(Said::Error(format!("Runtime.TruncatedResponse: {message}")));
            Err(Refused::new(400, "TruncatedHTTPRequest", message))
        }
    }
}

/// An error of an invocation, or of the start.
async fn error(
    request: Request<Incoming>,
    id: Option<&str>,
    shared: &Shared,
) -> Result<Response<Whole>, Refused> {
    let may_tell = || match id {
        Some(id) => shared.state().may_answer(id),
        None => shared.state().on_init_error(),
    };
    may_tell()?;
    let header = request.headers().get("Lambda-Runtime-Function-Error-Type").cloned();
    let header = header.as_ref().and_then(|header| header.to_str().ok());
    let body = read(request.into_body(), ANSWER_BYTES_MAX).await;
    // While it was read another call may have answered, and the next invocation may run.
    may_tell()?;
    let sentence = error_sentence(header, &body.map(|(body, _)| body).unwrap_or_default());
    let said = match id {
        Some(_) => {
            shared.state().on_answer();
            Said::Error(sentence)
        }
        None => Said::InitError(sentence),
    };
    let _ = shared.said.send(said);
    Ok(plain(202, r#"{"status":"OK"}"#))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    fn work(id: &str) -> Work {
        let (request, event) = (id.to_owned(), b"{}".to_vec());
        let (function_arn, trace) = ("arn".to_owned(), "Root=1".to_owned());
        Work { request, deadline_ms: 1, function_arn, trace, event }
    }

    /// A request with a body of so many bytes, which is not sent yet.
    fn head(call: &str, length: usize, more: &str) -> String {
        format!(
            "{} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{more}\r\n",
            call.replace("API", "/2018-06-01/runtime")
        )
    }

    /// Sends bytes, and hears what comes until it ends so.
    async fn say(socket: &mut TcpStream, bytes: &str, end: &str) -> String {
        socket.write_all(bytes.as_bytes()).await.expect("it is taken");
        let mut heard = String::new();
        while !heard.ends_with(end) {
            heard.push(char::from(socket.read_u8().await.expect("an answer comes")));
        }
        heard
    }

    /// The body of an error ends when its invocation was answered by another call.
    #[tokio::test]
    async fn an_error_that_comes_late_does_not_fail_the_next_invocation() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (give, asked) = mpsc::channel(1);
        let (tell, mut said) = mpsc::unbounded_channel();
        let shared = Shared::new(asked, tell);
        let server = tokio::spawn(serve(listener, Arc::clone(&shared)));
        let mut quick = TcpStream::connect(address).await.expect("it listens");
        let mut slow = TcpStream::connect(address).await.expect("it listens");
        let next = head("GET API/invocation/next", 0, "");
        give.send(work("a")).await.expect("it is there");
        assert!(say(&mut quick, &next, "{}").await.contains("request-id: a\r\n"));

        let error = head("POST API/invocation/a/error", 2, "Expect: 100-continue\r\n");
        let told = say(&mut slow, &error, "\r\n\r\n").await;
        assert!(told.starts_with("HTTP/1.1 100 "), "its body is waited for: {told}");
        let response = head("POST API/invocation/a/response", 2, "") + "{}";
        let told = say(&mut quick, &response, "}").await;
        assert!(told.starts_with("HTTP/1.1 202 "), "{told}");
        give.send(work("b")).await.expect("it is there");
        assert!(say(&mut quick, &next, "{}").await.contains("request-id: b\r\n"));

        let told = say(&mut slow, "{}", "}").await;
        assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("InvalidRequestID"), "{told}");
        assert_eq!(*shared.state(), State::Busy("b".to_owned()));
        let heard: Vec<Said> = std::iter::from_fn(|| said.try_recv().ok()).collect();
        assert_eq!(heard, [Said::Next, Said::Answer(b"{}".to_vec()), Said::Next]);
        server.abort();
    }
}
