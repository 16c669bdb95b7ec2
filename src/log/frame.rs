//! The frame: what one commit writes, and what recovery reads back. This page is normative.
//!
//! All numbers are little-endian; a varint is LEB128. A frame begins at a multiple of 8 bytes with
//! a header of 40 bytes, then come its records, then zeros up to the next multiple of 8:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 4 | `len` | bytes of header and records, 40 or more |
//! | 4 | `crc` | CRC-32 of `len` and of everything after this field |
//! | 1 | `version` | 2 |
//! | 1 | `kind` | 0 records; 1 mark: only tells `synced`; 2 end: the segment takes no more |
//! | 2 | reserved | 0 |
//! | 4 | `epoch` | number of the segment that the frame was written to |
//! | 4 | `at` | byte of the segment where the frame begins |
//! | 4 | `synced` | bytes of the segment that were synced before the frame was written |
//! | 4 | `count` | records in the frame; 0 in a mark and in an end |
//! | 4 | reserved | 0 |
//! | 8 | `arrival` | of the first record, milliseconds since the epoch |
//!
//! A frame counts in its place only: `epoch` and `at` tell it from one that an earlier use of the
//! file left behind and from bytes inside a record that look like one. Records of one shard have
//! consecutive indexes in a frame; a run is the shard's place in the order of first appearance. A
//! record follows the other without a gap:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | varint | `run` | which of the frame's runs, or the number of runs so far: a new one |
//! | varint | `shard` | the log's number of the shard, in a new run only |
//! | varint | `index` | index of the record in its shard, in a new run only |
//! | varint | `delta` | arrival since that of the frame, wrapping at 2^64 |
//! | varint | `key_len` | bytes of the key |
//! | varint | `data_len` | bytes of the data |
//! | | key, data | |

use crate::log::varint;
use crate::log::{INDEX_MAX, LogShard, SHARDS_MAX};
use crate::model::{KeyedBytes, Millis};

/// Bytes of a frame before its first record.
pub(super) const HEADER: usize = 40;
/// Frames begin at multiples of this many bytes.
pub(super) const ALIGN: usize = 8;
const VERSION: u8 = 2;
/// Memory that is kept from frame to frame, in bytes: what most calls put together take.
const KEPT_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a record's numbers at most: five of up to 10 bytes each and a shard of up to 5.
const NUMBERS_MAX: usize = 64;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Carries records.
    Records,
    /// Tells how far the segment was synced.
    Mark,
    /// Closes the segment.
    End,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Records, Self::Mark, Self::End];

    /// The word for people.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Mark => "mark",
            Self::End => "end",
        }
    }
}

/// Where a frame is written, and what is known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) epoch: u32,
    pub(super) at: u32,
    pub(super) synced: u32,
}

/// One record inside a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameRecord<'a> {
    pub(super) shard: LogShard,
    pub(super) index: u64,
    pub(super) arrival: Millis,
    pub(super) stored: KeyedBytes<'a>,
}

/// A frame under construction; empty until a record is pushed.
#[derive(Debug, Default)]
pub(super) struct FrameWriter {
    bytes: Vec<u8>,
    count: u32,
    runs: u32,
    arrival: Millis,
}

impl FrameWriter {
    /// Takes a record as the next of its shard's run, or as the first of a new run; gives the run.
    /// Key and data are the last bytes of the frame then.
    #[inline]
    pub(super) fn push(&mut self, run: Option<u32>, record: FrameRecord<'_>) -> u32 {
        if self.count == 0 {
            self.bytes.resize(HEADER, 0);
            self.arrival = record.arrival;
        }
        let mut numbers = [0; NUMBERS_MAX];
        let mut len = varint::put(&mut numbers, 0, run.unwrap_or(self.runs).into());
        if run.is_none() {
            len = varint::put(&mut numbers, len, record.shard.0.into());
            len = varint::put(&mut numbers, len, record.index);
        }
        len = varint::put(&mut numbers, len, record.arrival.0.wrapping_sub(self.arrival.0));
        len = varint::put(&mut numbers, len, record.stored.key_len() as u64);
        len = varint::put(&mut numbers, len, record.stored.data_len() as u64);
        self.bytes.extend_from_slice(&numbers[..len]);
        self.bytes.extend_from_slice(record.stored.bytes());
        self.count += 1;
        run.unwrap_or_else(|| {
            self.runs += 1;
            self.runs - 1
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// When its first record arrived.
    pub(super) fn arrival(&self) -> Millis {
        self.arrival
    }

    /// Completes the header and gives the bytes to write.
    pub(super) fn seal(&mut self, place: Place) -> &[u8] {
        assert!(self.count > 0, "an empty frame is not written");
        let header =
            Header { kind: Kind::Records, place, count: self.count, arrival: self.arrival };
        header.seal(&mut self.bytes);
        &self.bytes
    }

    /// Makes room for the next frame and keeps the memory, if it is no more than most frames need.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        (self.count, self.runs) = (0, 0);
    }
}

/// A mark or an end.
pub(super) fn bare(kind: Kind, place: Place) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    Header { kind, place, count: 0, arrival: Millis::ZERO }.seal(&mut bytes);
    bytes
}

struct Header {
    kind: Kind,
    place: Place,
    count: u32,
    arrival: Millis,
}

impl Header {
    /// Fills the header of a frame whose records are there, and aligns its end.
    fn seal(&self, bytes: &mut Vec<u8>) {
        let len = u32::try_from(bytes.len()).expect("a frame stays below 4 GiB");
        bytes[0..4].copy_from_slice(&len.to_le_bytes());
        bytes[8] = VERSION;
        bytes[9] = self.kind as u8;
        bytes[12..16].copy_from_slice(&self.place.epoch.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.place.at.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.place.synced.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.count.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.arrival.0.to_le_bytes());
        let crc = crc_of(bytes);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
    }
}

/// The checksum of a frame without its end's zeros.
fn crc_of(frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&frame[0..4]);
    hasher.update(&frame[8..]);
    hasher.finalize()
}

