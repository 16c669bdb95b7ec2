//! The log against a disk that crashes, fills up, fails and lies.

mod lent;

use super::frame::{Kind, Place, Segment};
use super::*;
use crate::model::EntryBatch;

const ONE: LogShard = LogShard(0);
const TWO: LogShard = LogShard(1);

fn open(disk: &MemStorage, segment_bytes: u64) -> (Log, Recovery) {
    let options = LogOptions { segment_bytes, ..LogOptions::default() };
    let (mut log, recovery) = Log::open(Box::new(disk.clone()), options).expect("it opens");
    log.create_shard(ONE, Level::Process);
    log.create_shard(TWO, Level::Process);
    (log, recovery)
}

pub(super) fn stage(log: &mut Log, shard: LogShard, arrival: Millis, key: &str, data: &[u8]) {
    let bytes = [key.as_bytes(), data].concat();
    let stored = KeyedBytes::new(&bytes, key.len()).expect("a key is UTF-8");
    log.stage(shard, arrival, stored, None);
}

/// Stages a record of a batch that may be kept, and gives the batch back.
pub(super) fn lend(
    log: &mut Log,
    shard: LogShard,
    arrival: Millis,
    key: &str,
    data: &[u8],
) -> EntryBatch {
    let mut batch = EntryBatch::with_capacity(key.len() + data.len());
    batch.push(key, data);
    batch.share();
    let (stored, _) = batch.stored().next().expect("it has a record");
    log.stage(shard, arrival, stored, batch.kept(0));
    batch
}

fn put(log: &mut Log, shard: LogShard, count: u64) -> Result<(), LogError> {
    for _ in 0..count {
        let index = log.next_index(shard);
        stage(log, shard, Millis(index), &format!("k{index}"), &[index as u8; 20]);
    }
    log.commit()
}

fn sync(log: &mut Log, disk: &MemStorage) {
    let unsynced = log.unsynced().expect("something was written");
    disk.clone().sync(&unsynced.file).expect("it syncs");
    log.on_synced(&unsynced);
}

/// Every record is there, in order, with the bytes that its index says.
fn check(log: &Log, shard: LogShard, count: u64) {
    let mut expected = 0;
    let mut visit = |stretch: Stretch<'_>| {
        for (index, arrival, key, data) in stretch.records() {
            assert_eq!((index, arrival), (expected, Millis(expected)));
            assert_eq!((key, data), (&*format!("k{index}"), &[index as u8; 20][..]));
            expected += 1;
        }
    };
    log.read(shard, 0, usize::MAX, usize::MAX, &mut visit).expect("nothing is damaged");
    assert_eq!((expected, log.next_index(shard)), (count, count));
}

#[test]
fn what_was_committed_is_there_after_kill_9() {
    for segment_bytes in [1, 300, 1 << 20] {
        let disk = MemStorage::new();
        let (mut log, _) = open(&disk, segment_bytes);
        for _ in 0..10 {
            put(&mut log, ONE, 3).expect("there is room");
            put(&mut log, TWO, 1).expect("there is room");
        }
        let (again, recovery) = open(&disk.copy(), segment_bytes);
        check(&again, ONE, 30);
        check(&again, TWO, 10);
        assert_eq!((recovery.records, recovery.torn_bytes), (40, 0));
        assert_eq!(recovery.last_arrival, Millis(29));
    }
}

#[test]
fn every_cut_of_the_journal_leaves_exactly_its_whole_frames() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    let file = "journal-0000000001.log";
    let mut ends = vec![0];
    for _ in 0..4 {
        put(&mut log, ONE, 2).expect("there is room");
        ends.push(disk.file(file).expect("it is there").len());
    }
    let whole = disk.file(file).expect("it is there");
    for len in 0..=whole.len() {
        let torn = MemStorage::new();
        torn.set_file(file, whole[..len].to_vec());
        let frames = ends.iter().filter(|end| **end <= len).count() - 1;
        let (mut log, recovery) = open(&torn, 1 << 20);
        check(&log, ONE, 2 * frames as u64);
        assert_eq!(recovery.torn_bytes, (len - ends[frames]) as u64);
        put(&mut log, ONE, 1).expect("there is room");
        check(&open(&torn.copy(), 1 << 20).0, ONE, 2 * frames as u64 + 1);
    }
}

