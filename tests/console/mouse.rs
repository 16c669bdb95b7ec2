//! The mouse: whatever is drawn to be clicked does what its key does.

use watershed::command::{Motion, Screen};
use watershed::console::message::{Effect, Message};
use watershed::console::panel::Panel;
use watershed::console::state::Over;

use super::Console;

#[test]
fn a_click_chooses_a_row_and_a_second_one_opens_it() {
    let mut console = Console::on("social-trends", 20);
    console.click("posts ");
    assert_eq!(console.state.chosen.stream.as_ref().map(ToString::to_string), Some("posts".into()));
    assert_eq!(console.state.screen, Screen::Overview);
    console.click("posts ");
    assert_eq!(console.state.screen.to_owned().kind().word(), "stream");
}

#[test]
fn a_click_on_a_title_sorts_and_a_second_one_turns_the_order_round() {
    let mut console = Console::on("social-trends", 20);
    console.click("REC/s");
    let first =
        |console: &mut Console| console.state.streams(&console.snapshot())[0].name.to_string();
    assert_eq!(first(&mut console), "posts", "the one with most records");
    assert!(console.text(120, 40).contains("REC/s\u{2193}"));
    console.click("REC/s");
    assert_eq!(first(&mut console), "popular");
}

#[test]
fn hints_tabs_and_the_header_can_be_clicked() {
    let mut console = Console::on("hot-shard", 20);
    console.click("help  ");
    assert!(matches!(console.state.over, Over::Help(_)));
    console.press("esc").click(" consumers ");
    assert_eq!(console.state.screen, Screen::Consumers(None));
    console.click("throttled");
    assert_eq!(console.state.screen, Screen::Logs);
    console.click("esc ");
    assert_eq!(console.state.screen, Screen::Overview);
}

/// A dialog covers what lies under it; its answers are buttons.
#[test]
fn a_dialog_is_answered_by_a_click_and_nothing_under_it_is_reached() {
    let mut console = Console::on("hot-shard", 20);
    console.press("2 s").click("throttled");
    assert!(matches!(console.state.over, Over::Ask(_)), "under the dialog");
    console.click("y yes");
    assert!(console.said().contains("split"), "{}", console.said());
}

#[test]
fn candidates_of_the_command_line_can_be_clicked() {
    let mut console = Console::on("hot-shard", 20);
    console.press(":").write("reten").click("retention ");
    let Over::Prompt(prompt) = &console.state.over else { panic!("a line is typed") };
    assert_eq!(prompt.input.value(), "retention ");
}

#[test]
fn the_wheel_moves_in_the_panel_under_it() {
    let mut console = Console::on("social-trends", 20);
    console.tell(Message::Wheel(Some(Panel::Consumers), Motion::Down));
    assert_eq!(console.state.panel(), Panel::Consumers);
    let names = console.state.consumers(&console.snapshot());
    assert_eq!(console.state.chosen.consumer.as_ref(), names.get(3));
}

#[test]
fn m_gives_the_mouse_away_and_a_drag_says_once_how_to_select() {
    let mut console = Console::on("hot-shard", 5);
    console.tell(Message::Drag);
    assert!(console.said().contains("shift"), "{}", console.said());
    console.tell(Message::Drag);
    assert_eq!(console.said(), "");
    console.press("M M");
    assert_eq!(console.effects, [Effect::Mouse(false), Effect::Mouse(true)]);
}
