//! Moving the cursor: from thing to thing, in each panel.

use std::sync::Arc;

use crate::command::{Marking, Motion, Place, Screen};
use crate::console::panel::Panel;
use crate::console::state::heat::hottest;
use crate::console::state::{State, shelf};
use crate::snapshot::{Snapshot, TailRecord};

/// Where a cursor at `at` of `count` rows goes.
pub(super) fn moved(at: usize, motion: Motion, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match motion {
        Motion::Down => at.saturating_add(1).min(last),
        Motion::Up => at.saturating_sub(1).min(last),
        Motion::PageDown => at.saturating_add(10).min(last),
        Motion::PageUp => at.saturating_sub(10).min(last),
        Motion::First => 0,
        Motion::Last => last,
        Motion::Left | Motion::Right => at.min(last),
    }
}

/// Moves the cursor of the focused panel.
pub(super) fn step(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    let panel = state.panel();
    match panel {
        Panel::Records => return step_record(state, motion, snapshot),
        Panel::Record => return step_line(state, motion, snapshot),
        Panel::Log | Panel::Targets if matches!(motion, Motion::Left | Motion::Right) => {
            return change_level(state, panel, motion == Motion::Right, snapshot);
        }
        Panel::Log => return state.logs.step(motion, |at, count| moved(at, motion, count)),
        Panel::Transforms | Panel::Stages | Panel::Sample => {
            return step_transform(state, motion, snapshot);
        }
        Panel::Heat => return step_heat(state, motion, snapshot),
        _ => {}
    }
    let ids = state.ids(panel, snapshot);
    let chosen = state.row_of(panel);
    let at = chosen.and_then(|chosen| ids.iter().position(|id| *id == chosen)).unwrap_or(0);
    // Along the space of hash keys, left and right are the ways to go.
    let motion = match (panel, motion) {
        (Panel::Map, Motion::Left) => Motion::Up,
        (Panel::Map, Motion::Right) => Motion::Down,
        (_, motion) => motion,
    };
    if let Some(id) = ids.get(moved(at, motion, ids.len())) {
        state.choose(panel, id);
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
        _ => {
            let names = state.transforms(snapshot);
            let chosen = state.transform(snapshot).map(|transform| &transform.name);
            let at = names.iter().position(|name| Some(name) == chosen).unwrap_or(0);
            state.chosen.consumer = names.get(moved(at, motion, names.len())).cloned();
            state.chosen.stage = 0;
        }
    }
}

