//! A storage in memory, for tests and simulations: it tells what was written from what is durable,
//! and can crash, lose power, fill up and fail at a chosen call, so that every path of the log is
//! tried. All chance comes from seeds.

mod image;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::log::{Storage, StorageError};
use image::Image;

/// How often the system writes something back by itself: once in so many changing calls.
const WRITE_BACK_EVERY: u32 = 8;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does nothing.
    Refused,
    /// A write leaves its first half; another call does nothing.
    Short,
    /// As [`Self::Short`], for want of space.
    Full,
    /// It is done, and fails all the same.
    Late,
    /// A sync loses the bytes that it could not make durable: they read as they were before.
    Dropped,
    /// A sync leaves the bytes readable and takes them for durable: a second one keeps nothing
    /// (Linux after a failed write-back).
    Forgotten,
}

impl Fault {
    /// Every way to fail.
    pub const ALL: [Self; 6] =
        [Self::Refused, Self::Short, Self::Full, Self::Late, Self::Dropped, Self::Forgotten];
}

/// What will go wrong, and when.
#[derive(Clone, Debug, Default)]
struct Plan {
    room: Option<usize>,
    calls: u64,
    reads: u64,
    fail_at: Option<(u64, Fault)>,
    fail_read_at: Option<u64>,
    crash_at: Option<u64>,
    fail_truncate: bool,
    salt: u32,
    write_back: Option<Pcg64Mcg>,
}

#[derive(Debug, Default)]
struct Machine {
    image: Image,
    plan: Plan,
}

/// A shared disk: clones see the same files.
#[derive(Clone, Debug, Default)]
pub struct MemStorage {
    machine: Arc<Mutex<Machine>>,
}

/// What becomes of a changing call.
enum Fate {
    Done,
    Fails(Fault),
    /// The machine stops in the middle of it.
    Crashes,
    Gone,
}

impl MemStorage {
    /// An empty disk, which makes durable what it is asked to and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty disk behind a system that also writes back by itself, now and then, in any order.
    #[must_use]
    pub fn restless(seed: u64) -> Self {
        let disk = Self::new();
        disk.set_restless(seed);
        disk
    }

    /// From now on the system writes back by itself, now and then, in any order.
    pub fn set_restless(&self, seed: u64) {
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let mut machine = self.machine();
        machine.plan.salt = chance.random();
        machine.plan.write_back = Some(chance);
    }

    /// What checksums of new files begin with.
    pub fn set_salt(&self, salt: u32) {
        self.machine().plan.salt = salt;
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(image: Image) -> Self {
        let machine = Machine { image, plan: Plan::default() };
        Self { machine: Arc::new(Mutex::new(machine)) }
    }

    /// The power goes: nothing that was not synced is there.
    pub fn cut_power(&self) {
        self.machine().image.lose();
    }

    /// A disk of its own with the files as they may be found after a power cut: of what was not
    /// synced, whatever the seed leaves.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        Self::of(self.machine().image.after_cut(&mut Pcg64Mcg::seed_from_u64(seed)))
    }

