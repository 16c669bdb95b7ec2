//! Recovery twice is recovery once: the same bytes. And a recovery that is killed, loses power or
//! fails at any of its calls is made good by the next one.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use watershed::log::{MemStorage, Storage};

use crate::books::Crash;
use crate::course::Course;
use crate::device::Lie;
use crate::life::{self, Life};

/// Crashes in one life.
const CRASHES: u64 = 4;

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let mut life = Life::begin(seed, Lie::None);
        let mut chance = Pcg64Mcg::seed_from_u64(!seed);
        for _ in 0..CRASHES {
            life.disk.crash_at(chance.random_range(20..200));
            life.live(chance.random_range(20..150))?;
            for crash in [Crash::Kill, Crash::PowerCut] {
                let disk = life.disk_after(crash);
                twice(&mut life, &disk, crash)?;
                interrupted(&mut life, &disk, crash, course)?;
            }
            let disk = life.disk_after(Crash::PowerCut);
            let opened = life.check(&disk, Crash::PowerCut)?;
            life.go_on(disk, opened)?;
        }
        course.tally.take(&life.tally);
    }
    Ok(())
}

/// Every file and its bytes.
fn bytes_of(disk: &MemStorage) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let files = disk.list().map_err(|why| why.to_string())?;
    Ok(files.into_iter().map(|file| (file.clone(), disk.file(&file).unwrap_or_default())).collect())
}

fn twice(life: &mut Life, found: &MemStorage, crash: Crash) -> Result<(), String> {
    let disk = found.copy();
    life.check(&disk, crash)?;
    let once = bytes_of(&disk)?;
    life.check(&disk, crash)?;
    let twice = bytes_of(&disk)?;
    match once.iter().find(|(file, bytes)| twice.get(*file) != Some(bytes)) {
        None if once.len() == twice.len() => Ok(()),
        None => Err("a second recovery makes a file".to_owned()),
        Some((file, _)) => Err(format!("a second recovery changes `{file}`")),
    }
}

/// Recovery ends at each of its calls, one after the other.
fn interrupted(
    life: &mut Life,
    found: &MemStorage,
    crash: Crash,
    course: &mut Course,
) -> Result<(), String> {
    for n in 0.. {
        let disk = found.copy();
        disk.crash_at(n);
        drop(life::open(&disk, Lie::None, life.now));
        if !disk.has_crashed() {
            break;
        }
        course.tally.faults += 1;
        life.check(&disk.copy(), crash).map_err(|why| format!("killed at call {n}: {why}"))?;
        for seed in 0..3 {
            let cut = disk.after_power_cut(seed);
            // What the killed recovery found was not told to anybody.
            life.check(&cut, Crash::PowerCut).map_err(|why| format!("cut at call {n}: {why}"))?;
        }
        course.cycle();
    }
    for n in 0.. {
        let disk = found.copy();
        disk.fail_read(n);
        if life::open(&disk, Lie::None, life.now).is_ok() && disk.reads() <= n {
            break;
        }
        course.tally.faults += 1;
        life.check(&disk.copy(), crash).map_err(|why| format!("read {n} failed: {why}"))?;
        course.cycle();
    }
    Ok(())
}
