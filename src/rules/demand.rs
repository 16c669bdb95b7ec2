//! On-demand mode: how many shards the service gives a stream, and when.
//!
//! Our reading of the guide, which tells of effects and not of the law:
//!
//! * Every minute the load of each shard is measured: bytes and records that it took a second. A
//!   shard above 500 KiB or 500 records a second is hot.
//! * The load of all shards together, in thousandths of what one shard takes, is kept as the peak of
//!   its hour for [`PEAK_DAYS`] days. The stream should have room for twice the highest of them, and
//!   never less than [`ON_DEMAND_SHARDS`] shards.
//! * Every [`LOOK_MS`] the service looks at a stream that is ACTIVE. Shards that were hot in any
//!   minute since are split in halves, each once; so are the busiest others, until there is room.
//!   A hot shard is split 6 minutes after it became hot at the latest, and three times in 15.
//! * What was built stays for as many days as a peak. When that and every higher peak have been
//!   forgotten, each look merges the two neighbors that do least.
//! * Nothing else refuses writes: beyond twice the peak, the limits of the shards do.
//!
//! With limits of a stream's own all of this goes in proportion to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::limits::{
    ON_DEMAND_SHARDS, SHARD_WRITE_BYTES_PER_S, SHARD_WRITE_RECORDS_PER_S, SHARDS_PER_STREAM_MAX,
};
use crate::model::{HashKeyRange, Millis, ShardId, ShardLimits};
use crate::rules::choices::{
    DEMAND_HOT_BYTES_PER_MIB, DEMAND_LOOK_MS as LOOK_MS, DEMAND_PEAK_DAYS as PEAK_DAYS,
};
use crate::rules::rolling::DAY_MS;
use crate::rules::topology::{self, Reshard};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const REMEMBERED_MS: u64 = PEAK_DAYS * DAY_MS;
/// What one full shard takes, in the unit of loads.
const WHOLE: u64 = 1_000;

/// An open shard, and what it took since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub shard: ShardId,
    /// Its keys.
    pub range: HashKeyRange,
    /// Bytes accepted.
    pub bytes: u64,
    /// Records accepted.
    pub records: u64,
}

/// What the service knows of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    measured: Millis,
    looked: Millis,
    /// Bytes and records that each shard had taken when it was measured.
    marks: BTreeMap<ShardId, (u64, u64)>,
    /// Load of each shard in the last minute.
    loads: BTreeMap<ShardId, u64>,
    /// Shards that were hot since the last look.
    hot: BTreeSet<ShardId>,
    /// Highest load of the whole stream, by hours since the epoch.
    peaks: BTreeMap<u64, u64>,
    /// How many shards there were after the last growth, and when that was.
    built: (usize, Millis),
}

impl Demand {
    /// Of a stream that is on-demand from now on, or whose past is not known.
    #[must_use]
    pub fn begin(now: Millis, open: &[Taken]) -> Self {
        let mut demand = Self {
            measured: now,
            looked: now,
            marks: BTreeMap::new(),
            loads: BTreeMap::new(),
            hot: BTreeSet::new(),
            peaks: BTreeMap::new(),
            built: (open.len(), now),
        };
        demand.mark(open);
        demand
    }

    /// Is a minute over?
    #[must_use]
    pub fn is_due(&self, now: Millis) -> bool {
        now.since(self.measured) >= MINUTE_MS
    }

    /// Measures what the open shards took since the last time.
    pub fn measure(&mut self, now: Millis, limits: &ShardLimits, open: &[Taken]) {
        let passed_ms = now.since(self.measured).max(1);
        let full = Full::of(limits);
        let mut sum = (0, 0);
        self.loads.clear();
        for taken in open {
            let (bytes, records) = self.marks.get(&taken.shard).copied().unwrap_or_default();
            let per_s = |now: u64, then: u64| now.saturating_sub(then) * 1_000 / passed_ms;
            let flow = (per_s(taken.bytes, bytes), per_s(taken.records, records));
            sum = (sum.0 + flow.0, sum.1 + flow.1);
            self.loads.insert(taken.shard, full.load(flow));
            if full.is_hot(flow) {
                self.hot.insert(taken.shard);
            }
        }
        self.mark(open);
        self.measured = now;
        self.note_peak(now, full.load(sum));
    }

    fn mark(&mut self, open: &[Taken]) {
        self.marks = open.iter().map(|t| (t.shard, (t.bytes, t.records))).collect();
    }

