//! The engine against the naive books, with everything compared after each step: first every order
//! of a few operations on one to three shards, shorter ones first, then long random lives.

use crate::books::Crash;
use crate::course::Course;
use crate::device::Lie;
use crate::life::Life;

/// What can be done; an order of operations is a number with this base.
const ACTS: [Act; 11] = [
    Act::Put,
    Act::Wait,
    Act::Expire,
    Act::Sync,
    Act::Move,
    Act::Split,
    Act::Merge,
    Act::Scale,
    Act::Delete,
    Act::Kill,
    Act::CutPower,
];
/// Shards to begin with.
const SHARDS: [u32; 3] = [1, 2, 3];
/// Random lives come after every order of so many operations.
const LENGTH_MAX: u32 = 5;
/// Steps of a random life.
const STEPS: u64 = 80;

#[derive(Clone, Copy, Debug)]
enum Act {
    Put,
    Wait,
    /// All records become too old.
    Expire,
    Sync,
    Move,
    Split,
    Merge,
    Scale,
    Delete,
    Kill,
    CutPower,
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    'orders: for length in 1..=LENGTH_MAX {
        for shards in SHARDS {
            for code in 0..ACTS.len().pow(length) {
                if course.is_enough() {
                    break 'orders;
                }
                let acts = order(code, length);
                let mut life = Life::begin(1, Lie::None);
                let played = play(&mut life, shards, &acts);
                course.tally.take(&life.tally);
                played.map_err(|why| format!("{shards} shards, {acts:?}: {why}"))?;
                course.cycle();
            }
        }
        course.notes = vec![format!("every order of up to {length} operations on 1, 2, 3 shards")];
    }
    while let Some(seed) = course.next_seed() {
        let mut life = Life::begin(seed, Lie::None);
        for _ in 0..STEPS {
            life.step()?;
            life.hear()?;
            life.compare()?;
        }
        course.tally.take(&life.tally);
        course.cycle();
    }
    Ok(())
}

fn order(mut code: usize, length: u32) -> Vec<Act> {
    let digit = |_| {
        let act = ACTS[code % ACTS.len()];
        code /= ACTS.len();
        act
    };
    (0..length).map(digit).collect()
}

fn play(life: &mut Life, shards: u32, acts: &[Act]) -> Result<(), String> {
    life.create_with(shards)?;
    life.put()?;
    for act in acts {
        life.tally.operations += 1;
        match act {
            Act::Put => life.put()?,
            Act::Wait => life.wait(300)?,
            Act::Expire => life.wait(200_000)?,
            Act::Sync => life.sync(),
            Act::Move => life.move_records()?,
            Act::Split => life.split()?,
            Act::Merge => life.merge()?,
            Act::Scale => life.scale()?,
            Act::Delete => life.delete()?,
            Act::Kill => life.die(Crash::Kill)?,
            Act::CutPower => life.die(Crash::PowerCut)?,
        }
        life.hear()?;
        life.compare()?;
    }
    life.die(Crash::PowerCut)
}
