//! The last quarter of an hour, picture by picture, so that every screen can be seen as it was.
//!
//! Invariants: pictures are at least a second of engine time apart, those older than a minute five
//! seconds, and none is more than 15 minutes old; together they weigh no more than [`WEIGHT_MAX`]: when
//! they would, they are kept further apart. Charts lose nothing by that: a picture has the lines of a
//! minute. Heat is cut from the newest picture, which shows all of it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::Millis;
use crate::snapshot::{KeyMix, LaneView, ShardView, Snapshot, Spark, StreamView, TailRecord};
use crate::world::RecordsWatch;

/// How far back pictures are kept, milliseconds of engine time.
pub const KEPT_MS: u64 = 15 * 60_000;
/// What all pictures together may weigh, bytes.
pub const WEIGHT_MAX: usize = 24 * 1024 * 1024;
/// How far apart pictures are at least, milliseconds; doubled until they are light enough.
const GRAIN_MS: u64 = 1_000;
/// For how long pictures are kept that close, milliseconds.
const FINE_MS: u64 = 60_000;
/// How many times further apart older ones are.
const COARSE: u64 = 5;
/// Newest records that a picture of the past keeps.
const RECORDS: usize = 40;

/// A picture of the past.
#[derive(Clone, Debug)]
struct Kept {
    picture: Arc<Snapshot>,
    weight: usize,
    /// Which records it was asked for.
    records: Option<RecordsWatch>,
}

/// Pictures of the past, oldest first.
#[derive(Clone, Debug)]
pub struct Past {
    kept: VecDeque<Kept>,
    /// How many of them, from the oldest on, are further apart.
    coarse: usize,
    newest: Option<Arc<Snapshot>>,
    /// Which records the pictures that come are asked for.
    asked: Option<RecordsWatch>,
    grain_ms: u64,
    weight: usize,
}

impl Default for Past {
    fn default() -> Self {
        let (kept, newest, asked) = (VecDeque::new(), None, None);
        Self { kept, coarse: 0, newest, asked, grain_ms: GRAIN_MS, weight: 0 }
    }
}

impl Past {
    /// The pictures that come have these records.
    pub fn ask(&mut self, records: Option<&RecordsWatch>) {
        if self.asked.as_ref() != records {
            self.asked = records.cloned();
        }
    }

    /// Which records the picture of that time was asked for.
    #[must_use]
    pub fn records_of(&self, time: Millis) -> Option<RecordsWatch> {
        let at = self.kept.binary_search_by_key(&time, |kept| kept.picture.now).ok()?;
        self.kept[at].records.clone()
    }

    /// Takes the newest picture. A picture of another session, or of an earlier time, begins anew.
    pub fn keep(&mut self, newest: &Arc<Snapshot>) {
        let last = self.kept.back().map(|kept| &kept.picture);
        if last.is_some_and(|last| newest.started != last.started || newest.now < last.now) {
            *self = Self { asked: self.asked.take(), ..Self::default() };
        }
        self.newest = Some(Arc::clone(newest));
        let last = self.kept.back().map(|kept| kept.picture.now);
        if last.is_some_and(|last| newest.now.since(last) < self.grain_ms) {
            return;
        }
        let picture = Arc::new(lightened(newest));
        let weight = weight(&picture);
        self.weight += weight;
        self.kept.push_back(Kept { picture, weight, records: self.asked.clone() });
        while self.kept.front().is_some_and(|old| newest.now.since(old.picture.now) > KEPT_MS) {
            self.forget(0);
        }
        self.settle(newest.now);
        if self.weight > WEIGHT_MAX {
            self.thin(newest.now);
        }
    }

    fn forget(&mut self, at: usize) {
        if let Some(gone) = self.kept.remove(at) {
            self.weight -= gone.weight;
            self.coarse -= usize::from(at < self.coarse);
        }
    }

