//! What this would cost as a managed service, and what other courses would come to: a model, not a
//! bill.

use std::collections::BTreeMap;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::columns::COST_BAR;
use crate::console::format::{dollars, fit, grouped, number, percent, span, wrapped};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::courses::{AHEAD_MS, Course};
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{absent, age, alarming, cell, table};
use crate::console::view::history::History;
use crate::console::widget::table::Row;
use crate::console::widget::{Focus, bar, framed, write_line, write_lines};
use crate::cost::{Item, Kind, MONTH_HOURS, Outlook, bill, by_kind, total};
use crate::snapshot::Snapshot;

/// Seconds that the rates of a picture are the mean of, and so what they cost.
const RATES_S: usize = 5;

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

/// The scale of a unit and the rest of it: `M units`. The scale is told with the numbers, because the
/// column of units leaves narrow screens.
fn scaled(unit: &'static str) -> (&'static str, &'static str) {
    unit.strip_prefix("M ").map_or(("", unit), |rest| ("M", rest))
}

fn row<'a>((kind, amount, cost): (Kind, f64, f64), all: f64, paint: Paint<'a>) -> Row<'a> {
    let text = |text: String| cell(text, Meaning::Text, paint);
    let share = if all > 0.0 { cost / all } else { 0.0 };
    let price = if amount > 0.0 { cost / amount } else { 0.0 };
    let price = format!("${price:.10}").trim_end_matches('0').trim_end_matches('.').to_owned();
    let (scale, unit) = scaled(kind.unit());
    let (amount, price) = match scale {
        "" => (number(amount), price),
        scale => (format!("{} {scale}", number(amount)), format!("{price}/{scale}")),
    };
    Row {
        id: kind.word().to_owned(),
        mark: Span::raw(" "),
        cells: vec![
            text(kind.word().to_owned()),
            text(amount),
            cell(unit, Meaning::Muted, paint),
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

/// More or fewer dollars than the world as it is.
fn change<'a>(monthly: f64, now: Option<Outlook>, paint: Paint<'a>) -> Line<'a> {
    let Some(now) = now else { return absent(paint) };
    let change = monthly - now.per_hour * MONTH_HOURS;
    let (sign, meaning) = match change {
        _ if change.abs() < 0.005 => return cell("0", Meaning::Muted, paint),
        _ if change < 0.0 => ("-", Meaning::Ok),
        _ => ("+", Meaning::Warn),
    };
    cell(format!("{sign}{}", dollars(change.abs())), meaning, paint)
}

fn course<'a>(course: &Course, now: Option<Outlook>, paint: Paint<'a>) -> Row<'a> {
    let title = cell(course.title.clone(), Meaning::Text, paint);
    let told = |text: &str, meaning| {
        let (word, rest) = (cell(text.to_owned(), meaning, paint), || absent(paint));
        vec![title.clone(), rest(), rest(), rest(), rest(), rest(), word, rest()]
    };
    let cells = match &course.outcome {
        None => told("runs", Meaning::Muted),
        Some(Err(_)) => told("refused", Meaning::Crit),
        Some(Ok(outlook)) => {
            let monthly = outlook.per_hour * MONTH_HOURS;
            let refused = outlook.refused_share();
            vec![
                title.clone(),
                cell(grouped(outlook.open_shards as u64), Meaning::Text, paint),
                cell(percent(refused), alarming(refused), paint),
                cell(number(outlook.throttled as f64), alarming(outlook.throttled as f64), paint),
                age(outlook.age_max_ms, paint),
                cell(dollars(outlook.per_hour), Meaning::Text, paint),
                cell(dollars(monthly), Meaning::Accent, paint),
                change(monthly, now, paint),
            ]
        }
    };
    Row { id: course.title.clone(), mark: Span::raw(" "), cells }
}

