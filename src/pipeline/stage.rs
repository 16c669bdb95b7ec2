//! Stages of a transform, ready to run on one record after another.
//!
//! A record is read as JSON when the first stage needs a field, and written back only when a stage
//! changed it: a record that is merely kept leaves as the bytes that came.
//! Errors are sentences with a piece of the record.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::StageTally;
use crate::pipeline::fields::{self, text};
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
    /// A stage dropped it.
    Drop,
}

/// What one stage made of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
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
}

/// Stages in order, with what each of them did.
#[derive(Clone, Debug)]
pub struct Stages {
    stages: Vec<Stage>,
    tallies: Vec<StageTally>,
}

impl Stages {
    /// Takes stages that were checked.
    #[must_use]
    pub fn new(stages: Vec<Stage>) -> Self {
        let tallies = vec![StageTally::default(); stages.len()];
        Self { stages, tallies }
    }

    /// What each stage did so far.
    #[must_use]
    pub fn tallies(&self) -> &[StageTally] {
        &self.tallies
    }

    /// What each stage makes of a record, up to the one that drops it or cannot handle it; nothing
    /// is counted.
    #[must_use]
    pub fn trace(
        &self,
        key: &str,
        data: &[u8],
        nanos: &dyn Fn() -> Option<u64>,
    ) -> Vec<(Step, Option<u64>)> {
        let mut record = Work { data, value: None, changed: false, key: None };
        let mut steps = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let began = nanos();
            let applied = record.apply(stage);
            let took = nanos().zip(began).map(|(ended, began)| ended.saturating_sub(began));
            let step = match applied {
                Ok(true) => Step::Kept {
                    key: record.key.clone().unwrap_or_else(|| key.to_owned()),
                    data: record.written().unwrap_or_else(|| data.to_vec()),
                },
                Ok(false) => Step::Dropped,
                Err(why) => Step::Failed(why),
            };
            let goes_on = matches!(step, Step::Kept { .. });
            steps.push((step, took));
            if !goes_on {
                break;
            }
        }
        steps
    }

    /// Runs all stages on the data of one record.
    ///
    /// # Errors
    /// A sentence with a piece of the record, when a stage cannot handle it.
    pub fn run(&mut self, data: &[u8]) -> Result<Outcome, String> {
        let mut record = Work { data, value: None, changed: false, key: None };
        for (stage, tally) in self.stages.iter().zip(&mut self.tallies) {
            tally.in_records += 1;
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
    format!("`{}`", piece.escape_debug())
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
        Stages::new(stages).run(data.as_bytes())
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
    fn errors_show_a_piece_of_the_record() {
        let error = run(vec![Stage::Rekey("/a".into())], "hello").expect_err("it is no JSON");
        assert!(error.starts_with("not JSON") && error.ends_with("`hello`"), "{error}");
        let error = run(vec![Stage::Rekey("/a".into())], r#"{"a":""}"#).expect_err("no key");
        assert!(error.starts_with("no text of 1 to 256 characters at /a"), "{error}");
    }
}
