//! The frame: what one commit writes, and what recovery reads back. This page is normative.
//!
//! All numbers are little-endian; a varint is LEB128. A frame begins at a multiple of 8 bytes with
//! a header of 40 bytes. Then come the numbers of all records, then the keys and data of all records,
//! then zeros up to the next multiple of 8:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 4 | `len` | bytes of header and records, 40 or more |
//! | 4 | `crc` | CRC-32, begun with the segment's salt, of `len` and of everything after this field |
//! | 1 | `version` | 4 |
//! | 1 | `kind` | 0 records; 1 mark: only tells `synced`; 2 end: the segment takes no more |
//! | 2 | `check` | low half of the same sum of all other fields of the header but `crc` |
//! | 4 | `epoch` | number of the segment that the frame was written to |
//! | 4 | `at` | byte of the segment where the frame begins |
//! | 4 | `synced` | bytes of the segment that were synced before the frame was written |
//! | 4 | `count` | records in the frame; 0 in a mark and in an end |
//! | 4 | `numbers` | bytes of the numbers of all records |
//! | 8 | `arrival` | of the first record, milliseconds since the epoch |
//!
//! A frame counts in its place only: `epoch` and `at` tell it from one that an earlier use of the
//! file left behind. The salt, which only the segment's name tells, tells it from bytes that somebody
//! put into a record because they look like one, and `check` does so without their sum: recovery looks
//! for frames all along a torn one. Records of one shard have
//! consecutive indexes in a frame; a run is the shard's place in the order of first appearance. The
//! numbers of a record follow those of the one before without a gap:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | varint | `run` | which of the frame's runs, or the number of runs so far: a new one |
//! | varint | `shard` | the log's number of the shard, in a new run only |
//! | varint | `index` | index of the record in its shard, in a new run only |
//! | varint | `delta` | arrival since that of the frame, wrapping at 2^64 |
//! | varint | `key_len` | bytes of the key |
//! | varint | `data_len` | bytes of the data |
//!
//! Keys and data stand in the same order, the data of a record behind its key: what is put in one batch
//! stands in its memory like that, and is written from there.
//!
//! Versions 2 and 3 are still read in segments without a salt. They had no `check`; in version 2 the key
//! and the data of each record stood behind its numbers, and `numbers` was 0.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use crate::log::bytes::{u32_at, u64_at};
use crate::log::memtable::Parcel;
use crate::log::varint;
use crate::log::{INDEX_MAX, LogShard, SHARDS_MAX};
use crate::model::{KeyedBytes, Millis};

/// Bytes of a frame before its first record.
pub(super) const HEADER: usize = 40;
/// Frames begin at multiples of this many bytes.
pub(super) const ALIGN: usize = 8;
const VERSION: u8 = 4;
/// The version that had no check of its header.
const UNCHECKED: u8 = 3;
/// The version that had keys and data between the numbers.
const INTERLEAVED: u8 = 2;
/// Memory that is kept from frame to frame, in bytes: what most calls put together take.
const KEPT_BYTES: usize = 1024 * 1024;
/// Pieces of keys and data for which memory is kept from frame to frame.
const KEPT_PIECES: usize = 1_024;
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

/// Which segment, and how its frames differ from what merely looks like one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// Its number, one more than that of the segment before.
    pub(super) epoch: u32,
    /// What checksums begin with, unknown to those who put records; 0 for none.
    pub(super) salt: u32,
}

/// Where a frame is written, and what is known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: Segment,
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

/// Keys and data of some consecutive records that stand one behind the other.
#[derive(Debug)]
struct Piece {
    /// The batch that they are in; without one they are in memory that the caller keeps.
    of: Option<Parcel>,
    range: Range<usize>,
}

/// A frame under construction; empty until a record is pushed.
#[derive(Debug, Default)]
pub(super) struct FrameWriter {
    /// The header, and the numbers of all records.
    head: Vec<u8>,
    /// Keys and data of all records.
    pieces: Vec<Piece>,
    /// Bytes of all pieces.
    stored: usize,
    count: u32,
    runs: u32,
    arrival: Millis,
}

