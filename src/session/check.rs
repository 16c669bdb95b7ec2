//! What must hold in a session beyond its grammar. Each fault with its place.

use std::collections::BTreeSet;

use crate::command::{Mention, way_out};
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{
    MappingSettings, OnFailure, ProducerSettings, PushedAs, ReaderSettings, SettingError,
};
use crate::session::lines::At;
use crate::session::placing::layout;
use crate::session::settings::{Delays, VERSION};
use crate::session::story::LENGTH_S_MAX;
use crate::session::{
    Distribution, QuotaSettings, Session, StreamMode, StreamSettings, Subject, screen,
};

/// A place and a sentence.
type Fault = (At, String);

/// Names that there are once the timeline has played.
struct Known {
    streams: BTreeSet<String>,
    parts: BTreeSet<String>,
}

impl Session {
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.version != VERSION {
            let why = format!("`version` is {}, this program reads {VERSION}", self.version);
            return Err((At::section("version"), why));
        }
        if !(1..=LENGTH_S_MAX).contains(&self.length_s) {
            let why = format!("`length_s` is {}, allowed is 1 to {LENGTH_S_MAX}", self.length_s);
            return Err((At::section("length_s"), why));
        }
        self.check_delays()?;
        self.check_account()?;
        self.check_settings()?;
        self.check_names()?;
        self.check_references()?;
        self.check_story()
    }

    fn check_delays(&self) -> Result<(), Fault> {
        let Delays { create_ms, update_ms, delete_ms } = self.delays;
        let most = u64::from(LENGTH_S_MAX) * 1_000;
        for (name, ms) in
            [("create_ms", create_ms), ("update_ms", update_ms), ("delete_ms", delete_ms)]
        {
            if ms > most {
                let why = format!("`{name}` is {ms}, allowed is 0 to {most}");
                return Err((At::element("delays", 0, name), why));
            }
        }
        Ok(())
    }

    fn check_account(&self) -> Result<(), Fault> {
        if self.concurrency == Some(0) {
            let why = "`concurrency` is 0, allowed is 1 or more: nothing could run".to_owned();
            return Err((At::section("concurrency"), why));
        }
        let provisioned = self.streams.iter().filter(|it| it.mode == StreamMode::Provisioned);
        let shards: u64 = provisioned.map(|stream| u64::from(stream.shards)).sum();
        match self.quotas {
            QuotaSettings::Each { shards: Some(most), .. } if u64::from(most) < shards => {
                let why = format!(
                    "`shards` of `quotas` is {most}, but the provisioned streams have {shards}: raise it, or \
                     take fewer"
                );
                Err((At::element("quotas", 0, "shards"), why))
            }
            QuotaSettings::Each { .. }
            | QuotaSettings::Desk
            | QuotaSettings::Kinesis
            | QuotaSettings::Off => Ok(()),
        }
    }

    fn check_settings(&self) -> Result<(), Fault> {
        let at = |section: &'static str, nth: usize| {
            move |error: SettingError| (At::element(section, nth, error.field), error.to_string())
        };
        for (nth, stream) in self.streams.iter().enumerate() {
            stream.check().map_err(at("streams", nth))?;
            if stream.warm_mib_per_s.is_some() && !self.committed {
                let why = "`warm_mib_per_s` needs the account's commitment: set `committed: true`";
                return Err((At::element("streams", nth, "warm_mib_per_s"), why.to_owned()));
            }
        }
        for (nth, part) in self.functions.iter().enumerate() {
            part.check().map_err(at("functions", nth))?;
        }
        for (nth, part) in self.producers.iter().enumerate() {
            part.check().map_err(at("producers", nth))?;
        }
        for (nth, part) in self.transforms.iter().enumerate() {
            part.check().map_err(at("transforms", nth))?;
        }
        for (nth, part) in self.mappings.iter().enumerate() {
            part.check().map_err(at("mappings", nth))?;
        }
        for (nth, part) in self.readers.iter().enumerate() {
            part.check().map_err(at("readers", nth))?;
        }
        for (nth, part) in self.applications.iter().enumerate() {
            part.check().map_err(at("applications", nth))?;
        }
        Ok(())
    }

    /// All parts: where each stands, and its name.
    fn parts<'a>(&'a self) -> Vec<(&'static str, usize, &'a PartName)> {
        let lists: [(&'static str, Vec<&'a PartName>); 6] = [
            ("functions", self.functions.iter().map(|part| &part.name).collect()),
            ("producers", self.producers.iter().map(|part| &part.name).collect()),
            ("transforms", self.transforms.iter().map(|part| &part.name).collect()),
            ("mappings", self.mappings.iter().map(|part| &part.name).collect()),
            ("readers", self.readers.iter().map(|part| &part.name).collect()),
            ("applications", self.applications.iter().map(|part| &part.name).collect()),
        ];
        let placed = |(section, names): (&'static str, Vec<&'a PartName>)| {
            names.into_iter().enumerate().map(move |(nth, name)| (section, nth, name))
        };
        lists.into_iter().flat_map(placed).collect()
    }

    /// A field of the part of that name.
    fn at_part(&self, name: &PartName, field: &str) -> At {
        let parts = self.parts();
        let found = parts.iter().find(|(_, _, part)| *part == name);
        found.map_or(At::section("version"), |(section, nth, _)| At::element(section, *nth, field))
    }

    /// Whoever is pushed to as a registered consumer.
    fn pushed(&self) -> impl Iterator<Item = PushedAs<'_>> {
        let mappings = self.mappings.iter().filter_map(MappingSettings::pushed_as);
        mappings.chain(self.readers.iter().filter_map(ReaderSettings::pushed_as))
    }

    fn check_names(&self) -> Result<(), Fault> {
        let mut streams = BTreeSet::new();
        for (nth, StreamSettings { name, .. }) in self.streams.iter().enumerate() {
            if !streams.insert(name) {
                let why = format!("`name` is `{name}`, which another stream has");
                return Err((At::element("streams", nth, "name"), why));
            }
        }
        for part in self.pushed() {
            if let Some(twin) = self.pushed().find(|other| part.is_twin_of(other)) {
                let why = format!("`consumer` is that of `{}` already", twin.part);
                return Err((self.at_part(part.part, "consumer"), why));
            }
        }
        let mut parts = BTreeSet::new();
        for (section, nth, name) in self.parts() {
            if !parts.insert(name) {
                let why = format!("`name` is `{name}`, which another part has");
                return Err((At::element(section, nth, "name"), why));
            }
        }
        Ok(())
    }

    /// The streams that parts name: where each is named.
    fn named_streams(&self) -> Vec<(At, &StreamName)> {
        let mut all = Vec::new();
        for (nth, part) in self.producers.iter().enumerate() {
            all.push((At::element("producers", nth, "stream"), &part.stream));
        }
        for (nth, part) in self.readers.iter().enumerate() {
            all.push((At::element("readers", nth, "stream"), &part.stream));
        }
        for (nth, part) in self.applications.iter().enumerate() {
            all.push((At::element("applications", nth, "stream"), &part.stream));
        }
        for (nth, part) in self.mappings.iter().enumerate() {
            all.push((At::element("mappings", nth, "stream"), &part.stream));
            match &part.on_failure {
                Some(OnFailure::Stream(stream)) => {
                    all.push((At::element("mappings", nth, "on_failure"), stream));
                }
                Some(OnFailure::File(_) | OnFailure::Http(_)) | None => {}
            }
        }
        for (nth, part) in self.transforms.iter().enumerate() {
            all.push((At::element("transforms", nth, "from"), &part.from));
            all.extend(part.targets().map(|to| (At::element("transforms", nth, "to"), to)));
        }
        all
    }

    /// The functions that parts name: where each is named.
    fn named_functions(&self) -> Vec<(At, &PartName)> {
        let mapped = self.mappings.iter().enumerate();
        let mut all: Vec<(At, &PartName)> = mapped
            .map(|(nth, part)| (At::element("mappings", nth, "function"), &part.function))
            .collect();
        for (nth, part) in self.transforms.iter().enumerate() {
            let named = part.function().into_iter();
            all.extend(named.map(|name| (At::element("transforms", nth, "stages"), name)));
        }
        all
    }

    fn check_references(&self) -> Result<(), Fault> {
        let unknown = |at: At, what: &str, name: &str, names: Vec<&str>| {
            let out = way_out(name, names);
            let why = format!("`{what}` is `{name}`, but the session has no such {what}: {out}");
            Err((at, why))
        };
        for (at, stream) in self.named_streams() {
            if !self.streams.iter().any(|known| known.name == *stream) {
                let names = self.streams.iter().map(|known| known.name.as_str()).collect();
                return unknown(at, "stream", stream.as_str(), names);
            }
        }
        self.check_packers()?;
        for (at, function) in self.named_functions() {
            if !self.functions.iter().any(|known| known.name == *function) {
                let names = self.functions.iter().map(|known| known.name.as_str()).collect();
                return unknown(at, "function", function.as_str(), names);
            }
        }
        Ok(())
    }

    fn check_packers(&self) -> Result<(), Fault> {
        let scattered = |name: &StreamName| {
            let mut streams = self.streams.iter();
            streams.any(|it| it.name == *name && it.distribution == Distribution::Auto)
        };
        let packs = |part: &&ProducerSettings| part.aggregate.is_some() && scattered(&part.stream);
        let Some(part) = self.producers.iter().find(packs) else { return Ok(()) };
        let why = format!(
            "`aggregate` packs by the shards of keys, but `distribution` of `{}` is `Auto`: leave one \
             of them out",
            part.stream
        );
        Err((self.at_part(&part.name, "aggregate"), why))
    }

    fn check_story(&self) -> Result<(), Fault> {
        for (nth, cue) in self.timeline.iter().enumerate() {
            cue.check().map_err(|why| (At::element("timeline", nth, field_of(&why)), why))?;
        }
        let known = self.check_mentions()?;
        for (nth, expectation) in self.expect.iter().enumerate() {
            let at = |why: String| (At::element("expect", nth, field_of(&why)), why);
            expectation.check(self.length_s).map_err(at)?;
            self.check_subject(expectation.metric.subject(), &known).map_err(at)?;
        }
        for (screen, line) in &self.layouts {
            layout(screen, line).map_err(|why| (At::element("layouts", 0, screen), why))?;
        }
        self.check_view(&known).map_err(|why| (At::section("view"), why))
    }

    fn check_view(&self, known: &Known) -> Result<(), String> {
        let Some(line) = &self.view else { return Ok(()) };
        let opened = screen(line)?;
        let Some(stream) = opened.stream() else { return Ok(()) };
        match missing("stream", stream.as_str(), &known.streams) {
            Some(why) => Err(format!("`view` is `{line}`, but {why}")),
            None => Ok(()),
        }
    }

    fn check_subject(&self, subject: Subject<'_>, known: &Known) -> Result<(), String> {
        match subject {
            Subject::Stream(name) if !known.streams.contains(name.as_str()) => {
                Err(format!("`metric` is about `{name}`, but the session has no such stream"))
            }
            Subject::Mapping(name) if !self.has_mapping(name, known) => {
                Err(format!("`metric` is about `{name}`, but the session has no such mapping"))
            }
            Subject::Stream(_) | Subject::Mapping(_) | Subject::Functions => Ok(()),
        }
    }

    /// Is there such a mapping, or a part of that name that the timeline makes?
    fn has_mapping(&self, name: &PartName, known: &Known) -> bool {
        let made = || !self.parts().iter().any(|(_, _, part)| *part == name);
        self.mappings.iter().any(|mapping| mapping.name == *name)
            || (known.parts.contains(name.as_str()) && made())
    }

    /// What the timeline's commands name must be there, or made by an earlier command.
    fn check_mentions(&self) -> Result<Known, Fault> {
        let mut streams: BTreeSet<String> =
            self.streams.iter().map(|stream| stream.name.to_string()).collect();
        let mut parts: BTreeSet<String> =
            self.parts().iter().map(|(_, _, name)| name.to_string()).collect();
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
                    return Err((At::element("timeline", nth, "run"), why));
                }
            }
        }
        Ok(Known { streams, parts })
    }
}

/// The field that a sentence begins with: "`at_s` is ...".
fn field_of(why: &str) -> &str {
    why.strip_prefix('`').and_then(|rest| rest.split_once('`')).map_or("", |(field, _)| field)
}

fn missing(what: &str, name: &str, known: &BTreeSet<String>) -> Option<String> {
    let out = || way_out(name, known.iter().map(String::as_str));
    (!known.contains(name)).then(|| format!("there is no {what} `{name}`: {}", out()))
}
