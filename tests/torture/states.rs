//! Crash states: a life is cut off at any call, `kill -9` or the power; whatever is found opens,
//! and is what the books allow. From one of the states the life goes on, to be cut off again.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::books::Crash;
use crate::course::{Course, Tally};
use crate::device::Lie;
use crate::life::Life;

/// Crashes in one life.
const CRASHES: u64 = 6;
/// Different power cuts at each crash.
const CUTS: u64 = 8;

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let mut life = Life::begin(seed, Lie::None);
        let lived = crash_often(&mut life, seed, &mut |states| {
            (0..states).for_each(|_| course.cycle());
        });
        course.tally.take(&life.tally);
        lived?;
    }
    Ok(())
}

/// One life with all its crashes; `told` hears of the crash states that were checked.
pub(crate) fn crash_often(
    life: &mut Life,
    seed: u64,
    told: &mut dyn FnMut(u64),
) -> Result<(), String> {
    let mut chance = Pcg64Mcg::seed_from_u64(!seed);
    for _ in 0..CRASHES {
        if chance.random_bool(0.7) {
            life.disk.crash_at(chance.random_range(0..120));
        }
        life.live(chance.random_range(5..120))?;
        life.tally.faults += 1;
        let killed = life.disk_after(Crash::Kill);
        let opened = life.check(&killed, Crash::Kill)?;
        told(1);
        let mut last = (killed, opened);
        let goes_on_killed = chance.random_bool(0.4);
        for _ in 0..CUTS {
            let disk = life.disk_after(Crash::PowerCut);
            let opened = life.check(&disk, Crash::PowerCut)?;
            told(1);
            if !goes_on_killed {
                last = (disk, opened);
            }
        }
        let (disk, opened) = last;
        life.go_on(disk, opened)?;
    }
    Ok(())
}

impl Tally {
    /// Adds what one life counted, but for its cycles.
    pub(crate) fn take(&mut self, life: &Self) {
        self.faults += life.faults;
        self.operations += life.operations;
        self.acknowledged += life.acknowledged;
        self.within_promise += life.within_promise;
    }
}
