//! Every bit of a log of a mebibyte is flipped, one at a time, and each is detected: the frame, the
//! chunk or the state that holds it does not count any more, nothing else counts in its place, and
//! somebody is told. `bits` goes the whole way to a reader with fewer of them.

use std::collections::BTreeMap;

use watershed::log::inspect::{Piece, inspect};
use watershed::log::{Log, LogOptions, LogShard, MemStorage, Storage};
use watershed::model::{KeyedBytes, Level, Millis};

use crate::course::Course;
use crate::payload::{data_of, key_of};

/// Bytes of the log, all files together.
const BYTES: usize = 1 << 20;
/// A flip is looked for in its own file, so files are small.
const SIZES: LogOptions = LogOptions {
    segment_bytes: 32 << 10,
    segments_max: 2,
    chunk_file_bytes: 32 << 10,
    tail_bytes: 8 << 10,
    tails_bytes: 32 << 10,
    cache_bytes: 0,
    manifest_every_ms: 0,
};
const MANIFEST: &str = "manifest.blob";

/// Sound pieces of a file by place, bytes that mean nothing, and whether something else was told.
#[derive(Debug, Default)]
struct Seen {
    sound: BTreeMap<u64, Piece>,
    unused: Vec<(u64, u64)>,
    told: bool,
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let disk = write(seed).map_err(|why| why.to_string())?;
        let files = disk.list().map_err(|why| why.to_string())?;
        let bytes_of = |file: &String| disk.file(file).unwrap_or_default();
        let bits: usize = files.iter().map(|file| bytes_of(file).len() * 8).sum();
        let stride = (bits as u64 / course.cycles_left().max(1)).max(1);
        let stride = usize::try_from(stride).expect("it is small");
        course.notes = vec![format!("{} bytes in {} files", bits / 8, files.len())];
        for file in &files {
            flip_all(course, &disk, file, bytes_of(file), stride)
                .map_err(|why| format!("{why} of `{file}`"))?;
        }
    }
    Ok(())
}

/// A log with everything in it that a log has, nothing of it unsynced.
fn write(seed: u64) -> Result<MemStorage, Box<dyn std::error::Error>> {
    let disk = MemStorage::new();
    let (mut log, _) = Log::open(Box::new(disk.clone()), SIZES)?;
    let shards = [0, 1, 5].map(LogShard);
    shards.iter().for_each(|shard| log.create_shard(*shard, Level::Process));
    log.put_blob("notes", &data_of(seed))?;
    let (mut number, mut bytes) = (seed << 32, 0);
    while bytes < BYTES {
        for shard in shards.iter().cycle().take(7) {
            let (key, data) = (key_of(number), data_of(number));
            let stored = [key.as_bytes(), &data].concat();
            let stored = KeyedBytes::new(&stored, key.len()).ok_or("a key is UTF-8")?;
            log.stage(*shard, Millis(number & 0xffff_ffff), stored, None);
            number += 1;
        }
        log.commit()?;
        log.maintain(Millis(number & 0xffff_ffff), 1 << 20)?;
        for unsynced in log.unsynced().into_iter().chain(log.unsynced_rest()) {
            disk.clone().sync(&unsynced.file)?;
            log.on_synced(&unsynced);
        }
        log.maintain(Millis(number & 0xffff_ffff), 1 << 20)?;
        bytes = usize::try_from(log.usage().disk_bytes)?;
    }
    Ok(disk)
}

fn flip_all(
    course: &mut Course,
    disk: &MemStorage,
    file: &str,
    mut bytes: Vec<u8>,
    stride: usize,
) -> Result<(), String> {
    // What other files hold does not change what this one does, but the manifest tells what counts, and
    // a list tells of the chunks in its file.
    let alone = MemStorage::new();
    for other in [MANIFEST, &file.replace(".idx", ".dat")] {
        alone.set_file(other, disk.file(other).unwrap_or_default());
    }
    alone.set_file(file, bytes.clone());
    let before = look(&alone, file)?;
    for bit in (0..bytes.len() * 8).step_by(stride) {
        if course.is_enough() {
            break;
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
        alone.set_file(file, bytes.clone());
        let after = look(&alone, file)?;
        bytes[bit / 8] ^= 1 << (bit % 8);
        detected(&before, &after, bit as u64 / 8).map_err(|why| format!("bit {bit}: {why}"))?;
        course.tally.faults += 1;
        course.cycle();
    }
    Ok(())
}

fn look(disk: &MemStorage, wanted: &str) -> Result<Seen, String> {
    let mut seen = Seen::default();
    let mut found = |file: &str, at: u64, piece: &Piece| match piece {
        _ if file != wanted => {}
        Piece::Torn { .. } | Piece::Damage { .. } => seen.told = true,
        Piece::Unused { bytes, .. } => seen.unused.push((at, at + bytes)),
        Piece::Manifest { .. }
        | Piece::State { .. }
        | Piece::Frame { .. }
        | Piece::Chunk { .. }
        | Piece::List { .. } => drop(seen.sound.insert(at, piece.clone())),
    };
    inspect(disk, &mut found).map_err(|why| why.to_string())?;
    Ok(seen)
}

/// Is a flip in byte `at` seen?
fn detected(before: &Seen, after: &Seen, at: u64) -> Result<(), String> {
    if let Some((place, _)) =
        after.sound.iter().find(|(place, piece)| before.sound.get(place) != Some(*piece))
    {
        return Err(format!("something else counts at byte {place}"));
    }
    if before.unused.iter().any(|(begin, end)| (*begin..*end).contains(&at)) {
        return Ok(());
    }
    let holder = before.sound.range(..=at).next_back();
    let (place, piece) = holder.ok_or("nobody knows of this byte")?;
    // The last mark has nothing behind it that could tell of it, and nothing in it.
    let bare = matches!(piece, Piece::Frame { records, .. } if records.is_empty());
    match (after.sound.contains_key(place), after.told || bare) {
        (false, true) => Ok(()),
        (true, _) => Err("what holds it still counts".to_owned()),
        (false, false) => Err("nobody is told".to_owned()),
    }
}
