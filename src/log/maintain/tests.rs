//! Chunks, manifest and freeing, on a disk that crashes, fills up, fails and lies.

use proptest::prelude::*;

use super::*;
use crate::log::chunk_list;
use crate::log::frame::Segment;
use crate::log::inspect::{Piece, inspect};
use crate::log::storage::ALIGN;
use crate::log::tests::stage;
use crate::log::{LogOptions, MemStorage, Recovery, Storage, segment};
use crate::model::Level;

const ONE: LogShard = LogShard(0);
const TWO: LogShard = LogShard(1);
const SHARDS: [LogShard; 3] = [ONE, TWO, LogShard(2)];

/// Small enough that every path is taken by some hundred records.
fn small() -> LogOptions {
    LogOptions {
        segment_bytes: 150_000,
        segments_max: 1,
        chunk_file_bytes: 200_000,
        tail_bytes: 100_000,
        tails_bytes: 600_000,
        cache_bytes: 150_000,
        manifest_every_ms: 0,
    }
}

/// A record to come back: its arrival, what its bytes are made of, and how many they are.
type Put = (Millis, u64, usize);
type Told = (u64, Millis, String, Vec<u8>);

/// What a shard should hold: every acknowledged record, and from where on they are readable.
#[derive(Clone, Debug, Default)]
struct Expected {
    records: Vec<Put>,
    first: usize,
    synced: usize,
}

impl Expected {
    fn index_at(&self, at: Millis) -> usize {
        self.records.partition_point(|(arrival, ..)| *arrival < at).max(self.first)
    }

    fn told(&self, index: usize) -> Told {
        let (arrival, salt, len) = self.records[index];
        (index as u64, arrival, format!("k{salt}"), vec![salt as u8; len])
    }
}

/// A log on a disk, the driver that syncs it, and what should be in it.
struct Rig {
    disk: MemStorage,
    log: Log,
    options: LogOptions,
    expected: Vec<Expected>,
    now: Millis,
    salt: u64,
    /// What the last commit was told that it failed: a crash may leave all of it, or nothing.
    unanswered: Option<(LogShard, Vec<Put>)>,
}

impl Rig {
    fn new(options: LogOptions) -> Self {
        let disk = MemStorage::new();
        let (log, _) = open(&disk, options);
        let expected = vec![Expected::default(); SHARDS.len()];
        Self { disk, log, options, expected, now: Millis(1), salt: 0, unanswered: None }
    }

    /// A busy shard that was moved to chunks ten times, with so many records of another beside it
    /// each time.
    fn grown(beside: usize) -> Self {
        let mut rig = Self::new(small());
        for _ in 0..10 {
            rig.put(ONE, 100, 1_000).expect("there is room");
            if beside > 0 {
                rig.put(TWO, beside, 100).expect("there is room");
            }
            rig.settle();
        }
        rig
    }

    fn put(&mut self, shard: LogShard, count: usize, len: usize) -> Result<(), LogError> {
        let mut staged = Vec::new();
        for _ in 0..count {
            self.now = self.now.plus(1);
            self.salt += 1;
            staged.push((self.now, self.salt, len));
            let (key, data) = (format!("k{}", self.salt), vec![self.salt as u8; len]);
            stage(&mut self.log, shard, self.now, &key, &data);
        }
        self.unanswered = None;
        if let Err(error) = self.log.commit() {
            self.unanswered = Some((shard, staged));
            return Err(error);
        }
        self.expected[shard.0 as usize].records.extend(staged);
        Ok(())
    }

    /// What a driver does: `false` when a sync failed.
    fn sync(&mut self) -> bool {
        let mut sound = true;
        let chunks = self.log.unsynced_rest();
        for unsynced in self.log.unsynced().into_iter().chain(chunks) {
            match self.disk.sync(&unsynced.file) {
                Ok(()) => self.log.on_synced(&unsynced),
                Err(why) => {
                    sound = false;
                    self.log.on_sync_failed(&unsynced, &why.to_string());
                    continue;
                }
            }
            if unsynced.holds_acknowledged() {
                self.expected.iter_mut().for_each(|shard| shard.synced = shard.records.len());
            }
        }
        sound
    }

    fn maintain(&mut self) -> Result<Maintained, LogError> {
        self.log.maintain(self.now, 1 << 20)
    }

