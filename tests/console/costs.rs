//! The costs screen: prices of one's own, and courses that are run ahead.

use watershed::console::message::Effect;
use watershed::console::panel::Panel;
use watershed::console::sheet::Sheet;

use super::Console;
use super::screens::{SIZES, check};

#[test]
fn costs() {
    check("costs", Console::on("social-trends", 40).press("8"), &SIZES);
}

/// The column of units leaves narrow screens, and 2.54 million was read as 2.54 then.
#[test]
fn a_million_is_told_with_the_amount_at_every_width() {
    let mut console = Console::on("social-trends", 40);
    console.press("8");
    for (width, height) in [(200, 60), (120, 40), (80, 24)] {
        let text = console.text(width, height);
        let row = text.lines().find(|line| line.contains("PUT payload units")).expect("a row");
        assert!(row.contains(" 2.54 M "), "{row}");
        assert_eq!(row.contains(" units ") && row.contains("$0.014/M"), width > 80, "{row}");
    }
}

/// Ten times the load on four shards is refused for the most part, and shards are paid by the hour.
#[test]
fn courses_are_run_and_not_guessed() {
    let mut console = Console::on("hot-shard", 40);
    console.press("8 W j j");
    check("costs-what-if", &mut console, &SIZES);
    let sheet = Sheet::of(&console.state, Panel::Courses, &console.snapshot());
    let csv = sheet.expect("a table").csv();
    let titles = "IF,SHARDS,REFUSED,F-THR,AGE,PER HOUR,30 d,CHANGE\r\nas it is,4,";
    assert!(csv.starts_with(titles), "{csv}");
    let outcome = |console: &Console, title: &str| {
        let course = console.state.courses.named(title).expect(title);
        course.outcome.clone().expect("it was run").expect("it fits")
    };
    let now = outcome(&console, "as it is");
    let ten = outcome(&console, "load x10");
    let wide = outcome(&console, "scale orders 8");
    assert!(now.refused_share() < 0.1 && ten.refused_share() > 0.5, "{now:?} {ten:?}");
    assert_eq!((now.open_shards, wide.open_shards), (4, 8));
    let shards = wide.per_hour - now.per_hour;
    assert!((0.03..0.09).contains(&shards), "four shards at $0.015: {shards}");
    let on_demand = outcome(&console, "mode orders on-demand");
    assert!(on_demand.per_hour > now.per_hour, "{on_demand:?}");
}

/// A course of the user's own is run with the others, and done in the world after a question.
#[test]
fn a_course_of_ones_own_is_tried_and_done() {
    let mut console = Console::on("hot-shard", 40);
    console.press("8 n").write("split orders 2 --at hot; rate shop 0.5").press("enter");
    assert_eq!(console.state.panel(), Panel::Courses);
    let text = console.text(120, 40);
    assert!(text.contains("split orders 2 --at hot; rate shop 0.5"), "{text}");
    console.press("enter");
    let asked = console.text(120, 40);
    assert!(asked.contains("Do it?") && asked.contains("before"), "{asked}");
    console.press("y");
    let factor = |console: &Console| console.snapshot().producers[0].rate_factor;
    assert!(console.state.queue.len() == 1, "the second waits for the split");
    console.wait(5);
    assert!((factor(&console) - 0.5).abs() < 1e-9);
    assert_eq!(console.snapshot().open_shards(), 5);
}

#[test]
fn what_does_not_change_the_world_cannot_be_tried_on_one() {
    let mut console = Console::on("hot-shard", 5);
    console.line("what-if streams");
    assert!(console.said().contains("commands that change the world"), "{}", console.said());
    console.press("esc").line("what-if split nowhere 1");
    let refused = console.state.courses.named("split nowhere 1").expect("kept").outcome.clone();
    assert!(refused.expect("run").is_err());
    assert!(console.text(120, 40).contains("nowhere"), "and says why");
}

/// `e` puts the price of the selected item on the line; what is entered is kept as one's own.
#[test]
fn a_price_is_changed_where_it_is_seen() {
    let mut console = Console::on("hot-shard", 40);
    console.press("8 e");
    let line = console.text(120, 40);
    assert!(line.contains(":price put-units-million 0.014"), "{line}");
    console.press("backspace").write("5").press("enter");
    assert_eq!(console.effects, [Effect::KeepPrices]);
    assert!((console.state.prices.put_units_million - 0.015).abs() < 1e-12);
    assert!(console.state.prices.source.ends_with("changed by hand"));
}
