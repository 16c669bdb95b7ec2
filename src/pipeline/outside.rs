//! The doors of a pipeline: lines come in by a [`Source`], bytes go out by a [`Sink`].
//!
//! `live` opens real files, the standard input and the host's sensors; `sim` opens seeded ones.

use std::path::Path;

use crate::model::Millis;

/// What a source has right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcePoll {
    /// A line was appended to the buffer.
    Line,
    /// Nothing now; ask again.
    Pending,
    /// Nothing will come any more.
    Ended,
}

/// Lines from outside. Never blocks.
pub trait Source: Send {
    /// Appends the next line (without its end) to `into`, if there is one.
    ///
    /// # Errors
    /// A sentence that names the source and says what failed; the source has then ended.
    fn poll(&mut self, now: Millis, into: &mut String) -> Result<SourcePoll, String>;
}

/// Bytes to the outside.
pub trait Sink: Send {
    /// Appends bytes; they have reached the operating system when this returns.
    ///
    /// # Errors
    /// A sentence that names the file and says what failed.
    fn append(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// Opens doors.
pub trait Outside: Send {
    /// A file, line by line.
    ///
    /// # Errors
    /// A sentence that names the file and says why it cannot be read.
    fn open_file(&mut self, path: &Path) -> Result<Box<dyn Source>, String>;
    /// The standard input, line by line. There is only one.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn open_stdin(&mut self) -> Result<Box<dyn Source>, String>;
    /// The host's telemetry, a handful of JSON lines each second; `seed` matters in simulation.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn open_host(&mut self, seed: u64) -> Result<Box<dyn Source>, String>;
    /// A file to append to, created if need be.
    ///
    /// # Errors
    /// A sentence that names the file and says why it cannot be written.
    fn open_sink(&mut self, path: &Path) -> Result<Box<dyn Sink>, String>;
}
