//! The manual page, from what parses arguments, commands and keys.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Command, CommandFactory};

use crate::cli::CliError;
use crate::cli::arguments::Arguments;
use crate::cli::report::data;
use crate::command::{ScreenKind, table};
use crate::console::keymap::Keymap;

/// `watershed man`.
pub(super) fn print() -> Result<ExitCode, CliError> {
    data(&page(&Arguments::command(), &Keymap::default()))?;
    Ok(ExitCode::SUCCESS)
}

/// Text as troff takes it: no line of it is a request, no letter an escape.
fn plain(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

/// A term and what it means.
fn entry(page: &mut String, term: &str, meaning: &str) {
    // Writing into a String does not fail.
    let _ = writeln!(page, ".TP\n.B {}\n{}", plain(term), plain(meaning));
}

fn section(page: &mut String, title: &str) {
    let _ = writeln!(page, ".SH {title}");
}

fn page(program: &Command, keys: &Keymap) -> String {
    let mut page = String::from(".TH WATERSHED 1\n");
    section(&mut page, "NAME");
    let about = program.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, "watershed \\- {}", plain(&about));
    section(&mut page, "SYNOPSIS");
    let _ = writeln!(page, ".B watershed\n[OPTIONS] | TASK ...");
    section(&mut page, "OPTIONS");
    for argument in program.get_arguments() {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        if let Some(long) = argument.get_long() {
            entry(&mut page, &format!("--{long}"), &help);
        }
    }
    section(&mut page, "TASKS");
    for task in program.get_subcommands().filter(|task| !task.is_hide_set()) {
        let about = task.get_about().map(ToString::to_string).unwrap_or_default();
        entry(&mut page, &format!("watershed {}", task.get_name()), &about);
    }
    section(&mut page, "COMMANDS");
    let _ =
        writeln!(page, "Typed behind a colon, bound to keys, and, where they change the world, in");
    let _ = writeln!(page, "the timelines of sessions.");
    for spec in table() {
        let aliases = match spec.aliases {
            [] => String::new(),
            names => format!(" Also: {}.", names.join(", ")),
        };
        let undo = match spec.undo {
            "" => String::new(),
            undo => format!(" Undo: {undo}."),
        };
        entry(&mut page, spec.syntax, &format!("{}.{aliases}{undo}", spec.summary));
    }
    section(&mut page, "KEYS");
    for kind in ScreenKind::ALL {
        let _ = writeln!(page, ".SS Screen {}", kind.word());
        for bound in keys.on(kind) {
            entry(&mut page, &bound.key.to_string(), &bound.line());
        }
    }
    section(&mut page, "FILES");
    entry(
        &mut page,
        "~/.config/watershed/keys.ron",
        "Keys of one's own; `watershed keys` writes a file to start from.",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_command_task_and_key() {
        let page = page(&Arguments::command(), &Keymap::default());
        for spec in table() {
            assert!(page.contains(&plain(spec.syntax)), "{}", spec.syntax);
        }
        for word in ["watershed simulate", "ctrl\\-p", "Screen heat", "\\-\\-read\\-only"] {
            assert!(page.contains(word), "{word}");
        }
        for line in page.lines().filter(|line| line.starts_with('.')) {
            let known = [".TH", ".SH", ".SS", ".TP", ".B "];
            assert!(known.iter().any(|request| line.starts_with(request)), "{line}");
        }
    }
}
