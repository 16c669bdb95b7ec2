//! What went wrong with mappings and functions: why they were refused, and the last errors in words.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::Paint;
use crate::console::format::{self, count, counted};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::cell;
use crate::console::widget::{framed, write_lines};
use crate::model::{ConsumerTally, EventKind, PartName};
use crate::snapshot::{FunctionView, MappingView, Snapshot};

/// The last errors of these mappings and transforms, the newest first.
pub(super) fn last<'a>(
    snapshot: &'a Snapshot,
    is_its: impl Fn(&PartName) -> bool + 'a,
) -> impl Iterator<Item = (Meaning, String)> + 'a {
    snapshot.events.iter().rev().filter_map(move |event| {
        let (part, why, meaning) = match &event.kind {
            EventKind::InvocationFailed { mapping, shard, why } => {
                (mapping, format!("{} {why}", shard.short()), Meaning::Warn)
            }
            EventKind::BatchDiscarded { mapping, shard, records, why } => {
                let records = counted(*records, "record");
                let why = format!("{} {records} given up: {why}", shard.short());
                (mapping, why, Meaning::Crit)
            }
            EventKind::TransformFailed { transform, why } => {
                (transform, format!("{transform}: {why}"), Meaning::Warn)
            }
            _ => return None,
        };
        let at = format::clock(event.at.since(snapshot.started));
        is_its(part).then(|| (meaning, format!("{at} {why}")))
    })
}

/// Why a function was refused, each reason with how often.
pub(super) fn throttles(function: &FunctionView) -> impl Iterator<Item = (Meaning, String)> {
    let reason = |(why, refused): &(String, u64)| format!("{} x {why}", count(*refused));
    function.throttles.iter().map(move |one| (Meaning::Muted, reason(one)))
}

/// Has anything gone wrong with it?
pub(super) const fn are_there(mapping: &MappingView) -> bool {
    let ConsumerTally { errors, throttles, discarded_records, .. } = mapping.tally;
    errors + throttles + discarded_records > 0
}

/// What went wrong with a mapping: how often, why it was refused, and the last errors.
pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    mapping: &MappingView,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let ConsumerTally {
        errors,
        throttles: refused,
        retries,
        discarded_records,
        read_throttled,
        ..
    } = mapping.tally;
    let title = format!("Last errors ({})", count(errors));
    let inner = framed(&title, state.focus_of(Panel::Errors), paint, area, buffer);
    let told = format!(
        "{} failed, {} refused for concurrency, {} tried again, {} given up, {} refused",
        count(errors),
        count(refused),
        count(retries),
        counted(discarded_records, "record"),
        counted(read_throttled, "read"),
    );
    let first = (if are_there(mapping) { Meaning::Text } else { Meaning::Muted }, told);
    let function = snapshot.function(mapping.function.as_str());
    let lines = [first].into_iter().chain(function.into_iter().flat_map(throttles));
    let lines = lines.chain(last(snapshot, |name| *name == mapping.name));
    let lines = lines.map(|(meaning, line)| cell(line, meaning, paint));
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}
