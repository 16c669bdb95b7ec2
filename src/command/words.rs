//! The words of one command, taken one by one, each with its check.

use std::collections::VecDeque;
use std::str::FromStr;

use crate::command::line::Token;
use crate::command::near::way_out;
use crate::command::spec::{Argument, Need, Spec};
use crate::command::{ParseError, Shortfall};
use crate::model::{ConsumerName, PartName, ShardId, StreamName};
use crate::pipeline::settings::SettingError;

/// The words behind a command's name.
pub struct Words {
    spec: &'static Spec,
    given: VecDeque<String>,
    flags: Vec<(&'static str, String)>,
}

impl Words {
    /// Sorts flags from words; `line` is what the tokens were cut from, up to the `fault`. The rest
    /// of a line that is taken as it stands may have any.
    pub(super) fn new(
        spec: &'static Spec,
        line: &str,
        tokens: Vec<Token>,
        mut fault: Option<ParseError>,
    ) -> Result<Self, ParseError> {
        let mut words = Self { spec, given: VecDeque::new(), flags: Vec::new() };
        let places: Vec<&Argument> = spec.arguments.iter().filter(|a| !a.is_flag()).collect();
        let count = tokens.len();
        let mut tokens = tokens.into_iter().enumerate();
        while let Some((at, token)) = tokens.next() {
            let place = places.get(words.given.len()).map(|argument| argument.need);
            if matches!(place, Some(Need::Rest | Need::OptionalRest)) {
                let whole = token.quoted && at + 1 == count && fault.is_none();
                let rest = line[token.start..].trim_end().to_owned();
                words.given.push_back(if whole { token.text } else { rest });
                fault = None;
                break;
            }
            if token.quoted || !token.text.starts_with("--") {
                words.given.push_back(token.text);
                continue;
            }
            let (name, value) = match token.text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (token.text.as_str(), None),
            };
            let flag = words.known_flag(name)?;
            let value = match (flag.need, value) {
                (Need::Switch, Some(_)) => return Err(words.flag_value(flag, "takes no value")),
                (Need::Switch, None) => String::new(),
                (_, Some(value)) => value,
                (_, None) => match tokens.next() {
                    Some((_, next)) if next.quoted || !next.text.starts_with("--") => next.text,
                    _ => return Err(words.flag_value(flag, "needs a value")),
                },
            };
            words.add_flag(flag.name, value)?;
        }
        fault.map_or(Ok(words), Err)
    }

