//! Made-up load: how much, with which keys, holding what, how long. Seeded.
//!
//! Same seed and same settings give the same records. Each question draws from its own generator,
//! so that another size law does not change the story of the keys.

pub mod keys;
pub mod payload;
pub mod shape;
pub mod size;

use crate::model::chance::salted;
use crate::model::{EntryBatch, Millis};
use crate::pipeline::settings::SyntheticSettings;

pub use keys::KeyMaker;
pub use payload::PayloadMaker;
pub use shape::Schedule;
pub use size::SizeMaker;

/// Makes records by the settings of a synthetic producer.
#[derive(Debug)]
pub struct Load {
    schedule: Schedule,
    keys: KeyMaker,
    payload: PayloadMaker,
    size: SizeMaker,
}

impl Load {
    /// A load that begins at `now`.
    #[must_use]
    pub fn new(settings: &SyntheticSettings, seed: u64, now: Millis) -> Self {
        Self {
            schedule: Schedule::new(settings.rate, settings.shape, now),
            keys: KeyMaker::new(&settings.keys, salted(seed, "keys")),
            payload: PayloadMaker::new(settings.payload, salted(seed, "payload")),
            size: SizeMaker::new(settings.size, salted(seed, "size")),
        }
    }

    /// How many records are due since the last question, at `factor` times the configured rate.
    pub fn due(&mut self, now: Millis, factor: f64) -> u64 {
        self.schedule.due(now, factor)
    }

    /// Nothing is due for the time up to `now`.
    pub fn skip_to(&mut self, now: Millis) {
        self.schedule.skip_to(now);
    }

    /// Makes one record.
    pub fn make(&mut self, now: Millis, into: &mut EntryBatch) {
        let Self { keys, payload, size, schedule: _ } = self;
        let bytes = size.draw();
        into.push_with(keys.draw(), |data| payload.write(now, bytes, data));
    }
}