    fn note_peak(&mut self, now: Millis, load: u64) {
        let hour = now.0 / HOUR_MS;
        self.peaks.retain(|then, _| then + REMEMBERED_MS / HOUR_MS > hour);
        let peak = self.peaks.entry(hour).or_default();
        *peak = load.max(*peak);
    }

    /// Highest load that is remembered, in thousandths of a shard.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peaks.values().copied().max().unwrap_or(0)
    }

    /// Shards that the stream should have, with room for so many warm ones at any time.
    #[must_use]
    pub fn wanted(&self, now: Millis, warm: u32) -> u32 {
        let twice = usize::try_from((2 * self.peak()).div_ceil(WHOLE)).unwrap_or(usize::MAX);
        let (built, at) = self.built;
        let built = if now.since(at) < REMEMBERED_MS { built } else { 0 };
        let wanted = u32::try_from(twice.max(built)).unwrap_or(u32::MAX);
        wanted.max(warm).clamp(ON_DEMAND_SHARDS, SHARDS_PER_STREAM_MAX)
    }

    /// Forgets all but the last hour: what was built may go.
    pub fn release(&mut self, now: Millis) {
        let hour = now.0 / HOUR_MS;
        self.peaks.retain(|then, _| then + 1 >= hour);
        self.built.0 = 0;
    }

    /// Looks, if it is time: what is to be done with the open shards, given in order of their
    /// ranges. The stream is ACTIVE.
    pub fn look(&mut self, now: Millis, warm: u32, open: &[Taken]) -> Vec<Reshard> {
        if now.since(self.looked) < LOOK_MS {
            return Vec::new();
        }
        self.looked = now;
        let hot = std::mem::take(&mut self.hot);
        let split = self.to_split(&hot, self.wanted(now, warm), open);
        if !split.is_empty() {
            self.built = (open.len() + split.len(), now);
            return split;
        }
        let spare = open.len() > self.wanted(now, warm) as usize;
        spare.then(|| self.to_merge(open)).flatten().into_iter().collect()
    }

    /// Hot shards, and the busiest others until there are as many as wanted.
    fn to_split(&self, hot: &BTreeSet<ShardId>, wanted: u32, open: &[Taken]) -> Vec<Reshard> {
        let is_hot = |taken: &Taken| hot.contains(&taken.shard);
        let mut first: Vec<&Taken> = open.iter().collect();
        first.sort_by_key(|taken| (!is_hot(taken), std::cmp::Reverse(self.load(taken.shard))));
        let missing = (wanted as usize).saturating_sub(open.len());
        let count = open.iter().filter(|taken| is_hot(taken)).count().max(missing);
        let room = (SHARDS_PER_STREAM_MAX as usize).saturating_sub(open.len());
        let chosen: BTreeSet<ShardId> =
            first.into_iter().take(count.min(room)).map(|taken| taken.shard).collect();
        let halved = open.iter().filter(|taken| chosen.contains(&taken.shard));
        halved.filter_map(halve).collect()
    }

    /// The two neighbors that do least, if one shard would do for both with ease.
    fn to_merge(&self, open: &[Taken]) -> Option<Reshard> {
        let both = |pair: &[Taken]| self.load(pair[0].shard) + self.load(pair[1].shard);
        let pair = open.windows(2).min_by_key(|pair| both(pair))?;
        let [lower, upper] = [pair[0].shard, pair[1].shard];
        (both(pair) * 5 <= WHOLE * 2).then_some(Reshard::Merge { lower, upper })
    }

    fn load(&self, shard: ShardId) -> u64 {
        self.loads.get(&shard).copied().unwrap_or(0)
    }
}

fn halve(taken: &Taken) -> Option<Reshard> {
    let [_, upper] = topology::halves(taken.range)?;
    Some(Reshard::Split { shard: taken.shard, at: upper.start })
}

/// What one shard takes a second; a limit that is off counts as Kinesis' own.
struct Full {
    bytes: u64,
    records: u64,
}

impl Full {
    fn of(limits: &ShardLimits) -> Self {
        Self {
            bytes: limits.write_bytes_per_s.unwrap_or(SHARD_WRITE_BYTES_PER_S).max(1),
            records: limits.write_records_per_s.unwrap_or(SHARD_WRITE_RECORDS_PER_S).max(1),
        }
    }

    fn load(&self, (bytes, records): (u64, u64)) -> u64 {
        (bytes * WHOLE / self.bytes).max(records * WHOLE / self.records)
    }

    fn is_hot(&self, (bytes, records): (u64, u64)) -> bool {
        bytes * 1_048_576 > self.bytes * DEMAND_HOT_BYTES_PER_MIB || records * 2 > self.records
    }
}

#[cfg(test)]
mod tests;
