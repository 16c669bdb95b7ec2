//! What a command would do, said before it is done.

use crate::command::near::way_out;
use crate::command::{Command, CommandError, Danger};
use crate::model::{
    HashKey, HashKeyRange, PartName, ShardId, ShardLimits, ShardState, StreamMode, StreamName,
    StreamStatus,
};
use crate::snapshot::{Measure, Rates, ShardView, Snapshot, StreamView};

/// What a command would do. Loads are estimates from the last seconds, by what is known of the keys
/// of each shard, else as if they lay evenly in its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// What would be done, as a sentence.
    pub title: String,
    /// Shards as they are, in order of ranges; empty where no range changes.
    pub before: Vec<Piece>,
    /// Shards as they would be.
    pub after: Vec<Piece>,
    /// What else to know, each a sentence.
    pub notes: Vec<String>,
    /// What a yes runs, where that is more exact than what was asked: a split at a certain key in
    /// place of one where the load halves.
    pub exact: Option<Command>,
    /// How it is taken back.
    pub undo: String,
    /// How much can be lost.
    pub danger: Danger,
    /// What must be typed before it is done, where a `y` is too little.
    pub phrase: Option<String>,
}

/// A shard before or after.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its number, or `new`.
    pub label: String,
    /// Its keys.
    pub range: HashKeyRange,
    /// Records a second, offered: accepted and refused.
    pub records_per_s: f64,
    /// Bytes a second, offered: refused records count as the accepted ones on the average.
    pub bytes_per_s: f64,
    /// Share of the tighter write limit, 0 and up; `None` when both are off.
    pub utilization: Option<f64>,
}

impl Piece {
    /// A shard as it is.
    pub(super) fn of(shard: &ShardView, limits: &ShardLimits) -> Self {
        let Rates { in_records, in_bytes, .. } = shard.rates().offered();
        Self::new(shard.id.short(), shard.range, (in_records, in_bytes), limits)
    }

    /// A shard that would be, of a load.
    pub(super) fn new(
        label: String,
        range: HashKeyRange,
        (records_per_s, bytes_per_s): (f64, f64),
        limits: &ShardLimits,
    ) -> Self {
        let rates = Rates { in_records: records_per_s, in_bytes: bytes_per_s, ..Rates::default() };
        let utilization = rates.write_utilization(limits, 1);
        Self { label, range, records_per_s, bytes_per_s, utilization }
    }

    /// The same, with a label that says where it comes from.
    pub(super) fn of_parent(self, parent: ShardId) -> Self {
        Self { label: format!("<{}", parent.short()), ..self }
    }

    /// Both loads in one shard.
    pub(super) fn joined(&self, other: &Self, limits: &ShardLimits) -> Self {
        let range = HashKeyRange {
            start: self.range.start.min(other.range.start),
            end: self.range.end.max(other.range.end),
        };
        let load = (self.records_per_s + other.records_per_s, self.bytes_per_s + other.bytes_per_s);
        Self::new("new".to_owned(), range, load, limits)
    }

    /// Offered more than it takes?
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.utilization.is_some_and(|share| share > 1.0)
    }
}

/// What the two halves of a shard would carry, divided at `cut`, which is inside of it.
pub(super) fn halves(stream: &StreamView, shard: &ShardView, cut: HashKey) -> [Piece; 2] {
    let HashKeyRange { start, end } = shard.range;
    let whole = Piece::of(shard, &stream.limits);
    let lower = HashKeyRange { start, end: HashKey(cut.0 - 1) };
    let upper = HashKeyRange { start: cut, end };
    let even = lower.share() / shard.range.share();
    let below = |measure| shard.mix().map_or(even, |mix| mix.below(cut, measure));
    let (records, bytes) = (below(Measure::Records), below(Measure::Bytes));
    let next = stream.shards.last().map_or(0, |newest| newest.id.0 + 1);
    let half = |nth: u32, range, records: f64, bytes: f64| {
        let load = (whole.records_per_s * records, whole.bytes_per_s * bytes);
        Piece::new(ShardId(next + nth).short(), range, load, &stream.limits)
    };
    [half(0, lower, records, bytes), half(1, upper, 1.0 - records, 1.0 - bytes)]
}

/// A preview without ranges.
pub(super) fn plain(command: &Command, undo: impl Into<String>, danger: Danger) -> Preview {
    Preview {
        title: command.to_string(),
        before: Vec::new(),
        after: Vec::new(),
        notes: Vec::new(),
        exact: None,
        undo: undo.into(),
        danger,
        phrase: None,
    }
}

/// The preview of a command that needs none.
pub(super) fn line_only(command: &Command, _: &Snapshot) -> Result<Preview, CommandError> {
    let spec = crate::command::spec_of(command);
    Ok(plain(command, spec.undo, spec.danger))
}

