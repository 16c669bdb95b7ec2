//! Stages of a transform, ready to run on one record after another.
//!
//! A record is read as JSON when the first stage needs a field, and written back only when a stage
//! changed it: a record that is merely kept leaves as the bytes that came.
//! Errors are sentences with a piece of the record.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::{StageTally, StreamName};
use crate::pipeline::fields::{self, text};
use crate::pipeline::program::{self, Emitted, Given, Program};
use crate::pipeline::settings::{LineFormat, Stage};

mod line;

/// How much of a record an error shows, characters.
const PIECE_CHARS: usize = 60;

/// What the stages made of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A record to put: its new key, if a stage set one, and its new data, if a stage changed it.
    Keep {
        /// The new partition key.
        key: Option<String>,
        /// The new data.
        data: Option<Vec<u8>>,
    },
    /// What a program put out in its place, one or more.
    Many(Vec<Emitted>),
    /// A stage dropped it.
    Drop,
}

/// What one stage made of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A program put out these in its place, one or more.
    Made(Vec<Emitted>),
    /// It goes on, with this key and this data.
    Kept {
        /// Its key.
        key: String,
        /// Its data.
        data: Vec<u8>,
    },
    /// It was dropped.
    Dropped,
    /// The stage could not handle it.
    Failed(String),
    /// Nobody knows: a function is not invoked to see what it makes of a record.
    Unknown,
}

/// Stages in order, with what each of them did.
#[derive(Debug)]
pub struct Stages {
    stages: Vec<Stage>,
    tallies: Vec<StageTally>,
    /// The program of the last stage, with what it carries from record to record.
    program: Option<Box<dyn Program>>,
    outputs: Vec<StreamName>,
}

impl Stages {
    /// Takes stages that were checked, and the streams that a program may route to.
    #[must_use]
    pub fn new(stages: Vec<Stage>, outputs: Vec<StreamName>) -> Self {
        let tallies = vec![StageTally::default(); stages.len()];
        let program = stages.last().and_then(|stage| program::compile(stage).ok().flatten());
        Self { stages, tallies, program, outputs }
    }

    /// What each stage did so far.
    #[must_use]
    pub fn tallies(&self) -> &[StageTally] {
        &self.tallies
    }

    /// What the function did that is the first stage. Whoever invokes it counts here.
    pub fn function_tally(&mut self) -> &mut StageTally {
        self.tallies.first_mut().expect("invariant: stages that were checked are one or more")
    }

    /// What each stage makes of a record, up to the one that drops it or cannot handle it; nothing
    /// is counted.
    #[must_use]
    pub fn trace(
        &mut self,
        key: &str,
        data: &[u8],
        nanos: &dyn Fn() -> Option<u64>,
    ) -> Vec<(Step, Option<u64>)> {
        let mut record = Work { data, value: None, changed: false, key: None };
        let mut steps = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let began = nanos();
            if matches!(stage, Stage::Function(_)) {
                steps.push((Step::Unknown, None));
                break;
            }
            let took = || Some(nanos()?.saturating_sub(began?));
            let (step, took) = match (stage, &mut self.program) {
                (Stage::Jq(_), Some(program)) => {
                    let key = record.key.as_deref().unwrap_or(key);
                    let data = record.bytes();
                    let made = program.run(&Given { key, data: &data, outputs: &self.outputs });
                    (made_step(made), took())
                }
                _ => {
                    let applied = record.apply(stage);
                    let took = took();
                    (record.step(applied, key), took)
                }
            };
            let goes_on = matches!(step, Step::Kept { .. });
            steps.push((step, took));
            if !goes_on {
                break;
            }
        }
        steps
    }

    /// Runs all stages on the data of one record, but for a function, which was invoked before.
    ///
    /// # Errors
    /// A sentence with a piece of the record, when a stage cannot handle it.
    pub fn run(&mut self, key: &str, data: &[u8]) -> Result<Outcome, String> {
        let mut record = Work { data, value: None, changed: false, key: None };
        for (stage, tally) in self.stages.iter().zip(&mut self.tallies) {
            if matches!(stage, Stage::Function(_)) {
                continue;
            }
            tally.in_records += 1;
            if let (Stage::Jq(_), Some(program)) = (stage, &mut self.program) {
                let own = record.key.take();
                let (key, data) = (own.as_deref().unwrap_or(key), &record.bytes());
                let given = Given { key, data, outputs: &self.outputs };
                return made(program.run(&given), own.as_deref(), tally)
                    .map_err(|why| format!("{why}: {}", piece(record.data)));
            }
            match record.apply(stage) {
                Ok(true) => {}
                Ok(false) => {
                    tally.dropped_records += 1;
                    return Ok(Outcome::Drop);
                }
                Err(why) => {
                    tally.failed_records += 1;
                    return Err(format!("{why}: {}", piece(data)));
                }
            }
        }
        let data = record.written();
        Ok(Outcome::Keep { key: record.key, data })
    }
}

