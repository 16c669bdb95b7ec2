//! Streams elsewhere: how they are seen, where their figures come from, and what stands in the way.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use crate::console::Paint;
use crate::console::format::{duration, many, wrapped};
use crate::console::symbols::Symbols;
use crate::console::theme::Meaning;
use crate::console::view::cells::fact;
use crate::console::widget::{Focus, framed, write_lines};
use crate::model::Millis;
use crate::snapshot::{CloudWatch, FarView, Sight, Snapshot, Source, StreamView};

/// Columns of the names.
const NAME: usize = 12;

/// Where figures come from that are not counted by who shows them, and how old they are: of several streams
/// or shards together.
pub(super) fn sources(all: impl Iterator<Item = Source>, now: Millis) -> Option<String> {
    let (mut sampled, mut newest) = (0, None);
    for source in all {
        match source {
            Source::Counted => {}
            Source::Sampled => sampled += 1,
            Source::CloudWatch { until } => newest = newest.max(Some(until)),
        }
    }
    match (newest, sampled) {
        (None, 0) => None,
        (None, _) => Some("sampled".to_owned()),
        (Some(until), 0) => Some(format!("CloudWatch, {} old", age(until, now))),
        (Some(until), _) => Some(format!("CloudWatch, {} old; {sampled} sampled", age(until, now))),
    }
}

/// In whole seconds: what is minutes old has no tenths.
fn age(until: Millis, now: Millis) -> String {
    duration(now.since(until).div_ceil(1_000) * 1_000).replace(".0s", "s")
}

/// The end of the newest minute that CloudWatch told of.
fn newest(streams: &[StreamView]) -> Option<Millis> {
    let ends = streams.iter().filter_map(|stream| match stream.source {
        Source::CloudWatch { until } => Some(until),
        Source::Counted | Source::Sampled => None,
    });
    ends.max()
}

/// How an endpoint is watched, or what stands in the way, in a line.
pub(super) fn told(far: &FarView, snapshot: &Snapshot, symbols: &Symbols) -> (String, Meaning) {
    let FarView { url, sight, calls_per_s, calls_per_s_max, cloudwatch, trouble, .. } = far;
    if let Some(why) = trouble {
        return (format!(" {} {why}; it is asked again", symbols.crit), Meaning::Crit);
    }
    let how = match (sight, cloudwatch, newest(&snapshot.streams)) {
        (Sight::Whole, ..) => "seen whole by".to_owned(),
        (Sight::Sampled, _, Some(until)) => {
            format!("CloudWatch {} old, sampled by", age(until, snapshot.now))
        }
        (Sight::Sampled, CloudWatch::Failing { .. }, None) => {
            "no CloudWatch, sampled by".to_owned()
        }
        (Sight::Sampled, CloudWatch::Absent | CloudWatch::Asked { .. }, None) => {
            "sampled by".to_owned()
        }
    };
    let calls = format!("{calls_per_s:.1} calls/s of {calls_per_s_max}");
    (format!(" {how} {calls} at {url}"), Meaning::Muted)
}

/// The same at length, with what is not seen from here.
pub(super) fn draw(far: &FarView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("Endpoint", Focus::Elsewhere, paint, area, buffer);
    let width = usize::from(inner.width).saturating_sub(NAME + 2);
    let lines = facts(far).into_iter().flat_map(|(name, value, meaning)| {
        let lines = wrapped(&value, width).into_iter().enumerate();
        lines.map(move |(at, line)| {
            let name = if at == 0 { format!(" {name}") } else { String::new() };
            fact((&name, NAME + 1), line, meaning, paint)
        })
    });
    let lines: Vec<Line<'_>> = lines.collect();
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}

fn facts(far: &FarView) -> Vec<(&'static str, String, Meaning)> {
    let FarView { url, calls_per_s, calls_per_s_max, cloudwatch, trouble, .. } = far;
    let calls =
        format!("{calls_per_s:.1} a second of {calls_per_s_max} (`:calls N` allows others)");
    let sampled = "by listing streams, and by reading shards: what others read, and what is refused to \
                   others, is not seen by that";
    let (told, meaning) = match cloudwatch {
        CloudWatch::Absent => ("not asked: these are no streams of AWS".to_owned(), Meaning::Muted),
        CloudWatch::Asked { metrics: 0 } => ("not asked yet".to_owned(), Meaning::Muted),
        CloudWatch::Asked { metrics } => (
            format!(
                "asked once a minute for {}, each charged for by AWS; it lags by some minutes",
                many(*metrics as usize, "metric")
            ),
            Meaning::Text,
        ),
        CloudWatch::Failing { why } => (format!("{why}; it is asked again"), Meaning::Warn),
    };
    let mut facts = vec![
        ("endpoint", url.clone(), Meaning::Text),
        ("calls", calls, Meaning::Text),
        ("seen", sampled.to_owned(), Meaning::Text),
        ("CloudWatch", told, meaning),
        (
            "machine",
            "not seen from here: what it runs on is its own matter".to_owned(),
            Meaning::Muted,
        ),
    ];
    facts.extend(trouble.iter().map(|why| ("trouble", why.clone(), Meaning::Crit)));
    facts
}
