//! What the hands do besides typing: open, go back, move among screens and panels, click.

use std::sync::Arc;

use crate::command::{
    ClockCommand, Command, Copied, Layout, LogMove, Motion, Place, Screen, ScreenKind, TimeMove,
    ViewCommand, Visit, Way, WorldCommand,
};
use crate::console::keymap;
use crate::console::message::Effect;
use crate::console::panel::{Panel, panels};
use crate::console::sheet::Sheet;
use crate::console::state::{Notice, Over, Sign, State};
use crate::console::target::Click;
use crate::console::update::{
    accept, along, foresee, obey, problem, select, story, typing, update,
};
use crate::model::Millis;
use crate::snapshot::Snapshot;

/// One thing back; `false` at the root.
pub(super) fn back(state: &mut State) -> bool {
    match std::mem::take(&mut state.over) {
        Over::None => {}
        Over::Prompt(prompt) => {
            match prompt.sign {
                Sign::Filter => state.filter.clear(),
                Sign::Find => state.logs.search.clear(),
                Sign::Command => {}
            }
            return true;
        }
        Over::Help(_) | Over::Ask(_) | Over::Why(_) => return true,
    }
    let_go(state) || step_out(state)
}

/// Ends what is going on in the screen, the last thing first; `false` when there is none.
fn let_go(state: &mut State) -> bool {
    if !state.queue.is_empty() {
        state.queue.clear();
        return true;
    }
    if !state.marks.is_empty() {
        state.marks.clear();
        return true;
    }
    if !state.filter.is_empty() {
        state.filter.clear();
        return true;
    }
    if let (Screen::Themes, Some(worn)) = (&state.screen, state.worn.take()) {
        state.theme = worn;
        leave(state);
        return true;
    }
    if state.screen == Screen::Logs && state.logs.back() {
        return true;
    }
    // The record was opened after the place was gone to.
    if state.panel() == Panel::Record {
        state.focus_on(Panel::Records);
        return true;
    }
    if state.browse().is_some_and(|browse| browse.place != Place::Newest)
        || state.records.held.is_some()
    {
        select::go_to(state, Place::Newest);
        return true;
    }
    if state.heat.folded.take().is_some() && state.panel() == Panel::Heat {
        return true;
    }
    if state.zoomed {
        state.zoomed = false;
        return true;
    }
    if std::mem::take(&mut state.replayed) {
        state.frozen = None;
        return true;
    }
    // Its story may have changed the screen, and goes on to change it: it ends before one leaves.
    if state.demo.is_some() {
        story::stop(state);
        return true;
    }
    false
}

/// To the first panel, and from there to the first screen; `false` on that.
fn step_out(state: &mut State) -> bool {
    let first = panels(state.screen.kind())[0];
    if state.panel() != first {
        state.focus_on(first);
        return true;
    }
    if state.screen == Screen::Overview {
        return false;
    }
    state.go(Screen::Overview);
    true
}

/// To the screen before this one.
fn leave(state: &mut State) {
    match state.visited.is_empty() {
        true => state.go(Screen::Overview),
        false => visit(state, Visit::Back),
    }
}

/// The screens in the order of their tabs, those that need a stream on the one in view.
fn tabs(state: &State, snapshot: &Snapshot) -> Vec<Screen> {
    let stream = state.stream(snapshot).map(|stream| &stream.name);
    ScreenKind::ALL.iter().filter_map(|kind| Screen::of(*kind, stream)).collect()
}

pub(super) fn tab(state: &mut State, way: Way, snapshot: &Snapshot) {
    let tabs = tabs(state, snapshot);
    let kind = state.screen.kind();
    let at = tabs.iter().position(|tab| tab.kind() == kind).unwrap_or(0);
    let to = match way {
        Way::Next => at + 1,
        Way::Previous => at + tabs.len() - 1,
    };
    let to = tabs[to % tabs.len()].clone();
    select::follow(state, &to);
    state.go(to);
}

