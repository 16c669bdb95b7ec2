//! The screens that something is chosen on: sessions and themes.

use watershed::command::Screen;
use watershed::console::message::Effect;

use super::Console;
use super::screens::{SIZES, check};

#[test]
fn sessions() {
    let mut console = Console::on("hot-shard", 5);
    check("sessions", console.line("sessions").press("j j j j"), &SIZES);
}

#[test]
fn a_session_is_opened_from_its_summary() {
    let mut console = Console::on("first-light", 1);
    console.line("sessions").press("/").write("hot").press("enter tab");
    let text = console.text(120, 40);
    assert!(text.contains("What must hold") && text.contains(":split orders 2 --at hot"), "{text}");
    console.press("shift-tab enter");
    assert_eq!(console.effects, [Effect::Load("hot-shard".to_owned())]);
}

#[test]
fn themes() {
    check("themes", Console::on("hot-shard", 5).press("T j j"), &SIZES);
}

/// A theme is worn while the cursor stands on it; `enter` keeps it, `esc` goes back to the old one,
/// and both to the screen before.
#[test]
fn a_theme_is_tried_and_kept_or_not() {
    let mut console = Console::on("hot-shard", 5);
    console.press("5 T j");
    let tried = console.state.theme.clone();
    assert_ne!(tried, "dark");
    console.press("esc");
    assert_eq!(
        (console.state.theme.as_str(), &console.state.screen),
        ("dark", &Screen::Concurrency)
    );
    console.press("T j enter");
    assert_eq!((&console.state.theme, &console.state.screen), (&tried, &Screen::Concurrency));
    console.line("theme nord");
    assert_eq!(console.state.theme, "nord");
    console.line("theme nrod");
    assert!(console.said().contains("did you mean `nord`"), "{}", console.said());
}
