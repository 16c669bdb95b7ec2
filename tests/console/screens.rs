//! Every screen at four sizes, and every theme: text, and below it the style of each cell as a
//! letter, told by a legend. `INSTA_UPDATE=always cargo test` takes a wanted change over.

use std::collections::BTreeMap;
use std::sync::Arc;

use insta::{Settings, assert_snapshot};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use watershed::session::Session;

use super::Console;

pub(super) const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 10)];

/// Text, styles and legend.
fn told(buffer: &Buffer) -> String {
    let mut letters = BTreeMap::new();
    let mut styles = String::new();
    for row in buffer.area.rows() {
        let line: String = row
            .columns()
            .map(|column| {
                let cell = &buffer[(column.x, column.y)];
                let next = u8::try_from(letters.len()).expect("few styles");
                char::from(*letters.entry(look_of(cell)).or_insert(b'a' + next))
            })
            .collect();
        styles.push_str(line.trim_end_matches('a'));
        styles.push('\n');
    }
    let mut legend: Vec<(u8, String)> = letters.into_iter().map(|(look, at)| (at, look)).collect();
    legend.sort_unstable();
    let legend: String =
        legend.iter().map(|(at, look)| format!("{} {look}\n", char::from(*at))).collect();
    format!("{}\n{styles}\n{legend}", watershed::console::export::text(buffer))
}

fn look_of(cell: &Cell) -> String {
    let color = |color: Color| color.to_string().to_lowercase();
    let mut look = format!("{} on {}", color(cell.fg), color(cell.bg));
    if cell.modifier != Modifier::empty() {
        look = format!("{look} {:?}", cell.modifier).to_lowercase();
    }
    look
}

pub(super) fn check(name: &str, console: &mut Console, sizes: &[(u16, u16)]) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (width, height) in sizes {
            let told = told(&console.cells(*width, *height));
            assert_snapshot!(format!("{name}-{width}x{height}"), told);
        }
    });
}

/// A stream of 1,000 shards, one of them hot.
fn thousand() -> Session {
    let text = r#"(
        version: 1, title: "Thousand", seed: 7,
        streams: [(name: "wide", shards: 1000, level: Memory)],
        producers: [(name: "many", stream: "wide", source: Synthetic((
            rate: 9000, keys: Hot(count: 50000, share: 0.12), payload: Clicks,
        )))],
    )"#;
    Session::parse("thousand", text).expect("a good session")
}

#[test]
fn streams() {
    check("streams", &mut Console::on("social-trends", 40), &SIZES);
}

#[test]
fn a_hot_stream() {
    check("stream-hot", Console::on("hot-shard", 40).press("2"), &SIZES);
}

#[test]
fn a_cured_stream() {
    check("stream-cured", Console::on("hot-shard", 110).press("2"), &SIZES);
}

#[test]
fn heat() {
    check("heat", Console::on("hot-shard", 70).press("3 j j h h h"), &SIZES);
}

/// The cursor stays on its shard when rows of many shards become rows of one.
#[test]
fn heat_of_a_thousand_shards() {
    let mut console = Console::of(&thousand(), 20);
    check("heat-1000", console.press("3 j j"), &SIZES);
    let folded = console.text(120, 40);
    assert!(folded.contains(" ×40"), "{folded}");
    console.press("enter");
    let each = console.text(120, 40);
    assert!(each.contains("/1000 ") && !each.contains("×40"), "{each}");
    console.press("enter");
    assert!(console.text(120, 40).contains("hash-key space"));
}

/// A metric is a key away, and so is how far back time goes.
#[test]
fn heat_shows_what_is_asked() {
    let mut console = Console::on("hot-shard", 70);
    console.press("3");
    for said in ["OUT of the read limit", "AGE of the iterators", "REFUSED", "IN of the write"] {
        let text = console.press("o").text(120, 40);
        assert!(text.contains(said), "{said}:\n{text}");
    }
    console.line("span 5m");
    assert!(console.text(200, 60).contains("× 5m"), "{}", console.text(200, 60));
    assert!(console.press("+").text(200, 60).contains("× 2m"));
}

