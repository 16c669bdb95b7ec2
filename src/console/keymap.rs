//! Keys to messages. Keys of commands come from the command table; the rest are motions.

use crate::command::{Screen, ScreenKind, Spec, table};
use crate::console::message::{Edit, Message, Motion};
use crate::console::state::{Over, Sign, State};
use crate::console::term::Key;

/// Keys that are not commands, with what they do, for help.
pub const MOTIONS: &[(&str, &str)] = &[
    ("j k", "down, up (or arrows)"),
    ("g G", "first, last"),
    ("ctrl-d ctrl-u", "half a page"),
    ("enter", "open"),
    ("esc", "one thing back"),
    ("q", "back; at the streams leave"),
    ("tab", "next screen"),
    ("`", "the screen before"),
    (":", "command line"),
    ("/", "filter"),
    ("ctrl-l", "draw anew"),
    ("ctrl-z", "suspend"),
    ("ctrl-c", "leave (twice)"),
];

/// The key that a text names: `s`, `ctrl-p`, `enter`.
#[must_use]
pub fn key(text: &str) -> Option<Key> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => return Some(Key::Char(only)),
        (None, _) => return None,
        (Some(_), Some(_)) => {}
    }
    if let Some(letter) = text.strip_prefix("ctrl-") {
        return letter.chars().next().map(Key::Ctrl);
    }
    if let Some(letter) = text.strip_prefix("alt-") {
        return letter.chars().next().map(Key::Alt);
    }
    match text {
        "enter" => Some(Key::Enter),
        "esc" => Some(Key::Esc),
        "tab" => Some(Key::Tab),
        _ => None,
    }
}

/// The command that a key calls on a screen, with the words that the key gives it.
#[must_use]
pub fn bound(screen: ScreenKind, pressed: Key) -> Option<(&'static Spec, &'static str)> {
    table().iter().find_map(|spec| {
        let here = spec
            .keys
            .iter()
            .find(|binding| binding.on.contains(&screen) && key(binding.key) == Some(pressed));
        here.map(|binding| (*spec, binding.words))
    })
}

/// What a key means as things stand.
#[must_use]
pub fn message(state: &State, pressed: Key) -> Option<Message> {
    match pressed {
        Key::Ctrl('c') => return Some(Message::Leave),
        Key::Ctrl('z') => return Some(Message::Suspend),
        Key::Ctrl('l') => return Some(Message::Redraw),
        _ => {}
    }
    match &state.over {
        Over::None => on_screen(state, pressed),
        Over::Ask(_) => match pressed {
            Key::Char('y' | 'Y') => Some(Message::Answer(true)),
            Key::Char('n' | 'N' | 'q') | Key::Esc | Key::Enter => Some(Message::Answer(false)),
            _ => None,
        },
        Over::Prompt(prompt) => typing(pressed, prompt.sign == Sign::Command),
        Over::Help(_) => match pressed {
            Key::Char('?') => Some(Message::Back),
            Key::Down | Key::Up | Key::PageDown | Key::PageUp => motion(pressed),
            _ => typing(pressed, false),
        },
        Over::Pick(_) => match pressed {
            Key::Enter => Some(Message::Accept),
            Key::Esc | Key::Char('q') => Some(Message::Back),
            _ => motion(pressed),
        },
    }
}

fn on_screen(state: &State, pressed: Key) -> Option<Message> {
    if let Some((spec, words)) = bound(state.screen.kind(), pressed) {
        return Some(Message::Call(spec, words));
    }
    if state.screen == Screen::Logs {
        match pressed {
            Key::Char('f') => return Some(Message::LogFocus),
            Key::Char('F') => return Some(Message::LogFollow),
            _ => {}
        }
    }
    match pressed {
        Key::Char(':') => Some(Message::Type(Sign::Command)),
        Key::Char('/') => Some(Message::Type(Sign::Filter)),
        Key::Enter => Some(Message::Open),
        Key::Esc => Some(Message::Back),
        Key::Char('q') => Some(Message::BackOrLeave),
        Key::Char('`') => Some(Message::LastScreen),
        Key::Tab => Some(Message::NextScreen),
        _ => motion(pressed),
    }
}

fn motion(pressed: Key) -> Option<Message> {
    Some(Message::Move(match pressed {
        Key::Char('j') | Key::Down => Motion::By(1),
        Key::Char('k') | Key::Up => Motion::By(-1),
        Key::Ctrl('d') | Key::PageDown => Motion::By(10),
        Key::Ctrl('u') | Key::PageUp => Motion::By(-10),
        Key::Char('g') | Key::Home => Motion::First,
        Key::Char('G') | Key::End => Motion::Last,
        Key::Char('h') | Key::Left => Motion::Left,
        Key::Char('l') | Key::Right => Motion::Right,
        _ => return None,
    }))
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
    fn every_key_of_the_table_is_a_key() {
        for spec in table() {
            for binding in spec.keys {
                assert!(key(binding.key).is_some(), "{} of {}", binding.key, spec.name);
            }
        }
    }

    /// A command key that a motion needs would make the motion dead.
    #[test]
    fn no_command_takes_the_key_of_a_motion() {
        for (keys, _) in MOTIONS {
            for name in keys.split(' ') {
                let Some(motion) = key(name) else { panic!("{name} is no key") };
                for screen in ScreenKind::ALL {
                    assert!(bound(screen, motion).is_none(), "{name} on {screen:?}");
                }
            }
        }
    }
}