    /// Maintenance until nothing is left to do.
    fn settle(&mut self) {
        for _ in 0..20 {
            self.maintain().expect("the disk is sound");
            assert!(self.sync());
        }
        self.maintain().expect("the disk is sound");
    }

    fn trim(&mut self, shard: LogShard, before: Millis) {
        let expected = &mut self.expected[shard.0 as usize];
        let first = expected.index_at(before);
        let trimmed = (first - expected.first) as u64;
        expected.first = first;
        assert_eq!(self.log.trim(shard, before), trimmed);
    }

    /// The process dies and starts again: everything acknowledged is there.
    fn kill(&mut self) -> Recovery {
        self.disk = self.disk.copy();
        let (log, recovery) = open(&self.disk, self.options);
        self.log = log;
        self.take_unanswered();
        for (shard, expected) in SHARDS.into_iter().zip(&mut self.expected) {
            assert_eq!(self.log.next_index(shard), expected.records.len() as u64, "{shard:?}");
            take_trims(&self.log, shard, expected);
        }
        recovery
    }

    fn take_unanswered(&mut self) {
        let Some((shard, staged)) = self.unanswered.take() else { return };
        let records = &mut self.expected[shard.0 as usize].records;
        if self.log.next_index(shard) == (records.len() + staged.len()) as u64 {
            records.extend(staged);
        }
    }

    /// The power goes: what was synced is there, and perhaps more of the same.
    fn cut_power(&mut self) {
        self.disk = self.disk.copy();
        self.disk.cut_power();
        self.log = open(&self.disk, self.options).0;
        self.take_unanswered();
        for (shard, expected) in SHARDS.into_iter().zip(&mut self.expected) {
            let next = self.log.next_index(shard) as usize;
            assert!(
                (expected.synced..=expected.records.len()).contains(&next),
                "{shard:?}: {next}"
            );
            expected.records.truncate(next);
            expected.synced = expected.synced.min(next);
            take_trims(&self.log, shard, expected);
        }
    }

    fn read(&self, shard: LogShard, from: usize, count: usize, bytes: usize) -> Vec<Told> {
        read(&self.log, shard, from, count, bytes).expect("nothing is damaged")
    }

    /// Reads everything in pieces, seeks to every time, and compares.
    fn check(&self) {
        for (shard, expected) in SHARDS.into_iter().zip(&self.expected) {
            assert_eq!(self.log.first_index(shard), expected.first as u64, "{shard:?}");
            assert_eq!(self.log.next_index(shard), expected.records.len() as u64, "{shard:?}");
            let mut from = 0;
            let mut at = expected.first;
            loop {
                let told = self.read(shard, from, 7, 100_000);
                for record in &told {
                    assert_eq!(*record, expected.told(at), "{shard:?}");
                    at += 1;
                }
                if told.is_empty() {
                    break;
                }
                from = at;
            }
            assert_eq!(at, expected.records.len(), "{shard:?}");
            let last = expected.records[expected.first..].last().map(|(arrival, ..)| *arrival);
            assert_eq!(self.log.last_arrival(shard), last);
            for time in (0..self.now.0 + 2).step_by(13).map(Millis) {
                let found = self.log.index_at(shard, time).expect("nothing is damaged");
                assert_eq!(found, expected.index_at(time) as u64, "{shard:?} at {time}");
            }
        }
    }
}

fn open(disk: &MemStorage, options: LogOptions) -> (Log, Recovery) {
    let (mut log, recovery) = Log::open(Box::new(disk.clone()), options).expect("it opens");
    log.retain_shards(&|_| true).expect("no shard lacks its first records");
    SHARDS.into_iter().for_each(|shard| log.create_shard(shard, Level::Process));
    (log, recovery)
}

/// A crash may bring back records whose trim was not written down, never lose others.
fn take_trims(log: &Log, shard: LogShard, expected: &mut Expected) {
    let first = log.first_index(shard) as usize;
    assert!(first <= expected.first.min(expected.records.len()), "{shard:?}: {first}");
    expected.first = first;
}

fn read(
    log: &Log,
    shard: LogShard,
    from: usize,
    count: usize,
    bytes: usize,
) -> Result<Vec<Told>, LogError> {
    let mut told = Vec::new();
    log.read(shard, from as u64, count, bytes, &mut |stretch| {
        let records = stretch.records();
        told.extend(
            records
                .map(|(index, arrival, key, data)| (index, arrival, key.to_owned(), data.to_vec())),
        );
    })?;
    Ok(told)
}

