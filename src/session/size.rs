//! How large a session is.

use crate::pipeline::settings::SourceSettings;
use crate::session::Session;

impl Session {
    /// Shards of all streams at the beginning.
    #[must_use]
    pub fn shards(&self) -> u64 {
        self.streams.iter().map(|stream| u64::from(stream.shards)).sum()
    }

    /// Records a second that its synthetic producers make to begin with.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let rate = |source: &SourceSettings| match source {
            SourceSettings::Synthetic(load) => load.rate,
            SourceSettings::File(_) | SourceSettings::Stdin { .. } | SourceSettings::Host => 0.0,
        };
        self.producers.iter().map(|producer| rate(&producer.source)).sum()
    }
}
