//! Long records of batches that are kept, beside short ones, which are copied.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// The data of the `n`-th record of a shard, of so many bytes.
fn data(n: u64, len: usize) -> Vec<u8> {
    (0..len).map(|at| (at as u64 * 7 + n) as u8).collect()
}

/// Stages records of these lengths behind those that are there.
fn stage_all(log: &mut Log, shard: LogShard, lengths: &[usize]) {
    for len in lengths {
        let index = log.next_index(shard);
        lend(log, shard, Millis(index), &format!("k{index}"), &data(index, *len));
    }
}

/// What a read hands out: indexes, and bytes of data.
fn read(log: &Log, from: u64, records: usize, bytes: usize) -> Vec<(u64, usize)> {
    let mut told = Vec::new();
    let mut visit = |stretch: Stretch<'_>| {
        for (index, arrival, key, found) in stretch.records() {
            assert_eq!((arrival, key), (Millis(index), &*format!("k{index}")));
            assert!(found == data(index, found.len()), "{index}");
            told.push((index, found.len()));
        }
    };
    log.read(ONE, from, records, bytes, &mut visit).expect("nothing is damaged");
    told
}

/// The same of a list.
fn expected(lengths: &[usize], from: u64, records: usize, bytes: usize) -> Vec<(u64, usize)> {
    let (mut told, mut left) = (Vec::new(), Some(bytes));
    for (index, len) in (0..).zip(lengths).skip(from as usize).take(records) {
        let whole = format!("k{index}").len() + len;
        left = left.and_then(|left| left.checked_sub(whole));
        if left.is_none() && !told.is_empty() {
            break;
        }
        told.push((index, *len));
    }
    told
}

/// Moves everything to chunks that is due, and syncs it.
fn settle(log: &mut Log, disk: &MemStorage) {
    sync(log, disk);
    log.maintain(Millis(1), u64::MAX).expect("the disk is sound");
    while let Some(unsynced) = log.unsynced_rest() {
        disk.clone().sync(&unsynced.file).expect("it syncs");
        log.on_synced(&unsynced);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn records_of_all_lengths_come_back_from_memory_from_chunks_and_after_a_crash(
        commits in prop::collection::vec(
            (prop::collection::vec(prop_oneof![0usize..40, 500usize..530, 3_000usize..40_000], 1..12), any::<bool>()),
            1..10,
        ),
        reads in prop::collection::vec((0u64..80, 1usize..60, 0usize..120_000), 8),
        moves_at in 0usize..10,
    ) {
        let disk = MemStorage::new();
        let options = LogOptions { tail_bytes: 0, ..LogOptions::default() };
        let mut log = Log::open(Box::new(disk.clone()), options).expect("it opens").0;
        [ONE, TWO].into_iter().for_each(|shard| log.create_shard(shard, Level::Process));
        let mut lengths = Vec::new();
        for (at, (commit, fails)) in commits.iter().enumerate() {
            stage_all(&mut log, ONE, commit);
            stage_all(&mut log, TWO, &[600, 20]);
            if *fails && at > 0 {
                disk.fail_call(0);
                prop_assert!(log.commit().is_err());
            } else {
                log.commit().expect("there is room");
                lengths.extend(commit);
            }
            if at == moves_at {
                settle(&mut log, &disk);
            }
        }
        let again = Log::open(Box::new(disk.copy()), options).expect("it opens").0;
        for log in [&log, &again] {
            prop_assert_eq!(log.next_index(ONE), lengths.len() as u64);
            let all = expected(&lengths, 0, usize::MAX, usize::MAX);
            prop_assert_eq!(read(log, 0, usize::MAX, usize::MAX), all);
            for (from, records, bytes) in &reads {
                let told = read(log, *from, *records, *bytes);
                // A block that was moved and one that was not may part what a read hands out.
                prop_assert_eq!(told, expected(&lengths, *from, *records, *bytes));
            }
        }
    }
}

#[test]
fn a_batch_is_held_as_long_as_a_record_in_it_is_in_memory() {
    let disk = MemStorage::new();
    let options = LogOptions { tail_bytes: 0, ..LogOptions::default() };
    let mut log = Log::open(Box::new(disk.clone()), options).expect("it opens").0;
    log.create_shard(ONE, Level::Process);
    let mut batches: Vec<EntryBatch> = (0..40)
        .map(|index| lend(&mut log, ONE, Millis(index), &format!("k{index}"), &data(index, 2_000)))
        .collect();
    let short = lend(&mut log, ONE, Millis(40), "k40", &data(40, 500));
    log.commit().expect("there is room");
    assert!(short.kept(0).is_none(), "it is not worth it");
    let usage = log.usage().memory_bytes;
    assert!((80_000..90_000).contains(&usage), "the records, and little beside them: {usage}");
    let memory =
        |batch: &EntryBatch| Arc::strong_count(batch.kept(0).expect("it is shared").memory);
    assert!(batches.iter().all(|batch| memory(batch) == 2));
    // Who has put a batch may fill it again.
    let again = batches.last_mut().expect("there are some");
    again.clear();
    again.push("other", &[1; 2_000]);
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX).len(), 41);
    settle(&mut log, &disk);
    batches.pop();
    assert!(batches.iter().all(|batch| memory(batch) == 1), "they were moved to chunks");
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX).len(), 41);
}

#[test]
fn a_commit_that_fails_holds_no_batch() {
    let disk = MemStorage::new();
    let mut log = Log::open(Box::new(disk.clone()), LogOptions::default()).expect("it opens").0;
    log.create_shard(ONE, Level::Process);
    let kept = lend(&mut log, ONE, Millis(0), "k0", &data(0, 1_000));
    log.commit().expect("there is room");
    let lost = lend(&mut log, ONE, Millis(1), "k1", &data(1, 1_000));
    disk.fail_call(0);
    assert!(log.commit().is_err());
    let memory =
        |batch: &EntryBatch| Arc::strong_count(batch.kept(0).expect("it is shared").memory);
    assert_eq!((memory(&kept), memory(&lost)), (2, 1));
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX), [(0, 1_000)]);
}

#[test]
fn a_long_record_and_those_after_it_are_read_back() {
    let disk = MemStorage::new();
    let mut log = Log::open(Box::new(disk.clone()), LogOptions::default()).expect("it opens").0;
    log.create_shard(ONE, Level::Process);
    let lengths = [5_000_000, 100_000, 100_000, 100_000, 1_000, 1_000];
    for len in lengths {
        stage_all(&mut log, ONE, &[len]);
        log.commit().expect("there is room");
    }
    let all = expected(&lengths, 0, usize::MAX, usize::MAX);
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX), all);
}

#[test]
fn a_record_of_a_stream_in_memory_holds_no_batch() {
    let mut log = Log::in_memory();
    log.create_shard(ONE, Level::Memory);
    stage_all(&mut log, ONE, &[5_000, 10, 70_000, 1]);
    log.commit().expect("nothing is written");
    let all = expected(&[5_000, 10, 70_000, 1], 0, usize::MAX, usize::MAX);
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX), all);
}
