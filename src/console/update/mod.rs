//! What a message does: (state, message, snapshot) to effects. No drawing, no terminal.

mod again;
mod call;
mod cut;
mod foresee;
mod hand;
mod problem;
mod select;
mod story;
mod typing;

pub(crate) use typing::paste;

use log::Level;
use tui_input::Input;

use crate::command::{
    ClockCommand, Command, CommandError, Danger, Motion, Place, Preview, Screen, Span, Spec,
    ViewCommand, WorldCommand, spec_of, way_out,
};
use crate::console::logs::Heard;
use crate::console::message::{Effect, Message};
use crate::console::panel::Panel;
use crate::console::state::{Access, Act, Cut, Help, Notice, Over, Question, Sign, State};
use crate::session::builtin;
use crate::snapshot::Snapshot;
use crate::snapshot::heat::Metric;

/// Takes one message.
pub fn update(state: &mut State, message: Message, snapshot: &Snapshot) -> Vec<Effect> {
    let effects = take(state, message, snapshot);
    state.sift(snapshot);
    effects
}

fn take(state: &mut State, message: Message, snapshot: &Snapshot) -> Vec<Effect> {
    if matches!(message, Message::Picture) {
        state.settle(snapshot);
        story::follow(state, snapshot);
        return go_on(state, snapshot);
    }
    let leaving = std::mem::take(&mut state.leaving);
    state.notice = None;
    match message {
        Message::Picture => {}
        Message::Leave if leaving => return vec![Effect::Quit],
        Message::Leave => {
            state.leaving = true;
            state.over = Over::None;
            state.notice = Some(Notice::Refused("ctrl-c again leaves".into()));
        }
        Message::Answer(yes) => return answer(state, yes, snapshot),
        Message::Along(motion) => along(state, motion, snapshot),
        Message::Edit(edit) => typing::edit(state, edit, snapshot),
        Message::Complete(by) => typing::complete(state, by, snapshot),
        Message::History(by) => typing::history(state, by, snapshot),
        Message::Accept => return accept(state, snapshot),
        Message::Back => {
            hand::back(state);
        }
        Message::Call(spec, words) => return call::call(state, spec, &words, snapshot),
        Message::Click(click) => return hand::click(state, click, snapshot),
        Message::Miss => {}
        Message::Wheel(panel, motion) => hand::wheel(state, panel, motion, snapshot),
        Message::Drag => {
            if state.told.insert("drag") {
                let said = "hold shift to select text, or M leaves the mouse to the terminal";
                state.notice = Some(Notice::Done(said.to_owned()));
            }
        }
    }
    Vec::new()
}

/// Why a command may not be run, if so.
fn locked(state: &State, spec: &Spec) -> Option<Notice> {
    let said = || format!("read-only: `{}` changes the world; `:rw` lifts the lock", spec.name);
    (!state.may(spec)).then(|| Notice::Refused(said()))
}

/// Says why a line is refused. A row is soon too short for all of it: the log has the rest.
fn refuse(state: &mut State, line: &str, why: &str, snapshot: &Snapshot) {
    let newest = state.past.latest();
    let at_ms = newest.as_deref().unwrap_or(snapshot).elapsed_ms();
    let text = format!(":{line} was refused: {why}");
    state.logs.keep(at_ms, Heard { level: Level::Warn, target: "command".to_owned(), text });
    state.notice = Some(Notice::Refused(why.to_owned()));
}

/// Runs the first of the commands that wait, when what it waits for is through.
fn go_on(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    let Some(next) = state.queue.front() else { return Vec::new() };
    if !state.asked.is_empty() {
        return Vec::new();
    }
    match next.preview(snapshot) {
        Err(CommandError::Busy { .. }) => Vec::new(),
        Err(why) => {
            let next = next.to_string();
            refuse(state, &next, &why.to_string(), snapshot);
            state.notice = Some(Notice::Refused(format!("`{next}`: {why}")));
            state.queue.pop_front();
            Vec::new()
        }
        Ok(_) => match state.queue.pop_front() {
            Some(next) => run(state, next, snapshot),
            None => Vec::new(),
        },
    }
}

