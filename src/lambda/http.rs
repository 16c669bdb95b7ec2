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
            let message = "Function.ResponseSizeTooLarge: the answer is above 6291556 bytes";
            let _ = shared.said.send(Said::Error(message.to_owned()));
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
    match id {
        Some(id) => shared.state().may_answer(id)?,
        None => shared.state().on_init_error()?,
    }
    let header = request.headers().get("Lambda-Runtime-Function-Error-Type").cloned();
    let header = header.as_ref().and_then(|header| header.to_str().ok());
    let body = read(request.into_body(), ANSWER_BYTES_MAX).await;
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
