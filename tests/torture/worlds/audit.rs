//! What must hold of a world, looked at from outside: on a copy of its disk, and in its archive.

use std::collections::{BTreeMap, BTreeSet};

use watershed::engine::Engine;
use watershed::log::MemStorage;
use watershed::model::{HashKeyRange, Millis, RecordRef, ShardId, ShardState, StreamName};
use watershed::rules::routing::{hash_key_of, tiles};

use super::doors::{Beyond, is_copied, number_of};
use super::{OPTIONS, SIZES, copies, stream};
use crate::books::{Crash, read};

/// How far the mapping is in a shard: the next index, or the end.
pub(crate) type Progress = BTreeMap<ShardId, Option<u64>>;

/// What an earlier look found.
#[derive(Debug)]
pub(super) struct Audit {
    /// Records that were acknowledged to a client: their number, when, and if they survive a power
    /// cut by now.
    pub(super) acknowledged: Vec<(u64, Millis, bool)>,
    progress: Progress,
    retention_ms: u64,
}

/// What is on a disk.
struct View {
    /// Shard and index of each number; more than one when a line was put again.
    places: BTreeMap<u64, Vec<(ShardId, u64)>>,
    progress: Progress,
    /// Lines that the transform has put.
    copied: BTreeSet<u64>,
}

impl Audit {
    /// Nothing was found so far.
    pub(super) fn new(retention_ms: u64) -> Self {
        Self { acknowledged: Vec::new(), progress: Progress::new(), retention_ms }
    }

    /// Looks at a disk as it is found after a crash; gives how many acknowledged records are gone
    /// as the level allows.
    pub(super) fn look(
        &mut self,
        disk: &MemStorage,
        now: Millis,
        beyond: &Beyond,
        crash: Crash,
    ) -> Result<u64, String> {
        let view = view(disk, now)?;
        let lost = self.check_acknowledged(&view, now, crash)?;
        if crash == Crash::Kill {
            self.check_progress(&view.progress)?;
        }
        check_archive(&view, beyond)?;
        check_order(&view, beyond)?;
        check_copies(&view, beyond)?;
        self.progress = view.progress;
        Ok(lost)
    }

    /// After a time without faults and without new lines, all there is was archived and copied.
    pub(super) fn check_all_done(
        &self,
        disk: &MemStorage,
        now: Millis,
        beyond: &Beyond,
    ) -> Result<(), String> {
        let view = view(disk, now)?;
        let ledger = beyond.ledger();
        let archived = |number: u64| {
            usize::try_from(number).is_ok_and(|at| ledger.archived.get(at) == Some(&true))
        };
        let copied = |number: u64| view.copied.contains(&number) || !is_copied(number);
        let all: [(&str, &dyn Fn(u64) -> bool); 2] =
            [("mapping", &archived), ("transform", &copied)];
        for (part, done) in all {
            let waiting: Vec<u64> =
                view.places.keys().copied().filter(|number| !done(*number)).collect();
            if let Some(first) = waiting.first() {
                return Err(format!(
                    "{} records never reached the {part}, {first} at {:?} among them",
                    waiting.len(),
                    view.places[first]
                ));
            }
        }
        Ok(())
    }

    /// Another retention holds from now on. What was trimmed under the one before stays away.
    pub(super) fn retain(&mut self, now: Millis, retention_ms: u64) {
        self.forget_trimmed(now);
        self.retention_ms = retention_ms;
        self.forget_trimmed(now);
    }

    /// What may be trimmed by now is not asked for any more.
    fn forget_trimmed(&mut self, now: Millis) {
        let kept = self.retention_ms.saturating_sub(1_000);
        self.acknowledged.retain(|(_, at, _)| now.since(*at) < kept);
    }

    fn check_acknowledged(
        &mut self,
        view: &View,
        now: Millis,
        crash: Crash,
    ) -> Result<u64, String> {
        self.forget_trimmed(now);
        let before = self.acknowledged.len();
        for (number, at, safe) in &self.acknowledged {
            let must = crash == Crash::Kill || *safe;
            if must && !view.places.contains_key(number) {
                return Err(format!(
                    "record {number}, acknowledged at {at}, is missing after {crash:?}"
                ));
            }
        }
        self.acknowledged.retain(|(number, ..)| view.places.contains_key(number));
        self.acknowledged.iter_mut().for_each(|(_, _, safe)| *safe = true);
        Ok((before - self.acknowledged.len()) as u64)
    }

    fn check_progress(&self, progress: &Progress) -> Result<(), String> {
        match goes_back(&self.progress, progress) {
            Some(shard) => Err(format!(
                "the checkpoint of {shard} went back from {:?} to {:?}",
                self.progress[&shard], progress[&shard]
            )),
            None => Ok(()),
        }
    }
}

/// A shard whose checkpoint is less than it was.
pub(crate) fn goes_back(before: &Progress, after: &Progress) -> Option<ShardId> {
    let is_less = |(shard, next): &(&ShardId, &Option<u64>)| match (before.get(shard), next) {
        (Some(Some(before)), Some(next)) => next < before,
        (Some(None), Some(_)) => true,
        (Some(_), None) | (None, _) => false,
    };
    after.iter().find(is_less).map(|(shard, _)| *shard)
}

