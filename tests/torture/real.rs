//! A process of its own on a real folder: threads that put through the live world, shards that
//! split and merge beside them, until it is killed. What it tells is what was acknowledged to it.

pub(crate) mod child;
mod folder;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use watershed::model::Level;

pub(crate) use folder::{Folder, Loss, Scratch};

/// One thread of one process, for numbers that nobody else has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Writer {
    pub(crate) cycle: u64,
    pub(crate) thread: u64,
}

impl Writer {
    /// The number of this writer's `nth` record.
    pub(crate) fn number(self, nth: u64) -> u64 {
        self.cycle << 40 | self.thread << 32 | nth
    }

    /// The writer and the place in its row.
    pub(crate) fn of(number: u64) -> (Self, u64) {
        let writer = Self { cycle: number >> 40, thread: number >> 32 & 0xff };
        (writer, number & 0xffff_ffff)
    }
}

/// What was acknowledged, and when that was heard: how many records of each writer.
pub(crate) type Told = BTreeMap<Writer, Vec<(Instant, u64)>>;

/// A process that puts.
pub(crate) struct Putter {
    child: Child,
    told: Arc<Mutex<Told>>,
    listener: Option<JoinHandle<()>>,
}

impl Putter {
    /// Starts a process on a folder.
    pub(crate) fn start(folder: &Path, cycle: u64, level: Level) -> Result<Self, String> {
        let failed = |why: std::io::Error| format!("the process does not start: {why}");
        let program = std::env::current_exe().map_err(failed)?;
        let mut child = Command::new(program)
            .arg(child::FLAG)
            .arg(folder)
            .args([&cycle.to_string(), level.word()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let told = Arc::new(Mutex::new(Told::new()));
        let pipe = child.stdout.take().ok_or("the process tells nothing")?;
        let heard = Arc::clone(&told);
        let listener = thread::spawn(move || {
            let mut lines = BufReader::new(pipe);
            let mut line = String::new();
            // A line that is not whole was not told.
            while lines.read_line(&mut line).is_ok_and(|len| len > 0) && line.ends_with('\n') {
                let mut words = line.split_whitespace().map(str::parse);
                if let (Some(Ok(thread)), Some(Ok(count))) = (words.next(), words.next()) {
                    let writer = Writer { cycle, thread };
                    let mut told = heard.lock().expect("nobody panics with it");
                    told.entry(writer).or_default().push((Instant::now(), count));
                }
                line.clear();
            }
        });
        Ok(Self { child, told, listener: Some(listener) })
    }

    /// Kills it, and minds that there was somebody to kill; gives all that it told.
    pub(crate) fn kill(mut self) -> Result<Told, String> {
        let failed = |why: std::io::Error| format!("the process cannot be killed: {why}");
        if let Some(status) = self.child.try_wait().map_err(failed)? {
            let mut said = String::new();
            if let Some(pipe) = self.child.stderr.take() {
                BufReader::new(pipe).lines().map_while(Result::ok).for_each(|line| said += &line);
            }
            return Err(format!("the process ended by itself: {status}: {said}"));
        }
        self.end().map_err(failed)
    }

    /// Kills it if it is still there; gives all that it told.
    pub(crate) fn end(&mut self) -> Result<Told, std::io::Error> {
        // One that has ended by itself needs no killing.
        let _ = self.child.kill();
        self.child.wait()?;
        if let Some(listener) = self.listener.take() {
            listener.join().expect("the listener does not panic");
        }
        Ok(std::mem::take(&mut *self.told.lock().expect("nobody panics with it")))
    }
}

impl Drop for Putter {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
