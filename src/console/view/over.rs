//! What stands over a screen: a line being typed, a question, a reason, help.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::command::{Command, Piece, Preview, spec_of};
use crate::console::Paint;
use crate::console::format::{number, percent};
use crate::console::state::{Cut, Over, Prompt, Question, Sign, State};
use crate::console::theme::Meaning;
use crate::console::view::{help, problems};
use crate::console::widget::dialog::Dialog;
use crate::console::widget::prompt::{self, Choice};
use crate::problem::Problem;
use crate::snapshot::Snapshot;

/// The widest text of a reason.
const WHY_COLUMNS: usize = 72;

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    match &state.over {
        Over::None => None,
        Over::Prompt(prompt) => Some(line(state, prompt, snapshot, paint, area, buffer)),
        Over::Ask(question) => {
            ask(question, paint, area, buffer);
            None
        }
        Over::Why(problem) => {
            why(problem, paint, area, buffer);
            None
        }
        Over::Help(shown) => {
            help::draw(state, shown, paint, area, buffer);
            None
        }
    }
}

/// What would come of a line, in one sentence.
fn outcome(preview: &Preview) -> Option<String> {
    if preview.after.is_empty() {
        return preview.notes.first().cloned();
    }
    let load = |piece: &Piece| piece.utilization.map_or_else(String::new, percent);
    let loads = |pieces: &[Piece]| pieces.iter().map(load).collect::<Vec<_>>().join(" + ");
    Some(format!("{} of the limit would become {}", loads(&preview.before), loads(&preview.after)))
}

