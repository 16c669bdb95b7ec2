//! How hot each shard of one stream was, second by second.
//!
//! Too much for every picture (1,000 shards x 15 minutes), so it is taken of the stream and the
//! metric that a viewer watches, and only then.

use serde::{Deserialize, Serialize};

use crate::model::{ShardId, StreamName};

/// What the heat of a shard is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// Share of the tighter write limit in use; bytes a second where both are off.
    #[default]
    Write,
    /// Share of the read limit (bytes) in use; bytes a second where it is off.
    Read,
    /// Iterator age of the mappings, milliseconds.
    Age,
    /// Records refused a second.
    Refused,
}

impl Metric {
    /// Every metric, in the order of the key that changes it.
    pub const ALL: [Self; 4] = [Self::Write, Self::Read, Self::Age, Self::Refused];

    /// The word of the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Write => "in",
            Self::Read => "out",
            Self::Age => "age",
            Self::Refused => "refused",
        }
    }

    /// The metric of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.word() == word)
    }

    /// The next one; the first after the last.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|metric| *metric == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// The heat of a stream's shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatView {
    /// The stream.
    pub stream: StreamName,
    /// What the cells hold.
    pub metric: Metric,
    /// Seconds in a cell, 1 and up.
    pub cell_s: u32,
    /// The value that counts as full: 1 for shares of a limit, 60,000 for ages, the write limit for
    /// refusals; the largest cell where there is no limit. Above 0.
    pub full: f32,
    /// Are cells shares of a limit?
    pub is_share: bool,
    /// One row a shard that was open at some time in view, in order of ranges, a parent before its
    /// children.
    pub rows: Vec<HeatRow>,
}

impl HeatView {
    /// The same without what is newer than `ms` before its end.
    #[must_use]
    pub fn until(&self, ms: u64) -> Self {
        let newer = ms / 1_000 / u64::from(self.cell_s.max(1));
        let newer = usize::try_from(newer).unwrap_or(usize::MAX);
        let mut older = self.clone();
        for row in &mut older.rows {
            row.cells.truncate(row.cells.len().saturating_sub(newer));
        }
        older
    }
}

/// One shard over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatRow {
    /// The shard.
    pub shard: ShardId,
    /// The largest value in each cell, oldest first; `None` where nothing was measured.
    pub cells: Vec<Option<f32>>,
}

impl HeatRow {
    /// The value `back` cells before the newest.
    #[must_use]
    pub fn at(&self, back: usize) -> Option<f32> {
        self.cells.iter().rev().nth(back).copied().flatten()
    }
}

/// The largest of each `each` values, counted from the newest (the last); a gap where all are gaps.
#[must_use]
pub fn folded(values: &[Option<f32>], each: usize) -> Vec<Option<f32>> {
    let largest = |cell: &[Option<f32>]| cell.iter().flatten().copied().reduce(f32::max);
    let mut folded: Vec<_> = values.rchunks(each.max(1)).map(largest).collect();
    folded.reverse();
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_folded_from_the_newest_and_keep_their_peaks_and_gaps() {
        let values = [Some(9.0), None, None, Some(1.0), Some(3.0)];
        assert_eq!(folded(&values, 2), [Some(9.0), None, Some(3.0)]);
        assert_eq!(folded(&values, 1), values);
        assert_eq!(folded(&values, 0), values);
    }
}