fn names(disk: &MemStorage, prefix: &str) -> Vec<String> {
    let mut names = disk.list().expect("it lists");
    names.retain(|name| name.starts_with(prefix));
    names
}

#[test]
fn cold_records_are_the_records_that_were_hot() {
    let mut rig = Rig::new(small());
    let mut hot = Vec::new();
    for from in (0..800).step_by(200) {
        for _ in 0..10 {
            rig.put(ONE, 20, 1_500).expect("there is room");
            rig.put(TWO, 1, 10).expect("there is room");
        }
        rig.check();
        hot.extend(rig.read(ONE, from, usize::MAX, usize::MAX));
        rig.settle();
    }
    assert!(rig.log.usage().chunk_files > 1);
    assert_eq!(rig.read(ONE, 0, usize::MAX, usize::MAX), hot);
    rig.check();
    for from in (0..800).step_by(37) {
        for (count, bytes) in [(1, usize::MAX), (100, 1), (100, 4_000), (400, usize::MAX)] {
            let told = rig.read(ONE, from, count, bytes);
            let fits = if bytes == usize::MAX { count } else { (bytes / 1_503).max(1) };
            let end = (from + fits.min(count)).min(800);
            assert_eq!(told, hot[from..end], "{from} {count} {bytes}");
        }
    }
}

#[test]
fn a_shard_a_hundred_times_its_tail_is_read_from_the_beginning_in_bounded_memory() {
    let options = LogOptions { segment_bytes: 4_000_000, chunk_file_bytes: 4_000_000, ..small() };
    let mut rig = Rig::new(options);
    let bound = 1_200_000;
    for _ in 0..300 {
        rig.put(ONE, 100, 1_000).expect("there is room");
        rig.maintain().expect("the disk is sound");
        assert!(rig.sync());
        assert!(rig.log.usage().memory_bytes < bound, "{:?}", rig.log.usage());
    }
    let usage = rig.log.usage();
    assert!(usage.segments <= 3, "{usage:?}");
    assert!(usage.disk_bytes < 30_000 * 1_100 + 3 * 4_200_000, "{usage:?}");
    for at in (0..30_000).step_by(500) {
        let told = rig.read(ONE, at, 500, usize::MAX);
        let expected: Vec<Told> = (at..at + 500).map(|at| rig.expected[0].told(at)).collect();
        assert_eq!(told, expected);
        assert!(rig.log.usage().memory_bytes < bound);
    }
    let recovery = rig.kill();
    assert_eq!((recovery.records, recovery.missing), (30_000, 0));
    rig.settle();
    assert!(rig.log.usage().memory_bytes < bound);
    assert_eq!(rig.read(ONE, 12_345, 1, 1), [rig.expected[0].told(12_345)]);
}

#[test]
fn many_shards_stay_within_the_memory_of_all() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, small());
    let shards = (0..40).map(LogShard);
    shards.clone().for_each(|shard| log.create_shard(shard, Level::Process));
    for n in 0..60 {
        for shard in shards.clone() {
            stage(&mut log, shard, Millis(n), "key", &[n as u8; 1_000]);
        }
        log.commit().expect("there is room");
        log.maintain(Millis(n), 1 << 20).expect("the disk is sound");
        if let Some(unsynced) = log.unsynced_rest() {
            disk.clone().sync(&unsynced.file).expect("it syncs");
            log.on_synced(&unsynced);
        }
        assert!(log.usage().memory_bytes < 1_650_000, "{:?}", log.usage());
    }
    for shard in shards {
        assert_eq!(read(&log, shard, 0, 100, usize::MAX).expect("it is sound").len(), 60);
    }
}

#[test]
fn a_quiet_shard_holds_no_journal_segment() {
    let mut rig = Rig::new(small());
    rig.put(TWO, 1, 10).expect("there is room");
    for _ in 0..10 {
        rig.put(ONE, 100, 1_000).expect("there is room");
        rig.settle();
        assert!(rig.log.usage().segments <= 2, "{:?}", rig.log.usage());
    }
    assert!(rig.log.disk().journal.first() > 2);
    rig.check();
    rig.kill();
    rig.check();
    rig.put(TWO, 1, 10).expect("there is room");
    rig.check();
}

