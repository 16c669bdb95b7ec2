//! Courses side by side, from the same moment of the same world: `watershed what-if`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::arguments::WhatIfTask;
use crate::cli::report::data;
use crate::cli::{CliError, load as disk, looks, simulate};
use crate::command::{Command, WorldCommand};
use crate::cost::{Prices, Trial};
use crate::session::Session;
use crate::sim::ahead::{StreamOutlook, look_ahead};
use crate::sim::{self, SimOutside};
use crate::world::World;

/// A course and what would come of it.
#[derive(Serialize)]
struct Course {
    course: String,
    /// What everything would cost, by the user's own price list, else the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    dollars_per_hour: Option<f64>,
    /// Why a command of it was refused; it was not run then.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    streams: Vec<StreamOutlook>,
}

/// `watershed what-if`. The first course is the world as it is. One that is refused does not end the
/// others.
pub(super) fn what_if(task: &WhatIfTask) -> Result<ExitCode, CliError> {
    let session = disk::session(&task.session)?;
    let prices = looks::prices(task.prices.as_deref())?;
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
    for (course, commands) in as_it_is.into_iter().chain(loads).chain(tried) {
        let fork = world.fork(Box::new(SimOutside::new(disk::files(&session)?)))?;
        courses.push(run(fork, course, &commands, task.ahead_ms, &prices));
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

fn run(
    fork: World,
    course: String,
    commands: &[WorldCommand],
    ahead_ms: u64,
    prices: &Prices,
) -> Course {
    let mut trial = Trial::default();
    let ran = look_ahead(fork, commands, ahead_ms, &mut |snapshot| {
        trial.see(snapshot, prices);
        ControlFlow::Continue(())
    });
    match ran {
        Ok(streams) => {
            let dollars_per_hour = Some(trial.outlook().map_or(0.0, |outlook| outlook.per_hour));
            Course { course, dollars_per_hour, refused: None, streams }
        }
        Err(why) => {
            let refused = Some(why.to_string());
            Course { course, dollars_per_hour: None, refused, streams: Vec::new() }
        }
    }
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
    let commands = parts.map(command).collect::<Result<Vec<_>, _>>()?;
    match commands.is_empty() {
        true => Err(CliError::Try(format!("`{line}` is no command: `scale orders 8`"))),
        false => Ok(commands),
    }
}

fn table(courses: &[Course]) -> String {
    let mut text = format!(
        "{:<20} {:<36} {:>12} {:>10} {:>7} {:>12} {:>10} {:>10}\n",
        "stream", "course", "taken", "refused", "shards", "shard-hours", "worst age", "$/h of all"
    );
    // A course may make a stream that others do not have.
    let all = courses.iter().flat_map(|course| &course.streams);
    let streams: BTreeSet<&str> = all.map(|outlook| outlook.stream.as_str()).collect();
    for stream in streams {
        for course in courses {
            let found = course.streams.iter().find(|outlook| outlook.stream == stream);
            let told = match (&course.refused, found) {
                (Some(why), _) => format!("refused: {why}"),
                (None, Some(outlook)) => figures(outlook, course.dollars_per_hour),
                (None, None) => format!(
                    "{:>12} {:>10} {:>7} {:>12} {:>10} {:>10}",
                    "-", "-", "-", "-", "-", "-"
                ),
            };
            writeln!(text, "{stream:<20} {:<36} {told}", course.course)
                .expect("invariant: a string takes every letter");
        }
    }
    text
}

fn figures(outlook: &StreamOutlook, dollars_per_hour: Option<f64>) -> String {
    format!(
        "{:>12} {:>10} {:>7} {:>12.3} {:>8.1} s {:>10.4}",
        outlook.taken,
        outlook.refused,
        outlook.open_shards,
        outlook.shard_hours,
        outlook.age_max_ms as f64 / 1e3,
        dollars_per_hour.unwrap_or_default()
    )
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
    #[test]
    fn a_course_without_a_command_is_none() {
        for line in ["", ";", " ; "] {
            let why = commands(line).expect_err("it is no course").to_string();
            assert_eq!(why, format!("--try: `{line}` is no command: `scale orders 8`"));
        }
    }

    fn course(course: &str, refused: Option<&str>, streams: &[&str]) -> Course {
        let outlook = |stream: &&str| StreamOutlook {
            stream: (*stream).to_owned(),
            taken: 7,
            refused: 0,
            reads_refused: 0,
            open_shards: 1,
            shard_hours: 0.5,
            age_max_ms: 0,
        };
        Course {
            course: course.to_owned(),
            dollars_per_hour: refused.is_none().then_some(1.0),
            refused: refused.map(str::to_owned),
            streams: streams.iter().map(outlook).collect(),
        }
    }

    #[test]
    fn the_table_has_the_streams_of_all_courses_and_says_what_was_refused() {
        let courses = [
            course("as it is", None, &["orders"]),
            course("create x", None, &["orders", "x"]),
            course("split orders 77", Some("there is no shard 077"), &[]),
        ];
        let text = table(&courses);
        let line = |nth: usize| text.lines().nth(nth).expect("a line").to_owned();
        assert_eq!(text.lines().count(), 7, "{text}");
        assert!(line(3).ends_with(" refused: there is no shard 077"), "{text}");
        assert!(line(4).starts_with("x ") && line(4).ends_with(" -"), "{text}");
        assert!(line(5).starts_with("x ") && line(5).ends_with("1.0000"), "{text}");
    }
}
