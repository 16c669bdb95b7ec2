//! What is known of a stream besides its shards and what flows.

use crate::engine::StreamInfo;
use crate::snapshot::StreamDetails;

pub(super) fn details(stream: &StreamInfo<'_>) -> StreamDetails {
    let settings = stream.settings();
    StreamDetails {
        tags: settings.tags.clone(),
        key: settings.key.clone(),
        warm_mib_per_s: settings.warm_mib_per_s,
        record_kib_max: settings.record_kib_max,
        distribution: settings.distribution,
        registered: stream
            .consumers()
            .into_iter()
            .map(|(name, status)| (name, status.to_owned()))
            .collect(),
        has_policy: stream.has_policy(),
    }
}
