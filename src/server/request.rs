//! One request: from its head and body to an answer, in the order in which the service looks.
//!
//! 1. Its method is POST, or its path is one of ours; and it has a target or a content type that is read.
//! 2. Its content type is one that is read.
//! 3. Its body can be read; if there is none, its operation is known.
//! 4. Its operation is known.
//! 5. It is signed, as far as that is asked.
//! 6. Its fields have their types and keep their constraints.
//! 7. Its stream is there and in a state for it.

use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;

use crate::api::{Answer, ApiError};
use crate::model::{Action, JournalPosition};
use crate::server::body::Body;
use crate::server::connection::{Context, Worker};
use crate::server::events::Events;
use crate::server::served::{Heard, Served};
use crate::server::upload::{self, UploadError};
use crate::server::{Options, admin};
use crate::wire::{self, Format, Pieces, Refusal};
use crate::world::{FarWatch, LOOK_TARGET, write_picture};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const LONG_ID: HeaderName = HeaderName::from_static("x-amz-id-2");
const PREFIX: &str = "Kinesis_20131202.";
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("application/vnd.amazon.eventstream");
const JSON: HeaderValue = HeaderValue::from_static(Format::Json.content_type());
const CBOR: HeaderValue = HeaderValue::from_static(Format::Cbor.content_type());
const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// The actions of the model that this endpoint does not serve.
const NOT_SERVED: [&str; 17] = [
    "AcknowledgeDeadLetterQueueRecords",
    "AcknowledgeQueueRecords",
    "CreateChannel",
    "CreateQueue",
    "DeleteChannel",
    "DeleteQueue",
    "DescribeChannel",
    "DescribeQueue",
    "ListChannels",
    "ListQueues",
    "ReceiveDeadLetterQueueRecords",
    "ReceiveQueueRecords",
    "RestoreDeadLetterQueueRecords",
    "UpdateChannel",
    "UpdateDeadLetterQueueRecordsVisibility",
    "UpdateQueue",
    "UpdateQueueRecordsVisibility",
];

/// An answer, and what is told of it.
struct Told {
    response: Response<Body>,
    /// Is it no operation of the service, and so neither counted nor logged?
    aside: bool,
    action: Option<Action>,
    code: Option<&'static str>,
    request_bytes: usize,
    answer_bytes: usize,
}

impl Told {
    fn new(status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Self {
        Self::with(status, content_type, Body::full(body))
    }

    fn with(status: StatusCode, content_type: HeaderValue, body: Body) -> Self {
        let answer_bytes = body.left().unwrap_or_default();
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        Self { response, aside: false, action: None, code: None, request_bytes: 0, answer_bytes }
    }

    fn xml(status: StatusCode, code: &'static str, body: &str) -> Self {
        Self { code: Some(code), ..Self::new(status, XML, body.as_bytes().to_vec()) }
    }
}

/// Answers a request.
pub(super) async fn answer(request: Request<Incoming>, worker: &Worker) -> Response<Body> {
    let began = Instant::now();
    let context = &worker.context;
    if *request.method() == Method::GET
        && let Some((status, content_type, text)) = admin::page(request.uri().path(), context)
    {
        let content_type = HeaderValue::from_static(content_type);
        return Told::new(status, content_type, text.into_bytes()).response;
    }
    let mut told = service(request, worker).await;
    if told.aside {
        return told.response;
    }
    let (short, long) = worker.identities.borrow_mut().next();
    let headers = told.response.headers_mut();
    headers.insert(REQUEST_ID, short);
    headers.insert(LONG_ID, long);
    let served = Served {
        action: told.action,
        status: told.response.status().as_u16(),
        code: told.code,
        micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        request_bytes: told.request_bytes,
        answer_bytes: told.answer_bytes,
    };
    context.counts.add(&served);
    context.tell(&Heard::Request(served));
    told.response
}

/// Why a head names no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadError {
    /// It is no POST, or has neither a target nor a content type that is read.
    NoOperation,
    /// Its content type is none that is read.
    ContentType,
}

/// The operation that a head names, which may be none, and how its body is written.
fn asked<'h>(method: &Method, headers: &'h HeaderMap) -> Result<(&'h str, Format), HeadError> {
    if *method != Method::POST {
        return Err(HeadError::NoOperation);
    }
    let target = headers.get(TARGET).and_then(|value| value.to_str().ok());
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match (target, content_type.and_then(Format::of)) {
        (target, Some(format)) => Ok((target.unwrap_or_default(), format)),
        (Some(_), None) => Err(HeadError::ContentType),
        (None, None) => Err(HeadError::NoOperation),
    }
}

fn no_operation(why: HeadError) -> Told {
    match why {
        HeadError::NoOperation => Told::xml(
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
             authorized</Message>\n</AccessDeniedException>\n",
        ),
        HeadError::ContentType => Told::xml(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "<UnknownOperationException/>\n",
        ),
    }
}

