//! The list of the chunks in a closed file, so that opening a folder need not look for them.
//!
//! It is the file `chunks-NNNNNNNNNN.idx`. All numbers are little-endian: magic `WSI1` (4), CRC-32 of
//! the rest (4), number of the chunk file (4), how many chunks (4), bytes of the chunk file (8);
//! for each chunk, in the order of the file, its shard (4), its bytes (4), index of its first record
//! (8), how many records (4), and the arrivals of its first and its last one (8, 8).
//!
//! Nothing relies on it: it is not synced, and what is damaged, or is of another length of its file,
//! counts as not there. The headers of the chunks are read then, as those of the file that still
//! grows are.

use crate::log::bytes::{u32_at, u64_at};
use crate::log::chunk::{self, Chunk};
use crate::log::{INDEX_MAX, LogShard, Storage, StorageError, storage};
use crate::model::Millis;

const MAGIC: &[u8; 4] = b"WSI1";
const HEADER: usize = 24;
const ROW: usize = 36;

/// A chunk, and whose it is.
pub(super) type Row = (LogShard, Chunk);

pub(super) fn file_of(number: u32) -> String {
    format!("chunks-{number:010}.idx")
}

pub(super) fn number_of(file: &str) -> Option<u32> {
    let number = file.strip_prefix("chunks-")?.strip_suffix(".idx")?.parse().ok()?;
    (file_of(number) == file).then_some(number)
}

/// Writes the list of a file of `len` bytes.
pub(super) fn save(
    storage: &mut dyn Storage,
    number: u32,
    len: u64,
    rows: &[Row],
) -> Result<(), StorageError> {
    // What a crash left of an earlier one may be longer.
    storage.remove(&file_of(number))?;
    storage.write_at(&file_of(number), 0, &encode(number, len, rows))
}

/// Puts the list of a file of `len` bytes behind what `rows` holds; `false` when there is none that
/// is sound. `room` is what it is read into.
pub(super) fn load(
    storage: &dyn Storage,
    number: u32,
    len: u64,
    room: &mut Vec<u8>,
    rows: &mut Vec<Row>,
) -> bool {
    let there = storage::read_whole(storage, &file_of(number), room).is_ok();
    there && decode(room, number, len, rows).is_some()
}

/// For how long a file the list in `bytes` is meant, and its rows; `None` when it is not sound.
pub(super) fn look(bytes: &[u8], number: u32) -> Option<(u64, Vec<Row>)> {
    let (len, mut rows) = (u64_at(bytes.get(..HEADER)?, 16), Vec::new());
    decode(bytes, number, len, &mut rows).map(|()| (len, rows))
}

fn encode(number: u32, len: u64, rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + rows.len() * ROW);
    let count = u32::try_from(rows.len()).expect("a file has fewer chunks than 2^32");
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&len.to_le_bytes());
    for (shard, chunk) in rows {
        let count = u32::try_from(chunk.count).expect("a chunk has fewer records than 2^32");
        bytes.extend_from_slice(&shard.0.to_le_bytes());
        bytes.extend_from_slice(&chunk.len.to_le_bytes());
        bytes.extend_from_slice(&chunk.first.to_le_bytes());
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&chunk.oldest.0.to_le_bytes());
        bytes.extend_from_slice(&chunk.newest.0.to_le_bytes());
    }
    let crc = crc32fast::hash(&bytes[8..]);
    bytes[4..8].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Puts the rows of a sound list behind what `into` holds.
fn decode(bytes: &[u8], number: u32, len: u64, into: &mut Vec<Row>) -> Option<()> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let count = u32_at(header, 12) as usize;
    let sound = &header[..4] == MAGIC
        && u32_at(header, 4) == crc32fast::hash(&bytes[8..])
        && u32_at(header, 8) == number
        && u64_at(header, 16) == len
        && rest.len() == count.checked_mul(ROW)?;
    sound.then_some(())?;
    let begin = into.len();
    let mut at = 0;
    into.extend(rest.chunks_exact(ROW).map(|row| {
        let chunk = chunk_of(row, number, at);
        at = chunk.until();
        (LogShard(u32_at(row, 0)), chunk)
    }));
    let possible = |(_, chunk): &Row| {
        chunk.len as usize > chunk::HEADER && chunk.count > 0 && chunk.first <= INDEX_MAX
    };
    let fits = at == len && into[begin..].iter().all(possible);
    if !fits {
        into.truncate(begin);
    }
    fits.then_some(())
}

fn chunk_of(row: &[u8], file: u32, at: u64) -> Chunk {
    Chunk {
        first: u64_at(row, 8),
        count: u32_at(row, 16).into(),
        oldest: Millis(u64_at(row, 20)),
        newest: Millis(u64_at(row, 28)),
        file,
        at,
        len: u32_at(row, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let chunk = Chunk {
            first: 1 << 40,
            count: 3,
            oldest: Millis(5),
            newest: Millis(9),
            file: 7,
            at: 0,
            len: 100,
        };
        vec![(LogShard(2), chunk), (LogShard(9), Chunk { at: 100, first: 0, ..chunk })]
    }

    #[test]
    fn a_list_reads_back_for_its_file_at_its_length_only() {
        let bytes = encode(7, 200, &rows());
        let mut found = rows();
        assert_eq!(decode(&bytes, 7, 200, &mut found), Some(()));
        assert_eq!(found, [rows(), rows()].concat(), "what was there before stays");
        assert_eq!(decode(&bytes, 8, 200, &mut found), None);
        assert_eq!(decode(&bytes, 7, 201, &mut found), None);
        assert_eq!(found.len(), 4, "nothing came to it");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_a_list_is_seen() {
        let good = encode(7, 200, &rows());
        let decode = |bytes: &[u8]| decode(bytes, 7, 200, &mut Vec::new());
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&bad), None, "bit {bit}");
        }
        assert!((0..good.len()).all(|len| decode(&good[..len]).is_none()));
    }
}
