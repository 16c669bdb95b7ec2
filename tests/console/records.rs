//! The record screen: following, holding, going to places, filters.

use watershed::command::Place;
use watershed::console::panel::Panel;
use watershed::sim;

use super::Console;
use super::screens::{SIZES, check};

fn run(console: &mut Console, seconds: u64) {
    sim::run_for(&mut console.world, seconds * 1_000, &mut |_| ());
}

/// Rows of the table at 120x40, as text.
fn rows(console: &mut Console) -> Vec<String> {
    let text = console.text(120, 40);
    let cut = |line: &str| line.chars().take(60).collect::<String>();
    text.lines().filter(|line| line.contains("00:00:") && line.contains('┃')).map(cut).collect()
}

#[test]
fn records_faster_than_the_eye_are_a_sample_that_moves_on() {
    let mut console = Console::on("hot-shard", 20);
    console.press("7");
    assert!(console.text(120, 40).contains("1 of 64 drawn"), "{}", console.text(120, 40));
    let before = rows(&mut console);
    run(&mut console, 1);
    let after = rows(&mut console);
    let newest = before.last().expect("rows").trim_start_matches("┃▌").to_owned();
    assert_ne!(before.last(), after.last());
    assert!(
        after.iter().any(|row| row.ends_with(newest.trim_start_matches("┃ "))) || after.len() < 40,
        "what was shown moves up"
    );
}

#[test]
fn up_holds_the_page_at_once_and_f_follows_again() {
    let mut console = Console::on("hot-shard", 20);
    console.press("7 k");
    assert!(console.text(120, 40).contains("HELD"));
    let before = rows(&mut console);
    run(&mut console, 5);
    assert_eq!(before, rows(&mut console));
    console.press("F");
    assert!(console.text(120, 40).contains("FOLLOWING"));
    assert_ne!(before, rows(&mut console));
}

/// Esc left the place in the list behind, and stayed inside of the record.
#[test]
fn what_was_opened_last_is_closed_first() {
    let mut console = Console::on("hot-shard", 20);
    let place = |console: &Console| console.state.browse().map(|browse| browse.place);
    console.press("7 g enter");
    assert_eq!((console.state.panel(), place(&console)), (Panel::Record, Some(Place::Oldest)));
    console.press("esc");
    assert_eq!((console.state.panel(), place(&console)), (Panel::Records, Some(Place::Oldest)));
    console.press("esc");
    assert_eq!((console.state.panel(), place(&console)), (Panel::Records, Some(Place::Newest)));
}

#[test]
fn records_are_found_by_time_sequence_number_and_key() {
    let mut console = Console::on("hot-shard", 30);
    console.line("records orders --at 00:00:10 --key user-0");
    let text = console.text(120, 40);
    assert!(text.contains("key user-0  from 00:00:10"), "{text}");
    let first = rows(&mut console).into_iter().next().expect("a row");
    assert!(first.contains("00:00:10.0") && first.contains("user-0"), "{first}");
    let number = console.snapshot().tail.records[3].sequence;
    console.line(&format!("records orders --at {number}"));
    assert_eq!(console.snapshot().tail.records[0].sequence, number);
    console.line("records orders --at -5s");
    assert!(console.text(120, 40).contains("from 00:00:25"));
    console.line("records orders --at soon");
    assert!(console.said().contains("--at") && console.said().contains("oldest"));
}

/// At the end of a page the next one begins, and nothing between them is left out.
#[test]
fn pages_follow_each_other_without_a_gap() {
    let mut console = Console::on("first-light", 60);
    let stream = console.snapshot().streams[0].name.clone();
    console.line(&format!("records {stream} --at oldest"));
    let first = console.snapshot().tail.records.clone();
    assert_eq!(first.len(), 200);
    for _ in 0..20 {
        console.press("ctrl-d");
    }
    console.press("j");
    let second = console.snapshot().tail.records.clone();
    let last = first.last().expect("200 records");
    assert!(second.contains(last), "the pages share the moment where one ends");
    assert!(second.iter().map(|record| record.arrival).max() > Some(last.arrival));
}

#[test]
fn a_filter_looks_through_more_than_the_page() {
    let mut console = Console::on("hot-shard", 30);
    console.press("7 /").write("amount>199.5").press("enter");
    let text = console.text(120, 40);
    assert!(text.contains("looked through"), "{text}");
    let snapshot = console.snapshot();
    assert!(!snapshot.tail.records.is_empty());
    for record in &snapshot.tail.records {
        let value: serde_json::Value = serde_json::from_slice(&record.data).expect("JSON");
        assert!(value["amount"].as_f64() > Some(199.5), "{value}");
    }
}

#[test]
fn a_record_is_shown_as_json_as_digits_and_as_it_is() {
    let mut console = Console::on("hot-shard", 20);
    assert!(console.press("7 k").text(120, 40).contains("\"sku\": \"sku-"));
    assert!(console.press("H").text(120, 40).contains("000000  7b 22 74 69 6d 65"));
    assert!(console.press("R").text(120, 40).contains("│{\"time\":17"));
    assert!(console.press("J").text(120, 40).contains("│  {  "));
}

/// In the panel of the record the cursor goes along its lines, and folds what begins there.
#[test]
fn a_record_is_folded_node_by_node() {
    let mut console = Console::on("social-trends", 40);
    console.line("records posts").press("k enter");
    let whole = console.text(120, 40);
    assert!(whole.contains("\u{25be}") && whole.contains("\"hashtags\": ["), "{whole}");
    console.press("w");
    let folded = console.text(120, 40);
    assert!(folded.contains("\u{25b8}") && !folded.contains("\"hashtags\": [\n"), "{folded}");
    let lines = |console: &Console| console.state.record_lines(&console.snapshot()).expect("JSON");
    let at = lines(&console).iter().position(|line| line.node.is_some()).expect("a node");
    for _ in 0..at {
        console.press("j");
    }
    console.press("l");
    assert!(lines(&console).iter().any(|line| matches!(line.node, Some((_, false)))));
    console.press("enter");
    assert!(lines(&console).iter().all(|line| !matches!(line.node, Some((_, false)))));
    check("records-folded", &mut console, &SIZES);
}

#[test]
fn an_aggregated_record_says_how_many_are_inside_and_folds_open() {
    let mut console = Console::on("first-light", 5);
    console.line("create packed --shards 1 --level memory");
    run(&mut console, 2);
    console.line("produce agg packed synthetic --rate 500 --keys uniform:1 --aggregate on");
    run(&mut console, 3);
    console.line("records packed");
    let text = console.text(200, 60);
    assert!(text.contains("aggregated, 75 inside: user-0 {"), "{text}");
    assert!(
        text.contains(r#""key": "user-0""#) && text.contains("KiB   aggregated, 75 inside"),
        "{text}"
    );
    console.press("w");
    let folded = console.text(200, 60);
    assert!(folded.contains("{ 2 },"), "{folded}");
    // What is inside is found by its key, though the record has another.
    console.line("records packed --key user-0");
    assert!(console.text(120, 40).contains("aggregated, 75 inside"));
    console.line("records packed --key user-1");
    assert!(!console.text(120, 40).contains("aggregated"));
}
