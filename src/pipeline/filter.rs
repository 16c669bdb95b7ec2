//! Filter criteria of event source mappings: which records a function shall see.
//!
//! A pattern is a JSON object with the shape of what it looks at. Each leaf is a list of
//! alternatives, of which one must hold; all keys of an object must hold; `$or` holds when one of
//! its objects does. At the root stand `data`, the record's data as JSON, and `partitionKey`.
//!
//! | alternative | holds when |
//! |---|---|
//! | `"text"`, `300`, `true`, `null` | the field is that; numbers are compared as they are written, so 300 is not 300.0 |
//! | `{"equals-ignore-case": "text"}` | the field is that text, in whatever case |
//! | `{"anything-but": [...]}` | the field is there and none of these |
//! | `{"numeric": [">", 0, "<=", 5]}` | the field is a number within these bounds |
//! | `{"exists": true}`, `{"exists": false}` | the field is there and no object, or is not there |
//! | `{"prefix": "a"}`, `{"suffix": "z"}` | the field is a text that begins, or ends, so |
//!
//! A field that is a list holds when one of its elements does. Data that is not JSON matches no
//! pattern of `data`. The last of two equal keys counts.

use std::fmt;

use serde_json::{Map, Value};

use crate::model::RecordRef;

const ALTERNATIVES: &str = "a text, number, true, false, null, or an object of one of \
                            equals-ignore-case, anything-but, numeric, exists, prefix, suffix";

/// A pattern, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    root: Fields,
    /// Does it look at the data?
    reads_data: bool,
}

/// An object of a pattern: all of it must hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Fields {
    all: Vec<(String, Want)>,
    /// For each `$or`, objects of which one must hold.
    any: Vec<Vec<Fields>>,
}

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq)]
enum Want {
    Inside(Fields),
    OneOf(Vec<Test>),
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Is(Value),
    IsIgnoringCase(String),
    IsNone(Vec<Value>),
    Numeric(Vec<(Order, f64)>),
    Exists(bool),
    Prefix(String),
    Suffix(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Order {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            "=" => Self::Equal,
            ">=" => Self::GreaterOrEqual,
            ">" => Self::Greater,
            _ => return None,
        })
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Equal => value == bound,
            Self::GreaterOrEqual => value >= bound,
            Self::Greater => value > bound,
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is allowed where it is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|why| format!("a JSON object such as {{\"data\":{{\"a\":[1]}}}}: {why}"))?;
        let Value::Object(root) = &value else {
            return Err("a JSON object such as {\"data\":{\"a\":[1]}}".to_owned());
        };
        check_root(root)?;
        let root = Fields::read(root, "")?;
        let reads_data = root.mentions("data");
        Ok(Self { root, reads_data })
    }

    /// Does the record match? `data` is its data, if it is JSON.
    fn holds(&self, root: &Value, data_is_json: bool) -> bool {
        (data_is_json || !self.reads_data) && self.root.hold(Some(root))
    }
}

/// At the root, and in each `$or` of it, only what a record has.
fn check_root(root: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in root {
        match (key.as_str(), value) {
            ("$or", Value::Array(objects)) => {
                objects.iter().filter_map(Value::as_object).try_for_each(check_root)?;
            }
            ("data", Value::Object(_)) | ("partitionKey", Value::Array(_)) | ("$or", _) => {}
            ("data", _) => {
                return Err("an object behind `data`: the data is matched as JSON".to_owned());
            }
            ("partitionKey", _) => return Err("a list behind `partitionKey`".to_owned()),
            (other, _) => {
                return Err(format!("`data`, `partitionKey` or `$or` at the root, not `{other}`"));
            }
        }
    }
    Ok(())
}