/// Runs a command, or asks first when it destroys something.
pub(crate) fn obey(state: &mut State, command: Command, snapshot: &Snapshot) -> Vec<Effect> {
    if let Some(refused) = locked(state, spec_of(&command)) {
        state.notice = Some(refused);
        return Vec::new();
    }
    match state.preview(&command, snapshot) {
        Err(why) => {
            refuse(state, &command.to_string(), &why.to_string(), snapshot);
            Vec::new()
        }
        // Only who reads files knows whether there is such a session.
        Ok(preview) if preview.danger == Danger::Destroys && is_unknown(state, &command) => {
            vec![Effect::LookFor(command)]
        }
        Ok(preview) if preview.danger == Danger::Destroys => {
            ask(state, Act::New, vec![command], preview);
            Vec::new()
        }
        Ok(_) => run(state, command, snapshot),
    }
}

/// The name or path of the session that a command opens in the place of everything, if it does.
pub(crate) fn session_of(command: &Command) -> Option<&str> {
    let Command::View(ViewCommand::SessionLoad(name) | ViewCommand::Demo(Some(name))) = command
    else {
        return None;
    };
    Some(name)
}

/// Does a command open a session that is none of those that are known by name?
fn is_unknown(state: &State, command: &Command) -> bool {
    let is_known = |name: &str| {
        builtin().iter().any(|(built_in, _)| *built_in == name)
            || state.known.sessions.iter().any(|known| known == name)
    };
    session_of(command).is_some_and(|name| !is_known(name))
}

/// What a yes runs is as exact as what was shown.
fn ask(state: &mut State, act: Act, commands: Vec<Command>, preview: Preview) {
    let commands = match &preview.exact {
        Some(exact) if commands.len() == 1 => vec![exact.clone()],
        Some(_) | None => commands,
    };
    let cut = Cut::of(&commands, &preview);
    let typed = Input::default();
    // What a yes would do is told of the present: so is what stands around the question.
    if commands.iter().any(|command| matches!(command, Command::World(_))) {
        state.frozen = None;
        state.replayed = false;
    }
    state.over = Over::Ask(Box::new(Question { preview, commands, act, typed, cut }));
}

fn answer(state: &mut State, yes: bool, snapshot: &Snapshot) -> Vec<Effect> {
    let Over::Ask(question) = std::mem::take(&mut state.over) else { return Vec::new() };
    if !yes {
        return Vec::new();
    }
    if let Some(phrase) = question.preview.phrase.clone()
        && question.typed.value() != phrase
    {
        state.notice = Some(Notice::Refused(format!("type `{phrase}` to go on, esc to leave it")));
        state.over = Over::Ask(question);
        return Vec::new();
    }
    if question.cut.as_ref().is_some_and(|cut| cut.fault.is_some()) {
        state.over = Over::Ask(question);
        return Vec::new();
    }
    if question.commands == [Command::View(ViewCommand::Quit)] {
        return vec![Effect::Quit];
    }
    if let [Command::View(ViewCommand::SessionSave(Some(file)))] = &question.commands[..] {
        return vec![Effect::SaveOver(file.clone())];
    }
    if question.act != Act::New {
        return again::confirmed(state, question.act, &question.commands);
    }
    // One after the other: a stream that changes takes no second change.
    state.queue = question.commands.into();
    state.marks.clear();
    go_on(state, snapshot)
}

fn run(state: &mut State, command: Command, snapshot: &Snapshot) -> Vec<Effect> {
    match command {
        Command::World(command) => {
            // What takes an act back must be seen: the picture goes on.
            if command != WorldCommand::Clock(ClockCommand::Pause) {
                state.frozen = None;
                state.replayed = false;
            }
            vec![Effect::Run(command)]
        }
        // What is waited for goes before anything else that one could go back from.
        Command::View(ViewCommand::Back | ViewCommand::Out) if !state.asked.is_empty() => {
            state.queue.clear();
            vec![Effect::GiveUp]
        }
        Command::View(command) => view(state, command, snapshot),
    }
}

