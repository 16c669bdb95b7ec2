//! Attaching, changing and detaching parts.

use crate::command::{Outcome, Tune, WorldCommand};
use crate::model::{ConsumerName, Event, EventKind, PartName, StreamName, chance::salted};
use crate::pipeline::function::Function;
use crate::pipeline::mapping::{FailureDoor, Mapping};
use crate::pipeline::producer::Producer;
use crate::pipeline::reader::Reader;
use crate::pipeline::settings::{
    FunctionKind, FunctionSettings, MappingSettings, OnFailure, ProducerSettings, PushedAs,
    ReaderSettings, SettingError, SourceSettings, Stage, TransformSettings, function_of,
};
use crate::pipeline::transform::Transform;
use crate::pipeline::transform::in_place::InPlace;
use crate::pipeline::{Invoking, Sink, Source};
use crate::world::look::{function_kind, source_kind};
use crate::world::parts::Parts;
use crate::world::run::done;
use crate::world::{RunError, World};

type Ran = Result<Outcome, RunError>;

fn unfit(error: &SettingError) -> RunError {
    RunError::Unfit(error.to_string())
}

fn unknown(what: &'static str, name: &PartName) -> RunError {
    RunError::Unknown { what, name: name.to_string() }
}

impl World {
    pub(super) fn free_name(&self, name: &PartName) -> Result<(), RunError> {
        if self.parts.has(name) {
            return Err(RunError::Taken { name: name.to_string() });
        }
        Ok(())
    }

    pub(super) fn known_stream(&self, stream: &StreamName) -> Result<(), RunError> {
        match self.engine.stream(stream) {
            Some(_) => Ok(()),
            None => Err(RunError::Unknown { what: "stream", name: stream.to_string() }),
        }
    }

