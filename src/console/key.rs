//! Keys, as far as the console tells keys apart, and how they are written.

use std::fmt::{self, Display};

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A letter, digit or sign; shift is in the letter.
    Char(char),
    /// A letter with ctrl.
    Ctrl(char),
    /// A letter with alt.
    Alt(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Alt and arrow left.
    AltLeft,
    /// Alt and arrow right.
    AltRight,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, from 1.
    Function(u8),
}

/// Keys with a name of their own.
const NAMED: [(&str, Key); 17] = [
    ("space", Key::Char(' ')),
    ("enter", Key::Enter),
    ("esc", Key::Esc),
    ("tab", Key::Tab),
    ("shift-tab", Key::BackTab),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("up", Key::Up),
    ("down", Key::Down),
    ("left", Key::Left),
    ("right", Key::Right),
    ("alt-left", Key::AltLeft),
    ("alt-right", Key::AltRight),
    ("home", Key::Home),
    ("end", Key::End),
    ("page-up", Key::PageUp),
    ("page-down", Key::PageDown),
];

impl Key {
    /// The key that a text names: `s`, `S`, `ctrl-p`, `alt-x`, `f5`, `enter`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((_, key)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(*key);
        }
        let one = |text: &str| {
            let mut letters = text.chars();
            letters.next().filter(|letter| letters.next().is_none() && !letter.is_control())
        };
        if let Some(letter) = text.strip_prefix("ctrl-").and_then(one) {
            return letter.is_ascii_lowercase().then_some(Self::Ctrl(letter));
        }
        if let Some(letter) = text.strip_prefix("alt-").and_then(one) {
            return Some(Self::Alt(letter));
        }
        if let Some(number) = text.strip_prefix('f').and_then(|digits| digits.parse().ok()) {
            return (1..=12).contains(&number).then_some(Self::Function(number));
        }
        one(text).filter(|letter| *letter != ' ').map(Self::Char)
    }

    /// Why it should not be bound, if so: another program, or another key, answers to it.
    #[must_use]
    pub fn taken(self) -> Option<&'static str> {
        match self {
            Self::Ctrl('a' | 'b') => Some("screen and tmux take it as their prefix"),
            Self::Ctrl('h') => Some("many terminals send it for backspace"),
            Self::Ctrl('i') => Some("terminals send it for tab"),
            Self::Ctrl('j' | 'm') => Some("terminals send it for enter"),
            Self::Ctrl('s' | 'q') => Some("terminals stop and start their output by it"),
            Self::Ctrl('c') => Some("it always leaves"),
            _ => None,
        }
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = NAMED.iter().find(|(_, key)| key == self) {
            return f.pad(name);
        }
        match self {
            Self::Char(letter) => f.pad(&letter.to_string()),
            Self::Ctrl(letter) => f.pad(&format!("ctrl-{letter}")),
            Self::Alt(letter) => f.pad(&format!("alt-{letter}")),
            Self::Function(number) => f.pad(&format!("f{number}")),
            _ => f.pad("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_as_it_is_written() {
        for text in ["s", "S", ":", "f", "f5", "ctrl-p", "alt-x", "alt-f", "space", "alt-left"] {
            let key = Key::parse(text).unwrap_or_else(|| panic!("{text} is a key"));
            assert_eq!(key.to_string(), text);
        }
        for (name, key) in NAMED {
            assert_eq!(Key::parse(name), Some(key));
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["", " ", "ss", "ctrl-", "ctrl-P", "ctrl-1", "f0", "f13", "Enter", "\u{1b}"] {
            assert_eq!(Key::parse(text), None, "{text:?}");
        }
    }
}