fn view(disk: &MemStorage, now: Millis) -> Result<View, String> {
    let opened = Engine::open_with(now, Box::new(disk.copy()), OPTIONS, SIZES);
    let (mut engine, _) = opened.map_err(|why| format!("the folder does not open: {why}"))?;
    let progress = progress_of(&engine);
    let mut places: BTreeMap<u64, Vec<(ShardId, u64)>> = BTreeMap::new();
    visit_stream(&mut engine, now, &stream(), &mut |shard, record| {
        let number = std::str::from_utf8(record.data).ok().and_then(number_of);
        let number = number.ok_or("altered")?;
        places.entry(number).or_default().push((shard, record.sequence.index));
        Ok(())
    })?;
    let mut copied = BTreeSet::new();
    visit_stream(&mut engine, now, &copies(), &mut |_, record| {
        let number = copy_of(record.data).ok_or("altered")?;
        copied.insert(number);
        Ok(())
    })?;
    Ok(View { places, progress, copied })
}

/// The number of the line that a transform made this of.
fn copy_of(data: &[u8]) -> Option<u64> {
    let copy: serde_json::Value = serde_json::from_slice(data).ok()?;
    number_of(copy.get("line")?.as_str()?)
}

/// Calls `visit` for every record of a stream; its open shards tile the keys, and each record is in
/// its place.
fn visit_stream(
    engine: &mut Engine,
    now: Millis,
    name: &StreamName,
    visit: &mut dyn FnMut(ShardId, &RecordRef<'_>) -> Result<(), &'static str>,
) -> Result<(), String> {
    let Some(info) = engine.stream(name) else { return Err(format!("{name} is gone")) };
    let shards: Vec<(ShardId, HashKeyRange, ShardState)> =
        info.shards().map(|shard| (shard.id, shard.range, shard.state)).collect();
    let mut open: Vec<HashKeyRange> = (shards.iter())
        .filter(|(_, _, state)| *state == ShardState::Open)
        .map(|(_, range, _)| *range)
        .collect();
    open.sort_unstable();
    if !tiles(open.into_iter()) {
        return Err(format!("the open shards of {name} do not tile the keys"));
    }
    for (shard, range, _) in shards {
        let mut last = None;
        let mut visit = |record: &RecordRef<'_>| {
            let sequence = record.sequence;
            let told = |what| format!("{sequence} of {shard} of {name} is {what}");
            let follows = last.is_none_or(|last| sequence.index == last + 1);
            if !follows || !range.contains(hash_key_of(record.partition_key)) {
                return Err(told("out of its place"));
            }
            last = Some(sequence.index);
            visit(shard, record).map_err(told)
        };
        read(engine, now, (name, shard), &mut visit)?;
    }
    Ok(())
}

/// The mapping's checkpoints as they are kept; none when a power cut damaged them.
pub(crate) fn progress_of(engine: &Engine) -> Progress {
    let Ok(Some(bytes)) = engine.state("checkpoints") else { return Progress::new() };
    let kept: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let shards = kept[0]["shards"].as_array().cloned().unwrap_or_default();
    let pair = |pair: &serde_json::Value| {
        let shard = u32::try_from(pair[0].as_u64()?).ok()?;
        Some((ShardId(shard), pair[1].as_u64()))
    };
    shards.iter().filter_map(pair).collect()
}

/// Below a checkpoint everything was archived.
fn check_archive(view: &View, beyond: &Beyond) -> Result<(), String> {
    let ledger = beyond.ledger();
    if ledger.wrong > 0 {
        return Err(format!("{} lines of the archive were never written", ledger.wrong));
    }
    for (number, places) in &view.places {
        let done = |(shard, index): &(ShardId, u64)| match view.progress.get(shard) {
            Some(Some(next)) => index < next,
            Some(None) => true,
            None => false,
        };
        let archived = usize::try_from(*number).ok().and_then(|at| ledger.archived.get(at));
        if places.iter().any(done) && archived != Some(&true) {
            return Err(format!("record {number} at {places:?} is checkpointed and not archived"));
        }
    }
    Ok(())
}

/// What the transform put are lines that were written, and that it lets through.
fn check_copies(view: &View, beyond: &Beyond) -> Result<(), String> {
    let next = beyond.ledger().next;
    let strange = |number: &&u64| **number >= next || !is_copied(**number);
    match view.copied.iter().find(strange) {
        Some(number) => Err(format!("line {number} was copied, and should not have been")),
        None => Ok(()),
    }
}

/// Records of one key were archived for the first time in the order of their shard.
fn check_order(view: &View, beyond: &Beyond) -> Result<(), String> {
    let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
    for number in &beyond.ledger().row {
        if !seen.insert(*number) {
            continue;
        }
        let Some([(shard, index)]) = view.places.get(number).map(Vec::as_slice) else { continue };
        let key = super::doors::line_of(*number).split(' ').next().map(str::to_owned);
        if last.insert((*shard, key), *index).is_some_and(|last| last >= *index) {
            return Err(format!("record {number} at {index} of {shard} was archived too late"));
        }
    }
    Ok(())
}