impl Fields {
    fn read(object: &Map<String, Value>, path: &str) -> Result<Self, String> {
        let mut fields = Self::default();
        for (key, value) in object {
            let path = format!("{path}/{key}");
            match value {
                Value::Array(objects) if key == "$or" => {
                    let read = |value: &Value| match value {
                        Value::Object(object) => Self::read(object, &path),
                        _ => Err(format!("objects in `{path}`")),
                    };
                    let group = objects.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                    if group.len() < 2 {
                        return Err(format!("two objects or more in `{path}`"));
                    }
                    fields.any.push(group);
                }
                Value::Array(tests) if tests.is_empty() => {
                    return Err(format!("one alternative or more in `{path}`"));
                }
                Value::Array(tests) => {
                    let tests = tests.iter().map(|test| Test::read(test, &path));
                    let tests = tests.collect::<Result<Vec<_>, _>>()?;
                    fields.all.push((key.clone(), Want::OneOf(tests)));
                }
                Value::Object(inner) if !inner.is_empty() && key != "$or" => {
                    fields.all.push((key.clone(), Want::Inside(Self::read(inner, &path)?)));
                }
                _ => return Err(format!("a list of alternatives, or an object, behind `{path}`")),
            }
        }
        Ok(fields)
    }

    fn mentions(&self, key: &str) -> bool {
        self.all.iter().any(|(known, _)| known == key)
            || self.any.iter().flatten().any(|fields| fields.mentions(key))
    }

    /// `None` is a field that is not there.
    fn hold(&self, value: Option<&Value>) -> bool {
        if let Some(Value::Array(items)) = value {
            return items.iter().any(|item| self.hold(Some(item)));
        }
        let object = value.and_then(Value::as_object);
        let all = self.all.iter().all(|(key, want)| {
            let field = object.and_then(|object| object.get(key));
            match want {
                Want::Inside(fields) => fields.hold(field),
                Want::OneOf(tests) => tests.iter().any(|test| test.holds(field)),
            }
        });
        all && self.any.iter().all(|group| group.iter().any(|fields| fields.hold(value)))
    }
}

impl Test {
    fn read(value: &Value, path: &str) -> Result<Self, String> {
        let wrong = |what: &dyn fmt::Display| Err(format!("{what} in `{path}`"));
        let object = match value {
            Value::Object(object) => object,
            Value::Array(_) => return wrong(&ALTERNATIVES),
            scalar => return Ok(Self::Is(scalar.clone())),
        };
        let mut entries = object.iter();
        let (Some((name, operand)), None) = (entries.next(), entries.next()) else {
            return wrong(&ALTERNATIVES);
        };
        match (name.as_str(), operand) {
            ("equals-ignore-case", Value::String(text)) => {
                Ok(Self::IsIgnoringCase(text.to_lowercase()))
            }
            ("anything-but", Value::Array(values)) if values.iter().all(is_scalar) => {
                Ok(Self::IsNone(values.clone()))
            }
            ("anything-but", value) if is_scalar(value) => Ok(Self::IsNone(vec![value.clone()])),
            ("numeric", Value::Array(bounds)) => match bounds_of(bounds) {
                Some(bounds) => Ok(Self::Numeric(bounds)),
                None => wrong(&"`numeric` with [\"=\", 5] or [\">\", 0, \"<=\", 5]"),
            },
            ("exists", Value::Bool(there)) => Ok(Self::Exists(*there)),
            ("prefix", Value::String(text)) => Ok(Self::Prefix(text.clone())),
            ("suffix", Value::String(text)) => Ok(Self::Suffix(text.clone())),
            ("equals-ignore-case" | "prefix" | "suffix", _) => {
                wrong(&format!("a text behind `{name}`"))
            }
            ("anything-but", _) => wrong(&"a list of texts and numbers behind `anything-but`"),
            ("exists", _) => wrong(&"true or false behind `exists`"),
            _ => wrong(&ALTERNATIVES),
        }
    }