/// A record may hold what looks like frames in their place, written after its own frame was synced; a
/// crash tears the record.
#[test]
fn bytes_in_a_torn_record_that_look_like_frames_are_none() {
    // The numbers of the record take seven bytes, and its key one: the first stands at a multiple of 8.
    let forged = |begin: usize| {
        let marks = (begin + frame::HEADER + 8..).step_by(frame::HEADER).take(100);
        marks.fold(Vec::new(), |mut bytes, at| {
            let at = u32::try_from(at).expect("it is small");
            let place = Place { segment: Segment { epoch: 1, salt: 0 }, at, synced: at };
            bytes.extend(frame::bare(Kind::Mark, place));
            bytes
        })
    };
    let torn = |salt| {
        let disk = MemStorage::new();
        disk.set_salt(salt);
        let (mut log, _) = open(&disk, 1 << 20);
        put(&mut log, ONE, 1).expect("there is room");
        sync(&mut log, &disk);
        let file = disk.list().expect("it lists").remove(0);
        let begin = disk.file(&file).expect("it is there").len();
        stage(&mut log, ONE, Millis(1), "k", &forged(begin));
        log.commit().expect("there is room");
        let mut bytes = disk.file(&file).expect("it is there");
        bytes[begin] ^= 1;
        disk.set_file(&file, bytes);
        Log::open(Box::new(disk), LogOptions::default())
    };
    assert!(matches!(torn(0), Err(LogError::Corrupt { .. })), "they are in their places");
    let (log, recovery) = torn(0x5eed).expect("what was synced is sound");
    assert!(recovery.torn_bytes > 4_000 && log.next_index(ONE) == 1);
}

#[test]
fn the_same_segment_twice_is_told() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 1).expect("there is room");
    disk.set_file("journal-0000000001-00000007.log", Vec::new());
    match Log::open(Box::new(disk), LogOptions::default()) {
        Err(LogError::Corrupt { file, what, .. }) => {
            let told = ("journal-0000000001-00000007.log", "another file is the same segment");
            assert_eq!((&*file, what), told);
        }
        _ => panic!("it was not seen"),
    }
}

#[test]
fn damage_in_the_middle_is_reported_and_left_alone() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    for _ in 0..3 {
        put(&mut log, ONE, 2).expect("there is room");
        sync(&mut log, &disk);
    }
    log.maintain(Millis(10), 1 << 20).expect("there is room for a mark");
    let file = "journal-0000000001.log";
    let good = disk.file(file).expect("it is there");
    for bit in 0..(good.len() - frame::HEADER) * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let damaged = MemStorage::new();
        damaged.set_file(file, bad.clone());
        let result = Log::open(Box::new(damaged.clone()), LogOptions::default());
        assert!(matches!(result, Err(LogError::Corrupt { .. })), "bit {bit}");
        assert_eq!(damaged.file(file), Some(bad), "bit {bit}");
    }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 5).expect("there is room");
    for room in 0..60 {
        disk.set_room(Some(room));
        let error = put(&mut log, ONE, 2).expect_err("there is no room");
        assert!(matches!(error, LogError::Storage(StorageError { full: true, .. })), "{error}");
        check(&log, ONE, 5);
    }
    disk.set_room(None);
    put(&mut log, ONE, 2).expect("there is room again");
    check(&open(&disk.copy(), 1 << 20).0, ONE, 7);
}

#[test]
fn whichever_call_fails_what_was_acknowledged_stays() {
    for n in 0..60 {
        let disk = MemStorage::new();
        let (mut log, _) = open(&disk, 250);
        disk.fail_call(n);
        let mut acknowledged = 0;
        for _ in 0..20 {
            if put(&mut log, ONE, 1).is_ok() {
                acknowledged += 1;
            }
        }
        check(&log, ONE, acknowledged);
        check(&open(&disk.copy(), 250).0, ONE, acknowledged);
    }
}

