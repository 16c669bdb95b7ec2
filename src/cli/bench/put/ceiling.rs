//! The ceiling: the same bytes, batch by batch, with plain writes and the same syncs.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::bench::machine::cpu;
use crate::cli::bench::numbered::KEY_BYTES;
use crate::cli::bench::put::{Load, Round};
use crate::cli::bench::scratch::Scratch;
use crate::model::Level;

/// As often as the live world syncs its log.
const SYNC_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Ceiling {
    load: Load,
    folder: Scratch,
    batch: Vec<u8>,
}

impl Ceiling {
    pub(super) fn new(load: &Load) -> Result<Self, String> {
        let batch = vec![7; (load.record + KEY_BYTES) * load.batch];
        Ok(Self { load: *load, folder: Scratch::new()?, batch })
    }

    /// A new file each time, as a plain log would be.
    pub(super) fn round(&mut self) -> Result<Round, String> {
        let calls = self.load.batches() * u64::from(self.load.writers);
        match self.load.level {
            Level::Memory => Ok(self.copies(calls)),
            Level::Process | Level::Power => self.writes(calls).map_err(|why| why.to_string()),
        }
    }

    fn copies(&self, calls: u64) -> Round {
        let mut round = Round::default();
        let mut log = Vec::new();
        for _ in 0..calls {
            timed(&mut round, || log.extend_from_slice(&self.batch));
        }
        round
    }

    fn writes(&self, calls: u64) -> std::io::Result<Round> {
        let path = self.folder.path().join("plain");
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&path)?;
        let (handle, stop) = (file.try_clone()?, AtomicBool::new(false));
        let each = self.load.level == Level::Power;
        let mut round = Round::default();
        let mut failed = Ok(());
        thread::scope(|scope| {
            if !each {
                scope.spawn(|| sync_now_and_then(&handle, &stop));
            }
            for _ in 0..calls {
                timed(&mut round, || {
                    let written = file.write_all(&self.batch);
                    let done = written.and_then(|()| if each { file.sync_data() } else { Ok(()) });
                    failed = std::mem::replace(&mut failed, Ok(())).and(done);
                });
            }
            stop.store(true, Ordering::Relaxed);
        });
        // The next round, which is the other side's, begins with a quiet disk.
        failed.and_then(|()| file.sync_data()).map(|()| round)
    }
}

fn sync_now_and_then(file: &File, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        // A disk that fails here fails the writes as well.
        let _ = file.sync_data();
        thread::sleep(SYNC_EVERY);
    }
}

/// Counts a call.
pub(super) fn timed<T>(round: &mut Round, call: impl FnOnce() -> T) -> T {
    let (began, busy) = (Instant::now(), cpu());
    let result = call();
    round.cpu += (cpu() - busy).as_secs_f64();
    let seconds = began.elapsed().as_secs_f64();
    round.seconds += seconds;
    round.calls.push(seconds * 1e6);
    result
}