    /// How long before the picture of that place the one before it was taken; without one, for ever.
    fn apart_ms(&self, at: usize) -> u64 {
        let before = at.checked_sub(1).map(|before| self.kept[before].picture.now);
        before.map_or(u64::MAX, |before| self.kept[at].picture.now.since(before))
    }

    /// Pictures that are new no longer are kept further apart.
    fn settle(&mut self, now: Millis) {
        let is_old = |kept: &Kept| now.since(kept.picture.now) > FINE_MS;
        while self.kept.get(self.coarse).is_some_and(is_old) {
            if self.apart_ms(self.coarse) < self.grain_ms * COARSE {
                self.forget(self.coarse);
            } else {
                self.coarse += 1;
            }
        }
    }

    /// Keeps all pictures twice as far apart, but for the newest.
    fn thin(&mut self, now: Millis) {
        self.grain_ms *= 2;
        self.coarse = 0;
        let mut at = 1;
        while at + 1 < self.kept.len() {
            if self.apart_ms(at) < self.grain_ms {
                self.forget(at);
            } else {
                at += 1;
            }
        }
        self.settle(now);
    }

    /// What all pictures weigh, bytes, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// How many pictures are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// None kept yet?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Engine time of the newest picture.
    #[must_use]
    pub fn newest(&self) -> Option<Millis> {
        self.newest.as_ref().map(|newest| newest.now)
    }

    /// The newest picture, whole.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.newest.clone()
    }

    /// The newest picture that is older than `time`, or the oldest of all.
    #[must_use]
    pub fn before(&self, time: Millis) -> Option<Arc<Snapshot>> {
        let at = self.kept.partition_point(|kept| kept.picture.now < time);
        self.shown(at.saturating_sub(1))
    }

    /// The oldest picture that is newer than `time`.
    #[must_use]
    pub fn after(&self, time: Millis) -> Option<Arc<Snapshot>> {
        self.shown(self.kept.partition_point(|kept| kept.picture.now <= time))
    }

    /// The picture of that place, with its heat.
    fn shown(&self, at: usize) -> Option<Arc<Snapshot>> {
        let kept = self.kept.get(at)?;
        let mut picture = (*kept.picture).clone();
        let now = picture.now;
        let newest = self.newest.as_ref().and_then(|newest| newest.heat.as_ref().zip(Some(newest)));
        picture.heat = newest.map(|(heat, newest)| Arc::new(heat.until(newest.now.since(now))));
        Some(Arc::new(picture))
    }

    /// The values of the last `span_s` seconds before the picture `shown`, oldest first: those of
    /// its own spark line, then of pictures before it. Where nothing was kept there is a gap.
    #[must_use]
    pub fn series(
        &self,
        shown: &Snapshot,
        span_s: u32,
        of: impl Fn(&Snapshot) -> Option<Spark>,
    ) -> Spark {
        let span = span_s as usize;
        let mut values: Spark = of(shown).unwrap_or_default();
        values.reverse();
        while values.len() < span {
            let until = Millis(shown.now.0.saturating_sub(values.len() as u64 * 1_000));
            let at = self.kept.partition_point(|kept| kept.picture.now < until);
            // The first picture after that time has a line that goes back to it, if nothing is missing.
            let line = self.kept.get(at).and_then(|kept| {
                let mut line = of(&kept.picture)?;
                let later = usize::try_from(kept.picture.now.since(until) / 1_000).ok()?;
                line.truncate(line.len().checked_sub(later)?);
                (!line.is_empty()).then_some(line)
            });
            if let Some(line) = line {
                values.extend(line.into_iter().rev());
                continue;
            }
            let Some(kept) = at.checked_sub(1).map(|at| &self.kept[at]) else { break };
            let gap = usize::try_from(until.since(kept.picture.now) / 1_000).unwrap_or(span);
            values.extend(std::iter::repeat_n(None, gap.min(span)));
            match of(&kept.picture).filter(|spark| !spark.is_empty()) {
                Some(spark) => values.extend(spark.into_iter().rev()),
                None => values.push(None),
            }
        }
        values.truncate(span);
        values.reverse();
        values
    }
}

