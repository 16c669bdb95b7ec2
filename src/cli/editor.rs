//! A file of the user's own in the user's editor.

use std::env;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cli::home;

/// What is taken where the user has named no editor.
const EDITOR: &str = "vi";

/// Opens the file in the editor and waits until that is closed; a file that is not there begins with
/// `first`. Answers its text.
///
/// # Errors
/// When the file cannot be written or read, or the editor cannot be started, or gives up.
pub(super) fn edit(path: &Path, first: impl FnOnce() -> String) -> Result<String, String> {
    let shown = path.display();
    if !path.exists() {
        home::write(path, &first()).map_err(|why| format!("`{shown}` cannot be written: {why}"))?;
    }
    open(&wanted(|name| env::var(name).ok()), path)?;
    std::fs::read_to_string(path).map_err(|why| format!("`{shown}` cannot be read: {why}"))
}

/// The editor that the user wants, with its arguments: `code --wait`.
fn wanted(variable: impl Fn(&str) -> Option<String>) -> String {
    let set = |name: &&str| variable(name).filter(|editor| !editor.trim().is_empty());
    ["VISUAL", "EDITOR"].iter().find_map(set).unwrap_or_else(|| EDITOR.to_owned())
}

fn open(editor: &str, path: &Path) -> Result<(), String> {
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or(EDITOR);
    let mut command = Command::new(program);
    command.args(words).arg(path);
    // Standard input may be the lines of a stream; an editor wants the keys.
    if let Ok(keys) = File::open("/dev/tty") {
        command.stdin(Stdio::from(keys));
    }
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{editor}` ended with {status}")),
        Err(why) => {
            Err(format!("`{program}` cannot be started: {why}; EDITOR names another editor"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_is_the_one_that_was_named() {
        let of = |visual: &'static str, editor: &'static str| {
            wanted(|name| Some(if name == "VISUAL" { visual } else { editor }.to_owned()))
        };
        assert_eq!(of("code --wait", "nano"), "code --wait");
        assert_eq!(of(" ", "nano"), "nano");
        assert_eq!(of("", ""), EDITOR);
    }

    #[test]
    fn an_editor_that_is_not_there_or_gives_up_is_told() {
        let why = open("no-such-editor -x", Path::new("keys.ron")).expect_err("it is not there");
        assert!(why.contains("`no-such-editor`") && why.contains("EDITOR names"), "{why}");
        let why = open("false", Path::new("keys.ron")).expect_err("it gives up");
        assert!(why.starts_with("`false` ended with"), "{why}");
    }
}