/// A plain reader and what it falls behind; beside it a stage whose function fails.
#[test]
fn a_reader_that_falls_behind_and_a_stage_that_fails() {
    let text = r#"(version: 1, title: "Behind", concurrency: 10,
        streams: [(name: "clicks", shards: 1, level: Memory), (name: "clean", shards: 1, level: Memory)],
        functions: [(name: "scrub", kind: Simulated, base_ms: 5, error_rate: 1.0)],
        producers: [(name: "site", stream: "clicks", source: Synthetic((
            rate: 900, keys: Uniform(count: 100), payload: Posts,
        )))],
        readers: [(name: "slow", stream: "clicks", interval_ms: 1000, limit: 500)],
        transforms: [(name: "tidy", from: "clicks", to: "clean", stages: [Function("scrub")])],
    )"#;
    let session = Session::parse("behind", text).unwrap_or_else(|why| panic!("{why}"));
    let mut console = Console::of(&session, 60);
    check("behind-reader", console.press("4 G"), &[(120, 40), (80, 24)]);
    let told = console.press("5").text(120, 40);
    assert!(told.contains("tidy of clicks: a stage"), "{told}");
    assert!(told.contains(", 00:00:") && told.contains("tidy: "), "{told}");
}

#[test]
fn consumers() {
    check("consumers", Console::on("social-trends", 40).press("4"), &SIZES);
}

#[test]
fn concurrency() {
    check("concurrency", Console::on("social-trends", 40).press("5"), &SIZES);
}

#[test]
fn records() {
    check("records", Console::on("hot-shard", 20).press("7 k k"), &SIZES);
}

#[test]
fn records_at_a_place() {
    let mut console = Console::on("social-trends", 60);
    console.line("records posts --at 00:00:30").press("w j j");
    check("records-browse", &mut console, &SIZES);
}

#[test]
fn records_of_odd_names_and_binary_data() {
    let text = r#"(
        version: 1, title: "Odd",
        streams: [(name: "odd", shards: 1, level: Memory)],
    )"#;
    let session = Session::parse("odd", text).expect("a good session");
    let mut console = Console::of(&session, 2);
    console.line("put odd 日本語のキー {\"名前\":\"東京 🗼\",\"list\":[1,{\"a\":null}]}");
    console.line("put odd مفتاح \"مرحبا بالعالم\"");
    console.line("put odd long-key-that-goes-on-and-on-and-on \"\\n\"");
    console.press("7 k k");
    check("records-odd", &mut console, &SIZES);
}

#[test]
fn transforms() {
    check("transforms", Console::on("social-trends", 40).press("6 l"), &SIZES);
}

/// What a line that is being typed would do is shown on real records before Enter.
#[test]
fn stages_being_typed_are_tried() {
    let mut console = Console::on("social-trends", 40);
    console.press("6 e");
    assert!(console.text(120, 40).contains(":stages only-liked keep:/likes>400 pick:/user"));
    console.press("ctrl-u").write("stages only-liked drop:/likes>100");
    check("transforms-typed", &mut console, &[(120, 40)]);
    let out = console.snapshot().transforms[0].stages.clone();
    console.press("enter");
    assert_eq!(console.snapshot().transforms[0].stages, ["drop:/likes>100"]);
    console.press("u");
    assert_eq!(console.snapshot().transforms[0].stages, out);
}

#[test]
fn producers() {
    let mut console = Console::on("hot-shard", 40);
    check("producers", console.line("producers"), &SIZES);
}

