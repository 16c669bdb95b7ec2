//! The same seed is the same life: without that a failing seed would say nothing.

use watershed::log::Storage;
use watershed::model::chance::salted;

use crate::course::Course;
use crate::device::Lie;
use crate::life::Life;
use crate::states::crash_often;

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    let mut before = None;
    while let Some(seed) = course.next_seed() {
        let (first, again) = (digest(seed)?, digest(seed)?);
        if first != again {
            return Err(format!("seed {seed} was two lives: {first:x} and {again:x}"));
        }
        if before == Some(first) {
            return Err(format!("seed {seed} was the same life as the one before"));
        }
        before = Some(first);
        course.cycle();
    }
    Ok(())
}

/// Everything that is left of a life: each file, each count.
fn digest(seed: u64) -> Result<u64, String> {
    let mut life = Life::begin(seed, Lie::None);
    crash_often(&mut life, seed, &mut |_| {})?;
    let mut digest = seed ^ life.tally.acknowledged ^ (life.tally.within_promise << 32);
    for file in life.disk.list().map_err(|why| why.to_string())? {
        let bytes = life.disk.file(&file).unwrap_or_default();
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        digest = salted(salted(digest, &file), &text);
    }
    Ok(digest)
}