#[test]
fn writers_should_wait_when_nothing_is_moved_and_go_on_when_it_was_or_cannot_be() {
    let mut rig = Rig::new(small());
    rig.log.let_driver_move();
    let disk = rig.disk.clone();
    let run = move |work: Move| work.run(&mut disk.clone(), &mut Vec::new());
    let begin = |rig: &mut Rig| {
        for shard in SHARDS.into_iter().cycle().take(30) {
            rig.put(shard, 100, 500).expect("the disk is sound");
        }
        assert!(rig.log.is_behind());
        loop {
            let work = rig.log.begin_move(rig.now, 1 << 20).expect("much is due");
            if matches!(work.0, Work::Flush(_)) {
                return work;
            }
            rig.log.end_move(run(work)).expect("it is no work of the disk's");
        }
    };
    assert!(!rig.log.is_behind());
    let mut work = Some(begin(&mut rig));
    while let Some(some) = work {
        rig.log.end_move(run(some)).expect("the disk is sound");
        work = rig.log.begin_move(rig.now, 1 << 20);
    }
    assert!(!rig.log.is_behind());
    let work = begin(&mut rig);
    rig.disk.set_room(Some(0));
    rig.log.end_move(run(work)).expect_err("the disk is full");
    assert!(!rig.log.is_behind());
}

#[test]
fn trims_survive_a_restart_and_free_the_disk() {
    let mut rig = Rig::grown(2);
    let full = rig.log.usage();
    let middle = rig.expected[0].records[555].0;
    for (before, first) in [(middle, 555), (rig.now.plus(1), 1_000)] {
        rig.trim(ONE, before);
        rig.settle();
        rig.kill();
        assert_eq!((rig.log.first_index(ONE), rig.log.next_index(ONE)), (first, 1_000));
        rig.check();
    }
    rig.trim(TWO, Millis::NEVER);
    rig.settle();
    let usage = rig.log.usage();
    assert!(usage.disk_bytes < full.disk_bytes / 2, "{full:?} {usage:?}");
    assert_eq!(names(&rig.disk, "chunks").len(), usage.chunk_files);
    rig.kill();
    assert_eq!((rig.log.first_index(TWO), rig.log.next_index(TWO)), (20, 20));
    rig.put(TWO, 1, 100).expect("there is room");
    assert_eq!(rig.log.next_index(TWO), 21);
    rig.check();
}

#[test]
fn a_file_of_which_little_is_wanted_is_emptied_and_freed() {
    let mut rig = Rig::grown(2);
    let full = rig.log.usage();
    rig.trim(ONE, Millis::NEVER);
    rig.settle();
    let usage = rig.log.usage();
    assert!(usage.chunk_files <= 2 && full.chunk_files >= 4, "{full:?} {usage:?}");
    assert_eq!(rig.log.first_index(TWO), 0);
    rig.check();
    rig.kill();
    rig.check();
    rig.cut_power();
    rig.check();
}

#[test]
fn what_is_written_next_can_go_past_a_cache() {
    let mut rig = Rig::grown(5);
    let ends_with_a_page = |rig: &Rig| {
        let chunks = |file: &&String| file.ends_with(".dat");
        let files = rig.disk.list().expect("it lists");
        let lens: Vec<u64> = files
            .iter()
            .filter(chunks)
            .map(|file| rig.disk.len(file).expect("it is there"))
            .collect();
        assert!(!lens.is_empty() && lens.iter().all(|len| len % ALIGN == 0), "{lens:?}");
    };
    ends_with_a_page(&rig);
    // Files are emptied: what is left in them is copied.
    rig.trim(ONE, Millis::NEVER);
    rig.settle();
    ends_with_a_page(&rig);
    rig.check();
}

#[test]
fn a_removed_shard_frees_its_chunks_and_does_not_come_back() {
    let mut rig = Rig::grown(5);
    rig.log.remove_shard(TWO);
    rig.expected[1] = Expected::default();
    rig.put(ONE, 1, 10).expect("there is room");
    rig.settle();
    // What the journal still has of it begins in its middle, and nobody asks for it.
    let mut log = Log::open(Box::new(rig.disk.copy()), small()).expect("it opens").0;
    log.retain_shards(&|shard| shard == ONE).expect("nobody asks for it");
    let mut log = Log::open(Box::new(rig.disk.copy()), small()).expect("it opens").0;
    assert!(matches!(log.retain_shards(&|_| true), Err(LogError::Corrupt { .. })));
}