impl FrameWriter {
    /// Takes a record as the next of its shard's run, or as the first of a new run; gives the run. Its
    /// bytes stay where they are: from byte `at` on in a batch, or in what [`Self::seal`] is given.
    #[inline]
    pub(super) fn push(
        &mut self,
        run: Option<u32>,
        record: FrameRecord<'_>,
        (batch, at): (Option<&Parcel>, usize),
    ) -> u32 {
        if self.count == 0 {
            self.head.resize(HEADER, 0);
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
        self.head.extend_from_slice(&numbers[..len]);
        self.store(batch, at..at + record.stored.bytes().len());
        self.count += 1;
        run.unwrap_or_else(|| {
            self.runs += 1;
            self.runs - 1
        })
    }

    /// Takes key and data, as more of the last piece if they stand behind it.
    #[inline]
    fn store(&mut self, of: Option<&Parcel>, range: Range<usize>) {
        self.stored += range.len();
        match self.pieces.last_mut() {
            Some(last)
                if last.range.end == range.start
                    && last.of.as_ref().map(Arc::as_ptr) == of.map(Arc::as_ptr) =>
            {
                last.range.end = range.end;
            }
            _ => self.pieces.push(Piece { of: of.cloned(), range }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// When its first record arrived.
    pub(super) fn arrival(&self) -> Millis {
        self.arrival
    }

    /// Bytes of the frame, with the zeros at its end.
    pub(super) fn len(&self) -> usize {
        (self.head.len() + self.stored).next_multiple_of(ALIGN)
    }

    /// Completes the header; `own` is where the bytes are that are in no batch.
    pub(super) fn seal(&mut self, place: Place, own: &[u8]) {
        assert!(self.count > 0, "an empty frame is not written");
        let Self { count, arrival, .. } = *self;
        let header = Header { kind: Kind::Records, place, count, arrival };
        let stored = self.pieces.iter().map(|piece| piece.bytes(own));
        header.seal(&mut self.head, self.stored, stored);
    }

    /// Lets `write` have a sealed frame, in parts that follow each other.
    pub(super) fn parts<T>(&self, own: &[u8], write: impl FnOnce(&[&[u8]]) -> T) -> T {
        let zeros = &[0; ALIGN][..self.len() - self.head.len() - self.stored];
        match self.pieces.as_slice() {
            [one] => write(&[&self.head, one.bytes(own), zeros]),
            pieces => {
                let stored = pieces.iter().map(|piece| piece.bytes(own));
                let parts = [&*self.head].into_iter().chain(stored).chain([zeros]);
                write(&parts.collect::<Vec<_>>())
            }
        }
    }

    /// Makes room for the next frame and keeps the memory, if it is no more than most frames need.
    pub(super) fn clear(&mut self) {
        self.head.clear();
        self.head.shrink_to(KEPT_BYTES);
        self.pieces.clear();
        self.pieces.shrink_to(KEPT_PIECES);
        (self.stored, self.count, self.runs) = (0, 0, 0);
    }
}

impl Piece {
    fn bytes<'a>(&'a self, own: &'a [u8]) -> &'a [u8] {
        &self.of.as_ref().map_or(own, |memory| memory)[self.range.clone()]
    }
}

/// A mark or an end.
pub(super) fn bare(kind: Kind, place: Place) -> Vec<u8> {
    let mut head = vec![0; HEADER];
    Header { kind, place, count: 0, arrival: Millis::ZERO }.seal(&mut head, 0, iter::empty());
    head
}

struct Header {
    kind: Kind,
    place: Place,
    count: u32,
    arrival: Millis,
}

impl Header {
    /// Fills the header of a frame: `head` has it and the numbers of the records, `rest` has so many
    /// bytes of their keys and data.
    fn seal<'a>(&self, head: &mut [u8], stored: usize, rest: impl Iterator<Item = &'a [u8]>) {
        let u32_of = |bytes: usize| u32::try_from(bytes).expect("a frame stays below 4 GiB");
        let (len, numbers) = (u32_of(head.len() + stored), u32_of(head.len() - HEADER));
        head[0..4].copy_from_slice(&len.to_le_bytes());
        head[8] = VERSION;
        head[9] = self.kind as u8;
        head[12..16].copy_from_slice(&self.place.segment.epoch.to_le_bytes());
        head[16..20].copy_from_slice(&self.place.at.to_le_bytes());
        head[20..24].copy_from_slice(&self.place.synced.to_le_bytes());
        head[24..28].copy_from_slice(&self.count.to_le_bytes());
        head[28..32].copy_from_slice(&numbers.to_le_bytes());
        head[32..40].copy_from_slice(&self.arrival.0.to_le_bytes());
        let salt = self.place.segment.salt;
        let check = check_of(head, salt);
        head[10..12].copy_from_slice(&check);
        let crc = crc_of(salt, head, rest);
        head[4..8].copy_from_slice(&crc.to_le_bytes());
    }
}

/// The checksum of a frame without its end's zeros: its beginning, and what follows.
fn crc_of<'a>(salt: u32, begin: &[u8], rest: impl Iterator<Item = &'a [u8]>) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(&begin[0..4]);
    hasher.update(&begin[8..]);
    rest.for_each(|part| hasher.update(part));
    hasher.finalize()
}

/// What a header says of itself.
fn check_of(header: &[u8], salt: u32) -> [u8; 2] {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    [0..4, 8..10, 12..HEADER].into_iter().for_each(|fields| hasher.update(&header[fields]));
    let [low, high, ..] = hasher.finalize().to_le_bytes();
    [low, high]
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
    content: Content<'a>,
}

/// What stands behind the header of a frame, as far as it was not read yet.
#[derive(Clone, Copy, Debug)]
struct Content<'a> {
    numbers: &'a [u8],
    /// Keys and data, if they do not stand between the numbers.
    stored: Option<&'a [u8]>,
}

