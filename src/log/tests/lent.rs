//! Long records, which stay in their frames, beside short ones, which are copied.

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
        stage(log, shard, Millis(index), &format!("k{index}"), &data(index, *len));
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
    while let Some(unsynced) = log.unsynced_chunks() {
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
fn a_frame_is_held_as_long_as_a_record_in_it_and_used_again() {
    let disk = MemStorage::new();
    let options = LogOptions { tail_bytes: 0, ..LogOptions::default() };
    let mut log = Log::open(Box::new(disk.clone()), options).expect("it opens").0;
    log.create_shard(ONE, Level::Process);
    // Long enough that frames are worth keeping.
    let records = [2_000; 40];
    for _ in 0..3 {
        stage_all(&mut log, ONE, &records);
        log.commit().expect("there is room");
    }
    let usage = log.usage().memory_bytes;
    assert!((240_000..300_000).contains(&usage), "the records, and little beside them: {usage}");
    settle(&mut log, &disk);
    let pooled = log.pool.memory();
    assert!((240_000..600_000).contains(&pooled), "{pooled}");
    for _ in 0..2 {
        stage_all(&mut log, ONE, &records);
        log.commit().expect("there is room");
    }
    assert!(log.pool.memory() < pooled, "frames are used again");
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX).len(), 200);
}

#[test]
fn one_long_frame_makes_those_after_it_no_longer() {
    let disk = MemStorage::new();
    let mut log = Log::open(Box::new(disk.clone()), LogOptions::default()).expect("it opens").0;
    log.create_shard(ONE, Level::Process);
    let lengths = [5_000_000, 100_000, 100_000, 100_000, 1_000, 1_000];
    let mut memory = Vec::new();
    for len in lengths {
        stage_all(&mut log, ONE, &[len]);
        log.commit().expect("there is room");
        memory.push(log.frame.bytes_mut().capacity());
    }
    assert!(memory[0] >= 5_000_000, "{memory:?}");
    assert!(memory[1..].iter().all(|bytes| *bytes < 300_000), "{memory:?}");
    let all = expected(&lengths, 0, usize::MAX, usize::MAX);
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX), all);
}

#[test]
fn a_record_of_a_stream_in_memory_holds_no_frame() {
    let mut log = Log::in_memory();
    log.create_shard(ONE, Level::Memory);
    stage_all(&mut log, ONE, &[5_000, 10, 70_000, 1]);
    log.commit().expect("nothing is written");
    let all = expected(&[5_000, 10, 70_000, 1], 0, usize::MAX, usize::MAX);
    assert_eq!(read(&log, 0, usize::MAX, usize::MAX), all);
}
