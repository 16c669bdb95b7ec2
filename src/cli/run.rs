//! Real time: `watershed run`.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crate::cli::arguments::{Place, RunTask};
use crate::cli::{CliError, load};
use crate::live::{Live, LiveClock, LiveOutside};
use crate::model::Millis;
use crate::session::Session;
use crate::world::{Finding, Report, Verdict, World, WorldOptions};

/// A live world with a session in it.
pub(super) fn live(session: &Session, place: &Place) -> Result<Live, CliError> {
    let now = LiveClock::start(Millis::ZERO).now();
    let (engine, syncer, begin) = load::engine(place, load::options(session), now)?;
    let mut clock = LiveClock::start(begin);
    let options = WorldOptions {
        seed: session.seed,
        engine,
        outside: Box::new(LiveOutside::default()),
        title: session.title.clone(),
    };
    let mut world = World::new(clock.now(), options);
    world.set_up(session)?;
    Ok(Live::start(world, clock, syncer))
}

/// `watershed run`.
pub(super) fn headless(task: &RunTask) -> Result<ExitCode, CliError> {
    let session = load::session(&task.session)?;
    for path in load::archives(&session) {
        eprintln!("archive: {}", path.display());
    }
    let live = live(&session, &task.place)?;
    thread::sleep(Duration::from_millis(task.length_ms));
    let report = live.report();
    live.stop();
    print_report(&report, task.json);
    Ok(verdict(&report))
}

/// Failure when the session promised something that did not come.
pub(super) fn verdict(report: &Report) -> ExitCode {
    let failed = |finding: &Finding| finding.verdict == Verdict::Failed;
    match report.expectations.iter().any(failed) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// Data to standard output.
pub(super) fn print_report(report: &Report, json: bool) {
    if json {
        match serde_json::to_string_pretty(report) {
            Ok(text) => println!("{text}"),
            Err(why) => eprintln!("the report cannot be written as JSON: {why}"),
        }
        return;
    }
    let Report { session, seed, elapsed_ms, digest, totals, .. } = report;
    println!("{session}: {:.1} s, seed {seed}, digest {digest}", *elapsed_ms as f64 / 1e3);
    println!(
        "in {} records {} bytes, out {} records, throttled {} writes {} reads",
        totals.incoming_records,
        totals.incoming_bytes,
        totals.outgoing_records,
        totals.write_provisioned_throughput_exceeded,
        totals.read_provisioned_throughput_exceeded,
    );
    for stream in &report.streams {
        println!(
            "stream {:<24} {:>4} open shards  in {:>10}  out {:>10}  throttled {:>8}",
            stream.stream,
            stream.open_shards,
            stream.totals.incoming_records,
            stream.totals.outgoing_records,
            stream.totals.write_provisioned_throughput_exceeded,
        );
    }
    for mapping in &report.mappings {
        println!(
            "mapping {:<23} done {:>10}  age {} ms (p99 {}, max {})  errors {}  throttles {}",
            mapping.mapping,
            mapping.done_records,
            mapping.iterator_age_ms,
            mapping.iterator_age_p99_ms,
            mapping.iterator_age_max_ms,
            mapping.errors,
            mapping.throttles,
        );
    }
    for Finding { expectation, value, verdict } in &report.expectations {
        println!("{:<6} {expectation} (was {value})", verdict.word());
    }
}
