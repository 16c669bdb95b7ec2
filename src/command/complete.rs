//! What may come next on a command line.

use crate::command::SplitAt;
use crate::command::line::{quote, tokens};
use crate::command::parse::find;
use crate::command::preview::parts;
use crate::command::spec::{Argument, Kind, Need, Spec};
use crate::command::table;
use crate::model::ShardId;
use crate::snapshot::{Snapshot, StreamView};

/// Names that are not of the world: the console knows them.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Themes.
    pub themes: Vec<String>,
    /// Sessions that can be loaded by name.
    pub sessions: Vec<String>,
}

/// One thing that may come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word as it must be typed.
    pub text: String,
    /// What it is, in a few words.
    pub note: String,
}

/// What may come next, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where in the line the word at hand begins, in bytes.
    pub from: usize,
    /// What may stand there; best first.
    pub candidates: Vec<Candidate>,
    /// The syntax of the command, once it is known.
    pub syntax: Option<&'static str>,
}

/// What may come next at the end of `line`.
#[must_use]
pub fn complete(line: &str, snapshot: &Snapshot, known: &Known) -> Completion {
    let Ok(words) = tokens(line) else { return Completion::default() };
    let ended = line.ends_with(char::is_whitespace) || line.is_empty();
    let (from, typed) = match words.last() {
        Some(last) if !ended => (last.start, last.text.clone()),
        _ => (line.len(), String::new()),
    };
    let whole = if ended { &words[..] } else { &words[..words.len().saturating_sub(1)] };
    let texts: Vec<&str> = whole.iter().map(|word| word.text.as_str()).collect();
    match find(whole) {
        Some((spec, taken)) => {
            let given = Given::new(spec, &texts[taken..]);
            let all = given.next(&typed, snapshot, known);
            Completion { from, candidates: matching(all, &typed), syntax: Some(spec.syntax) }
        }
        None => commands(whole.first().map(|word| (word.start, texts[0])), from, &typed),
    }
}

/// Commands; `first` is the first of two words that may name one.
fn commands(first: Option<(usize, &str)>, from: usize, typed: &str) -> Completion {
    let (from, typed) = match first {
        Some((start, first)) => (start, format!("{first} {typed}")),
        None => (from, typed.to_owned()),
    };
    let row = |spec: &&Spec| Candidate { text: spec.name.into(), note: spec.summary.into() };
    let all = table().iter().map(row).collect();
    let candidates = matching(all, typed.trim_start_matches(':'));
    let only = table().iter().find(|spec| spec.name == typed);
    Completion { from, candidates, syntax: only.map(|spec| spec.syntax) }
}

/// Those that begin with what was typed, then those that have it inside.
fn matching(all: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let (begin, rest): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| one.text.to_lowercase().starts_with(&typed));
    let inside = rest.into_iter().filter(|one| one.text.to_lowercase().contains(&typed));
    begin.into_iter().chain(inside).collect()
}

/// The words behind a command's name, sorted into places and flags.
struct Given<'a> {
    spec: &'static Spec,
    places: Vec<&'a str>,
    flags: Vec<&'a str>,
    open_flag: Option<&'static Argument>,
}