async fn service(request: Request<Incoming>, worker: &Worker) -> Told {
    let context = &worker.context;
    let (head, body) = request.into_parts();
    let (target, format) = match asked(&head.method, &head.headers) {
        Ok(asked) => asked,
        Err(why) => return no_operation(why),
    };
    let upload = match upload::read(body, head.version, context).await {
        Ok(upload) => upload,
        Err(why) => return not_read(why),
    };
    let name = target.strip_prefix(PREFIX).unwrap_or_default();
    let action = Action::named(name);
    let Options { auth, account, .. } = &context.options;
    let signed = auth.check(&head, &upload.bytes, &account.region);
    let answered = match (action, signed) {
        (None, signed) if target == LOOK_TARGET => {
            signed.and_then(|()| picture(&upload.bytes, context))
        }
        (None, Ok(())) => Err(unknown(name, format, &upload.bytes)),
        (Some(action), Ok(())) => ask(action, format, &upload.bytes, worker).await,
        (_, Err(why)) => Err(unsigned(name, why, format, &upload.bytes)),
    };
    let told = answered.unwrap_or_else(|why| refused(&why, format, context));
    Told { action, request_bytes: upload.bytes.len(), ..told }
}

/// A picture for a viewer elsewhere: who may read the streams may see what is beside them.
fn picture(body: &[u8], context: &Context) -> Result<Told, Refusal> {
    let watch = FarWatch::parse(body).map_err(ApiError::InvalidArgument)?;
    let picture = write_picture(&context.service.look(&watch));
    Ok(Told { aside: true, ..Told::new(StatusCode::OK, JSON, picture) })
}

fn not_read(why: UploadError) -> Told {
    let (status, code) = match why {
        UploadError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
        UploadError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "RequestTimeout"),
        UploadError::Broken => (StatusCode::BAD_REQUEST, "IncompleteBody"),
    };
    Told::xml(status, code, &format!("<{code}/>\n"))
}

/// Why an operation that is not served is refused: a body that cannot be read is told first, but not
/// one that is not there.
fn unknown(name: &str, format: Format, body: &[u8]) -> Refusal {
    let is_known = NOT_SERVED.binary_search(&name).is_ok();
    let body_counts = is_known || !body.is_empty();
    match wire::is_readable(format, body) {
        Err(fault) if body_counts => fault.into(),
        Ok(()) if is_known => {
            Refusal::NotEnabled(format!("{name} is not enabled for this account."))
        }
        Ok(()) | Err(_) => Refusal::UnknownOperation,
    }
}

/// Why a request without a good signature is refused: that it asks nothing that is known is told
/// first.
fn unsigned(name: &str, why: Refusal, format: Format, body: &[u8]) -> Refusal {
    if Action::named(name).is_none() && NOT_SERVED.binary_search(&name).is_err() {
        return unknown(name, format, body);
    }
    wire::is_readable(format, body).err().map_or(why, Refusal::from)
}

fn refused(why: &Refusal, format: Format, context: &Context) -> Told {
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = why.body(format, &context.options.account);
    Told { code: Some(why.code()), ..Told::new(status, content_type(format), body) }
}

fn content_type(format: Format) -> HeaderValue {
    match format {
        Format::Json => JSON,
        Format::Cbor => CBOR,
    }
}

/// Asks the service and waits until the answer counts.
async fn ask(
    action: Action,
    format: Format,
    body: &[u8],
    worker: &Worker,
) -> Result<Told, Refusal> {
    let context = &worker.context;
    let account = &context.options.account;
    match wire::request(action, format, body, account)? {
        wire::Request::Operation(operation) => {
            let (operation, answer) = worker.turn.ask(operation).await;
            let answer = answer.map_err(|why| wire::as_asked(&operation, format, body, why))?;
            if let Some(until) = answer.waits_for() {
                durable(context, until).await?;
            }
            let body = match answer {
                Answer::Records(records) if Pieces::are_worth(&records) => {
                    Body::Pieces(Box::new(Pieces::new(records, format)))
                }
                answer => Body::full(wire::answer(&operation, &answer, format, account)),
            };
            Ok(Told::with(StatusCode::OK, content_type(format), body))
        }
        wire::Request::Subscribe(subscribe) => {
            let events = Events::subscribe(context, &subscribe, format)?;
            let body = Body::Events(Box::new(events));
            Ok(Told::with(StatusCode::OK, EVENT_STREAM, body))
        }
    }
}

/// Comes back when the disk has it.
async fn durable(context: &Context, until: JournalPosition) -> Result<(), ApiError> {
    let (tell, told) = oneshot::channel();
    let call = Box::new(move |result| {
        // Whoever asked may have gone away.
        let _ = tell.send(result);
    });
    context.service.when_durable(until, call);
    let gone = || ApiError::InternalFailure("Internal Service Failure".to_owned());
    told.await.unwrap_or_else(|_| Err(gone()))
}
