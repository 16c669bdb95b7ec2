//! What a message does: (state, message, snapshot) to effects. No drawing, no terminal.

mod call;
mod select;
mod typing;

pub(crate) use typing::paste;

use crate::command::{
    ClockCommand, Command, Danger, Place, Preview, Screen, Span, ViewCommand, WorldCommand, way_out,
};
use crate::console::message::{Effect, Message, Motion};
use crate::console::state::{Help, Notice, Over, Pick, PickOf, Question, Sign, State};
use crate::snapshot::Snapshot;

/// Takes one message.
pub fn update(state: &mut State, message: Message, snapshot: &Snapshot) -> Vec<Effect> {
    let leaving = std::mem::take(&mut state.leaving);
    if !matches!(message, Message::Redraw | Message::Suspend) {
        state.notice = None;
    }
    match message {
        Message::Suspend => vec![Effect::Suspend],
        Message::Redraw => vec![Effect::Redraw],
        Message::Leave if leaving => vec![Effect::Quit],
        Message::Leave => {
            state.leaving = true;
            state.over = Over::None;
            state.notice = Some(Notice::Refused("ctrl-c again leaves".into()));
            Vec::new()
        }
        Message::Answer(yes) => answer(state, yes, snapshot),
        Message::Move(motion) => {
            move_cursor(state, motion, snapshot);
            Vec::new()
        }
        Message::Type(sign) => {
            typing::begin(state, sign, "", snapshot);
            Vec::new()
        }
        Message::Edit(edit) => {
            typing::edit(state, edit, snapshot);
            Vec::new()
        }
        Message::Complete(by) => {
            typing::complete(state, by, snapshot);
            Vec::new()
        }
        Message::History(by) => {
            typing::history(state, by, snapshot);
            Vec::new()
        }
        Message::Accept => accept(state, snapshot),
        Message::Open => open(state, snapshot),
        Message::Back => {
            back(state);
            Vec::new()
        }
        Message::BackOrLeave => match back(state) {
            true => Vec::new(),
            false => obey(state, Command::View(ViewCommand::Quit), snapshot),
        },
        Message::LastScreen => {
            let last = state.last.clone();
            state.go(last);
            Vec::new()
        }
        Message::NextScreen => {
            next_screen(state, snapshot);
            Vec::new()
        }
        Message::LogFocus => {
            state.logs.focus();
            Vec::new()
        }
        Message::LogFollow => {
            state.logs.follow();
            Vec::new()
        }
        Message::Call(spec, words) => call::call(state, spec, words, snapshot),
    }
}

/// Runs a command, or asks first when it destroys something.
pub(crate) fn obey(state: &mut State, command: Command, snapshot: &Snapshot) -> Vec<Effect> {
    match command.preview(snapshot) {
        Err(why) => {
            state.notice = Some(Notice::Refused(why.to_string()));
            Vec::new()
        }
        Ok(preview) if preview.danger == Danger::Destroys => {
            ask(state, command, preview);
            Vec::new()
        }
        Ok(_) => run(state, command, snapshot),
    }
}

fn ask(state: &mut State, command: Command, preview: Preview) {
    state.over = Over::Ask(Box::new(Question { preview, command }));
}

fn answer(state: &mut State, yes: bool, snapshot: &Snapshot) -> Vec<Effect> {
    let Over::Ask(question) = std::mem::take(&mut state.over) else { return Vec::new() };
    match question.command {
        _ if !yes => Vec::new(),
        Command::View(ViewCommand::Quit) => vec![Effect::Quit],
        command => run(state, command, snapshot),
    }
}

fn run(state: &mut State, command: Command, snapshot: &Snapshot) -> Vec<Effect> {
    match command {
        Command::World(command) => {
            // What takes an act back must be seen: the picture goes on.
            if command != WorldCommand::Clock(ClockCommand::Pause) {
                state.frozen = None;
            }
            vec![Effect::Run(command)]
        }
        Command::View(command) => view(state, command, snapshot),
    }
}

fn view(state: &mut State, command: ViewCommand, snapshot: &Snapshot) -> Vec<Effect> {
    match command {
        ViewCommand::Go(mut screen) => {
            if let Screen::Records(browse) = &mut screen {
                browse.place = browse.place.fixed(snapshot.started, snapshot.now);
            }
            select::follow(state, &screen);
            state.go(screen);
        }
        ViewCommand::Help => state.over = Over::Help(Help::default()),
        ViewCommand::Theme(Some(name)) => wear(state, name),
        ViewCommand::Theme(None) => {
            let mut themes = state.known.themes.iter();
            let at = themes.position(|name| *name == state.theme).unwrap_or(0);
            let of = PickOf::Theme { before: state.theme.clone() };
            state.over = Over::Pick(Pick { of, at });
        }
        ViewCommand::Sessions => state.over = Over::Pick(Pick { of: PickOf::Session, at: 0 }),
        ViewCommand::SessionSave(file) => return vec![Effect::Save(file)],
        ViewCommand::SessionLoad(name) => return vec![Effect::Load(name)],
        ViewCommand::Filter(text) => state.filter = text,
        ViewCommand::Metric(metric) => {
            state.heat.metric = metric.unwrap_or_else(|| state.heat.metric.next());
        }
        ViewCommand::Span(span) => match span {
            Span::Closer => state.heat.widen(false),
            Span::Wider => state.heat.widen(true),
            Span::Auto => state.heat.span_s = None,
            Span::Seconds(seconds) => state.heat.span_s = Some(seconds),
        },
        ViewCommand::Fold => select::fold(state, snapshot),
        ViewCommand::Look(look) => state.records.look = look,
        ViewCommand::Follow => select::go_to(state, Place::Newest),
        ViewCommand::Freeze => {
            let held = std::sync::Arc::new(snapshot.clone());
            state.frozen = if state.frozen.is_some() { None } else { Some(held) };
        }
        ViewCommand::Undo => return again(state, true),
        ViewCommand::Redo => return again(state, false),
        ViewCommand::Screenshot(file) => return vec![Effect::Screenshot(file)],
        ViewCommand::Quit => return quit(state, snapshot),
    }
    Vec::new()
}

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