/// A sound frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) synced: u32,
    pub(super) count: u32,
    /// Bytes of the segment that it takes, with the zeros at its end.
    pub(super) len: usize,
    arrival: Millis,
    body: &'a [u8],
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes are four bytes"))
}

/// Bytes that the header of a frame in this place lays claim to, with the zeros behind its records;
/// `None` when no such header stands at the beginning of `bytes`.
#[inline]
pub(super) fn claim(bytes: &[u8], epoch: u32, at: u64) -> Option<usize> {
    let header = bytes.get(..HEADER)?;
    // Recovery asks this all along a torn tail.
    let here = u64::from(u32_at(header, 16)) == at && u32_at(header, 12) == epoch;
    here.then(|| (u32_at(header, 0) as usize).next_multiple_of(ALIGN))
}

/// Bytes to skip, in steps of [`ALIGN`], until a header of a frame in its place may stand; all that
/// have room for a header when there is none. `bytes` are those of the segment from `at` on.
pub(super) fn skip_to_claim(bytes: &[u8], epoch: u32, at: u64) -> usize {
    let headers = bytes.len().saturating_sub(HEADER - ALIGN) / ALIGN;
    // Epoch and place stand side by side, so that both are looked at in one step.
    let fields = bytes.get(12..).unwrap_or_default().chunks_exact(ALIGN).take(headers);
    let place_of = |nth: usize| (at + (nth * ALIGN) as u64) << 32 | u64::from(epoch);
    let claims = |(nth, field): (usize, &[u8])| *field == place_of(nth).to_le_bytes();
    fields.enumerate().position(claims).unwrap_or(headers) * ALIGN
}

/// The frame at the beginning of `bytes`, which are those of the segment `epoch` from byte `at` on,
/// if there is a whole and sound one.
pub(super) fn frame(bytes: &[u8], epoch: u32, at: u64) -> Option<Frame<'_>> {
    let padded = claim(bytes, epoch, at)?;
    let (header, len) = (&bytes[..HEADER], u32_at(bytes, 0) as usize);
    let frame = bytes.get(..len).filter(|frame| frame.len() >= HEADER)?;
    let zeros = bytes.get(len..padded)?.iter().all(|byte| *byte == 0);
    let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == header[9])?;
    let sound = header[8] == VERSION && zeros && u32_at(header, 4) == crc_of(frame);
    sound.then(|| Frame {
        kind,
        synced: u32_at(header, 20),
        count: u32_at(header, 24),
        len: padded,
        arrival: Millis(u64::from_le_bytes(header[32..40].try_into().expect("eight bytes"))),
        body: &frame[HEADER..],
    })
}

/// Bytes of a frame of the first format that a segment may begin with; `None` when it does not. That
/// format had its version at the same byte, its length without the first four bytes, and no length
/// in its checksum.
pub(super) fn claim_of_version_1(segment: &[u8]) -> Option<usize> {
    let header = segment.get(..HEADER).filter(|header| header[8] == 1)?;
    (u32_at(header, 0) as usize).checked_add(4)
}

/// Does the segment begin with a frame of the first format?
pub(super) fn is_version_1(segment: &[u8]) -> bool {
    let frame = claim_of_version_1(segment).and_then(|len| segment.get(8..len));
    frame.is_some_and(|body| u32_at(segment, 4) == crc32fast::hash(body))
}