/// Found by `torture states`, seed 505: chunks were synced, the journal was not, and a power cut
/// took its end. A shard that goes on behind its chunks has a gap in the journal then, which is
/// nothing while the manifest knows the shard, and was taken for damage once it was removed.
#[test]
fn a_gap_of_a_removed_shard_in_the_journal_is_no_damage() {
    let options = LogOptions { tail_bytes: 0, ..small() };
    let mut rig = Rig::new(options);
    rig.put(TWO, 5, 100).expect("there is room");
    assert!(rig.sync());
    rig.put(TWO, 5, 100).expect("there is room");
    rig.maintain().expect("the disk is sound");
    let chunks = rig.log.unsynced_rest().expect("chunks were written");
    rig.disk.sync(&chunks.file).expect("it syncs");
    rig.log.on_synced(&chunks);
    rig.maintain().expect("the disk is sound");
    rig.cut_power();
    assert_eq!(rig.log.next_index(TWO), 10, "its records are in chunks");
    rig.put(TWO, 1, 100).expect("there is room");
    rig.check();
    rig.log.remove_shard(TWO);
    rig.maintain().expect("the disk is sound");
    let mut log = Log::open(Box::new(rig.disk.copy()), options).expect("it opens").0;
    log.retain_shards(&|shard| shard != TWO).expect("nobody asks for it");
    let mut log = Log::open(Box::new(rig.disk.copy()), options).expect("it opens").0;
    assert!(matches!(log.retain_shards(&|_| true), Err(LogError::Corrupt { .. })));
}

/// A workload that takes every step of maintenance; ends early when the machine crashes.
fn live_through(rig: &mut Rig, crashed: &dyn Fn(&MemStorage) -> bool) {
    for round in 0..12 {
        let _ = rig.put(ONE, 60, 1_000);
        if crashed(&rig.disk) {
            return;
        }
        let _ = rig.put(TWO, 2, 100);
        let _ = rig.maintain();
        rig.sync();
        let _ = rig.maintain();
        if round % 3 == 2 {
            rig.trim(ONE, Millis(rig.now.0.saturating_sub(150)));
        }
        if crashed(&rig.disk) || rig.log.usage().poisoned.is_some() {
            return;
        }
    }
}

#[test]
fn a_crash_at_any_call_recovers_exactly_what_was_acknowledged() {
    let mut points = 0;
    for n in 0.. {
        let mut rig = Rig::new(small());
        rig.disk.crash_at(n);
        live_through(&mut rig, &MemStorage::has_crashed);
        if !rig.disk.has_crashed() {
            break;
        }
        points = n;
        rig.kill();
        rig.check();
        // Recovered once more, nothing differs; and life goes on.
        rig.kill();
        rig.check();
        live_through(&mut rig, &|_| false);
        rig.check();
        rig.kill();
        rig.check();
    }
    assert!(points > 80, "only {points} calls");
}

#[test]
fn a_power_cut_at_any_call_keeps_what_was_synced() {
    for n in 0.. {
        let mut rig = Rig::new(small());
        rig.disk.crash_at(n);
        live_through(&mut rig, &MemStorage::has_crashed);
        if !rig.disk.has_crashed() {
            break;
        }
        rig.cut_power();
        rig.check();
        live_through(&mut rig, &|_| false);
        rig.cut_power();
        rig.check();
    }
}

#[test]
fn whichever_call_of_maintenance_fails_no_record_is_lost_and_it_is_made_good() {
    for n in 0..120 {
        let mut rig = Rig::new(small());
        rig.disk.fail_call(n);
        live_through(&mut rig, &|_| false);
        // One that has not come yet is not to come in what follows.
        rig.disk.fail_call(1_000_000);
        if rig.log.usage().poisoned.is_some() {
            rig.kill();
        }
        rig.check();
        rig.settle();
        rig.check();
        assert_eq!(rig.log.usage().maintenance, None);
        assert!(rig.log.usage().segments <= 2, "call {n}: {:?}", rig.log.usage());
        rig.kill();
        rig.check();
    }
}

/// A disk whose chunks cannot be synced while its journal can: memory had no end then.
#[test]
fn records_that_cannot_be_moved_take_no_more_than_so_much_memory() {
    let mut rig = Rig::new(small());
    let refused = (0..200).find_map(|_| {
        let refused = rig.put(ONE, 100, 1_000).err();
        rig.maintain().expect("it can be written");
        while let Some(chunks) = rig.log.unsynced_rest() {
            rig.log.on_sync_failed(&chunks, "told to fail");
        }
        refused
    });
    assert_eq!(refused, Some(LogError::Stuck("told to fail".to_owned())));
    let held = rig.expected[0].records.len() as u64 * 1_000;
    assert!(held < (STUCK + 1) * small().tails_bytes, "{held}");
    rig.check();
    rig.settle();
    rig.put(ONE, 100, 1_000).expect("they were moved");
    rig.kill();
    rig.check();
}

