//! Problems on the screen: found, explained, cured by keys.

use watershed::console::panel::Panel;
use watershed::console::state::Over;
use watershed::problem;
use watershed::session::Session;
use watershed::sim::run_for;

use super::Console;
use super::screens::check;

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 10)];

/// Names as long and as wide as they may be, in trouble.
fn long_names() -> Session {
    let name =
        "a-stream-with-a-name-that-is-longer-than-any-column-of-any-table-would-like-it-to-be";
    let text = format!(
        r#"(version: 1, title: "Lang 日本語のセッション", concurrency: 1,
            streams: [(name: "{name}", shards: 1, level: Memory)],
            functions: [(name: "function-of-{name}", kind: Simulated, base_ms: 900)],
            producers: [
                (name: "producer-of-{name}", stream: "{name}", source: Synthetic((
                    rate: 1500, keys: Hot(count: 100, share: 0.5),
                ))),
            ],
            mappings: [(
                name: "mapping-of-{name}", stream: "{name}", function: "function-of-{name}",
                parallelization_factor: 4,
            )],
        )"#
    );
    Session::parse("long", &text).expect("a good session")
}

#[test]
fn the_problems_of_a_hot_stream() {
    check("problems-hot", Console::on("hot-shard", 40).press("0"), &SIZES);
}

#[test]
fn the_problems_of_black_friday() {
    check("problems-many", Console::on("black-friday", 48).press("0"), &SIZES);
}

#[test]
fn the_streams_of_black_friday() {
    check("streams-many", &mut Console::on("black-friday", 48), &SIZES);
}

#[test]
fn a_world_without_problems() {
    check("problems-none", Console::on("first-light", 20).press("0"), &SIZES);
}

#[test]
fn problems_with_long_names() {
    check("problems-long", Console::of(&long_names(), 30).press("0"), &SIZES);
}

#[test]
fn why_a_problem_is_one() {
    check("problem-why", Console::on("hot-shard", 40).press("0 enter"), &SIZES);
}

#[test]
fn a_cure_is_shown_before_it_runs() {
    check("cure-split", Console::on("hot-shard", 40).press("! x"), &SIZES);
}

/// Who has never seen the program reads what the screen offers, and nothing else: each key that is
/// pressed stands on the screen at that moment, with what it does.
#[test]
fn a_newcomer_finds_the_hot_shard_its_cause_and_its_cure_in_less_than_ten_keys() {
    for (width, height) in [(120, 40), (80, 24)] {
        let mut console = Console::on("hot-shard", 30);
        let mut pressed = 0;
        let mut press = |console: &mut Console, key: &str, seen: &[&str]| {
            let text = console.text(width, height);
            for words in seen {
                assert!(text.contains(words), "`{words}` is not to be seen before {key}:\n{text}");
            }
            console.press(key);
            pressed += 1;
        };
        // The first screen names the shard, the cause and the keys.
        let offered = ["orders 002 refuses", "! next", "x run the cure"];
        press(&mut console, "!", &offered);
        // One is at the shard: it refuses, one key is most of it, and there is a cure.
        press(&mut console, "x", &["REFUSES", "user-0 (", "cure"]);
        // What the cure would do, and what it cannot do.
        let shown = ["before", "after", "cannot be divided", "undo: merge", "y yes"];
        press(&mut console, "y", &shown);
        assert!(pressed < 10, "{pressed} keys");
        run_for(&mut console.world, 40_000, &mut |_| ());
        let snapshot = console.snapshot();
        let wrong: Vec<_> =
            problem::find(&snapshot).into_iter().filter(problem::Problem::is_urgent).collect();
        assert_eq!(wrong, []);
        let told = snapshot.events.iter().any(|event| event.kind.to_string().contains("came"));
        assert!(told, "what came of the split is told");
    }
}

/// The same by `?` alone: typing searches, enter runs.
#[test]
fn help_alone_leads_to_the_cure_as_well() {
    let mut console = Console::on("hot-shard", 30);
    console.press("?").write("cure").press("enter");
    assert!(matches!(console.state.over, Over::Ask(_)), "{}", console.text(80, 24));
    console.press("y");
    run_for(&mut console.world, 10_000, &mut |_| ());
    assert_eq!(console.snapshot().streams[0].open_shards(), 5);
}

#[test]
fn the_next_problem_is_where_the_exclamation_mark_goes_and_around_again() {
    let mut console = Console::on("black-friday", 48);
    let count = problem::find(&console.snapshot()).len();
    let mut seen = Vec::new();
    for _ in 0..=count {
        console.press("!");
        seen.push(console.state.row_of(Panel::Problems).expect("one was gone to"));
    }
    assert_eq!(seen.first(), seen.last());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn a_cure_of_a_problem_without_a_command_is_its_reason() {
    let text = r#"(version: 1, title: "One key",
        streams: [(name: "orders", shards: 1, level: Memory)],
        producers: [(name: "shop", stream: "orders", source: Synthetic((
            rate: 2000, keys: Hot(count: 10, share: 0.95),
        )))],
    )"#;
    let session = Session::parse("key", text).expect("a good session");
    let mut console = Console::of(&session, 30);
    console.press("x");
    assert!(matches!(console.state.over, Over::Why(_)));
    let text = console.text(120, 40);
    assert!(text.contains("no command cures it here"), "{text}");
    console.press("esc 0 enter enter");
    assert!(console.said().contains("user-0"), "{}", console.said());
}

#[test]
fn nothing_is_wrong_in_a_calm_world() {
    let mut console = Console::on("first-light", 20);
    console.press("! x");
    assert_eq!(console.said(), "nothing is wrong");
}

/// A list of problems can be filtered as every other.
#[test]
fn problems_are_filtered_by_subject_word_and_sentence() {
    let mut console = Console::on("black-friday", 48);
    console.press("0 /").write("clickstream").press("enter");
    let text = console.text(120, 40);
    assert!(text.contains("clickstream") && !text.contains("anomaly-scorer"), "{text}");
}
