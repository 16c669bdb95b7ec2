//! Session files.

use watershed::session::{Session, builtin};

use super::{Target, seeds_of, text_of};

pub(super) const TARGET: Target = Target {
    name: "sessions",
    check,
    seeds,
    words: &[
        "version: 1",
        "title: ",
        "streams: [",
        "(name: ",
        "shards: ",
        "on_demand",
        "level: ",
        "functions: [",
        "producers: [",
        "mappings: [",
        "readers: [",
        "transforms: [",
        "timeline: [",
        "expect: [",
        "Synthetic((",
        "Simulated",
        "Process",
        "Power",
        "Memory",
        "rate: ",
        "at_s: ",
        "run: ",
        "caption: ",
        "Zipf",
        "Uniform",
        "inf",
        "NaN",
        "-0.0",
        "1e308",
    ],
};

fn check(input: &[u8]) {
    let text = text_of(input);
    match Session::parse("fuzz.ron", text) {
        Ok(session) => {
            let written = session.to_ron();
            let again = Session::parse("written", &written)
                .unwrap_or_else(|why| panic!("{why}\n{written}"));
            assert_eq!(again, session, "{written}");
            assert_eq!(again.to_ron(), written);
            assert!(session.commands().len() >= session.streams.len());
            for cue in &session.timeline {
                cue.command().expect("a session with such a line is refused");
            }
        }
        Err(why) => {
            assert!(why.to_string().starts_with("fuzz.ron:"), "{why}");
            assert!(why.line <= text.lines().count() + 1, "{why}");
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    seeds_of(builtin().iter().map(|(_, text)| *text))
}
