//! Every bit of a folder is flipped, one at a time: the folder is refused, or the damage is told by
//! whoever reads it and costs one chunk, or what was never synced is cut off. No wrong byte is
//! served, and nothing that was synced is missing without a word.

use watershed::api::{Answer, GetRecords, GetShardIterator, IteratorType, Operation};
use watershed::engine::Engine;
use watershed::log::{MemStorage, Storage};
use watershed::model::limits::GET_RECORDS_MAX;
use watershed::model::{Level, ShardId, StreamName};

use crate::books::{Books, Crash};
use crate::course::Course;
use crate::device::Lie;
use crate::life::{self, Life};

/// Steps before everything is synced, and after it.
const STEPS: u64 = 60;
const STEPS_UNSYNCED: u64 = 8;

/// What became of the flips.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    bytes: u64,
    refused: u64,
    told: u64,
    cut: u64,
    harmless: u64,
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    let mut seen = Seen::default();
    while let Some(seed) = course.next_seed() {
        let mut life = Life::begin(seed, Lie::None);
        life.live(STEPS)?;
        life.settle()?;
        life.live(STEPS_UNSYNCED)?;
        life.finish_transitions()?;
        course.tally.take(&life.tally);
        let files = life.disk.list().map_err(|why| why.to_string())?;
        let bits: Vec<(String, usize)> = (files.iter())
            .flat_map(|file| {
                let bytes = life.disk.file(file).unwrap_or_default().len();
                (0..bytes * 8).map(move |bit| (file.clone(), bit))
            })
            .collect();
        seen.bytes += bits.len() as u64 / 8;
        let stride = bits.len() as u64 / course.cycles_left().max(1);
        let stride = usize::try_from(stride.max(1)).expect("it is small");
        for (file, bit) in bits.iter().step_by(stride) {
            if course.is_enough() {
                break;
            }
            flip(&mut life, file, *bit, &mut seen)
                .map_err(|why| format!("bit {bit} of `{file}`: {why}"))?;
            course.tally.faults += 1;
            course.cycle();
        }
    }
    let Seen { bytes, refused, told, cut, harmless } = seen;
    course.notes.push(format!(
        "of {bytes} bytes: {refused} flips refused, {told} told when read, {cut} cut an unsynced \
         end, {harmless} without effect"
    ));
    Ok(())
}

fn flip(life: &mut Life, file: &str, bit: usize, seen: &mut Seen) -> Result<(), String> {
    let disk = life.disk.copy();
    let mut bytes = disk.file(file).unwrap_or_default();
    bytes[bit / 8] ^= 1 << (bit % 8);
    disk.set_file(file, bytes.clone());
    let Ok(mut engine) = life::open(&disk, Lie::None, life.now) else {
        seen.refused += 1;
        return left_alone(&disk, file, &bytes);
    };
    let Judged { missing, unreadable } = judge(&life.books, &mut engine, life)?;
    match (unreadable, missing) {
        (1.., _) => seen.told += 1,
        (0, 1..) => seen.cut += 1,
        (0, 0) => seen.harmless += 1,
    }
    Ok(())
}

/// What is refused is kept as it is, for whoever can make something of it.
fn left_alone(disk: &MemStorage, file: &str, bytes: &[u8]) -> Result<(), String> {
    match disk.file(file).as_deref() == Some(bytes) {
        true => Ok(()),
        false => Err("the folder was refused, and the file was changed".to_owned()),
    }
}

/// What a flip cost.
#[derive(Clone, Copy, Debug, Default)]
struct Judged {
    /// Records that are not there, and were not synced.
    missing: u64,
    /// Runs of records that are an error to read; named state counts as one.
    unreadable: u64,
}

fn judge(books: &Books, engine: &mut Engine, life: &Life) -> Result<Judged, String> {
    let mut judged = Judged::default();
    match books.check_notes(engine, Crash::Kill) {
        Ok(_) => {}
        // Damaged, and said so.
        Err(_) if engine.state("notes").is_err() => judged.unreadable += 1,
        Err(why) => return Err(why),
    }
    for (name, stream) in &books.streams {
        if stream.level == Level::Memory {
            continue;
        }
        for id in stream.shards.keys() {
            let of_shard = shard(books, engine, life, (name, *id))?;
            judged.missing += of_shard.missing;
            judged.unreadable += of_shard.unreadable;
        }
    }
    // One bit damages one chunk: a run of records of one shard.
    match judged.unreadable {
        0 | 1 => Ok(judged),
        runs => Err(format!("{runs} runs of records cannot be read for one bit")),
    }
}

/// Reads what can be read of a shard, and goes on behind what cannot.
fn shard(
    books: &Books,
    engine: &mut Engine,
    life: &Life,
    (name, id): (&StreamName, ShardId),
) -> Result<Judged, String> {
    let get = GetShardIterator {
        stream: name.clone(),
        shard: id,
        position: IteratorType::TrimHorizon.into(),
    };
    let answer = engine.handle(life.now, &Operation::GetShardIterator(get));
    let Ok(Answer::Iterator(mut at)) = answer else {
        return Err(format!("{id} of {name} is not there: {answer:?}"));
    };
    let (mut judged, end) = (Judged::default(), books.end(name, id));
    let mut damaged = false;
    while at.next_index < end {
        let get = GetRecords { iterator: at.clone(), limit: GET_RECORDS_MAX };
        match engine.get_records(life.now, &get) {
            Err(_) => {
                judged.unreadable += u64::from(!damaged);
                damaged = true;
                at.next_index += 1;
            }
            Ok(answer) if answer.records.is_empty() => break,
            Ok(answer) => {
                damaged = false;
                for record in answer.records.iter() {
                    let follows = record.sequence.index == at.next_index;
                    if !follows || !books.holds(name, id, &record) {
                        return Err(format!("{} of {name} is altered", record.sequence));
                    }
                    at.next_index += 1;
                }
            }
        }
    }
    judged.missing = end - at.next_index.min(end);
    if at.next_index < books.synced_end(name, id) {
        return Err(format!(
            "{} records of {id} of {name} are gone without a word",
            judged.missing
        ));
    }
    Ok(judged)
}
