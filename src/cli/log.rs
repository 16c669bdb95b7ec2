//! `watershed log`: checks and explains a data folder, and changes nothing in it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::{CliError, report};
use crate::console::format::{bytes as size, grouped};
use crate::engine::{Engine, EngineOptions};
use crate::live::DiskStorage;
use crate::log::inspect::{Piece, ReadOnly, inspect};
use crate::model::Millis;

/// What a folder holds, in figures.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    frames: u64,
    frame_records: u64,
    frame_bytes: u64,
    chunks: u64,
    chunk_records: u64,
    chunk_bytes: u64,
    states: Vec<String>,
    unused_bytes: u64,
    /// Bytes of an unfinished end of the journal: opening cuts them off.
    torn_bytes: u64,
    /// Each a file, a byte and a sentence.
    damage: Vec<String>,
    /// Why the folder does not open, if so.
    refusal: Option<String>,
    streams: Vec<StreamSummary>,
    /// Records that can be read once it is opened.
    pub(super) records: u64,
    /// Records that should be there and are in no sound chunk.
    missing: u64,
}

#[derive(Debug, Serialize)]
struct StreamSummary {
    stream: String,
    level: &'static str,
    shards: usize,
    records: u64,
}

impl Summary {
    fn take(&mut self, file: &str, at: u64, piece: &Piece) {
        match piece {
            Piece::Manifest { .. } | Piece::List { .. } => {}
            Piece::State { name, .. } => self.states.push(name.clone()),
            Piece::Frame { records, bytes, .. } => {
                self.frames += 1;
                self.frame_records += records.len() as u64;
                self.frame_bytes += *bytes as u64;
            }
            Piece::Chunk { count, bytes, .. } => {
                self.chunks += 1;
                self.chunk_records += count;
                self.chunk_bytes += u64::from(*bytes);
            }
            Piece::Unused { bytes, .. } => self.unused_bytes += bytes,
            Piece::Torn { bytes } => self.torn_bytes += bytes,
            Piece::Damage { what } => self.damage.push(format!("`{file}` at byte {at}: {what}")),
        }
    }

    /// What opening would make of it.
    fn open(&mut self, storage: DiskStorage) {
        let storage = Box::new(ReadOnly::over(storage));
        match Engine::open(Millis::ZERO, storage, EngineOptions::default()) {
            Ok((engine, recovery)) => {
                (self.records, self.missing) = (recovery.records, recovery.missing);
                self.streams = engine
                    .streams()
                    .map(|stream| StreamSummary {
                        stream: stream.settings().stream.to_string(),
                        level: stream.settings().level.word(),
                        shards: stream.shards().count(),
                        records: stream.shards().map(|shard| shard.stored_records).sum(),
                    })
                    .collect();
            }
            Err(why) => self.refusal = Some(why.to_string()),
        }
    }

    /// Nothing damaged, nothing missing, and it opens?
    pub(super) fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.refusal.is_none() && self.missing == 0
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, what: String| {
            writeln!(text, "{name:<8} {what}").expect("invariant: a string takes every letter");
        };
        let pieces = |count, what, records, bytes: u64| {
            let (count, records) = (grouped(count), grouped(records));
            format!("{count} {what} with {records} records, {}", size(bytes as f64))
        };
        row("journal", pieces(self.frames, "frames", self.frame_records, self.frame_bytes));
        row("chunks", pieces(self.chunks, "chunks", self.chunk_records, self.chunk_bytes));
        row("state", self.states.join(", "));
        row("unused", size(self.unused_bytes as f64));
        if self.torn_bytes > 0 {
            let torn = grouped(self.torn_bytes);
            row("torn", format!("{torn} bytes at the end, never synced: opening cuts them off"));
        }
        for damage in &self.damage {
            row("damage", damage.clone());
        }
        for StreamSummary { stream, level, shards, records } in &self.streams {
            let records = grouped(*records);
            row("stream", format!("{stream}: level {level}, {shards} shards, {records} records"));
        }
        match (&self.refusal, self.missing) {
            (Some(why), _) => row("opens", format!("no: {why}")),
            (None, 0) => row("opens", format!("yes, with {} records", grouped(self.records))),
            (None, missing) => {
                let (records, missing) = (grouped(self.records), grouped(missing));
                row("opens", format!("yes, with {records} records; {missing} are missing"));
            }
        }
        text
    }
}