#[test]
fn a_failed_sync_of_chunks_poisons_nothing_and_they_are_written_again() {
    let mut rig = Rig::new(small());
    rig.put(ONE, 900, 1_000).expect("there is room");
    rig.maintain().expect("the disk is sound");
    let chunks = rig.log.unsynced_rest().expect("chunks were written");
    assert!(!chunks.holds_acknowledged());
    rig.log.on_sync_failed(&chunks, "told to fail");
    let usage = rig.log.usage();
    assert_eq!((usage.poisoned, usage.maintenance), (None, Some("told to fail".to_owned())));
    assert_eq!(rig.log.unsynced_rest(), None);
    rig.put(ONE, 1, 10).expect("writes go on");
    rig.check();
    // A second sync of the same file would prove nothing: the chunks go to another one.
    rig.maintain().expect("the disk is sound");
    let again = rig.log.unsynced_rest().expect("chunks were written again");
    assert_ne!(again.file, chunks.file);
    assert!(!names(&rig.disk, "chunks").contains(&chunks.file), "nobody needs it");
    rig.settle();
    assert!(!names(&rig.disk, "chunks").contains(&chunks.file));
    rig.check();
    rig.cut_power();
    rig.check();
}

#[test]
fn a_full_disk_stops_maintenance_and_not_reading_and_is_made_good() {
    let mut rig = Rig::new(small());
    rig.put(ONE, 900, 1_000).expect("there is room");
    for room in (0..3_000).chain([100_000, 500_000]) {
        rig.disk.set_room(Some(room));
        let error = rig.maintain().expect_err("there is no room");
        assert!(matches!(error, LogError::Storage(crate::log::StorageError { full: true, .. })));
        assert!(rig.log.usage().maintenance.is_some());
    }
    rig.check();
    rig.disk.set_room(Some(30_000));
    rig.put(ONE, 1, 1_000).expect("what was not moved left its room");
    rig.disk.set_room(None);
    rig.settle();
    assert_eq!(rig.log.usage().maintenance, None);
    assert!(rig.log.usage().memory_bytes < 700_000);
    rig.check();
    rig.kill();
    rig.check();
}

/// Damages one byte of a chunk and gives the log that opens on it, and the first damaged index.
fn damaged(rig: &Rig, at: impl Fn(&Chunk) -> u64) -> (Log, Chunk) {
    let wanted = wanted_of(&rig.log.shards, 1);
    let (shard, chunk) = wanted[1];
    assert_eq!(shard, ONE);
    let disk = rig.disk.copy();
    let file = "chunks-0000000001.dat";
    let mut bytes = disk.file(file).expect("it is there");
    bytes[usize::try_from(at(&chunk)).expect("small")] ^= 4;
    disk.set_file(file, bytes);
    (open(&disk, small()).0, chunk)
}

#[test]
fn a_damaged_chunk_is_told_with_its_file_and_the_rest_is_read() {
    let rig = Rig::grown(0);
    let in_header = |chunk: &Chunk| chunk.at + 30;
    let in_body = |chunk: &Chunk| chunk.at + 3_000;
    for at in [&in_header as &dyn Fn(&Chunk) -> u64, &in_body] {
        let (mut log, chunk) = damaged(&rig, at);
        let first = usize::try_from(chunk.first).expect("small");
        let end = usize::try_from(chunk.end()).expect("small");
        let before = read(&log, ONE, 0, usize::MAX, usize::MAX).expect("the beginning is sound");
        assert_eq!(before, (0..first).map(|at| rig.expected[0].told(at)).collect::<Vec<_>>());
        match read(&log, ONE, first, 1, 1) {
            Err(LogError::Corrupt { file, at, .. }) => {
                assert_eq!((&*file, at), ("chunks-0000000001.dat", chunk.at));
            }
            other => panic!("{other:?}"),
        }
        let behind = read(&log, ONE, end, usize::MAX, usize::MAX).expect("the rest is sound");
        assert_eq!(behind, (end..1_000).map(|at| rig.expected[0].told(at)).collect::<Vec<_>>());
        stage(&mut log, ONE, rig.now, "k", b"more");
        log.commit().expect("writes go on");
        // Retention takes the damage with the rest.
        let after = rig.expected[0].records[end].0.plus(1);
        assert_eq!(log.trim(ONE, after), end as u64 + 1);
    }
}