fn courses(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let all = &state.courses.all;
    let done = all.iter().filter(|course| course.outcome.is_some()).count();
    let ahead = span(u32::try_from(AHEAD_MS / 1_000).unwrap_or(u32::MAX));
    let title = match (all.is_empty(), state.courses.runs()) {
        (true, _) => "What if".to_owned(),
        (false, true) => format!("What if: {done} of {} run {ahead} ahead", all.len()),
        (false, false) => format!("What if: {ahead} ahead, each on a fork of this world"),
    };
    let now = state.courses.as_it_is();
    let rows = all.iter().map(|one| course(one, now, paint)).collect();
    let empty = "W runs more load and other set-ups ahead, n a course of your own";
    table(state, Panel::Courses, (&title, empty), rows, paint, area, buffer);
    // What a refused course was refused for stands in the last row.
    let chosen = state.row_of(Panel::Courses).and_then(|title| state.courses.named(&title));
    if let Some(Some(Err(why))) = chosen.map(|course| &course.outcome)
        && area.height > 4
    {
        let place = Rect::new(area.x + 2, area.bottom() - 2, area.width.saturating_sub(4), 1);
        let line = cell(why.clone(), Meaning::Warn, paint);
        write_line(&line, place, buffer, paint.symbols.ellipsis);
    }
}

fn streams(items: &[Item], paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("By stream, 30 d", Focus::Elsewhere, paint, area, buffer);
    let sums = by_stream(items);
    let most = sums.first().map_or(0.0, |(_, cost)| *cost);
    let width = inner.width.saturating_sub(32).min(COST_BAR);
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
        "`e` changes a price in your own list; `--prices FILE` takes another one.".to_owned(),
        "Rates are those of the last 5 seconds, as if they went on for 30 days.".to_owned(),
        format!("A record is paid in units of {} bytes, by mean size.", prices.put_unit_bytes),
        format!("Functions are taken to have {} GB of memory.", prices.function_gb),
        "What if: retention is counted as full, readers begin at the newest.".to_owned(),
    ];
    let width = usize::from(inner.width);
    let lines = lines.iter().flat_map(|line| wrapped(line, width));
    let lines = lines.map(|line| cell(line, Meaning::Muted, paint));
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}

/// Dollars an hour over time.
fn spent(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let now = |picture: &Snapshot| {
        let cost = total(&bill(picture, &state.prices)) as f32;
        Some(vec![Some(cost); RATES_S])
    };
    let (panel, title, meaning) = (Panel::Spent, "Cost an hour", Meaning::Output);
    History { panel, title, limit: None, label: dollars, meaning }
        .draw(state, snapshot, now, paint, area, buffer);
}

/// What has room where: the panels that take the focus, and two that tell more.
fn layout(items: &[Item], area: Rect) -> (Vec<(Panel, Rect)>, Rect, Rect) {
    if area.height < 16 {
        return (vec![(Panel::Costs, area)], Rect::ZERO, Rect::ZERO);
    }
    let kinds = u16::try_from(by_kind(items).len()).unwrap_or(u16::MAX);
    let rows = kinds.saturating_add(3).clamp(5, area.height / 2);
    if area.height < 30 || area.width < 110 {
        let [upper, lower] =
            Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(area);
        return (vec![(Panel::Costs, upper), (Panel::Courses, lower)], Rect::ZERO, Rect::ZERO);
    }
    let parts = [Constraint::Length(rows), Constraint::Fill(3), Constraint::Fill(2)];
    let [upper, middle, lower] = Layout::vertical(parts).areas(area);
    let wide = [Constraint::Fill(1), Constraint::Length(area.width * 2 / 5)];
    let [upper, names] = Layout::horizontal(if area.width < 150 {
        [Constraint::Fill(1), Constraint::Length(0)]
    } else {
        wide
    })
    .areas(upper);
    let [spent, rest] = Layout::horizontal(wide).areas(lower);
    let (names, notes) = if names.width == 0 { (rest, Rect::ZERO) } else { (names, rest) };
    (vec![(Panel::Costs, upper), (Panel::Courses, middle), (Panel::Spent, spent)], names, notes)
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let items = bill(snapshot, &state.prices);
    let (parts, names, told) = layout(&items, area);
    for (panel, place) in state.shown(area, &parts) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Courses => courses(state, paint, place, buffer),
            Panel::Spent => spent(state, snapshot, paint, place, buffer),
            _ => items_table(state, &items, paint, place, buffer),
        }
    }
    if state.zoomed {
        return;
    }
    if names.height > 2 {
        streams(&items, paint, names, buffer);
    }
    if told.height > 2 {
        notes(state, paint, told, buffer);
    }
}
