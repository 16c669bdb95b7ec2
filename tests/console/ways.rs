//! One command table, many ways: each command is reached by each way that applies to it.

use ratatui::layout::Rect;
use watershed::command::{Need, Scope, ScreenKind, complete, table};
use watershed::console::key::Key;
use watershed::console::keymap::{self, Keymap};
use watershed::console::message::Message;
use watershed::console::state::Help;
use watershed::console::still;
use watershed::console::target::Click;

use super::Console;

/// The command line offers it, with what it does.
#[test]
fn every_command_is_offered_by_the_command_line() {
    let console = Console::on("hot-shard", 1);
    let offered = complete("", &console.snapshot(), &console.state.known).candidates;
    for spec in table() {
        let found = offered.iter().find(|one| one.text == spec.name);
        assert!(found.is_some_and(|one| !one.note.is_empty()), "{}", spec.name);
    }
}

/// What is to go must be there: its name is offered, and what it is.
#[test]
fn registered_consumers_are_offered_where_one_is_deregistered() {
    let mut console = Console::on("hot-shard", 5);
    console.line("register orders audit");
    let snapshot = console.snapshot();
    let offered = complete("deregister orders a", &snapshot, &console.state.known).candidates;
    let [audit] = &offered[..] else { panic!("{offered:?}") };
    assert_eq!((audit.text.as_str(), audit.note.as_str()), ("audit", "CREATING"));
}

/// Help shows it on every screen, and finds it by its name.
#[test]
fn every_command_stands_in_help_and_is_found_there() {
    let keys = Keymap::default();
    for screen in ScreenKind::ALL {
        for spec in table() {
            let help = Help { search: spec.name.into(), at: 0 };
            let found = help.rows(&keys, screen, true);
            assert!(found.iter().any(|row| row.spec.name == spec.name), "{}", spec.name);
        }
    }
}

/// What help says of a key is what the key does.
#[test]
fn help_is_made_from_the_keys_that_are_in_use() {
    let mut console = Console::on("hot-shard", 1);
    for screen in ["1", "2", "3", "4", "5", "6", "7", "9"] {
        console.press(screen);
        let kind = console.state.screen.kind();
        for row in Help::default().rows(&console.state.keys, kind, true) {
            for key in &row.keys {
                let Some(Message::Call(spec, words)) = keymap::message(&console.state, *key) else {
                    panic!("{key} does nothing on {kind:?}")
                };
                assert_eq!((spec.name, &words), (row.spec.name, &row.words), "{key} on {kind:?}");
            }
        }
    }
}

/// Each hint that is drawn stands before the name of a key that is bound, and sends it.
#[test]
fn every_hint_sends_the_key_that_it_shows() {
    let mut console = Console::on("hot-shard", 1);
    for screen in ["1", "2", "3", "4", "5", "6", "7", "9"] {
        console.press(screen);
        let area = Rect::new(0, 0, 250, 40);
        let (cells, targets) =
            still::drawn(&console.state, &console.snapshot(), &console.look, area);
        let last = watershed::console::export::text(&cells);
        let last = last.lines().last().unwrap_or_default();
        let hints: Vec<(Rect, Key)> = targets
            .all()
            .into_iter()
            .filter_map(|(area, click)| match click {
                Click::Press(key) if area.y == 39 => Some((area, key)),
                _ => None,
            })
            .collect();
        assert!(hints.len() > 3, "{last}");
        for (area, key) in hints {
            let shown: String = last.chars().skip(usize::from(area.x)).collect();
            assert!(shown.starts_with(&key.to_string()), "{key}: {shown}");
            assert!(console.state.keys.bound(console.state.screen.kind(), key).is_some());
        }
    }
}

/// A command that changes the world can be taken down in a session, and says how it is undone.
#[test]
fn every_command_of_the_world_says_how_it_is_undone_and_stands_in_a_timeline() {
    for spec in table().iter().filter(|spec| spec.scope == Scope::World) {
        assert!(!spec.undo.is_empty(), "{} does not say how it is undone", spec.name);
        let needed = spec.arguments.iter().any(|a| matches!(a.need, Need::Required | Need::Rest));
        assert!(needed || !spec.arguments.is_empty(), "{} does what to what?", spec.name);
    }
}

/// What can be done with the hands has a key: nobody types `move down`.
#[test]
fn every_act_of_the_hands_has_a_key_on_every_screen() {
    let keys = Keymap::default();
    let hands = [
        "open", "back", "out", "line", "search", "move", "tab", "panel", "zoom", "visit", "sort",
        "span", "mark", "mouse", "help", "undo", "redo", "freeze", "clock", "themes", "suspend",
        "redraw",
    ];
    for screen in ScreenKind::ALL {
        for name in hands {
            assert!(keys.key_of(screen, name).is_some(), "{name} on {screen:?}");
        }
    }
}