/// Gives the screen a layout, or the next one.
pub(super) fn lay_out(state: &mut State, layout: Option<Layout>) {
    let screen = state.screen.kind();
    let layout = layout.unwrap_or_else(|| state.layouts.next(screen));
    let said = format!("layout of {}, where there is room: {layout}", screen.word());
    state.notice = Some(match state.layouts.wear(screen, layout) {
        Ok(()) => Notice::Done(said),
        Err(why) => Notice::Refused(why.to_string()),
    });
}

pub(super) fn visit(state: &mut State, which: Visit) {
    let (from, to) = match which {
        Visit::Back => (&mut state.visited, Way::Previous),
        Visit::Forward => (&mut state.future, Way::Next),
        Visit::Toggle => {
            if let Some(last) = state.visited.last().cloned() {
                state.go(last);
            }
            return;
        }
    };
    let Some(screen) = from.pop() else { return };
    let left = state.enter(screen);
    match to {
        Way::Previous => state.future.push(left),
        Way::Next => state.visited.push(left),
    }
}

pub(super) fn log(state: &mut State, how: LogMove, snapshot: &Snapshot) {
    let found = match how {
        LogMove::Only => {
            let target = spoken(state, snapshot);
            state.logs.toggle_only(target);
            return;
        }
        LogMove::Newest => {
            state.logs.at = None;
            return;
        }
        LogMove::Wrap => {
            state.logs.wrap = !state.logs.wrap;
            return;
        }
        LogMove::Next => state.logs.find(true),
        LogMove::Previous => state.logs.find(false),
    };
    if !found {
        let why = match state.logs.search.as_str() {
            "" => "`/` looks for a text first".to_owned(),
            search => format!("no line shown has `{search}`: `l` shows more levels"),
        };
        state.notice = Some(Notice::Refused(why));
    }
}

/// The target under the cursor: the selected one, or the one that said the selected line.
fn spoken(state: &State, snapshot: &Snapshot) -> Option<String> {
    if state.panel() == Panel::Targets {
        return state.at_cursor(Panel::Targets, snapshot);
    }
    let shown = state.logs.shown();
    state.logs.place(&shown).map(|at| shown[at].heard.target.clone())
}

pub(super) fn open(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    let panel = state.panel();
    if let Some(id) = state.at_cursor(panel, snapshot) {
        state.choose(panel, &id);
    }
    match (panel, state.stream(snapshot).map(|stream| stream.name.clone())) {
        (Panel::Streams | Panel::Flow, Some(stream)) => state.go(Screen::Stream(stream)),
        (Panel::Shards | Panel::Map | Panel::Lineage | Panel::Details, Some(stream)) => {
            state.go(Screen::records(stream));
        }
        (Panel::Consumers, _) if state.screen == Screen::Overview => {
            state.go(Screen::Consumers(None));
        }
        (Panel::Consumers | Panel::Lanes | Panel::Age | Panel::Errors | Panel::Top, _) => {
            select::open_consumer(state, snapshot);
        }
        (Panel::Problems, _) => problem::explain(state, snapshot),
        (Panel::Why, _) if state.screen == Screen::Problems => problem::explain(state, snapshot),
        (Panel::Functions | Panel::Account | Panel::Why | Panel::History, _) => {
            state.go(Screen::Consumers(None));
        }
        (Panel::Events, _) => state.go(Screen::Logs),
        (Panel::Heat, Some(stream)) if state.screen == Screen::Overview => {
            state.go(Screen::Heat(stream));
        }
        (Panel::Heat, _) => select::open_heat(state, snapshot),
        (Panel::Transforms | Panel::Stages | Panel::Sample, _) => {
            let stream = state.transform(snapshot).map(|transform| transform.from.clone());
            stream.into_iter().for_each(|name| state.go(Screen::Stream(name)));
        }
        (Panel::Producers | Panel::Producer, _) => open_producer(state, snapshot),
        (Panel::Targets, _) => log(state, LogMove::Only, snapshot),
        (Panel::Records, _) => {
            select::hold(state, snapshot);
            state.focus_on(Panel::Record);
        }
        (Panel::Record, _) => select::fold_line(state, snapshot),
        (Panel::Log | Panel::Help, _) => {}
        (Panel::Sessions | Panel::Session, _) => return load(state, snapshot),
        (Panel::Themes | Panel::ThemeSample, _) => {
            state.worn = None;
            let said = format!("theme `{}` from now on", state.theme);
            leave(state);
            state.notice = Some(Notice::Done(said));
        }
        (Panel::Courses, _) => foresee::adopt(state, snapshot),
        (Panel::Costs | Panel::Spent | Panel::System, _) => {}
        (Panel::Streams | Panel::Flow, None) => {}
        (Panel::Shards | Panel::Map | Panel::Lineage | Panel::Details, None) => {}
    }
    Vec::new()
}

