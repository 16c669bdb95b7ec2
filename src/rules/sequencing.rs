//! Which numbers a shard begins and ends with, and where a number stands among its records.
//!
//! Records of a shard are counted from 0, and a record's number holds its count. The number that a
//! shard starts with is below that of its first record: it is of an earlier second.

use thiserror::Error;

use crate::model::{ACCOUNT, Lineage, Millis, SequenceNumber, ShardId, StreamName};
use crate::rules::any_number::AnyNumber;
use crate::rules::choices::CHILD_STARTS_AFTER_MS;

/// The number that a shard starts with when it is opened at `opened`.
#[must_use]
pub fn first_number(shard: ShardId, lineage: Lineage, opened: Millis) -> SequenceNumber {
    let created = match lineage.parent {
        None => opened,
        Some(_) => opened.plus(CHILD_STARTS_AFTER_MS),
    };
    SequenceNumber::first(shard, created)
}

/// The count of the first record after `number` in the shard that starts with `first`.
#[must_use]
pub fn index_after(first: SequenceNumber, number: SequenceNumber) -> u64 {
    if number <= first { 0 } else { number.index.saturating_add(1) }
}

/// A number that no record can come after.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream} under account \
     {ACCOUNT} is invalid."
)]
pub struct OrderingError {
    number: String,
    stream: StreamName,
}

/// May a record be ordered after the one with this number? It may be of any shard, stream or version.
///
/// # Errors
/// When the text is no number, or that of a record that cannot have been put yet.
pub fn check_ordering(number: &str, stream: &StreamName, now: Millis) -> Result<(), OrderingError> {
    match AnyNumber::parse(number) {
        Some(known) if !is_future(known, now) => Ok(()),
        Some(_) | None => Err(OrderingError { number: number.to_owned(), stream: stream.clone() }),
    }
}

/// Is it the number of a record that cannot have been put yet? Only its own time says so; and the first
/// second of a shard that was opened just now is not the future.
fn is_future(number: AnyNumber, now: Millis) -> bool {
    let now_s = now.seconds();
    let (first_s, newest_s) = (number.created_s + 1, now_s + CHILD_STARTS_AFTER_MS / 1_000 + 1);
    number.record_s.is_some_and(|at| at > now_s && at > first_s.min(newest_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);
    const CHILD: Lineage = Lineage { parent: Some(ShardId(0)), adjacent_parent: None };

    #[test]
    fn children_are_younger_in_their_numbers_than_the_end_of_their_parents() {
        let created = |lineage| first_number(ShardId(3), lineage, NOW).created_s;
        assert_eq!(created(Lineage::default()), 1_700_000_000);
        assert_eq!(created(CHILD), 1_700_000_001);
        let merged = Lineage { adjacent_parent: Some(ShardId(1)), ..CHILD };
        assert_eq!(created(merged), 1_700_000_001);
    }

    #[test]
    fn a_shard_starts_below_its_first_record_and_ends_above_its_last() {
        for lineage in [Lineage::default(), CHILD] {
            let first = first_number(ShardId(3), lineage, NOW);
            let mut last = first;
            for (index, wait) in [(0, 0), (1, 0), (2, 5_000), (1 << 40, 5_000)] {
                let record = first.nth(index, NOW.plus(wait));
                assert!(record > last, "{record:?} after {last:?}");
                last = record;
            }
            let end = first.end(NOW.plus(5_000));
            assert!(end > last && end.index == 0x7fff_ffff_ffff_ffff);
        }
    }

    #[test]
    fn after_the_starting_number_stands_the_first_record() {
        let first = first_number(ShardId(3), CHILD, NOW);
        assert_eq!(index_after(first, first), 0);
        assert_eq!(index_after(first, first.nth(0, NOW)), 1);
        assert_eq!(index_after(first, first.nth(41, NOW)), 42);
    }

    #[test]
    fn only_what_is_ahead_of_the_clock_is_the_future() {
        for lineage in [Lineage::default(), CHILD] {
            let first = first_number(ShardId(3), lineage, NOW);
            for (number, future) in [
                (first, false),
                (first.nth(0, NOW), false),
                (first.nth(9, NOW.plus(999)), false),
                (first.nth(9, NOW.plus(3_000)), true),
                (first_number(ShardId(3), lineage, NOW.plus(4_000)), true),
                // A shard's creation is not looked at.
                (SequenceNumber { created_s: u32::MAX, ..first.nth(9, NOW) }, false),
                (SequenceNumber { created_s: u32::MAX, ..first.nth(9, NOW.plus(3_000)) }, true),
            ] {
                let any = AnyNumber::parse(&number.to_string()).expect("it is a number");
                assert_eq!(is_future(any, NOW), future, "{number:?}");
            }
        }
    }

    #[test]
    fn a_record_is_ordered_after_a_number_that_was_given() {
        let stream = StreamName::new("orders").expect("it is a name");
        let known = first_number(ShardId(3), CHILD, NOW).nth(5, NOW);
        assert_eq!(check_ordering(&known.to_string(), &stream, NOW), Ok(()));
        let future = known.nth(5, NOW.plus(60_000)).to_string();
        for number in ["0", "7", "49039857307708443467467104868809893875799651909875269633"] {
            assert_eq!(check_ordering(number, &stream, NOW), Ok(()), "it is of an old version");
        }
        for number in ["", "49039857307708443467467104868809893875799651909875269632", "x", &future]
        {
            let error = check_ordering(number, &stream, NOW).expect_err("no record has it");
            let sentence = format!(
                "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream orders under \
                 account 000000000000 is invalid."
            );
            assert_eq!(error.to_string(), sentence);
        }
    }
}
