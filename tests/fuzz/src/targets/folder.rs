//! A folder of the log: frames, segments, chunks, chunk files, the manifest, named state.
//!
//! An input is a row of files: what it is (1 byte), its number (1), its length (2, little-endian),
//! its bytes. Checksums and places are set right unless the first byte says that they stay, so that
//! what stands behind them is reached.

use std::collections::BTreeMap;

use watershed::log::inspect::{Piece, inspect};
use watershed::log::{Log, LogError, LogOptions, LogShard, MemStorage, Storage, Stretch};
use watershed::model::{KeyedBytes, Level, Millis};

use super::Target;

pub(super) const TARGET: Target = Target { name: "folder", check, seeds, words: &["WSC2", "WSB1"] };

/// Sizes so small that a few records take every path.
const SIZES: LogOptions = LogOptions {
    segment_bytes: 600,
    segments_max: 1,
    chunk_file_bytes: 900,
    tail_bytes: 300,
    tails_bytes: 1_000,
    cache_bytes: 1_000,
    manifest_every_ms: 0,
};
/// The first byte of a file that keeps its checksums as they are.
const AS_IS: u8 = 0x80;
const FRAME_HEADER: usize = 40;
const CHUNK_HEADER: usize = 56;
/// Shards that are read back: an engine asks only for those of its catalog.
const SHARDS_MAX: u32 = 300;
/// No shard comes so far in a thousand years.
const INDEX_MAX: u64 = 1 << 61;
const NOW: Millis = Millis(1_700_000_000_000);

#[derive(Clone, Copy)]
enum Kind {
    Journal,
    Chunks,
    Manifest,
    State,
    Stray,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Journal, Self::Chunks, Self::Manifest, Self::State, Self::Stray];

    fn name(self, number: u32) -> String {
        match self {
            Self::Journal => format!("journal-{number:010}.log"),
            Self::Chunks => format!("chunks-{number:010}.dat"),
            Self::Manifest => "manifest.blob".to_owned(),
            Self::State => "notes.blob".to_owned(),
            Self::Stray => format!("stray-{number}"),
        }
    }
}

/// The highest byte stands for the highest number.
fn wide(number: u8) -> u32 {
    if number == u8::MAX { u32::MAX } else { number.into() }
}

/// The folder that an input stands for.
fn folder_of(mut input: &[u8]) -> MemStorage {
    let disk = MemStorage::new();
    while let Some(([kind, number, low, high], rest)) = input.split_first_chunk() {
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, rest) = rest.split_at(len);
        let (what, number) = (Kind::ALL[usize::from(kind & !AS_IS) % 5], wide(*number));
        let mut bytes = bytes.to_vec();
        if kind & AS_IS == 0 {
            mend(what, number, &mut bytes);
        }
        disk.set_file(&what.name(number), bytes);
        input = rest;
    }
    disk
}

/// The input that a folder is.
fn input_of(disk: &MemStorage) -> Vec<u8> {
    let mut input = Vec::new();
    for file in disk.list().expect("it lists") {
        let digits: String = file.chars().filter(char::is_ascii_digit).collect();
        let kind = match &file {
            name if name.starts_with("journal") => 0,
            name if name.starts_with("chunks") => 1,
            name if name == "manifest.blob" => 2,
            _ => 3,
        };
        let mut bytes = disk.file(&file).expect("it was listed");
        if kind >= 2 {
            bytes.drain(..8);
        }
        let len = u16::try_from(bytes.len()).expect("a seed is small");
        input.extend([kind, digits.parse().unwrap_or(0)]);
        input.extend(len.to_le_bytes());
        input.extend(bytes);
    }
    input
}

/// Sets checksums and places right.
fn mend(kind: Kind, number: u32, bytes: &mut Vec<u8>) {
    match kind {
        Kind::Journal => mend_frames(number, bytes),
        Kind::Chunks => mend_chunks(number, bytes),
        Kind::Manifest | Kind::State => {
            let crc = crc32fast::hash(bytes).to_le_bytes();
            drop(bytes.splice(..0, [b"WSB1".as_slice(), &crc].concat()));
        }
        Kind::Stray => {}
    }
}

