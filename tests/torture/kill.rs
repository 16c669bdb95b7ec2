//! kill -9, for real: a process that puts is killed at any moment, again and again, and its folder
//! opened each time. Nothing that it was told is missing, out of order, altered or there twice.

use std::thread;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use watershed::model::Level;

use crate::course::Course;
use crate::real::{Folder, Loss, Patience, Putter, Scratch};

/// From start to kill, microseconds: start, recovery and load are all hit.
const LIFE_US: u64 = 100_000;
/// Kills before a new folder is taken: what is there is read each time.
const KILLS: u64 = 12;

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    let mut patience = Patience::default();
    while let Some(seed) = course.next_seed() {
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let level = if seed.is_multiple_of(4) { Level::Power } else { Level::Process };
        let scratch = Scratch::new("kill")?;
        let mut folder = Folder::default();
        for cycle in 0..KILLS {
            if course.is_enough() {
                break;
            }
            let putter = Putter::start(scratch.path(), cycle, level)?;
            let life = Duration::from_micros(chance.random_range(0..=LIFE_US));
            thread::sleep(patience.longer(life));
            let told = putter.kill()?;
            patience.hear(&told);
            let before = folder.acknowledged;
            folder
                .check(scratch.path(), &told, Loss::Nothing)
                .map_err(|why| format!("kill {cycle} at level {}: {why}", level.word()))?;
            course.tally.acknowledged += folder.acknowledged - before;
            course.tally.faults += 1;
            course.cycle();
        }
    }
    if course.tally.acknowledged == 0 {
        return Err("no process lived long enough to have a record acknowledged".to_owned());
    }
    Ok(())
}