fn view(state: &mut State, command: ViewCommand, snapshot: &Snapshot) -> Vec<Effect> {
    match command {
        ViewCommand::Go(screen) => hand::go(state, screen, snapshot),
        ViewCommand::Help => state.over = Over::Help(Help::default()),
        ViewCommand::Theme(name) => wear(state, name),
        ViewCommand::Demo(None) => {
            hand::go(state, Screen::Sessions, snapshot);
            let said = "enter opens a session, d plays it and tells its story";
            state.notice = Some(Notice::Done(said.to_owned()));
        }
        ViewCommand::Demo(Some(name)) => return vec![Effect::Demo(name)],
        ViewCommand::DemoStop => story::stop(state),
        ViewCommand::Record(record) => return story::record(state, record),
        ViewCommand::RecordStop => return story::stop_recording(state),
        ViewCommand::SessionSave(file) => return vec![Effect::Save(file)],
        ViewCommand::SessionLoad(name) => return vec![Effect::Load(name)],
        ViewCommand::Filter(text) => typing::filter(state, text, snapshot),
        ViewCommand::Metric(metric) => measure(state, metric, snapshot),
        ViewCommand::WhatIf(line) => return foresee::begin(state, line, snapshot),
        ViewCommand::Price { item, dollars } => return foresee::price(state, item, dollars),
        ViewCommand::Span(how) => span(state, how),
        ViewCommand::Fold => select::fold(state, snapshot),
        ViewCommand::Map(by) => zoom_map(state, by),
        ViewCommand::Look(look) => state.records.look = look,
        ViewCommand::Follow => select::go_to(state, Place::Newest),
        ViewCommand::Freeze => hand::freeze(state, snapshot),
        ViewCommand::NextProblem => problem::next(state, snapshot),
        ViewCommand::Cure => return problem::cure(state, snapshot),
        ViewCommand::Undo => return again::again(state, Act::Undo, snapshot),
        ViewCommand::Redo => return again::again(state, Act::Redo, snapshot),
        ViewCommand::Screenshot(file) => return vec![Effect::Screenshot(file)],
        ViewCommand::Quit => return quit(state, snapshot),
        ViewCommand::Move(motion) => select::step(state, motion, snapshot),
        ViewCommand::Open => return hand::open(state, snapshot),
        ViewCommand::Back => drop(hand::back(state)),
        ViewCommand::Out if hand::back(state) => {}
        ViewCommand::Out => return quit(state, snapshot),
        ViewCommand::Line => typing::begin(state, Sign::Command, "", snapshot),
        ViewCommand::Search if state.panel() == Panel::Log => {
            typing::begin(state, Sign::Find, "", snapshot);
        }
        ViewCommand::Search => typing::begin(state, Sign::Filter, "", snapshot),
        ViewCommand::Tab(way) => hand::tab(state, way, snapshot),
        ViewCommand::Panel(way) => hand::panel(state, way, snapshot),
        ViewCommand::Zoom => state.zoomed = !state.zoomed,
        ViewCommand::Layout(layout) => hand::lay_out(state, layout),
        ViewCommand::Visit(which) => hand::visit(state, which),
        ViewCommand::Sort(how) => state.sort(how, snapshot),
        ViewCommand::Mark(which) => select::mark(state, which, snapshot),
        ViewCommand::Mouse => return vec![mouse(state)],
        ViewCommand::Copy(what) => return hand::copy(state, what, snapshot),
        ViewCommand::Export(format, file) => return vec![Effect::Export(format, file)],
        ViewCommand::Symbols(set) => state.glyphs = set.unwrap_or(state.glyphs.next()),
        ViewCommand::Lock => state.access = Access::Read,
        ViewCommand::Unlock(minutes) => state.unlock(minutes),
        ViewCommand::Time(when) => return hand::travel(state, when, snapshot),
        ViewCommand::Log(how) => hand::log(state, how, snapshot),
        ViewCommand::Config(what) => return vec![Effect::Edit(what)],
        ViewCommand::Suspend => return vec![Effect::Suspend],
        ViewCommand::Redraw => return vec![Effect::Redraw],
    }
    Vec::new()
}

/// A smaller or larger part of the hash-key space, or all of it.
fn zoom_map(state: &mut State, by: i8) {
    state.map_zoom = match by.signum() {
        1 => (state.map_zoom + 1).min(20),
        -1 => state.map_zoom.saturating_sub(1),
        _ => 0,
    };
}

