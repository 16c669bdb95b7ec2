//! Floor 1: Kinesis law as pure functions of state, plain values and time.
//!
//! Nothing here stores records or knows that there is a disk.

pub mod any_number;
pub mod choices;
pub mod commitment;
pub mod constraint;
mod date;
pub mod demand;
pub mod fan_out;
pub mod iterator;
mod lanes;
pub mod lifecycle;
pub mod page;
pub mod quota;
pub mod rate;
pub mod read_throttle;
pub mod readers;
pub mod record;
pub mod retention;
pub mod rolling;
pub mod routing;
pub mod scaling;
pub mod sequencing;
pub mod setting;
pub mod shard_filter;
pub mod tag;
pub mod throttle;
mod token;
pub mod topology;
