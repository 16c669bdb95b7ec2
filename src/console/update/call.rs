//! Keys of the command table: the selection gives the words that a command needs. What is whole
//! runs, or is shown first; what lacks something goes to the command line.

use crate::command::{
    Command, CommandError, Danger, Kind, Need, ParseError, Preview, Scope, Spec, WorldCommand,
    settings_of, spec_of,
};
use crate::console::message::Effect;
use crate::console::panel::Panel;
use crate::console::state::{Act, Notice, Sign, State};
use crate::console::update::{ask, locked, refuse, run, typing};
use crate::cost::{bill, by_kind};
use crate::snapshot::{ProducerView, ShardView, Snapshot, StreamView};

/// A key with this word leaves the line on the command line, to be changed.
const TYPED: &str = "{typed}";

pub(super) fn call(
    state: &mut State,
    spec: &'static Spec,
    words: &str,
    snapshot: &Snapshot,
) -> Vec<Effect> {
    if let Some(refused) = locked(state, spec).or_else(|| bygone(state, spec)) {
        state.notice = Some(refused);
        return Vec::new();
    }
    let lines = match lines(state, spec, words, snapshot) {
        many if many.len() > 1 && many.iter().any(|line| is_typed(line, words)) => {
            vec![only_one(state, spec, words, snapshot)]
        }
        lines => lines,
    };
    let mut commands = Vec::new();
    for line in lines {
        match line.parse::<Command>() {
            Ok(_) if words.contains(TYPED) => {
                // A key of nothing else leaves room for what comes.
                let room = if words == TYPED { " " } else { "" };
                typing::begin(state, Sign::Command, &format!("{line}{room}"), snapshot);
                return Vec::new();
            }
            Ok(command) => commands.push(command),
            Err(ParseError::Missing { .. } | ParseError::FlagValue { .. }) => {
                typing::begin(state, Sign::Command, &format!("{line} "), snapshot);
                return Vec::new();
            }
            Err(why) => {
                refuse(state, &line, &why.to_string(), snapshot);
                return Vec::new();
            }
        }
    }
    show_or_run(state, commands, snapshot)
}

/// What is under the cursor of a picture of the past may be otherwise by now, or gone.
pub(super) fn bygone(state: &State, spec: &Spec) -> Option<Notice> {
    let changes = spec.scope == Scope::World && spec.danger != Danger::Harmless;
    if !state.replayed || !changes {
        return None;
    }
    let (name, way_out) = (spec.name, state.way_to_now());
    let said =
        format!("this is the past, and `{name}` changes the present: `{way_out}` goes to it");
    Some(Notice::Refused(said))
}

/// Does a line go to the command line, to be changed or ended there?
fn is_typed(line: &str, words: &str) -> bool {
    let lacks = |why| matches!(why, ParseError::Missing { .. } | ParseError::FlagValue { .. });
    words.contains(TYPED) || line.parse::<Command>().is_err_and(lacks)
}

/// There is one command line, and what is typed there is of one thing: the one under the cursor.
fn only_one(state: &mut State, spec: &Spec, words: &str, snapshot: &Snapshot) -> String {
    let (name, count) = (spec.name, state.marks.len());
    let said = format!(
        "`{name}` is typed for one thing: this is the one under the cursor, not the {count} marked"
    );
    state.notice = Some(Notice::Refused(said));
    line(state, spec, words, snapshot)
}

/// A key is pressed sooner than a line is typed: what moves shards, or acts on many, is shown
/// first.
fn show_or_run(state: &mut State, commands: Vec<Command>, snapshot: &Snapshot) -> Vec<Effect> {
    let whole = match joined(state, &commands, snapshot) {
        Ok(whole) => whole,
        Err(why) => {
            let lines: Vec<String> = commands.iter().map(ToString::to_string).collect();
            refuse(state, &lines.join(", :"), &why.to_string(), snapshot);
            return Vec::new();
        }
    };
    let Some(preview) = whole else { return Vec::new() };
    let shown = preview.danger == Danger::Destroys || !preview.before.is_empty();
    if shown || commands.len() > 1 {
        ask(state, Act::New, commands, preview);
        return Vec::new();
    }
    commands.into_iter().flat_map(|command| run(state, command, snapshot)).collect()
}

/// The previews of several commands as one. What is lost is told thing by thing; one phrase stands
/// for all of them: the act, and how many.
pub(super) fn joined(
    state: &State,
    commands: &[Command],
    snapshot: &Snapshot,
) -> Result<Option<Preview>, CommandError> {
    let mut whole: Option<Preview> = None;
    for command in commands {
        let mut preview = state.preview(command, snapshot)?;
        if commands.len() > 1 && preview.danger == Danger::Destroys {
            let name = spec_of(command).name;
            let what = preview.title.strip_prefix(name).unwrap_or(&preview.title).trim();
            preview.notes = preview.notes.iter().map(|note| format!("{what}: {note}")).collect();
            preview.phrase = preview.phrase.map(|_| format!("{name} {}", commands.len()));
        }
        match &mut whole {
            None => whole = Some(preview),
            Some(whole) => join(whole, preview),
        }
    }
    Ok(whole)
}

/// Two previews as one.
fn join(whole: &mut Preview, other: Preview) {
    whole.title = format!("{}; {}", whole.title, other.title);
    whole.before.extend(other.before);
    whole.after.extend(other.after);
    for note in other.notes {
        if !whole.notes.contains(&note) {
            whole.notes.push(note);
        }
    }
    whole.phrase = whole.phrase.take().or(other.phrase);
    whole.danger = whole.danger.max(other.danger);
}

