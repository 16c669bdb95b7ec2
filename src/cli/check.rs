//! What is wrong at the end of a session: `watershed check`.

use std::process::ExitCode;

use serde::Serialize;

use crate::cli::arguments::CheckTask;
use crate::cli::progress::Progress;
use crate::cli::report::{data, failed_cue, talk};
use crate::cli::{CliError, load, simulate};
use crate::model::{Severity, many};
use crate::problem::{self, Problem};
use crate::sim;
use crate::snapshot::ClockView;
use crate::world::TimelineFailure;

/// A problem, for programs.
#[derive(Serialize)]
struct Told {
    id: String,
    severity: &'static str,
    subject: String,
    sentence: String,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

/// The whole answer, for programs.
#[derive(Serialize)]
struct Checked {
    session: String,
    seed: u64,
    elapsed_ms: u64,
    /// Urgent ones: warnings and critical ones; hints do not count.
    problems: usize,
    /// Commands of the timeline that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timeline_failures: Vec<TimelineFailure>,
    found: Vec<Told>,
}

/// `watershed check`. The code is 0 when nothing is wrong at the end, 1 when something is, or when a
/// command of the timeline was refused, 2 when it could not be run. Hints, as of shards that are idle, are told and do not count.
pub(super) fn check(task: &CheckTask) -> Result<ExitCode, CliError> {
    let session = load::session(&task.session)?;
    let mut world = simulate::world(&session, task.seed)?;
    let length_ms = task.length_ms.unwrap_or_else(|| session.length_ms());
    let mut progress = Progress::new();
    sim::run_for(&mut world, length_ms, &mut |share| progress.tell(share));
    progress.clear();
    let snapshot = world.look(ClockView::default());
    let found = problem::find(&snapshot);
    let problems = found.iter().filter(|problem| problem.is_urgent()).count();
    let failures = world.timeline_failures();
    let text = match task.json {
        false => failures.iter().map(failed_cue).chain(found.iter().map(line)).collect(),
        true => {
            let checked = Checked {
                session: session.title.clone(),
                seed: snapshot.seed,
                elapsed_ms: snapshot.elapsed_ms(),
                problems,
                timeline_failures: failures.to_vec(),
                found: found.iter().map(told).collect(),
            };
            let json = serde_json::to_string_pretty(&checked);
            json.map_err(|why| CliError::Output(why.to_string()))? + "\n"
        }
    };
    data(&text)?;
    let (found, seconds) = (many(problems, "problem"), snapshot.elapsed_ms() / 1_000);
    let refused = match failures.len() {
        0 => String::new(),
        some => format!(", {} of the timeline refused", many(some, "command")),
    };
    talk(&format!("{}: {found} after {seconds} s{refused}\n", session.title));
    let good = problems == 0 && failures.is_empty();
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "hint",
    }
}

fn line(problem: &Problem) -> String {
    let Problem { severity, subject, sentence, why, cure, .. } = problem;
    let cure = cure.as_ref().map(|cure| format!("    cure: {cure}\n")).unwrap_or_default();
    format!("{:<8} {subject} {sentence}\n    {why}\n{cure}", word(*severity))
}

fn told(problem: &Problem) -> Told {
    Told {
        id: problem.id(),
        severity: word(problem.severity),
        subject: problem.subject.to_string(),
        sentence: problem.sentence.clone(),
        why: problem.why.clone(),
        cure: problem.cure.as_ref().map(ToString::to_string),
    }
}
