//! How many invocations run at once, against what is allowed and what is needed.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::columns::FUNCTION_GAUGE;
use crate::console::format::{count, duration, many, number, percent, squeezed};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, cell, no_parts, table};
use crate::console::view::history::History;
use crate::console::view::{errors, problems};
use crate::console::widget::sparkline::spark;
use crate::console::widget::table::Row;
use crate::console::widget::{bar, framed, heat, write_line, write_lines};
use crate::model::limits::REQUESTS_PER_INSTANCE;
use crate::model::{FunctionTally, PartName};
use crate::problem::{self, Problem, Subject};
use crate::snapshot::{AccountView, FunctionView, LaneState, Snapshot, TransformView};

/// Errors of a function that are told with its reasons.
const ERRORS_TOLD: usize = 3;

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

/// Where its concurrency comes from, and who uses it: from the account to the lanes.
fn flow(function: &FunctionView, snapshot: &Snapshot, paint: Paint<'_>) -> Vec<(Meaning, String)> {
    let AccountView { limit: all, reserved, .. } = snapshot.account;
    let FunctionView { name, needs, in_use, in_use_max, .. } = function;
    let (limit, whose) = limit_of(function, &snapshot.account);
    let step = paint.symbols.arrow;
    let pool = match function.reserved {
        Some(_) => format!("reserved {reserved}"),
        None => format!("unreserved {}", all.saturating_sub(reserved)),
    };
    let short = *needs > limit;
    let mut lines = vec![
        (Meaning::Text, format!("account {all} {step} {pool} {step} {name} {limit} ({whose})")),
        (
            if short { Meaning::Crit } else { Meaning::Text },
            format!(
                "{name}: {in_use} run, {in_use_max} at most so far; needs {needs}, may use {limit}"
            ),
        ),
    ];
    for mapping in snapshot.mappings.iter().filter(|mapping| mapping.function == *name) {
        let in_state = |state| mapping.lanes.iter().filter(|lane| lane.state == state).count();
        let states = [
            LaneState::Running,
            LaneState::Waiting,
            LaneState::Filling,
            LaneState::Throttled,
            LaneState::Retrying,
        ];
        let told: Vec<String> = (states.into_iter())
            .filter(|state| in_state(*state) > 0)
            .map(|state| format!("{} {}", in_state(state), state.word()))
            .collect();
        let factor = mapping.parallelization_factor;
        let text = format!(
            "{} {} of {}: {} ({factor} a shard): {}",
            paint.symbols.corner,
            mapping.name,
            mapping.stream,
            many(mapping.lanes.len(), "lane"),
            told.join(", ")
        );
        lines.push((Meaning::Muted, text));
    }
    lines.extend(stages_of(function, snapshot).map(|transform| {
        let TransformView { name, from, in_per_s, .. } = transform;
        let (corner, rate) = (paint.symbols.corner, number(*in_per_s));
        (Meaning::Muted, format!("{corner} {name} of {from}: a stage, {rate} records/s"))
    }));
    lines
}

/// The transforms whose work it does.
fn stages_of<'a>(
    function: &FunctionView,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = &'a TransformView> {
    let its = |transform: &&TransformView| transform.function.as_ref() == Some(&function.name);
    snapshot.transforms.iter().filter(its)
}

/// What a function may use, and by whose leave.
fn limit_of(function: &FunctionView, account: &AccountView) -> (u32, &'static str) {
    match function.reserved {
        Some(limit) => (limit, "its reservation"),
        None => (account.limit.saturating_sub(account.reserved), "the account's unreserved rest"),
    }
}

/// What is kept ready, and how much of the work it takes.
fn provisioned(function: &FunctionView) -> Option<(Meaning, String)> {
    let count = function.provisioned?;
    let FunctionTally { provisioned_invocations, spillover_invocations, .. } = function.tally;
    let all = provisioned_invocations + spillover_invocations;
    Some(match function.ready_at {
        Some(_) => {
            let text = format!("provisioned {count}: IN_PROGRESS, ready in a minute or two");
            (Meaning::Warn, text)
        }
        None => {
            let used = function.provisioned_in_use;
            let spilled = percent(spillover_invocations as f64 / all.max(1) as f64);
            let text = format!("provisioned {count}: READY, {used} in use, spillover {spilled}");
            (Meaning::Text, text)
        }
    })
}

