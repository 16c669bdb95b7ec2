//! The parts of a world: who feeds, transforms and consumes its streams.

use std::collections::BTreeMap;
use std::hash::Hasher;

use crate::engine::Engine;
use crate::model::{Millis, PartName, StreamName};
use crate::pipeline::application::Application;
use crate::pipeline::function::Functions;
use crate::pipeline::mapping::Mapping;
use crate::pipeline::outside::Invoked;
use crate::pipeline::producer::Producer;
use crate::pipeline::reader::Reader;
use crate::pipeline::settings::TransformSettings;
use crate::pipeline::transform::Transform;
use crate::pipeline::transform::in_place::InPlace;
use crate::pipeline::{Call, Invoking, Part, Reply};
use crate::world::Chronicle;
use crate::world::gate::Gate;
use crate::world::held::Held;
use crate::world::mixes::Mixes;
use crate::world::pushes::Pushes;

/// All parts, by name, and the functions with their pool.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) producers: BTreeMap<PartName, Producer>,
    pub(super) transforms: BTreeMap<PartName, Transform>,
    /// Transforms in place, by their stream.
    pub(super) in_place: BTreeMap<StreamName, InPlace>,
    pub(super) mappings: BTreeMap<PartName, Mapping>,
    pub(super) readers: BTreeMap<PartName, Reader>,
    pub(super) applications: BTreeMap<PartName, Application>,
    pub(super) functions: Functions,
}

impl Parts {
    /// Is the name taken by any part?
    pub(super) fn has(&self, name: &PartName) -> bool {
        self.producers.contains_key(name)
            || self.transforms.contains_key(name)
            || self.in_place(name).is_some()
            || self.mappings.contains_key(name)
            || self.readers.contains_key(name)
            || self.applications.contains_key(name)
            || self.functions.map.contains_key(name)
    }

    /// Of all transforms, those in place last.
    pub(super) fn transform_settings(&self) -> impl Iterator<Item = &TransformSettings> {
        let transforms = self.transforms.values().map(Transform::settings);
        transforms.chain(self.in_place.values().map(InPlace::settings))
    }

    /// The transform in place of this name.
    pub(super) fn in_place(&self, name: &PartName) -> Option<&InPlace> {
        self.in_place.values().find(|part| part.name() == name)
    }

    pub(super) fn mappings_of(&self, stream: &StreamName) -> impl Iterator<Item = &Mapping> {
        self.mappings.values().filter(move |part| part.settings().stream == *stream)
    }

    /// Transforms that read it: those in place change it before anybody does.
    pub(super) fn transforms_of(&self, stream: &StreamName) -> impl Iterator<Item = &Transform> {
        self.transforms.values().filter(move |part| part.settings().from == *stream)
    }

    pub(super) fn readers_of(&self, stream: &StreamName) -> impl Iterator<Item = &Reader> {
        self.readers.values().filter(move |part| part.settings().stream == *stream)
    }

    pub(super) fn applications_of(
        &self,
        stream: &StreamName,
    ) -> impl Iterator<Item = &Application> {
        self.applications.values().filter(move |part| part.unchanging().stream == *stream)
    }

    /// When a part is due next.
    pub(super) fn next_deadline(&self) -> Option<Millis> {
        let producers = self.producers.values().filter_map(Part::next_deadline);
        let transforms = self.transforms.values().filter_map(Invoking::next_deadline);
        let readers = self.readers.values().filter_map(Part::next_deadline);
        let mappings = self.mappings.values().filter_map(Invoking::next_deadline);
        let applications = self.applications.values().filter_map(Part::next_deadline);
        producers.chain(transforms).chain(readers).chain(mappings).chain(applications).min()
    }