impl<'a> Content<'a> {
    /// Of a frame of that version, with so many bytes of numbers.
    fn of(version: u8, bytes: &'a [u8], numbers: u32) -> Option<Self> {
        if version == INTERLEAVED {
            return Some(Self { numbers: bytes, stored: None });
        }
        let (numbers, stored) = bytes.split_at_checked(usize::try_from(numbers).ok()?)?;
        Some(Self { numbers, stored: Some(stored) })
    }

    /// The key and the data of the record whose numbers were read last.
    #[inline]
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let rest = self.stored.as_mut().unwrap_or(&mut self.numbers);
        let (bytes, behind) = rest.split_at_checked(len)?;
        *rest = behind;
        Some(bytes)
    }

    fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.stored.is_none_or(<[u8]>::is_empty)
    }
}

/// Bytes that the header of a frame in this place lays claim to, with the zeros behind its records;
/// `None` when no such header stands at the beginning of `bytes`.
#[inline]
pub(super) fn claim(bytes: &[u8], segment: Segment, at: u64) -> Option<usize> {
    let header = bytes.get(..HEADER)?;
    // Recovery asks this all along a torn tail.
    let here = u64::from(u32_at(header, 16)) == at && u32_at(header, 12) == segment.epoch;
    here.then(|| (u32_at(header, 0) as usize).next_multiple_of(ALIGN))
}

