//! Every parameter of an event source mapping: its range, its default, and what becomes of a mapping
//! when it changes while it runs.

use super::law::{choosy, digested, failures, poisoned, told};
use super::*;
use crate::pipeline::settings::{MappingChanges, SettingError};

/// Settings in which one number is this; those of a mapping of which nothing was said without one.
fn with(field: &str, value: i64) -> MappingSettings {
    let number = u32::try_from(value).unwrap_or(u32::MAX);
    let signed = i32::try_from(value).expect("a small number");
    match field {
        "batch_size" => MappingSettings { batch_size: number, ..settings() },
        "window_ms" => MappingSettings { window_ms: number.into(), ..settings() },
        "parallelization_factor" => {
            MappingSettings { parallelization_factor: number, ..settings() }
        }
        "retries" => MappingSettings { retries: signed, ..settings() },
        "record_age_max_s" => MappingSettings { record_age_max_s: signed, ..settings() },
        "tumbling_window_s" => MappingSettings { tumbling_window_s: number, ..settings() },
        other => unreachable!("{other}"),
    }
}

#[test]
fn each_number_has_lambdas_range_and_default() {
    // The parameter, its default, the ends of its range, what lies beyond them.
    for (field, default, good, bad) in [
        ("batch_size", 100, &[1, 10_000][..], &[0, 10_001][..]),
        ("window_ms", 0, &[0, 300_000], &[300_001]),
        ("parallelization_factor", 1, &[1, 10], &[0, 11]),
        ("retries", -1, &[-1, 0, 10_000], &[-2, 10_001]),
        ("record_age_max_s", -1, &[-1, 60, 604_800], &[-2, 0, 59, 604_801]),
        ("tumbling_window_s", 0, &[0, 900], &[901]),
    ] {
        assert_eq!(with(field, default), settings(), "the default of {field}");
        for value in good {
            assert_eq!(with(field, *value).check(), Ok(()), "{field} {value}");
        }
        for value in bad {
            let Err(SettingError { field: told, .. }) = with(field, *value).check() else {
                panic!("{field} {value} is out of range");
            };
            assert_eq!(told, field);
        }
    }
}

