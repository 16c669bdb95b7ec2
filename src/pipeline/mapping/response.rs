//! What a function answered, read by the rules of `ReportBatchItemFailures` and tumbling windows.
//!
//! Without either the answer is of no interest. Conditions under which a batch counts as failed as
//! a whole, though the function returned:
//!
//! 1. an item has no `itemIdentifier`, an empty one, null, or one that is no text;
//! 2. an `itemIdentifier` is no sequence number of the batch;
//! 3. `batchItemFailures` is there and neither null nor a list;
//! 4. the answer is neither null nor an object, where something is read from it;
//! 5. in a tumbling window there is no `state`.

use serde_json::Value;

use crate::pipeline::function::Reads;

/// What the answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The first record of the batch that is not done, if one is not.
    pub(super) failed_from: Option<usize>,
    /// The state to hand on, as JSON.
    pub(super) state: Option<Vec<u8>>,
}

/// Reads an answer; `place` finds a sequence number in the batch.
///
/// # Errors
/// Why the batch as a whole counts as failed.
pub(super) fn read(
    answer: &[u8],
    reads: Reads,
    place: &dyn Fn(&str) -> Option<usize>,
) -> Result<Said, String> {
    if !reads.failures && !reads.state {
        return Ok(Said::default());
    }
    let value = match answer.trim_ascii() {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes)
            .map_err(|why| format!("the answer of the function is not JSON: {why}"))?,
    };
    if !value.is_null() && !value.is_object() {
        return Err("the answer of the function is no JSON object".to_owned());
    }
    let mut said = Said::default();
    if reads.state {
        let state = value.get("state").filter(|state| !state.is_null());
        let state = state.ok_or("the answer of the function has no `state`")?;
        said.state = Some(state.to_string().into_bytes());
    }
    if reads.failures {
        said.failed_from = failures(value.get("batchItemFailures"), place)?;
    }
    Ok(said)
}

fn failures(
    list: Option<&Value>,
    place: &dyn Fn(&str) -> Option<usize>,
) -> Result<Option<usize>, String> {
    let items = match list {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(_) => return Err("`batchItemFailures` is no list".to_owned()),
    };
    let mut lowest = None;
    for item in items {
        let identifier = item.get("itemIdentifier").and_then(Value::as_str).unwrap_or_default();
        if identifier.is_empty() {
            return Err("an item of `batchItemFailures` has no `itemIdentifier`".to_owned());
        }
        let Some(at) = place(identifier) else {
            return Err(format!("`itemIdentifier` {identifier} is not of this batch"));
        };
        lowest = Some(lowest.map_or(at, |lowest: usize| lowest.min(at)));
    }
    Ok(lowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILURES: Reads = Reads { failures: true, state: false, records: false };
    const STATE: Reads = Reads { failures: false, state: true, records: false };
    const BOTH: Reads = Reads { failures: true, state: true, records: false };

    /// A batch of three records, numbered 10, 11 and 12.
    fn place(identifier: &str) -> Option<usize> {
        ["10", "11", "12"].iter().position(|number| *number == identifier)
    }

    #[test]
    fn partial_answers_are_read_as_lambda_documents_them() {
        for (answer, wanted) in [
            ("", Ok(None)),
            ("null", Ok(None)),
            ("{}", Ok(None)),
            (r#"{"batchItemFailures":null}"#, Ok(None)),
            (r#"{"batchItemFailures":[]}"#, Ok(None)),
            (r#"{"batchItemFailures":[{"itemIdentifier":"11"}]}"#, Ok(Some(1))),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"12"},{"itemIdentifier":"11"}]}"#,
                Ok(Some(1)),
            ),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, Err("no `itemIdentifier`")),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, Err("no `itemIdentifier`")),
            (r#"{"batchItemFailures":[{"identifier":"11"}]}"#, Err("no `itemIdentifier`")),
            (r#"{"batchItemFailures":[{"itemIdentifier":"9"}]}"#, Err("9 is not of this batch")),
            (r#"{"batchItemFailures":"11"}"#, Err("no list")),
            (r#""ok""#, Err("no JSON object")),
            ("ok", Err("not JSON")),
        ] {
            match (read(answer.as_bytes(), FAILURES, &place), wanted) {
                (Ok(said), Ok(wanted)) => assert_eq!(said.failed_from, wanted, "{answer}"),
                (Err(why), Err(wanted)) => assert!(why.contains(wanted), "{answer}: {why}"),
                (came, wanted) => panic!("{answer}: {came:?}, wanted {wanted:?}"),
            }
        }
    }

    #[test]
    fn a_window_needs_a_state() {
        let state = |answer: &str| read(answer.as_bytes(), STATE, &place).map(|said| said.state);
        assert_eq!(state(r#"{"state":{"n":1}}"#), Ok(Some(br#"{"n":1}"#.to_vec())));
        for answer in ["", "{}", r#"{"state":null}"#] {
            assert!(state(answer).is_err(), "{answer}");
        }
        let both = r#"{"state":{},"batchItemFailures":[{"itemIdentifier":"12"}]}"#;
        let said = read(both.as_bytes(), BOTH, &place).expect("both are there");
        assert_eq!((said.failed_from, said.state), (Some(2), Some(b"{}".to_vec())));
    }

    #[test]
    fn an_answer_that_nobody_reads_may_be_anything() {
        let nothing = Reads { failures: false, state: false, records: false };
        let answer = br#"{"batchItemFailures":[{"itemIdentifier":"11"}]"#;
        assert_eq!(read(answer, nothing, &place), Ok(Said::default()));
    }
}