#[test]
fn a_missing_chunk_file_is_told_and_the_rest_is_read() {
    let rig = Rig::grown(0);
    let mut disk = rig.disk.copy();
    disk.remove("chunks-0000000002.dat").expect("it goes");
    let (log, recovery) = open(&disk, small());
    assert!(recovery.missing > 100);
    assert_eq!(recovery.records + recovery.missing, 1_000);
    let first = wanted_of(&rig.log.shards, 2)[0].1.first;
    match read(&log, ONE, usize::try_from(first).expect("small"), 1, 1) {
        Err(LogError::Corrupt { file, .. }) => assert_eq!(file, "chunks-0000000002.dat"),
        other => panic!("{other:?}"),
    }
    assert_eq!(read(&log, ONE, 999, 1, 1).expect("it is sound"), [rig.expected[0].told(999)]);
}

#[test]
fn a_list_that_tells_of_other_chunks_is_damage() {
    let rig = Rig::grown(0);
    let mut disk = rig.disk.copy();
    let file = disk.list().expect("it lists").into_iter().find(|file| file.ends_with(".idx"));
    let file = file.expect("a file was closed");
    let number = chunk_list::number_of(&file).expect("it is a list's name");
    let damage = |disk: &MemStorage| {
        let mut damage = Vec::new();
        let mut found = |file: &str, _: u64, piece: &Piece| {
            if matches!(piece, Piece::Damage { .. }) {
                damage.push(file.to_owned());
            }
        };
        inspect(disk, &mut found).expect("memory can be read");
        damage
    };
    assert_eq!(damage(&disk), [""; 0]);
    let bytes = disk.file(&file).expect("it is there");
    let (len, mut rows) = chunk_list::look(&bytes, number).expect("it is sound");
    rows[0].1.newest = Millis(u64::MAX);
    chunk_list::save(&mut disk, number, len, &rows).expect("there is room");
    assert_eq!(damage(&disk), [file]);
}

#[test]
fn a_missing_or_damaged_manifest_and_a_missing_segment_are_told() {
    let mut rig = Rig::grown(0);
    let segment = segment::file_of(Segment { epoch: rig.log.disk().journal.first(), salt: 0 });
    for lost in ["manifest.blob", &segment] {
        let mut disk = rig.disk.copy();
        rig.put(ONE, 300, 1_000).expect("there is room");
        disk.remove(lost).expect("it goes");
        let result = Log::open(Box::new(disk), small());
        assert!(matches!(result, Err(LogError::Corrupt { .. })), "{lost}");
    }
    let disk = rig.disk.copy();
    let mut bytes = disk.file("manifest.blob").expect("it is there");
    bytes[20] ^= 1;
    disk.set_file("manifest.blob", bytes);
    match Log::open(Box::new(disk), small()) {
        Err(LogError::Corrupt { file, .. }) => assert_eq!(file, "manifest.blob"),
        _ => panic!("damage was not seen"),
    }
}

/// Found by the fuzzer: its chunks were counted once and given back twice.
#[test]
fn a_file_that_the_manifest_names_twice_is_counted_twice() {
    let mut rig = Rig::grown(0);
    rig.settle();
    let mut manifest = Manifest::load(&rig.disk).expect("it is sound").expect("it is there");
    manifest.files.insert(0, manifest.files[0]);
    crate::log::manifest::save(&mut rig.disk, &manifest.encode()).expect("there is room");
    rig.kill();
    rig.check();
    rig.trim(ONE, Millis::NEVER);
    rig.settle();
    rig.check();
}