#[test]
fn the_other_parameters_have_lambdas_ranges_and_defaults() {
    let plain = settings();
    assert!(!plain.bisect_on_error && !plain.report_batch_item_failures && !plain.paused);
    assert_eq!((&plain.on_failure, &plain.consumer), (&None, &None));
    assert_eq!(plain.filters, Vec::<String>::new());
    let filters = |count, chars: usize| {
        let text = "x".repeat(chars - r#"{"data":{"a":[""]}}"#.len());
        vec![format!(r#"{{"data":{{"a":["{text}"]}}}}"#); count]
    };
    let check = |count, chars| {
        let check = MappingSettings { filters: filters(count, chars), ..settings() }.check();
        check.map_err(|error| error.field)
    };
    assert_eq!(check(5, 4_096), Ok(()));
    assert_eq!(check(6, 100), Err("filters"));
    assert_eq!(check(1, 4_097), Err("filters"));
    assert!(!plain.event_counts && plain.kms_key.is_none() && plain.tags.is_empty());
    let labelled = |kms_key: Option<&str>, tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let (kms_key, tags) = (kms_key.map(str::to_owned), tags.collect());
        let settings = MappingSettings { kms_key, tags, ..settings() };
        settings.check().map_err(|error| error.field)
    };
    assert_eq!(labelled(Some("arn:aws:kms:us-east-1:1:key/k"), &[("team", "shop")]), Ok(()));
    assert_eq!(labelled(Some("alias/mine"), &[]), Err("kms_key"), "Lambda takes ARNs");
    assert_eq!(labelled(None, &[("aws:team", "shop")]), Err("tags"));
    let future = StartingPosition::AtTimestamp(1_001);
    assert!(future.check(Millis(1_000)).is_err() && future.check(Millis(1_001)).is_ok());
}

/// A mapping that a poison pill blocks, as it is after half a minute.
fn blocked() -> Stage {
    let settings = MappingSettings { on_failure: failures(), ..settings() };
    let mut stage = Stage::new(poisoned(&[3]), settings, choosy(true));
    stage.run(30_000);
    assert_eq!(digested(&stage), [0; 0]);
    stage
}

fn change(stage: &mut Stage, now: u64, changes: &MappingChanges) {
    let changed = stage.mapping.settings().with(changes);
    stage.mapping.change(Millis(now), changed, None).expect("it is in bounds");
}

#[test]
fn what_becomes_of_failures_changes_while_a_batch_fails() {
    let none = MappingChanges::default;
    let all = (0..10).filter(|n| *n != 3).collect::<Vec<u64>>();
    // What changes; what is digested an hour later, and how many records were given up.
    for (changes, wanted, discarded) in [
        (MappingChanges { retries: Some(0), ..none() }, vec![], 10),
        (MappingChanges { record_age_max_s: Some(60), ..none() }, vec![], 10),
        (MappingChanges { bisect_on_error: Some(true), ..none() }, vec![0, 1, 2], 0),
        (
            MappingChanges { bisect_on_error: Some(true), retries: Some(2), ..none() },
            all.clone(),
            1,
        ),
        (MappingChanges { report_batch_item_failures: Some(true), ..none() }, vec![0, 1, 2], 0),
        (
            MappingChanges { record_age_max_s: Some(60), bisect_on_error: Some(true), ..none() },
            vec![0, 1, 2],
            7,
        ),
        (MappingChanges { function: Some(part("g")), ..none() }, (0..10).collect(), 0),
        (MappingChanges { on_failure: Some(None), retries: Some(0), ..none() }, vec![], 10),
    ] {
        let mut stage = blocked();
        let sink: Box<dyn Sink> = Box::new(stage.paper.clone());
        let other = FunctionSettings { name: part("g"), ..function() };
        let other = Function::new(other, Some(sink), 7);
        stage.functions.add(Millis::ZERO, other).expect("it fits");
        change(&mut stage, 30_000, &changes);
        stage.run(3_600_000);
        let tally = *stage.mapping.tally();
        assert_eq!((digested(&stage), tally.discarded_records), (wanted, discarded), "{changes:?}");
        let delivered = if changes.on_failure.is_some() { 0 } else { discarded };
        assert_eq!(tally.delivered_records, delivered, "{changes:?}");
        assert_eq!(told(&stage).is_empty(), delivered == 0);
    }
}

#[test]
fn how_batches_are_cut_changes_with_the_next_one() {
    let none = MappingChanges::default;
    // What changes; the batches that 20 records make then.
    for (changes, sizes) in [
        (none(), &[20][..]),
        (MappingChanges { batch_size: Some(8), ..none() }, &[8, 8, 4]),
        (MappingChanges { window_ms: Some(3_000), ..none() }, &[20]),
        (
            MappingChanges {
                filters: Some(vec![r#"{"partitionKey":["k0"]}"#.to_owned()]),
                ..none()
            },
            &[10],
        ),
    ] {
        let mut fake = Fake::with_shards(1);
        fake.fill(0, 0, 2, 20);
        let mut stage = Stage::new(fake, settings(), function());
        stage.run(5_000);
        assert_eq!(stage.sizes(), [20]);
        change(&mut stage, 5_000, &changes);
        stage.fake.fill(0, 5_000, 2, 20);
        stage.run(7_500);
        let waits = changes.window_ms.is_some();
        assert_eq!(stage.sizes().len() == 1, waits, "a window holds them for a while: {changes:?}");
        stage.run(20_000);
        assert_eq!(stage.sizes()[1..], *sizes, "{changes:?}");
    }
}

#[test]
fn a_change_that_is_out_of_range_changes_nothing() {
    let mut stage = Stage::new(poisoned(&[]), settings(), function());
    for bad in [
        MappingChanges { batch_size: Some(0), ..MappingChanges::default() },
        MappingChanges { filters: Some(vec!["{".to_owned()]), ..MappingChanges::default() },
    ] {
        let changed = stage.mapping.settings().with(&bad);
        assert!(stage.mapping.change(Millis::ZERO, changed, None).is_err());
        assert_eq!(*stage.mapping.settings(), settings());
    }
}
