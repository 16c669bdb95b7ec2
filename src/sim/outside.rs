//! Doors that lead nowhere real.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::model::Millis;
use crate::pipeline::outside::{Endpoint, Invoker};
use crate::pipeline::settings::FunctionSettings;
use crate::pipeline::{Outside, Sink, Source, SourcePoll};
use crate::sim::host::SimHost;

/// Files in memory, an empty standard input, a made-up host.
#[derive(Default)]
pub struct SimOutside {
    files: BTreeMap<PathBuf, String>,
}

impl SimOutside {
    /// Doors behind which these files stand, by path.
    #[must_use]
    pub fn new(files: BTreeMap<PathBuf, String>) -> Self {
        Self { files }
    }
}

impl Outside for SimOutside {
    fn open_file(&mut self, path: &Path) -> Result<Box<dyn Source>, String> {
        let Some(text) = self.files.get(path) else {
            return Err(format!("`{}` was not given to the simulation", path.display()));
        };
        Ok(Box::new(TextSource { text: text.clone(), at: 0 }))
    }

    fn open_stdin(&mut self) -> Result<Box<dyn Source>, String> {
        Ok(Box::new(TextSource { text: String::new(), at: 0 }))
    }

    fn open_host(&mut self, seed: u64) -> Result<Box<dyn Source>, String> {
        Ok(Box::new(SimHost::new(seed)))
    }

    /// Nothing runs in virtual time: a function takes as long as its settings say.
    fn open_function(&mut self, _: &FunctionSettings) -> Result<Option<Box<dyn Invoker>>, String> {
        Ok(None)
    }

    fn open_sink(&mut self, _path: &Path) -> Result<Box<dyn Sink>, String> {
        Ok(Box::new(CountingSink::default()))
    }

    fn open_endpoint(&mut self, _url: &str, seed: u64) -> Result<Box<dyn Endpoint>, String> {
        Ok(Box::new(SimEndpoint { random: Pcg64Mcg::seed_from_u64(seed), done: None }))
    }
}

/// Takes documents, each within a fifth of a second.
struct SimEndpoint {
    random: Pcg64Mcg,
    done: Option<Millis>,
}

impl Endpoint for SimEndpoint {
    fn post(&mut self, now: Millis, _document: &[u8]) {
        self.done = Some(now.plus(self.random.random_range(5..200)));
    }

    fn poll(&mut self, now: Millis) -> Option<Result<(), String>> {
        self.done.take_if(|done| *done <= now).map(|_| Ok(()))
    }
}

/// Lines of a text.
struct TextSource {
    text: String,
    at: usize,
}

impl Source for TextSource {
    fn poll(&mut self, _now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        let rest = &self.text[self.at..];
        let Some(line) = rest.split_inclusive('\n').next() else {
            return Ok(SourcePoll::Ended);
        };
        self.at += line.len();
        into.push_str(line.trim_end_matches(['\n', '\r']));
        Ok(SourcePoll::Line)
    }
}

/// Takes bytes and counts them.
#[derive(Default)]
struct CountingSink {
    bytes: u64,
}

impl Sink for CountingSink {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_gives_its_lines_and_ends() {
        let mut source = TextSource { text: "a\r\nb".into(), at: 0 };
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            match source.poll(Millis::ZERO, &mut line) {
                Ok(SourcePoll::Line) => lines.push(line),
                Ok(SourcePoll::Pending | SourcePoll::Ended) => break,
                Err(why) => panic!("{why}"),
            }
        }
        assert_eq!(lines, ["a", "b"]);
    }

    #[test]
    fn a_file_that_was_not_given_is_named() {
        let mut outside = SimOutside::default();
        let error = outside.open_file(Path::new("x.log")).err().expect("it is not there");
        assert!(error.contains("x.log"), "{error}");
    }
}
