//! What is wrong: as a screen with the reasons, and as a panel on other screens.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{many, squeezed, wrapped};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{cell, empty, table};
use crate::console::widget::table::Row;
use crate::console::widget::{Focus, framed, write_line, write_lines};
use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::Snapshot;

/// Rows of the panel that tells why.
const WHY_ROWS: u16 = 8;

/// The glyph of a severity, with its style.
pub(super) fn glyph(severity: Severity, paint: Paint<'_>) -> Span<'static> {
    let (glyph, meaning) = match severity {
        Severity::Critical => (paint.symbols.crit, Meaning::Crit),
        Severity::Warning => (paint.symbols.warn, Meaning::Warn),
        Severity::Info => (paint.symbols.hint, Meaning::Muted),
    };
    Span::styled(glyph, paint.theme.style(meaning))
}

fn meaning(severity: Severity) -> Meaning {
    match severity {
        Severity::Critical => Meaning::Crit,
        Severity::Warning => Meaning::Warn,
        Severity::Info => Meaning::Muted,
    }
}

/// The mark of a row about `subject`: none when only a hint is about it.
pub(super) fn mark(problems: &[Problem], subject: &Subject, paint: Paint<'_>) -> Span<'static> {
    match urgent(problems, subject) {
        Some(problem) => glyph(problem.severity, paint),
        None => Span::raw(" "),
    }
}

/// The word for what is wrong with `subject`, or `well` when nothing is.
pub(super) fn word<'a>(
    problems: &[Problem],
    subject: &Subject,
    well: Line<'a>,
    paint: Paint<'a>,
) -> Line<'a> {
    match urgent(problems, subject) {
        Some(problem) => cell(problem.word, meaning(problem.severity), paint),
        None => well,
    }
}

fn urgent<'a>(problems: &'a [Problem], subject: &Subject) -> Option<&'a Problem> {
    crate::problem::worst(problems, subject).filter(|problem| problem.is_urgent())
}