impl<'a> Given<'a> {
    fn new(spec: &'static Spec, words: &[&'a str]) -> Self {
        let mut given = Self { spec, places: Vec::new(), flags: Vec::new(), open_flag: None };
        for word in words {
            if given.open_flag.take().is_some() {
                continue;
            }
            let flag = spec.arguments.iter().find(|a| a.is_flag() && a.name == *word);
            match flag {
                Some(flag) => {
                    given.flags.push(word);
                    given.open_flag = Some(flag).filter(|flag| flag.need == Need::Value);
                }
                None => given.places.push(word),
            }
        }
        given
    }

    fn next(&self, typed: &str, snapshot: &Snapshot, known: &Known) -> Vec<Candidate> {
        if let Some(flag) = self.open_flag {
            return self.of_kind(flag.kind, snapshot, known);
        }
        let mut places = self.spec.arguments.iter().filter(|argument| !argument.is_flag());
        let last = self.spec.arguments.iter().rfind(|argument| !argument.is_flag());
        let place = places
            .nth(self.places.len())
            .or_else(|| last.filter(|argument| argument.need == Need::Many));
        let mut found = match place {
            Some(place) if !typed.starts_with("--") => self.of_kind(place.kind, snapshot, known),
            _ => Vec::new(),
        };
        let optional = place.is_none_or(|place| place.need == Need::Optional);
        if optional || typed.starts_with('-') {
            found.extend(self.free_flags());
        }
        found
    }

    fn free_flags(&self) -> impl Iterator<Item = Candidate> {
        let free = |flag: &&Argument| flag.is_flag() && !self.flags.contains(&flag.name);
        let flag = |flag: &Argument| Candidate { text: flag.name.into(), note: String::new() };
        self.spec.arguments.iter().filter(free).map(flag)
    }

    fn of_kind(&self, kind: Kind, snapshot: &Snapshot, known: &Known) -> Vec<Candidate> {
        match kind {
            Kind::Stream => snapshot.streams.iter().map(stream).collect(),
            Kind::Shard => shards(self.stream(snapshot), |_| true),
            Kind::Neighbor => self.neighbors(snapshot),
            Kind::Function => of(snapshot, &["function"]),
            Kind::Producer => of(snapshot, &["producer"]),
            Kind::Registered => self.stream(snapshot).map(registered).unwrap_or_default(),
            Kind::Pausable => of(snapshot, &["producer", "mapping"]),
            Kind::HashKey => SplitAt::WORDS.iter().map(|word| named(word, "")).collect(),
            Kind::Consumer => of(snapshot, &["mapping", "transform", "reader"]),
            Kind::Part => of(snapshot, &["producer", "transform", "mapping", "reader", "function"]),
            Kind::AccountOrFunction => {
                let account = Candidate { text: "account".into(), note: "all functions".into() };
                std::iter::once(account).chain(of(snapshot, &["function"])).collect()
            }
            Kind::Theme => known.themes.iter().map(|name| named(name, "theme")).collect(),
            Kind::Session => known.sessions.iter().map(|name| named(name, "session")).collect(),
            Kind::Choice(words) => words.iter().map(|word| named(word, "")).collect(),
            Kind::NewName | Kind::Number | Kind::Text | Kind::File => Vec::new(),
        }
    }

    fn stream<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s StreamView> {
        snapshot.stream(self.places.first()?)
    }

    fn neighbors(&self, snapshot: &Snapshot) -> Vec<Candidate> {
        let stream = self.stream(snapshot);
        let first = self.places.get(1).and_then(|text| ShardId::parse(text));
        let Some(first) = first.and_then(|id| stream?.shard(id)) else { return Vec::new() };
        let range = first.range;
        shards(stream, |id| {
            stream.and_then(|s| s.shard(id)).is_some_and(|other| other.range.adjoins(&range))
        })
    }
}

fn named(text: &str, note: &str) -> Candidate {
    Candidate { text: quote(text), note: note.to_owned() }
}

fn stream(stream: &StreamView) -> Candidate {
    let note = format!("{} open shards", stream.open_shards());
    Candidate { text: stream.name.to_string(), note }
}

fn registered(stream: &StreamView) -> Vec<Candidate> {
    stream.details.registered.iter().map(|(name, status)| named(name, status)).collect()
}

fn shards(stream: Option<&StreamView>, fits: impl Fn(ShardId) -> bool) -> Vec<Candidate> {
    let Some(stream) = stream else { return Vec::new() };
    let open = stream.open_by_range();
    let fitting = open.iter().filter(|shard| fits(shard.id));
    fitting
        .map(|shard| {
            let share = shard.rates().write_utilization(&stream.limits, 1);
            let note = share.map_or(String::new(), |share| format!("{:.0}%", share * 100.0));
            Candidate { text: shard.id.short(), note }
        })
        .collect()
}

fn of(snapshot: &Snapshot, kinds: &[&str]) -> Vec<Candidate> {
    let fits = parts(snapshot).into_iter().filter(|(kind, _)| kinds.contains(kind));
    fits.map(|(kind, name)| named(name.as_str(), kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        let known = Known { themes: vec!["dark".into()], sessions: vec!["hot-shard".into()] };
        let found = complete(line, &Snapshot::default(), &known);
        found.candidates.into_iter().map(|candidate| candidate.text).collect()
    }

    #[test]
    fn commands_flags_and_choices_complete_where_they_may_stand() {
        assert_eq!(texts("spl"), ["split", "split-hot"]);
        assert_eq!(texts("session s"), ["session save", "sessions"][..1].to_vec());
        assert_eq!(texts("session load "), ["hot-shard"]);
        assert_eq!(texts("theme d"), ["dark"]);
        assert_eq!(texts("create orders --le"), ["--level"]);
        assert_eq!(texts("create orders --level p"), ["process", "power"]);
        assert_eq!(texts("clock s"), ["step", "slower", "pause", "resume", "faster"]);
        assert_eq!(texts("produce p orders f"), ["file"]);
        assert_eq!(texts("transform t a b parse:l"), ["parse:logfmt"]);
        assert!(texts("").len() > 30);
        assert_eq!(texts("nonsense and more"), Vec::<String>::new());
    }

    #[test]
    fn a_flag_that_is_there_is_not_offered_again() {
        let left = texts("create orders --level memory --");
        assert!(!left.contains(&"--level".to_owned()));
        assert!(left.contains(&"--shards".to_owned()));
    }
}