/// A picture without what can be put back into it, or is not shown: most of what is known of a
/// shard's keys is needed to cut it, and a shard that has no heavy keys and refuses nothing needs no
/// cut.
fn lightened(picture: &Snapshot) -> Snapshot {
    let mut light = Snapshot { heat: None, ..picture.clone() };
    for stream in light.streams.iter_mut().filter(|stream| stream.shards.iter().any(needs_no_cut)) {
        let shards = Arc::make_mut(&mut stream.shards).iter_mut();
        let traffics =
            shards.filter(|shard| needs_no_cut(shard)).filter_map(|shard| shard.traffic.as_mut());
        traffics.for_each(|traffic| traffic.mix = None);
    }
    let old = light.tail.records.len().saturating_sub(RECORDS);
    if old > 0 {
        Arc::make_mut(&mut light.tail).records.drain(..old);
    }
    light
}

/// Are a shard's keys known, and neither heavy nor refused?
fn needs_no_cut(shard: &ShardView) -> bool {
    shard.mix().is_some_and(|mix| mix.heavy.is_empty()) && shard.held().write_throttled == 0.0
}

/// What a picture weighs, bytes: its rows, its lines, its records.
fn weight(picture: &Snapshot) -> usize {
    let spark = |spark: &Spark| size_of_val(spark.as_slice());
    let shards = |stream: &StreamView| -> usize {
        let traffic = |shard: &ShardView| match &shard.traffic {
            Some(traffic) => size_of_val(&**traffic) + shard.mix().map_or(0, KeyMix::weight),
            None => 0,
        };
        stream.shards.iter().map(|shard| size_of::<ShardView>() + traffic(shard)).sum()
    };
    let streams = picture.streams.iter().map(|stream| {
        let lines = [&stream.in_bytes_spark, &stream.out_bytes_spark, &stream.throttled_spark];
        size_of::<StreamView>() + shards(stream) + lines.into_iter().map(spark).sum::<usize>()
    });
    let mappings = picture.mappings.iter().map(|mapping| {
        let lanes = mapping.lanes.iter().map(|lane| size_of::<LaneView>() + lane.note.len());
        size_of_val(mapping) + lanes.sum::<usize>() + spark(&mapping.age_spark)
    });
    let functions = picture.functions.iter().map(|function| {
        size_of_val(function) + spark(&function.in_use_spark) + function.top.len() * 48
    });
    let tail =
        picture.tail.records.iter().map(|record| size_of::<TailRecord>() + record.data.len());
    let rest = size_of_val(picture.events.as_slice()) + size_of::<Snapshot>();
    let parts = mappings.sum::<usize>() + functions.sum::<usize>();
    streams.sum::<usize>() + parts + tail.sum::<usize>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Browse, Terms};
    use crate::model::{
        HashKey, HashKeyRange, Level, Lineage, ShardId, ShardLimits, ShardState, StreamMode,
        StreamName, StreamStatus,
    };
    use crate::snapshot::{Rates, Traffic};

    fn shard(number: u32, second: u64) -> ShardView {
        ShardView {
            id: ShardId(number),
            state: ShardState::Open,
            range: HashKeyRange { start: HashKey(0), end: HashKey(1) },
            lineage: Lineage::default(),
            created: Millis(0),
            closed: None,
            stored_records: 0,
            traffic: Some(Box::new(Traffic {
                rates: Rates { in_bytes: second as f64, ..Rates::default() },
                ..Traffic::default()
            })),
        }
    }

    /// The last 60 seconds of a line whose value is the second.
    fn line(second: u64) -> Spark {
        (second.saturating_sub(59)..=second).map(|value| Some(value as f32)).collect()
    }

    fn picture(second: u64, shards: u32) -> Arc<Snapshot> {
        let stream = StreamView {
            name: StreamName::new("orders").expect("a name"),
            mode: StreamMode::Provisioned,
            status: StreamStatus::Active,
            transition_ends: None,
            level: Level::Memory,
            policy: None,
            retention_ms: 1,
            limits: ShardLimits::default(),
            created: Millis(0),
            shards: Arc::new((0..shards).map(|number| shard(number, second)).collect()),
            rates: Rates::default(),
            source: crate::snapshot::Source::Counted,
            in_bytes_spark: line(second),
            out_bytes_spark: Spark::new(),
            throttled_spark: Spark::new(),
            iterator_age_ms: None,
            consumers: 0,
            registered_consumers: 0,
            details: std::sync::Arc::default(),
        };
        Arc::new(Snapshot {
            now: Millis(1_000_000 + second * 1_000),
            started: Millis(1_000_000),
            streams: vec![stream],
            ..Snapshot::default()
        })
    }

    fn past(seconds: u64, shards: u32) -> Past {
        let mut past = Past::default();
        (0..seconds).for_each(|second| past.keep(&picture(second, shards)));
        past
    }

    #[test]
    fn a_minute_is_kept_second_by_second_and_a_quarter_of_an_hour_in_steps_of_five() {
        let past = past(2_000, 2);
        assert_eq!(past.len(), 61 + (900 - 60) / 5);
        let oldest = past.before(Millis(0)).expect("pictures");
        assert_eq!(past.newest().expect("a newest").since(oldest.now), KEPT_MS - 1_000);
        for (second, step_ms) in [(1_970, 1_000), (1_500, 5_000)] {
            let at = Millis(1_000_000 + second * 1_000);
            assert_eq!(past.before(at).expect("before").now, Millis(at.0 - step_ms));
            assert_eq!(past.after(at).expect("after").now, Millis(at.0 + step_ms));
        }
        assert!(past.after(past.newest().expect("a newest")).is_none());
    }

    /// A picture of 1,000 shards weighs much: then they are kept further apart.
    #[test]
    fn a_thousand_shards_stay_within_the_weight() {
        let past = past(1_000, 1_000);
        assert!(past.weight() <= WEIGHT_MAX, "{}", past.weight());
        assert!(past.len() > 20, "only {} pictures", past.len());
        let oldest = past.before(Millis(0)).expect("pictures");
        assert!(past.newest().expect("a newest").since(oldest.now) > KEPT_MS - 60_000);
    }

    #[test]
    fn a_longer_line_is_joined_from_the_lines_of_many_pictures() {
        let past = past(500, 1);
        let shown = past.before(Millis(1_000_000 + 400_001)).expect("a picture");
        let values =
            past.series(&shown, 300, |s| s.stream("orders").map(|s| s.in_bytes_spark.clone()));
        let wanted: Spark = (101..=400).map(|value| Some(value as f32)).collect();
        assert_eq!(values, wanted);
    }

    #[test]
    fn a_picture_knows_which_records_it_was_asked_for() {
        let browse = Browse::newest(StreamName::new("orders").expect("a name"));
        let records = RecordsWatch { browse, terms: Terms::default() };
        let mut past = Past::default();
        past.ask(Some(&records));
        past.keep(&picture(1, 1));
        past.ask(None);
        past.keep(&picture(2, 1));
        let of = |second: u64| past.records_of(Millis(1_000_000 + second * 1_000));
        assert_eq!((of(1), of(2)), (Some(records), None));
    }

    /// Another session begins anew, and what was never kept is a gap.
    #[test]
    fn another_session_has_a_past_of_its_own() {
        let mut past = past(100, 1);
        let other =
            Arc::new(Snapshot { started: Millis(5), now: Millis(9), ..Snapshot::default() });
        past.keep(&other);
        assert_eq!(past.len(), 1);
        let mut gapped = Past::default();
        gapped.keep(&picture(60, 1));
        let late = picture(200, 1);
        gapped.keep(&late);
        let values =
            gapped.series(&late, 150, |s| s.stream("orders").map(|s| s.in_bytes_spark.clone()));
        assert_eq!(values.iter().filter(|value| value.is_none()).count(), 80, "61 to 140");
    }
}