/// The line of a key: one, or one for each marked row that it can act on.
fn lines(state: &mut State, spec: &Spec, words: &str, snapshot: &Snapshot) -> Vec<String> {
    let panel = state.panel();
    let pair = spec.arguments.iter().any(|argument| argument.kind == Kind::Neighbor);
    if spec.scope == Scope::View || state.marks.is_empty() || (pair && state.marks.len() != 2) {
        return vec![line(state, spec, words, snapshot)];
    }
    let chosen = state.chosen.clone();
    // A marked row is meant though the filter hides it; one that is gone is not.
    let filter = std::mem::take(&mut state.filter);
    let mut marks = state.ids(panel, snapshot);
    marks.retain(|id| state.marks.contains(id));
    marks.truncate(if pair { 1 } else { usize::MAX });
    let mut lines: Vec<String> = Vec::new();
    for mark in marks {
        state.choose(panel, &mark);
        let line = line(state, spec, words, snapshot);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    state.chosen = chosen;
    state.filter = filter;
    match lines.is_empty() {
        true => vec![line(state, spec, words, snapshot)],
        false => lines,
    }
}

/// The command's name, the key's words, and what the selection knows.
fn line(state: &State, spec: &Spec, words: &str, snapshot: &Snapshot) -> String {
    let mut line = spec.name.to_owned();
    for word in words.split_whitespace() {
        match template(state, word, snapshot) {
            Some(word) if word.is_empty() => {}
            Some(word) => line = format!("{line} {word}"),
            None => return line,
        }
    }
    if !words.is_empty() {
        return line;
    }
    for argument in spec.arguments.iter().filter(|argument| argument.need == Need::Required) {
        match word_of(state, argument.kind, snapshot) {
            Some(word) => line = format!("{line} {word}"),
            None => break,
        }
    }
    line
}

/// A word of a key: itself, or what it stands for.
fn template(state: &State, word: &str, snapshot: &Snapshot) -> Option<String> {
    let factor = |times: f64| producer(state, snapshot).map(|p| fitting(p.rate_factor * times));
    match word {
        "{stream}" => state.stream(snapshot).map(|stream| stream.name.to_string()),
        "{producer}" => producer(state, snapshot).map(|producer| producer.name.to_string()),
        "{double}" => factor(2.0),
        "{half}" => factor(0.5),
        "{transform}" => state.transform(snapshot).map(|transform| transform.name.to_string()),
        "{stages}" => {
            let settings = state.transform(snapshot).and_then(settings_of)?;
            let (transform, stages) = (settings.name, settings.stages);
            let line = WorldCommand::Stages { transform, stages }.to_string();
            line.splitn(3, ' ').nth(2).map(str::to_owned)
        }
        "{session}" => state.session().map(|one| one.name.clone()),
        "{price}" => {
            let word = state.at_cursor(Panel::Costs, snapshot)?;
            let (kind, ..) = by_kind(&bill(snapshot, &state.prices))
                .into_iter()
                .find(|(kind, ..)| kind.word() == word)?;
            Some(format!("{} {}", kind.item(), state.prices.of(kind.item())?))
        }
        TYPED => Some(String::new()),
        "{shard}" => word_of(state, Kind::Shard, snapshot),
        "{function}" => state.function(snapshot).map(|name| name.to_string()),
        word => Some(word.to_owned()),
    }
}

fn fitting(factor: f64) -> String {
    factor.clamp(0.001, 1_000.0).to_string()
}

fn word_of(state: &State, kind: Kind, snapshot: &Snapshot) -> Option<String> {
    match kind {
        Kind::Stream => state.stream(snapshot).map(|stream| stream.name.to_string()),
        Kind::Shard => state.shard(state.stream(snapshot)?).map(|shard| shard.id.short()),
        Kind::Neighbor => neighbor(state, state.stream(snapshot)?).map(|shard| shard.id.short()),
        Kind::Producer => producer(state, snapshot).map(|producer| producer.name.to_string()),
        Kind::Consumer => state.consumer(snapshot).map(|name| name.to_string()),
        Kind::Part => match state.panel() {
            Panel::Functions | Panel::Account | Panel::Why => {
                state.function(snapshot).map(|name| name.to_string())
            }
            Panel::Producers | Panel::Producer => {
                producer(state, snapshot).map(|producer| producer.name.to_string())
            }
            _ => state.consumer(snapshot).map(|name| name.to_string()),
        },
        Kind::NewName
        | Kind::Function
        | Kind::Registered
        | Kind::Pausable
        | Kind::HashKey
        | Kind::Number
        | Kind::Text
        | Kind::File
        | Kind::Theme
        | Kind::Session
        | Kind::Choice(_)
        | Kind::AccountOrFunction => None,
    }
}

fn neighbor<'a>(state: &State, stream: &'a StreamView) -> Option<&'a ShardView> {
    let shard = state.shard(stream)?;
    let open = stream.open_by_range();
    // Of two marked shards the other one is meant.
    let other = |o: &&&ShardView| o.id != shard.id && state.marks.contains(&o.id.short());
    let marked = open.iter().find(other).filter(|_| state.marks.len() == 2);
    let above = marked.or_else(|| open.iter().find(|o| shard.range.precedes(&o.range)));
    above.or_else(|| open.iter().find(|o| o.range.adjoins(&shard.range))).copied()
}

fn producer<'a>(state: &State, snapshot: &'a Snapshot) -> Option<&'a ProducerView> {
    if matches!(state.panel(), Panel::Producers | Panel::Producer) {
        let name = state.producer(snapshot)?;
        return snapshot.producers.iter().find(|producer| producer.name == name);
    }
    let stream = state.stream(snapshot)?;
    snapshot.producers.iter().find(|producer| producer.stream == stream.name)
}
