//! The log: it refuses writes, loses time, cannot do its upkeep, or does not give records back.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::Snapshot;

use super::time;

/// Bytes written should be synced within 50 ms; from so long on something is wrong.
const UNSYNCED_MS: u64 = 1_000;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let mut add = |lint, severity, word, sentence: String, why: &str| {
        let (subject, why, cure) = (Subject::Log, why.to_owned(), None);
        found.push(Problem { lint, severity, subject, word, sentence, why, cure });
    };
    if let Some(why) = &snapshot.log_failure {
        let remedy = "Nothing is acknowledged any more, so nothing acknowledged is lost. Make room \
                      or mend the disk; if writes are refused even then, start again on the same \
                      folder.";
        add(
            "log-refuses",
            Severity::Critical,
            "REFUSES",
            format!("takes no writes: {why}"),
            remedy,
        );
    }
    if let Some(why) = &snapshot.log_upkeep_failure {
        let remedy = "It goes on trying and no record is lost, but memory and disk grow meanwhile.";
        let sentence = format!("cannot free memory and disk: {why}");
        add("log-upkeep", Severity::Warning, "UPKEEP", sentence, remedy);
    }
    if snapshot.log_missing_records > 0 {
        let count = snapshot.log_missing_records;
        let remedy = "A chunk on disk is damaged: reading those records is an error, reading \
                      others is not. `watershed log verify FOLDER` names the file.";
        let sentence = format!("{count} records are damaged on disk");
        add("log-damaged", Severity::Critical, "DAMAGED", sentence, remedy);
    }
    if snapshot.log_unsynced_ms >= UNSYNCED_MS {
        let age = time(snapshot.log_unsynced_ms as f64);
        let remedy = "The disk is slow. What is not synced survives a crash of the program, but no \
                      power cut.";
        let sentence = format!("bytes wait {age} for the disk, 50 ms is usual");
        add("log-unsynced", Severity::Warning, "UNSYNCED", sentence, remedy);
    }
}
