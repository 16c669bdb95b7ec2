//! A function may not run as often at once as its mappings need.

use crate::model::Severity;
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{FunctionView, Snapshot};

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let throttled = |function: &&FunctionView| function.throttles_held_per_s > 0.0;
    let functions: Vec<&FunctionView> = snapshot.functions.iter().filter(throttled).collect();
    found.extend(functions.iter().filter_map(|function| reserved(snapshot, function)));
    found.extend(account(snapshot, &functions));
}

fn reserved(snapshot: &Snapshot, function: &FunctionView) -> Option<Problem> {
    let has = function.reserved?;
    Some(Problem {
        lint: "concurrency",
        severity: Severity::Critical,
        subject: Subject::Function(function.name.clone()),
        word: "LIMIT",
        sentence: format!(
            "needs {} invocations at once, has {has} reserved; {:.0} refused/s",
            function.needs, function.throttles_held_per_s
        ),
        why:
            "A reservation is a guarantee and a cap. Each shard wants as many invocations at once \
              as its mapping's parallelization factor; what is refused waits, and grows old."
                .into(),
        cure: cure::concurrency(function, snapshot),
    })
}

/// Functions without a reservation share what is left of the account: one problem for all of them.
fn account(snapshot: &Snapshot, throttled: &[&FunctionView]) -> Option<Problem> {
    let shared = throttled.iter().filter(|function| function.reserved.is_none());
    let shared: Vec<&&FunctionView> = shared.collect();
    let first = shared.first()?;
    let names: Vec<&str> = shared.iter().map(|function| function.name.as_str()).collect();
    let refused: f64 = shared.iter().map(|function| function.throttles_held_per_s).sum();
    let account = &snapshot.account;
    Some(Problem {
        lint: "concurrency",
        severity: Severity::Critical,
        subject: Subject::Account,
        word: "LIMIT",
        sentence: format!(
            "functions need {} invocations at once, {} of {} are not reserved; {refused:.0} \
             refused/s of {}",
            cure::needed_unreserved(snapshot),
            account.limit.saturating_sub(account.reserved),
            account.limit,
            names.join(", ")
        ),
        why:
            "All functions without a reservation share what the account has left. What is refused \
              waits, and grows old. A higher limit, or fewer shards and a smaller factor, help."
                .into(),
        cure: cure::concurrency(first, snapshot),
    })
}
