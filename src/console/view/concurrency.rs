//! How many invocations run at once, against what is allowed and what is needed.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::columns::FUNCTION_GAUGE;
use crate::console::format::{duration, number, percent};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, cell, table};
use crate::console::view::problems;
use crate::console::widget::sparkline::spark;
use crate::console::widget::table::Row;
use crate::console::widget::{bar, framed, write_line};
use crate::problem::{self, Problem, Subject};
use crate::snapshot::{AccountView, FunctionView, Snapshot};

fn share(used: u32, limit: u32) -> f64 {
    f64::from(used) / f64::from(limit.max(1))
}

fn gauge(name: &str, used: u32, limit: u32, paint: Paint<'_>, row: Rect, buffer: &mut Buffer) {
    let share = share(used, limit);
    let width = row.width.saturating_sub(42).min(70);
    let line = Line::from(vec![
        Span::styled(format!("{name:<11}"), paint.theme.style(Meaning::Text)),
        Span::styled(format!("{limit:>6} "), paint.theme.style(Meaning::Muted)),
        bar::bar(share, width, paint),
        Span::styled(format!("  {used} / {limit}  {}", percent(share)), paint.theme.judged(share)),
    ]);
    write_line(&line, row, buffer, paint.symbols.ellipsis);
}

fn account(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("Account concurrency", state.focus_of(Panel::Account), paint, area, buffer);
    let AccountView { limit, in_use, reserved, unreserved_in_use } = snapshot.account;
    let reserved_in_use = in_use.saturating_sub(unreserved_in_use);
    let rows = [
        ("account", in_use, limit),
        ("reserved", reserved_in_use, reserved),
        ("unreserved", unreserved_in_use, limit.saturating_sub(reserved)),
    ];
    for ((name, used, limit), row) in rows.into_iter().zip(inner.rows()) {
        gauge(name, used, limit, paint, row, buffer);
    }
}

fn row<'a>(
    function: &FunctionView,
    account: &AccountView,
    problems: &[Problem],
    paint: Paint<'a>,
) -> Row<'a> {
    let subject = Subject::Function(function.name.clone());
    let theme = paint.theme;
    let text = |text: String| cell(text, Meaning::Text, paint);
    let limit = function.reserved.unwrap_or(account.limit.saturating_sub(account.reserved));
    let short = function.needs > limit;
    Row {
        id: function.name.to_string(),
        mark: problems::mark(problems, &subject, paint),
        cells: vec![
            text(function.name.to_string()),
            problems::word(
                problems,
                &subject,
                cell(function.kind.as_str(), Meaning::Muted, paint),
                paint,
            ),
            text(function.in_use.to_string()),
            text(function.reserved.map_or(paint.symbols.absent.into(), |limit| limit.to_string())),
            Line::from(bar::bar(share(function.in_use, limit), FUNCTION_GAUGE, paint)),
            cell(
                function.needs.to_string(),
                if short { Meaning::Crit } else { Meaning::Text },
                paint,
            ),
            text(number(function.invocations_per_s)),
            alarm(function.throttles_per_s, paint),
            alarm(function.errors_per_s, paint),
            text(number(function.cold_starts_per_s)),
            text(duration(function.p50_ms)),
            text(duration(function.p99_ms)),
            Line::styled(
                spark(&function.in_use_spark, FUNCTION_GAUGE, Some(limit as f32), paint),
                theme.style(Meaning::Output),
            ),
        ],
    }
}

/// The sentences that explain the chosen function.
fn why(function: &FunctionView, account: &AccountView) -> Vec<String> {
    let FunctionView { name, needs, in_use, in_use_max, reserved, .. } = function;
    let (limit, whose) = match reserved {
        Some(limit) => (*limit, "its reservation"),
        None => (account.limit.saturating_sub(account.reserved), "the account's unreserved rest"),
    };
    let mut said = vec![
        "NEEDS = lanes of its mappings: shards being read x parallelization factor.".to_owned(),
        format!(
            "{name} needs {needs}, may use {limit} ({whose}); {in_use} run, {in_use_max} at most so far."
        ),
    ];
    if needs > &limit {
        said.push(format!(
            "{} lanes wait: iterator age grows when the others cannot keep up.",
            needs - limit
        ));
        said.push(format!("`:concurrency {name} {needs}` gives it what it needs."));
    } else if function.throttles_per_s > 0.0 {
        said.push("Invocations are refused: the pool is shared with other functions.".to_owned());
    }
    said
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let gauges = if area.height >= 14 { 5 } else { 0 };
    let told = if area.height >= 18 { 6 } else { 0 };
    let parts = [Constraint::Length(gauges), Constraint::Fill(1), Constraint::Length(told)];
    let [top, middle, bottom] = Layout::vertical(parts).areas(area);
    let parts = [(Panel::Functions, middle), (Panel::Account, top), (Panel::Why, bottom)];
    for (panel, place) in state.shown(area, &parts) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Account => account(state, snapshot, paint, place, buffer),
            Panel::Why => explained(state, snapshot, paint, place, buffer),
            _ => functions(state, snapshot, paint, place, buffer),
        }
    }
}

fn functions(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let shown = state.functions(snapshot);
    let problems = problem::find(snapshot);
    let rows: Vec<Row<'_>> = shown
        .iter()
        .filter_map(|name| snapshot.function(name.as_str()))
        .map(|function| row(function, &snapshot.account, &problems, paint))
        .collect();
    let title = format!("Functions ({})", rows.len());
    let empty = "no functions: `:function NAME simulated` makes one";
    table(state, Panel::Functions, (&title, empty), rows, paint, area, buffer);
}

fn explained(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let inner = framed("Why", state.focus_of(Panel::Why), paint, area, buffer);
    let name = state.function(snapshot);
    let chosen = name.and_then(|name| snapshot.function(name.as_str()));
    let lines = chosen.map(|function| why(function, &snapshot.account)).unwrap_or_default();
    for (line, row) in lines.into_iter().zip(inner.rows()) {
        let line = Line::styled(line, paint.theme.style(Meaning::Text));
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}
