//! What a key does: (state, key, snapshot) to effects. No drawing, no terminal.

use crate::command::{ClockCommand, WorldCommand};
use crate::console::state::{Notice, Place, Question, State};
use crate::console::term::Key;
use crate::console::theme::BUILT_IN;
use crate::model::{ShardId, StreamName};
use crate::snapshot::{ShardView, Snapshot};

/// What the loop must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run a command of the operator.
    Run(WorldCommand),
    /// Run what takes an act back; it cannot be taken back itself.
    Undo(WorldCommand),
    /// Stop the process as ctrl-z does.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Leave.
    Quit,
}

/// Takes one key.
pub fn press(state: &mut State, key: Key, snapshot: &Snapshot) -> Option<Effect> {
    match key {
        Key::Ctrl('c') => return Some(Effect::Quit),
        Key::Ctrl('z') => return Some(Effect::Suspend),
        Key::Ctrl('l') => return Some(Effect::Redraw),
        _ => {}
    }
    if state.question.is_some() {
        return answer(state, key);
    }
    if state.help {
        state.help = false;
        return None;
    }
    state.notice = None;
    match key {
        Key::Char('?') => state.help = true,
        Key::Char('T') => state.theme = (state.theme + 1) % BUILT_IN.len(),
        Key::Char('j') | Key::Down => step(state, snapshot, 1),
        Key::Char('k') | Key::Up => step(state, snapshot, -1),
        Key::Char('g') | Key::Home => step(state, snapshot, isize::MIN),
        Key::Char('G') | Key::End => step(state, snapshot, isize::MAX),
        Key::Enter => open(state, snapshot),
        Key::Esc => state.place = Place::Overview,
        Key::Char('q') => return back(state),
        Key::Char('u') => return undo(state),
        Key::Ctrl('p') => {
            let paused = snapshot.clock.paused;
            let order = if paused { ClockCommand::Resume } else { ClockCommand::Pause };
            return Some(Effect::Run(WorldCommand::Clock(order)));
        }
        _ => act(state, key, snapshot),
    }
    None
}

fn back(state: &mut State) -> Option<Effect> {
    if state.place == Place::Overview {
        return Some(Effect::Quit);
    }
    state.place = Place::Overview;
    None
}

fn undo(state: &mut State) -> Option<Effect> {
    let last = state.undo.pop();
    if last.is_none() {
        state.notice = Some(Notice::Refused("there is nothing to undo".into()));
    }
    last.map(Effect::Undo)
}

fn open(state: &mut State, snapshot: &Snapshot) {
    if let Some(stream) = state.selected_stream(snapshot) {
        state.place = Place::Stream(stream.name.clone());
    }
}

fn answer(state: &mut State, key: Key) -> Option<Effect> {
    let yes = key == Key::Char('y');
    if yes || matches!(key, Key::Esc | Key::Enter | Key::Char('n' | 'q')) {
        let question = state.question.take()?;
        return yes.then_some(Effect::Run(question.command));
    }
    None
}

/// Keys that act on the selected stream or shard.
fn act(state: &mut State, key: Key, snapshot: &Snapshot) {
    let Some(stream) = state.selected_stream(snapshot) else { return };
    let name = stream.name.clone();
    let asked = match key {
        Key::Char('s') => split(state, snapshot, &name),
        Key::Char('m') => merge(state, snapshot, &name),
        Key::Char('S') => u32::try_from(stream.open_shards())
            .map(|open| scale(&name, open))
            .map_err(|_| "too many shards".to_owned()),
        Key::Char('D') => Ok(Question {
            title: "Delete stream",
            lines: vec![format!("Delete {name} and all its records. It cannot be undone.")],
            command: WorldCommand::Delete(name),
        }),
        _ => return,
    };
    match asked {
        Ok(question) => state.question = Some(question),
        Err(why) => state.notice = Some(Notice::Refused(why)),
    }
}

fn scale(name: &StreamName, open: u32) -> Question {
    let shards = open * 2;
    Question {
        title: "Scale stream",
        lines: vec![format!("Scale {name} from {open} to {shards} shards of equal ranges.")],
        command: WorldCommand::Scale { stream: name.clone(), shards },
    }
}