/// What a machine tells is made up here: the screen is what is looked at.
#[test]
fn system() {
    use watershed::snapshot::machine::{DiskView, MachineView, ProcessView, ProgramView};
    let mut console = Console::on("social-trends", 40);
    console.line("system");
    let wave = |top: f32| (0..120u8).map(|n| Some(top * f32::from(n % 30) / 30.0)).collect();
    console.machine = Some(Arc::new(MachineView {
        program: ProgramView {
            cpu_percent: 31.4,
            cpu_spark: wave(40.0),
            memory_bytes: 212 << 20,
            memory_spark: wave(2e8),
            threads: 7,
            up_ms: 872_000,
            written_per_s: 3e6,
            read_per_s: 0.0,
        },
        host: "box".into(),
        cpus: vec![41.0, 9.5],
        load: [1.2, 0.8, 0.5],
        memory_bytes: 8 << 30,
        memory_used_bytes: 3 << 30,
        swap_used_bytes: 0,
        disks: vec![DiskView { mount: "/".into(), bytes: 250 << 30, free_bytes: 20 << 30 }],
        busiest: vec![ProcessView {
            name: "watershed".into(),
            id: 4_711,
            cpu_percent: 31.4,
            memory_bytes: 212 << 20,
        }],
    }));
    check("system", &mut console, &SIZES);
}

#[test]
fn a_thousand_shards_to_scale() {
    let mut console = Console::of(&thousand(), 20);
    check("stream-1000", console.line("stream wide").press("c c c c c c j j j"), &SIZES);
    console.press("C C C C C C");
    assert!(console.text(120, 40).contains("▒"), "narrow shards are drawn together");
}

/// What else is known of a stream: its tags and key, who is registered, how it is scaled.
#[test]
fn details_of_a_stream() {
    let text = r#"(
        version: 1, title: "Known",
        streams: [(
            name: "orders", shards: 2, level: Memory, retention_hours: 48, key: "alias/shop",
            tags: {"team": "shop", "stage": "prod"},
            policy: Target(percent: 70, min: 1, max: 8, cooldown_s: 60),
        )],
    )"#;
    let session = Session::parse("known", text).expect("a good session");
    let mut console = Console::of(&session, 5);
    check("stream-details", console.press("2 shift-tab"), &SIZES);
    let text = console.text(120, 40);
    for known in ["team=shop", "alias/shop", "policy", "48h", "partition key"] {
        assert!(text.contains(known), "{known}:\n{text}");
    }
}

#[test]
fn help() {
    check("help", Console::on("hot-shard", 1).press("?"), &SIZES);
}

#[test]
fn a_line_being_typed() {
    let mut console = Console::on("hot-shard", 20);
    check("line", console.press(":").write("split orders "), &SIZES);
}

#[test]
fn a_question_before_a_split() {
    check("question", Console::on("hot-shard", 20).press("2 s"), &SIZES);
}

#[test]
fn an_empty_world() {
    let empty = r#"(version: 1, title: "Empty", streams: [])"#;
    let session = watershed::session::Session::parse("empty", empty).expect("a good session");
    let mut console = Console::of(&session, 1);
    check("empty", &mut console, &SIZES);
}

#[test]
fn every_theme() {
    let mut console = Console::on("hot-shard", 40);
    console.press("2");
    for theme in console.look.themes.clone() {
        console.state.theme.clone_from(&theme.name);
        check(&format!("theme-{}", theme.name), &mut console, &[(80, 24)]);
    }
}

/// Without color and without Unicode nothing that matters is lost.
#[test]
fn ascii_without_color() {
    let mut console = Console::on("hot-shard", 40);
    console.state.glyphs = watershed::command::Glyphs::Ascii;
    console.look.depth = watershed::console::theme::Depth::None;
    check("ascii", console.press("2"), &[(80, 24)]);
    assert!(console.text(80, 24).is_ascii());
}

/// No size at all makes drawing panic, and the smallest is told.
#[test]
fn every_size_draws() {
    let mut console = Console::on("social-trends", 30);
    for keys in
        ["1", "2", "3", "4", "5", "6", "6 e", "esc 7", "8 W", "9", "T", "?", "esc :", "esc 2 s"]
    {
        console.press(keys);
        for (width, height) in
            [(1, 1), (3, 2), (39, 8), (40, 7), (40, 8), (41, 9), (60, 15), (79, 23), (250, 80)]
        {
            console.cells(width, height);
        }
    }
    assert!(console.text(39, 30).starts_with("40x8 needed, 39x30 here"));
}
