//! The door for libFuzzer: `tests/fuzz/run` builds and starts it. `FUZZ_TARGET` names the target;
//! `FUZZ_FOLDER` is where its seeds (`seeds/`) and its words (`words`) are written before it begins.
#![no_main]

mod targets;

use std::alloc::System;
use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

use cap::Cap;
use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

/// Memory that one process may take: an allocation by an unchecked length ends it, and is found.
const MEMORY_BYTES_MAX: usize = 512 << 20;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, MEMORY_BYTES_MAX);

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fn begin() {
    let wanted = env::var("FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target = TARGETS.iter().find(|target| target.name == wanted);
    let target = target.unwrap_or_else(|| panic!("FUZZ_TARGET is one of {names:?}"));
    TARGET.get_or_init(|| target);
    if let Ok(folder) = env::var("FUZZ_FOLDER") {
        write_seeds(target, Path::new(&folder)).expect("the folder takes seeds");
    }
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("seeds"))?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        fs::write(folder.join("seeds").join(format!("{number:03}")), seed)?;
    }
    let escaped = |word: &str| word.replace('\\', "\\\\").replace('"', "\\\"");
    let words: String =
        target.words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
    fs::write(folder.join("words"), words)
}

fuzz_target!(init: begin(), |input: &[u8]| {
    (TARGET.get().expect("it was begun").check)(input);
});