/// The stream of that name.
pub(super) fn stream<'a>(
    snapshot: &'a Snapshot,
    name: &StreamName,
) -> Result<&'a StreamView, CommandError> {
    snapshot.stream(name.as_str()).ok_or_else(|| CommandError::Unknown {
        what: "stream",
        name: name.to_string(),
        way_out: way_out(name.as_str(), snapshot.streams.iter().map(|s| s.name.as_str())),
    })
}

/// The stream, if it can be changed now.
pub(super) fn active<'a>(
    snapshot: &'a Snapshot,
    name: &StreamName,
) -> Result<&'a StreamView, CommandError> {
    let stream = stream(snapshot, name)?;
    if stream.status != StreamStatus::Active {
        let (stream, status) = (stream.name.to_string(), stream.status.word());
        return Err(CommandError::Busy { stream, status });
    }
    Ok(stream)
}

/// The stream, if its shards can be changed now.
pub(super) fn changeable<'a>(
    snapshot: &'a Snapshot,
    name: &StreamName,
) -> Result<&'a StreamView, CommandError> {
    if stream(snapshot, name)?.mode == StreamMode::OnDemand {
        return Err(CommandError::OnDemand { stream: name.to_string() });
    }
    active(snapshot, name)
}

/// Refuses what only on-demand streams have.
pub(super) fn on_demand(stream: &StreamView, what: &'static str) -> Result<(), CommandError> {
    match stream.mode {
        StreamMode::OnDemand => Ok(()),
        StreamMode::Provisioned => {
            Err(CommandError::Provisioned { stream: stream.name.to_string(), what })
        }
    }
}

/// The shard, if it is open.
pub(super) fn open_shard(stream: &StreamView, id: ShardId) -> Result<&ShardView, CommandError> {
    let refuse = |why| {
        let open: Vec<String> =
            stream.open_by_range().iter().take(12).map(|shard| shard.id.short()).collect();
        let more = if stream.open_shards() > 12 { ", ..." } else { "" };
        CommandError::Shard {
            stream: stream.name.to_string(),
            shard: id.short(),
            why,
            open: open.join(", ") + more,
        }
    };
    match stream.shard(id) {
        Some(shard) if shard.state == ShardState::Open => Ok(shard),
        Some(_) => Err(refuse("is closed")),
        None => Err(refuse("does not exist")),
    }
}

/// Names of all parts with what they are.
pub(super) fn parts(snapshot: &Snapshot) -> Vec<(&'static str, &PartName)> {
    let producers = snapshot.producers.iter().map(|part| ("producer", &part.name));
    let transforms = snapshot.transforms.iter().map(|part| ("transform", &part.name));
    let mappings = snapshot.mappings.iter().map(|part| ("mapping", &part.name));
    let readers = snapshot.readers.iter().map(|part| ("reader", &part.name));
    let functions = snapshot.functions.iter().map(|part| ("function", &part.name));
    let applications = snapshot.applications.iter().map(|part| ("application", &part.name));
    let readers = readers.chain(applications);
    producers.chain(transforms).chain(mappings).chain(readers).chain(functions).collect()
}

/// Refuses when the name is taken by any part.
pub(super) fn free(snapshot: &Snapshot, name: &PartName) -> Result<(), CommandError> {
    match parts(snapshot).iter().any(|(_, taken)| *taken == name) {
        true => Err(CommandError::Taken { name: name.to_string() }),
        false => Ok(()),
    }
}

/// Refuses when there is no part of that kind and name.
pub(super) fn known(
    snapshot: &Snapshot,
    what: &'static str,
    name: &PartName,
) -> Result<(), CommandError> {
    among(snapshot, what, &[what], name)
}

/// Refuses when there is no producer and no mapping of that name.
pub(super) fn pausable(snapshot: &Snapshot, name: &PartName) -> Result<(), CommandError> {
    among(snapshot, "producer or mapping", &["producer", "mapping"], name)
}

/// Refuses when nothing of that name reads a stream.
pub(super) fn consumer(snapshot: &Snapshot, name: &PartName) -> Result<(), CommandError> {
    among(snapshot, "consumer", &["mapping", "transform", "reader", "application"], name)
}

fn among(
    snapshot: &Snapshot,
    what: &'static str,
    kinds: &[&str],
    name: &PartName,
) -> Result<(), CommandError> {
    let names: Vec<&str> = parts(snapshot)
        .into_iter()
        .filter(|(kind, _)| kinds.contains(kind))
        .map(|(_, name)| name.as_str())
        .collect();
    if names.contains(&name.as_str()) {
        return Ok(());
    }
    let way_out = way_out(name.as_str(), names);
    Err(CommandError::Unknown { what, name: name.to_string(), way_out })
}