/// The length that stands at `at`, if it fits.
fn length(bytes: &[u8], at: usize, least: usize) -> usize {
    let told = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    if (least..=bytes.len()).contains(&told) { told } else { bytes.len() }
}

fn mend_frames(epoch: u32, bytes: &mut Vec<u8>) {
    let mut at = 0;
    while at + FRAME_HEADER <= bytes.len() {
        let place = u32::try_from(at).expect("an input is small");
        let frame = &mut bytes[at..];
        let len = length(frame, 0, FRAME_HEADER);
        frame[0..4].copy_from_slice(&u32::try_from(len).expect("it is small").to_le_bytes());
        frame[8] = 2;
        frame[9] %= 3;
        frame[12..16].copy_from_slice(&epoch.to_le_bytes());
        frame[16..20].copy_from_slice(&place.to_le_bytes());
        let mut crc = crc32fast::Hasher::new();
        crc.update(&frame[0..4]);
        crc.update(&frame[8..len]);
        frame[4..8].copy_from_slice(&crc.finalize().to_le_bytes());
        let end = (at + len).next_multiple_of(8);
        bytes.resize(bytes.len().max(end), 0);
        bytes[at + len..end].fill(0);
        at = end;
    }
}

fn mend_chunks(file: u32, bytes: &mut [u8]) {
    let mut at = 0;
    while at + CHUNK_HEADER < bytes.len() {
        let chunk = &mut bytes[at..];
        let len = length(chunk, 12, CHUNK_HEADER + 1);
        chunk[0..4].copy_from_slice(b"WSC2");
        chunk[12..16].copy_from_slice(&u32::try_from(len).expect("it is small").to_le_bytes());
        chunk[16..20].copy_from_slice(&file.to_le_bytes());
        let body = crc32fast::hash(&chunk[CHUNK_HEADER..len]);
        chunk[8..12].copy_from_slice(&body.to_le_bytes());
        let header = crc32fast::hash(&chunk[8..CHUNK_HEADER]);
        chunk[4..8].copy_from_slice(&header.to_le_bytes());
        at += len;
    }
}

fn bytes_of(disk: &MemStorage) -> BTreeMap<String, Vec<u8>> {
    let files = disk.list().expect("it lists");
    files.into_iter().map(|file| (file.clone(), disk.file(&file).unwrap_or_default())).collect()
}

/// Every shard that some piece names, low ones only.
fn shards_in(disk: &MemStorage) -> Vec<LogShard> {
    let mut shards = Vec::new();
    let mut found = |_: &str, _: u64, piece: &Piece| match piece {
        Piece::Manifest { shards: told, .. } => shards.extend(told.iter().map(|told| told.0)),
        Piece::Frame { records, .. } => shards.extend(records.iter().map(|row| row.0)),
        Piece::Chunk { shard, .. } => shards.push(*shard),
        Piece::State { .. }
        | Piece::List { .. }
        | Piece::Unused { .. }
        | Piece::Torn { .. }
        | Piece::Damage { .. } => {}
    };
    inspect(disk, &mut found).expect("memory can be read");
    shards.sort_unstable();
    shards.dedup();
    shards.retain(|shard| shard.0 < SHARDS_MAX);
    shards
}

/// What a reader of one shard gets: where it begins and ends, and its records up to damage.
#[derive(Debug, PartialEq)]
struct Read {
    span: (u64, u64),
    newest: Option<Millis>,
    records: Vec<(u64, Millis, String, Vec<u8>)>,
}

fn read(log: &Log, shard: LogShard) -> Read {
    let span = (log.first_index(shard), log.next_index(shard));
    let mut records = Vec::new();
    let mut next = span.0;
    loop {
        let before = records.len();
        let mut visit = |stretch: Stretch<'_>| {
            records.extend(stretch.records().map(|(index, arrival, key, data)| {
                (index, arrival, key.to_owned(), data.to_vec())
            }));
        };
        let told = log.read(shard, next, 7, 500, &mut visit);
        if told.is_err() || records.len() == before {
            break;
        }
        for (expected, (index, ..)) in (next..).zip(&records[before..]) {
            assert_eq!(*index, expected, "indexes of {shard:?} have a gap");
        }
        next += (records.len() - before) as u64;
    }
    assert!(span.0 <= span.1 && next <= span.1, "{span:?} of {shard:?}, read to {next}");
    let _ = log.index_at(shard, NOW);
    Read { span, newest: log.last_arrival(shard), records }
}

