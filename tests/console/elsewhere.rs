//! The console on streams elsewhere: what it says of where figures come from, and what it asks before
//! something is lost that may be missed.

use std::sync::Arc;

use watershed::console::state::Access;
use watershed::model::{Millis, StreamStatus};
use watershed::snapshot::{CloudWatch, FarView, Sight, Snapshot, Source};

use super::Console;

/// Streams of AWS, whose figures nobody has told yet.
fn on_aws(picture: &mut Snapshot) {
    picture.far = Some(FarView {
        url: "https://kinesis.eu-west-1.amazonaws.com".to_owned(),
        calls_per_s: 3.0,
        calls_per_s_max: 20,
        cloudwatch: CloudWatch::Asked { metrics: 21 },
        ..FarView::default()
    });
    picture.caption = None;
    for stream in &mut picture.streams {
        stream.source = Source::Sampled;
        let shards = Arc::make_mut(&mut stream.shards);
        let traffics = shards.iter_mut().filter_map(|shard| shard.traffic.as_mut());
        traffics.for_each(|traffic| traffic.source = Source::Sampled);
    }
}

/// The same some minutes later: CloudWatch knows the stream, and one of its shards.
fn told(picture: &mut Snapshot) {
    on_aws(picture);
    let source = Source::CloudWatch { until: Millis(picture.now.0 - 130_400) };
    let stream = &mut picture.streams[0];
    stream.source = source;
    let shards = Arc::make_mut(&mut stream.shards);
    shards[0].traffic.as_mut().expect("it is busy").source = source;
}

#[test]
fn what_is_deleted_at_aws_wants_its_name_typed_behind_a_lock() {
    let mut console = Console::on("hot-shard", 5);
    console.differs = Some(on_aws);
    console.state.access = Access::Read;
    let text = console.text(120, 40);
    assert!(text.lines().next().is_some_and(|line| line.ends_with(" RO")), "{text}");
    console.line("delete orders");
    assert!(
        console.said().starts_with("read-only: `delete` changes the world"),
        "{}",
        console.said()
    );
    console.line("rw 10").press("y").line("delete orders").press("enter");
    assert_eq!(console.said(), "type `orders` to go on, esc to leave it");
    console.write("order").press("enter");
    assert!(console.said().starts_with("type `orders`"), "half of a name is none");
    let status =
        |console: &Console| console.snapshot().stream("orders").map(|stream| stream.status);
    assert_eq!(status(&console), Some(StreamStatus::Active));
    console.write("s").press("enter");
    assert_ne!(status(&console), Some(StreamStatus::Active));
}

#[test]
fn figures_say_where_they_come_from_and_how_old_they_are() {
    let mut console = Console::on("hot-shard", 5);
    assert!(!console.text(120, 40).contains("sampled"), "who counts says nothing of it");
    assert!(console.press("2").text(120, 40).contains("level memory"), "and how it keeps records");
    for (differs, streams, shards, line) in [
        (
            on_aws as fn(&mut Snapshot),
            "Streams (1)  sampled",
            "  sampled ",
            " sampled by 3.0 calls/s of 20 at https://kinesis",
        ),
        (
            told,
            "Streams (1)  CloudWatch, 2m 11s old",
            "  CloudWatch, 2m 11s old; 3 sampled ",
            " CloudWatch 2m 11s old, sampled by 3.0 calls/s of 20 at http",
        ),
    ] {
        console.differs = Some(differs);
        for width in [80, 120] {
            let text = console.press("1").text(width, 40);
            assert!(text.contains(streams) && text.contains(line), "{text}");
            let text = console.press("2").text(width.max(100), 40);
            assert!(text.contains(shards) && !text.contains("level "), "{text}");
        }
    }
    console.differs = Some(on_aws);
    let text = console.press("3").text(120, 40);
    assert!(text.contains("s, sampled "), "{text}");
}

/// It was said that nothing is wrong, and rates stood as they last were.
#[test]
fn an_endpoint_that_is_silent_is_the_problem() {
    let mut console = Console::on("hot-shard", 5);
    console.differs = Some(|picture| {
        on_aws(picture);
        let far = picture.far.as_mut().expect("it is set");
        far.trouble = Some("`http://x` does not answer: refused".to_owned());
        far.silent_ms = Some(42_000);
    });
    let text = console.press("0").text(120, 40);
    assert!(text.contains("endpoint") && text.contains("SILENT"), "{text}");
    assert!(text.contains("answers nothing for 42 s"), "{text}");
    console.press("1 !");
    assert!(!console.said().contains("nothing is wrong"), "{}", console.said());
}

/// After an endpoint was killed under load nothing flowed, nothing was refused and no reader was behind.
#[test]
fn what_flows_at_a_silent_endpoint_is_not_known_rather_than_nothing() {
    let mut console = Console::on("hot-shard", 5);
    let text = console.text(120, 40);
    assert!(text.lines().next().is_some_and(|head| !head.contains('—')), "{text}");
    console.differs = Some(|picture| {
        let sight = Sight::Whole;
        picture.far = Some(FarView { sight, silent_ms: Some(42_000), ..FarView::default() });
    });
    let text = console.text(120, 40);
    let head = text.lines().next().expect("a row");
    assert!(head.contains("in — out — MiB/s") && head.contains(" —/s  age —"), "{text}");
    assert!(text.contains("orders: in —/s of "), "{text}");
    let text = console.press("2").text(120, 40);
    let open: Vec<&str> = text.lines().filter(|line| line.contains(" OPEN ")).collect();
    assert!(!open.is_empty(), "{text}");
    assert!(open.iter().all(|row| row.matches('—').count() >= 5), "{text}");
}

/// An endpoint that shows all it has still makes none of its parts for us.
#[test]
fn an_endpoint_is_offered_nothing_that_cannot_be_done_there() {
    let mut console = Console::on("hot-shard", 5);
    console.differs = Some(|picture| {
        on_aws(picture);
        picture.far.as_mut().expect("it is set").sight = Sight::Whole;
        (picture.producers, picture.mappings) = (Vec::new(), Vec::new());
        picture.streams.clear();
    });
    let text = console.press("3").text(120, 40);
    assert!(text.contains("none there") && !text.contains(":attach"), "{text}");
    let text = console.press("1").text(120, 40);
    assert!(text.contains("create a stream") && !text.contains("producer"), "{text}");
}

#[test]
fn the_system_screen_tells_how_an_endpoint_is_watched() {
    let mut console = Console::on("hot-shard", 5);
    console.differs = Some(told);
    let text = console.line("system").text(80, 24);
    assert!(text.contains("3.0 a second of 20") && text.contains("for 21 metrics"), "{text}");
    console.differs = Some(|picture| {
        on_aws(picture);
        let why = "the right cloudwatch:GetMetricData is missing (no)".to_owned();
        picture.far.as_mut().expect("it is set").cloudwatch = CloudWatch::Failing { why };
    });
    let text = console.text(80, 24);
    assert!(text.contains("the right cloudwatch:GetMetricData is missing"), "{text}");
    assert!(text.contains(" no CloudWatch, sampled by 3.0 calls/s of 20"), "{text}");
}
