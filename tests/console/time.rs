//! The past in every screen, the lock, the clipboard.

use watershed::console::message::Effect;
use watershed::sim::run_for;

use super::Console;

/// A console that has seen a minute of a session, second by second.
fn seen() -> Console {
    let mut console = Console::on("hot-shard", 1);
    for _ in 0..60 {
        run_for(&mut console.world, 1_000, &mut |_| ());
        let picture = console.snapshot();
        console.state.past.keep(&picture);
    }
    console
}

#[test]
fn the_past_is_shown_and_left_again() {
    let mut console = seen();
    console.line("time -30s");
    let shown = console.state.frozen.clone().expect("a picture of the past");
    assert_eq!(shown.elapsed_ms(), 31_000);
    assert!(console.state.replayed);
    let pictured = |console: &Console| console.state.frozen.as_ref().map(|past| past.elapsed_ms());
    console.line("time 00:00:10");
    assert_eq!(pictured(&console), Some(10_000));
    console.press("esc");
    assert_eq!(pictured(&console), None, "esc goes back to now");
    console.press(",");
    assert_eq!(pictured(&console), Some(60_000));
    console.press("\\");
    assert_eq!(pictured(&console), None);
}

/// The second press showed what the first did, as it went back from now again.
#[test]
fn ten_seconds_back_are_counted_from_the_picture_in_view() {
    let mut console = seen();
    let pictured = |console: &Console| console.state.frozen.as_ref().map(|past| past.elapsed_ms());
    for elapsed_ms in [51_000, 41_000, 31_000] {
        console.press(";");
        assert_eq!(pictured(&console), Some(elapsed_ms));
    }
    console.press("\\ ;");
    assert_eq!(pictured(&console), Some(51_000));
}

/// A command shows what it does: the present.
#[test]
fn a_command_leaves_the_past() {
    let mut console = seen();
    console.line("time -30s").line("retention orders 48");
    assert!(console.state.frozen.is_none() && !console.state.replayed);
}

#[test]
fn a_locked_world_is_not_changed_and_says_so() {
    let mut console = Console::on("hot-shard", 5);
    console.line("ro").press("s");
    assert!(console.said().starts_with("read-only: `split`"), "{}", console.said());
    let text = console.text(120, 40);
    assert!(text.contains(" RO") && !text.contains("s split"), "{text}");
    console.line("retention orders 48");
    assert!(console.said().starts_with("read-only"), "{}", console.said());
    console.press("u");
    assert!(console.said().starts_with("read-only"), "{}", console.said());
}

#[test]
fn the_lock_is_lifted_for_a_time_after_a_question() {
    let mut console = Console::on("hot-shard", 5);
    console.line("ro").line("rw 10");
    assert!(!console.state.writable(), "it asks first");
    console.press("y");
    assert!(console.state.writable());
    console.state.wall_ms = 10 * 60_000;
    assert!(!console.state.writable(), "ten minutes later");
}

#[test]
fn the_chosen_thing_and_its_row_are_copied() {
    let mut console = Console::on("hot-shard", 20);
    console.press("2 j y Y");
    let Some(Effect::Copy(name)) = console.effects.first() else { panic!("a copy") };
    assert_eq!(name, "001");
    let Some(Effect::Copy(row)) = console.effects.last() else { panic!("a copy") };
    assert!(row.starts_with("1\tOPEN\t"), "{row}");
}