/// Opens the selected session in the place of what runs.
fn load(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    let Some(name) = state.session().map(|one| one.name.clone()) else { return Vec::new() };
    obey(state, Command::View(ViewCommand::SessionLoad(name)), snapshot)
}

/// Shows the world as it was: the picture is held until it is let go.
pub(super) fn travel(state: &mut State, when: TimeMove, snapshot: &Snapshot) -> Vec<Effect> {
    let newest = || state.past.newest().unwrap_or(snapshot.now);
    // From what is in view, so that the same key goes further and further back.
    let from = state.frozen.as_ref().map_or_else(newest, |frozen| frozen.now);
    let ago = |ms: u64| Millis(from.0.saturating_sub(ms) + 1);
    let shown = match when {
        TimeMove::Back => state.past.before(snapshot.now),
        // Nothing is newer than now: the clock itself goes on.
        TimeMove::On if state.frozen.is_none() => {
            let step = WorldCommand::Clock(ClockCommand::Step);
            return obey(state, Command::World(step), snapshot);
        }
        TimeMove::On => state.past.after(snapshot.now),
        TimeMove::Live => None,
        TimeMove::Ago(ms) => state.past.before(ago(ms)),
        TimeMove::At(ms) => state.past.before(Millis(snapshot.started.0 + ms + 1)),
    };
    state.replayed = shown.is_some();
    state.pictured = shown.as_ref().and_then(|shown| state.past.records_of(shown.now));
    state.frozen = shown;
    Vec::new()
}

/// Goes to a screen.
pub(super) fn go(state: &mut State, mut screen: Screen, snapshot: &Snapshot) {
    if let Screen::Records(browse) = &mut screen {
        browse.place = browse.place.fixed(snapshot.started, snapshot.now);
    }
    select::follow(state, &screen);
    state.go(screen);
}

/// Puts the focus on the next panel, or the one before.
pub(super) fn panel(state: &mut State, way: Way, snapshot: &Snapshot) {
    // What the filter left under the cursor stays chosen without it.
    let left = state.panel();
    if let Some(id) = state.at_cursor(left, snapshot).filter(|_| !state.filter.is_empty()) {
        state.choose(left, &id);
    }
    state.marks.clear();
    state.filter.clear();
    state.focus_along(way);
}

/// Holds the picture, or lets it go on.
pub(super) fn freeze(state: &mut State, snapshot: &Snapshot) {
    state.pictured = state.watch(snapshot).records;
    let held = || Arc::new(snapshot.clone());
    state.frozen = if state.frozen.is_some() { None } else { Some(held()) };
    state.replayed = false;
}

/// Copies something to the clipboard.
pub(super) fn copy(state: &mut State, what: Copied, snapshot: &Snapshot) -> Vec<Effect> {
    if what == Copied::Screen {
        return vec![Effect::CopyScreen];
    }
    if let Some(text) = copied(state, what, snapshot) {
        return vec![Effect::Copy(text)];
    }
    let why = "there is nothing to copy here: tab to a table";
    state.notice = Some(Notice::Refused(why.to_owned()));
    Vec::new()
}

