//! Floor 2: operations and answers as bytes, in the service's protocol: JSON 1.1, CBOR 1.1 and event
//! streams.
//!
//! [`request`] reads a body into a typed operation, [`answer`] writes what was answered, and
//! [`Refusal`] is what is said when something is wrong. Bodies are read in place: a text or blob is
//! copied once, to where the operation keeps it.
//!
//! Invariants: whatever the bytes are, reading neither panics nor recurses deeper than 64; what a
//! field may be is told for all fields of a request at once, before its stream is looked at.
//!
//! Absent: sockets and headers, which are the server's.

mod account;
mod answer;
mod arn;
mod cbor;
mod check;
mod event_stream;
mod fault;
mod json;
mod reader;
mod refusal;
mod request;
pub mod signature;
mod writer;

pub use account::Account;
pub use answer::{Pieces, answer};
pub use event_stream::{initial_response, push};
pub use fault::Fault;
pub use refusal::Refusal;
pub use request::{Request, as_asked, is_readable, request};

/// How bodies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/x-amz-json-1.1`.
    Json,
    /// `application/x-amz-cbor-1.1`.
    Cbor,
}

impl Format {
    /// The form that a content type names. Parameters behind a semicolon do not count.
    #[must_use]
    pub fn of(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/x-amz-json-1.1" | "application/json" => Some(Self::Json),
            "application/x-amz-cbor-1.1" => Some(Self::Cbor),
            _ => None,
        }
    }

    /// The content type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::Cbor => "application/x-amz-cbor-1.1",
        }
    }
}