#[test]
fn a_failed_truncation_poisons_the_log() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 1).expect("there is room");
    disk.fail_truncation();
    disk.set_room(Some(10));
    assert!(put(&mut log, ONE, 1).is_err());
    disk.set_room(None);
    assert!(matches!(put(&mut log, ONE, 1), Err(LogError::Poisoned(_))));
    assert!(log.usage().poisoned.is_some());
    check(&open(&disk.copy(), 1 << 20).0, ONE, 1);
}

#[test]
fn a_failed_sync_poisons_the_log() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 1).expect("there is room");
    let unsynced = log.unsynced().expect("something was written");
    log.on_sync_failed(&unsynced, "told to fail");
    assert!(matches!(put(&mut log, ONE, 1), Err(LogError::Poisoned(_))));
    check(&log, ONE, 1);
}

#[test]
fn what_was_synced_survives_a_power_cut() {
    let mut disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 4).expect("there is room");
    let unsynced = log.unsynced().expect("something was written");
    disk.sync(&unsynced.file).expect("it syncs");
    log.on_synced(&unsynced);
    assert_eq!(log.unsynced(), None);
    put(&mut log, ONE, 3).expect("there is room");
    disk.cut_power();
    check(&open(&disk, 1 << 20).0, ONE, 4);
}

#[test]
fn a_blob_is_the_old_one_or_the_new_one_whichever_call_fails() {
    for n in 0..6 {
        let disk = MemStorage::new();
        let (mut log, _) = open(&disk, 1 << 20);
        log.put_blob("catalog", b"old").expect("there is room");
        disk.fail_call(n);
        let told = log.put_blob("catalog", b"new");
        let found = open(&disk.copy(), 1 << 20).0.blob("catalog").expect("it is sound");
        let found = found.expect("there is one");
        assert!(found == b"old" || found == b"new");
        assert!(told.is_err() || found == b"new", "call {n}");
    }
}

#[test]
fn a_damaged_blob_is_reported() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    log.put_blob("catalog", b"state").expect("there is room");
    let mut bytes = disk.file("catalog.blob").expect("it is there");
    *bytes.last_mut().expect("it is not empty") ^= 1;
    disk.set_file("catalog.blob", bytes);
    assert!(matches!(log.blob("catalog"), Err(LogError::Corrupt { .. })));
}

#[test]
fn shards_in_memory_never_touch_the_disk() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    let calls = disk.calls();
    log.create_shard(LogShard(2), Level::Memory);
    put(&mut log, LogShard(2), 100).expect("memory is enough");
    check(&log, LogShard(2), 100);
    assert_eq!(disk.calls(), calls);
}

#[test]
fn a_disk_too_full_for_a_new_segment_refuses_and_is_usable_again() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1);
    put(&mut log, ONE, 1).expect("there is room");
    disk.set_room(Some(0));
    put(&mut log, ONE, 1).expect_err("there is no room for the file");
    assert_eq!(log.usage().poisoned, None);
    disk.set_room(None);
    put(&mut log, ONE, 1).expect("there is room again");
    check(&open(&disk.copy(), 1).0, ONE, 2);
}

#[test]
fn what_was_recovered_after_kill_9_survives_a_power_cut() {
    let disk = MemStorage::new();
    put(&mut open(&disk, 1 << 20).0, ONE, 4).expect("there is room");
    let (log, _) = open(&disk, 1 << 20);
    assert_eq!(log.unsynced(), None);
    disk.cut_power();
    check(&open(&disk, 1 << 20).0, ONE, 4);
}