    /// A disk of its own with the files as they are now, as after `kill -9`: what was not synced
    /// is there, and still to be lost.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::of(self.machine().image.clone())
    }

    /// Takes only `bytes` more.
    pub fn set_room(&self, bytes: Option<usize>) {
        self.machine().plan.room = bytes;
    }

    /// Fails the `n`-th changing call from now on, counted from 0, and none after it: a write
    /// leaves half of its bytes.
    pub fn fail_call(&self, n: u64) {
        self.fail_call_by(n, Fault::Short);
    }

    /// Fails the `n`-th changing call from now on, counted from 0, in the given way, and none
    /// after it.
    pub fn fail_call_by(&self, n: u64, fault: Fault) {
        let plan = &mut self.machine().plan;
        plan.fail_at = Some((plan.calls + n, fault));
    }

    /// Fails the `n`-th call that changes nothing from now on, counted from 0, and none after it.
    pub fn fail_read(&self, n: u64) {
        let plan = &mut self.machine().plan;
        plan.fail_read_at = Some(plan.reads + n);
    }

    /// Crashes at the `n`-th changing call from now on, counted from 0: a write leaves half of
    /// its bytes, and no call after it does anything. See [`Self::copy`] and
    /// [`Self::after_power_cut`] for the disk afterwards.
    pub fn crash_at(&self, n: u64) {
        let plan = &mut self.machine().plan;
        plan.crash_at = Some(plan.calls + n);
    }

    /// Has the crash come that [`Self::crash_at`] set?
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        let plan = &self.machine().plan;
        plan.crash_at.is_some_and(|at| plan.calls > at)
    }

    /// Truncation fails from now on.
    pub fn fail_truncation(&self) {
        self.machine().plan.fail_truncate = true;
    }

    /// Changing calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.machine().plan.calls
    }

    /// Calls so far that changed nothing.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.machine().plan.reads
    }

    /// The bytes of a file as they are now.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.machine().image.bytes(name).map(<[u8]>::to_vec)
    }

    /// Replaces the bytes of a file: what a failing disk might do.
    pub fn set_file(&self, name: &str, bytes: Vec<u8>) {
        self.machine().image.replace(name, bytes);
    }
}

fn error(operation: &'static str, file: &str, why: &str) -> StorageError {
    StorageError { operation, file: file.to_owned(), why: why.to_owned(), full: false }
}

fn told(fault: Fault, operation: &'static str, file: &str) -> StorageError {
    match fault {
        Fault::Full => full(operation, file),
        Fault::Refused | Fault::Short | Fault::Late | Fault::Dropped | Fault::Forgotten => {
            error(operation, file, "told to fail")
        }
    }
}

fn full(operation: &'static str, file: &str) -> StorageError {
    StorageError { full: true, ..error(operation, file, "no space left on device") }
}

impl Machine {
    /// Counts a changing call and says what becomes of it.
    fn fate(&mut self) -> Fate {
        let Self { image, plan } = self;
        if let Some(chance) = &mut plan.write_back
            && chance.random_ratio(1, WRITE_BACK_EVERY)
        {
            image.write_back(chance);
        }
        let call = plan.calls;
        plan.calls += 1;
        match (plan.crash_at, plan.fail_at) {
            (Some(at), _) if at == call => Fate::Crashes,
            (Some(at), _) if at < call => Fate::Gone,
            (_, Some((at, fault))) if at == call => Fate::Fails(fault),
            _ => Fate::Done,
        }
    }

    /// Does a call that is done as a whole or not at all.
    fn change(
        &mut self,
        operation: &'static str,
        file: &str,
        act: impl FnOnce(&mut Self) -> bool,
    ) -> Result<(), StorageError> {
        let fate = self.fate();
        let there = match fate {
            Fate::Done | Fate::Fails(Fault::Late) => act(self),
            Fate::Fails(_) | Fate::Crashes | Fate::Gone => true,
        };
        match fate {
            Fate::Done if there => Ok(()),
            Fate::Done => Err(error(operation, file, "no such file")),
            Fate::Fails(fault) => Err(told(fault, operation, file)),
            Fate::Crashes | Fate::Gone => Err(error(operation, file, "the machine has crashed")),
        }
    }

    /// How many of `bytes` at `at` find room.
    fn take_room(&mut self, file: &str, at: usize, bytes: usize) -> usize {
        let Some(room) = self.plan.room else { return bytes };
        // What stands there already needs no room.
        let inside = self.image.bytes(file).map_or(0, <[u8]>::len).saturating_sub(at);
        let taken = bytes.min(inside.saturating_add(room));
        self.plan.room = Some(room - taken.saturating_sub(inside));
        taken
    }

    /// Does what frees room.
    fn free(&mut self, file: &str, act: impl FnOnce(&mut Image)) {
        let len = |image: &Image| image.bytes(file).map_or(0, <[u8]>::len);
        let before = len(&self.image);
        act(&mut self.image);
        let freed = before - len(&self.image);
        self.plan.room = self.plan.room.map(|room| room + freed);
    }

