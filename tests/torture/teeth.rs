//! Testing the tests: a disk that lies about one thing must be found out, each lie within 50
//! cycles.

use crate::course::Course;
use crate::device::Lie;
use crate::life::Life;
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
        course.notes.truncate(LIES.len());
        course.cycle();
    }
    Ok(())
}

fn found_out(lie: Lie, seed: u64) -> Option<String> {
    let mut life = Life::begin(seed, lie);
    crash_often(&mut life, seed, &mut |_| {}).err()
}