/// What a program made of a record, counted. What it gives no key has the one that an earlier stage
/// gave.
fn made(
    emitted: Result<Vec<Emitted>, String>,
    key: Option<&str>,
    tally: &mut StageTally,
) -> Result<Outcome, String> {
    match emitted {
        Ok(emitted) if emitted.is_empty() => {
            tally.dropped_records += 1;
            Ok(Outcome::Drop)
        }
        Ok(mut emitted) => {
            let keyless = emitted.iter_mut().filter(|one| one.key.is_none());
            keyless.for_each(|one| one.key = key.map(str::to_owned));
            Ok(Outcome::Many(emitted))
        }
        Err(why) => {
            tally.failed_records += 1;
            Err(why)
        }
    }
}

/// What a program made of a record, to be looked at.
fn made_step(emitted: Result<Vec<Emitted>, String>) -> Step {
    match emitted {
        Ok(emitted) if emitted.is_empty() => Step::Dropped,
        Ok(emitted) => Step::Made(emitted),
        Err(why) => Step::Failed(why),
    }
}

struct Work<'a> {
    data: &'a [u8],
    value: Option<Value>,
    changed: bool,
    key: Option<String>,
}

impl Work<'_> {
    fn value(&mut self) -> Result<&mut Value, String> {
        if self.value.is_none() {
            let read = serde_json::from_slice(self.data);
            self.value = Some(read.map_err(|error| format!("not JSON ({error})"))?);
        }
        Ok(self.value.as_mut().expect("it was read above"))
    }

    /// What a stage made of it, to be looked at.
    fn step(&self, applied: Result<bool, String>, key: &str) -> Step {
        match applied {
            Ok(true) => Step::Kept {
                key: self.key.clone().unwrap_or_else(|| key.to_owned()),
                data: self.bytes().into_owned(),
            },
            Ok(false) => Step::Dropped,
            Err(why) => Step::Failed(why),
        }
    }

    /// The data as it stands.
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.written().map_or(Cow::Borrowed(self.data), Cow::Owned)
    }

    /// The data, if a stage changed it.
    fn written(&self) -> Option<Vec<u8>> {
        let value = self.value.as_ref().filter(|_| self.changed)?;
        Some(serde_json::to_vec(value).expect("invariant: what was read as JSON can be written"))
    }

    /// Applies a stage; says whether the record is kept.
    fn apply(&mut self, stage: &Stage) -> Result<bool, String> {
        match stage {
            Stage::Keep(condition) => return Ok(fields::holds(condition, self.value()?)),
            Stage::Drop(condition) => return Ok(!fields::holds(condition, self.value()?)),
            Stage::Pick(pointers) => {
                let picked = pick(self.value()?, pointers);
                self.replace(picked);
            }
            Stage::Rename { from, to } => {
                let fields = self.value()?.as_object_mut().ok_or("not a JSON object")?;
                if let Some(value) = fields.remove(from) {
                    fields.insert(to.clone(), value);
                    self.changed = true;
                }
            }
            Stage::Rekey(pointer) => {
                let field = self.value()?.pointer(pointer).and_then(text);
                let key = field.map(Cow::into_owned).unwrap_or_default();
                if key.is_empty() || key.chars().count() > 256 {
                    return Err(format!("no text of 1 to 256 characters at {pointer} for the key"));
                }
                self.key = Some(key);
            }
            Stage::Parse(format) => {
                let line = std::str::from_utf8(self.data).map_err(|_| "not UTF-8".to_owned())?;
                let parsed = parse_line(format, line)?;
                self.replace(parsed);
            }
            // It was compiled when the stages were taken, and is run by who has it.
            Stage::Function(_) | Stage::Deaggregate => {}
            Stage::Jq(_) => return Err("the program cannot be compiled".to_owned()),
        }
        Ok(true)
    }

    fn replace(&mut self, value: Value) {
        self.value = Some(value);
        self.changed = true;
    }
}

