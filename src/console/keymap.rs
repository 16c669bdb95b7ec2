//! The live key map: which key calls which command on which screen. Hints, help and
//! `watershed keys` are made from it, so that none of them can lie.
//!
//! A key calls a line: the name of a command, and words that it gives it. What the line lacks comes
//! from the selection. Keys of a line being typed, of lists and of questions are fixed: they are
//! those of every shell.

use std::fmt;

use crate::command::Motion;
use crate::command::{ScreenKind, Spec, table};
use crate::console::key::Key;
use crate::console::message::{Edit, Message};
use crate::console::state::{Over, Sign, State};

/// One key, and what it calls.
#[derive(Clone)]
pub struct Bound {
    /// The screens on which it does.
    pub on: Vec<ScreenKind>,
    /// The key.
    pub key: Key,
    /// The command.
    pub spec: &'static Spec,
    /// Words for the command, as `{function}`; the selection gives the others.
    pub words: String,
}

impl Bound {
    /// The line that it calls.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.spec.name, self.words).trim_end().to_owned()
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {:?}: {}", self.key, self.on, self.line())
    }
}

/// All keys of the screens.
#[derive(Clone, Debug)]
pub struct Keymap {
    pub(super) rows: Vec<Bound>,
}

impl Default for Keymap {
    /// The keys of the command table.
    fn default() -> Self {
        let rows = table().iter().flat_map(|spec| {
            spec.keys.iter().map(|binding| Bound {
                on: binding.on.to_vec(),
                key: Key::parse(binding.key).expect("invariant: a test parses every key"),
                spec,
                words: binding.words.to_owned(),
            })
        });
        Self { rows: rows.collect() }
    }
}

impl Keymap {
    /// What a key calls on a screen.
    #[must_use]
    pub fn bound(&self, screen: ScreenKind, key: Key) -> Option<&Bound> {
        self.on(screen).find(|bound| bound.key == key)
    }

    /// All keys of a screen, in the order of the command table.
    pub fn on(&self, screen: ScreenKind) -> impl Iterator<Item = &Bound> {
        self.rows.iter().filter(move |bound| bound.on.contains(&screen))
    }

    /// The first key that calls a command on a screen, whatever words it gives.
    #[must_use]
    pub fn key_of(&self, screen: ScreenKind, name: &str) -> Option<Key> {
        self.on(screen).find(|bound| bound.spec.name == name).map(|bound| bound.key)
    }

    /// The first key that calls a line on a screen.
    #[must_use]
    pub fn key_of_line(&self, screen: ScreenKind, line: &str) -> Option<Key> {
        self.on(screen).find(|bound| bound.line() == line).map(|bound| bound.key)
    }
}

/// What a key means as things stand.
#[must_use]
pub fn message(state: &State, pressed: Key) -> Option<Message> {
    if pressed == Key::Ctrl('c') {
        return Some(Message::Leave);
    }
    if state.cramped {
        return unseen(state, pressed);
    }
    let meant = match &state.over {
        Over::None => None,
        Over::Ask(question) if question.preview.phrase.is_some() => match pressed {
            Key::Enter => Some(Message::Answer(true)),
            Key::Esc => Some(Message::Answer(false)),
            _ => typing(pressed, false),
        },
        Over::Ask(question) => match pressed {
            Key::Char('y' | 'Y') => Some(Message::Answer(true)),
            Key::Char('n' | 'N' | 'q') | Key::Esc | Key::Enter => Some(Message::Answer(false)),
            _ if question.cut.is_some() => cutting(pressed),
            _ => None,
        },
        Over::Prompt(prompt) => typing(pressed, prompt.sign == Sign::Command),
        Over::Help(_) => match pressed {
            Key::Char('?') => Some(Message::Back),
            _ => along(pressed).or_else(|| typing(pressed, false)),
        },
        Over::Why(_) => match pressed {
            Key::Enter => Some(Message::Accept),
            Key::Esc | Key::Char('q') => Some(Message::Back),
            _ => None,
        },
    };
    let bound = || state.keys.bound(state.screen.kind(), pressed);
    let call = |bound: &Bound| Message::Call(bound.spec, bound.words.clone());
    match &state.over {
        Over::None => bound().map(call),
        // The program can be stopped, and the screen drawn anew, at any time.
        Over::Why(_) => meant.or_else(|| {
            let after = ["cure", "suspend", "redraw"];
            bound().filter(|bound| after.contains(&bound.spec.name)).map(call)
        }),
        Over::Ask(_) | Over::Prompt(_) | Over::Help(_) => meant.or_else(|| {
            bound().filter(|bound| ["suspend", "redraw"].contains(&bound.spec.name)).map(call)
        }),
    }
}