/// Found by the fuzzer: the manifest ended a file within a chunk. What came next was written there,
/// and when the folder was opened again the chunk's header hid it.
#[test]
fn a_chunk_beyond_what_the_manifest_names_hides_none_that_follow() {
    let mut rig = Rig::new(LogOptions { tail_bytes: 0, ..small() });
    rig.put(ONE, 3, 100).expect("there is room");
    assert!(rig.sync());
    rig.settle();
    let mut manifest = Manifest::load(&rig.disk).expect("it is sound").expect("it is there");
    manifest.files.last_mut().expect("records were moved").1 -= 10;
    crate::log::manifest::save(&mut rig.disk, &manifest.encode()).expect("there is room");
    rig.kill();
    // Three are lost, and told; those behind them are not.
    assert!(read(&rig.log, ONE, 0, 3, usize::MAX).is_err());
    for _ in 0..2 {
        rig.put(ONE, 3, 100).expect("there is room");
        rig.settle();
        rig.kill();
    }
    let told: Vec<Told> = (3..9).map(|at| rig.expected[0].told(at)).collect();
    assert_eq!(rig.read(ONE, 3, 6, usize::MAX), told);
}

#[test]
fn an_older_manifest_than_the_chunks_costs_nothing() {
    let mut rig = Rig::new(small());
    rig.put(ONE, 500, 1_000).expect("there is room");
    rig.settle();
    let old = rig.disk.file("manifest.blob").expect("it was written");
    let journal: Vec<(String, Vec<u8>)> = names(&rig.disk, "journal")
        .into_iter()
        .map(|name| (name.clone(), rig.disk.file(&name).expect("it is there")))
        .collect();
    rig.put(ONE, 500, 1_000).expect("there is room");
    let mut whole = rig.disk.copy();
    rig.settle();
    // The chunks of now, the manifest of then, and the journal that was there before it was freed.
    for name in names(&rig.disk, "chunks") {
        whole.remove(&name).expect("it goes");
        whole
            .write_at(&name, 0, &rig.disk.file(&name).expect("it is there"))
            .expect("there is room");
    }
    whole.set_file("manifest.blob", old);
    journal.into_iter().for_each(|(name, bytes)| {
        if whole.file(&name).is_none() {
            whole.set_file(&name, bytes);
        }
    });
    rig.disk = whole;
    rig.kill();
    rig.check();
    rig.settle();
    rig.check();
}

#[derive(Clone, Debug)]
enum Step {
    Put(usize, usize, usize),
    Maintain(u64),
    Sync,
    FailSync,
    Trim(usize, u64),
    FailCall(u64),
    Room(usize),
    Kill,
    CutPower,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..3usize, 1..40usize, 0..6_000usize).prop_map(|(s, n, len)| Step::Put(s, n, len)),
        8 => (1..400_000u64).prop_map(Step::Maintain),
        6 => Just(Step::Sync),
        1 => Just(Step::FailSync),
        3 => (0..3usize, 0..600u64).prop_map(|(s, age)| Step::Trim(s, age)),
        1 => (0..6u64).prop_map(Step::FailCall),
        1 => (0..200_000usize).prop_map(Step::Room),
        1 => Just(Step::Kill),
        1 => Just(Step::CutPower),
    ];
    prop::collection::vec(step, 1..120)
}

fn take(rig: &mut Rig, step: &Step) {
    match *step {
        Step::Put(shard, count, len) => {
            if rig.put(SHARDS[shard], count, len).is_err() {
                // Refused as a whole: the checks see that nothing of it is there.
                rig.disk.set_room(None);
            }
        }
        Step::Maintain(budget) => {
            if rig.log.maintain(rig.now, budget).is_err() {
                rig.disk.set_room(None);
            }
        }
        Step::Sync => {
            rig.sync();
        }
        Step::FailSync => {
            if let Some(chunks) = rig.log.unsynced_rest() {
                rig.log.on_sync_failed(&chunks, "told to fail");
            }
        }
        Step::Trim(shard, age) => rig.trim(SHARDS[shard], rig.now.minus(age)),
        Step::FailCall(n) => rig.disk.fail_call(n),
        Step::Room(bytes) => rig.disk.set_room(Some(bytes)),
        Step::Kill => {
            rig.kill();
        }
        Step::CutPower => rig.cut_power(),
    }
    if rig.log.usage().poisoned.is_some() {
        rig.kill();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_log_holds_what_a_list_would_hold(steps in steps(), every in prop_oneof![Just(0u64), Just(300)]) {
        let mut rig = Rig::new(LogOptions { manifest_every_ms: every, ..small() });
        for step in &steps {
            take(&mut rig, step);
            for (shard, expected) in SHARDS.into_iter().zip(&rig.expected) {
                prop_assert_eq!(rig.log.next_index(shard), expected.records.len() as u64);
            }
        }
        rig.check();
        rig.kill();
        rig.check();
        rig.settle();
        rig.check();
        rig.cut_power();
        rig.check();
    }
}
