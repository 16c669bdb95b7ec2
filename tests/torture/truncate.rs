//! The journal is cut at every byte of its last 64 KiB: exactly the whole frames are there, and
//! life goes on behind them.

use std::ops::Range;

use watershed::api::{CreateStream, Operation, PutRecords};
use watershed::engine::Engine;
use watershed::log::{LogOptions, MemStorage, Storage};
use watershed::model::{EntryBatch, Level, Millis, ShardLimits, StreamName};

use crate::books::{Books, Crash};
use crate::course::Course;
use crate::life::OPTIONS;
use crate::payload::{data_of, key_of};

/// Bytes that are cut, one more each time.
const BYTES: usize = 64 * 1024;
/// Bytes of journal that are written.
const JOURNAL: usize = 80 * 1024;
/// Frames end at a multiple of so many bytes.
const ALIGN: usize = 8;
const NOW: Millis = Millis(1_700_000_000_000);

/// A journal of one segment, nothing of it synced.
struct Written {
    disk: MemStorage,
    books: Books,
    file: String,
    bytes: Vec<u8>,
    /// The byte behind the last record of each frame, and how many records there are by then.
    frames: Vec<(usize, u64)>,
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let written = write(seed)?;
        course.tally.acknowledged += written.frames.last().map_or(0, |frame| frame.1);
        let len = written.bytes.len();
        let stride = BYTES as u64 / course.cycles_left().max(1);
        let stride = usize::try_from(stride.max(1)).expect("it is small");
        for cut in (len - BYTES..=len).rev().step_by(stride) {
            if course.is_enough() {
                break;
            }
            let lost = cut_at(&written, cut).map_err(|why| format!("cut at byte {cut}: {why}"))?;
            course.tally.faults += 1;
            course.tally.within_promise += lost;
            course.cycle();
        }
    }
    Ok(())
}

fn open(disk: &MemStorage) -> Result<Engine, String> {
    let sizes = LogOptions { segment_bytes: 1 << 20, ..LogOptions::default() };
    Engine::open_with(NOW, Box::new(disk.clone()), OPTIONS, sizes)
        .map(|(engine, _)| engine)
        .map_err(|why| why.to_string())
}

fn name() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

fn put(
    engine: &mut Engine,
    books: &mut Books,
    now: Millis,
    numbers: Range<u64>,
) -> Result<(), String> {
    let first = numbers.start;
    let mut entries = EntryBatch::new();
    numbers.for_each(|number| entries.push(&key_of(number), &data_of(number)));
    let put = PutRecords { stream: name(), entries };
    let answer = engine.put_records(now, &put).map_err(|why| why.to_string())?;
    books.put(&name(), now, first, &answer).map(|_| ())
}

fn write(seed: u64) -> Result<Written, String> {
    let (disk, mut books) = (MemStorage::new(), Books::default());
    let mut engine = open(&disk)?;
    let create = CreateStream {
        limits: ShardLimits::OFF,
        ..CreateStream::provisioned(name(), 3, Level::Process)
    };
    engine.handle(NOW, &Operation::CreateStream(create)).map_err(|why| why.to_string())?;
    books.create(&engine.description(&name()).ok_or("it was just made")?)?;
    engine.advance(NOW.plus(100));
    let (mut number, mut frames, mut bytes) = (seed << 32, Vec::new(), Vec::new());
    let mut file = String::new();
    while bytes.len() < JOURNAL {
        let count = 1 + number % 7;
        put(&mut engine, &mut books, NOW.plus(100), number..number + count)?;
        number += count;
        let files = disk.list().map_err(|why| why.to_string())?;
        file = files.into_iter().find(|file| file.starts_with("journal")).ok_or("no journal")?;
        bytes = disk.file(&file).unwrap_or_default();
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        frames.push((end, number - (seed << 32)));
    }
    Ok(Written { disk, books, file, bytes, frames })
}

/// Opens what is left; gives how many records are gone.
fn cut_at(written: &Written, cut: usize) -> Result<u64, String> {
    let disk = written.disk.copy();
    disk.set_file(&written.file, written.bytes[..cut].to_vec());
    let mut engine = open(&disk)?;
    let found = written.books.check(&mut engine, NOW.plus(200), Crash::PowerCut)?;
    let all = written.frames.last().map_or(0, |frame| frame.1);
    let there = all - found.lost;
    let whole = |padding: usize| {
        let mut frames =
            written.frames.iter().filter(|(end, _)| end.next_multiple_of(padding) <= cut);
        frames.next_back().map_or(0, |frame| frame.1)
    };
    // A cut within the zeros behind a frame may cost the frame, and need not.
    if there != whole(ALIGN) && there != whole(1) {
        return Err(format!("{there} records are there, whole frames hold {}", whole(ALIGN)));
    }
    if cut.is_multiple_of(97) {
        let mut books = written.books.clone();
        books.adopt(found, &engine, NOW.plus(200))?;
        put(&mut engine, &mut books, NOW.plus(200), 1 << 60..(1 << 60) + 3)?;
        let mut again = open(&disk.copy())?;
        books.check(&mut again, NOW.plus(300), Crash::Kill)?;
    }
    let lost = all - there;
    Ok(lost)
}
