//! The frame: what one commit writes, and what recovery reads back. This page is normative.
//!
//! All numbers are little-endian. A frame is a header of 20 bytes and its records:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 4 | `len` | bytes of the frame after this field, 16 or more |
//! | 4 | `crc` | CRC-32 of everything after this field |
//! | 1 | `version` | 1 |
//! | 3 | reserved | 0 |
//! | 4 | `epoch` | number of the segment that the frame was written to |
//! | 4 | `count` | records in the frame, 1 or more |
//!
//! A record follows the other without a gap:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 4 | `shard` | the log's number of the shard |
//! | 8 | `index` | index of the record in its shard |
//! | 8 | `arrival` | milliseconds since the epoch |
//! | 2 | `key_len` | bytes of the key |
//! | 4 | `data_len` | bytes of the data |
//! | | key, data | |

use crate::log::LogShard;
use crate::model::Millis;

/// Bytes of a frame before its first record.
pub(super) const HEADER: usize = 20;
const VERSION: u8 = 1;
const RECORD_HEADER: usize = 26;

/// One record inside a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameRecord<'a> {
    pub(super) shard: LogShard,
    pub(super) index: u64,
    pub(super) arrival: Millis,
    pub(super) key: &'a str,
    pub(super) data: &'a [u8],
}

/// A frame under construction; empty until a record is pushed.
#[derive(Debug, Default)]
pub(super) struct FrameWriter {
    bytes: Vec<u8>,
    count: u32,
}

impl FrameWriter {
    pub(super) fn push(&mut self, record: FrameRecord<'_>) {
        if self.bytes.is_empty() {
            self.bytes.resize(HEADER, 0);
        }
        let key_len = u16::try_from(record.key.len()).expect("a key is at most 1,024 bytes");
        let data_len = u32::try_from(record.data.len()).expect("a record is at most 10 MiB");
        let mut header = [0; RECORD_HEADER];
        header[0..4].copy_from_slice(&record.shard.0.to_le_bytes());
        header[4..12].copy_from_slice(&record.index.to_le_bytes());
        header[12..20].copy_from_slice(&record.arrival.0.to_le_bytes());
        header[20..22].copy_from_slice(&key_len.to_le_bytes());
        header[22..26].copy_from_slice(&data_len.to_le_bytes());
        self.bytes.extend_from_slice(&header);
        self.bytes.extend_from_slice(record.key.as_bytes());
        self.bytes.extend_from_slice(record.data);
        self.count += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Completes the header and gives the bytes to write.
    pub(super) fn seal(&mut self, epoch: u32) -> &[u8] {
        assert!(self.count > 0, "an empty frame is not written");
        let len = u32::try_from(self.bytes.len() - 4).expect("a frame stays below 4 GiB");
        self.bytes[0..4].copy_from_slice(&len.to_le_bytes());
        self.bytes[8] = VERSION;
        self.bytes[12..16].copy_from_slice(&epoch.to_le_bytes());
        self.bytes[16..20].copy_from_slice(&self.count.to_le_bytes());
        let crc = crc32fast::hash(&self.bytes[8..]);
        self.bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        &self.bytes
    }

    /// Makes room for the next frame and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The frame at the beginning of `bytes`, if there is a whole and sound one of this epoch: its
/// length and its records' bytes.
pub(super) fn frame(bytes: &[u8], epoch: u32) -> Option<(usize, &[u8])> {
    let len = u32_at(bytes, 0)? as usize + 4;
    if len < HEADER {
        return None;
    }
    let frame = bytes.get(..len)?;
    // The cheap tests first: recovery asks this at every byte of a torn tail.
    let sound = frame[8] == VERSION
        && u32_at(frame, 12)? == epoch
        && u32_at(frame, 4)? == crc32fast::hash(&frame[8..]);
    sound.then_some((len, &frame[HEADER..]))
}

/// Calls `visit` for each record; `None` when the records do not fill the frame exactly.
pub(super) fn records<'a>(
    mut bytes: &'a [u8],
    visit: &mut dyn FnMut(FrameRecord<'a>),
) -> Option<()> {
    while !bytes.is_empty() {
        let key_len = usize::from(u16::from_le_bytes(bytes.get(20..22)?.try_into().ok()?));
        let data_len = u32_at(bytes, 22)? as usize;
        let key_end = RECORD_HEADER + key_len;
        let end = key_end.checked_add(data_len)?;
        visit(FrameRecord {
            shard: LogShard(u32_at(bytes, 0)?),
            index: u64_at(bytes, 4)?,
            arrival: Millis(u64_at(bytes, 12)?),
            key: std::str::from_utf8(bytes.get(RECORD_HEADER..key_end)?).ok()?,
            data: bytes.get(key_end..end)?,
        });
        bytes = &bytes[end..];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Vec<u8> {
        let mut writer = FrameWriter::default();
        for index in 0..3 {
            writer.push(FrameRecord {
                shard: LogShard(7),
                index,
                arrival: Millis(index * 10),
                key: "user-42",
                data: b"payload",
            });
        }
        writer.seal(5).to_vec()
    }

    #[test]
    fn a_frame_reads_back_what_was_pushed() {
        let bytes = sealed();
        let (len, body) = frame(&bytes, 5).expect("it is whole");
        assert_eq!(len, bytes.len());
        let mut seen = Vec::new();
        records(body, &mut |record| seen.push((record.index, record.key, record.data)))
            .expect("the records fill the frame");
        assert_eq!(seen, [0, 1, 2].map(|index| (index, "user-42", &b"payload"[..])));
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let good = sealed();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(frame(&bad, 5).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_seen_and_so_is_another_epoch() {
        let good = sealed();
        assert!((0..good.len()).all(|len| frame(&good[..len], 5).is_none()));
        assert!(frame(&good, 6).is_none());
    }
}
