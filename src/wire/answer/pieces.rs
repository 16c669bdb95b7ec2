//! A long answer to GetRecords, written while it is sent.
//!
//! Everything but the data is written beforehand, so that the length is known; data are encoded piece
//! by piece. What was just written is still in the processor's cache when it is sent, and a reader
//! that takes its time costs the records alone, not their text as well.

use crate::api::GetRecordsAnswer;
use crate::model::RecordBatch;
use crate::wire::Format;
use crate::wire::answer::records;
use crate::wire::writer::{Writer, append_blob, blob_len};

/// About the bytes of one piece; more where one record has more. 256 KiB cost a sixth less processor
/// time a record than 64; all at once, another twentieth less, and the memory of it.
const PIECE_BYTES: usize = 512 * 1_024;

/// What there is still to send of an answer.
pub struct Pieces {
    format: Format,
    records: RecordBatch,
    /// The body without the data.
    frame: Vec<u8>,
    /// Where in `frame` the data of each record belong.
    gaps: Vec<usize>,
    /// Bytes of `frame` that were given.
    given: usize,
    /// Records whose data were given.
    filled: usize,
    left: usize,
}

impl Pieces {
    /// What there is to send of an answer.
    #[must_use]
    pub fn new(answer: GetRecordsAnswer, format: Format) -> Self {
        let mut writer = Writer::with_gaps(format, records::frame_bytes(&answer.records));
        writer.structure(|writer| records::records(writer, &answer));
        let (frame, gaps) = writer.end_with_gaps();
        let records = answer.records;
        let data = records.data().map(|data| blob_len(format, data.len()));
        let left = frame.len() + data.sum::<usize>();
        Self { format, records, frame, gaps, given: 0, filled: 0, left }
    }

    /// Is an answer long enough to be sent in pieces?
    #[must_use]
    pub fn are_worth(answer: &GetRecordsAnswer) -> bool {
        answer.records.bytes() > PIECE_BYTES
    }

    /// Bytes that are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }
}

impl Iterator for Pieces {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.left == 0 {
            return None;
        }
        let mut piece = Vec::with_capacity(self.left.min(PIECE_BYTES + PIECE_BYTES / 8));
        for (gap, data) in self.gaps.iter().zip(self.records.data()).skip(self.filled) {
            if piece.len() >= PIECE_BYTES {
                break;
            }
            piece.extend_from_slice(&self.frame[self.given..*gap]);
            append_blob(self.format, data, &mut piece);
            (self.given, self.filled) = (*gap, self.filled + 1);
        }
        if self.filled == self.gaps.len() {
            piece.extend_from_slice(&self.frame[self.given..]);
            self.given = self.frame.len();
        }
        self.left -= piece.len();
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Answer, Operation};
    use crate::model::{Encryption, Millis, RecordRef, SequenceNumber, ShardId};
    use crate::wire::{Account, answer};

    fn answer_of(lengths: impl Iterator<Item = usize>) -> GetRecordsAnswer {
        let mut records = RecordBatch::new(ShardId(3));
        for (n, length) in lengths.enumerate() {
            let data: Vec<u8> = (0..length).map(|at| (at * 7 + n) as u8).collect();
            records.push(RecordRef {
                sequence: SequenceNumber { index: n as u64, ..SequenceNumber::default() },
                arrival: Millis(1_700_000_000_007 + n as u64),
                partition_key: ["", "plain", "a \"quoted\"\nkey"][n % 3],
                data: &data,
            });
        }
        GetRecordsAnswer {
            records,
            encryption: Encryption::default(),
            next: None,
            millis_behind_latest: 12,
            children: Vec::new(),
        }
    }

    #[test]
    fn pieces_are_together_what_is_written_at_once() {
        let cases: [Vec<usize>; 6] = [
            vec![],
            vec![0],
            vec![0, 1, 2, 3, 4, 5],
            vec![200_000],
            vec![PIECE_BYTES; 5],
            (0..3_000).map(|n| n % 257).collect(),
        ];
        for lengths in cases {
            for format in [Format::Json, Format::Cbor] {
                let given = answer_of(lengths.iter().copied());
                let whole = answer(
                    &Operation::DescribeLimits,
                    &Answer::Records(given.clone()),
                    format,
                    &Account::default(),
                );
                let mut pieces = Pieces::new(given, format);
                let (announced, mut sent) = (pieces.left(), Vec::new());
                for piece in &mut pieces {
                    assert!(!piece.is_empty());
                    sent.extend_from_slice(&piece);
                }
                assert!(sent == whole, "{format:?} of {} records", lengths.len());
                assert_eq!((announced, pieces.left()), (whole.len(), 0));
            }
        }
    }
}
