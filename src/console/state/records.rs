//! Where the record screen stands: which records, what is held, how one is shown.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::IgnoredAny;

use crate::command::{Asked, Browse, Place, RecordLook, Screen, Terms};
use crate::console::state::State;
use crate::console::widget::json::{Folds, JsonLine, json, quoted};
use crate::snapshot::{Aggregated, Snapshot, TailRecord, TailView};
use crate::world::RecordsWatch;

/// Where the record screen stands.
#[derive(Clone, Debug, Default)]
pub struct RecordsState {
    /// The records that are held, because the user looks at one of them while others come.
    pub held: Option<Arc<TailView>>,
    /// How a record is shown.
    pub look: RecordLook,
    /// Which objects and lists inside of it are folded.
    pub folds: Folds,
    /// The line of its data under the cursor, from 0.
    pub line: usize,
}

impl State {
    /// Which records are in view.
    #[must_use]
    pub fn browse(&self) -> Option<&Browse> {
        match &self.screen {
            Screen::Records(browse) => Some(browse),
            _ => None,
        }
    }

    /// Where among the records the screen stands, to be moved.
    pub(crate) fn browse_mut(&mut self) -> Option<&mut Browse> {
        match &mut self.screen {
            Screen::Records(browse) => Some(browse),
            _ => None,
        }
    }

    pub(super) fn records_watch(&self) -> Option<RecordsWatch> {
        let terms = Terms::parse(&self.filter);
        self.browse().map(|browse| RecordsWatch { browse: browse.clone(), terms })
    }

    /// The page of records in view: what is held, or what the picture has of what is asked for.
    #[must_use]
    pub fn tail<'a>(&'a self, snapshot: &'a Snapshot) -> &'a TailView {
        static NONE: TailView =
            TailView { records: Vec::new(), one_in: 0, looked_at: 0, ended: false };
        let pictured: &TailView = if self.has_records() { &snapshot.tail } else { &NONE };
        self.records.held.as_deref().unwrap_or(pictured)
    }

    /// The records of the page that the filter lets through, oldest first.
    #[must_use]
    pub fn records<'a>(&'a self, snapshot: &'a Snapshot) -> Vec<&'a TailRecord> {
        let terms = Terms::parse(&self.filter);
        let fits = |record: &&TailRecord| {
            let TailRecord { shard, partition_key, data, data_bytes, .. } = *record;
            let (shard, data_bytes) = (*shard, *data_bytes);
            terms.hold(&Asked { shard, key: partition_key, data, data_bytes })
        };
        self.tail(snapshot).records.iter().filter(fits).collect()
    }

    /// The place of the selected record, or of the one to begin with: the newest where records are
    /// read back from the end, else the first.
    #[must_use]
    pub fn record_at(&self, records: &[&TailRecord]) -> Option<usize> {
        let chosen = self.chosen.record.as_ref();
        let at = chosen.and_then(|(shard, sequence)| {
            records.iter().position(|r| r.shard == *shard && r.sequence.to_string() == *sequence)
        });
        let back = self
            .browse()
            .is_none_or(|browse| matches!(browse.place, Place::Newest | Place::Until(_)));
        let first = if back { records.len().checked_sub(1) } else { Some(0) };
        at.or(first).filter(|at| *at < records.len())
    }

    /// The selected record.
    #[must_use]
    pub fn record<'a>(&'a self, snapshot: &'a Snapshot) -> Option<&'a TailRecord> {
        let records = self.records(snapshot);
        self.record_at(&records).map(|at| records[at])
    }

    /// The lines of the selected record as JSON, where it is some and shown so.
    #[must_use]
    pub fn record_lines(&self, snapshot: &Snapshot) -> Option<Vec<JsonLine>> {
        let shown = self.records.look == RecordLook::Json;
        let record = self.record(snapshot).filter(|_| shown)?;
        json(&json_of(record), &self.records.folds)
    }

    /// Do the newest records follow each other on the screen?
    #[must_use]
    pub fn follows(&self) -> bool {
        self.records.held.is_none()
            && self.browse().is_some_and(|browse| browse.place == Place::Newest)
    }
}

/// The data of a record as JSON, where it is some. An aggregated record is a list of what is inside.
#[must_use]
pub fn json_of(record: &TailRecord) -> Cow<'_, [u8]> {
    let Some(Aggregated { records, shown }) = &record.aggregated else {
        return Cow::Borrowed(&record.data);
    };
    let inside = |(key, data): &(String, Vec<u8>)| {
        let is_json = serde_json::from_slice::<IgnoredAny>(data).is_ok();
        let data = String::from_utf8_lossy(data);
        let data = if is_json { data.into_owned() } else { quoted(&data) };
        format!("{{\"key\":{},\"data\":{data}}}", quoted(key))
    };
    let left = records - shown.len();
    let more = (left > 0).then(|| quoted(&format!("{left} more")));
    let items: Vec<String> = shown.iter().map(inside).chain(more).collect();
    Cow::Owned(format!("[{}]", items.join(",")).into_bytes())
}
