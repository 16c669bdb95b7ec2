//! Programs of transforms: of one record any number, whatever the language.
//!
//! A language is a file that makes a [`Program`] (`jq.rs`), a variant of [`Stage`], and an arm in
//! [`compile`]; nothing else of a transform knows which it is.

use std::fmt;

use crate::model::StreamName;
use crate::pipeline::jq;
use crate::pipeline::settings::Stage;

/// What a program is given.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The partition key of the record.
    pub key: &'a str,
    /// Its data.
    pub data: &'a [u8],
    /// The streams that outputs may go to; the first is where they go when nothing is said.
    pub outputs: &'a [StreamName],
}

/// One output of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Where it goes: an index of [`Given::outputs`].
    pub output: usize,
    /// Its partition key, if the program says one.
    pub key: Option<String>,
    /// Its data.
    pub data: Vec<u8>,
}

/// A program, compiled. It may carry a state of its own from record to record of a shard.
///
/// What it may do to one record is bounded, whatever it says: it runs in the step of the world.
pub trait Program: fmt::Debug + Send {
    /// Runs it on one record.
    ///
    /// # Errors
    /// Why the record fails; the state stays as it was.
    fn run(&mut self, given: &Given<'_>) -> Result<Vec<Emitted>, String>;

    /// Do all the streams that it names stand among these?
    ///
    /// # Errors
    /// Which does not, and where it is named.
    fn check_routes(&self, outputs: &[StreamName]) -> Result<(), String>;
}

/// The program of a stage, if it is one.
///
/// # Errors
/// What is wrong with it, where, and what to write instead.
pub fn compile(stage: &Stage) -> Result<Option<Box<dyn Program>>, String> {
    match stage {
        Stage::Jq(code) => Ok(Some(Box::new(jq::Program::compile(code)?))),
        Stage::Keep(_)
        | Stage::Drop(_)
        | Stage::Pick(_)
        | Stage::Rename { .. }
        | Stage::Rekey(_)
        | Stage::Parse(_)
        | Stage::Function(_)
        | Stage::Deaggregate => Ok(None),
    }
}

/// An output by its name.
///
/// # Errors
/// When it is none, with those that there are.
pub fn output_named(name: &str, outputs: &[StreamName]) -> Result<usize, String> {
    outputs.iter().position(|output| output == name).ok_or_else(|| {
        let names: Vec<&str> = outputs.iter().map(StreamName::as_str).collect();
        let names = names.join(", ");
        format!("`{name}` is no output, there is {names}: `--routes {name}` makes it one")
    })
}
