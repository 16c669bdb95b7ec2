//! The tests that the field trusts: a log is believed when many have tried to break it.
//!
//! `cargo test` runs a brief round of every check with fixed seeds. For longer:
//!
//! ```text
//! cargo test --release --test torture -- [CHECK...] [--cycles N] [--for 10m] [--seed S] [--records N]
//! cargo test --release --test torture -- --campaign
//! ```
//!
//! A campaign does what a release must have behind it, two checks at a time, and fails when less
//! was done: the amounts are the column `campaign` of the table below.
//!
//! A table at the end says for each check how many cycles of what, faults, operations and
//! acknowledged records there were, what a power cut took within the promise of its level, and what
//! was lost beyond it, which fails the check and prints the seed that does it again.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests stand at the edge: files, clocks, processes"
)]

mod arguments;
mod bits;
mod books;
mod course;
mod decode;
mod device;
mod flips;
mod kill;
mod life;
mod mappings;
mod meta;
mod model;
mod nth;
mod payload;
mod power;
mod real;
mod recover;
mod states;
#[path = "../fuzz/src/targets/mod.rs"]
mod targets;
mod teeth;
mod truncate;
mod wire;
mod worlds;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;
use std::{iter, thread};

use arguments::Arguments;
use course::{Check, Course, Lane, Outcome};

/// Every check, the one that the others rest on first, long ones before short ones.
#[rustfmt::skip]
const CHECKS: [Check; 15] = {
    use Lane::{Memory, Process};
    [
        Check::new("meta", "lives twice", (4, 100), Memory, meta::run),
        Check::new("worlds", "virtual hours", (24, 10_000), Memory, worlds::run),
        Check::new("mappings", "lives of mappings", (6, 3_000), Memory, mappings::run),
        Check::new("flips", "flipped bits", (4_000, 8 << 20), Memory, flips::run),
        Check::new("states", "crash states", (1_500, 100_000), Memory, states::run),
        Check::new("model", "lives compared", (6_000, 60_000), Memory, model::run),
        Check::new("decode", "inputs", (1_500, 300_000), Memory, decode::run),
        Check::new("nth", "failed calls", (400, 20_000), Memory, nth::run),
        Check::new("truncate", "cuts of a file", (300, (64 << 10) + 1), Memory, truncate::run),
        Check::new("bits", "flipped bits, engine", (2_000, 200_000), Memory, bits::run),
        Check::new("recover", "broken recoveries", (300, 50_000), Memory, recover::run),
        Check::new("kill", "kill -9", (12, 1_000), Process, kill::run).with_records(10_000_000),
        Check::new("power", "power cuts", (8, 1_000), Process, power::run),
        Check::new("wire", "kill -9 of serve", (2, 60), Process, wire::run),
        Check::new("teeth", "times every lie", (1, 5), Process, teeth::run),
    ]
};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if(|word| word == real::child::FLAG).is_some() {
        return match real::child::run(words) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    let arguments = match Arguments::read(words) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("torture: {why}");
            return ExitCode::FAILURE;
        }
    };
    let wanted: Vec<&'static Check> =
        CHECKS.iter().filter(|check| arguments.wants(check.name)).collect();
    if arguments.list {
        wanted.iter().for_each(|check| println!("{}: test", check.name));
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let courses = run_all(&wanted, &arguments);
    course::print_table(&courses);
    let count = |what: fn(&Outcome) -> bool| courses.iter().filter(|c| what(&c.outcome)).count();
    let failed = count(Outcome::failed);
    println!(
        "\ntest result: {}. {} passed; {failed} failed; {} ignored; 0 measured; {} filtered out; \
         finished in {:.2}s\n",
        if failed == 0 { "ok" } else { "FAILED" },
        count(Outcome::passed),
        count(Outcome::skipped),
        CHECKS.len() - courses.len(),
        begun.elapsed().as_secs_f64(),
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the checks, after the one that they rest on; those of a campaign two at a time.
fn run_all(wanted: &[&'static Check], arguments: &Arguments) -> Vec<Course> {
    let course = |check: &'static Check| {
        let mut course = Course::new(check, arguments, wanted.len());
        run(check, &mut course);
        course
    };
    let (first, others): (Vec<_>, Vec<_>) = wanted.iter().partition(|check| check.name == "meta");
    let mut courses: Vec<Course> = first.into_iter().map(course).collect();
    if courses.iter().any(|course| course.outcome.failed()) {
        println!("chance is not bound to its seed: what the other checks would say is worthless");
        return courses;
    }
    let queue = Mutex::new(VecDeque::from(others));
    let work = |lane| {
        let next = || lane_next(&mut queue.lock().expect("nobody panics with it"), lane);
        iter::from_fn(next).map(course).collect::<Vec<Course>>()
    };
    if arguments.campaign {
        thread::scope(|scope| {
            let beside = scope.spawn(|| work(Lane::Memory));
            courses.extend(work(Lane::Process));
            courses.extend(beside.join().expect("invariant: a check that panics is caught"));
        });
    } else {
        courses.extend(work(Lane::Process));
    }
    let place = |course: &Course| wanted.iter().position(|check| check.name == course.name);
    courses.sort_by_key(place);
    courses
}

/// Checks of real processes come one after the other, so that they do not disturb each other; the
/// one who does them helps with the others at the end.
fn lane_next(queue: &mut VecDeque<&'static Check>, lane: Lane) -> Option<&'static Check> {
    let own = queue.iter().position(|check| check.lane == lane);
    let helps = lane == Lane::Process && !queue.is_empty();
    queue.remove(own.or(helps.then_some(0))?)
}

/// Runs one check; a panic is a failure of the product, with a seed like any other.
fn run(check: &Check, course: &mut Course) {
    let result = catch_unwind(AssertUnwindSafe(|| (check.run)(course)));
    let result = result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", text.unwrap_or("without words")))
    });
    course.end(result);
}
