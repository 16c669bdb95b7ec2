//! The chunk: a block of one shard's records, written out. This page is normative.
//!
//! All numbers are little-endian. A chunk is a header of 56 bytes and its records:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 4 | magic | `WSC2` |
//! | 4 | `header_crc` | CRC-32 of the rest of the header |
//! | 4 | `body_crc` | CRC-32 of everything behind the header |
//! | 4 | `len` | bytes of the chunk, header and all |
//! | 4 | `file` | number of the file that the chunk was written to |
//! | 4 | `shard` | the log's number of the shard |
//! | 8 | `first` | index of the first record in its shard |
//! | 4 | `count` | records in the chunk, 1 or more |
//! | 4 | `spare` | zeros at the end of the chunk, behind its last record |
//! | 8 | `oldest` | arrival of the first record, milliseconds since the epoch |
//! | 8 | `newest` | arrival of the last record |
//!
//! `count` rows of 16 bytes follow, each the record's arrival (8), where its key begins in what
//! follows the rows (4), and the bytes of the key (4); then keys and data, record by record. The
//! header alone tells which records are inside and when they arrived, so opening reads headers
//! only, and the header's checksum finds the next chunk behind a damaged one.
//!
//! Chunks that are written together end at a multiple of [`ALIGN`] bytes of their file, for which the
//! last one of them has zeros: only so can the next ones go past the system's cache. A chunk that begins
//! with `WSC1`, as earlier versions wrote it, has none.

use crate::log::block::{self, Block, Entry};
use crate::log::bytes::{u32_at, u64_at};
use crate::log::storage::ALIGN;
use crate::log::{INDEX_MAX, LogShard};
use crate::model::Millis;

/// Bytes of a chunk before its rows.
pub(super) const HEADER: usize = 56;
const MAGIC: &[u8; 4] = b"WSC2";
const MAGIC_WITHOUT_SPARE: &[u8; 4] = b"WSC1";

/// Where a chunk is and what it holds: the row of the sparse index that is kept in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) first: u64,
    pub(super) count: u64,
    pub(super) oldest: Millis,
    pub(super) newest: Millis,
    pub(super) file: u32,
    pub(super) at: u64,
    /// Bytes of the chunk; 0 when it should be there and was not found.
    pub(super) len: u32,
}

impl Chunk {
    /// The index behind the last record.
    pub(super) fn end(&self) -> u64 {
        self.first + self.count
    }

    /// The byte behind the chunk.
    pub(super) fn until(&self) -> u64 {
        self.at + u64::from(self.len)
    }

    /// Makes it the last one that is written: it gets the zeros behind which the next ones begin.
    pub(super) fn fill(&mut self) {
        let spare = self.until().next_multiple_of(ALIGN) - self.until();
        self.len += u32::try_from(spare).expect("it is less than a page");
    }
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).expect("a chunk stays below 4 GiB")
}

/// Writes records, one at least, which are those of a shard from index `first` on, behind what `into`
/// holds: the chunk at byte `at` of a file.
pub(super) fn encode<'a>(
    (shard, first): (LogShard, u64),
    (file, at): (u32, u64),
    records: impl Iterator<Item = (&'a Entry, &'a [u8])> + Clone,
    into: &mut Vec<u8>,
) -> Chunk {
    let begin = into.len();
    into.resize(begin + HEADER, 0);
    let (mut count, mut end) = (0, 0);
    let (mut oldest, mut newest) = (None, Millis::ZERO);
    for (entry, _) in records.clone() {
        into.extend_from_slice(&block::row(entry.arrival, end, entry.key_len));
        end += entry.len;
        count += 1;
        oldest.get_or_insert(entry.arrival);
        newest = entry.arrival;
    }
    records.for_each(|(_, stored)| into.extend_from_slice(stored));
    let oldest = oldest.expect("a chunk has a record at least");
    let len = u32_of(into.len() - begin);
    let chunk = Chunk { first, count: u64::from(count), oldest, newest, file, at, len };
    let bytes = &mut into[begin..];
    bytes[20..24].copy_from_slice(&shard.0.to_le_bytes());
    bytes[24..32].copy_from_slice(&first.to_le_bytes());
    bytes[32..36].copy_from_slice(&u32::to_le_bytes(count));
    bytes[40..48].copy_from_slice(&oldest.0.to_le_bytes());
    bytes[48..56].copy_from_slice(&newest.0.to_le_bytes());
    seal(into, begin, &chunk);
    chunk
}

/// Makes the bytes of a chunk, which are those from `begin` on, the ones of `chunk`: so long, and of that
/// file.
pub(super) fn seal(into: &mut Vec<u8>, begin: usize, chunk: &Chunk) {
    let len = chunk.len as usize;
    let spare = len - (into.len() - begin) + spare(&into[begin..]);
    into.resize(begin + len, 0);
    let bytes = &mut into[begin..];
    bytes[0..4].copy_from_slice(MAGIC);
    let body_crc = crc32fast::hash(&bytes[HEADER..]);
    bytes[8..12].copy_from_slice(&body_crc.to_le_bytes());
    bytes[12..16].copy_from_slice(&chunk.len.to_le_bytes());
    bytes[16..20].copy_from_slice(&chunk.file.to_le_bytes());
    bytes[36..40].copy_from_slice(&u32_of(spare).to_le_bytes());
    let crc = crc32fast::hash(&bytes[8..HEADER]);
    bytes[4..8].copy_from_slice(&crc.to_le_bytes());
}

/// Zeros at the end of a chunk.
fn spare(bytes: &[u8]) -> usize {
    u32_at(bytes, 36) as usize
}

