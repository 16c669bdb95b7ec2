//! What a world sees of the outside, and what the outside sees of it: numbered lines go in, and
//! come out of an archive. Both outlive the world.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use watershed::model::Millis;
use watershed::pipeline::outside::{Endpoint, Invoker};
use watershed::pipeline::settings::FunctionSettings;
use watershed::pipeline::{Outside, Sink, Source, SourcePoll};

/// Keys that lines share.
const KEYS: u64 = 40;

/// The key whose lines are copied: a transform begins anew after each crash.
pub(super) const COPIED: &str = "key-7";

/// Is the line of that number copied?
pub(super) fn is_copied(number: u64) -> bool {
    line_of(number).split(' ').next() == Some(COPIED)
}

/// The line of a number: its key, then the number.
pub(super) fn line_of(number: u64) -> String {
    format!("key-{} {number}", number % KEYS)
}

/// The number of a line.
pub(super) fn number_of(line: &str) -> Option<u64> {
    let number = line.split(' ').nth(1)?.parse().ok()?;
    (line_of(number) == line).then_some(number)
}

/// What went in and what came out.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The number of the next line.
    pub(super) next: u64,
    /// Was the line of that number ever archived?
    pub(super) archived: Vec<bool>,
    /// What was archived since the world began, in order.
    pub(super) row: Vec<u64>,
    /// Lines in the archive that nobody wrote.
    pub(super) wrong: u64,
}

/// The far side of the doors.
#[derive(Clone, Debug, Default)]
pub(super) struct Beyond(Arc<Mutex<Ledger>>);

impl Beyond {
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next_number(&self) -> u64 {
        let mut ledger = self.ledger();
        ledger.next += 1;
        ledger.next - 1
    }
}

impl Source for Beyond {
    fn poll(&mut self, _now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        into.push_str(&line_of(self.next_number()));
        Ok(SourcePoll::Line)
    }
}

impl Sink for Beyond {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut ledger = self.ledger();
        for line in String::from_utf8_lossy(bytes).lines() {
            let Some(number) = number_of(line).filter(|number| *number < ledger.next) else {
                ledger.wrong += 1;
                continue;
            };
            let at = usize::try_from(number).expect("it is small");
            if ledger.archived.len() <= at {
                ledger.archived.resize(at + 1, false);
            }
            ledger.archived[at] = true;
            ledger.row.push(number);
        }
        Ok(())
    }
}

impl Outside for Beyond {
    fn open_file(&mut self, _path: &Path) -> Result<Box<dyn Source>, String> {
        Ok(Box::new(self.clone()))
    }

    fn open_stdin(&mut self) -> Result<Box<dyn Source>, String> {
        Err("there is no standard input here".to_owned())
    }

    fn open_function(&mut self, _: &FunctionSettings) -> Result<Option<Box<dyn Invoker>>, String> {
        Ok(None)
    }

    fn open_host(&mut self, _seed: u64) -> Result<Box<dyn Source>, String> {
        Err("there is no host here".to_owned())
    }

    fn open_sink(&mut self, _path: &Path) -> Result<Box<dyn Sink>, String> {
        Ok(Box::new(self.clone()))
    }

    fn open_endpoint(&mut self, _url: &str, _seed: u64) -> Result<Box<dyn Endpoint>, String> {
        Err("there is no endpoint here".to_owned())
    }
}
