//! The session promised something that did not come.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::{Snapshot, Verdict};

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let failed = |verdict: Verdict| verdict == Verdict::Failed;
    let broken: Vec<_> = snapshot.expectations.iter().filter(|e| failed(e.verdict)).collect();
    let Some(first) = broken.first() else { return };
    let more = match broken.len() {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    found.push(Problem {
        lint: "promise",
        severity: Severity::Warning,
        subject: Subject::Session,
        word: "PROMISE",
        sentence: format!("promised {}, came {}{more}", first.sentence, first.value),
        why: "The session file says what must hold. Either the world is otherwise than it was \
              written for, or it was changed while it ran."
            .into(),
        cure: None,
    });
}
