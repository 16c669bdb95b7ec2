//! Floor 4, an edge: streams elsewhere. A client of any endpoint that speaks the service's protocol:
//! it signs, asks, and asks again what passes.
//!
//! Invariants: whatever the far end answers, or does not, nothing here panics; what is asked again is
//! bounded in number and in time.
//!
//! Absent: HTTP/2 and subscriptions. Reading is done by GetRecords alone.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the edge where sockets to others are, their clock, and the files that say who asks"
)]

mod client;
mod credentials;
mod http;
mod place;

pub use client::{AskError, Client, pause};
pub use credentials::{CredentialsError, Lookup, Profiles, Who};
pub use place::{Place, PlaceError};