/// The same of a header that is sound as far as it tells by itself.
pub(super) fn sound_claim(bytes: &[u8], segment: Segment, at: u64) -> Option<usize> {
    let claim = claim(bytes, segment, at)?;
    let sound = match bytes[8] {
        VERSION => bytes[10..12] == check_of(bytes, segment.salt),
        UNCHECKED | INTERLEAVED => segment.salt == 0,
        _ => false,
    };
    sound.then_some(claim)
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

/// The frame at the beginning of `bytes`, which are those of the segment from byte `at` on, if there
/// is a whole and sound one.
pub(super) fn frame(bytes: &[u8], segment: Segment, at: u64) -> Option<Frame<'_>> {
    let padded = sound_claim(bytes, segment, at)?;
    let (header, len) = (&bytes[..HEADER], u32_at(bytes, 0) as usize);
    let frame = bytes.get(..len).filter(|frame| frame.len() >= HEADER)?;
    let zeros = bytes.get(len..padded)?.iter().all(|byte| *byte == 0);
    let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == header[9])?;
    let content = Content::of(header[8], &frame[HEADER..], u32_at(header, 28))?;
    let sound = zeros && u32_at(header, 4) == crc_of(segment.salt, frame, iter::empty());
    sound.then(|| Frame {
        kind,
        synced: u32_at(header, 20),
        count: u32_at(header, 24),
        len: padded,
        arrival: Millis(u64_at(header, 32)),
        content,
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
        let mut rest = self.content;
        let mut runs: Vec<(LogShard, u64)> = Vec::new();
        for _ in 0..self.count {
            let numbers = &mut rest.numbers;
            let run = usize::try_from(varint::take(numbers)?).ok()?;
            if run == runs.len() {
                let shard = u32::try_from(varint::take(numbers)?).ok();
                let shard = LogShard(shard.filter(|shard| *shard < SHARDS_MAX)?);
                runs.push((shard, varint::take(numbers).filter(|index| *index < INDEX_MAX)?));
            }
            let (shard, next) = runs.get_mut(run)?;
            let (shard, index) = (*shard, *next);
            *next = Some(index + 1).filter(|next| *next <= INDEX_MAX)?;
            let arrival = Millis(self.arrival.0.wrapping_add(varint::take(numbers)?));
            let key_len = usize::try_from(varint::take(numbers)?).ok()?;
            let data_len = usize::try_from(varint::take(numbers)?).ok()?;
            let bytes = rest.take(key_len.checked_add(data_len)?)?;
            let stored = KeyedBytes::new(bytes, key_len)?;
            visit(FrameRecord { shard, index, arrival, stored });
        }
        rest.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: Segment = Segment { epoch: 5, salt: 0 };
    const PLACE: Place = Place { segment: SEGMENT, at: 16, synced: 8 };

    /// A frame of three runs, at its place behind 16 other bytes.
    fn segment() -> Vec<u8> {
        let mut writer = FrameWriter::default();
        let (mut runs, mut own) = ([None; 3], Vec::new());
        for n in 0..7u64 {
            let shard = (n % 3) as usize;
            runs[shard] = Some(push(&mut writer, runs[shard], n, &mut own));
        }
        [vec![9; 16], sealed(&mut writer, &own)].concat()
    }

    /// Pushes a record whose bytes are put behind `own`.
    fn push(writer: &mut FrameWriter, run: Option<u32>, n: u64, own: &mut Vec<u8>) -> u32 {
        let at = own.len();
        own.extend_from_slice(record(n).stored.bytes());
        writer.push(run, record(n), (None, at))
    }

    fn sealed(writer: &mut FrameWriter, own: &[u8]) -> Vec<u8> {
        writer.seal(PLACE, own);
        writer.parts(own, |parts| parts.concat())
    }

    /// The same frame in version 2.
    fn interleaved() -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        let place = PLACE;
        let header = Header { kind: Kind::Records, place, count: 7, arrival: record(0).arrival };
        for n in 0..7u64 {
            let FrameRecord { shard, index, arrival, stored } = record(n);
            let mut numbers = [0; NUMBERS_MAX];
            let mut len = varint::put(&mut numbers, 0, n % 3);
            if n < 3 {
                len = varint::put(&mut numbers, len, shard.0.into());
                len = varint::put(&mut numbers, len, index);
            }
            for number in [arrival.0 - 77, stored.key_len() as u64, stored.data_len() as u64] {
                len = varint::put(&mut numbers, len, number);
            }
            bytes.extend_from_slice(&numbers[..len]);
            bytes.extend_from_slice(stored.bytes());
        }
        header.seal(&mut bytes, 0, iter::empty());
        bytes[8] = INTERLEAVED;
        bytes[28..32].fill(0);
        let crc = crc_of(0, &bytes, iter::empty());
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
        bytes
    }

    #[test]
    fn a_frame_of_version_2_reads_back_as_one_of_today() {
        let bytes = interleaved();
        let frame = frame(&bytes, SEGMENT, 16).expect("it is whole");
        assert_eq!((frame.kind, frame.synced, frame.count), (Kind::Records, 8, 7));
        let mut seen = Vec::new();
        frame.records(&mut |record| seen.push(record)).expect("the records fill the frame");
        assert_eq!(seen, (0..7).map(record).collect::<Vec<_>>());
    }

    #[test]
    fn another_version_is_no_frame() {
        for version in [0, 1, 5, 255] {
            let mut bytes = segment()[16..].to_vec();
            bytes[8] = version;
            let len = u32_at(&bytes, 0) as usize;
            let crc = crc_of(0, &bytes[..len], iter::empty());
            bytes[4..8].copy_from_slice(&crc.to_le_bytes());
            assert!(frame(&bytes, SEGMENT, 16).is_none(), "version {version}");
        }
    }

    #[test]
    fn what_is_kept_is_written_from_where_it_stands() {
        let memory = Arc::new(b"ab-one-cd-two-ef-three-gh".to_vec());
        // Two in a row, one behind a gap, one that is copied, one that stands before the others.
        let rows = [(3, 6, true), (6, 10, true), (14, 22, true), (0, 2, false), (0, 2, true)];
        let (mut lent, mut copied) = (FrameWriter::default(), FrameWriter::default());
        let (mut some, mut all) = (Vec::new(), Vec::new());
        for (from, to, keeps) in rows {
            let stored = KeyedBytes::new(&memory[from..to], 1).expect("it is UTF-8");
            let record = FrameRecord { stored, ..record(0) };
            let place = if keeps { (Some(&memory), from) } else { (None, some.len()) };
            lent.push(None, record, place);
            copied.push(None, record, (None, all.len()));
            all.extend_from_slice(stored.bytes());
            if !keeps {
                some.extend_from_slice(stored.bytes());
            }
        }
        assert_eq!((lent.pieces.len(), some.len(), copied.pieces.len()), (4, 2, 1));
        assert_eq!(lent.len(), copied.len());
        assert_eq!(sealed(&mut lent, &some), sealed(&mut copied, &all));
        lent.clear();
        assert_eq!(Arc::strong_count(&memory), 1, "a frame that was written keeps nothing");
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
        let frame = frame(&segment[16..], SEGMENT, 16).expect("it is whole");
        assert_eq!((frame.kind, frame.synced, frame.count), (Kind::Records, 8, 7));
        assert_eq!(frame.len + 16, segment.len());
        let mut seen = Vec::new();
        frame.records(&mut |record| seen.push(record)).expect("the records fill the frame");
        assert_eq!(seen, (0..7).map(record).collect::<Vec<_>>());
    }

    #[test]
    fn a_record_of_a_known_run_costs_four_bytes() {
        let mut writer = FrameWriter::default();
        let len = |writer: &FrameWriter| writer.head.len() + writer.stored;
        let mut own = Vec::new();
        let run = push(&mut writer, None, 0, &mut own);
        let before = len(&writer);
        push(&mut writer, Some(run), 0, &mut own);
        assert_eq!(len(&writer) - before, 4 + "user-42".len() + b"payload".len());
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
            assert!(frame(&bad[16..], SEGMENT, 16).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_seen_and_so_is_another_place() {
        let good = segment();
        assert!((16..good.len()).all(|len| frame(&good[16..len], SEGMENT, 16).is_none()));
        assert!(frame(&good[16..], Segment { epoch: 6, salt: 0 }, 16).is_none());
        assert!(frame(&good[16..], SEGMENT, 8).is_none());
    }

    #[test]
    fn marks_and_ends_carry_no_record() {
        for kind in [Kind::Mark, Kind::End] {
            let bytes = bare(kind, Place { at: 0, ..PLACE });
            let frame = frame(&bytes, SEGMENT, 0).expect("it is whole");
            assert_eq!((frame.kind, frame.synced, frame.len), (kind, 8, HEADER));
            assert_eq!(frame.records(&mut |_| panic!("there is none")), Some(()));
        }
    }
}
