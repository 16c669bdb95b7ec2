//! Keys as users press them.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use ratatui::layout::{Position, Rect};

use watershed::command::Motion;
use watershed::console::key::Key;
use watershed::console::keymap;
use watershed::console::message::{Effect, Message};
use watershed::console::state::{Notice, Over};
use watershed::console::still;
use watershed::model::ShardId;
use watershed::sim::run_for;

use super::Console;

const EVERY_KEY: &str = "s m S n esc a esc L esc t esc D esc P esc j k g G h l u U T esc ? esc p p \
                         ( ) { } . e esc ctrl-d ctrl-u x % 1 2 c C 3 4 5 6 7 8 9 o + - = w J H R F @ esc enter esc tab z z shift-tab < > r space v * esc ] [ ` alt-left alt-right M / esc";

#[test]
fn q_leaves_a_stream_first_and_the_program_then() {
    let mut console = Console::on("hot-shard", 5);
    console.press("2 q");
    assert_eq!(console.effects, []);
    console.press("q");
    assert_eq!(console.effects, [Effect::Quit]);
}

/// At 80x24 the tabs had no room, and took the place away that they stand for.
#[test]
fn where_one_is_stands_in_the_second_row_at_every_width() {
    let mut console = Console::on("hot-shard", 5);
    for (key, place) in [
        ("1", "streams"),
        ("4", "consumers"),
        ("5", "concurrency"),
        ("6", "transforms"),
        ("8", "costs"),
        ("9", "logs"),
        ("0", "problems"),
    ] {
        console.press(key);
        for width in [80, 100, 120, 200] {
            let text = console.text(width, 24);
            let row = text.lines().nth(1).expect("a second row");
            assert!(row.contains(place), "{width}: {row}");
        }
    }
}

/// What nothing brings back wants more than a key: the name, typed.
#[test]
fn nothing_but_its_name_deletes_a_stream_with_records() {
    for no in ["enter", "esc", "y enter", "n enter", "D esc"] {
        let mut console = Console::on("hot-shard", 5);
        console.press("D").press(no);
        assert_eq!(console.snapshot().streams.len(), 1, "{no}");
    }
    let mut console = Console::on("hot-shard", 5);
    console.press("D").write("orders").press("enter");
    assert!(console.said().contains("orders"), "{}", console.said());
    watershed::sim::run_for(&mut console.world, 60_000, &mut |_| ());
    assert_eq!(console.snapshot().streams.len(), 0);
}

#[test]
fn every_key_is_harmless_in_every_world() {
    for name in ["first-light", "social-trends"] {
        let mut console = Console::on(name, 5);
        for screen in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] {
            console.press(screen).press(EVERY_KEY);
            console.cells(80, 24);
        }
    }
    let empty = r#"(version: 1, title: "Empty", streams: [])"#;
    let session = watershed::session::Session::parse("empty", empty).expect("a good session");
    let mut console = Console::of(&session, 1);
    for screen in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] {
        console.press(screen).press(EVERY_KEY);
        console.cells(80, 24);
    }
    assert_eq!(console.snapshot().streams.len(), 0);
}

/// The cure of the story: the hottest shard is the one that s means.
#[test]
fn s_and_y_split_the_hot_shard_and_u_takes_it_back() {
    let mut console = Console::on("hot-shard", 20);
    console.press("s");
    assert!(matches!(console.state.over, Over::Ask(_)));
    assert!(console.text(80, 24).contains("split orders 002"));
    console.press("y");
    watershed::sim::run_for(&mut console.world, 10_000, &mut |_| ());
    assert_eq!(console.snapshot().streams[0].open_shards(), 5);
    console.press("u");
    assert!(console.said().contains("merge"), "{}", console.said());
    watershed::sim::run_for(&mut console.world, 10_000, &mut |_| ());
    assert_eq!(console.snapshot().streams[0].open_shards(), 4);
}

#[test]
fn ctrl_c_leaves_when_it_is_pressed_twice() {
    let mut console = Console::on("hot-shard", 5);
    console.press("ctrl-c");
    assert_eq!(console.effects, []);
    assert!(console.said().contains("again"));
    console.press("j ctrl-c");
    assert_eq!(console.effects, [], "a key between them forgets the first");
    console.press("ctrl-c");
    assert_eq!(console.effects, [Effect::Quit]);
}

#[test]
fn leaving_asks_while_changes_are_not_saved() {
    let mut console = Console::on("hot-shard", 5);
    console.line("retention orders 48").press("q");
    assert_eq!(console.effects, []);
    assert!(console.text(80, 24).contains("are not saved"));
    console.press("y");
    assert_eq!(console.effects, [Effect::Quit]);
}