/// One shard in a row, or many again; the inside of a record whole, or as a count.
pub(super) fn fold(state: &mut State, snapshot: &Snapshot) {
    if state.browse().is_some() {
        state.records.folds.toggle_all();
        state.records.line = 0;
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
        _ => None,
    };
    if let Some(place) = place {
        return go_to(state, place);
    }
    state.records.line = 0;
    let records = state.records(snapshot);
    let Some(at) = state.record_at(&records) else { return };
    let to = moved(at, motion, records.len());
    let key = |record: &TailRecord| (record.shard, record.sequence.to_string());
    let chosen = key(records[to]);
    let (first, last) = (records[0].arrival, records[records.len() - 1].arrival);
    let (follows, at_end) = (state.follows(), to + 1 == records.len());
    let beyond = match motion {
        Motion::Up | Motion::PageUp if at == 0 => Some(Place::Until(first)),
        Motion::Down | Motion::PageDown if at_end && at == to && !follows => {
            Some(Place::From(last))
        }
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

/// Holds the page and the record under the cursor: what is looked into does not move on.
pub(super) fn hold(state: &mut State, snapshot: &Snapshot) {
    let Some(record) = state.record(snapshot) else { return };
    let chosen = (record.shard, record.sequence.to_string());
    if state.follows() {
        state.records.held = Some(Arc::clone(&snapshot.tail));
    }
    state.chosen.record = Some(chosen);
}

/// Along the lines of the record; right unfolds what begins on the line, left folds it.
fn step_line(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    let lines = state.record_lines(snapshot);
    let count = match &lines {
        Some(lines) => lines.len(),
        // As hexadecimal digits: as text there are as many, or less.
        None => state.record(snapshot).map_or(0, |record| record.data.len() / 16 + 1),
    };
    let at = state.records.line.min(count.saturating_sub(1));
    state.records.line = moved(at, motion, count);
    if matches!(motion, Motion::Left | Motion::Right) {
        let node = lines.and_then(|lines| lines.into_iter().nth(at)?.node);
        node.iter().for_each(|(path, _)| state.records.folds.fold(path, motion == Motion::Left));
    }
}

/// Folds what begins on the line under the cursor, or unfolds it.
pub(super) fn fold_line(state: &mut State, snapshot: &Snapshot) {
    let lines = state.record_lines(snapshot).unwrap_or_default();
    let at = state.records.line.min(lines.len().saturating_sub(1));
    if let Some((path, folded)) = lines.into_iter().nth(at).and_then(|line| line.node) {
        state.records.folds.fold(&path, !folded);
    }
}

/// Shows the records at a place; nothing is selected or held there.
pub(super) fn go_to(state: &mut State, place: Place) {
    state.records.held = None;
    state.records.line = 0;
    state.chosen.record = None;
    if let Some(browse) = state.browse_mut() {
        browse.place = place;
    }
}

/// More levels of everybody, or of the selected target; or fewer.
fn change_level(state: &mut State, panel: Panel, more: bool, snapshot: &Snapshot) {
    let target = (panel == Panel::Targets).then(|| state.at_cursor(panel, snapshot)).flatten();
    state.logs.change_level(target.as_deref(), more);
}

/// Marks rows of the focused panel.
pub(super) fn mark(state: &mut State, which: Marking, snapshot: &Snapshot) {
    let panel = state.panel();
    let all = state.ids(panel, snapshot);
    let here = state.at_cursor(panel, snapshot);
    match (which, here) {
        (Marking::This, Some(id)) => {
            if !state.marks.remove(&id) {
                state.marks.insert(id);
            }
            step(state, Motion::Down, snapshot);
        }
        (Marking::All, _) => {
            let whole = all.iter().all(|id| state.marks.contains(id));
            state.marks = if whole { Default::default() } else { all.into_iter().collect() };
        }
        (Marking::Range, Some(id)) => {
            let to = all.iter().position(|one| *one == id).unwrap_or(0);
            // From the nearest mark above the cursor, or else below it.
            let marked = |at: &usize| state.marks.contains(&all[*at]);
            let from = (0..to).rev().find(marked).or_else(|| (to..all.len()).find(marked));
            let from = from.unwrap_or(to);
            state.marks.extend(all[from.min(to)..=from.max(to)].iter().cloned());
        }
        (Marking::Off, _) => state.marks.clear(),
        (Marking::This | Marking::Range, None) => {}
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
        | Screen::Problems
        | Screen::Costs
        | Screen::System
        | Screen::Logs => {}
        Screen::Sessions => {
            if state.shelf.is_empty() {
                state.shelf = shelf::built_in();
            }
        }
        Screen::Themes => state.worn = Some(state.theme.clone()),
    }
}

/// From a consumer to the stream that it reads.
pub(super) fn open_consumer(state: &mut State, snapshot: &Snapshot) {
    let Some(name) = state.consumer(snapshot) else { return };
    let mapping = snapshot.mappings.iter().find(|mapping| mapping.name == name);
    let transform = snapshot.transforms.iter().find(|transform| transform.name == name);
    let reader = snapshot.readers.iter().find(|reader| reader.name == name);
    let application = snapshot.applications.iter().find(|other| other.name == name);
    let stream = mapping
        .map(|mapping| &mapping.stream)
        .or(transform.map(|transform| &transform.from))
        .or(reader.map(|reader| &reader.stream))
        .or(application.map(|application| &application.stream));
    if let Some(stream) = stream.cloned() {
        state.go(Screen::Stream(stream));
    }
}
