//! Floor 4, an edge: streams elsewhere. A [`Client`] of any endpoint that speaks the service's protocol
//! signs, asks, and asks again what passes; [`Far`] watches an endpoint with it for a console, and asks
//! CloudWatch for figures where there is one.
//!
//! Invariants: whatever the far end answers, or does not, nothing here panics; what is asked again is
//! bounded in number and in time; what is watched is asked within a budget of calls.
//!
//! Absent: HTTP/2 and subscriptions. Reading is done by GetRecords alone.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the edge where sockets to others are, their clock, and the files that say who asks"
)]

mod answer;
mod client;
mod cloudwatch;
mod credentials;
mod far;
mod hand;
mod http;
mod order;
mod place;
mod plan;
mod service;
mod sight;
mod trust;
mod watcher;

pub use client::{AskError, Break, Client, pause};
pub use credentials::{CredentialsError, Lookup, Profiles, Who};
pub use far::{Far, Watching};
pub use place::{Place, PlaceError};
pub use service::Service;
pub use trust::TrustError;

#[cfg(test)]
mod tests;
