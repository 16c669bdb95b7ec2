//! The doors of a pipeline: lines come in by a [`Source`], bytes go out by a [`Sink`], documents by an
//! [`Endpoint`], functions run behind an [`Invoker`].
//!
//! `live` opens real files, the standard input and the host's sensors; `sim` opens seeded ones.

use std::path::Path;

use crate::model::Millis;
use crate::pipeline::settings::FunctionSettings;

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

/// An endpoint that takes documents, one at a time. Never blocks.
pub trait Endpoint: Send {
    /// Begins to give it one.
    fn post(&mut self, now: Millis, document: &[u8]);
    /// What came of the last one, once, as soon as that is known. It will be, whatever happens.
    fn poll(&mut self, now: Millis) -> Option<Result<(), String>>;
}

/// An invocation on its way to a function outside of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    /// The world's own number for it.
    pub id: u64,
    /// The id that the function is told.
    pub request: String,
    /// The event, JSON.
    pub event: Vec<u8>,
}

/// What came of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// Which.
    pub id: u64,
    /// What the function answered, or why it failed.
    pub answer: Result<Vec<u8>, String>,
    /// How long it took, the start of its instance apart, milliseconds.
    pub ms: f64,
    /// How long its instance took to start, milliseconds, if it had to.
    pub init_ms: Option<f64>,
}

/// A function outside of the world. Never blocks; the world is told outcomes by its driver.
pub trait Invoker: Send {
    /// Begins an invocation. Its outcome will come, whatever happens.
    fn invoke(&mut self, invoke: Invoke);
    /// Nobody waits for the outcome any more.
    fn cancel(&mut self, id: u64);
}

/// Opens functions outside of the world.
pub trait Runner: Send {
    /// A function that is to run outside; `None` for one that does not.
    ///
    /// # Errors
    /// A sentence that says why it cannot be run.
    fn open(&mut self, settings: &FunctionSettings) -> Result<Option<Box<dyn Invoker>>, String>;
    /// An endpoint that is posted documents.
    ///
    /// # Errors
    /// A sentence that says why it cannot be asked.
    fn open_endpoint(&mut self, url: &str) -> Result<Box<dyn Endpoint>, String>;
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
    /// A function that runs outside; `None` where it is only modelled.
    ///
    /// # Errors
    /// A sentence that says why it cannot be run.
    fn open_function(
        &mut self,
        settings: &FunctionSettings,
    ) -> Result<Option<Box<dyn Invoker>>, String>;
    /// A file to append to, created if need be.
    ///
    /// # Errors
    /// A sentence that names the file and says why it cannot be written.
    fn open_sink(&mut self, path: &Path) -> Result<Box<dyn Sink>, String>;
    /// An endpoint that is posted documents; `seed` matters in simulation. Whether anybody is there
    /// shows when one is posted.
    ///
    /// # Errors
    /// A sentence that says why none can be.
    fn open_endpoint(&mut self, url: &str, seed: u64) -> Result<Box<dyn Endpoint>, String>;

    /// Nanoseconds by a clock that only goes forward, to tell how long work takes; none where time
    /// is not real. Nothing may be decided by it.
    fn nanos(&self) -> Option<u64> {
        None
    }
}
