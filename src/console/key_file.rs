//! The key file: a user's own keys over those of the command table.
//!
//! It is RON: a map from where (`everywhere`, or the name of a screen) to a map from keys to lines.
//! A line is what would be typed behind `:`; what it lacks comes from the selection. A line of no
//! words takes a key away. `watershed keys` writes the keys in use as such a file.

use std::fmt::{self, Write as _};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::command::{Command, ParseError, ScreenKind, Spec, table, way_out};
use crate::console::key::Key;
use crate::console::keymap::{Bound, Keymap};
use crate::session::text;

/// Keys that work on all screens.
const EVERYWHERE: &str = "everywhere";

/// Why a key file was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}, line {line}: {why}")]
pub struct KeyFileError {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// The schema of a key file: lines by key, by where they work. A value of `""` takes a key away.
#[must_use]
pub fn schema() -> Value {
    let lines = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let places = std::iter::once(EVERYWHERE).chain(ScreenKind::ALL.iter().map(|kind| kind.word()));
    let places: Map<String, Value> =
        places.map(|place| (place.to_owned(), lines.clone())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Keys",
        "description": "Command lines by key, by where they work; an empty line takes a key away.",
        "type": "object",
        "properties": places,
        "additionalProperties": false,
    })
}

/// A map in the order of its text, with what stands in it twice.
struct Pairs<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Vec<(String, T)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map: { \"key\": \"line\" }")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Reader(std::marker::PhantomData)).map(Self)
    }
}

/// One line of the file.
struct Written {
    place: String,
    on: Vec<ScreenKind>,
    key: Key,
    line: String,
}

/// The command that a line names, and the words behind it.
fn split(line: &str) -> Option<(&'static Spec, &str)> {
    let named = |spec: &&'static Spec| {
        let names = std::iter::once(&spec.name).chain(spec.aliases);
        let rests = names.filter_map(|name| line.strip_prefix(name));
        let whole = |rest: &&str| rest.is_empty() || rest.starts_with(' ');
        rests.filter(whole).map(|rest| (*spec, rest.trim())).min_by_key(|(_, rest)| rest.len())
    };
    table().iter().filter_map(named).min_by_key(|(_, rest)| rest.len())
}

