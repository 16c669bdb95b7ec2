//! Floor 2: what uses a stream. Producers, transforms, mappings, applications, plain readers, functions.
//!
//! Nothing here knows the engine: a part emits [`crate::api::Operation`]s as [`Call`]s and is told
//! the replies, so the same part runs against the embedded engine, the simulator or, later, a
//! remote endpoint. Every part has the same verbs (see [`Part`]); time is an argument.
//!
//! * [`settings`] says what a part shall do: plain data, read from sessions and commands.
//! * [`outside`] holds the doors through which lines come in and files go out.

mod agenda;
pub mod application;
pub mod concurrency;
pub(crate) mod fields;
pub mod filter;
mod follow;
pub mod function;
pub mod jq;
pub mod load;
pub mod mapping;
pub mod outside;
pub mod part;
mod pause;
pub mod producer;
pub mod program;
pub mod reader;
pub mod settings;
pub mod stage;
pub mod transform;

pub use crate::api::Reply;
pub use follow::FanOut;
pub use outside::{Outside, Sink, Source, SourcePoll};
pub use part::{Call, Invoking, Part, Subscriber, Wish};
pub use producer::Producer;