#[test]
fn a_wrong_line_says_what_is_wrong_and_stays_to_be_mended() {
    let mut console = Console::on("hot-shard", 20);
    console.line("split ordrs 2");
    assert!(matches!(console.state.notice, Some(Notice::Refused(_))));
    assert!(console.said().contains("did you mean `orders`"), "{}", console.said());
}

#[test]
fn tab_completes_and_the_history_comes_back() {
    let mut console = Console::on("hot-shard", 20);
    console.press(":").write("reten").press("tab").write("or").press("tab").write("48");
    assert!(console.text(80, 24).contains(":retention orders 48"), "{}", console.text(80, 24));
    console.press("enter");
    assert!(console.said().contains("48"), "{}", console.said());
}

/// Going back in the history and on again lost what had been typed.
#[test]
fn a_line_half_typed_is_there_again_after_the_history() {
    let mut console = Console::on("hot-shard", 20);
    let typed = |console: &Console| match &console.state.over {
        Over::Prompt(prompt) => prompt.input.value().to_owned(),
        other => panic!("no line: {other:?}"),
    };
    console.press(":").write("audit").press("up down");
    assert_eq!(typed(&console), "audit", "where nothing was typed before");
    console.press("esc").line("retention orders 48").line("rate shop 2");
    console.press(":").write("split-hot audit").press("up up");
    assert_eq!(typed(&console), "retention orders 48");
    console.press("down down");
    assert_eq!(typed(&console), "split-hot audit");
    console.press("down");
    assert_eq!(typed(&console), "split-hot audit");
}

#[test]
fn a_filter_hides_other_streams_and_esc_takes_it_away() {
    let mut console = Console::on("first-light", 5);
    let all = console.snapshot().streams.len();
    assert!(all > 1);
    console.press("/").write("click").press("enter");
    let text = console.text(120, 40);
    assert!(text.contains("Streams (1") && text.contains("clicks"), "{text}");
    console.press("esc");
    assert!(console.text(120, 40).contains(&format!("Streams ({all}")));
}

/// A frozen picture does not move while the world does.
#[test]
fn p_freezes_the_picture_but_not_the_world() {
    let mut console = Console::on("hot-shard", 20);
    console.press("p");
    let held = console.state.frozen.clone().expect("a held picture");
    watershed::sim::run_for(&mut console.world, 5_000, &mut |_| ());
    assert_eq!(held.elapsed_ms(), 20_000);
    assert_eq!(console.snapshot().elapsed_ms(), 25_000);
    console.press("p");
    assert!(console.state.frozen.is_none());
}

#[test]
fn rates_and_limits_are_commands_with_keys() {
    let mut console = Console::on("hot-shard", 20);
    console.press(")");
    assert!((console.snapshot().producers[0].rate_factor - 2.0).abs() < 1e-9, "{}", console.said());
    console.press("( (");
    assert!((console.snapshot().producers[0].rate_factor - 0.5).abs() < 1e-9);
    console.line("concurrency account 1");
    assert!(console.said().contains('1'), "{}", console.said());
}

/// The order of rows is the user's, and rows of close rates do not dance.
#[test]
fn a_table_is_sorted_by_keys_and_keeps_its_selection() {
    let mut console = Console::on("hot-shard", 20);
    console.press("2 j").press("> > > > > > r r");
    let stream = &console.snapshot().streams[0];
    let order: Vec<String> =
        console.state.shards(stream).iter().map(|shard| shard.id.short()).collect();
    assert_eq!(order[0], "002", "the hottest first: {order:?}");
    assert_eq!(console.state.chosen.shard.map(ShardId::short), Some("001".into()));
}

/// Marked rows are acted on together, after one question that names each.
#[test]
fn a_key_acts_on_every_marked_row() {
    let mut console = Console::on("hot-shard", 20);
    console.press("2 space space s");
    let text = console.text(120, 40);
    assert!(text.contains("split orders 000") && text.contains("split orders 001"), "{text}");
    console.press("y");
    assert_eq!(console.state.queue.len(), 1, "one after the other");
    watershed::sim::run_for(&mut console.world, 10_000, &mut |_| ());
    console.tell(Message::Picture);
    watershed::sim::run_for(&mut console.world, 10_000, &mut |_| ());
    assert_eq!(console.snapshot().streams[0].open_shards(), 6);
}

#[test]
fn two_marked_shards_are_the_two_that_merge() {
    let mut console = Console::on("hot-shard", 20);
    console.press("2 G space k space m");
    let text = console.text(120, 40);
    assert!(text.contains("merge orders 002 003"), "{text}");
}

