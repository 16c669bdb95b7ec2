//! The tests that the field trusts: a log is believed when many have tried to break it.
//!
//! `cargo test` runs a brief round of every check with fixed seeds. For longer:
//!
//! ```text
//! cargo test --release --test torture -- [CHECK...] [--cycles N] [--for 10m] [--seed S] [--records N]
//! ```
//!
//! A table at the end says for each check how many cycles, faults, operations and acknowledged
//! records there were, what a power cut took within the promise of its level, and what was lost
//! beyond it, which fails the check and prints the seed that does it again.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests stand at the edge: files, clocks, processes"
)]

mod arguments;
mod bits;
mod books;
#[allow(dead_code, reason = "the checks of the real process, which come next, use all of it")]
mod course;
mod device;
mod kill;
mod life;
mod meta;
mod model;
mod nth;
mod payload;
#[allow(dead_code, reason = "power cuts, which come next, use all of it")]
mod real;
mod recover;
mod states;
mod teeth;
mod truncate;
mod worlds;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use arguments::Arguments;
use course::{Check, Course, Outcome};

/// Every check, the one that the others rest on first.
const CHECKS: [Check; 10] = [
    Check { name: "meta", brief: 4, run: meta::run },
    Check { name: "model", brief: 6_000, run: model::run },
    Check { name: "states", brief: 1_500, run: states::run },
    Check { name: "nth", brief: 400, run: nth::run },
    Check { name: "truncate", brief: 300, run: truncate::run },
    Check { name: "bits", brief: 2_000, run: bits::run },
    Check { name: "recover", brief: 300, run: recover::run },
    Check { name: "worlds", brief: 24, run: worlds::run },
    Check { name: "kill", brief: 12, run: kill::run },
    Check { name: "teeth", brief: 1, run: teeth::run },
];

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
    let wanted: Vec<&Check> = CHECKS.iter().filter(|check| arguments.wants(check.name)).collect();
    if arguments.list {
        wanted.iter().for_each(|check| println!("{}: test", check.name));
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let mut courses: Vec<Course> = Vec::new();
    for check in &wanted {
        let mut course = Course::new(check, &arguments, wanted.len());
        run(check, &mut course);
        let rests_on_it = check.name == "meta" && course.outcome.failed();
        courses.push(course);
        if rests_on_it {
            println!(
                "chance is not bound to its seed: what the other checks would say is worthless"
            );
            break;
        }
    }
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