fn again(state: &mut State, undo: bool) -> Vec<Effect> {
    let stack = if undo { &mut state.undo } else { &mut state.redo };
    match (stack.pop(), undo) {
        (Some(command), true) => vec![Effect::Undo(command)],
        (Some(command), false) => vec![Effect::Redo(command)],
        (None, _) => {
            let what = if undo { "undo" } else { "redo" };
            state.notice = Some(Notice::Refused(format!("there is nothing to {what}")));
            Vec::new()
        }
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
    ask(state, command, preview);
    Vec::new()
}

/// One thing back; `false` at the root.
fn back(state: &mut State) -> bool {
    match std::mem::take(&mut state.over) {
        Over::None => {}
        Over::Pick(Pick { of: PickOf::Theme { before }, .. }) => {
            state.theme = before;
            return true;
        }
        Over::Prompt(prompt) => {
            if prompt.sign == Sign::Filter {
                state.filter.clear();
            }
            return true;
        }
        Over::Help(_) | Over::Ask(_) | Over::Pick(_) => return true,
    }
    if !state.filter.is_empty() {
        state.filter.clear();
        return true;
    }
    if state.browse().is_some_and(|browse| browse.place != Place::Newest)
        || state.records.held.is_some()
    {
        select::go_to(state, Place::Newest);
        return true;
    }
    if state.heat.folded.take().is_some() && matches!(state.screen, Screen::Heat(_)) {
        return true;
    }
    if state.screen == Screen::Overview {
        return false;
    }
    state.go(Screen::Overview);
    true
}

fn next_screen(state: &mut State, snapshot: &Snapshot) {
    let stream = state.stream(snapshot).map(|stream| stream.name.clone());
    let mut kind = state.screen.kind().next();
    let next = loop {
        match Screen::of(kind, stream.as_ref()) {
            Some(screen) => break screen,
            None => kind = kind.next(),
        }
    };
    state.go(next);
}

fn open(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    match &state.screen {
        Screen::Overview => {
            if let Some(stream) = state.stream(snapshot) {
                let name = stream.name.clone();
                state.go(Screen::Stream(name));
            }
        }
        Screen::Stream(name) => state.go(Screen::records(name.clone())),
        Screen::Heat(_) => select::open_heat(state, snapshot),
        Screen::Consumers(_) => select::open_consumer(state, snapshot),
        Screen::Concurrency => state.go(Screen::Consumers(None)),
        Screen::Transforms(_) => {
            let stream = state.transform(snapshot).map(|transform| transform.from.clone());
            stream.into_iter().for_each(|name| state.go(Screen::Stream(name)));
        }
        Screen::Producers => {
            let chosen = state.producer(snapshot);
            let found = snapshot.producers.iter().find(|part| Some(&part.name) == chosen.as_ref());
            found.into_iter().for_each(|part| state.go(Screen::Stream(part.stream.clone())));
        }
        Screen::Records(_) | Screen::Logs => {}
    }
    Vec::new()
}

fn move_cursor(state: &mut State, motion: Motion, snapshot: &Snapshot) {
    match &mut state.over {
        Over::None => select::step(state, motion, snapshot),
        Over::Help(help) => {
            let count = help.rows().len();
            help.at = select::moved(help.at, motion, count);
        }
        Over::Pick(pick) => {
            let count = match pick.of {
                PickOf::Theme { .. } => state.known.themes.len(),
                PickOf::Session => state.known.sessions.len(),
            };
            pick.at = select::moved(pick.at, motion, count);
            if let (PickOf::Theme { .. }, Some(name)) = (&pick.of, state.known.themes.get(pick.at))
            {
                state.theme.clone_from(name);
            }
        }
        Over::Prompt(_) | Over::Ask(_) => {}
    }
}

fn accept(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    match std::mem::take(&mut state.over) {
        Over::Prompt(prompt) => typing::accept(state, prompt, snapshot),
        Over::Pick(Pick { of: PickOf::Session, at }) => match state.known.sessions.get(at) {
            Some(name) => {
                let load = ViewCommand::SessionLoad(name.clone());
                obey(state, Command::View(load), snapshot)
            }
            None => Vec::new(),
        },
        Over::Pick(_) | Over::None | Over::Ask(_) => Vec::new(),
        Over::Help(help) => match help.rows().get(help.at) {
            Some(spec) => call::call(state, spec, "", snapshot),
            None => Vec::new(),
        },
    }
}
