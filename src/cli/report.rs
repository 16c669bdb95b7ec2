//! The end of a run, told: data to standard output, a verdict to whoever waits.

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use crate::cli::CliError;
use crate::snapshot::Verdict;
use crate::world::{Finding, Report, TimelineFailure};

/// Prints a report. The code is a failure when the session promised something that did not come, when
/// a command of its timeline was refused, or when the log failed.
pub(super) fn tell(report: &Report, json: bool) -> Result<ExitCode, CliError> {
    let text = match json {
        true => serde_json::to_string_pretty(report).map(|text| text + "\n"),
        false => Ok(text(report)),
    };
    data(&text.map_err(|why| CliError::Output(why.to_string()))?)?;
    if let Some(why) = &report.log_failure {
        talk(&format!("error: the log took no more writes: {why}\n"));
    }
    let failed = |finding: &Finding| finding.verdict == Verdict::Failed;
    let broken = report.log_failure.is_some() || !report.timeline_failures.is_empty();
    match broken || report.expectations.iter().any(failed) {
        true => Ok(ExitCode::FAILURE),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// Data to standard output. A reader that has seen enough, as `head` has, is no error.
pub(super) fn data(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(why.to_string())),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Talk to standard error. Nobody has to listen: `eprintln!` would end the program then.
pub(super) fn talk(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A command of the timeline that was refused, as a line.
pub(super) fn failed_cue(TimelineFailure { at_ms, command, why }: &TimelineFailure) -> String {
    format!("failed {:.1} s {command}: {why}\n", *at_ms as f64 / 1e3)
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    write_report(&mut text, report).expect("invariant: a string takes every letter");
    text
}

fn write_report(out: &mut String, report: &Report) -> fmt::Result {
    let Report { session, seed, elapsed_ms, digest, totals, .. } = report;
    writeln!(out, "{session}: {:.1} s, seed {seed}, digest {digest}", *elapsed_ms as f64 / 1e3)?;
    writeln!(
        out,
        "in {} records {} bytes, out {} records, throttled {} writes {} reads",
        totals.incoming_records,
        totals.incoming_bytes,
        totals.outgoing_records,
        totals.write_provisioned_throughput_exceeded,
        totals.read_provisioned_throughput_exceeded,
    )?;
    for stream in &report.streams {
        writeln!(
            out,
            "stream {:<24} {:>4} open shards  in {:>10}  out {:>10}  throttled {:>8}",
            stream.stream,
            stream.open_shards,
            stream.totals.incoming_records,
            stream.totals.outgoing_records,
            stream.totals.write_provisioned_throughput_exceeded,
        )?;
    }
    for producer in &report.producers {
        writeln!(
            out,
            "producer {:<22} made {:>10}  accepted {:>10}  refused {:>8}  given up {}  waiting {}{}",
            producer.producer,
            producer.offered_records,
            producer.accepted_records,
            producer.refused_records,
            producer.dropped_records,
            producer.waiting_records,
            producer.last_error.as_ref().map(|why| format!("  last: {why}")).unwrap_or_default(),
        )?;
    }
    for mapping in &report.mappings {
        writeln!(
            out,
            "mapping {:<23} done {:>10}  age {} ms (p99 {}, max {})  errors {}  throttles {}",
            mapping.mapping,
            mapping.done_records,
            mapping.iterator_age_ms,
            mapping.iterator_age_p99_ms,
            mapping.iterator_age_max_ms,
            mapping.errors,
            mapping.throttles,
        )?;
    }
    for failure in &report.timeline_failures {
        out.write_str(&failed_cue(failure))?;
    }
    for Finding { expectation, value, verdict } in &report.expectations {
        writeln!(out, "{:<6} {expectation} (was {value})", verdict.word())?;
    }
    Ok(())
}
