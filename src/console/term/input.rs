//! What crossterm tells, as the console knows it.

use crossterm::event::{Event, KeyCode, KeyModifiers, MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};

use crate::console::key::Key;

/// What came from the terminal, or from who governs the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; line ends are spaces.
    Paste(String),
    /// The mouse did something at a place of the screen.
    Mouse(Mouse, Position),
    /// The window of the terminal has the focus of the desktop again.
    Focus,
    /// The screen has another size.
    Resize(Size),
    /// Asked to stop for a while, from outside.
    Suspend,
    /// Asked to end, from outside.
    Terminate,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down.
    Press,
    /// It moved with a button down.
    Drag,
    /// The wheel was turned towards the user.
    WheelDown,
    /// The wheel was turned away.
    WheelUp,
}

pub(super) fn input_of(event: Event) -> Option<Input> {
    if let Some(key) = event.as_key_press_event() {
        return key_of(key.code, key.modifiers).map(Input::Key);
    }
    match event {
        Event::Paste(text) => {
            let text = text.replace("\r\n", " ");
            Some(Input::Paste(text.replace(|c: char| c.is_control(), " ")))
        }
        Event::Resize(width, height) => Some(Input::Resize(Size::new(width, height))),
        Event::Mouse(event) => {
            let what = match event.kind {
                MouseEventKind::Down(MouseButton::Left) => Mouse::Press,
                MouseEventKind::Drag(_) => Mouse::Drag,
                MouseEventKind::ScrollDown => Mouse::WheelDown,
                MouseEventKind::ScrollUp => Mouse::WheelUp,
                _ => return None,
            };
            Some(Input::Mouse(what, Position::new(event.column, event.row)))
        }
        Event::FocusGained => Some(Input::Focus),
        Event::Key(_) | Event::FocusLost => None,
    }
}

fn key_of(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    let key = match code {
        KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
            Key::Ctrl(letter.to_ascii_lowercase())
        }
        KeyCode::Char(letter) if modifiers.contains(KeyModifiers::ALT) => Key::Alt(letter),
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left if modifiers.contains(KeyModifiers::ALT) => Key::AltLeft,
        KeyCode::Right if modifiers.contains(KeyModifiers::ALT) => Key::AltRight,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::Function(number),
        _ => return None,
    };
    Some(key)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyEvent, KeyEventKind};

    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<Input> {
        input_of(Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn keys_carry_ctrl_and_alt_and_take_shift_from_the_letter() {
        let table = [
            (KeyCode::Char('G'), KeyModifiers::SHIFT, Key::Char('G')),
            (KeyCode::Char('P'), KeyModifiers::CONTROL, Key::Ctrl('p')),
            (KeyCode::Char('x'), KeyModifiers::ALT, Key::Alt('x')),
            (KeyCode::Tab, KeyModifiers::SHIFT, Key::BackTab),
            (KeyCode::F(5), KeyModifiers::NONE, Key::Function(5)),
        ];
        for (code, modifiers, key) in table {
            assert_eq!(pressed(code, modifiers), Some(Input::Key(key)));
        }
        assert_eq!(pressed(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }

    #[test]
    fn a_key_that_is_let_go_is_no_input() {
        let mut event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(input_of(Event::Key(event)), None);
    }

    #[test]
    fn pasted_text_is_one_line_without_control_characters() {
        let pasted = input_of(Event::Paste("split orders\r\n003\u{1b}".to_owned()));
        assert_eq!(pasted, Some(Input::Paste("split orders 003 ".to_owned())));
    }
}