/// Where in the text a key of a place stands for the nth time, from 0.
fn line_of(text: &str, place: &str, key: &str, nth: usize) -> usize {
    let quoted = |word: &str| format!("\"{word}\"");
    let lines = || (1..).zip(text.lines());
    let from = lines().find(|(_, line)| line.contains(&quoted(place))).map_or(1, |(at, _)| at);
    let found = lines().skip(from - 1).filter(|(_, line)| line.contains(&quoted(key)));
    found.map(|(at, _)| at).nth(nth).unwrap_or(from)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, line: usize, why: String) -> KeyFileError {
        KeyFileError { file: self.file.to_owned(), line, why }
    }

    fn read(&self) -> Result<Vec<Written>, KeyFileError> {
        let all: Pairs<Pairs<String>> = text::read_ron(self.text).map_err(|fault| {
            self.error(fault.line, format!("`{}`: {}", fault.found, fault.rule))
        })?;
        let mut written = Vec::new();
        for (place, keys) in all.0 {
            let on = self.place(&place)?;
            for (key, line) in keys.0 {
                let parsed = self.key(&place, &key)?;
                self.line(&place, &key, &line)?;
                written.push(Written { place: place.clone(), on: on.clone(), key: parsed, line });
            }
        }
        Ok(written)
    }

    fn place(&self, place: &str) -> Result<Vec<ScreenKind>, KeyFileError> {
        if place == EVERYWHERE {
            return Ok(ScreenKind::ALL.to_vec());
        }
        let words = || ScreenKind::ALL.iter().map(|kind| kind.word());
        let found = ScreenKind::ALL.iter().find(|kind| kind.word() == place);
        found.map(|kind| vec![*kind]).ok_or_else(|| {
            let known = way_out(place, std::iter::once(EVERYWHERE).chain(words()));
            let line = line_of(self.text, place, place, 0);
            self.error(line, format!("`{place}` is not a screen: {known}"))
        })
    }

    fn key(&self, place: &str, key: &str) -> Result<Key, KeyFileError> {
        let line = || line_of(self.text, place, key, 0);
        let parsed = Key::parse(key).ok_or_else(|| {
            let rule = "write one letter or sign, `ctrl-p`, `alt-x`, `f5`, or a name as `enter`, \
                        `space`, `page-down`";
            self.error(line(), format!("`{key}` is not a key: {rule}"))
        })?;
        match parsed.taken() {
            Some(why) => Err(self.error(line(), format!("`{key}` cannot be bound: {why}"))),
            None => Ok(parsed),
        }
    }

    fn line(&self, place: &str, key: &str, line: &str) -> Result<(), KeyFileError> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let error = |why: String| self.error(line_of(self.text, place, key, 0), why);
        let Some((spec, words)) = split(line.trim()) else {
            let first = line.split_whitespace().next().unwrap_or_default();
            let known = way_out(first, table().iter().map(|spec| spec.name));
            return Err(error(format!("`{key}` calls `{first}`, which is not a command: {known}")));
        };
        // What stands in braces, and what is missing, comes from the selection.
        if words.contains('{') {
            return Ok(());
        }
        match format!("{} {words}", spec.name).parse::<Command>() {
            Ok(_) | Err(ParseError::Missing { .. }) => Ok(()),
            Err(why) => Err(error(format!("`{key}` calls a wrong line: {why}"))),
        }
    }

    /// Two lines for one key on one screen.
    fn conflict(&self, written: &[Written]) -> Result<(), KeyFileError> {
        for (at, second) in written.iter().enumerate() {
            let meet = |first: &&Written| {
                first.key == second.key && first.on.iter().any(|on| second.on.contains(on))
            };
            if let Some(first) = written[..at].iter().find(meet) {
                let key = second.key.to_string();
                let nth = usize::from(first.place == second.place);
                let line = line_of(self.text, &second.place, &key, nth);
                return Err(self.error(
                    line,
                    format!(
                        "`{key}` is bound twice: to `{}` ({}) and to `{}` ({}): take one away",
                        first.line, first.place, second.line, second.place
                    ),
                ));
            }
        }
        Ok(())
    }
}

impl Keymap {
    /// These keys, with those of a key file over them.
    ///
    /// # Errors
    /// The first fault of the file, with its line: a screen, key or command that there is not, a key
    /// that cannot be bound, a key that is bound twice.
    pub fn with_file(mut self, file: &str, text: &str) -> Result<Self, KeyFileError> {
        let reader = Reader { file, text };
        let written = reader.read()?;
        reader.conflict(&written)?;
        for Written { on, key, line, .. } in written {
            for bound in self.rows.iter_mut().filter(|bound| bound.key == key) {
                bound.on.retain(|screen| !on.contains(screen));
            }
            if let Some((spec, words)) = split(line.trim()) {
                self.rows.push(Bound { on, key, spec, words: words.to_owned() });
            }
        }
        self.rows.retain(|bound| !bound.on.is_empty());
        Ok(self)
    }

    /// These keys as a key file.
    #[must_use]
    pub fn to_ron(&self) -> String {
        let mut text = String::from(
            "// The keys of watershed: where, which key, which line. What a line lacks comes from\n\
             // the selection; \"\" takes a key away. Only what differs need stand here.\n{\n",
        );
        let all = ScreenKind::ALL.len();
        let everywhere = |bound: &&Bound| bound.on.len() == all;
        self.block(EVERYWHERE, self.rows.iter().filter(everywhere), &mut text);
        for kind in ScreenKind::ALL {
            let here = self.on(kind).filter(|bound| !everywhere(bound));
            self.block(kind.word(), here, &mut text);
        }
        text + "}\n"
    }