/// The last frames of a segment may have been written and lost in any order.
#[test]
fn a_hole_in_what_was_never_synced_is_a_torn_tail() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    let file = "journal-0000000001.log";
    put(&mut log, ONE, 2).expect("there is room");
    sync(&mut log, &disk);
    let safe = disk.file(file).expect("it is there").len();
    put(&mut log, ONE, 2).expect("there is room");
    let hole = safe..disk.file(file).expect("it is there").len();
    put(&mut log, ONE, 2).expect("there is room");
    let mut bytes = disk.file(file).expect("it is there");
    let len = bytes.len();
    bytes[hole].fill(0);
    disk.set_file(file, bytes);
    let (mut log, recovery) = open(&disk, 1 << 20);
    assert_eq!(recovery.torn_bytes, (len - safe) as u64);
    check(&log, ONE, 2);
    put(&mut log, ONE, 1).expect("there is room");
    check(&open(&disk.copy(), 1 << 20).0, ONE, 3);
}

#[test]
fn records_of_level_power_are_read_when_they_are_durable() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    log.create_shard(TWO, Level::Power);
    put(&mut log, ONE, 1).expect("there is room");
    put(&mut log, TWO, 3).expect("there is room");
    let written = log.written();
    assert!(log.durable() < written);
    assert_eq!((log.readable_end(ONE), log.readable_end(TWO)), (1, 0));
    let mut visit = |_: Stretch<'_>| panic!("it could still be lost");
    log.read(TWO, 0, 10, 1_000, &mut visit).expect("nothing is damaged");
    assert_eq!(log.index_at(TWO, Millis(0)), Ok(0));
    sync(&mut log, &disk);
    assert_eq!((log.durable(), log.readable_end(TWO)), (written, 3));
    check(&log, TWO, 3);
}

#[test]
fn closing_a_segment_makes_its_records_durable() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1);
    log.create_shard(TWO, Level::Power);
    put(&mut log, TWO, 3).expect("there is room");
    put(&mut log, TWO, 1).expect("there is room");
    assert_eq!(log.readable_end(TWO), 3);
    sync(&mut log, &disk);
    check(&log, TWO, 4);
}

#[test]
fn a_full_segment_is_closed_once_nearly_all_of_it_is_synced_or_it_is_overlong() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1_000);
    let put_one = |log: &mut Log| put(log, ONE, 1).expect("there is room");
    (0..20).for_each(|_| put_one(&mut log));
    assert_eq!(log.usage().segments, 1, "closing it now would wait for the disk");
    assert!(log.unsynced().is_some_and(|unsynced| unsynced.hurry), "it waits for the disk");
    sync(&mut log, &disk);
    put_one(&mut log);
    assert_eq!(log.usage().segments, 2);
    assert!(log.unsynced().is_some_and(|unsynced| !unsynced.hurry), "there is room in the next");
    while log.usage().segments == 2 {
        put_one(&mut log);
    }
    let closed = disk.file("journal-0000000002.log").expect("it is there").len();
    assert!((3_000..3_200).contains(&closed), "{closed} bytes, though nothing was synced");
    check(&log, ONE, log.next_index(ONE));
}

#[test]
fn a_recovered_shard_of_level_power_is_read_at_once() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    log.create_shard(TWO, Level::Power);
    put(&mut log, TWO, 3).expect("there is room");
    let (mut again, _) = Log::open(Box::new(disk.copy()), LogOptions::default()).expect("opens");
    again.create_shard(TWO, Level::Power);
    check(&again, TWO, 3);
}

#[test]
fn a_mark_needs_no_sync_and_comes_once() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 1).expect("there is room");
    sync(&mut log, &disk);
    let len = || disk.file("journal-0000000001.log").expect("it is there").len();
    let before = len();
    for _ in 0..3 {
        log.maintain(Millis(10), 1 << 20).expect("there is room");
        assert_eq!((len() - before, log.unsynced()), (frame::HEADER, None));
    }
    check(&open(&disk.copy(), 1 << 20).0, ONE, 1);
}