    fn count_read(&mut self, operation: &'static str, file: &str) -> Result<(), StorageError> {
        let read = self.plan.reads;
        self.plan.reads += 1;
        match self.plan.fail_read_at == Some(read) {
            true => Err(error(operation, file, "told to fail")),
            false => Ok(()),
        }
    }
}

impl Storage for MemStorage {
    fn salt(&mut self) -> u32 {
        self.machine().plan.salt
    }

    fn len(&self, file: &str) -> Result<u64, StorageError> {
        let mut machine = self.machine();
        machine.count_read("len", file)?;
        Ok(machine.image.bytes(file).map_or(0, |bytes| bytes.len() as u64))
    }

    fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
        let mut machine = self.machine();
        machine.count_read("read_at", file)?;
        let bytes = machine.image.bytes(file).unwrap_or_default();
        let begin = usize::try_from(at).unwrap_or(usize::MAX);
        let wanted = bytes.get(begin..begin.saturating_add(into.len()));
        let Some(wanted) = wanted else {
            return Err(error("read_at", file, "the file ends before"));
        };
        into.copy_from_slice(wanted);
        Ok(())
    }

    fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let machine = &mut *self.machine();
        let fate = machine.fate();
        let at = usize::try_from(at).expect("a file in memory is small");
        let wanted = match fate {
            Fate::Done | Fate::Fails(Fault::Late) => bytes.len(),
            Fate::Fails(Fault::Short | Fault::Full) | Fate::Crashes => bytes.len() / 2,
            Fate::Fails(Fault::Refused | Fault::Dropped | Fault::Forgotten) | Fate::Gone => 0,
        };
        let taken = machine.take_room(file, at, wanted);
        let made = taken > 0 || (wanted == bytes.len() && machine.plan.room != Some(0));
        if made {
            machine.image.write(file, at, &bytes[..taken]);
        }
        match fate {
            Fate::Done if taken == bytes.len() => Ok(()),
            Fate::Done => Err(full("write_at", file)),
            Fate::Fails(fault) => Err(told(fault, "write_at", file)),
            Fate::Crashes | Fate::Gone => Err(error("write_at", file, "the machine has crashed")),
        }
    }

    fn sync(&mut self, file: &str) -> Result<(), StorageError> {
        let machine = &mut *self.machine();
        let lost = |image: &mut Image, fault| match fault {
            Fault::Dropped => image.drop_dirty(file),
            Fault::Forgotten => image.forget_dirty(file),
            Fault::Refused | Fault::Short | Fault::Full | Fault::Late => {}
        };
        if let Some((at, fault)) = machine.plan.fail_at
            && at == machine.plan.calls
        {
            lost(&mut machine.image, fault);
        }
        machine.change("sync", file, |machine| machine.image.sync(file))
    }

    fn sync_dir(&mut self) -> Result<(), StorageError> {
        let done = |machine: &mut Machine| {
            machine.image.sync_names();
            true
        };
        self.machine().change("sync_dir", ".", done)
    }

    fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError> {
        let machine = &mut *self.machine();
        if machine.plan.fail_truncate {
            machine.plan.calls += 1;
            return Err(error("truncate", file, "told to fail"));
        }
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let cut = |machine: &mut Machine| {
            let mut there = false;
            machine.free(file, |image| there = image.truncate(file, len));
            there
        };
        machine.change("truncate", file, cut)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StorageError> {
        self.machine().change("rename", from, |machine| machine.image.rename(from, to))
    }

    fn list(&self) -> Result<Vec<String>, StorageError> {
        let mut machine = self.machine();
        machine.count_read("list", ".")?;
        Ok(machine.image.names().cloned().collect())
    }

    fn remove(&mut self, file: &str) -> Result<(), StorageError> {
        let done = |machine: &mut Machine| {
            machine.free(file, |image| image.remove(file));
            true
        };
        self.machine().change("remove", file, done)
    }
}
