//! Moving the cursor: from thing to thing, on each screen.

use std::sync::Arc;

use crate::command::{Place, Screen};
use crate::console::message::Motion;
use crate::console::state::State;
use crate::console::state::heat::hottest;
use crate::snapshot::{Snapshot, TailRecord};

/// Where a cursor at `at` of `count` rows goes.
pub(super) fn moved(at: usize, motion: Motion, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match motion {
        Motion::By(by) => at.saturating_add_signed(by).min(last),
        Motion::First => 0,
        Motion::Last => last,
        Motion::Left | Motion::Right => at.min(last),
    }
}

/// The thing after a move among `all`; the first counts as chosen when none is.
fn next<T: Clone + PartialEq>(all: &[T], chosen: Option<&T>, motion: Motion) -> Option<T> {
    let at = chosen.and_then(|chosen| all.iter().position(|one| one == chosen)).unwrap_or(0);
    all.get(moved(at, motion, all.len())).cloned()
}

pub(super) fn step(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    match &state.screen {
        Screen::Overview => {
            let names: Vec<_> = state.streams(snapshot).map(|s| s.name.clone()).collect();
            state.chosen.stream = next(&names, state.chosen.stream.as_ref(), motion);
        }
        Screen::Stream(name) => {
            let Some(stream) = snapshot.stream(name.as_str()) else { return };
            let ids: Vec<_> = state.shards(stream).iter().map(|shard| shard.id).collect();
            state.chosen.shard = next(&ids, state.chosen.shard.as_ref(), motion);
        }
        Screen::Heat(_) => step_heat(state, motion, snapshot),
        Screen::Consumers(_) => {
            let names = state.consumers(snapshot);
            state.chosen.consumer = next(&names, state.chosen.consumer.as_ref(), motion);
        }
        Screen::Concurrency => {
            let names = state.functions(snapshot);
            state.chosen.function = next(&names, state.chosen.function.as_ref(), motion);
        }
        Screen::Transforms(_) => step_transform(state, motion, snapshot),
        Screen::Producers => {
            let names = state.producers(snapshot);
            state.chosen.producer = next(&names, state.chosen.producer.as_ref(), motion);
        }
        Screen::Records(_) => step_record(state, motion, snapshot),
        Screen::Logs => step_log(state, motion),
    }
}

/// Up and down among rows of shards, left and right in time.
fn step_heat(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    if matches!(motion, Motion::Left | Motion::Right) {
        return state.heat.step(motion == Motion::Left);
    }
    let Some(heat) = state.heat(snapshot) else { return };
    let rows = state.heat_rows(heat);
    let to = moved(state.heat_at(heat, &rows), motion, rows.len());
    state.chosen.shard = rows.get(to).and_then(|row| row.first()).map(|at| heat.rows[*at].shard);
}

/// From a row of many shards to its hottest, from one shard to its stream.
pub(super) fn open_heat(state: &mut State, snapshot: &Snapshot) {
    let Some(heat) = state.heat(snapshot) else { return };
    let rows = state.heat_rows(heat);
    let Some(row) = rows.get(state.heat_at(heat, &rows)) else { return };
    let (many, shard, stream) = (row.len() > 1, hottest(heat, row), heat.stream.clone());
    state.chosen.shard = shard;
    match many {
        true => state.heat.folded = Some(false),
        false => state.go(Screen::Stream(stream)),
    }
}

/// Up and down among transforms, left and right among stages.
fn step_transform(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    let stages = match &snapshot.sample {
        Some(sample) => sample.stages.len(),
        None => state.transform(snapshot).map_or(0, |transform| transform.stages.len()),
    };
    match motion {
        Motion::Left => state.chosen.stage = state.chosen.stage.saturating_sub(1),
        Motion::Right => {
            state.chosen.stage = (state.chosen.stage + 1).min(stages.saturating_sub(1));
        }
        Motion::By(_) | Motion::First | Motion::Last => {
            let names = state.transforms(snapshot);
            state.chosen.consumer = next(&names, state.chosen.consumer.as_ref(), motion);
            state.chosen.stage = 0;
        }
    }
}

