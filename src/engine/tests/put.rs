//! Putting by the rules: sizes and budgets, seen through the engine.

use super::*;
use crate::api::{CreateStream, EntryError, PutRecordsAnswer, UpdateMaxRecordSize};

const MIB: usize = 1_048_576;

fn put_sizes(
    engine: &mut Engine,
    now: Millis,
    sizes: &[usize],
) -> Result<PutRecordsAnswer, ApiError> {
    let mut entries = EntryBatch::new();
    sizes.iter().for_each(|bytes| entries.push("k", &vec![7; bytes - 1]));
    engine.put_records(now, &PutRecords { stream: name(), entries })
}

fn set_size(engine: &mut Engine, now: Millis, kib: u32) -> Result<Answer, ApiError> {
    let update = UpdateMaxRecordSize { stream: name(), kib };
    engine.handle(now, &Operation::UpdateMaxRecordSize(update))
}

#[test]
fn a_stream_takes_large_records_once_it_is_told_to() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let error = put_sizes(&mut engine, now, &[MIB + 1]).expect_err("the default is a mebibyte");
    assert!(matches!(error, ApiError::Validation(_)), "{error:?}");
    for bad in [1_023, 10_241] {
        assert!(matches!(set_size(&mut engine, now, bad), Err(ApiError::Validation(_))), "{bad}");
    }
    set_size(&mut engine, now, 10_240).expect("it is the maximum");
    assert_eq!(put_sizes(&mut engine, now, &[10 * MIB]).expect("it is allowed").failed, 0);
    let after = put_sizes(&mut engine, now.plus(1_000), &[MIB, 1]).expect("both are small");
    let results: Vec<_> = after.outcomes.iter().map(|outcome| outcome.result.err()).collect();
    assert_eq!(results, [None, Some(EntryError::ThrottledByBytes)]);
    let over =
        put_sizes(&mut engine, now.plus(1_000), &[5 * MIB, 5 * MIB + 1]).expect_err("over 10 MiB");
    assert_eq!(over, ApiError::InvalidArgument("Records size exceeds 10 MB limit".into()));
}

#[test]
fn a_put_that_is_wrong_in_one_record_stores_none() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    assert!(put_sizes(&mut engine, now, &[10, MIB + 1, 10]).is_err());
    assert_eq!(read(&mut engine, now, 0, IteratorType::TrimHorizon), [""; 0]);
}

#[test]
fn the_largest_record_is_kept_with_the_stream() {
    let disk = MemStorage::new();
    let open =
        || Engine::open(T0, Box::new(disk.clone()), EngineOptions::default()).expect("it opens").0;
    let mut first = open();
    let mut large = CreateStream::provisioned(name(), 1, Level::Process);
    large.record_kib_max = 10_241;
    let refused = first.handle(T0, &Operation::CreateStream(large.clone()));
    assert!(matches!(refused, Err(ApiError::Validation(_))), "{refused:?}");
    large.record_kib_max = 2_048;
    first.handle(T0, &Operation::CreateStream(large)).expect("the name is free");
    let early = set_size(&mut first, T0, 4_096);
    assert!(matches!(early, Err(ApiError::ResourceInUse(_))), "{early:?}");
    first.advance(T0.plus(1_000));
    set_size(&mut first, T0.plus(1_000), 4_096).expect("it is active");
    drop(first);
    let description = open().description(&name()).expect("it is there");
    assert_eq!(description.settings.record_kib_max, 4_096);
}