#[test]
fn commits_that_wait_for_the_disk_go_over_zeros() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 24);
    log.create_shard(TWO, Level::Power);
    let len = || disk.file("journal-0000000001.log").expect("it is there").len();
    put(&mut log, TWO, 1).expect("there is room");
    let ahead = len();
    assert!(ahead > 1 << 20, "{ahead}");
    for _ in 0..10 {
        put(&mut log, TWO, 10).expect("there is room");
    }
    assert_eq!(len(), ahead);
    let (mut again, recovery) = open(&disk.copy(), 1 << 24);
    assert_eq!(recovery.torn_bytes, 0);
    check(&again, TWO, 101);
    put(&mut again, TWO, 1).expect("there is room");
}

#[test]
fn a_disk_too_full_for_zeros_still_takes_the_frame() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    log.create_shard(TWO, Level::Power);
    disk.set_room(Some(200));
    put(&mut log, TWO, 1).expect("there is room for the frame");
    disk.set_room(None);
    check(&open(&disk.copy(), 1 << 20).0, TWO, 1);
}

/// Found by `torture states`, seed 1184: a process died between the rename of a blob and the sync of
/// the folder, the next one took the new blob for true, and a power cut took it back.
#[test]
fn a_blob_that_was_found_after_kill_9_survives_a_power_cut() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    log.put_blob("catalog", b"old").expect("there is room");
    disk.crash_at(4);
    log.put_blob("catalog", b"new").expect_err("it crashed before the folder was synced");
    let disk = disk.copy();
    let found = |disk: &MemStorage| open(disk, 1 << 20).0.blob("catalog").expect("it is sound");
    assert_eq!(found(&disk).as_deref(), Some(&b"new"[..]));
    disk.cut_power();
    assert_eq!(found(&disk).as_deref(), Some(&b"new"[..]));
}

/// A file system that does not write the bytes before it renames had left none of both.
#[test]
fn state_that_was_put_lightly_is_whole_after_a_power_cut() {
    for seed in 0..64 {
        let disk = MemStorage::restless(seed);
        let (mut log, _) = open(&disk, 1 << 20);
        let sync = |log: &mut Log| {
            let unsynced = log.unsynced_rest().expect("it is not synced yet");
            disk.clone().sync(&unsynced.file).expect("it syncs");
            log.on_synced(&unsynced);
        };
        log.put_blob_lightly("checkpoints", b"first").expect("there is room");
        sync(&mut log);
        disk.clone().sync_dir().expect("it syncs");
        log.put_blob_lightly("checkpoints", b"second").expect("there is room");
        let found = |disk: MemStorage| open(&disk, 1 << 20).0.blob("checkpoints");
        assert_eq!(found(disk.copy()).expect("whole").as_deref(), Some(&b"second"[..]));
        let left = found(disk.after_power_cut(seed)).expect("one of them is whole");
        assert!([&b"first"[..], b"second"].contains(&&*left.expect("one is there")), "{seed}");
        sync(&mut log);
        disk.clone().sync_dir().expect("it syncs");
        let left = found(disk.after_power_cut(seed)).expect("it was synced");
        assert_eq!((left.as_deref(), log.unsynced_rest()), (Some(&b"second"[..]), None));
    }
}

#[test]
fn a_sync_of_state_that_was_replaced_meanwhile_counts_for_nothing() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    log.put_blob_lightly("checkpoints", b"first").expect("there is room");
    let under_way = log.unsynced_rest().expect("it is not synced yet");
    disk.clone().sync(&under_way.file).expect("it syncs");
    log.put_blob_lightly("checkpoints", b"second").expect("there is room");
    log.on_synced(&under_way);
    let later = log.unsynced_rest().expect("the second is not synced yet");
    assert!(later != under_way && disk.file("checkpoints.blob").is_none());
    log.on_sync_failed(&later, "EIO");
    assert_eq!(log.unsynced_rest(), None, "it is tried again with the next");
    assert_eq!(log.blob("checkpoints").expect("whole").as_deref(), Some(&b"second"[..]));
}