    fn holds(&self, field: Option<&Value>) -> bool {
        if let (Some(Value::Array(items)), false) = (field, matches!(self, Self::Exists(_))) {
            return items.iter().any(|item| self.holds(Some(item)));
        }
        let text = || field.and_then(Value::as_str);
        match self {
            Self::Is(wanted) => field.is_some_and(|field| is(field, wanted)),
            Self::IsIgnoringCase(wanted) => text().is_some_and(|t| t.to_lowercase() == *wanted),
            Self::IsNone(values) => field.is_some_and(|field| {
                is_scalar(field) && !values.iter().any(|value| is(field, value))
            }),
            Self::Numeric(bounds) => field.and_then(Value::as_f64).is_some_and(|number| {
                bounds.iter().all(|(order, bound)| order.holds(number, *bound))
            }),
            Self::Exists(true) => field.is_some_and(|field| !field.is_object()),
            Self::Exists(false) => field.is_none(),
            Self::Prefix(prefix) => text().is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text().is_some_and(|text| text.ends_with(suffix)),
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// Numbers as they are written, but for what reading them takes: 1.50 is 1.5.
fn is(field: &Value, wanted: &Value) -> bool {
    match (field, wanted) {
        (Value::Number(field), Value::Number(wanted)) => field.to_string() == wanted.to_string(),
        (field, wanted) => field == wanted,
    }
}

fn bounds_of(values: &[Value]) -> Option<Vec<(Order, f64)>> {
    let pair = |pair: &[Value]| match pair {
        [Value::String(order), bound] => Some((Order::read(order)?, bound.as_f64()?)),
        _ => None,
    };
    let bounds: Vec<_> = values.chunks(2).map(pair).collect::<Option<_>>()?;
    (1..=2).contains(&bounds.len()).then_some(bounds)
}

/// The patterns of a mapping: a record passes when it matches one, or when there is none.
#[derive(Clone, Debug, Default)]
pub struct Filters(Vec<Pattern>);

impl Filters {
    /// Takes patterns that were checked; those that were not and are wrong match nothing.
    #[must_use]
    pub fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().filter_map(|text| Pattern::parse(text).ok()).collect())
    }

    /// Does every record pass?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does the record pass?
    #[must_use]
    pub fn pass(&self, record: &RecordRef<'_>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let reads_data = self.0.iter().any(|pattern| pattern.reads_data);
        let data: Option<Value> =
            if reads_data { serde_json::from_slice(record.data).ok() } else { None };
        let data_is_json = data.is_some();
        let key = Value::String(record.partition_key.to_owned());
        let fields = [("partitionKey".to_owned(), key)].into_iter();
        let root =
            Value::Object(fields.chain(data.map(|data| ("data".to_owned(), data))).collect());
        self.0.iter().any(|pattern| pattern.holds(&root, data_is_json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Millis, SequenceNumber, ShardId};

    fn passes(patterns: &[&str], key: &str, data: &str) -> bool {
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        let filters = Filters::new(&patterns);
        assert_eq!(filters.0.len(), patterns.len(), "{patterns:?}");
        let sequence = SequenceNumber::first(ShardId(0), Millis::ZERO);
        let (arrival, data) = (Millis::ZERO, data.as_bytes());
        filters.pass(&RecordRef { sequence, arrival, partition_key: key, data })
    }

    /// Each row: a pattern of `data`, data that matches, data that does not.
    #[test]
    fn each_alternative_holds_as_lambda_documents_it() {
        for (pattern, matching, other) in [
            (r#"{"a":["x"]}"#, r#"{"a":"x"}"#, r#"{"a":"X"}"#),
            (r#"{"a":["x","y"]}"#, r#"{"a":"y"}"#, r#"{"b":"y"}"#),
            (r#"{"a":[300]}"#, r#"{"a":300}"#, r#"{"a":300.0}"#),
            (r#"{"a":[true]}"#, r#"{"a":true}"#, r#"{"a":"true"}"#),
            (r#"{"a":[null]}"#, r#"{"a":null}"#, r"{}"),
            (r#"{"a":[""]}"#, r#"{"a":""}"#, r#"{"a":null}"#),
            (r#"{"a":[{"equals-ignore-case":"AbC"}]}"#, r#"{"a":"aBc"}"#, r#"{"a":"ab"}"#),
            (r#"{"a":[{"anything-but":["x",1]}]}"#, r#"{"a":"y"}"#, r#"{"a":1}"#),
            (r#"{"a":[{"anything-but":"x"}]}"#, r#"{"a":1}"#, r#"{"a":"x"}"#),
            (r#"{"a":[{"anything-but":["x"]}]}"#, r#"{"a":""}"#, r"{}"),
            (r#"{"a":[{"numeric":[">",0,"<=",5]}]}"#, r#"{"a":5}"#, r#"{"a":0}"#),
            (r#"{"a":[{"numeric":["=",5]}]}"#, r#"{"a":5.0}"#, r#"{"a":"5"}"#),
            (r#"{"a":[{"exists":true}]}"#, r#"{"a":null}"#, r#"{"a":{"b":1}}"#),
            (r#"{"a":[{"exists":false}]}"#, r#"{"b":1}"#, r#"{"a":1}"#),
            (r#"{"a":[{"prefix":"us-"}]}"#, r#"{"a":"us-east-1"}"#, r#"{"a":"eu"}"#),
            (r#"{"a":[{"suffix":".png"}]}"#, r#"{"a":"b.png"}"#, r#"{"a":"png"}"#),
            (r#"{"a":{"b":["x"]}}"#, r#"{"a":{"b":"x"}}"#, r#"{"a":"x"}"#),
            (r#"{"a":{"b":[{"exists":false}]}}"#, r"{}", r#"{"a":{"b":1}}"#),
            (r#"{"a":["x"],"b":[1]}"#, r#"{"a":"x","b":1}"#, r#"{"a":"x","b":2}"#),
            (r#"{"$or":[{"a":[1]},{"b":[2]}]}"#, r#"{"b":2}"#, r#"{"a":2,"b":1}"#),
            (r#"{"a":["x"]}"#, r#"{"a":["w","x"]}"#, r#"{"a":["w"]}"#),
            (
                r#"{"a":{"b":[1],"c":[2]}}"#,
                r#"{"a":[{"b":1,"c":2}]}"#,
                r#"{"a":[{"b":1},{"c":2}]}"#,
            ),
            (r#"{"a":[1],"a":[2]}"#, r#"{"a":2}"#, r#"{"a":1}"#),
        ] {
            let pattern = format!(r#"{{"data":{pattern}}}"#);
            assert!(passes(&[&pattern], "k", matching), "{pattern} should match {matching}");
            assert!(!passes(&[&pattern], "k", other), "{pattern} should not match {other}");
        }
    }

    #[test]
    fn one_pattern_of_several_is_enough_and_none_lets_all_pass() {
        let (a, b) = (r#"{"data":{"a":[1]}}"#, r#"{"partitionKey":["k"]}"#);
        assert!(passes(&[a, b], "k", "{}"));
        assert!(passes(&[a, b], "j", r#"{"a":1}"#));
        assert!(!passes(&[a, b], "j", "{}"));
        assert!(passes(&[], "j", "no json"));
    }

    #[test]
    fn data_that_is_not_json_matches_no_pattern_of_data() {
        assert!(!passes(&[r#"{"data":{"a":[{"exists":false}]}}"#], "k", "plain text"));
        assert!(passes(&[r#"{"partitionKey":["k"]}"#], "k", "plain text"));
    }

    #[test]
    fn a_wrong_pattern_says_what_is_allowed_where() {
        for (pattern, says) in [
            ("{", "a JSON object such as"),
            ("[]", "a JSON object such as"),
            (r#"{"data":["x"]}"#, "an object behind `data`"),
            (r#"{"body":{"a":[1]}}"#, "not `body`"),
            (r#"{"data":{"a":1}}"#, "a list of alternatives, or an object, behind `/data/a`"),
            (r#"{"data":{"a":[]}}"#, "one alternative or more in `/data/a`"),
            (r#"{"data":{"a":[[1]]}}"#, "in `/data/a`"),
            (r#"{"data":{"a":[{"like":"x"}]}}"#, "equals-ignore-case"),
            (r#"{"data":{"a":[{"prefix":1}]}}"#, "a text behind `prefix` in `/data/a`"),
            (r#"{"data":{"a":[{"exists":1}]}}"#, "true or false behind `exists`"),
            (r#"{"data":{"a":[{"numeric":[">"]}]}}"#, "`numeric` with"),
            (r#"{"data":{"a":[{"anything-but":{"b":1}}]}}"#, "behind `anything-but`"),
            (r#"{"data":{"$or":[{"a":[1]}]}}"#, "two objects or more in `/data/$or`"),
        ] {
            let why = Pattern::parse(pattern).expect_err(pattern);
            assert!(why.contains(says), "{pattern}: {why}");
        }
    }
}
