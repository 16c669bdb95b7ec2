//! The simulated disk: what it may lose, what it may not.

use super::*;

const OLD: u8 = b'o';
const NEW: u8 = b'n';

/// A synced file of 4 sectors, then overwritten and made longer by 2, and not synced.
fn overwritten() -> MemStorage {
    let mut disk = MemStorage::new();
    disk.write_at("a", 0, &[OLD; 2_048]).expect("there is room");
    disk.sync("a").expect("it syncs");
    disk.sync_dir().expect("it syncs");
    disk.write_at("a", 0, &[NEW; 3_072]).expect("there is room");
    disk
}

#[test]
fn an_unsynced_sector_survives_or_is_lost_by_itself_and_one_may_be_torn() {
    let disk = overwritten();
    let (mut reordered, mut torn, mut between) = (0, 0, 0);
    for seed in 0..500 {
        let found = disk.after_power_cut(seed).file("a").expect("its name was synced");
        assert!((2_048..=3_072).contains(&found.len()), "{}", found.len());
        let old: Vec<&[u8]> = found[..2_048].chunks(512).collect();
        let mixed = |sector: &&&[u8]| sector.iter().any(|byte| *byte != sector[0]);
        let mixes = old.iter().filter(mixed).count();
        assert!(mixes <= 1, "seed {seed}");
        assert!(found[..2_048].iter().all(|byte| [OLD, NEW].contains(byte)));
        assert!(found[2_048..].iter().all(|byte| [0, NEW].contains(byte)));
        torn += mixes;
        reordered += usize::from(old[0][0] == OLD && old[3][0] == NEW);
        between += usize::from(![2_048, 3_072].contains(&found.len()));
    }
    assert!(reordered > 20 && torn > 20 && between > 20, "{reordered} {torn} {between}");
}

#[test]
fn what_was_synced_survives_whatever_the_seed() {
    let mut disk = overwritten();
    disk.sync("a").expect("it syncs");
    let whole = vec![NEW; 3_072];
    assert!((0..100).all(|seed| disk.after_power_cut(seed).file("a").as_ref() == Some(&whole)));
    disk.cut_power();
    assert_eq!(disk.file("a"), Some(whole));
}

#[test]
fn a_name_that_was_not_synced_is_there_or_not_and_a_rename_is_whole() {
    let mut disk = MemStorage::new();
    for (name, byte) in [("state", OLD), ("state.new", NEW), ("gone", OLD)] {
        disk.write_at(name, 0, &[byte]).expect("there is room");
        disk.sync(name).expect("it syncs");
        if name != "state.new" {
            disk.sync_dir().expect("it syncs");
        }
    }
    disk.sync_dir().expect("it syncs");
    disk.rename("state.new", "state").expect("it is there");
    disk.remove("gone").expect("it goes");
    disk.write_at("fresh", 0, b"x").expect("there is room");
    disk.sync("fresh").expect("it syncs");
    let (mut renamed, mut made, mut removed) = (0, 0, 0);
    for seed in 0..200 {
        let after = disk.after_power_cut(seed);
        let new = after.file("state.new");
        let expected = if new.is_some() { OLD } else { NEW };
        assert_eq!(after.file("state"), Some(vec![expected]), "seed {seed}");
        renamed += usize::from(new.is_none());
        made += usize::from(after.file("fresh").is_some());
        removed += usize::from(after.file("gone").is_none());
    }
    assert!([renamed, made, removed].iter().all(|count| (40..160).contains(count)));
}

#[test]
fn a_cut_that_was_not_synced_may_come_back_and_never_shows_what_was_not_written() {
    let mut disk = overwritten();
    disk.truncate("a", 100).expect("it is there");
    disk.write_at("a", 1_000, b"n").expect("there is room");
    assert_eq!(disk.file("a").map(|bytes| bytes[100..1_000].iter().all(|b| *b == 0)), Some(true));
    let (mut cut, mut uncut) = (0, 0);
    for seed in 0..200 {
        let found = disk.after_power_cut(seed).file("a").expect("its name was synced");
        assert!(found[100..].iter().all(|byte| [0, OLD, NEW].contains(byte)));
        cut += usize::from(found.len() <= 1_001);
        uncut += usize::from(found.len() == 2_048);
    }
    assert!(cut > 20 && uncut > 20, "{cut} {uncut}");
}

#[test]
fn a_failed_sync_loses_its_bytes_at_once_or_behind_the_back() {
    for fault in [Fault::Dropped, Fault::Forgotten] {
        let mut disk = overwritten();
        disk.fail_call_by(0, fault);
        disk.sync("a").expect_err("told to fail");
        let seen = disk.file("a").expect("it is there");
        assert_eq!(seen[0], if fault == Fault::Dropped { OLD } else { NEW });
        disk.sync("a").expect("the system says that all is well");
        disk.cut_power();
        assert_eq!(disk.file("a").expect("it is there")[..2_048], [OLD; 2_048], "{fault:?}");
    }
}

#[test]
fn each_fault_fails_one_call_and_says_so() {
    for (fault, left) in
        [(Fault::Refused, 2_048), (Fault::Short, 2_098), (Fault::Full, 2_098), (Fault::Late, 2_148)]
    {
        let mut disk = overwritten();
        disk.truncate("a", 2_048).expect("it is there");
        disk.fail_call_by(1, fault);
        disk.sync("a").expect("not this one");
        let error = disk.write_at("a", 2_048, &[NEW; 100]).expect_err("this one");
        assert_eq!(error.full, fault == Fault::Full);
        assert_eq!(disk.file("a").map(|bytes| bytes.len()), Some(left), "{fault:?}");
        disk.write_at("a", 2_048, &[NEW; 100]).expect("only that one");
    }
    let disk = overwritten();
    disk.fail_read(1);
    assert!(disk.len("a").is_ok() && disk.list().is_err() && disk.list().is_ok());
}

#[test]
fn a_restless_system_keeps_some_of_what_nobody_asked_for() {
    let (mut kept, mut lost) = (0, 0);
    for seed in 0..100 {
        let mut disk = MemStorage::restless(seed);
        for at in 0..20 {
            disk.write_at("a", at * 512, &[NEW; 512]).expect("there is room");
        }
        disk.cut_power();
        match disk.file("a").is_some_and(|bytes| bytes.contains(&NEW)) {
            true => kept += 1,
            false => lost += 1,
        }
    }
    assert!(kept > 10 && lost > 0, "{kept} {lost}");
}