fn mouse(state: &mut State) -> Effect {
    state.mouse = !state.mouse;
    let said = match state.mouse {
        true => "the mouse is watershed's: hints, tabs, rows and titles can be clicked",
        false => "the mouse is the terminal's: text can be selected; M takes it back",
    };
    state.notice = Some(Notice::Done(said.to_owned()));
    Effect::Mouse(state.mouse)
}

/// Shows the heat of a metric, or of the next one. What could not be seen is not changed.
fn measure(state: &mut State, metric: Option<Metric>, snapshot: &Snapshot) {
    let metric = metric.unwrap_or_else(|| state.heat.metric.next());
    match state.metric_unseen(metric, snapshot) {
        Some(why) => state.notice = Some(Notice::Refused(why)),
        None => state.heat.metric = metric,
    }
}

/// How far back time is shown.
fn span(state: &mut State, how: Span) {
    match how {
        Span::Closer => state.heat.widen(false),
        Span::Wider => state.heat.widen(true),
        Span::Auto => state.heat.span_s = None,
        Span::Seconds(seconds) => state.heat.span_s = Some(seconds),
    }
}

/// Puts on a theme.
fn wear(state: &mut State, name: String) {
    let themes = &state.known.themes;
    if themes.contains(&name) {
        state.theme = name;
        return;
    }
    let way_out = way_out(&name, themes.iter().map(String::as_str));
    let why = format!("there is no theme `{name}`: {way_out}");
    state.notice = Some(Notice::Refused(why));
}

/// Asks whether the set-up shall take the place of a file that is not the session's.
pub(crate) fn ask_to_save_over(state: &mut State, file: &str, snapshot: &Snapshot) {
    let command = Command::View(ViewCommand::SessionSave(Some(file.to_owned())));
    let Ok(mut preview) = command.preview(snapshot) else { return };
    preview.title = format!("write over `{file}`");
    preview.notes.push("it is there, and this session is not of it".to_owned());
    preview.notes.push("`:session save FILE` takes another name".to_owned());
    ask(state, Act::New, vec![command], preview);
}

/// Asks whether a session that is there shall take the place of everything.
pub(crate) fn ask_to_open(state: &mut State, command: Command, snapshot: &Snapshot) {
    if let Ok(preview) = state.preview(&command, snapshot) {
        ask(state, Act::New, vec![command], preview);
    }
}

/// Leaves; asks first when the set-up was changed and not saved.
fn quit(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    if !snapshot.unsaved {
        return vec![Effect::Quit];
    }
    let command = Command::View(ViewCommand::Quit);
    let Ok(mut preview) = command.preview(snapshot) else { return vec![Effect::Quit] };
    preview.title = "leave".to_owned();
    preview.notes.push(format!("changes to `{}` are not saved", snapshot.session));
    preview.notes.push("`:session save FILE` keeps them".to_owned());
    ask(state, Act::New, vec![command], preview);
    Vec::new()
}

/// Moves along what stands over the screen, or in the focused panel.
fn along(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    let writable = state.writable();
    match &mut state.over {
        Over::None => select::step(state, motion, snapshot),
        Over::Help(help) => {
            let count = help.rows(&state.keys, state.screen.kind(), writable).len();
            help.at = select::moved(help.at, motion, count);
        }
        Over::Ask(question) => cut::along(question, motion, snapshot),
        Over::Prompt(_) | Over::Why(_) => {}
    }
}

fn accept(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    let writable = state.writable();
    match std::mem::take(&mut state.over) {
        Over::Prompt(prompt) => typing::accept(state, prompt, snapshot),
        Over::Why(problem) => {
            problem::go(state, &problem, snapshot);
            Vec::new()
        }
        Over::None | Over::Ask(_) => Vec::new(),
        Over::Help(help) => {
            match help.rows(&state.keys, state.screen.kind(), writable).into_iter().nth(help.at) {
                Some(row) => call::call(state, row.spec, &row.words, snapshot),
                None => Vec::new(),
            }
        }
    }
}

#[cfg(test)]
mod tests;
