//! The pictures of the README are drawn by the program: those that are committed are those that it
//! draws.

use std::fs;
use std::path::Path;
use std::process::Command;

const INTO: &str = "tests/pictures";

/// The commands of `.ci/pictures`: arguments, and the name of the file.
fn commands() -> Vec<(Vec<String>, String)> {
    let script = fs::read_to_string(".ci/pictures").expect("the script is there");
    let command = |line: &str| {
        let (arguments, file) = line.strip_prefix("watershed ")?.split_once(" > $into/")?;
        Some((arguments.split(' ').map(str::to_owned).collect(), file.to_owned()))
    };
    script.lines().filter_map(command).collect()
}

#[test]
fn each_committed_picture_is_what_its_command_writes() {
    let commands = commands();
    assert!(commands.len() > 1, "{commands:?}");
    for (arguments, file) in commands {
        let drawn = Command::new(env!("CARGO_BIN_EXE_watershed")).args(&arguments).output();
        let drawn = drawn.expect("the program runs");
        assert!(drawn.status.success(), "{arguments:?}");
        let kept = fs::read(Path::new(INTO).join(&file)).expect("a committed picture");
        // Not `assert_eq`: nobody reads two pictures as bytes.
        assert!(drawn.stdout == kept, "{file} is another one now: look at it, run `.ci/pictures`");
    }
}

#[test]
fn the_readme_shows_every_picture_and_no_other() {
    let readme = fs::read_to_string("README.md").expect("a readme");
    let shown: Vec<&str> = readme
        .split("](tests/pictures/")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(file, _)| file))
        .collect();
    let mut kept: Vec<String> = fs::read_dir(INTO)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    kept.sort();
    let mut drawn: Vec<String> = commands().into_iter().map(|(_, file)| file).collect();
    drawn.sort();
    assert_eq!(kept, drawn);
    assert!(kept.iter().all(|file| shown.contains(&file.as_str())), "{shown:?}");
    assert_eq!(shown.len(), kept.len());
}
