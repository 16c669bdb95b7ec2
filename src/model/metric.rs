//! Metrics of a shard that enhanced monitoring can switch on.

/// A metric at the level of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShardMetric {
    /// Bytes accepted.
    IncomingBytes,
    /// Records accepted.
    IncomingRecords,
    /// Age of the last record of each GetRecords answer.
    IteratorAgeMilliseconds,
    /// Bytes given.
    OutgoingBytes,
    /// Records given.
    OutgoingRecords,
    /// Reads refused.
    ReadProvisionedThroughputExceeded,
    /// Records refused.
    WriteProvisionedThroughputExceeded,
}

impl ShardMetric {
    /// Every metric, sorted by name.
    pub const ALL: [Self; 7] = [
        Self::IncomingBytes,
        Self::IncomingRecords,
        Self::IteratorAgeMilliseconds,
        Self::OutgoingBytes,
        Self::OutgoingRecords,
        Self::ReadProvisionedThroughputExceeded,
        Self::WriteProvisionedThroughputExceeded,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IncomingBytes => "IncomingBytes",
            Self::IncomingRecords => "IncomingRecords",
            Self::IteratorAgeMilliseconds => "IteratorAgeMilliseconds",
            Self::OutgoingBytes => "OutgoingBytes",
            Self::OutgoingRecords => "OutgoingRecords",
            Self::ReadProvisionedThroughputExceeded => "ReadProvisionedThroughputExceeded",
            Self::WriteProvisionedThroughputExceeded => "WriteProvisionedThroughputExceeded",
        }
    }

    /// The metrics that a name means: one, or every one for `ALL`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static [Self]> {
        const EVERY: &[ShardMetric] = &ShardMetric::ALL;
        if name == "ALL" {
            return Some(EVERY);
        }
        let at = EVERY.iter().position(|metric| metric.name() == name)?;
        Some(&EVERY[at..=at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_metric_and_all_means_all_seven() {
        for metric in ShardMetric::ALL {
            assert_eq!(ShardMetric::named(metric.name()), Some(&[metric][..]));
        }
        assert_eq!(ShardMetric::named("ALL").map(<[_]>::len), Some(7));
        assert_eq!(ShardMetric::named("all"), None);
    }
}
