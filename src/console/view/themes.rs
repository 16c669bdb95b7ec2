//! The themes, each worn while the cursor stands on it, with a sample of everything it colors.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::bytes;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::{BUILT_IN, Meaning};
use crate::console::view::cells::{cell, table};
use crate::console::widget::chart::Chart;
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, framed, heat, write_line};

/// What each meaning is for.
const MEANINGS: [(Meaning, &str, &str); 10] = [
    (Meaning::Text, "text", "what is read"),
    (Meaning::Muted, "muted", "of less importance"),
    (Meaning::Accent, "accent", "titles, the thing in view"),
    (Meaning::Focus, "focus", "the border of the focused panel"),
    (Meaning::Ok, "ok", "fine"),
    (Meaning::Warn, "warn", "worth a look"),
    (Meaning::Crit, "crit", "refused, or being lost"),
    (Meaning::Input, "input", "what flows in"),
    (Meaning::Output, "output", "what flows out"),
    (Meaning::Key, "key", "a key to press"),
];

fn list(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let row = |name: String| {
        let own = !BUILT_IN.iter().any(|(built_in, _)| *built_in == name);
        let from = if own { "your own" } else { "built in" };
        let cells =
            vec![cell(name.clone(), Meaning::Text, paint), cell(from, Meaning::Muted, paint)];
        Row { id: name, mark: Span::raw(" "), cells }
    };
    let rows = state.themes().into_iter().map(row).collect();
    let title = match &state.worn {
        Some(worn) if *worn != state.theme => {
            format!("Themes: enter keeps, esc goes back to {worn}")
        }
        Some(_) | None => "Themes".to_owned(),
    };
    table(state, Panel::Themes, (&title, "no theme of that name"), rows, paint, area, buffer);
}

/// Shares of a limit from none to all.
fn gradient<'a>(width: u16, paint: Paint<'a>) -> Line<'a> {
    let cell = |at: u16| {
        let share = f64::from(at) / f64::from(width.max(2) - 1);
        let (glyph, style) = heat::look(Some(share as f32), 1.0, paint);
        Span::styled(glyph, style)
    };
    Line::from((0..width).map(cell).collect::<Vec<_>>())
}

/// A card to test a font with: the glyphs in use, each one column wide if the font has them.
fn glyphs<'a>(state: &State, paint: Paint<'a>) -> Line<'a> {
    let symbols = paint.symbols;
    let braille = if symbols.braille { "\u{28c0}\u{28e4}\u{28f6}\u{28ff}" } else { "" };
    let marks = [
        symbols.crit,
        symbols.warn,
        symbols.ok,
        symbols.transition,
        symbols.paused,
        symbols.arrow,
        symbols.step,
        symbols.absent,
        symbols.times,
        symbols.enter,
        symbols.ellipsis,
    ];
    let drawn = [symbols.levels.concat(), symbols.parts.concat(), braille.into(), marks.concat()];
    Line::from(vec![
        Span::styled(format!("{} ", state.glyphs.word()), paint.theme.style(Meaning::Text)),
        Span::styled(drawn.join(" "), paint.theme.style(Meaning::Input)),
        Span::styled("  :symbols changes them", paint.theme.style(Meaning::Muted)),
    ])
}

fn rows(paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    const COLUMNS: &[Column] =
        &[Column::words("STREAM", 10, 0).growing(1), Column::numbers("CAP%", 5, 0)];
    let row = |(name, cap, meaning): (&str, &str, Meaning)| Row {
        id: name.to_owned(),
        mark: Span::styled(
            if meaning == Meaning::Crit { paint.symbols.crit } else { " " },
            paint.theme.style(meaning),
        ),
        cells: vec![cell(name, Meaning::Text, paint), cell(cap, meaning, paint)],
    };
    let rows = [
        ("clicks", "41%", Meaning::Ok),
        ("orders", "86%", Meaning::Warn),
        ("payments", "103%", Meaning::Crit),
    ];
    let marks = BTreeSet::new();
    Table {
        panel: Panel::ThemeSample,
        columns: COLUMNS,
        rows: rows.into_iter().map(row).collect(),
        selected: Some("orders"),
        marks: &marks,
        focus: Focus::Here,
        sort: None,
        empty: "",
        paint,
    }
    .render(area, buffer);
}

fn sample(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let title = format!("{} on this terminal", state.theme);
    let inner = framed(&title, state.focus_of(Panel::ThemeSample), paint, area, buffer);
    let parts = [
        Constraint::Length(MEANINGS.len() as u16),
        Constraint::Length(3),
        Constraint::Length(5),
        Constraint::Fill(1),
    ];
    let [words, heat, selected, chart] = Layout::vertical(parts).areas(inner);
    for ((meaning, name, about), row) in MEANINGS.into_iter().zip(words.rows()) {
        let line = Line::from(vec![
            Span::styled(format!("{name:<8}"), paint.theme.style(meaning)),
            Span::styled(format!(" {about}"), paint.theme.style(meaning)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
    for (line, row) in
        [gradient(heat.width.min(60), paint), glyphs(state, paint)].iter().zip(heat.rows().skip(1))
    {
        write_line(line, row, buffer, paint.symbols.ellipsis);
    }
    if selected.height > 3 {
        rows(paint, Rect { y: selected.y + 1, height: selected.height - 1, ..selected }, buffer);
    }
    if chart.height > 3 {
        let wave = |at: u16| Some((f32::from(at % 40) - 20.0).abs() * 40_000.0);
        let values: Vec<Option<f32>> = (0..chart.width * 2).map(wave).collect();
        let (limit, meaning) = (Some(1_048_576.0), Meaning::Input);
        Chart { values: &values, span: None, limit, label: bytes, meaning, paint }
            .render(Rect { y: chart.y + 1, height: chart.height - 1, ..chart }, buffer);
    }
}

pub(super) fn draw(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let aside = if area.width >= 70 && area.height >= 12 { area.width * 3 / 5 } else { 0 };
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(area);
    for (panel, place) in state.shown(area, &[(Panel::Themes, left), (Panel::ThemeSample, right)]) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::ThemeSample => sample(state, paint, place, buffer),
            _ => list(state, paint, place, buffer),
        }
    }
}
