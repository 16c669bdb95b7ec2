//! Floor 5: arguments, files, and the wiring of edges. The only place that speaks to standard
//! output and standard error: data to the first, talk to the second.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the outermost edge"
)]

mod ahead;
mod arguments;
mod bench;
mod cast;
mod check;
mod client;
mod console;
mod desk;
mod editor;
mod error;
mod home;
mod keys;
mod load;
mod log;
mod looks;
mod manual;
mod progress;
mod report;
mod run;
mod schema;
mod screenshot;
mod serve;
mod simulate;
mod tls;
mod wardrobe;
mod what_if;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::generate;

pub use error::CliError;

use arguments::{Arguments, ConfigTask, LogTask, SessionTask, Task};

/// Runs the program with the process' own arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match dispatch(arguments) {
        Ok(code) => code,
        Err(error) => {
            let hint = error.hint().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
            report::talk(&format!("error: {error}\n{hint}"));
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<ExitCode, CliError> {
    match arguments.task {
        None => console::console(&arguments.screen),
        Some(Task::Run(task)) => run::headless(&task),
        Some(Task::Serve(task)) => serve::serve(&task),
        Some(Task::Put(task)) => client::put(&task),
        Some(Task::Tail(task)) => client::tail(&task),
        Some(Task::Streams(at)) => client::streams(&at),
        Some(Task::Describe(task)) if task.session => client::take(&task),
        Some(Task::Describe(task)) => client::describe(&task.at, &task.stream),
        Some(Task::Stream(task)) => client::change(&task),
        Some(Task::Simulate(task)) => simulate::simulate(&task),
        Some(Task::WhatIf(task)) => what_if::what_if(&task),
        Some(Task::Check(task)) => check::check(&task),
        Some(Task::Cast(task)) => cast::cast(&task),
        Some(Task::Screenshot(task)) => screenshot::screenshot(&task),
        Some(Task::Session(SessionTask::Check { file })) => load::check(&file),
        Some(Task::Log(LogTask::Verify { folder, json })) => log::verify(&folder, json),
        Some(Task::Log(LogTask::Dump { folder, records })) => log::dump(&folder, records),
        Some(Task::Sessions) => load::list_sessions(),
        Some(Task::Themes) => looks::list_themes(),
        Some(Task::Keys { keys }) => keys::print(keys.as_deref()),
        Some(Task::Config(ConfigTask::Path)) => home::paths(),
        Some(Task::Schema { of }) => schema::print(of),
        Some(Task::Man) => manual::print(),
        Some(Task::Bench(task)) => bench::bench(&task),
        Some(Task::BenchChild(task)) => bench::child(task),
        Some(Task::Completions { shell }) => {
            let mut script = Vec::new();
            generate(shell, &mut Arguments::command(), "watershed", &mut script);
            report::data(&String::from_utf8_lossy(&script))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