#[test]
fn screens_seen_before_come_back_both_ways() {
    let mut console = Console::on("hot-shard", 5);
    let here = |console: &Console| console.state.screen.kind().word();
    console.press("2 5 9 alt-left");
    assert_eq!(here(&console), "concurrency");
    console.press("alt-left");
    assert_eq!(here(&console), "stream");
    console.press("alt-right alt-right");
    assert_eq!(here(&console), "logs");
    console.press("`");
    assert_eq!(here(&console), "concurrency");
}

#[test]
fn a_zoomed_panel_has_the_whole_screen_and_esc_gives_it_back() {
    let mut console = Console::on("social-trends", 20);
    console.press("tab tab z");
    let text = console.text(120, 40);
    assert!(text.contains(" Events ") && !text.contains("Streams ("), "{text}");
    console.press("esc");
    assert!(console.text(120, 40).contains("Streams ("));
}

/// A key that somebody could press: mostly one that is bound here, often a letter, sometimes
/// anything else.
fn any_key(console: &Console, chance: &mut Pcg64Mcg) -> Key {
    const OTHERS: [Key; 20] = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Function(1),
        Key::Ctrl('w'),
        Key::Ctrl('u'),
        Key::Alt('x'),
        Key::Char('\u{65e5}'),
        Key::Char('\u{5d0}'),
    ];
    let bound: Vec<Key> =
        console.state.keys.on(console.state.screen.kind()).map(|bound| bound.key).collect();
    match chance.random_range(0..10) {
        0..5 => bound[chance.random_range(0..bound.len())],
        5..8 => Key::Char(char::from(chance.random_range(b' '..=b'~'))),
        _ => OTHERS[chance.random_range(0..OTHERS.len())],
    }
}

/// Thousands of keys, clicks, turns of the wheel and pasted words, on screens of any size: nothing
/// panics, whatever comes after what. A seed that fails is told by its number.
#[test]
fn no_sequence_of_keys_and_clicks_ends_in_a_panic() {
    for (seed, name) in (0..).zip(["hot-shard", "social-trends", "black-friday", "first-light"]) {
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let mut console = Console::on(name, 12);
        let mut pressed = Vec::new();
        for _ in 0..400 {
            let size = (chance.random_range(1..140), chance.random_range(1..50));
            let area = Rect::new(0, 0, size.0, size.1);
            let (_, targets) =
                still::drawn(&console.state, &console.snapshot(), &console.look, area);
            let place =
                Position::new(chance.random_range(0..size.0), chance.random_range(0..size.1));
            let message = match chance.random_range(0..12) {
                0 => targets.at(place).map(Message::Click),
                1 => Some(Message::Wheel(targets.panel(place), Motion::Down)),
                2 => {
                    run_for(&mut console.world, 500, &mut |_| ());
                    let picture = console.snapshot();
                    console.state.past.keep(&picture);
                    Some(Message::Picture)
                }
                _ => {
                    let key = any_key(&console, &mut chance);
                    pressed.push(key.to_string());
                    keymap::message(&console.state, key)
                }
            };
            if let Some(message) = message {
                console.tell(message);
            }
        }
        assert!(pressed.len() > 200, "{name}");
        assert!(console.effects.len() < 400, "{name}: {:?}", console.effects);
    }
}

/// It was said that there are none, and how to make one.
#[test]
fn a_table_that_a_filter_empties_tells_of_the_filter() {
    let mut console = Console::on("black-friday", 30);
    for panel in ["streams", "consumers", "concurrency", "transforms", "problems"] {
        console.press(":").write(panel).press("enter /").write("nosuchthing").press("enter");
        let text = console.text(120, 40);
        assert!(text.contains("nothing here passes the filter: esc clears it"), "{text}");
        console.press("esc");
    }
}

/// A filter may ask columns: a row must hold all of them, and have the other words.
#[test]
fn a_filter_asks_columns() {
    let mut console = Console::on("black-friday", 60);
    let names = |console: &Console| {
        let snapshot = console.snapshot();
        let shown = console.state.streams(&snapshot);
        shown.iter().map(|stream| stream.name.to_string()).collect::<Vec<_>>()
    };
    let all = names(&console);
    console.press("/").write("shards>10").press("enter");
    let some = names(&console);
    assert!(!some.is_empty() && some.len() < all.len(), "{some:?} of {all:?}");
    console.press("/").write(" mode=on-d").press("enter");
    assert!(names(&console).len() < some.len());
    console.press("esc");
    assert_eq!(names(&console), all);
    let others: Vec<String> = all.iter().filter(|name| !some.contains(name)).cloned().collect();
    console.press("/").write("!shards>10").press("enter");
    assert_eq!(names(&console), others);
    console.press("esc /").write("!~cks").press("enter");
    assert_eq!(names(&console), ["audit", "orders", "payments", "telemetry"]);
    console.press("esc /").write("a ~dt !orders").press("enter");
    assert_eq!(names(&console), ["audit"]);
}
