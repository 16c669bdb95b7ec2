//! Every screen in the states in which screens break: nothing there, too much of everything, names
//! that are too long, too wide or written from right to left. All screens of a state and a size are
//! one file: their text, rows that are like the one before them left out, and behind the name of each
//! a hash of its styles.

use std::hash::{Hash, Hasher};

use insta::{Settings, assert_snapshot};
use ratatui::buffer::Buffer;
use twox_hash::XxHash64;

use watershed::session::Session;

use super::Console;
use super::screens::SIZES;

/// A key or a line opens each screen.
const SCREENS: [(&str, &str); 13] = [
    ("streams", "1"),
    ("stream", "2"),
    ("heat", "3"),
    ("consumers", "4"),
    ("concurrency", "5"),
    ("transforms", "6"),
    ("records", "7"),
    ("costs", "8"),
    ("logs", "9"),
    ("problems", "0"),
    ("producers", ":producers"),
    ("sessions", ":sessions"),
    ("help", "?"),
];

fn open(console: &mut Console, how: &str) {
    match how.strip_prefix(':') {
        Some(line) => console.line(line),
        None => console.press(how),
    };
}

fn hash(cells: &Buffer) -> u64 {
    let mut hasher = XxHash64::with_seed(0);
    for cell in &cells.content {
        format!("{:?}", cell.style()).hash(&mut hasher);
    }
    hasher.finish()
}

/// The text of a screen, with a word for rows that are the same as the one above them.
fn folded(cells: &Buffer) -> String {
    let text = watershed::console::export::text(cells);
    let lines: Vec<&str> = text.lines().collect();
    let same = lines.chunk_by(|one, next| one == next);
    same.map(|rows| match rows {
        [row] => format!("{row}\n"),
        rows => format!("{}\n... {} more\n", rows[0], rows.len() - 1),
    })
    .collect()
}

fn check(name: &str, console: &mut Console) {
    let picture = console.snapshot();
    console.state.logs.follow(&picture);
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (width, height) in SIZES {
        let mut all = String::new();
        for (screen, how) in SCREENS {
            open(console, how);
            let cells = console.cells(width, height);
            all.push_str(&format!("== {screen} {:016x}\n{}", hash(&cells), folded(&cells)));
            console.press("esc esc esc");
        }
        settings.bind(|| assert_snapshot!(format!("{name}-{width}x{height}"), all));
    }
}

#[test]
fn every_screen_of_an_empty_world() {
    let empty = r#"(version: 1, title: "Empty", streams: [])"#;
    let session = Session::parse("empty", empty).expect("a good session");
    check("every-empty", &mut Console::of(&session, 1));
}

#[test]
fn every_screen_of_black_friday_at_its_worst() {
    check("every-overloaded", &mut Console::on("black-friday", 62));
}

/// Names of streams and parts are of few letters by law, but long; titles, keys, data and captions
/// may be anything.
#[test]
fn every_screen_with_long_wide_and_right_to_left_names() {
    let long = "a-name-of-128-letters-".repeat(6);
    let long = &long[..120];
    let text = format!(
        r#"(version: 1, title: "東京のセッション 🗼 مرحبا", concurrency: 1,
            streams: [
                (name: "{long}", shards: 2, level: Memory, tags: {{"名前": "東京", "اسم": "قيمة"}}),
                (name: "to-{long}", shards: 1, level: Memory),
            ],
            functions: [(name: "f-{long}", kind: Simulated, base_ms: 900)],
            producers: [(name: "p-{long}", stream: "{long}", source: Synthetic((
                rate: 2500, keys: Hot(count: 100, share: 0.5), payload: Posts,
            )))],
            transforms: [(
                name: "t-{long}", from: "{long}", to: "to-{long}",
                stages: [Keep(Above("/likes", 40))],
            )],
            mappings: [(name: "m-{long}", stream: "{long}", function: "f-{long}")],
            readers: [(name: "r-{long}", stream: "{long}")],
            timeline: [(at_s: 1, caption: "見出し: 日本語の長い説明文 🗼🗼 — שלום עולם, مرحبا بالعالم")],
        )"#
    );
    let session = Session::parse("odd", &text).unwrap_or_else(|why| panic!("{why}"));
    let mut console = Console::of(&session, 20);
    console.line(&format!("put {long} 日本語のキー {{\"名前\": \"東京 🗼\"}}"));
    console.line(&format!("put {long} مفتاح مرحبا"));
    check("every-odd", &mut console);
}