impl<'a> Frame<'a> {
    /// Calls `visit` for each record; `None` when the records do not fill the frame exactly.
    pub(super) fn records(&self, visit: &mut dyn FnMut(FrameRecord<'a>)) -> Option<()> {
        let mut rest = self.body;
        let mut runs: Vec<(LogShard, u64)> = Vec::new();
        for _ in 0..self.count {
            let run = usize::try_from(varint::take(&mut rest)?).ok()?;
            if run == runs.len() {
                let shard = u32::try_from(varint::take(&mut rest)?).ok();
                let shard = LogShard(shard.filter(|shard| *shard < SHARDS_MAX)?);
                runs.push((shard, varint::take(&mut rest).filter(|index| *index < INDEX_MAX)?));
            }
            let (shard, next) = runs.get_mut(run)?;
            let (shard, index) = (*shard, *next);
            *next = Some(index + 1).filter(|next| *next <= INDEX_MAX)?;
            let arrival = Millis(self.arrival.0.wrapping_add(varint::take(&mut rest)?));
            let key_len = usize::try_from(varint::take(&mut rest)?).ok()?;
            let data_len = usize::try_from(varint::take(&mut rest)?).ok()?;
            let (bytes, behind) = rest.split_at_checked(key_len.checked_add(data_len)?)?;
            rest = behind;
            let stored = KeyedBytes::new(bytes, key_len)?;
            visit(FrameRecord { shard, index, arrival, stored });
        }
        rest.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { epoch: 5, at: 16, synced: 8 };

    /// A frame of three runs, at its place behind 16 other bytes.
    fn segment() -> Vec<u8> {
        let mut writer = FrameWriter::default();
        let mut runs = [None; 3];
        for n in 0..7u64 {
            let shard = (n % 3) as usize;
            runs[shard] = Some(writer.push(runs[shard], record(n)));
        }
        let mut segment = vec![9; 16];
        segment.extend_from_slice(writer.seal(PLACE));
        segment
    }

    #[test]
    fn one_long_frame_keeps_no_memory_for_those_after_it() {
        let mut writer = FrameWriter::default();
        for len in [5_000_000, 100_000, 100_000, 100_000, 1_000, 1_000] {
            let data = vec![7; len];
            let stored = KeyedBytes::new(&data, 0).expect("it is UTF-8");
            writer.push(None, FrameRecord { stored, ..record(0) });
            writer.clear();
            let memory = writer.bytes.capacity();
            assert!((100_000..5_000_000).contains(&memory), "{len}: {memory}");
        }
    }

    fn record(n: u64) -> FrameRecord<'static> {
        let shard = LogShard(u32::try_from(100 * (n % 3)).expect("it is small"));
        let (index, arrival) = (1_000 + n / 3, Millis(77 + n));
        let stored = KeyedBytes::new(b"user-42payload", 7).expect("it is UTF-8");
        FrameRecord { shard, index, arrival, stored }
    }

    #[test]
    fn a_frame_reads_back_what_was_pushed() {
        let segment = segment();
        let frame = frame(&segment[16..], 5, 16).expect("it is whole");
        assert_eq!((frame.kind, frame.synced, frame.count), (Kind::Records, 8, 7));
        assert_eq!(frame.len + 16, segment.len());
        let mut seen = Vec::new();
        frame.records(&mut |record| seen.push(record)).expect("the records fill the frame");
        assert_eq!(seen, (0..7).map(record).collect::<Vec<_>>());
    }

    #[test]
    fn a_record_of_a_known_run_costs_four_bytes() {
        let mut writer = FrameWriter::default();
        let run = writer.push(None, record(0));
        let before = writer.bytes.len();
        writer.push(Some(run), record(0));
        assert_eq!(writer.bytes.len() - before, 4 + "user-42".len() + b"payload".len());
    }

    #[test]
    fn the_next_frame_in_its_place_is_found_among_others() {
        let mut bytes = vec![7; 64];
        bytes.extend(bare(Kind::Mark, Place { at: 8, ..PLACE }));
        bytes.extend(bare(Kind::Mark, Place { at: 72 + 40, ..PLACE }));
        bytes.extend([0; 12]);
        assert_eq!(skip_to_claim(&bytes, 5, 8), 64 + HEADER, "the first is in another's place");
        assert_eq!(skip_to_claim(&bytes, 6, 8), 64 + 2 * HEADER - 24, "those have another epoch");
        assert_eq!(skip_to_claim(&bytes[..HEADER - 1], 5, 8), 0, "there is room for none");
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let good = segment();
        for bit in 16 * 8..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(frame(&bad[16..], 5, 16).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_seen_and_so_is_another_place() {
        let good = segment();
        assert!((16..good.len()).all(|len| frame(&good[16..len], 5, 16).is_none()));
        assert!(frame(&good[16..], 6, 16).is_none());
        assert!(frame(&good[16..], 5, 8).is_none());
    }

    #[test]
    fn marks_and_ends_carry_no_record() {
        for kind in [Kind::Mark, Kind::End] {
            let bytes = bare(kind, Place { at: 0, ..PLACE });
            let frame = frame(&bytes, 5, 0).expect("it is whole");
            assert_eq!((frame.kind, frame.synced, frame.len), (kind, 8, HEADER));
            assert_eq!(frame.records(&mut |_| panic!("there is none")), Some(()));
        }
    }
}
