//! Power cuts of the real process: it puts into a folder that is a file system of our own, until
//! all that was not synced is lost, as far as chance has it. At level `power` nothing that it was
//! told is missing; at level `process` an end of each key's records, told a moment before.

#[cfg(target_os = "linux")]
mod fs;

#[cfg(not(target_os = "linux"))]
pub(crate) fn run(course: &mut crate::course::Course) -> Result<(), String> {
    course.skip("power cuts of the real process want FUSE, which only Linux has".to_owned());
    Ok(())
}

/// Without FUSE nobody can be caught.
#[cfg(not(target_os = "linux"))]
pub(crate) fn catches(_: crate::device::Lie, _: u64) -> Option<Result<(), String>> {
    None
}

#[cfg(target_os = "linux")]
pub(crate) use linux::{catches, run};

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::path::Path;
    use std::thread;
    use std::time::{Duration, Instant};

    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;
    use watershed::log::MemStorage;
    use watershed::model::Level;

    use super::fs::Mount;
    use crate::course::Course;
    use crate::device::Lie;
    use crate::real::{Folder, Loss, Patience, Putter, Scratch, WINDOW};

    /// From start to cut, microseconds.
    const LIFE_US: u64 = 120_000;
    /// How often mounting is tried.
    const MOUNT_TRIES: u64 = 3;
    /// Cuts before an empty disk is taken: what is there is read each time.
    const CUTS: u64 = 8;

    pub(crate) fn run(course: &mut Course) -> Result<(), String> {
        let scratch = Scratch::new("power")?;
        if let Err(why) = probe(&scratch) {
            course.skip(format!(
                "no file system can be mounted here ({why}): power cuts of the real process were \
                 NOT tried"
            ));
            return Ok(());
        }
        let (mut patience, mut at_power) = (Patience::default(), 0);
        while let Some(seed) = course.next_seed() {
            let mut row = Row::new(seed, &scratch, Lie::None);
            if course.campaign {
                row.level = Level::Power;
            }
            for _ in 0..CUTS {
                if course.is_enough() {
                    break;
                }
                row.cut(&mut patience)?;
                at_power += u64::from(row.level == Level::Power);
                course.tally.faults += 1;
                course.cycle();
                course.tally.acknowledged += std::mem::take(&mut row.folder.acknowledged);
                course.tally.within_promise += std::mem::take(&mut row.folder.lost);
            }
        }
        let others = course.tally.cycles - at_power;
        course.notes.push(format!("{at_power} cuts at level power, {others} at level process"));
        match course.tally.acknowledged {
            0 => Err("no process lived long enough to have a record acknowledged".to_owned()),
            _ => Ok(()),
        }
    }

    fn probe(scratch: &Scratch) -> io::Result<()> {
        Mount::new(&MemStorage::new(), scratch.path(), Lie::None).map(drop)
    }

    /// Some power cuts of a file system with a lie: an error says how it was found out. None where
    /// nothing can be mounted.
    pub(crate) fn catches(lie: Lie, seed: u64) -> Option<Result<(), String>> {
        let scratch = Scratch::new("lie").ok()?;
        probe(&scratch).ok()?;
        let mut row = Row::new(seed, &scratch, lie);
        row.level = Level::Power;
        let mut patience = Patience::default();
        Some((0..CUTS).try_for_each(|_| row.cut(&mut patience)))
    }

    /// A row of power cuts on one disk.
    struct Row<'a> {
        scratch: &'a Scratch,
        lie: Lie,
        chance: Pcg64Mcg,
        level: Level,
        disk: MemStorage,
        folder: Folder,
        cycle: u64,
    }

    impl<'a> Row<'a> {
        fn new(seed: u64, scratch: &'a Scratch, lie: Lie) -> Self {
            let chance = Pcg64Mcg::seed_from_u64(seed);
            let level = if seed.is_multiple_of(5) { Level::Process } else { Level::Power };
            let (disk, folder) = (MemStorage::restless(seed), Folder::default());
            Self { scratch, lie, chance, level, disk, folder, cycle: 0 }
        }

        /// Mounts the disk. The system refuses one in thousands with an EIO of its own, while it still
        /// undoes the mount before.
        fn mount(&self, path: &Path) -> Result<Mount, String> {
            let mut mounted = Mount::new(&self.disk, path, self.lie);
            for nth in 1..MOUNT_TRIES {
                if mounted.is_err() {
                    thread::sleep(Duration::from_millis(100 * nth));
                    mounted = Mount::new(&self.disk, path, self.lie);
                }
            }
            mounted.map_err(|why| format!("the file system cannot be mounted: {why}"))
        }

        fn cut(&mut self, patience: &mut Patience) -> Result<(), String> {
            let path = self.scratch.path();
            let life = Duration::from_micros(self.chance.random_range(0..=LIFE_US));
            let mount = self.mount(path)?;
            let mut putter = Putter::start(path, self.cycle, self.level)?;
            thread::sleep(patience.longer(life));
            let cut = Instant::now();
            let found = mount.cut_power(self.chance.random());
            let told = putter.end().map_err(|why| format!("the process cannot be ended: {why}"))?;
            drop(mount);
            patience.hear(&told);
            let loss = match self.level {
                Level::Power => Loss::Nothing,
                Level::Memory | Level::Process => Loss::EndSince(cut - WINDOW),
            };
            self.folder
                .check_disk(&found, &told, loss)
                .map_err(|why| format!("cut {} at {:?}: {why}", self.cycle, self.level))?;
            found.set_restless(self.chance.random());
            self.disk = found;
            self.cycle += 1;
            Ok(())
        }
    }
}
