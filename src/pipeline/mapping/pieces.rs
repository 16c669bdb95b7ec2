//! Records on their way through lanes, without copies: a piece is a range of an answer, or a list
//! of positions in it, and shares the answer with the other pieces cut from it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::chance::salted;
use crate::model::{Millis, RecordBatch, RecordRef};
use crate::pipeline::filter::Filters;

#[derive(Clone, Debug)]
pub(super) struct Piece {
    answer: Arc<RecordBatch>,
    picks: Option<Arc<[u32]>>,
    from: usize,
    to: usize,
}

impl Piece {
    /// How many records.
    pub(super) fn len(&self) -> usize {
        self.to - self.from
    }

    /// Where the record at `at`, counted from the front of the piece, stands in the answer.
    fn place(&self, at: usize) -> usize {
        let at = self.from + at;
        self.picks.as_ref().map_or(at, |picks| picks[at] as usize)
    }

    /// The record at `at`, counted from the front of the piece.
    pub(super) fn get(&self, at: usize) -> RecordRef<'_> {
        self.answer.get(self.place(at))
    }

    /// Bytes of keys and data of the first `count` records, one or more, at most: what stands between
    /// those that were picked counts too.
    pub(super) fn bytes_at_most(&self, count: usize) -> usize {
        self.answer.bytes_between(self.place(0), self.place(count - 1))
    }

    pub(super) fn first(&self) -> RecordRef<'_> {
        self.get(0)
    }

    pub(super) fn last(&self) -> RecordRef<'_> {
        self.get(self.len() - 1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = RecordRef<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Cuts the first `count` records off.
    fn cut_front(&mut self, count: usize) -> Self {
        let front = Self { to: self.from + count, ..self.clone() };
        self.from = front.to;
        front
    }
}

/// Deals an answer to `lanes` lanes by a stable hash of the key, without the records that no filter
/// lets pass; no piece where a lane gets none.
pub(super) fn deal(answer: RecordBatch, lanes: usize, filters: &Filters) -> Vec<Option<Piece>> {
    let answer = Arc::new(answer);
    if lanes == 1 && filters.is_empty() {
        let to = answer.len();
        return vec![(to > 0).then_some(Piece { answer, picks: None, from: 0, to })];
    }
    let mut picks = vec![Vec::new(); lanes];
    for (at, record) in (0u32..).zip(answer.iter()) {
        if filters.pass(&record) {
            picks[lane_of(record.partition_key, lanes)].push(at);
        }
    }
    picks.into_iter().map(|picks| picked(&answer, picks)).collect()
}

fn picked(answer: &Arc<RecordBatch>, picks: Vec<u32>) -> Option<Piece> {
    let to = picks.len();
    let (answer, picks) = (Arc::clone(answer), Some(picks.into()));
    (to > 0).then_some(Piece { answer, picks, from: 0, to })
}

/// Deals pieces that wait in lanes to another number of lanes. The order of each key is kept.
pub(super) fn deal_again(pieces: &[Piece], lanes: usize) -> Vec<VecDeque<Piece>> {
    let mut all: Vec<(u64, Arc<RecordBatch>, u32)> = Vec::new();
    for piece in pieces {
        for at in piece.from..piece.to {
            let at = piece.picks.as_ref().map_or(at as u32, |picks| picks[at]);
            let index = piece.answer.get(at as usize).sequence.index;
            all.push((index, Arc::clone(&piece.answer), at));
        }
    }
    all.sort_by_key(|(index, ..)| *index);
    let mut dealt = vec![VecDeque::new(); lanes];
    for run in all.chunk_by(|(_, a, _), (_, b, _)| Arc::ptr_eq(a, b)) {
        let answer = &run[0].1;
        let mut picks = vec![Vec::new(); lanes];
        for (_, _, at) in run {
            picks[lane_of(answer.get(*at as usize).partition_key, lanes)].push(*at);
        }
        for (lane, picks) in dealt.iter_mut().zip(picks) {
            lane.extend(picked(answer, picks));
        }
    }
    dealt
}

/// The lane of a key: a stable hash, modulo the lanes.
fn lane_of(key: &str, lanes: usize) -> usize {
    (salted(0, key) % lanes as u64) as usize
}

/// How much a batch may hold.
pub(super) struct Bounds<'a> {
    /// Records.
    pub(super) records: usize,
    /// Bytes of records in the event.
    pub(super) bytes: usize,
    /// Only records that arrived before.
    pub(super) before: Millis,
    /// Bytes of one record in the event.
    pub(super) size: &'a dyn Fn(&RecordRef<'_>) -> usize,
    /// Bytes at most that so many records with so many bytes of keys and data take in the event.
    pub(super) size_at_most: &'a dyn Fn(usize, usize) -> usize,
}

impl Bounds<'_> {
    /// Is the number of records all that ends the batch, as it mostly is? Told without a look at any
    /// of them.
    fn only_counts(&self, pending: &VecDeque<Piece>) -> bool {
        let (mut records, mut bytes) = (0, 0);
        for piece in pending.iter().filter(|piece| piece.len() > 0) {
            let taken = piece.len().min(self.records - records);
            if taken == 0 {
                break;
            }
            records += taken;
            bytes += piece.bytes_at_most(taken);
        }
        self.before == Millis::NEVER && (self.size_at_most)(records, bytes) <= self.bytes
    }
}

/// Takes the next batch from the front; one record at least, whatever its size.
pub(super) fn cut_batch(pending: &mut VecDeque<Piece>, bounds: &Bounds<'_>) -> Vec<Piece> {
    let mut batch = Vec::new();
    let only_counts = bounds.only_counts(pending);
    let (mut records, mut bytes) = (0, 0);
    while let Some(piece) = pending.front_mut() {
        let mut taken = if only_counts { piece.len().min(bounds.records - records) } else { 0 };
        records += taken;
        while !only_counts && taken < piece.len() && records < bounds.records {
            let record = piece.get(taken);
            let size = (bounds.size)(&record);
            let first = records == 0;
            if !first && (bytes + size > bounds.bytes || record.arrival >= bounds.before) {
                break;
            }
            bytes += size;
            records += 1;
            taken += 1;
        }
        if taken < piece.len() {
            batch.extend((taken > 0).then(|| piece.cut_front(taken)));
            break;
        }
        batch.extend(pending.pop_front());
    }
    batch
}

/// Takes the first `count` records off a batch.
pub(super) fn split_off_front(pieces: &mut Vec<Piece>, count: usize) -> Vec<Piece> {
    let mut front = Vec::new();
    let mut left = count;
    while let Some(piece) = pieces.first_mut().filter(|_| left > 0) {
        if piece.len() <= left {
            left -= piece.len();
            front.push(pieces.remove(0));
        } else {
            front.push(piece.cut_front(left));
            left = 0;
        }
    }
    front
}
