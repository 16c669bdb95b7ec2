//! Floor 1: Kinesis law as pure functions of state, plain values and time.
//!
//! Nothing here stores records or knows that there is a disk.

pub mod choices;
mod lanes;
pub mod quota;
pub mod rolling;
pub mod routing;
pub mod scaling;
pub mod throttle;
pub mod topology;