    fn known_function(&self, function: Option<&PartName>) -> Result<(), RunError> {
        match function {
            Some(name) if !self.parts.functions.map.contains_key(name) => {
                Err(unknown("function", name))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn seed_for(&self, kind: &str, name: &PartName) -> u64 {
        salted(self.seed, &format!("{kind} {name}"))
    }

    pub(super) fn produce(&mut self, settings: &ProducerSettings) -> Ran {
        settings.check().map_err(|error| unfit(&error))?;
        self.free_name(&settings.name)?;
        self.known_stream(&settings.stream)?;
        if settings.aggregate.is_some() && self.is_scattered(&settings.stream)? {
            let ProducerSettings { name, stream, .. } = settings;
            return Err(RunError::Unfit(format!(
                "`{name}` would aggregate records by the shards of their keys, but those of {stream} go \
                 to its shards in turn: leave `--aggregate` out, or `distribute {stream} keys` first"
            )));
        }
        let seed = self.seed_for("producer", &settings.name);
        let source = self.open_source(&settings.source, seed)?;
        let producer = Producer::new(settings.clone(), source, seed, self.now);
        let what = format!("producer of {}, {}", settings.stream, source_kind(&settings.source));
        self.parts.producers.insert(settings.name.clone(), producer);
        Ok(self.attached(&settings.name, what))
    }

    fn open_source(
        &mut self,
        source: &SourceSettings,
        seed: u64,
    ) -> Result<Option<Box<dyn Source>>, RunError> {
        let opened = match source {
            SourceSettings::Synthetic(_) => return Ok(None),
            SourceSettings::File(file) => self.outside.open_file(&file.path),
            SourceSettings::Stdin { .. } => self.outside.open_stdin(),
            SourceSettings::Host => self.outside.open_host(seed),
        };
        opened.map(Some).map_err(RunError::Outside)
    }

    pub(super) fn transform(&mut self, settings: &TransformSettings) -> Ran {
        settings.check().map_err(|error| unfit(&error))?;
        self.free_name(&settings.name)?;
        self.known_stream(&settings.from)?;
        settings.targets().try_for_each(|stream| self.known_stream(stream))?;
        self.known_function(settings.function())?;
        if settings.is_in_place() {
            return self.transform_in_place(settings);
        }
        let seed = self.seed_for("transform", &settings.name);
        let transform = Transform::new(settings.clone(), seed, self.now);
        let what = format!("transform from {} to {}", settings.from, settings.to);
        self.parts.transforms.insert(settings.name.clone(), transform);
        Ok(self.attached(&settings.name, what))
    }

    fn transform_in_place(&mut self, settings: &TransformSettings) -> Ran {
        let TransformSettings { name, from: stream, .. } = settings;
        if let Some(other) = self.parts.in_place.get(stream) {
            let why = format!(
                "`{}` transforms {stream} in place already: `stages {0} ...` changes it",
                other.name()
            );
            return Err(RunError::Unfit(why));
        }
        self.parts.in_place.insert(stream.clone(), InPlace::new(settings.clone()));
        Ok(self.attached(name, format!("transform of {stream} in place")))
    }

    pub(super) fn stages(&mut self, name: &PartName, stages: &[Stage]) -> Ran {
        self.known_function(function_of(stages))?;
        let Parts { transforms, in_place, .. } = &mut self.parts;
        let mut in_place = in_place.values_mut();
        let before = if let Some(part) = transforms.get_mut(name) {
            part.settings().check_stages(stages).map_err(|error| unfit(&error))?;
            part.set_stages(stages.to_vec())
        } else if let Some(part) = in_place.find(|part| part.name() == name) {
            part.settings().check_stages(stages).map_err(|error| unfit(&error))?;
            part.set_stages(stages.to_vec())
        } else {
            return Err(unknown("transform", name));
        };
        let undo = WorldCommand::Stages { transform: name.clone(), stages: before };
        Ok(Outcome { said: format!("{name} has {} stages", stages.len()), undo: Some(undo) })
    }

    pub(super) fn function(&mut self, settings: &FunctionSettings) -> Ran {
        settings.check().map_err(|error| unfit(&error))?;
        self.free_name(&settings.name)?;
        let sink: Option<Box<dyn Sink>> = match &settings.kind {
            FunctionKind::Archive { path } => {
                Some(self.outside.open_sink(path).map_err(RunError::Outside)?)
            }
            FunctionKind::Simulated
            | FunctionKind::Count { .. }
            | FunctionKind::Notify { .. }
            | FunctionKind::Spike { .. }
            | FunctionKind::Process(_)
            | FunctionKind::Http { .. } => None,
        };
        let invoker = self.outside.open_function(settings).map_err(RunError::Outside)?;
        let mut function = Function::new(settings.clone(), sink, self.seed);
        function.set_invoker(invoker);
        let what = format!("function, {}", function_kind(&settings.kind));
        self.parts
            .functions
            .add(self.now, function)
            .map_err(|why| RunError::Unfit(why.to_string()))?;
        Ok(self.attached(&settings.name, what))
    }

    pub(super) fn attach(&mut self, settings: &MappingSettings) -> Ran {
        settings.check().map_err(|error| unfit(&error))?;
        self.free_name(&settings.name)?;
        self.known_stream(&settings.stream)?;
        self.known_function(Some(&settings.function))?;
        self.free_consumer(settings.pushed_as())?;
        settings.start.check(self.now).map_err(|error| unfit(&error))?;
        let door = self.open_destination(settings)?;
        let (name, stream) = (&settings.name, &settings.stream);
        let checkpoints = self.checkpoints.of(name, stream, &self.engine);
        let mut mapping = Mapping::new(settings.clone(), checkpoints, self.seed, self.now);
        mapping.set_door(door);
        let what = format!("{} invoked with records of {}", settings.function, settings.stream);
        self.parts.mappings.insert(settings.name.clone(), mapping);
        Ok(self.attached(&settings.name, what))
    }

    /// Two parts that were pushed to as one consumer would take its subscriptions from each other.
    fn free_consumer(&self, asked: Option<PushedAs<'_>>) -> Result<(), RunError> {
        let Some(asked) = asked else { return Ok(()) };
        let mappings = self.parts.mappings.values().filter_map(|part| part.settings().pushed_as());
        let readers = self.parts.readers.values().filter_map(|part| part.settings().pushed_as());
        match mappings.chain(readers).find(|other| asked.is_twin_of(other)) {
            Some(PushedAs { part: twin, stream, consumer }) => Err(RunError::Unfit(format!(
                "`{twin}` is pushed to as consumer `{consumer}` of {stream}: `{}` needs another one",
                asked.part
            ))),
            None => Ok(()),
        }
    }

    /// The file or endpoint that a mapping tells what it gives up, if it is one; its stream must be
    /// there.
    fn open_destination(
        &mut self,
        settings: &MappingSettings,
    ) -> Result<Option<FailureDoor>, RunError> {
        match &settings.on_failure {
            Some(OnFailure::Stream(stream)) => self.known_stream(stream).map(|()| None),
            Some(OnFailure::File(path)) => {
                let sink = self.outside.open_sink(path).map_err(RunError::Outside)?;
                Ok(Some(FailureDoor::File(sink)))
            }
            Some(OnFailure::Http(url)) => {
                let seed = self.seed_for("endpoint", &settings.name);
                let endpoint = self.outside.open_endpoint(url, seed).map_err(RunError::Outside)?;
                Ok(Some(FailureDoor::Endpoint(endpoint)))
            }
            None => Ok(None),
        }
    }

    pub(super) fn read(&mut self, settings: &ReaderSettings) -> Ran {
        settings.check().map_err(|error| unfit(&error))?;
        settings.start.check(self.now).map_err(|error| unfit(&error))?;
        self.free_name(&settings.name)?;
        self.known_stream(&settings.stream)?;
        self.free_consumer(settings.pushed_as())?;
        let reader = Reader::new(settings.clone(), self.seed, self.now);
        let what = format!("reader of {}", settings.stream);
        self.parts.readers.insert(settings.name.clone(), reader);
        Ok(self.attached(&settings.name, what))
    }

    /// Takes a part away. What takes it back is attaching it again as it was.
    pub(super) fn detach(&mut self, name: &PartName) -> Ran {
        let undo = self.remove(name)?;
        self.held.forget(name);
        let kind = EventKind::Detached { part: name.clone() };
        self.chronicle.push(Event { at: self.now, kind });
        Ok(Outcome { said: format!("{name} detached"), undo: Some(undo) })
    }

    fn remove(&mut self, name: &PartName) -> Result<WorldCommand, RunError> {
        if let Some(part) = self.parts.producers.remove(name) {
            return Ok(WorldCommand::Produce(Box::new(part.settings().clone())));
        }
        if let Some(mut part) = self.parts.transforms.remove(name) {
            part.abandon(self.now, &mut self.parts.functions);
            return Ok(WorldCommand::Transform(Box::new(part.settings().clone())));
        }
        if let Some(part) = self.parts.in_place(name) {
            let settings = part.settings().clone();
            self.parts.in_place.remove(&settings.from);
            return Ok(WorldCommand::Transform(Box::new(settings)));
        }
        if let Some(part) = self.parts.readers.remove(name) {
            self.pushes.forget(&mut self.engine, Some(name));
            return Ok(WorldCommand::Read(Box::new(part.settings().clone())));
        }
        if let Some(part) = self.parts.applications.remove(name) {
            self.checkpoints.forget(name);
            return Ok(WorldCommand::Application(Box::new(part.settings())));
        }
        if let Some(mut part) = self.parts.mappings.remove(name) {
            part.abandon(self.now, &mut self.parts.functions);
            self.pushes.forget(&mut self.engine, Some(name));
            self.checkpoints.forget(name);
            return Ok(WorldCommand::Attach(Box::new(part.settings().clone())));
        }
        self.remove_function(name)
    }

    fn remove_function(&mut self, name: &PartName) -> Result<WorldCommand, RunError> {
        let mappings = self.parts.mappings.values().map(|part| part as &dyn Invoking);
        let transforms = self.parts.transforms.values().map(|part| part as &dyn Invoking);
        if let Some(user) = mappings.chain(transforms).find(|part| part.function() == Some(name)) {
            let user = user.name();
            let why = format!("function `{name}` is used by `{user}`: `detach {user}` first");
            return Err(RunError::Unfit(why));
        }
        let removed = self.parts.functions.remove(name);
        let part = removed.ok_or_else(|| unknown("part", name))?;
        Ok(WorldCommand::Function(Box::new(part.settings().clone())))
    }

    fn producer(&mut self, name: &PartName) -> Result<&mut Producer, RunError> {
        self.parts.producers.get_mut(name).ok_or_else(|| unknown("producer", name))
    }

    fn is_paused(&self, name: &PartName) -> Result<bool, RunError> {
        let mapping = self.parts.mappings.get(name).map(Mapping::is_paused);
        let producer = || self.parts.producers.get(name).map(Producer::is_paused);
        mapping.or_else(producer).ok_or_else(|| unknown("producer or mapping", name))
    }

    /// What is paused already has nothing to be taken back, as nothing was done.
    pub(super) fn pause(&mut self, name: &PartName) -> Ran {
        if self.is_paused(name)? {
            return Ok(done(format!("{name} is paused already")));
        }
        let now = self.now;
        match self.parts.mappings.get_mut(name) {
            Some(mapping) => mapping.set_paused(now, true),
            None => self.producer(name)?.pause(now),
        }
        Ok(self.changed(name, "paused", WorldCommand::Resume(name.clone())))
    }

    pub(super) fn resume(&mut self, name: &PartName) -> Ran {
        if !self.is_paused(name)? {
            return Ok(done(format!("{name} runs already")));
        }
        let now = self.now;
        match self.parts.mappings.get_mut(name) {
            Some(mapping) => mapping.set_paused(now, false),
            None => self.producer(name)?.resume(now),
        }
        Ok(self.changed(name, "running again", WorldCommand::Pause(name.clone())))
    }

    pub(super) fn tune(&mut self, tune: &Tune) -> Ran {
        let Tune { mapping: name, changes } = tune;
        let mapping = self.parts.mappings.get(name).ok_or_else(|| unknown("mapping", name))?;
        let before = mapping.settings().clone();
        let after = before.with(changes);
        after.check().map_err(|error| unfit(&error))?;
        self.known_function(Some(&after.function))?;
        self.free_consumer(after.pushed_as())?;
        let door = match after.on_failure == before.on_failure {
            true => None,
            false => self.open_destination(&after)?,
        };
        let mapping = self.parts.mappings.get_mut(name);
        let mapping = mapping.expect("invariant: it was there above");
        mapping.change(self.now, after, door).map_err(|error| unfit(&error))?;
        let undo = Tune { mapping: name.clone(), changes: changes.back_to(&before) };
        // The command says what changed, behind its own name and that of the mapping.
        let line = WorldCommand::Tune(Box::new(tune.clone())).to_string();
        let what = line.splitn(3, ' ').last().unwrap_or_default();
        Ok(self.changed(name, what, WorldCommand::Tune(Box::new(undo))))
    }

    pub(super) fn interval(&mut self, name: &PartName, interval_ms: u64) -> Ran {
        let reader = self.parts.readers.get_mut(name).ok_or_else(|| unknown("reader", name))?;
        let before = reader.settings().interval_ms;
        let asked = ReaderSettings { interval_ms, ..reader.settings().clone() };
        asked.check().map_err(|error| unfit(&error))?;
        reader.set_interval_ms(interval_ms);
        let undo = WorldCommand::Interval { reader: name.clone(), interval_ms: before };
        Ok(self.changed(name, &format!("calls every {interval_ms} ms"), undo))
    }

    pub(super) fn fan_out(&mut self, name: &PartName, consumer: Option<&ConsumerName>) -> Ran {
        let now = self.now;
        let reader = self.parts.readers.get(name).ok_or_else(|| unknown("reader", name))?;
        let before = reader.settings().consumer.clone();
        let asked = ReaderSettings { consumer: consumer.cloned(), ..reader.settings().clone() };
        self.free_consumer(asked.pushed_as())?;
        let reader = self.parts.readers.get_mut(name).expect("invariant: it was there above");
        if before.as_ref() != consumer {
            reader.set_consumer(now, consumer.cloned());
        }
        let undo = WorldCommand::FanOut { reader: name.clone(), consumer: before };
        let what = match consumer {
            Some(consumer) => format!("pushed to as consumer {consumer}"),
            None => "polls".to_owned(),
        };
        Ok(self.changed(name, &what, undo))
    }

    pub(super) fn rate(&mut self, name: &PartName, factor: f64) -> Ran {
        if !(0.0..=1_000.0).contains(&factor) {
            let why = format!("the factor of `{name}` is {factor}, allowed is 0 to 1000");
            return Err(RunError::Unfit(why));
        }
        let producer = self.producer(name)?;
        let before = producer.rate_factor();
        producer.set_rate_factor(factor);
        let undo = WorldCommand::Rate { producer: name.clone(), factor: before };
        Ok(self.changed(name, &format!("rate x{factor}"), undo))
    }

    pub(super) fn concurrency(&mut self, function: Option<&PartName>, limit: Option<u32>) -> Ran {
        let Some(name) = function else { return self.account_concurrency(limit) };
        self.known_function(Some(name))?;
        let before = self.parts.functions.pool.reserved_for(name);
        self.reserve(name, limit)?;
        let undo = WorldCommand::Concurrency { function: Some(name.clone()), limit: before };
        let what = limit.map_or("reservation taken away".to_owned(), |n| format!("reserved {n}"));
        Ok(self.changed(name, &what, undo))
    }

    pub(super) fn provision(&mut self, name: &PartName, count: Option<u32>) -> Ran {
        self.known_function(Some(name))?;
        let pool = &mut self.parts.functions.pool;
        let before = pool.provisioned_for(name);
        let set = pool.set_provisioned(self.now, name, count);
        set.map_err(|why| RunError::Unfit(why.to_string()))?;
        let undo = WorldCommand::Provision { function: name.clone(), count: before };
        let what = count.map_or("provisioned none".to_owned(), |n| format!("provisioned {n}"));
        Ok(self.changed(name, &what, undo))
    }

    fn account_concurrency(&mut self, limit: Option<u32>) -> Ran {
        let Some(limit) = limit else {
            return Err(RunError::Unfit(
                "the account needs a limit: `concurrency account 1000`".into(),
            ));
        };
        if limit == 0 {
            return Err(RunError::Unfit(
                "the account's limit is 0, allowed is 1 or more: nothing could run".into(),
            ));
        }
        let before = self.parts.functions.pool.limit();
        let pool = &mut self.parts.functions.pool;
        pool.set_limit(limit).map_err(|why| RunError::Unfit(why.to_string()))?;
        let account = PartName::new("account").expect("it is a name");
        let undo = WorldCommand::Concurrency { function: None, limit: Some(before) };
        Ok(self.changed(&account, &format!("concurrency {limit}"), undo))
    }

    fn reserve(&mut self, name: &PartName, limit: Option<u32>) -> Result<(), RunError> {
        let pool = &mut self.parts.functions.pool;
        pool.set_reserved(name, limit).map_err(|why| RunError::Unfit(why.to_string()))
    }
}
