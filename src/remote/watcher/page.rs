//! The records at the place that a viewer looks at.

use serde_json::{Value, json};

use super::Watcher;
use crate::command::{Browse, Place as At};
use crate::model::{Millis, SequenceNumber, ShardId, ShardState};
use crate::remote::AskError;
use crate::remote::answer::Read;
use crate::rules::routing::hash_key_of;
use crate::snapshot::{TailRecord, TailView};
use crate::world::{RecordsWatch, SHOWN_RECORDS, Wanted, shown};

/// Shards of which a page is read.
const PAGE_SHARDS: usize = 20;
/// Records that one call of a page brings.
const PAGE_RECORDS: usize = 500;

impl Watcher {
    /// Reads the records at the place that a viewer looks at.
    pub(super) fn read_page(&mut self, at: Millis) -> Result<(), AskError> {
        let Some(watch) = self.watch.records.clone() else { return Ok(()) };
        let RecordsWatch { browse, terms } = &watch;
        let wanted = Wanted { browse, terms };
        let place = browse.place.fixed(self.sight.started(), at);
        let (asked, until) = position(place);
        let mut records: Vec<TailRecord> = Vec::new();
        let mut looked_at = 0;
        for id in self.page_shards(browse, place) {
            let iterator = self.iterator(&browse.stream, id, asked.clone())?;
            let batch = self.get(&iterator, PAGE_RECORDS)?;
            looked_at += batch.records.len() as u64;
            let held = batch.records.iter().map(Read::record);
            let held = held.filter(|record| wanted.holds(id, record));
            records.extend(held.map(|record| shown(id, record)));
        }
        records.retain(|record| until.is_none_or(|until| record.arrival <= until));
        records.sort_by_key(|record| record.arrival);
        let over = records.len().saturating_sub(SHOWN_RECORDS);
        match until {
            Some(_) => drop(records.drain(..over)),
            None => records.truncate(SHOWN_RECORDS),
        }
        let view = TailView { records, one_in: 1, looked_at, ended: false };
        self.page = Some((watch, view));
        Ok(())
    }

    /// The shards that may have what is wanted at a place.
    pub(super) fn page_shards(&self, browse: &Browse, place: At) -> Vec<ShardId> {
        let of_sequence = match place {
            At::Sequence(number) => Some(number.shard),
            _ => None,
        };
        let only = browse.shard.or(of_sequence);
        // Where the service spreads records, any shard may have those of a key.
        let by_key = self.sight.goes_by_key(&browse.stream);
        let hash = browse.key.as_deref().filter(|_| by_key).map(hash_key_of);
        // Closed shards are behind some places: the oldest records are there.
        let shards = self.sight.shards(&browse.stream);
        shards
            .filter(|shard| only.is_none_or(|wanted| wanted == shard.shard))
            .filter(|shard| hash.is_none_or(|hash| shard.range.contains(hash)))
            .filter(|shard| place != At::Newest || shard.state == ShardState::Open)
            .map(|shard| shard.shard)
            .take(PAGE_SHARDS)
            .collect()
    }
}

/// What is asked for a place, and the time that its records do not go beyond.
fn position(place: At) -> (Value, Option<Millis>) {
    let at_time = |at: Millis| json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": at.0 as f64 / 1_000.0});
    let at_number = |number: SequenceNumber| json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number.to_string()});
    match place {
        At::Newest | At::Oldest | At::Ago(_) | At::Elapsed(_) => {
            (json!({"ShardIteratorType": "TRIM_HORIZON"}), None)
        }
        At::From(at) => (at_time(at), None),
        // The last minute before it.
        At::Until(at) => (at_time(Millis(at.0.saturating_sub(60_000))), Some(at)),
        At::Sequence(number) => (at_number(number), None),
    }
}