/// The header at the beginning of `bytes`, if there is a sound one of this file.
pub(super) fn header(bytes: &[u8], file: u32, at: u64) -> Option<(LogShard, Chunk)> {
    let bytes = bytes.get(..HEADER)?;
    let known = match bytes.first_chunk()? {
        MAGIC => true,
        MAGIC_WITHOUT_SPARE => spare(bytes) == 0,
        _ => false,
    };
    let sound = known
        && u32_at(bytes, 4) == crc32fast::hash(&bytes[8..])
        && u32_at(bytes, 16) == file
        && u32_at(bytes, 12) as usize > HEADER + spare(bytes)
        && u32_at(bytes, 32) > 0
        && u64_at(bytes, 24) <= INDEX_MAX;
    let chunk = || Chunk {
        first: u64_at(bytes, 24),
        count: u32_at(bytes, 32).into(),
        oldest: Millis(u64_at(bytes, 40)),
        newest: Millis(u64_at(bytes, 48)),
        file,
        at,
        len: u32_at(bytes, 12),
    };
    sound.then(|| (LogShard(u32_at(bytes, 20)), chunk()))
}

/// The records of a whole chunk; `None` when a byte is not what was written.
pub(super) fn decode(mut bytes: Vec<u8>, shard: LogShard, chunk: &Chunk) -> Option<Block> {
    let body = sound(&bytes, shard, chunk)?.len();
    bytes.truncate(HEADER + body);
    Block::decode(chunk.first, usize::try_from(chunk.count).ok()?, bytes, HEADER)
}

/// Are these the bytes of a whole chunk, each as it was written?
pub(super) fn is_whole(bytes: &[u8], shard: LogShard, chunk: &Chunk) -> bool {
    let count = usize::try_from(chunk.count).unwrap_or(usize::MAX);
    sound(bytes, shard, chunk).is_some_and(|body| Block::fits(count, body))
}

/// The rows and records of a whole chunk, if it is the one that is meant and its checksum fits.
pub(super) fn sound<'a>(bytes: &'a [u8], shard: LogShard, chunk: &Chunk) -> Option<&'a [u8]> {
    let (found_shard, found) = header(bytes, chunk.file, chunk.at)?;
    let body = bytes.get(HEADER..)?;
    let same = found_shard == shard && found == *chunk && bytes.len() == chunk.len as usize;
    let sound = same && u32_at(bytes, 8) == crc32fast::hash(body);
    sound.then(|| &body[..body.len() - spare(bytes)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::block::Allowance;

    const SHARD: LogShard = LogShard(7);

    fn written() -> (Vec<u8>, Chunk) {
        let records = [(10, &b"aone"[..], 1), (20, b"", 0), (30, b"key.............", 3)];
        let records = records.map(|(arrival, bytes, key_len)| {
            let (arrival, len) = (Millis(arrival), u32_of(bytes.len()));
            (Entry { arrival, at: 0, len, key_len, of: block::OWN }, bytes)
        });
        let records = records.iter().map(|(entry, bytes)| (entry, *bytes));
        let mut bytes = vec![1, 2, 3];
        let chunk = encode((SHARD, 5), (4, 100), records, &mut bytes);
        assert_eq!(bytes.len(), 3 + chunk.len as usize);
        (bytes.split_off(3), chunk)
    }

    #[test]
    fn a_chunk_reads_back_what_was_written() {
        let (bytes, chunk) = written();
        assert_eq!((chunk.end(), chunk.until()), (8, 100 + bytes.len() as u64));
        assert_eq!(header(&bytes, 4, 100), Some((SHARD, chunk)));
        let block = decode(bytes, SHARD, &chunk).expect("it is whole");
        let mut seen = Vec::new();
        block.read(5, &mut Allowance::new(10, 1_000), &mut |stretch| {
            let records = stretch.records();
            seen.extend(
                records.map(|(index, arrival, key, data)| {
                    (index, arrival.0, key.to_owned(), data.len())
                }),
            );
        });
        let expected =
            [(5, 10, "a".into(), 3), (6, 20, String::new(), 0), (7, 30, "key".into(), 13)];
        assert_eq!(seen, expected);
        assert_eq!(block.index_at(Millis(11)), 6);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_a_chunk_is_seen() {
        let (good, chunk) = written();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(bad, SHARD, &chunk).is_none(), "bit {bit}");
        }
        assert!((0..good.len()).all(|len| decode(good[..len].to_vec(), SHARD, &chunk).is_none()));
        assert!(decode(good, LogShard(8), &chunk).is_none());
    }

    #[test]
    fn a_chunk_can_move_to_another_file_and_be_the_last_there() {
        let (mut bytes, chunk) = written();
        let records = bytes.len();
        let mut moved = Chunk { file: 9, ..chunk };
        moved.fill();
        for _ in 0..2 {
            seal(&mut bytes, 0, &moved);
            assert_eq!(header(&bytes, 4, 100), None);
            assert_eq!((moved.until(), bytes.len() as u64), (ALIGN, ALIGN - 100));
            let body = sound(&bytes, SHARD, &moved).expect("it is whole");
            assert_eq!(body.len(), records - HEADER, "zeros are no part of the last record");
        }
        let block = decode(bytes, SHARD, &moved).expect("it is whole");
        assert_eq!(block.end(), 8);
    }

    #[test]
    fn a_chunk_of_the_version_before_is_read() {
        let (mut bytes, chunk) = written();
        bytes[..4].copy_from_slice(MAGIC_WITHOUT_SPARE);
        assert!(decode(bytes.clone(), SHARD, &chunk).is_some());
        bytes[36] = 1;
        let crc = crc32fast::hash(&bytes[8..HEADER]);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        assert!(decode(bytes, SHARD, &chunk).is_none(), "it has no zeros to leave out");
    }
}
