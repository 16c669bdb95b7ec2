//! The records at the place that a viewer looks at.

use serde_json::{Value, json};

use super::Watcher;
use crate::command::{Browse, Place as At};
use crate::model::{Millis, SequenceNumber, ShardId, ShardState};
use crate::remote::AskError;
use crate::remote::sight::{RECORDS, holds, shown};
use crate::snapshot::TailView;

/// Shards of which a page is read.
const PAGE_SHARDS: usize = 20;
/// Records that one call of a page brings.
const PAGE_RECORDS: usize = 500;

impl Watcher {
    /// Reads the records at the place that a viewer looks at.
    pub(super) fn read_page(&mut self, at: Millis) -> Result<(), AskError> {
        let Some(watch) = self.watch.records.clone() else { return Ok(()) };
        let Browse { stream, place, shard, .. } = &watch.browse;
        let place = place.fixed(self.sight.started(), at);
        let (asked, until) = position(place);
        let of_sequence = match place {
            At::Sequence(number) => Some(number.shard),
            _ => None,
        };
        // Closed shards are behind some places: the oldest records are there.
        let shards = self.sight.shards(stream).map(|shard| (shard.shard, shard.state));
        let shards =
            shards.filter(|(id, _)| shard.or(of_sequence).is_none_or(|wanted| wanted == *id));
        let wanted = |state: ShardState| place != At::Newest || state == ShardState::Open;
        let shards: Vec<ShardId> = shards
            .filter(|(_, state)| wanted(*state))
            .map(|(id, _)| id)
            .take(PAGE_SHARDS)
            .collect();
        let (mut records, mut looked_at) = (Vec::new(), 0);
        for id in shards {
            let iterator = self.iterator(stream, id, asked.clone())?;
            let batch = self.get(&iterator, PAGE_RECORDS)?;
            looked_at += batch.records.len() as u64;
            records.extend(batch.records.iter().map(|read| shown(id, read)));
        }
        records.retain(|record| holds(record, &watch.browse, &watch.terms));
        records.retain(|record| until.is_none_or(|until| record.arrival <= until));
        records.sort_by_key(|record| record.arrival);
        let over = records.len().saturating_sub(RECORDS);
        match until {
            Some(_) => drop(records.drain(..over)),
            None => records.truncate(RECORDS),
        }
        let view = TailView { records, one_in: 1, looked_at, ended: false };
        self.page = Some((watch, view));
        Ok(())
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
