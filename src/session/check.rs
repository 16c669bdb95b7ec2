//! What must hold in a session beyond its grammar. Each fault with its line.

use std::collections::BTreeSet;

use crate::command::{Mention, way_out};
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{
    MappingSettings, OnFailure, ProducerSettings, PushedAs, ReaderSettings, SettingError,
    TransformSettings,
};
use crate::session::error::{line_of, line_of_field};
use crate::session::placing::layout;
use crate::session::settings::{Delays, VERSION};
use crate::session::story::LENGTH_S_MAX;
use crate::session::{Distribution, Session, StreamSettings, Subject, screen};

/// A line and a sentence.
type Fault = (usize, String);

impl Session {
    pub(super) fn check(&self, text: &str) -> Result<(), Fault> {
        if self.version != VERSION {
            let at = text.find("version").unwrap_or(0);
            let line = text[..at].matches('\n').count() + 1;
            let why = format!("`version` is {}, this program reads {VERSION}", self.version);
            return Err((line, why));
        }
        if !(1..=LENGTH_S_MAX).contains(&self.length_s) {
            let why = format!("`length_s` is {}, allowed is 1 to {LENGTH_S_MAX}", self.length_s);
            return Err((line_of_field(text, "length_s", 0), why));
        }
        self.check_delays(text)?;
        self.check_settings(text)?;
        self.check_names(text)?;
        self.check_references(text)?;
        self.check_story(text)
    }

    fn check_delays(&self, text: &str) -> Result<(), Fault> {
        let Delays { create_ms, update_ms, delete_ms } = self.delays;
        let most = u64::from(LENGTH_S_MAX) * 1_000;
        for (name, ms) in
            [("create_ms", create_ms), ("update_ms", update_ms), ("delete_ms", delete_ms)]
        {
            if ms > most {
                let why = format!("`{name}` is {ms}, allowed is 0 to {most}");
                return Err((line_of_field(text, name, 0), why));
            }
        }
        Ok(())
    }