/// Makes a line into a JSON object.
///
/// # Errors
/// Says what the line lacks.
pub fn parse_line(format: &LineFormat, line: &str) -> Result<Value, String> {
    let line = line.trim_end_matches(['\r', '\n']);
    match format {
        LineFormat::Common => line::access(line, false),
        LineFormat::Combined => line::access(line, true),
        LineFormat::Logfmt => line::logfmt(line),
        LineFormat::Csv(columns) => line::csv(line, columns),
    }
}

/// The first characters of a record, for messages.
#[must_use]
pub fn piece(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(&data[..data.len().min(4 * PIECE_CHARS)]);
    let mut piece: String = text.chars().take(PIECE_CHARS).collect();
    if piece.len() < data.len() {
        piece.push_str("...");
    }
    let shown = |c: char| match c.is_control() {
        true => c.escape_debug().to_string(),
        false => c.to_string(),
    };
    format!("`{}`", piece.chars().map(shown).collect::<String>())
}

fn pick(value: &Value, pointers: &[String]) -> Value {
    let mut picked = Map::new();
    for pointer in pointers {
        if let Some(field) = value.pointer(pointer) {
            let name = pointer.rsplit('/').next().unwrap_or(pointer);
            picked.insert(name.replace("~1", "/").replace("~0", "~"), field.clone());
        }
    }
    Value::Object(picked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::settings::Condition;

    fn run(stages: Vec<Stage>, data: &str) -> Result<Outcome, String> {
        Stages::new(stages, Vec::new()).run("k", data.as_bytes())
    }

    fn kept(key: Option<&str>, data: Option<&str>) -> Result<Outcome, String> {
        let data = data.map(|data| data.as_bytes().to_vec());
        Ok(Outcome::Keep { key: key.map(str::to_owned), data })
    }

    #[test]
    fn records_are_kept_and_dropped_by_a_field() {
        let failed = || Condition::Above("/status".into(), 499.0);
        let (bad, good) = (r#"{"status":500}"#, r#"{"status":200}"#);
        assert_eq!(run(vec![Stage::Keep(failed())], bad), kept(None, None));
        assert_eq!(run(vec![Stage::Keep(failed())], good), Ok(Outcome::Drop));
        assert_eq!(run(vec![Stage::Drop(failed())], bad), Ok(Outcome::Drop));
        assert_eq!(run(vec![Stage::Drop(failed())], good), kept(None, None));
    }

    #[test]
    fn fields_are_picked_renamed_and_made_into_the_key() {
        let data = r#"{"user":{"id":7},"x":1,"y":2}"#;
        let stages = vec![
            Stage::Rekey("/user/id".into()),
            Stage::Pick(vec!["/user/id".into(), "/y".into(), "/none".into()]),
            Stage::Rename { from: "y".into(), to: "z".into() },
        ];
        assert_eq!(run(stages, data), kept(Some("7"), Some(r#"{"id":7,"z":2}"#)));
    }

    #[test]
    fn a_program_is_the_last_stage_and_makes_any_number_of_records() {
        let jq = |code: &str| Stage::Jq(code.to_owned());
        let one = |key: Option<&str>, data: &str| Emitted {
            output: 0,
            key: key.map(str::to_owned),
            data: data.as_bytes().to_vec(),
        };
        let data = r#"{"user":"u","items":[1,2]}"#;
        let many = run(vec![Stage::Rekey("/user".into()), jq(".items[] | {n: .}")], data);
        let wanted = vec![one(Some("u"), r#"{"n":1}"#), one(Some("u"), r#"{"n":2}"#)];
        assert_eq!(many, Ok(Outcome::Many(wanted)));
        assert_eq!(run(vec![jq("empty")], data), Ok(Outcome::Drop));
        let mut stages =
            Stages::new(vec![jq("state(($state // 0) + 1) | {n: ($state // 0)}")], Vec::new());
        let second = [0, 1].map(|_| stages.run("k", data.as_bytes()))[1].clone();
        assert_eq!(second, Ok(Outcome::Many(vec![one(None, r#"{"n":1}"#)])));
        assert_eq!(stages.tallies()[0].out_records(), 2);
        let failed = run(vec![jq(".user + 1")], data).expect_err("no sum");
        assert!(failed.ends_with('`'), "{failed}");
    }

    #[test]
    fn errors_show_a_piece_of_the_record() {
        let error = run(vec![Stage::Rekey("/a".into())], "hello").expect_err("it is no JSON");
        assert!(error.starts_with("not JSON") && error.ends_with("`hello`"), "{error}");
        let error = run(vec![Stage::Rekey("/a".into())], r#"{"a":""}"#).expect_err("no key");
        assert!(error.starts_with("no text of 1 to 256 characters at /a"), "{error}");
    }
}
