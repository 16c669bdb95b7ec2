//! Courses side by side, from the same moment of the same world: `watershed what-if`.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::arguments::WhatIfTask;
use crate::cli::report::data;
use crate::cli::{CliError, load as disk, simulate};
use crate::command::{Command, WorldCommand};
use crate::cost::{Prices, Trial};
use crate::session::Session;
use crate::sim::ahead::{StreamOutlook, look_ahead};
use crate::sim::{self, SimOutside};

/// A course and what would come of it.
#[derive(Serialize)]
struct Course {
    course: String,
    /// What everything would cost, by the built-in price list.
    dollars_per_hour: f64,
    streams: Vec<StreamOutlook>,
}

/// `watershed what-if`. The first course is the world as it is.
pub(super) fn what_if(task: &WhatIfTask) -> Result<ExitCode, CliError> {
    let session = disk::session(&task.session)?;
    let mut world = simulate::world(&session, task.seed)?;
    let loads = task.loads.iter().map(|times| (format!("load x{times}"), load(&session, *times)));
    let tried: Vec<(String, Vec<WorldCommand>)> = task
        .courses
        .iter()
        .map(|line| Ok((line.clone(), commands(line)?)))
        .collect::<Result<_, CliError>>()?;
    sim::run_for(&mut world, task.at_ms, &mut |_| ());
    let as_it_is = [("as it is".to_owned(), Vec::new())];
    let mut courses = Vec::new();
    let prices = Prices::built_in();
    for (course, commands) in as_it_is.into_iter().chain(loads).chain(tried) {
        let fork = world.fork(Box::new(SimOutside::new(disk::files(&session)?)))?;
        let mut trial = Trial::default();
        let streams = look_ahead(fork, &commands, task.ahead_ms, &mut |snapshot| {
            trial.see(snapshot, &prices);
            ControlFlow::Continue(())
        })?;
        let dollars_per_hour = trial.outlook().map_or(0.0, |outlook| outlook.per_hour);
        courses.push(Course { course, dollars_per_hour, streams });
    }
    let text = match task.json {
        true => {
            let json = serde_json::to_string_pretty(&courses);
            json.map_err(|why| CliError::Output(why.to_string()))? + "\n"
        }
        false => table(&courses),
    };
    data(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What makes every producer of a session so many times as fast.
fn load(session: &Session, times: f64) -> Vec<WorldCommand> {
    let producers = session.producers.iter().map(|producer| producer.name.clone());
    producers.map(|producer| WorldCommand::Rate { producer, factor: times }).collect()
}

/// The commands of a line, apart by `;`.
fn commands(line: &str) -> Result<Vec<WorldCommand>, CliError> {
    let parts = line.split(';').map(str::trim).filter(|part| !part.is_empty());
    let command = |part: &str| match part.parse::<Command>() {
        Ok(Command::World(command)) => Ok(command),
        Ok(Command::View(_)) => {
            let why = format!("`{part}` changes the view, and here the world is looked at");
            Err(CliError::Try(why))
        }
        Err(why) => Err(CliError::Try(why.to_string())),
    };
    parts.map(command).collect()
}

fn table(courses: &[Course]) -> String {
    let mut text = format!(
        "{:<20} {:<36} {:>12} {:>10} {:>7} {:>12} {:>10} {:>10}\n",
        "stream", "course", "taken", "refused", "shards", "shard-hours", "worst age", "$/h of all"
    );
    let streams = courses.first().map(|first| first.streams.as_slice()).unwrap_or_default();
    for stream in streams {
        for course in courses {
            let found = course.streams.iter().find(|other| other.stream == stream.stream);
            let Some(outlook) = found else { continue };
            writeln!(
                text,
                "{:<20} {:<36} {:>12} {:>10} {:>7} {:>12.3} {:>8.1} s {:>10.4}",
                outlook.stream,
                course.course,
                outlook.taken,
                outlook.refused,
                outlook.open_shards,
                outlook.shard_hours,
                outlook.age_max_ms as f64 / 1e3,
                course.dollars_per_hour
            )
            .expect("invariant: a string takes every letter");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It was told of `--view`, which was not given.
    #[test]
    fn what_cannot_be_tried_names_the_flag_that_it_was_given_to() {
        for line in ["splt x", "time live", "split orders 0; nothing"] {
            let why = commands(line).expect_err("it is no course").to_string();
            assert!(why.starts_with("--try: `"), "{why}");
        }
        assert!(commands("split orders 0; scale orders 4").is_ok());
    }
}
