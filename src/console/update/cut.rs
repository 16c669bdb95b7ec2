//! The cut of a split, moved while the question still stands: what both halves would carry follows.

use crate::command::{Command, Motion, SplitAt, WorldCommand};
use crate::console::message::Edit;
use crate::console::state::{Cut, Question};
use crate::model::HashKey;
use crate::snapshot::Snapshot;

/// Parts of a shard that a step moves the cut by, and a fine step.
const STEP: u128 = 32;
const FINE: u128 = 1_024;
/// Digits of a hash key.
const DIGITS: usize = 32;

/// Left and right by steps, down and up by fine ones.
pub(super) fn along(question: &mut Question, motion: Motion, snapshot: &Snapshot) {
    let Some(cut) = &mut question.cut else { return };
    let size = cut.range.end.0 - cut.range.start.0;
    let key = cut.key.0;
    let to = match motion {
        Motion::Left => key.saturating_sub(size / STEP),
        Motion::Right => key.saturating_add(size / STEP),
        Motion::Down => key.saturating_sub(size / FINE),
        Motion::Up => key.saturating_add(size / FINE),
        Motion::First | Motion::PageUp => cut.range.start.0,
        Motion::Last | Motion::PageDown => cut.range.end.0,
    };
    // Both halves must have a key.
    let to = to.clamp(cut.range.start.0.saturating_add(1), cut.range.end.0);
    cut.typed.clear();
    set(question, SplitAt::Key(HashKey(to)), snapshot);
}

/// `h` where the load halves, `=` in the middle, digits from the first on.
pub(super) fn edit(question: &mut Question, edit: Edit, snapshot: &Snapshot) {
    let Some(cut) = &mut question.cut else { return };
    let at = match edit {
        Edit::Insert('h') => SplitAt::Hot,
        Edit::Insert('=') => SplitAt::Middle,
        Edit::Insert(digit) if digit.is_ascii_hexdigit() && cut.typed.len() < DIGITS => {
            cut.typed.push(digit.to_ascii_lowercase());
            typed(cut)
        }
        Edit::Backspace => {
            cut.typed.pop();
            typed(cut)
        }
        Edit::EraseLine => {
            cut.typed.clear();
            SplitAt::Middle
        }
        _ => return,
    };
    if matches!(at, SplitAt::Hot | SplitAt::Middle) {
        cut.typed.clear();
    }
    set(question, at, snapshot);
}

fn typed(cut: &Cut) -> SplitAt {
    let digits = u128::from_str_radix(&format!("{:0<DIGITS$}", cut.typed), 16);
    digits.map_or(SplitAt::Middle, |key| SplitAt::Key(HashKey(key)))
}

/// Asks for another cut; where there can be none, what was asked before stays, and why is said.
fn set(question: &mut Question, at: SplitAt, snapshot: &Snapshot) {
    let Some(cut) = &mut question.cut else { return };
    let (stream, shard) = (cut.stream.clone(), cut.shard);
    let command = Command::World(WorldCommand::Split { stream, shard, at });
    match command.preview(snapshot) {
        Err(why) => cut.fault = Some(why.to_string()),
        Ok(preview) => {
            let commands = vec![preview.exact.clone().unwrap_or(command)];
            if let Some(now) = Cut::of(&commands, &preview) {
                (cut.key, cut.fault) = (now.key, None);
            }
            question.preview = preview;
            question.commands = commands;
        }
    }
}
