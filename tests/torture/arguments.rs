//! What was asked for on the command line, the test runner's own flags included.

use std::time::Duration;

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    filters: Vec<String>,
    skipped: Vec<String>,
    exact: bool,
    /// Name the checks and do nothing.
    pub(crate) list: bool,
    /// So many cycles of each check.
    pub(crate) cycles: Option<u64>,
    /// So long, all checks together.
    pub(crate) length: Option<Duration>,
    /// As much of each check as a release must have behind it.
    pub(crate) campaign: bool,
    /// Where seeds begin.
    pub(crate) seed: u64,
    /// So many acknowledged records at least, of checks that run the real process.
    pub(crate) records: u64,
}

impl Arguments {
    /// Reads the words behind the program's name.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { seed: 1, ..Self::default() };
        let mut words = words;
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut value = || {
                let value = inline.clone().or_else(|| words.next());
                value.ok_or_else(|| format!("`{name}` wants a value"))
            };
            match name {
                "--cycles" => arguments.cycles = Some(number(name, &value()?)?),
                "--for" => arguments.length = Some(duration(&value()?)?),
                "--seed" => arguments.seed = number(name, &value()?)?,
                "--records" => arguments.records = number(name, &value()?)?,
                "--skip" => arguments.skipped.push(value()?),
                "--campaign" => arguments.campaign = true,
                "--exact" => arguments.exact = true,
                "--list" => arguments.list = true,
                // Flags of the usual test runner that mean nothing here.
                "--test-threads" | "--format" | "--color" | "--logfile" | "-Z" => drop(value()?),
                flag if flag.starts_with('-') => {}
                filter => arguments.filters.push(filter.to_owned()),
            }
        }
        Ok(arguments)
    }

    /// Is a check of that name to run?
    pub(crate) fn wants(&self, check: &str) -> bool {
        let fits = |filter: &String| match self.exact {
            true => check == filter,
            false => check.contains(filter.as_str()),
        };
        (self.filters.is_empty() || self.filters.iter().any(fits)) && !self.skipped.iter().any(fits)
    }
}

fn number(name: &str, text: &str) -> Result<u64, String> {
    let digits = text.replace(['_', ','], "");
    digits.parse().map_err(|_| format!("`{name} {text}`: a whole number is wanted"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`--for {text}`: a duration like 90s, 10m or 2h is wanted");
    let digits = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    digits.parse::<u64>().map(|count| Duration::from_secs(count * unit)).map_err(|_| wrong())
}
