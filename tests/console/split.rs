//! The cut of a split, moved in its preview.

use watershed::console::state::Over;

use super::Console;
use super::screens::{SIZES, check};

fn asked(keys: &str) -> Console {
    let mut console = Console::on("hot-shard", 30);
    console.press("2 s").press(keys);
    console
}

fn key(console: &Console) -> u128 {
    let Over::Ask(question) = &console.state.over else { panic!("a question stands") };
    question.cut.as_ref().expect("it is about a cut").key.0
}

#[test]
fn the_cut_is_shown_and_moved() {
    let mut console = asked("=");
    let middle = key(&console);
    let before = console.text(120, 40);
    assert!(before.contains("cut at"), "{before}");
    assert!(key(console.press("right")) > middle);
    assert_ne!(console.text(120, 40), before, "what the halves carry follows");
    assert_eq!(key(console.press("left")), middle);
    let fine = key(console.press("up")) - middle;
    let coarse = key(console.press("right")) - middle - fine;
    assert!(fine > 0 && coarse > 10 * fine, "{fine} {coarse}");
    check("question-cut", &mut console, &SIZES);
}

/// The second shard of four begins at 0x8000...: digits name the first ones of the cut.
#[test]
fn the_cut_is_typed() {
    let mut console = asked("a 1");
    assert_eq!(key(&console), 0xa1 << 120);
    let hot = key(asked("h").press("h"));
    assert_eq!(key(console.press("h")), hot, "and back to where the load halves");
    console.press("9 y");
    console.wait(3);
    let snapshot = console.snapshot();
    let open = snapshot.streams[0].open_by_range();
    assert!(open.iter().any(|shard| shard.range.start.0 == 0x9 << 124), "it was cut there");
}

/// A key of another shard is no place to cut this one: it is said, and a yes does nothing.
#[test]
fn a_cut_outside_of_the_shard_is_refused() {
    let mut console = asked("0 1");
    let text = console.text(120, 40);
    assert!(text.contains("0x01:"), "{text}");
    console.press("y");
    assert!(matches!(console.state.over, Over::Ask(_)), "the question still stands");
    console.press("backspace backspace = y").wait(3);
    assert_eq!(console.snapshot().open_shards(), 5);
}
