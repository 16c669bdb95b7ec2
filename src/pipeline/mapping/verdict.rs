//! What becomes of a batch after an invocation: retry, bisect and partial batch responses, alone
//! and together.
//!
//! | invocation | bisect | what becomes of the batch |
//! |---|---|---|
//! | succeeded | | done |
//! | failed, several records | on | two halves, the left one first, each with its tries to come |
//! | failed | off, or one record | tried again while retries are left, else given up |
//! | says that records from k > 0 on failed | off | those before k are done; the rest is tried again while retries are left |
//! | says that records from k > 0 on failed | on | those before k are done; the rest has its tries to come |
//! | says that all failed (k = 0) | | as failed |

/// What the mapping says of failures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    /// Retries after the first try; `None` is without end.
    pub(super) retries: Option<u32>,
    pub(super) bisect: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All records are done.
    Done,
    /// Cut in two before this record.
    Split(usize),
    /// Those before `from` are done; the rest is tried again after a pause.
    Retry { from: usize },
    /// Those before `from` are done; the rest is a batch of its own, without tries so far.
    Renew { from: usize },
    /// Those before `from` are done; the rest is given up.
    GiveUp { from: usize },
}

/// Decides. `failed_from` is the first of `records` records that is not done; `failures` counts
/// failed tries, this one included.
pub(super) fn decide(
    law: Law,
    records: usize,
    failed_from: Option<usize>,
    failures: u32,
) -> Verdict {
    let Some(from) = failed_from else { return Verdict::Done };
    let used = law.retries.is_some_and(|most| failures > most);
    match (law.bisect, from) {
        (true, 0) if records > 1 => Verdict::Split(records / 2),
        (true, 1..) => Verdict::Renew { from },
        _ if used => Verdict::GiveUp { from },
        _ => Verdict::Retry { from },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_the_table_holds() {
        use Verdict::{Done, GiveUp, Renew, Retry, Split};
        for (retries, bisect, records, failed_from, failures, wanted) in [
            (Some(0), false, 10, None, 0, Done),
            (None, false, 10, Some(0), 1_000, Retry { from: 0 }),
            (Some(0), false, 10, Some(0), 1, GiveUp { from: 0 }),
            (Some(2), false, 10, Some(0), 2, Retry { from: 0 }),
            (Some(2), false, 10, Some(0), 3, GiveUp { from: 0 }),
            (Some(2), false, 10, Some(4), 1, Retry { from: 4 }),
            (Some(0), false, 10, Some(4), 1, GiveUp { from: 4 }),
            (Some(0), true, 10, Some(0), 1, Split(5)),
            (Some(0), true, 3, Some(0), 1, Split(1)),
            (Some(0), true, 2, Some(0), 1, Split(1)),
            (Some(0), true, 1, Some(0), 1, GiveUp { from: 0 }),
            (Some(1), true, 1, Some(0), 1, Retry { from: 0 }),
            (None, true, 1, Some(0), 99, Retry { from: 0 }),
            (Some(0), true, 10, Some(4), 1, Renew { from: 4 }),
            (Some(0), true, 10, Some(9), 7, Renew { from: 9 }),
        ] {
            let law = Law { retries, bisect };
            let came = decide(law, records, failed_from, failures);
            assert_eq!(came, wanted, "{law:?}, {records} records, {failed_from:?}, {failures}");
        }
    }
}