    fn block<'a>(&self, place: &str, keys: impl Iterator<Item = &'a Bound>, text: &mut String) {
        // Writing into a String does not fail.
        let _ = writeln!(text, "    \"{place}\": {{");
        for bound in keys {
            let key = bound.key.to_string().replace('\\', "\\\\").replace('"', "\\\"");
            let line = bound.line();
            let _ = writeln!(text, "        \"{key}\": \"{line}\", // {}", bound.spec.summary);
        }
        text.push_str("    },\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let error = Keymap::default().with_file("keys.ron", text).expect_err(text);
        error.to_string()
    }

    #[test]
    fn a_file_lays_its_keys_over_those_there_are() {
        let text = r#"{ "everywhere": { "x": "zoom", "z": "" }, "stream": { "f5": "records" } }"#;
        let keys = Keymap::default().with_file("keys.ron", text).expect("a good file");
        let line = |screen, key| {
            let key = Key::parse(key).expect("a key");
            keys.bound(screen, key).map(Bound::line)
        };
        assert_eq!(line(ScreenKind::Logs, "x"), Some("zoom".into()));
        assert_eq!(line(ScreenKind::Logs, "z"), None);
        assert_eq!(line(ScreenKind::Stream, "f5"), Some("records".into()));
        assert_eq!(line(ScreenKind::Logs, "f5"), None);
        assert_eq!(
            line(ScreenKind::Stream, "s"),
            Some("split {stream} {shard} --at hot".into()),
            "others stay"
        );
    }

    #[test]
    fn the_keys_in_use_read_back_as_they_are_written() {
        let keys = Keymap::default();
        let again = Keymap { rows: Vec::new() }.with_file("keys.ron", &keys.to_ron());
        let again = again.expect("what is written can be read");
        for screen in ScreenKind::ALL {
            for bound in keys.on(screen) {
                let read = again.bound(screen, bound.key).map(Bound::line);
                assert_eq!(read, Some(bound.line()), "{bound:?}");
            }
            assert_eq!(keys.on(screen).count(), again.on(screen).count());
        }
    }

    #[test]
    fn a_wrong_file_says_where_what_and_what_is_right() {
        for (text, says) in [
            (
                "{\n\"everywhere\": {\n\"s\": \"zoom\",\n\"s\": \"help\" } }",
                "keys.ron, line 4: `s` is bound twice: to `zoom` (everywhere) and to `help` (everywhere)",
            ),
            (
                "{\n\"everywhere\": { \"s\": \"zoom\" },\n\"stream\": {\n\"s\": \"help\" } }",
                "line 4: `s` is bound twice: to `zoom` (everywhere) and to `help` (stream)",
            ),
            ("{ \"streems\": {} }", "line 1: `streems` is not a screen: did you mean `streams`"),
            ("{ \"logs\": {\n\"ss\": \"zoom\" } }", "line 2: `ss` is not a key: write one letter"),
            ("{ \"logs\": { \"ctrl-a\": \"zoom\" } }", "`ctrl-a` cannot be bound: screen and tmux"),
            ("{ \"logs\": { \"ctrl-h\": \"zoom\" } }", "`ctrl-h` cannot be bound"),
            (
                "{ \"logs\": { \"x\": \"zom\" } }",
                "`x` calls `zom`, which is not a command: did you mean `zoom`",
            ),
            (
                "{ \"logs\": { \"x\": \"move sideways\" } }",
                "`x` calls a wrong line: WHERE of `move` is `sideways`",
            ),
            ("{ \"logs\": { \"x\": \"zoom now\" } }", "`now` is too much"),
            ("{ \"logs\": [] }", "line 1"),
            ("{ \"logs\": { \"x\": zoom } }", "line 1"),
        ] {
            let told = refused(text);
            assert!(told.contains(says), "{text}\n  says:   {told}\n  wanted: {says}");
        }
    }
}
