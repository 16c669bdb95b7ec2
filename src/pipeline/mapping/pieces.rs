//! Records on their way through lanes, without copies: a piece is a range of an answer, or a list
//! of positions in it, and shares the answer with the other pieces cut from it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::chance::salted;
use crate::model::{RecordBatch, RecordRef};

/// Most bytes of keys and data in one invocation: what 6 MB of JSON with base64 leaves.
pub(super) const BATCH_BYTES_MAX: usize = 4_500_000;

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

    /// The record at `at`, counted from the front of the piece.
    pub(super) fn get(&self, at: usize) -> RecordRef<'_> {
        let at = self.from + at;
        self.answer.get(self.picks.as_ref().map_or(at, |picks| picks[at] as usize))
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
    fn cut(&mut self, count: usize) -> Self {
        let front = Self { to: self.from + count, ..self.clone() };
        self.from = front.to;
        front
    }
}

/// Deals an answer to `lanes` lanes by a stable hash of the key; no piece where a lane gets none.
pub(super) fn deal(answer: RecordBatch, lanes: usize) -> Vec<Option<Piece>> {
    let answer = Arc::new(answer);
    if lanes == 1 {
        let to = answer.len();
        return vec![(to > 0).then_some(Piece { answer, picks: None, from: 0, to })];
    }
    let mut picks = vec![Vec::new(); lanes];
    for (at, record) in (0u32..).zip(answer.iter()) {
        picks[lane_of(record.partition_key, lanes)].push(at);
    }
    let piece = |picks: Vec<u32>| {
        let to = picks.len();
        let (answer, picks) = (Arc::clone(&answer), Some(picks.into()));
        (to > 0).then_some(Piece { answer, picks, from: 0, to })
    };
    picks.into_iter().map(piece).collect()
}

/// The lane of a key: a stable hash, modulo the lanes.
fn lane_of(key: &str, lanes: usize) -> usize {
    (salted(0, key) % lanes as u64) as usize
}

/// Takes the next batch from the front: at most `most` records and [`BATCH_BYTES_MAX`] bytes, but
/// one record at least.
pub(super) fn cut_batch(pending: &mut VecDeque<Piece>, most: usize) -> Vec<Piece> {
    let mut reach = 0;
    let near = pending.iter().take_while(|piece| {
        let wanted = reach < most;
        reach += piece.len();
        wanted
    });
    // An upper bound is enough where nothing comes near the limit.
    let weigh = near.map(|piece| piece.answer.bytes()).sum::<usize>() > BATCH_BYTES_MAX;
    let mut batch = Vec::new();
    let (mut records, mut bytes) = (0, 0);
    while let Some(piece) = pending.front_mut().filter(|_| records < most) {
        let mut taken = piece.len().min(most - records);
        if weigh {
            taken = fitting(piece, taken, &mut bytes, records == 0);
        }
        if taken == 0 {
            break;
        }
        records += taken;
        if taken == piece.len() {
            batch.extend(pending.pop_front());
        } else {
            batch.push(piece.cut(taken));
            break;
        }
    }
    batch
}

/// How many of the first `wanted` records fit the bytes that are left.
fn fitting(piece: &Piece, wanted: usize, bytes: &mut usize, must: bool) -> usize {
    let mut taken = 0;
    while taken < wanted {
        let size = piece.get(taken).bytes();
        if *bytes + size > BATCH_BYTES_MAX && !(must && taken == 0) {
            break;
        }
        *bytes += size;
        taken += 1;
    }
    taken
}