    /// Drives every part that is due, in the order of kinds and names.
    pub(super) fn advance(&mut self, now: Millis, reach: Reach<'_>) {
        let Self { in_place, functions, .. } = self;
        let Reach { engine, held, chronicle, mixes, pushes } = reach;
        let gate = Gate { engine, in_place, mixes, chronicle };
        let door = &mut Door { gate, held, pushes };
        for (name, producer) in &mut self.producers {
            drive(now, (name, producer), door);
        }
        for transform in self.transforms.values_mut() {
            drive_invoking(now, transform, functions, door);
        }
        for (name, reader) in &mut self.readers {
            drive(now, (name, reader), door);
            door.pushes.fulfil(now, reader, door.gate.engine);
        }
        for (name, application) in &mut self.applications {
            drive(now, (name, application), door);
        }
        for mapping in self.mappings.values_mut() {
            drive_invoking(now, mapping, functions, door);
        }
    }

    /// The reply to a call that was made a while ago.
    pub(super) fn on_late_reply(&mut self, now: Millis, name: &PartName, call: Call, reply: Reply) {
        if let Some(producer) = self.producers.get_mut(name) {
            producer.on_reply(now, call, reply);
        } else if let Some(transform) = self.transforms.get_mut(name) {
            transform.on_reply(now, call, reply);
        } else if let Some(mapping) = self.mappings.get_mut(name) {
            mapping.on_reply(now, call, reply);
        }
    }

    /// A function that runs outside has answered, or failed. Who waits for that may have been given
    /// another function meanwhile: all are woken.
    pub(super) fn on_invoked(&mut self, outcome: Invoked) {
        if self.functions.on_outcome(outcome) {
            self.mappings.values_mut().for_each(Invoking::wake);
            self.transforms.values_mut().for_each(Invoking::wake);
        }
    }

    /// Folds what the consumers did into a digest.
    pub(super) fn digest(&self, digest: &mut impl Hasher) {
        for mapping in self.mappings.values() {
            let tally = mapping.tally();
            for count in [tally.invocations, tally.errors, tally.throttles, tally.done_records] {
                digest.write_u64(count);
            }
        }
        for application in self.applications.values() {
            digest.write_u64(application.tally().done_records);
            digest.write_u64(application.again_records());
        }
        for producer in self.producers.values() {
            digest.write_u64(producer.tally().offered_records);
            digest.write_u64(producer.tally().retried_records);
        }
    }
}

/// What parts reach of the world, beside each other.
pub(super) struct Reach<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) held: &'a mut Held,
    pub(super) chronicle: &'a mut Chronicle,
    pub(super) mixes: &'a mut Mixes,
    pub(super) pushes: &'a mut Pushes,
}

/// What a part calls.
struct Door<'a> {
    gate: Gate<'a>,
    held: &'a mut Held,
    pushes: &'a mut Pushes,
}

fn due(deadline: Option<Millis>, now: Millis) -> bool {
    deadline.is_some_and(|at| at <= now)
}

/// One part, if it is due: its calls are answered by the engine in the same step, but for those
/// that wait for the disk.
fn drive(now: Millis, (name, part): (&PartName, &mut dyn Part), door: &mut Door<'_>) {
    if !due(part.next_deadline(), now) {
        return;
    }
    part.advance(now);
    while let Some(call) = part.poll_call() {
        let reply = door.gate.handle(now, &call.operation);
        if let Some((call, reply)) = door.held.hold(name, call, reply) {
            part.on_reply(now, call, reply);
        }
    }
    while let Some(event) = part.poll_event() {
        door.gate.chronicle.push(event);
    }
}

/// The same for a part that needs the functions at hand.
fn drive_invoking(
    now: Millis,
    part: &mut dyn Invoking,
    functions: &mut Functions,
    door: &mut Door<'_>,
) {
    if !due(part.next_deadline(), now) {
        return;
    }
    part.advance(now, functions);
    // A reply may make a batch complete, which is invoked in the same moment.
    while let Some(call) = part.poll_call(now) {
        let reply = door.gate.handle(now, &call.operation);
        if let Some((call, reply)) = door.held.hold(part.name(), call, reply) {
            part.on_reply(now, call, reply);
            part.advance(now, functions);
        }
    }
    door.pushes.fulfil(now, part, door.gate.engine);
    while let Some(event) = part.poll_event() {
        door.gate.chronicle.push(event);
    }
    let mut function = part.function().and_then(|function| functions.map.get_mut(function));
    while let Some(event) = function.as_mut().and_then(|function| function.poll_event()) {
        door.gate.chronicle.push(event);
    }
}