/// What a key means while nothing can be seen of what it would do: it leaves, or stops the program.
fn unseen(state: &State, pressed: Key) -> Option<Message> {
    let bound = state.keys.bound(state.screen.kind(), pressed)?;
    let name = if bound.spec.name == "out" { "quit" } else { bound.spec.name };
    let may = ["quit", "suspend", "redraw"].contains(&name);
    let spec = table().iter().find(|spec| may && spec.name == name)?;
    Some(Message::Call(spec, String::new()))
}

/// Along a list that stands over the screen.
fn along(pressed: Key) -> Option<Message> {
    let motion = match pressed {
        Key::Down => Motion::Down,
        Key::Up => Motion::Up,
        Key::PageDown => Motion::PageDown,
        Key::PageUp => Motion::PageUp,
        _ => return None,
    };
    Some(Message::Along(motion))
}

/// Moves the cut of a split, or types it.
fn cutting(pressed: Key) -> Option<Message> {
    match pressed {
        Key::Left => Some(Message::Along(Motion::Left)),
        Key::Right => Some(Message::Along(Motion::Right)),
        Key::Home => Some(Message::Along(Motion::First)),
        Key::End => Some(Message::Along(Motion::Last)),
        Key::Char(letter) => Some(Message::Edit(Edit::Insert(letter))),
        Key::Backspace => Some(Message::Edit(Edit::Backspace)),
        _ => along(pressed),
    }
}

fn typing(pressed: Key, lists: bool) -> Option<Message> {
    let edit = match pressed {
        Key::Enter => return Some(Message::Accept),
        Key::Esc => return Some(Message::Back),
        Key::Tab if lists => return Some(Message::Complete(1)),
        Key::BackTab if lists => return Some(Message::Complete(-1)),
        Key::Up if lists => return Some(Message::History(1)),
        Key::Down if lists => return Some(Message::History(-1)),
        Key::Char(letter) => Edit::Insert(letter),
        Key::Backspace | Key::Ctrl('h') => Edit::Backspace,
        Key::Delete | Key::Ctrl('d') => Edit::Delete,
        Key::Left | Key::Ctrl('b') => Edit::Left,
        Key::Right | Key::Ctrl('f') => Edit::Right,
        Key::Home | Key::Ctrl('a') => Edit::Start,
        Key::End | Key::Ctrl('e') => Edit::End,
        Key::Ctrl('w') => Edit::EraseWord,
        Key::Ctrl('u') => Edit::EraseLine,
        _ => return None,
    };
    Some(Message::Edit(edit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_a_key_that_terminals_can_send() {
        for bound in Keymap::default().rows {
            assert_eq!(bound.key.taken(), None, "{bound:?}");
        }
    }

    #[test]
    fn a_key_calls_one_command_on_a_screen() {
        let keys = Keymap::default();
        for screen in ScreenKind::ALL {
            for bound in keys.on(screen) {
                let same = keys.on(screen).filter(|other| other.key == bound.key);
                assert_eq!(same.count(), 1, "{bound:?}");
            }
        }
    }
}