/// What is copied, as text.
fn copied(state: &State, what: Copied, snapshot: &Snapshot) -> Option<String> {
    let panel = state.panel();
    if panel == Panel::Records || panel == Panel::Record {
        let records = state.records(snapshot);
        let record = records.get(state.record_at(&records)?)?;
        return Some(match what {
            Copied::Name => record.sequence.to_string(),
            Copied::Row | Copied::Screen => String::from_utf8_lossy(&record.data).into_owned(),
        });
    }
    if panel == Panel::Log {
        let shown = state.logs.shown();
        let line = shown.get(state.logs.place(&shown)?)?;
        return Some(match what {
            Copied::Name => line.heard.text.clone(),
            Copied::Row | Copied::Screen => line.whole(),
        });
    }
    let id = state.at_cursor(panel, snapshot)?;
    match what {
        Copied::Name => Some(id),
        Copied::Row | Copied::Screen => Sheet::of(state, panel, snapshot)?.row(&id),
    }
}

/// From a producer to the stream that it feeds.
fn open_producer(state: &mut State, snapshot: &Snapshot) {
    let chosen = state.chosen.producer.as_ref();
    let producer = snapshot.producers.iter().find(|producer| Some(&producer.name) == chosen);
    if let Some(producer) = producer {
        state.chosen.stream = Some(producer.stream.clone());
        state.go(Screen::Stream(producer.stream.clone()));
    }
}

/// Does what a click means.
pub(super) fn click(state: &mut State, click: Click, snapshot: &Snapshot) -> Vec<Effect> {
    match click {
        Click::Press(key) => match keymap::message(state, key) {
            Some(message) => update(state, message, snapshot),
            None => Vec::new(),
        },
        Click::Line(line) => match line.parse::<Command>() {
            Ok(command) => obey(state, command, snapshot),
            Err(_) => Vec::new(),
        },
        Click::Focus(panel) => {
            state.focus_on(panel);
            Vec::new()
        }
        Click::Row(Panel::Help, line) => {
            let writable = state.writable();
            let Over::Help(help) = &state.over else { return Vec::new() };
            let rows = help.rows(&state.keys, state.screen.kind(), writable);
            let at = rows.iter().position(|row| row.line() == line);
            at.map(|at| entry(state, at, snapshot)).unwrap_or_default()
        }
        Click::Row(panel, id) => {
            let again = state.panel() == panel && state.row_of(panel).as_ref() == Some(&id);
            state.focus_on(panel);
            state.choose(panel, &id);
            match again {
                true => obey(state, Command::View(ViewCommand::Open), snapshot),
                false => Vec::new(),
            }
        }
        Click::Column(panel, title) => {
            state.focus_on(panel);
            state.sort_by(panel, title, snapshot);
            Vec::new()
        }
        Click::Entry(at) => entry(state, at, snapshot),
        Click::Nothing => Vec::new(),
    }
}

/// Takes an entry of the list that stands over the screen.
fn entry(state: &mut State, at: usize, snapshot: &Snapshot) -> Vec<Effect> {
    match &mut state.over {
        Over::Prompt(_) => {
            typing::take(state, at, snapshot);
            Vec::new()
        }
        Over::Help(help) => {
            let again = help.at == at;
            help.at = at;
            if again { accept(state, snapshot) } else { Vec::new() }
        }
        Over::None | Over::Ask(_) | Over::Why(_) => Vec::new(),
    }
}

/// The wheel goes three rows at once, in the panel under it.
pub(super) fn wheel(state: &mut State, panel: Option<Panel>, motion: Motion, snapshot: &Snapshot) {
    if let (Over::None, Some(panel)) = (&state.over, panel) {
        state.focus_on(panel);
    }
    for _ in 0..3 {
        along(state, motion, snapshot);
    }
}
