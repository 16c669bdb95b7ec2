//! Floor 2: what was measured. Series of one second for 15 minutes and of one minute for 24 hours.
//! Whoever does the work keeps counters that only grow ([`crate::model::tally`]);
//! the meter turns their differences into series. It asks no clock: the world says when a second
//! is over.

pub mod mix;
pub mod series;
pub mod shard;

pub use mix::{HeavyKey, KeyMix, Load, Measure, Sampled, Sketch};
pub use series::{Counter, Series};
pub use shard::{ConsumerMeter, ShardMeter};