    fn known_flag(&self, name: &str) -> Result<&'static Argument, ParseError> {
        let mut flags = self.spec.arguments.iter().filter(|argument| argument.is_flag());
        flags.find(|flag| flag.name == name).ok_or_else(|| {
            let flags = self.spec.arguments.iter().filter(|argument| argument.is_flag());
            let way_out = match way_out(name, flags.map(|flag| flag.name)) {
                none if none == "there is none" => format!("the syntax is {}", self.spec.syntax),
                found => found,
            };
            let flag = name.to_owned();
            ParseError::UnknownFlag { command: self.spec.name, flag, way_out }
        })
    }

    fn flag_value(&self, flag: &Argument, rule: &'static str) -> ParseError {
        let Spec { name: command, syntax, .. } = self.spec;
        ParseError::FlagValue { command, flag: flag.name, rule, syntax }
    }

    fn add_flag(&mut self, flag: &'static str, value: String) -> Result<(), ParseError> {
        if self.flags.iter().any(|(known, _)| *known == flag) {
            return Err(ParseError::Repeated { command: self.spec.name, flag });
        }
        self.flags.push((flag, value));
        Ok(())
    }

    /// The next word.
    pub(super) fn word(&mut self, argument: &'static str) -> Result<String, ParseError> {
        self.given.pop_front().ok_or_else(|| self.missing(argument))
    }

    /// The next word, if there is one.
    pub(super) fn maybe(&mut self) -> Option<String> {
        self.given.pop_front()
    }

    /// All words that are left; at least one.
    pub(super) fn many(&mut self, argument: &'static str) -> Result<Vec<String>, ParseError> {
        let first = self.word(argument)?;
        Ok(std::iter::once(first).chain(std::mem::take(&mut self.given)).collect())
    }

    /// The value of a flag, if it is there.
    pub(super) fn flag(&mut self, name: &str) -> Option<String> {
        let at = self.flags.iter().position(|(known, _)| *known == name)?;
        Some(self.flags.remove(at).1)
    }

    /// Is the flag there?
    pub(super) fn switch(&mut self, name: &str) -> bool {
        self.flag(name).is_some()
    }

    /// The flags among these that are there, in this order.
    pub(super) fn present(&self, names: &[&'static str]) -> Vec<&'static str> {
        let there = |name: &&&str| self.flags.iter().any(|(known, _)| known == *name);
        names.iter().filter(there).copied().collect()
    }

    /// Refuses when more than one of these flags is there.
    pub(super) fn at_most_one(&self, names: &[&'static str]) -> Result<(), ParseError> {
        match self.present(names)[..] {
            [first, second, ..] => {
                Err(ParseError::Conflict { command: self.spec.name, first, second })
            }
            _ => Ok(()),
        }
    }

    /// The next word as the name of a stream.
    pub(super) fn stream(&mut self, argument: &'static str) -> Result<StreamName, ParseError> {
        let text = self.word(argument)?;
        self.as_stream(argument, &text)
    }

    /// This text as the name of a stream.
    pub(super) fn as_stream(&self, argument: &str, text: &str) -> Result<StreamName, ParseError> {
        StreamName::new(text).map_err(|_| self.bad_name(argument, text))
    }

    /// The next word as the name of a registered consumer.
    pub(super) fn consumer(&mut self, argument: &'static str) -> Result<ConsumerName, ParseError> {
        let text = self.word(argument)?;
        self.as_consumer(argument, &text)
    }

    /// This text as the name of a registered consumer.
    pub(super) fn as_consumer(
        &self,
        argument: &str,
        text: &str,
    ) -> Result<ConsumerName, ParseError> {
        ConsumerName::new(text).map_err(|_| self.bad_name(argument, text))
    }

    /// The next word as the name of a part.
    pub(super) fn part(&mut self, argument: &'static str) -> Result<PartName, ParseError> {
        let text = self.word(argument)?;
        self.as_part(argument, &text)
    }

    /// This text as the name of a part.
    pub(super) fn as_part(&self, argument: &str, text: &str) -> Result<PartName, ParseError> {
        PartName::new(text).map_err(|_| self.bad_name(argument, text))
    }

    /// The next word as a shard.
    pub(super) fn shard(&mut self, argument: &'static str) -> Result<ShardId, ParseError> {
        let text = self.word(argument)?;
        let rule = "a shard such as 3, 003 or shardId-000000000003";
        ShardId::parse(&text).ok_or_else(|| self.bad(argument, &text, rule))
    }

    /// The next word as a number from `low` to `high`.
    pub(super) fn number<T>(
        &mut self,
        argument: &'static str,
        low: T,
        high: T,
    ) -> Result<T, ParseError>
    where
        T: FromStr + PartialOrd + ToString + Copy,
    {
        let text = self.word(argument)?;
        self.as_number(argument, &text, low, high)
    }

    /// The value of a flag as a number from `low` to `high`, if it is there.
    pub(super) fn number_flag<T>(
        &mut self,
        flag: &str,
        low: T,
        high: T,
    ) -> Result<Option<T>, ParseError>
    where
        T: FromStr + PartialOrd + ToString + Copy,
    {
        match self.flag(flag) {
            Some(text) => self.as_number(flag, &text, low, high).map(Some),
            None => Ok(None),
        }
    }

    /// This text as a number from `low` to `high`.
    pub(super) fn as_number<T>(
        &self,
        argument: &str,
        text: &str,
        low: T,
        high: T,
    ) -> Result<T, ParseError>
    where
        T: FromStr + PartialOrd + ToString + Copy,
    {
        let number = text.parse::<T>().ok().filter(|n| *n >= low && *n <= high);
        let rule = || format!("{} to {}", low.to_string(), high.to_string());
        number.ok_or_else(|| self.bad(argument, text, rule()))
    }

    /// A word that was one too many, if any is left.
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
        let Spec { name: command, syntax, .. } = self.spec;
        match self.given.pop_front() {
            Some(value) => Err(ParseError::Surplus { command, value, syntax }),
            None => Ok(()),
        }
    }

    /// A flag that has no meaning here, if any was not taken.
    pub(super) fn no_flags_left(&self, with: &'static str) -> Result<(), ParseError> {
        match self.flags.first() {
            Some((second, _)) => {
                Err(ParseError::Conflict { command: self.spec.name, first: with, second })
            }
            None => Ok(()),
        }
    }

    pub(super) fn missing(&self, argument: &'static str) -> ParseError {
        let Spec { name: command, syntax, .. } = self.spec;
        ParseError::Missing { command, argument, syntax }
    }

    pub(super) fn bad(&self, argument: &str, value: &str, rule: impl Into<String>) -> ParseError {
        ParseError::Bad {
            command: self.spec.name,
            argument: argument.to_owned(),
            value: value.to_owned(),
            rule: rule.into(),
        }
    }

    /// A value in a language of its own that was refused.
    pub(super) fn short(&self, argument: &str, shortfall: Shortfall) -> ParseError {
        self.bad(argument, &shortfall.value, shortfall.rule)
    }

    /// A setting that was refused by its own check.
    pub(super) fn setting(&self, error: SettingError) -> ParseError {
        self.bad(&format!("`{}`", error.field), &error.value, error.rule)
    }

    fn bad_name(&self, argument: &str, text: &str) -> ParseError {
        self.bad(argument, text, "a name: 1 to 128 of a-z, A-Z, 0-9, `_`, `.`, `-`")
    }
}