/// A folder that is there: looking at it makes none, and nothing in it.
fn folder(folder: &Path) -> Result<DiskStorage, CliError> {
    if folder.is_dir() {
        return Ok(DiskStorage::look(folder)?);
    }
    let why = "it is no folder".to_owned();
    Err(CliError::Unreadable { path: folder.to_owned(), why })
}

fn unreadable(folder: &Path) -> impl Fn(crate::log::StorageError) -> CliError {
    move |why| CliError::Unreadable { path: folder.to_owned(), why: why.to_string() }
}

/// Checks every checksum and whether the folder opens.
pub(super) fn check(path: &Path) -> Result<Summary, CliError> {
    let storage = folder(path)?;
    let mut summary = Summary::default();
    inspect(&storage, &mut |file, at, piece| summary.take(file, at, piece))
        .map_err(unreadable(path))?;
    summary.open(storage);
    Ok(summary)
}

/// Tells of a [`check`]. The code is a failure when something is damaged.
pub(super) fn verify(path: &Path, json: bool) -> Result<ExitCode, CliError> {
    let summary = check(path)?;
    let text = match json {
        true => serde_json::to_string_pretty(&summary).map(|text| text + "\n"),
        false => Ok(summary.text()),
    };
    report::data(&text.map_err(|why| CliError::Output(why.to_string()))?)?;
    Ok(if summary.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tells each piece of a folder, one a line: file, byte, and what stands there.
pub(super) fn dump(path: &Path, records: bool) -> Result<ExitCode, CliError> {
    let storage = folder(path)?;
    let mut told = Ok(());
    let mut tell = |file: &str, at: u64, piece: &Piece| {
        if told.is_ok() {
            told = report::data(&line(file, at, piece, records));
        }
    };
    inspect(&storage, &mut tell).map_err(unreadable(path))?;
    told?;
    Ok(ExitCode::SUCCESS)
}

fn line(file: &str, at: u64, piece: &Piece, rows: bool) -> String {
    let mut text = format!("{file} {at:>10}  {}\n", sentence(piece));
    let Piece::Frame { records, .. } = piece else { return text };
    for (shard, index, arrival, key, data) in records.iter().filter(|_| rows) {
        let (shard, arrival) = (shard.0, arrival.0);
        writeln!(
            text,
            "    shard {shard} index {index} at {arrival}: key {key}, data {data} bytes"
        )
        .expect("invariant: a string takes every letter");
    }
    text
}

fn sentence(piece: &Piece) -> String {
    match piece {
        Piece::Manifest { journal_first, chunk_files, shards } => {
            let mut text = format!(
                "manifest: the journal is needed from segment {journal_first} on, {chunk_files} \
                 chunk files count"
            );
            for (shard, first, moved) in shards {
                let shard = shard.0;
                write!(text, "; shard {shard} begins at {first}, up to {moved} in chunks")
                    .expect("invariant: a string takes every letter");
            }
            text
        }
        Piece::State { name, bytes } => format!("state `{name}`, {bytes} bytes"),
        Piece::Frame { kind, records, bytes, synced } => {
            format!("{kind}: {} records, {bytes} bytes, synced up to {synced}", records.len())
        }
        Piece::Chunk { shard, first, count, arrivals: (oldest, newest), bytes } => format!(
            "chunk of shard {}: records {first} to {}, arrived {} to {}, {bytes} bytes",
            shard.0,
            first + count - 1,
            oldest.0,
            newest.0
        ),
        Piece::List { chunks, bytes } => format!("list of {chunks} chunks, {bytes} bytes"),
        Piece::Unused { bytes, why } => format!("unused: {bytes} bytes, {why}"),
        Piece::Torn { bytes } => format!("torn: {bytes} bytes, never synced"),
        Piece::Damage { what } => format!("DAMAGE: {what}"),
    }
}