/// Why the chosen function waits or is refused, and what can be done.
fn why(function: &FunctionView, snapshot: &Snapshot) -> Vec<(Meaning, String)> {
    let FunctionView { name, needs, tally, throttles_per_s, .. } = function;
    let (limit, whose) = limit_of(function, &snapshot.account);
    let mut said = Vec::new();
    let wants = function.wants();
    if wants > limit {
        said.push((
            Meaning::Warn,
            match needs.saturating_sub(limit) as usize {
                0 => format!(
                    "{} may be asked for {} times a second: its lanes ask more often.",
                    name,
                    limit.saturating_mul(REQUESTS_PER_INSTANCE)
                ),
                short => format!(
                    "{} without room: iterator age grows when the others cannot keep up.",
                    many(short, "lane")
                ),
            },
        ));
        said.push((Meaning::Key, format!("`:concurrency {name} {wants}` gives it what it needs.")));
    }
    said.extend(provisioned(function));
    if tally.throttles > 0 {
        let refused = number(*throttles_per_s);
        let text = format!("refused by {whose}: {refused}/s, {} so far", count(tally.throttles));
        said.push((if *throttles_per_s > 0.0 { Meaning::Crit } else { Meaning::Muted }, text));
        said.extend(
            errors::throttles(function).map(|(meaning, line)| (meaning, format!("  {line}"))),
        );
    }
    if *throttles_per_s > 0.0 && function.reserved.is_none() {
        let text = "The pool is shared with other functions: a reservation sets some apart.";
        said.push((Meaning::Text, text.to_owned()));
    }
    if tally.errors > 0 {
        let is_its = |name: &PartName| {
            let mut mappings = snapshot.mappings.iter();
            mappings.any(|mapping| mapping.name == *name && mapping.function == function.name)
                || stages_of(function, snapshot).any(|transform| transform.name == *name)
        };
        let mut last = errors::last(snapshot, is_its).take(ERRORS_TOLD);
        let (meaning, newest) =
            last.next().map_or((Meaning::Muted, String::new()), |(meaning, line)| {
                (meaning, format!(", {line}"))
            });
        said.push((meaning, format!("failed so far: {}{newest}", count(tally.errors))));
        said.extend(last.map(|(meaning, line)| (meaning, format!("  {line}"))));
    }
    let rule = "NEEDS = lanes of its mappings: shards being read x parallelization factor.";
    said.push((Meaning::Muted, rule.to_owned()));
    said
}

/// Invocations of all functions at once, over time.
fn history(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let AccountView { limit, in_use, .. } = snapshot.account;
    let title = format!("In use {in_use} of {limit}");
    let all = |picture: &Snapshot| {
        let sparks = picture.functions.iter().map(|function| &function.in_use_spark[..]);
        Some(heat::sum(sparks))
    };
    let (panel, limit) = (Panel::History, Some(limit as f32));
    History { panel, title: &title, limit, label: number, meaning: Meaning::Output }
        .draw(state, snapshot, all, paint, area, buffer);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    // Of what is not seen there is nothing to tell.
    let seen = !snapshot.shows_streams_alone();
    let gauges = if seen && area.height >= 14 { 5 } else { 0 };
    let past = if seen && area.height >= 30 { area.height / 4 } else { 0 };
    let reasons = reasons(state, snapshot, paint);
    let told = if seen && area.height >= 18 {
        // As much as there is to say, when the first functions have room beside it.
        let shown = u16::try_from(snapshot.functions.len() + 3).unwrap_or(u16::MAX).clamp(4, 7);
        let room = area.height.saturating_sub(gauges + past + shown);
        let needed = u16::try_from(reasons.len() + 2).unwrap_or(u16::MAX);
        needed.min(room).max((area.height / 3).min(10))
    } else {
        0
    };
    let parts = [
        Constraint::Length(gauges),
        Constraint::Fill(1),
        Constraint::Length(told),
        Constraint::Length(past),
    ];
    let [top, middle, below, bottom] = Layout::vertical(parts).areas(area);
    let parts = [
        (Panel::Functions, middle),
        (Panel::Account, top),
        (Panel::Why, below),
        (Panel::History, bottom),
    ];
    for (panel, place) in state.shown(area, &parts) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Account => account(state, snapshot, paint, place, buffer),
            Panel::History => history(state, snapshot, paint, place, buffer),
            Panel::Why => explained(state, &reasons, paint, place, buffer),
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
    let here = "no functions: `:function NAME simulated` makes one";
    let far = "not seen from here: an endpoint tells of streams, not of functions";
    let empty = no_parts(snapshot, here, far);
    table(state, Panel::Functions, (&title, empty), rows, paint, area, buffer);
}

/// Where the concurrency of the chosen function comes from, and why it waits.
fn reasons(state: &State, snapshot: &Snapshot, paint: Paint<'_>) -> Vec<(Meaning, String)> {
    let name = state.function(snapshot);
    let Some(function) = name.and_then(|name| snapshot.function(name.as_str())) else {
        return Vec::new();
    };
    let mut lines = flow(function, snapshot, paint);
    lines.extend(why(function, snapshot));
    lines
}

fn explained(
    state: &State,
    reasons: &[(Meaning, String)],
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let inner = framed(
        "Why: from the account to the lanes",
        state.focus_of(Panel::Why),
        paint,
        area,
        buffer,
    );
    let ellipsis = paint.symbols.ellipsis;
    let width = usize::from(inner.width);
    let styled = |(meaning, line): &(Meaning, String)| {
        cell(squeezed(line, width, ellipsis), *meaning, paint)
    };
    write_lines(reasons.iter().map(styled), inner, buffer, ellipsis);
}