#[test]
fn what_is_unsynced_tells_since_when() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    let since = |log: &Log| log.unsynced().map(|unsynced| unsynced.since);
    stage(&mut log, ONE, Millis(100), "k", b"x");
    log.commit().expect("there is room");
    stage(&mut log, ONE, Millis(105), "k", b"x");
    log.commit().expect("there is room");
    assert_eq!(since(&log), Some(Millis(100)));
    let under_way = log.unsynced().expect("something was written");
    stage(&mut log, ONE, Millis(130), "k", b"x");
    log.commit().expect("there is room");
    log.on_synced(&under_way);
    assert_eq!(since(&log), Some(Millis(130)));
    sync(&mut log, &disk);
    assert_eq!(since(&log), None);
}

/// A system that could not write bytes back may take them for written and sync nothing from then
/// on: whoever opens the folder reads them, and must not take them for safe.
#[test]
fn what_a_failed_sync_left_in_memory_is_written_again_when_the_folder_is_opened() {
    let mut disk = MemStorage::new();
    let (mut log, _) = open(&disk, 1 << 20);
    put(&mut log, ONE, 4).expect("there is room");
    let unsynced = log.unsynced().expect("something was written");
    disk.fail_call_by(0, Fault::Forgotten);
    let why = disk.sync(&unsynced.file).expect_err("it was told to fail");
    log.on_sync_failed(&unsynced, &why.to_string());
    let disk = disk.copy();
    check(&open(&disk, 1 << 20).0, ONE, 4);
    disk.cut_power();
    check(&open(&disk, 1 << 20).0, ONE, 4);
}

#[test]
fn state_that_became_empty_is_damaged_and_not_missing() {
    let disk = MemStorage::new();
    let (log, _) = open(&disk, 1 << 20);
    assert_eq!(log.blob("catalog"), Ok(None));
    disk.set_file("catalog.blob", Vec::new());
    assert!(matches!(log.blob("catalog"), Err(LogError::Corrupt { .. })));
}

#[test]
fn files_whose_names_only_look_like_ours_are_left_alone() {
    let names =
        ["journal-1.log", "journal-+000000002.log", "chunks-7.dat", "chunks-+000000001.dat"];
    let disk = MemStorage::new();
    names.iter().for_each(|name| disk.set_file(name, b"somebody else's".to_vec()));
    let (mut log, _) = open(&disk, 1);
    for _ in 0..9 {
        put(&mut log, ONE, 3).expect("there is room");
        sync(&mut log, &disk);
        log.maintain(Millis(10), 1 << 20).expect("there is room");
    }
    check(&open(&disk.copy(), 1).0, ONE, 27);
    for name in names {
        assert_eq!(disk.file(name).as_deref(), Some(&b"somebody else's"[..]), "{name}");
    }
}

/// Freed segments wait to be used again, up to two of them: on a full disk they are the first to go.
#[test]
fn a_full_disk_takes_a_frame_where_a_spare_segment_was() {
    let disk = MemStorage::new();
    let (mut log, _) = open(&disk, 2_000);
    let mut count = 0;
    while log.usage().spare_bytes == 0 {
        put(&mut log, ONE, 5).expect("there is room");
        count += 5;
        log.maintain(Millis(10), 1 << 20).expect("there is room");
        for unsynced in log.unsynced().into_iter().chain(log.unsynced_rest()) {
            disk.clone().sync(&unsynced.file).expect("it syncs");
            log.on_synced(&unsynced);
        }
    }
    disk.set_room(Some(0));
    put(&mut log, ONE, 5).expect("there is room where the spare was");
    assert_eq!((log.usage().spare_bytes, log.usage().poisoned), (0, None));
    disk.set_room(None);
    check(&open(&disk.copy(), 2_000).0, ONE, count + 5);
}

/// Found by fuzzing: the file after it had no number.
#[test]
fn a_file_whose_number_leaves_no_room_for_the_next_is_not_ours() {
    assert_eq!(chunk_files::number_of("chunks-0000000007.dat"), Some(7));
    assert_eq!(chunk_files::number_of("chunks-4294967294.dat"), None);
    let disk = MemStorage::new();
    disk.set_file("chunks-4294967294.dat", Vec::new());
    drop(open(&disk, 1 << 20));
    assert!(disk.file("chunks-4294967294.dat").is_some(), "it is left alone");
}
