//! Every decoder of the program, and what must hold of it whatever bytes it is given: nothing
//! panics, what is taken is written back the same, what is refused is refused in words, and
//! nothing is changed by looking.
//!
//! A check panics when something does not hold. The fuzzer calls these functions, and so does
//! `tests/torture`, which compiles this folder as a module of its own and goes through the seeds
//! in each run.

mod catalog;
mod commands;
mod folder;
mod requests;
mod sessions;
mod stages;
mod themes;
mod tokens;

/// One kind of input.
pub(crate) struct Target {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Panics when something does not hold of these bytes.
    pub(crate) check: fn(&[u8]),
    /// Inputs to begin with, written by the program itself.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Words that inputs are made of.
    pub(crate) words: &'static [&'static str],
}

/// All kinds of input.
pub(crate) const TARGETS: [Target; 8] = [
    folder::TARGET,
    catalog::TARGET,
    tokens::TARGET,
    sessions::TARGET,
    themes::TARGET,
    commands::TARGET,
    stages::TARGET,
    requests::TARGET,
];

/// The bytes as text, as far as they are text.
fn text_of(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(why) => std::str::from_utf8(&bytes[..why.valid_up_to()]).unwrap_or_default(),
    }
}

/// The first byte, which chooses, and the rest.
fn choice(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}

fn seeds_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Vec<u8>> {
    texts.into_iter().map(|text| text.as_bytes().to_vec()).collect()
}