    fn check_settings(&self, text: &str) -> Result<(), Fault> {
        let at = |name: &str| {
            let line = line_of(text, name, 0);
            move |error: SettingError| (line, error.to_string())
        };
        for stream in &self.streams {
            stream.check().map_err(at(stream.name.as_str()))?;
            if stream.warm_mib_per_s.is_some() && !self.committed {
                let why = "`warm_mib_per_s` needs the account's commitment: set `committed: true`";
                return Err((line_of(text, stream.name.as_str(), 0), why.to_owned()));
            }
        }
        for part in &self.functions {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.producers {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.transforms {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.mappings {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.readers {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.applications {
            part.check().map_err(at(part.name.as_str()))?;
        }
        Ok(())
    }

    fn part_names(&self) -> impl Iterator<Item = &PartName> {
        let functions = self.functions.iter().map(|part| &part.name);
        let producers = self.producers.iter().map(|part| &part.name);
        let transforms = self.transforms.iter().map(|part| &part.name);
        let mappings = self.mappings.iter().map(|part| &part.name);
        let readers = self.readers.iter().map(|part| &part.name);
        let readers = readers.chain(self.applications.iter().map(|part| &part.name));
        functions.chain(producers).chain(transforms).chain(mappings).chain(readers)
    }

    /// Whoever is pushed to as a registered consumer.
    fn pushed(&self) -> impl Iterator<Item = PushedAs<'_>> {
        let mappings = self.mappings.iter().filter_map(MappingSettings::pushed_as);
        mappings.chain(self.readers.iter().filter_map(ReaderSettings::pushed_as))
    }

    fn check_names(&self, text: &str) -> Result<(), Fault> {
        let mut streams = BTreeSet::new();
        for StreamSettings { name, .. } in &self.streams {
            if !streams.insert(name) {
                let why = format!("`name` is `{name}`, which another stream has");
                return Err((line_of(text, name.as_str(), 1), why));
            }
        }
        for part in self.pushed() {
            if let Some(twin) = self.pushed().find(|other| part.is_twin_of(other)) {
                let why = format!("`consumer` is that of `{}` already", twin.part);
                return Err((line_of(text, part.part.as_str(), 0), why));
            }
        }
        let mut parts = BTreeSet::new();
        for name in self.part_names() {
            if !parts.insert(name) {
                let why = format!("`name` is `{name}`, which another part has");
                return Err((line_of(text, name.as_str(), 1), why));
            }
        }
        Ok(())
    }

    fn check_references(&self, text: &str) -> Result<(), Fault> {
        let unknown = |field: &str, name: &str, what: &str, names: Vec<&str>| {
            let out = way_out(name, names);
            let why = format!("`{field}` is `{name}`, but the session has no such {what}: {out}");
            Err((line_of(text, name, 0), why))
        };
        let fed = self.producers.iter().map(|part| &part.stream);
        let read = self.readers.iter().map(|part| &part.stream);
        let read = read.chain(self.applications.iter().map(|part| &part.stream));
        let mapped = self.mappings.iter().map(|part| &part.stream);
        let told = self.mappings.iter().filter_map(|part| match &part.on_failure {
            Some(OnFailure::Stream(stream)) => Some(stream),
            Some(OnFailure::File(_) | OnFailure::Http(_)) | None => None,
        });
        let changed = self.transforms.iter().map(|part| &part.from);
        let made = self.transforms.iter().flat_map(TransformSettings::targets);
        for stream in fed.chain(read).chain(mapped).chain(told).chain(changed).chain(made) {
            if !self.streams.iter().any(|known| known.name == *stream) {
                let names = self.streams.iter().map(|known| known.name.as_str()).collect();
                return unknown("stream", stream.as_str(), "stream", names);
            }
        }
        let scattered = |name: &StreamName| {
            let mut streams = self.streams.iter();
            streams.any(|it| it.name == *name && it.distribution == Distribution::Auto)
        };
        let packs = |part: &&ProducerSettings| part.aggregate.is_some() && scattered(&part.stream);
        if let Some(part) = self.producers.iter().find(packs) {
            let why = format!(
                "`aggregate` packs by the shards of keys, but `distribution` of `{}` is `Auto`: leave one \
                 of them out",
                part.stream
            );
            return Err((line_of(text, part.name.as_str(), 0), why));
        }
        let invoked = self.mappings.iter().map(|part| &part.function);
        for function in
            invoked.chain(self.transforms.iter().filter_map(TransformSettings::function))
        {
            if !self.functions.iter().any(|known| known.name == *function) {
                let names = self.functions.iter().map(|known| known.name.as_str()).collect();
                return unknown("function", function.as_str(), "function", names);
            }
        }
        Ok(())
    }

    fn check_story(&self, text: &str) -> Result<(), Fault> {
        for (nth, cue) in self.timeline.iter().enumerate() {
            cue.check().map_err(|why| (line_of_field(text, "at_s", nth), why))?;
        }
        self.check_mentions(text)?;
        for (nth, expectation) in self.expect.iter().enumerate() {
            let at = |why| (line_of_field(text, "from_s", nth), why);
            expectation.check(self.length_s).map_err(at)?;
            self.check_subject(expectation.metric.subject()).map_err(at)?;
        }
        for (screen, line) in &self.layouts {
            layout(screen, line).map_err(|why| (line_of(text, line, 0), why))?;
        }
        let opened = self.view.as_deref().map_or(Ok(()), |line| screen(line).map(drop));
        opened.map_err(|why| (line_of(text, self.view.as_deref().unwrap_or_default(), 0), why))
    }

    fn check_subject(&self, subject: Subject<'_>) -> Result<(), String> {
        match subject {
            Subject::Stream(name) if !self.streams.iter().any(|s| s.name == *name) => {
                Err(format!("`metric` is about `{name}`, but the session has no such stream"))
            }
            Subject::Mapping(name) if !self.mappings.iter().any(|m| m.name == *name) => {
                Err(format!("`metric` is about `{name}`, but the session has no such mapping"))
            }
            Subject::Stream(_) | Subject::Mapping(_) | Subject::Functions => Ok(()),
        }
    }

    /// What the timeline's commands name must be there, or made by an earlier command.
    fn check_mentions(&self, text: &str) -> Result<(), Fault> {
        let mut streams: BTreeSet<String> =
            self.streams.iter().map(|stream| stream.name.to_string()).collect();
        let mut parts: BTreeSet<String> = self.part_names().map(PartName::to_string).collect();
        for (nth, cue) in self.timeline.iter().enumerate() {
            let Ok(Some(command)) = cue.command() else { continue };
            for mention in command.mentions() {
                let missing = match mention {
                    Mention::Stream(name) => missing("stream", name.as_str(), &streams),
                    Mention::Part(name) => missing("part", name.as_str(), &parts),
                    Mention::NewStream(name) => {
                        streams.insert(name.to_string());
                        None
                    }
                    Mention::NewPart(name) => {
                        parts.insert(name.to_string());
                        None
                    }
                };
                if let Some(why) = missing {
                    let why = format!("`run` is `{command}`, but {why}");
                    return Err((line_of_field(text, "at_s", nth), why));
                }
            }
        }
        Ok(())
    }
}

fn missing(what: &str, name: &str, known: &BTreeSet<String>) -> Option<String> {
    let out = || way_out(name, known.iter().map(String::as_str));
    (!known.contains(name)).then(|| format!("there is no {what} `{name}`: {}", out()))
}
