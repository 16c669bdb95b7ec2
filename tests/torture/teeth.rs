//! Testing the tests: a disk that lies about one thing must be found out, each lie within 50
//! cycles.

use crate::course::Course;
use crate::device::Lie;
use crate::life::Life;
use crate::mappings::finds_a_checkpoint_ahead;
use crate::power;
use crate::states::crash_often;

/// Lives until a lie must have been found out.
const CYCLES: u64 = 50;

/// Each lie, and what is said when it is found out.
const LIES: [(Lie, &str); 5] = [
    (Lie::JournalSync, "the journal's sync"),
    (Lie::ChunkSync, "the chunks' sync"),
    (Lie::StateSync, "the sync of named state"),
    (Lie::FolderSync, "the folder's sync"),
    (Lie::Checksum, "the checksum"),
];

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        for (lie, what) in LIES {
            let caught = (0..CYCLES).find_map(|n| found_out(lie, seed + n).map(|why| (n, why)));
            let Some((n, why)) = caught else {
                return Err(format!("{what} was left out, and nobody saw it in {CYCLES} cycles"));
            };
            course.tally.faults += 1;
            course.notes.push(format!("{what} left out: caught in cycle {}: {why}", n + 1));
        }
        checkpoints_ahead(course, seed)?;
        real_process(course, seed)?;
        course.notes.truncate(LIES.len() + 2);
        course.cycle();
    }
    Ok(())
}

fn found_out(lie: Lie, seed: u64) -> Option<String> {
    let mut life = Life::begin(seed, lie);
    crash_often(&mut life, seed, &mut |_| {}).err()
}

/// A mapping that finds its checkpoints ahead of what was done loses what lies between.
fn checkpoints_ahead(course: &mut Course, seed: u64) -> Result<(), String> {
    let caught = (0..CYCLES).find_map(|n| finds_a_checkpoint_ahead(seed + n).map(|why| (n, why)));
    let Some((n, why)) = caught else {
        return Err(format!("checkpoints were ahead, and nobody saw it in {CYCLES} lives"));
    };
    course.tally.faults += 1;
    course.notes.push(format!("checkpoints ahead: caught in life {}: {why}", n + 1));
    Ok(())
}

/// The same for the real process, on a file system that leaves out the journal's sync.
fn real_process(course: &mut Course, seed: u64) -> Result<(), String> {
    for n in 0..CYCLES {
        match power::catches(Lie::JournalSync, seed + n) {
            None => {
                course.notes.push("no file system can be mounted here to lie".to_owned());
                return Ok(());
            }
            Some(Ok(())) => {}
            Some(Err(why)) => {
                let row = n + 1;
                course.notes.push(format!(
                    "the journal's sync left out under the real process: caught in row {row} of \
                     power cuts: {why}"
                ));
                return Ok(());
            }
        }
    }
    Err("a file system left out the journal's sync, and no power cut showed it".to_owned())
}
