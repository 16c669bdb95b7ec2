//! The log screen: followed, held, searched, wrapped, copied.

use watershed::console::message::Effect;

use super::Console;
use super::screens::{SIZES, check};

fn console() -> Console {
    let mut console = Console::on("hot-shard", 60);
    console.hear().press("9");
    console
}

#[test]
fn logs() {
    check("logs", &mut console(), &SIZES);
}

#[test]
fn logs_held_and_searched() {
    let mut console = console();
    console.press("/").write("shard").press("enter");
    check("logs-search", &mut console, &SIZES);
}

/// Two matches are found, one after the other and around; `esc` leaves the search, then follows.
#[test]
fn a_search_goes_through_the_log() {
    let mut console = console();
    console.press("/").write("shard").press("enter");
    let text = console.text(120, 40);
    assert!(text.contains("HELD") && text.contains("/shard"), "{text}");
    let nth = |text: &str| {
        let (_, rest) = text.split_once("/shard ").expect("the search in the title");
        rest.split(' ').next().expect("a number").to_owned()
    };
    let first = nth(&text);
    let next = nth(&console.press("n").text(120, 40));
    assert_ne!(next, first);
    assert_eq!(nth(&console.press("N").text(120, 40)), first);
    console.press("esc esc");
    assert!(console.text(120, 40).contains("FOLLOWING"));
}

#[test]
fn n_without_a_search_says_what_to_do() {
    let mut console = console();
    console.press("n");
    assert_eq!(console.said(), "`/` looks for a text first");
    console.press("/").write("no such thing").press("enter n");
    assert!(console.said().contains("no line shown has"), "{}", console.said());
}

/// A step up holds the log still; the end, or `F`, follows again.
#[test]
fn a_step_up_holds_the_log() {
    let mut console = console();
    assert!(console.press("k").text(120, 40).contains("HELD"));
    assert!(console.press("G").text(120, 40).contains("FOLLOWING"));
    assert!(console.press("g").text(120, 40).contains("HELD"));
    assert!(console.press("F").text(120, 40).contains("FOLLOWING"));
}

#[test]
fn levels_targets_and_long_lines() {
    let mut console = console();
    let all = console.text(120, 40);
    assert!(all.contains("INFO+") && all.contains("refuses"), "{all}");
    let errors = console.press("h h").text(120, 40);
    assert!(errors.contains("ERROR+"), "{errors}");
    console.press("l l tab");
    let only = console.press("f").text(120, 40);
    assert!(only.contains("only engine."), "{only}");
    console.press("f shift-tab");
    let cut = console.text(60, 20);
    let whole = console.press("w").text(60, 20);
    assert!(cut.contains('\u{2026}') && whole.contains("wrapped"), "{cut}{whole}");
}

#[test]
fn a_line_is_copied_as_text_or_whole() {
    let mut console = console();
    console.press("y Y");
    let [Effect::Copy(text), Effect::Copy(whole)] = &console.effects[..] else {
        panic!("{:?}", console.effects);
    };
    assert!(whole.ends_with(text.as_str()) && whole.starts_with("00:0"), "{text} {whole}");
}
