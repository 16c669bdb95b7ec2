//! A function may not run as often at once as its mappings need, or not as often a second.

use crate::model::Severity;
use crate::model::limits::REQUESTS_PER_INSTANCE;
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{FunctionView, Snapshot};

const TOO_MANY_OF_ONE: &str = "A reservation is a guarantee and a cap. Each shard wants as many invocations at once as its \
     mapping's parallelization factor; what is refused waits, and grows old.";
const TOO_MANY: &str = "All functions without a reservation share what the account has left. What is refused waits, and \
     grows old. A higher limit, or fewer shards and a smaller factor, help.";
const TOO_OFTEN: &str = "Each concurrent instance allowed stands for ten requests a second, so that invocations shorter \
     than 100 ms use up the requests first. Larger batches need fewer; a higher limit allows more.";

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let throttled = |function: &&FunctionView| function.throttles_held_per_s > 0.0;
    let functions: Vec<&FunctionView> = snapshot.functions.iter().filter(throttled).collect();
    found.extend(functions.iter().filter_map(|function| reserved(snapshot, function)));
    found.extend(account(snapshot, &functions));
}

fn is_invoked_too_often(function: &FunctionView) -> bool {
    function.request_throttles_held_per_s > 0.0
}

fn reserved(snapshot: &Snapshot, function: &FunctionView) -> Option<Problem> {
    let has = function.reserved?;
    let refused = function.throttles_held_per_s;
    let (sentence, why) = if is_invoked_too_often(function) {
        let text = format!(
            "is asked for more than {} invocations a second, ten for each of the {has} reserved; \
             {refused:.0} refused/s",
            has.saturating_mul(REQUESTS_PER_INSTANCE)
        );
        (text, TOO_OFTEN)
    } else {
        let needs = function.needs;
        if needs <= has {
            // What was refused is held for some seconds: the reservation has been raised.
            return None;
        }
        let text = format!(
            "needs {needs} invocations at once, has {has} reserved; {refused:.0} refused/s"
        );
        (text, TOO_MANY_OF_ONE)
    };
    Some(Problem {
        lint: "concurrency",
        severity: Severity::Critical,
        subject: Subject::Function(function.name.clone()),
        word: "LIMIT",
        sentence,
        why: why.into(),
        cure: cure::concurrency(function, snapshot),
    })
}

/// Functions without a reservation share what is left of the account: one problem for all of them.
fn account(snapshot: &Snapshot, throttled: &[&FunctionView]) -> Option<Problem> {
    let shared = throttled.iter().filter(|function| function.reserved.is_none());
    let shared: Vec<&FunctionView> = shared.copied().collect();
    let first = shared.first()?;
    let names: Vec<&str> = shared.iter().map(|function| function.name.as_str()).collect();
    let names = names.join(", ");
    let refused: f64 = shared.iter().map(|function| function.throttles_held_per_s).sum();
    let limit = snapshot.account.limit;
    let free = limit.saturating_sub(snapshot.account.reserved);
    let (sentence, why) = if shared.iter().any(|function| is_invoked_too_often(function)) {
        let text = format!(
            "functions are asked for more than {} invocations a second, ten for each of the {free} \
             of {limit} that are not reserved; {refused:.0} refused/s of {names}",
            free.saturating_mul(REQUESTS_PER_INSTANCE)
        );
        (text, TOO_OFTEN)
    } else {
        if cure::needed_unreserved(snapshot) <= free {
            // What was refused is held for some seconds: the limit has been raised.
            return None;
        }
        let text = format!(
            "functions need {} invocations at once, {free} of {limit} are not reserved; {refused:.0} \
             refused/s of {names}",
            cure::needed_unreserved(snapshot),
        );
        (text, TOO_MANY)
    };
    Some(Problem {
        lint: "concurrency",
        severity: Severity::Critical,
        subject: Subject::Account,
        word: "LIMIT",
        sentence,
        why: why.into(),
        cure: cure::concurrency(first, snapshot),
    })
}