/// The shard that a key acts on: the selected one, or the one that refuses most.
fn shard_in_view<'a>(
    state: &State,
    snapshot: &'a Snapshot,
    stream: &StreamName,
) -> Option<(&'a ShardView, Vec<&'a ShardView>)> {
    let open = snapshot.stream(stream.as_str())?.open_by_range();
    let selected = open.iter().find(|shard| Some(shard.id) == state.shard);
    let load = |shard: &ShardView| (shard.rates.write_throttled, shard.rates.in_bytes);
    let hottest = || open.iter().max_by(|a, b| load(a).partial_cmp(&load(b)).expect("no NaN"));
    let shard = match state.place {
        Place::Stream(_) => selected.or_else(|| open.first()),
        Place::Overview => hottest(),
    };
    shard.copied().map(|shard| (shard, open))
}

fn split(state: &State, snapshot: &Snapshot, stream: &StreamName) -> Result<Question, String> {
    let (shard, _) = shard_in_view(state, snapshot, stream).ok_or("no shard is open")?;
    let id = shard.id.short();
    Ok(Question {
        title: "Split shard",
        lines: vec![
            format!("Split shard {id} of {stream} at the middle of its range."),
            format!("before  {id}  {}", shard.range),
            format!("it takes {:.0} records/s now", shard.rates.in_records),
            format!("and refuses {:.0} records/s", shard.rates.write_throttled),
        ],
        command: WorldCommand::Split { stream: stream.clone(), shard: shard.id, at: None },
    })
}

fn merge(state: &State, snapshot: &Snapshot, stream: &StreamName) -> Result<Question, String> {
    let (shard, open) = shard_in_view(state, snapshot, stream).ok_or("no shard is open")?;
    let next = open.iter().find(|other| shard.range.touches(&other.range));
    let next = next.ok_or_else(|| format!("shard {} has no neighbor", shard.id.short()))?;
    let (a, b) = (shard.id.short(), next.id.short());
    let both = shard.rates.in_records + next.rates.in_records;
    Ok(Question {
        title: "Merge shards",
        lines: vec![
            format!("Merge shards {a} and {b} of {stream} into one."),
            format!("together they take {both:.0} records/s now"),
        ],
        command: WorldCommand::Merge { stream: stream.clone(), first: shard.id, second: next.id },
    })
}

fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

fn step(state: &mut State, snapshot: &Snapshot, by: isize) {
    let Some(stream) = state.selected_stream(snapshot) else { return };
    match &state.place {
        Place::Overview => {
            let at = snapshot.streams.iter().position(|s| s.name == stream.name).unwrap_or(0);
            let at = moved(at, by, snapshot.streams.len());
            state.stream = Some(snapshot.streams[at].name.clone());
        }
        Place::Stream(_) => {
            let ids: Vec<ShardId> = stream.shards.iter().map(|shard| shard.id).collect();
            let at = ids.iter().position(|id| Some(*id) == state.shard).unwrap_or(0);
            state.shard = ids.get(moved(at, by, ids.len())).copied();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_leaves_a_stream_first_and_the_program_then() {
        let place = Place::Stream(StreamName::new("orders").expect("a name"));
        let mut state = State { place, ..State::default() };
        let snapshot = Snapshot::default();
        assert_eq!(press(&mut state, Key::Char('q'), &snapshot), None);
        assert_eq!(press(&mut state, Key::Char('q'), &snapshot), Some(Effect::Quit));
    }

    #[test]
    fn only_a_y_says_yes_to_what_destroys() {
        let name = StreamName::new("orders").expect("a name");
        let command = WorldCommand::Delete(name);
        let ask = || Question { title: "Delete", lines: Vec::new(), command: command.clone() };
        for key in [Key::Enter, Key::Esc, Key::Char('n')] {
            let mut state = State { question: Some(ask()), ..State::default() };
            assert_eq!(press(&mut state, key, &Snapshot::default()), None, "{key:?}");
            assert_eq!(state.question, None);
        }
        let mut state = State { question: Some(ask()), ..State::default() };
        let effect = press(&mut state, Key::Char('y'), &Snapshot::default());
        assert_eq!(effect, Some(Effect::Run(command)));
    }

    #[test]
    fn an_empty_world_takes_every_key_without_harm() {
        let mut state = State::default();
        for key in ['s', 'm', 'S', 'D', 'j', 'k', 'g', 'G', 'u', 'T', '?', 'x'] {
            let effect = press(&mut state, Key::Char(key), &Snapshot::default());
            assert_eq!(effect, None, "{key}");
        }
    }
}