/// One shard in a row, or many again; the inside of a record whole, or as a count.
pub(super) fn fold(state: &mut State, snapshot: &Snapshot) {
    if state.browse().is_some() {
        state.records.folded = !state.records.folded;
        return;
    }
    let Some(heat) = state.heat(snapshot) else { return };
    let many = state.heat_rows(heat).iter().any(|row| row.len() > 1);
    state.heat.folded = Some(!many);
}

/// Among the records of the page; at its ends to the next page. While the newest follow each other
/// any other than the last one holds the page still.
fn step_record(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    let place = match motion {
        Motion::First => Some(Place::Oldest),
        Motion::Last => Some(Place::Newest),
        Motion::By(_) | Motion::Left | Motion::Right => None,
    };
    if let Some(place) = place {
        return go_to(state, place);
    }
    let records = state.records(snapshot);
    let Some(at) = state.record_at(&records) else { return };
    let to = moved(at, motion, records.len());
    let key = |record: &TailRecord| (record.shard, record.sequence.to_string());
    let chosen = key(records[to]);
    let (first, last) = (records[0].arrival, records[records.len() - 1].arrival);
    let (follows, at_end) = (state.follows(), to + 1 == records.len());
    let beyond = match motion {
        Motion::By(by) if by < 0 && at == 0 => Some(Place::Until(first)),
        Motion::By(by) if by > 0 && at_end && at == to && !follows => Some(Place::From(last)),
        _ => None,
    };
    match beyond {
        Some(Place::From(_)) if state.records.held.is_some() => go_to(state, Place::Newest),
        Some(place) => {
            go_to(state, place);
            state.chosen.record = Some(chosen);
        }
        None if follows && at_end => state.chosen.record = None,
        None => {
            if follows {
                state.records.held = Some(Arc::clone(&snapshot.tail));
            }
            state.chosen.record = Some(chosen);
        }
    }
}

/// Shows the records at a place; nothing is selected or held there.
pub(super) fn go_to(state: &mut State, place: Place) {
    state.records.held = None;
    state.chosen.record = None;
    if let Some(browse) = state.browse_mut() {
        browse.place = place;
    }
}

fn step_log(state: &mut State, motion: Motion) {
    match motion {
        Motion::By(by @ (1 | -1)) => state.logs.step(by > 0),
        Motion::By(by) => state.logs.page(by < 0),
        Motion::First => state.logs.page(true),
        Motion::Last => state.logs.follow(),
        Motion::Left => state.logs.level(false),
        Motion::Right => state.logs.level(true),
    }
}

/// What a screen is opened for is selected on it.
pub(super) fn follow(state: &mut State, screen: &Screen) {
    match screen {
        Screen::Stream(name) | Screen::Heat(name) => state.chosen.stream = Some(name.clone()),
        Screen::Records(browse) => {
            state.chosen.stream = Some(browse.stream.clone());
            state.records.held = None;
            state.chosen.record = None;
        }
        Screen::Consumers(Some(name)) | Screen::Transforms(Some(name)) => {
            state.chosen.consumer = Some(name.clone());
        }
        Screen::Overview
        | Screen::Consumers(None)
        | Screen::Transforms(None)
        | Screen::Concurrency
        | Screen::Producers
        | Screen::Logs => {}
    }
}

/// From a consumer to the stream that it reads.
pub(super) fn open_consumer(state: &mut State, snapshot: &Snapshot) {
    let Some(name) = state.consumer(snapshot) else { return };
    let mapping = snapshot.mappings.iter().find(|mapping| mapping.name == name);
    let transform = snapshot.transforms.iter().find(|transform| transform.name == name);
    let reader = snapshot.readers.iter().find(|reader| reader.name == name);
    let stream = mapping
        .map(|mapping| &mapping.stream)
        .or(transform.map(|transform| &transform.from))
        .or(reader.map(|reader| &reader.stream));
    if let Some(stream) = stream.cloned() {
        state.go(Screen::Stream(stream));
    }
}
