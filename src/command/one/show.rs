//! `metric`, `span`, `fold`, `look`, `follow`: how a screen shows what it shows.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::spec::{Argument, Binding, Danger, Kind, Scope, ScreenKind, Spec, everywhere};
use crate::command::{Command, ParseError, RecordLook, Span, ViewCommand, Words};
use crate::snapshot::heat::Metric;

const METRICS: &[&str] = &["in", "out", "age", "refused"];
const SPANS: &[&str] = &["in", "out", "auto", "60s", "2m", "5m", "15m"];

/// What all of them share.
const SHOW: Spec = Spec {
    name: "",
    aliases: &[],
    arguments: &[],
    syntax: "",
    summary: "",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(Command::View(ViewCommand::Fold)),
    preview: line_only,
    undo: "",
};

pub(in crate::command) static METRIC: Spec = Spec {
    name: "metric",
    arguments: &[Argument::optional("METRIC", Kind::Choice(METRICS))],
    syntax: "metric [in|out|age|refused]",
    summary: "what the heat of a shard is; alone: the next",
    keys: &[Binding { on: &[ScreenKind::Overview, ScreenKind::Heat], key: "o", words: "" }],
    parse: metric,
    ..SHOW
};

pub(in crate::command) static SPAN: Spec = Spec {
    name: "span",
    arguments: &[Argument::required("SPAN", Kind::Choice(SPANS))],
    syntax: "span in|out|auto|60s|5m",
    summary: "how far back time is shown, up to 15 minutes",
    keys: &[everywhere("-").with("out"), everywhere("+").with("in"), everywhere("=").with("auto")],
    parse: span,
    ..SHOW
};

pub(in crate::command) static FOLD: Spec = Spec {
    name: "fold",
    syntax: "fold",
    summary: "many shards in a row, or one; the inside of records as a count, or whole",
    keys: &[Binding { on: &[ScreenKind::Heat, ScreenKind::Records], key: "w", words: "" }],
    ..SHOW
};

pub(in crate::command) static MAP: Spec = Spec {
    name: "map",
    arguments: &[Argument::required("HOW", Kind::Choice(&["in", "out", "all"]))],
    syntax: "map in|out|all",
    summary: "a smaller or larger part of the hash-key space, around the selected shard",
    keys: &[
        Binding { on: &[ScreenKind::Stream], key: "c", words: "in" },
        Binding { on: &[ScreenKind::Stream], key: "C", words: "out" },
    ],
    parse: map,
    ..SHOW
};

pub(in crate::command) static LOOK: Spec = Spec {
    name: "look",
    arguments: &[Argument::required("HOW", Kind::Choice(&["json", "hex", "raw"]))],
    syntax: "look json|hex|raw",
    summary: "how a record is shown",
    keys: &[on_records("J", "json"), on_records("H", "hex"), on_records("R", "raw")],
    parse: look,
    ..SHOW
};

pub(in crate::command) static FOLLOW: Spec = Spec {
    name: "follow",
    syntax: "follow",
    summary: "the newest records, and on with them",
    keys: &[on_records("F", "")],
    parse: |_| Ok(Command::View(ViewCommand::Follow)),
    ..SHOW
};

const fn on_records(key: &'static str, words: &'static str) -> Binding {
    Binding { on: &[ScreenKind::Records], key, words }
}

fn map(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("HOW")?;
    let by = match text.as_str() {
        "in" => 1,
        "out" => -1,
        "all" => 0,
        _ => return Err(words.bad("HOW", &text, "in, out or all")),
    };
    Ok(Command::View(ViewCommand::Map(by)))
}

pub(in crate::command) fn print_map(by: i8) -> String {
    let word = match by.signum() {
        1 => "in",
        -1 => "out",
        _ => "all",
    };
    Line::new(MAP.name).word(word).end()
}

fn look(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("HOW")?;
    let look = match text.as_str() {
        "json" => RecordLook::Json,
        "hex" => RecordLook::Hex,
        "raw" => RecordLook::Raw,
        _ => return Err(words.bad("HOW", &text, "json, hex or raw")),
    };
    Ok(Command::View(ViewCommand::Look(look)))
}

pub(in crate::command) fn print_look(look: RecordLook) -> String {
    let word = match look {
        RecordLook::Json => "json",
        RecordLook::Hex => "hex",
        RecordLook::Raw => "raw",
    };
    Line::new(LOOK.name).word(word).end()
}

fn metric(words: &mut Words) -> Result<Command, ParseError> {
    let Some(text) = words.maybe() else { return Ok(Command::View(ViewCommand::Metric(None))) };
    let metric = Metric::parse(&text)
        .ok_or_else(|| words.bad("METRIC", &text, "in, out, age or refused"))?;
    Ok(Command::View(ViewCommand::Metric(Some(metric))))
}

fn span(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("SPAN")?;
    let span = match text.as_str() {
        "in" => Some(Span::Closer),
        "out" => Some(Span::Wider),
        "auto" => Some(Span::Auto),
        time => seconds(time).filter(|s| (10..=900).contains(s)).map(Span::Seconds),
    };
    let rule = "in, out, auto, or a time from 10s to 15m";
    span.map(|span| Command::View(ViewCommand::Span(span)))
        .ok_or_else(|| words.bad("SPAN", &text, rule))
}

/// `90s` or `5m` in seconds.
fn seconds(text: &str) -> Option<u32> {
    let (digits, unit) = text.split_at(text.len().checked_sub(1).filter(|_| text.is_ascii())?);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

pub(in crate::command) fn print_metric(metric: Option<Metric>) -> String {
    Line::new(METRIC.name).maybe(metric.map(Metric::word)).end()
}

pub(in crate::command) fn print_span(span: Span) -> String {
    let line = Line::new(SPAN.name);
    match span {
        Span::Closer => line.word("in"),
        Span::Wider => line.word("out"),
        Span::Auto => line.word("auto"),
        Span::Seconds(seconds) => line.word(format!("{seconds}s")),
    }
    .end()
}