/// `-> split orders 002 --at hot`, or that there is no such command.
fn cure(problem: &Problem, paint: Paint<'_>) -> Line<'static> {
    let arrow = paint.symbols.arrow;
    match &problem.cure {
        Some(command) => {
            let text = format!("{arrow} :{command}");
            Line::styled(text, paint.theme.style(Meaning::Key))
        }
        None => Line::styled(format!("{arrow} why: enter"), paint.theme.style(Meaning::Muted)),
    }
}

/// Rows of a panel that shows these problems, its frame included.
pub(super) fn panel_rows(problems: &[Problem]) -> u16 {
    u16::try_from(2 * problems.len() + 3).unwrap_or(u16::MAX)
}

/// A panel: each problem with its cure below where there is room, else beside. With the focus it is a
/// table, to choose from.
pub(super) fn panel(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let problems = state.problems(snapshot);
    if state.focus_of(Panel::Problems) == Focus::Here {
        return all(state, (snapshot, &problems), paint, area, buffer);
    }
    let count = problems.iter().filter(|problem| problem.is_urgent()).count();
    let title = format!("Problems ({count})");
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    let theme = paint.theme;
    let ellipsis = paint.symbols.ellipsis;
    if problems.is_empty() {
        let line = Line::styled(" nothing is wrong", theme.style(Meaning::Ok));
        return write_line(&line, inner, buffer, ellipsis);
    }
    let keys = u16::from(inner.height >= 3);
    let room = usize::from(inner.height - keys);
    let tall = 2 * problems.len() <= room;
    let mut rows = inner.rows();
    for problem in problems.iter().take(room) {
        let Some(row) = rows.next() else { return };
        let mut line = sentence(problem, usize::from(row.width), paint);
        if !tall {
            line.spans.push(Span::raw("  "));
            line.spans.extend(cure(problem, paint).spans);
        }
        write_line(&line, row, buffer, ellipsis);
        if tall && let Some(row) = rows.next() {
            let below = Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
            write_line(&cure(problem, paint), below, buffer, ellipsis);
        }
    }
    if let (1, Some(row)) = (keys, inner.rows().next_back()) {
        write_line(&keys_line(paint), row, buffer, ellipsis);
    }
}

fn keys_line(paint: Paint<'_>) -> Line<'static> {
    let (key, muted) = (paint.theme.style(Meaning::Key), paint.theme.style(Meaning::Muted));
    let hint = |name: &'static str, does: &'static str, key: Style, muted: Style| {
        [Span::styled(name, key), Span::styled(format!(" {does}  "), muted)]
    };
    Line::from(
        [("!", "next"), ("x", "run the cure"), ("0", "all, and why")]
            .into_iter()
            .flat_map(|(name, does)| hint(name, does, key, muted))
            .collect::<Vec<_>>(),
    )
}

/// The mark, the subject, and what is wrong; the subject never takes all the room.
fn sentence(problem: &Problem, width: usize, paint: Paint<'_>) -> Line<'static> {
    let theme = paint.theme;
    let subject = squeezed(&problem.subject.to_string(), width / 2, paint.symbols.ellipsis);
    Line::from(vec![
        glyph(problem.severity, paint),
        Span::styled(format!(" {subject} "), theme.style(meaning(problem.severity))),
        Span::styled(problem.sentence.clone(), theme.style(Meaning::Text)),
    ])
}

fn row<'a>(problem: &Problem, paint: Paint<'a>) -> Row<'a> {
    let what = Line::styled(problem.sentence.clone(), paint.theme.style(Meaning::Text));
    Row {
        id: problem.id(),
        mark: glyph(problem.severity, paint),
        cells: vec![
            cell(problem.subject.to_string(), Meaning::Text, paint),
            cell(problem.word, meaning(problem.severity), paint),
            what,
            cure(problem, paint),
        ],
    }
}

/// What is wrong, why, and what is done about it, as lines of a width.
pub(super) fn explained(problem: &Problem, width: usize, paint: Paint<'_>) -> Vec<Line<'static>> {
    let text = paint.theme.style(Meaning::Text);
    let muted = paint.theme.style(Meaning::Muted);
    let subject = squeezed(&problem.subject.to_string(), width / 2, paint.symbols.ellipsis);
    let whole = format!("{subject} {}", problem.sentence);
    // A name that is longer than a line has one to itself, without its middle.
    let told = |words: &str, style| {
        let lines = wrapped(words, width).into_iter();
        lines.map(move |line| Line::styled(squeezed(&line, width, paint.symbols.ellipsis), style))
    };
    let mut lines: Vec<Line<'_>> = told(&whole, text).chain(told(&problem.why, muted)).collect();
    lines.push(match &problem.cure {
        Some(command) => Line::from(vec![
            Span::styled("x ", paint.theme.style(Meaning::Key)),
            Span::styled(format!(":{command}"), paint.theme.style(Meaning::Accent)),
        ]),
        None => Line::styled("no command cures it here", muted),
    });
    lines
}

fn why(state: &State, problem: &Problem, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("Why", state.focus_of(Panel::Why), paint, area, buffer);
    let lines = explained(problem, usize::from(inner.width), paint);
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}

/// The table of problems.
fn all(
    state: &State,
    (snapshot, problems): (&Snapshot, &[Problem]),
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let count = |least: Severity| problems.iter().filter(|p| p.severity == least).count();
    let title = format!(
        "Problems: {} critical, {}, {}",
        count(Severity::Critical),
        many(count(Severity::Warning), "warning"),
        many(count(Severity::Info), "hint")
    );
    let rows: Vec<Row<'_>> = problems.iter().map(|problem| row(problem, paint)).collect();
    let right = "nothing is wrong with streams: who reads them is not seen from here";
    let empty = empty(snapshot, "nothing is wrong", right);
    table(state, Panel::Problems, (&title, empty), rows, paint, area, buffer);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let problems = state.problems(snapshot);
    let chosen = state.problem(&problems);
    let below = if area.height >= 16 && chosen.is_some() { WHY_ROWS } else { 0 };
    let parts = [Constraint::Fill(1), Constraint::Length(below)];
    let [top, bottom] = Layout::vertical(parts).areas(area);
    for (panel, place) in state.shown(area, &[(Panel::Problems, top), (Panel::Why, bottom)]) {
        paint.targets.add(place, Click::Focus(panel));
        match (panel, chosen) {
            (Panel::Why, Some(problem)) => why(state, problem, paint, place, buffer),
            _ => all(state, (snapshot, &problems), paint, place, buffer),
        }
    }
}
