//! An endpoint elsewhere that does not answer.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::{FarView, Snapshot};

use super::time;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let Some(FarView { silent_ms: Some(silent_ms), trouble, .. }) = &snapshot.far else { return };
    let told = trouble.as_deref().unwrap_or("it does not answer");
    found.push(Problem {
        lint: "endpoint-silent",
        severity: Severity::Critical,
        subject: Subject::Endpoint,
        word: "SILENT",
        sentence: format!("answers nothing for {}: {told}", time(*silent_ms as f64)),
        why: "Streams are shown as they were last seen, and nothing tells what flows now. Look \
              whether it runs and whether the way to it and the keys are good; it is asked again \
              by itself, and all goes on once it answers."
            .into(),
        cure: None,
    });
}