/// Opens as an engine does whose catalog names these shards.
fn open(disk: &MemStorage, shards: &[LogShard]) -> Result<(Log, Vec<Read>), LogError> {
    let (mut log, _) = Log::open(Box::new(disk.clone()), SIZES)?;
    shards.iter().for_each(|shard| log.create_shard(*shard, Level::Process));
    log.retain_shards(&|shard| shards.contains(&shard))?;
    let found = shards.iter().map(|shard| read(&log, *shard)).collect();
    Ok((log, found))
}

fn check(input: &[u8]) {
    let disk = folder_of(input);
    let before = bytes_of(&disk);
    let shards = shards_in(&disk);
    assert_eq!(bytes_of(&disk), before, "looking at a folder changed it");
    let (mut log, found) = match open(&disk, &shards) {
        Ok(opened) => opened,
        Err(why) => {
            assert!(!why.to_string().is_empty());
            return;
        }
    };
    let once = bytes_of(&disk);
    let (_, again) = open(&disk, &shards).expect("what opened opens again");
    assert_eq!(again, found, "a second opening finds something else");
    assert_eq!(bytes_of(&disk), once, "a second opening changes the folder");
    // Life goes on behind whatever was found.
    let shard = shards.first().copied().unwrap_or_default();
    log.create_shard(shard, Level::Process);
    if log.next_index(shard) > INDEX_MAX {
        return;
    }
    let stored = KeyedBytes::new(b"keydata", 3).expect("it is UTF-8");
    let index = log.stage(shard, NOW, stored, None);
    log.commit().expect("there is room");
    for round in 0..4 {
        let _ = log.maintain(NOW.plus(round), 1 << 20);
        for unsynced in log.unsynced().into_iter().chain(log.unsynced_rest()) {
            disk.clone().sync(&unsynced.file).expect("it syncs");
            log.on_synced(&unsynced);
        }
    }
    let shards = if shards.is_empty() { vec![shard] } else { shards };
    let (log, _) = open(&disk, &shards).expect("what goes on opens again");
    let mut last = None;
    let mut visit = |stretch: Stretch<'_>| {
        for (index, arrival, key, data) in stretch.records() {
            last = Some((index, arrival, key.to_owned(), data.to_vec()));
        }
    };
    log.read(shard, index, 1, 100, &mut visit).expect("it was just written");
    assert_eq!(last, Some((index, NOW, "key".to_owned(), b"data".to_vec())));
}

/// Folders of logs that lived a little.
fn seeds() -> Vec<Vec<u8>> {
    [0, 3, 9, 30].into_iter().map(|puts| input_of(&lived(puts))).collect()
}

fn lived(puts: u64) -> MemStorage {
    let disk = MemStorage::new();
    let (mut log, _) = Log::open(Box::new(disk.clone()), SIZES).expect("an empty folder opens");
    let shards = [LogShard(0), LogShard(2)];
    shards.iter().for_each(|shard| log.create_shard(*shard, Level::Process));
    log.put_blob("notes", b"state").expect("there is room");
    for put in 0..puts {
        for shard in shards {
            let stored = KeyedBytes::new(b"user-42 and some data", 7).expect("it is UTF-8");
            log.stage(shard, NOW.plus(put), stored, None);
        }
        log.commit().expect("there is room");
        if put % 3 == 2 {
            log.maintain(NOW.plus(put), 1 << 20).expect("there is room");
            for unsynced in log.unsynced().into_iter().chain(log.unsynced_rest()) {
                disk.clone().sync(&unsynced.file).expect("it syncs");
                log.on_synced(&unsynced);
            }
            log.trim(shards[0], NOW.plus(put / 2));
        }
    }
    disk
}