/// What Enter would do with the line as it stands, or why it cannot.
fn dry_run(state: &State, prompt: &Prompt, snapshot: &Snapshot, paint: Paint<'_>) -> Span<'static> {
    let styled = |text: String, meaning| Span::styled(text, paint.theme.style(meaning));
    let typed = prompt.input.value();
    if let (Sign::Filter, Some(why)) = (prompt.sign, state.filter_fault()) {
        return styled(why.to_owned(), Meaning::Warn);
    }
    if prompt.sign != Sign::Command || typed.trim().is_empty() {
        return Span::raw("");
    }
    let syntax = || styled(prompt.completion.syntax.unwrap_or("").to_owned(), Meaning::Muted);
    let Ok(command) = typed.parse::<Command>() else { return syntax() };
    match state.preview(&command, snapshot) {
        Ok(_) if !state.may(spec_of(&command)) => styled("read-only".to_owned(), Meaning::Warn),
        Ok(preview) => match outcome(&preview) {
            Some(said) => styled(said, Meaning::Ok),
            None => syntax(),
        },
        Err(why) => styled(why.to_string(), Meaning::Warn),
    }
}

/// What the best candidate adds to what was typed, at the end of the line.
fn ghost(prompt: &Prompt) -> String {
    let typed = prompt.input.value();
    let at_end = prompt.input.cursor() == typed.chars().count() && prompt.chosen.is_none();
    let begun = typed.get(prompt.completion.from..).filter(|begun| at_end && !begun.is_empty());
    let best = prompt.completion.candidates.first();
    let added = begun.zip(best).and_then(|(begun, best)| best.text.strip_prefix(begun));
    added.unwrap_or("").to_owned()
}

fn line(
    state: &State,
    typed: &Prompt,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Position {
    let choices: Vec<Choice> = typed
        .completion
        .candidates
        .iter()
        .map(|candidate| Choice { text: candidate.text.clone(), help: candidate.note.clone() })
        .collect();
    let cursor = u16::try_from(typed.input.visual_cursor()).unwrap_or(u16::MAX);
    let shown = prompt::Prompt {
        sign: if typed.sign == Sign::Command { ":" } else { "/" },
        text: typed.input.value(),
        ghost: &ghost(typed),
        cursor,
        preview: dry_run(state, typed, snapshot, paint),
        choices: &choices,
        chosen: typed.chosen,
        paint,
    };
    // A refused line keeps its sentence in the row above.
    let row = Rect { y: area.bottom() - 1, height: 1, ..area };
    let free = 1 + u16::from(state.notice.is_some());
    let above = Rect { height: area.height - free, ..area };
    shown.render(row, above, buffer);
    shown.cursor(row)
}

fn piece(piece: &Piece, word: &str, paint: Paint<'_>) -> Line<'static> {
    let load = piece.utilization.map_or(String::new(), percent);
    let meaning = if piece.is_overloaded() { Meaning::Crit } else { Meaning::Text };
    let text = format!(
        "{word:<7} {:<4} {:>6} rec/s {load:>5}  {}",
        piece.label,
        number(piece.records_per_s),
        piece.range,
    );
    Line::styled(text, paint.theme.style(meaning))
}

/// Where the shard is cut, and the keys that move it.
fn cut_at(cut: &Cut, paint: Paint<'_>) -> Vec<Line<'static>> {
    let style = |meaning| paint.theme.style(meaning);
    let digits = format!("{:032x}", cut.key.0);
    let groups: Vec<&str> = (0..8).filter_map(|at| digits.get(at * 4..at * 4 + 4)).collect();
    let mut lines = vec![Line::from(vec![
        Span::styled("cut at  ", style(Meaning::Muted)),
        Span::styled(groups.join(" "), style(Meaning::Accent)),
    ])];
    lines.push(match &cut.fault {
        Some(why) => Line::styled(format!("0x{}: {why}", cut.typed), style(Meaning::Crit)),
        None => {
            let keys = "arrows move it (up, down: finer), 0-f type it, h hot, = middle";
            Line::styled(keys, style(Meaning::Muted))
        }
    });
    lines
}

fn ask(question: &Question, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let Preview { title, before, after, notes, undo, phrase, .. } = &question.preview;
    let style = |meaning| paint.theme.style(meaning);
    let mut lines = vec![Line::styled(format!(":{title}"), style(Meaning::Key))];
    let word = |at: usize, word: &'static str| if at == 0 { word } else { "" };
    for (at, shard) in before.iter().enumerate() {
        lines.push(piece(shard, word(at, "before"), paint));
    }
    for (at, shard) in after.iter().enumerate() {
        lines.push(piece(shard, word(at, "after"), paint));
    }
    if let Some(cut) = &question.cut {
        lines.extend(cut_at(cut, paint));
    }
    lines.extend(notes.iter().map(|note| Line::styled(note.clone(), style(Meaning::Text))));
    match undo.strip_prefix("not possible") {
        Some(why) => {
            let said = format!("cannot be undone{why}");
            lines.push(Line::styled(said, style(Meaning::Warn)));
        }
        None if undo.is_empty() => {}
        None => lines.push(Line::styled(format!("undo: {undo}"), style(Meaning::Muted))),
    }
    let answers: &[(&str, &str)] = match phrase {
        Some(phrase) => {
            let typed = question.typed.value();
            let fits = if phrase.starts_with(typed) { Meaning::Text } else { Meaning::Warn };
            lines.push(Line::from(vec![
                Span::styled(format!("type {phrase} to go on: "), style(Meaning::Text)),
                Span::styled(format!("{typed}_"), style(fits)),
            ]));
            &[("esc", "no"), ("enter", "yes")]
        }
        None => &[("esc", "no"), ("y", "yes")],
    };
    Dialog { title: "Do it?", lines, answers, paint }.render(area, buffer);
}

fn why(problem: &Problem, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width.saturating_sub(6)).min(WHY_COLUMNS);
    let lines = problems::explained(problem, width, paint);
    let answers: &[(&str, &str)] = match problem.cure {
        Some(_) => &[("esc", "back"), ("enter", "go there"), ("x", "cure")],
        None => &[("esc", "back"), ("enter", "go there")],
    };
    Dialog { title: problem.word, lines, answers, paint }.render(area, buffer);
}
