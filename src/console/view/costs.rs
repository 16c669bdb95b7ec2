//! What this would cost as a managed service: a model, not a bill.

use std::collections::BTreeMap;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::columns::COST_BAR;
use crate::console::format::{dollars, fit, number};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::{cell, table};
use crate::console::widget::table::Row;
use crate::console::widget::{Focus, bar, framed, write_line};
use crate::cost::{Item, Kind, MONTH_HOURS, bill, by_kind, total};
use crate::snapshot::Snapshot;

/// What is paid for each stream, and for functions; the dearest first.
fn by_stream(items: &[Item]) -> Vec<(String, f64)> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for item in items {
        let name = item.stream.as_ref().map_or("functions".to_owned(), ToString::to_string);
        *sums.entry(name).or_default() += item.per_hour();
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums
}

fn row<'a>((kind, amount, cost): (Kind, f64, f64), all: f64, paint: Paint<'a>) -> Row<'a> {
    let text = |text: String| cell(text, Meaning::Text, paint);
    let share = if all > 0.0 { cost / all } else { 0.0 };
    let price = if amount > 0.0 { cost / amount } else { 0.0 };
    let price = format!("${price:.10}").trim_end_matches('0').trim_end_matches('.').to_owned();
    Row {
        id: kind.word().to_owned(),
        mark: Span::raw(" "),
        cells: vec![
            text(kind.word().to_owned()),
            text(number(amount)),
            cell(kind.unit(), Meaning::Muted, paint),
            cell(price, Meaning::Muted, paint),
            text(dollars(cost)),
            cell(dollars(cost * MONTH_HOURS), Meaning::Accent, paint),
            cell(bar::glyphs(share, COST_BAR, paint), Meaning::Output, paint),
        ],
    }
}

fn items_table(state: &State, items: &[Item], paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let all = total(items);
    let title = format!(
        "Costs, a model and not a bill: {}/h, {} in 30 d  ({} {})",
        dollars(all),
        dollars(all * MONTH_HOURS),
        state.prices.region,
        state.prices.date,
    );
    let rows = by_kind(items).into_iter().map(|sum| row(sum, all, paint)).collect();
    let empty = "nothing here costs anything yet";
    table(state, Panel::Costs, (&title, empty), rows, paint, area, buffer);
}

fn streams(items: &[Item], paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("By stream, 30 d", Focus::Elsewhere, paint, area, buffer);
    let sums = by_stream(items);
    let most = sums.first().map_or(0.0, |(_, cost)| *cost);
    let width = inner.width.saturating_sub(32).min(40);
    for ((name, cost), row) in sums.iter().zip(inner.rows()) {
        let share = if most > 0.0 { cost / most } else { 0.0 };
        let name = fit(name, 18, paint.symbols.ellipsis);
        let gap = 19usize.saturating_sub(Span::raw(name.as_str()).width());
        let style = |meaning| paint.theme.style(meaning);
        let line = Line::from(vec![
            Span::styled(format!("{name}{}", " ".repeat(gap)), style(Meaning::Text)),
            Span::styled(format!("{:>11} ", dollars(cost * MONTH_HOURS)), style(Meaning::Accent)),
            Span::styled(bar::glyphs(share, width, paint), style(Meaning::Output)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}

fn notes(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("How it is counted", Focus::Elsewhere, paint, area, buffer);
    let prices = &state.prices;
    let lines = [
        format!("Source of the prices: {}.", prices.source),
        "`--prices FILE` takes a list of your own.".to_owned(),
        "Rates are those of the last 5 seconds, as if they went on for 30 days.".to_owned(),
        format!("A record is paid in units of {} bytes, by mean size.", prices.put_unit_bytes),
        format!("Functions are taken to have {} GB of memory.", prices.function_gb),
    ];
    for (line, row) in lines.into_iter().zip(inner.rows()) {
        write_line(&cell(line, Meaning::Muted, paint), row, buffer, paint.symbols.ellipsis);
    }
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let items = bill(snapshot, &state.prices);
    if area.height < 16 {
        return items_table(state, &items, paint, area, buffer);
    }
    let kinds = u16::try_from(by_kind(&items).len()).unwrap_or(u16::MAX);
    let rows = kinds.saturating_add(4).clamp(6, area.height / 2 + 2);
    let [upper, lower] =
        Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(area);
    items_table(state, &items, paint, upper, buffer);
    let aside = if area.width >= 110 { area.width / 2 } else { 0 };
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(lower);
    streams(&items, paint, left, buffer);
    if aside > 0 {
        notes(state, paint, right, buffer);
    }
}
