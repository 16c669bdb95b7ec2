//! The ceiling: the same records as `[length, CRC-32, payload]` frames of one plain file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use crate::cli::bench::get::Seen;
use crate::cli::bench::get::reader::Reader;
use crate::cli::bench::numbered::KEY_BYTES;

/// Bytes of a read.
const READ: usize = 256 * 1024;
const HEADER: usize = 8;

pub(super) struct Framed {
    file: File,
    buffer: Vec<u8>,
}

impl Framed {
    /// Writes every record of a reader's engine.
    pub(super) fn new(path: &Path, reader: &Reader) -> Result<Self, String> {
        let failed = |why: std::io::Error| format!("`{}`: {why}", path.display());
        let file = File::options().create_new(true).read(true).write(true).open(path);
        let mut out = BufWriter::new(file.map_err(failed)?);
        let (mut frame, mut written) = (Vec::new(), Ok(()));
        reader.each(&mut |_, record| {
            frame.clear();
            frame.extend_from_slice(&[0; HEADER]);
            frame.extend_from_slice(record.partition_key.as_bytes());
            frame.extend_from_slice(record.data);
            let len = u32::try_from(record.bytes()).expect("invariant: a record is short");
            frame[..4].copy_from_slice(&len.to_le_bytes());
            let crc = crc32fast::hash(&frame[HEADER..]);
            frame[4..HEADER].copy_from_slice(&crc.to_le_bytes());
            if written.is_ok() {
                written = out.write_all(&frame);
            }
        })?;
        written.map_err(failed)?;
        let file = out.into_inner().map_err(|why| failed(why.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok(Self { file, buffer: vec![0; READ] })
    }

    /// Reads the whole file; `calls` takes the microseconds of each read.
    pub(super) fn read(&mut self, calls: &mut Vec<f64>) -> Result<Seen, String> {
        let (mut seen, mut at, mut left) = (Seen::default(), 0, 0);
        loop {
            let began = Instant::now();
            let count = self.file.read_at(&mut self.buffer[left..], at);
            let count = count.map_err(|why| why.to_string())?;
            calls.push(began.elapsed().as_secs_f64() * 1e6);
            let used = take_frames(&self.buffer[..left + count], &mut seen)?;
            self.buffer.copy_within(used..left + count, 0);
            (at, left) = (at + count as u64, left + count - used);
            match (count, left) {
                (0, 0) => return Ok(seen),
                (0, _) => return Err("the framed file ends within a frame".to_owned()),
                _ => {}
            }
        }
    }
}

/// Checks and counts the whole frames in `bytes`; says how many bytes they take.
fn take_frames(bytes: &[u8], seen: &mut Seen) -> Result<usize, String> {
    let mut at = 0;
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    while let (Some(len), Some(crc)) = (number(at), number(at + 4)) {
        let begin = at + HEADER;
        let Some(payload) = bytes.get(begin..begin + len as usize) else { break };
        if crc32fast::hash(payload) != crc {
            return Err(format!("the checksum of the frame at {at} does not fit"));
        }
        let (key, data) = payload.split_at(KEY_BYTES);
        seen.add(key.len(), data);
        at = begin + payload.len();
    }
    Ok(at)
}
