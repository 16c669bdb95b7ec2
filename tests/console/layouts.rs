//! Panels where the operator wants them.

use watershed::console::state::{Layouts, Notice};
use watershed::session::Session;

use super::Console;
use super::screens::check;

#[test]
fn panels_stand_where_a_line_puts_them() {
    let mut console = Console::on("hot-shard", 60);
    console.line("layout problems*2 | consumers / streams / heat :2");
    check("layout-own", &mut console, &[(120, 40)]);
    console.press("1 2 |");
    check("layout-focus", &mut console, &[(120, 40)]);
    console.press("|");
    check("layout-columns", &mut console, &[(120, 40)]);
}

/// A small terminal has no room for it: the screen is then as it always is there.
#[test]
fn a_layout_without_room_gives_way() {
    let mut plain = Console::on("hot-shard", 60);
    let mut laid = Console::on("hot-shard", 60);
    laid.line("layout streams / flow | problems / heat | events");
    assert_eq!(laid.press("esc").text(80, 14), plain.press("esc").text(80, 14));
    assert_ne!(laid.text(120, 40), plain.text(120, 40));
}

#[test]
fn what_a_screen_does_not_have_is_refused_and_nothing_moves() {
    let mut console = Console::on("hot-shard", 60);
    let before = console.text(120, 36);
    console.line("layout streams / lanes");
    let Some(Notice::Refused(why)) = &console.state.notice else { panic!("not refused") };
    assert!(why.starts_with("the screen `streams` has no panel `lanes`: it has streams"), "{why}");
    console.press("esc");
    assert_eq!(console.text(120, 36), before);
}

#[test]
fn a_session_keeps_layouts() {
    let mut console = Console::on("hot-shard", 1);
    console.line("layout streams / heat*3 | events").line("stream orders").line("layout rows");
    let mut session = console.world.session();
    session.layouts = console.state.layouts.to_session();
    let read = Session::parse("kept", &session.to_ron()).expect("as it was written");
    assert_eq!(read.layouts, session.layouts);
    assert_eq!(read.layouts.len(), 2);
    assert_eq!(Layouts::of(&read).to_session(), session.layouts);
}
