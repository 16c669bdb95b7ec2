//! One stream: the space of its hash keys to scale, its shards, where they came from, what
//! happened.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{duration, mib, number, percent};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, flow, flowing, of_others, table};
use crate::console::view::{details, endpoint, events, problems};
use crate::console::widget::lineage::{Lineage, Node};
use crate::console::widget::shard_map::{ShardMap, Slot, minimap, window};
use crate::console::widget::table::Row;
use crate::console::widget::{Frame, framed};
use crate::model::{ShardId, ShardState, StreamName};
use crate::problem::Subject;
use crate::problem::{self, Problem};
use crate::snapshot::{ShardView, Snapshot, StreamView};

/// From this share of a shard's load on a key is shown.
const HOT_SHARE: f32 = 0.15;
/// A family of more shards is drawn in part.
const FAMILY_MAX: usize = 64;

fn share_of(stream: &StreamView, shard: &ShardView) -> Option<f64> {
    shard.rates().write_utilization(&stream.limits, 1)
}

/// The heaviest key and its share: `sku-77 (62%)`.
fn hot_key(shard: &ShardView) -> Option<String> {
    let key = shard.mix()?.heavy.first()?;
    let share = key.share.records.max(key.share.bytes);
    (share >= HOT_SHARE).then(|| format!("{} ({:.0}%)", key.key, share * 100.0))
}

fn row<'a>(
    stream: &StreamView,
    shard: &ShardView,
    snapshot: &Snapshot,
    problems: &[Problem],
    paint: Paint<'a>,
) -> Row<'a> {
    let (theme, symbols) = (paint.theme, paint.symbols);
    let open = shard.state == ShardState::Open;
    let style = theme.style(if open { Meaning::Text } else { Meaning::Muted });
    let text = |text: String| Line::styled(text, style);
    let rates = &shard.rates();
    let subject = Subject::Shard(stream.name.clone(), shard.id);
    let absent = || text(symbols.absent.to_owned());
    let flows = |line| flowing(snapshot, line, paint);
    let others = |line| flows(of_others(shard.source(), line, paint));
    let share = share_of(stream, shard).filter(|_| open);
    let capacity =
        share.map_or_else(absent, |share| Line::styled(percent(share), theme.judged(share)));
    Row {
        id: shard.id.short(),
        mark: problems::mark(problems, &subject, paint),
        cells: vec![
            text(shard.id.short()),
            problems::word(problems, &subject, text(shard.state.word().to_owned()), paint),
            text(shard.range.start.short()),
            text(format!("{:.1}%", shard.range.share() * 100.0)),
            flows(text(mib(rates.in_bytes))),
            flows(text(number(rates.in_records))),
            flows(capacity),
            others(text(mib(rates.out_bytes))),
            flows(text(number(rates.read_calls))),
            others(alarm(rates.write_throttled, paint)),
            flows(shard.iterator_age_ms().map_or_else(absent, |age| text(duration(age)))),
            hot_key(shard).map_or_else(absent, text),
        ],
    }
}

fn slot(stream: &StreamView, shard: &ShardView, snapshot: &Snapshot, paint: Paint<'_>) -> Slot {
    Slot {
        label: shard.id.short(),
        start: shard.range.start.0,
        end: shard.range.end.0,
        share: share_of(stream, shard).filter(|_| !snapshot.is_silent()),
        value: flow(snapshot, mib(shard.rates().in_bytes), paint),
    }
}

fn map(
    state: &State,
    stream: &StreamView,
    snapshot: &Snapshot,
    selected: Option<&str>,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let zoom = state.map_zoom;
    let open = stream.open_by_range();
    let at = open.iter().position(|shard| Some(shard.id.short().as_str()) == selected);
    let chosen = open.get(at.unwrap_or(0));
    let middle = chosen.map_or(0, |shard| shard.range.middle().0);
    let window = window(middle, zoom);
    let zoomed = match zoom {
        0 => String::new(),
        zoom => format!(", 1/{} of it", 1u128 << zoom),
    };
    let title = format!("{}: hash-key space{zoomed}, bar = share of the write limit", stream.name);
    let (above, focus) = ("c closer  C wider", state.focus_of(Panel::Map));
    let inner = Frame { title: &title, above, below: "", focus, paint }.draw(area, buffer);
    let slots = open.into_iter().map(|shard| slot(stream, shard, snapshot, paint));
    let slots: Vec<Slot> = slots.collect();
    let inner = match zoom {
        0 => inner,
        _ => {
            let [above, below] =
                Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
            minimap(&slots, window, paint, above, buffer);
            below
        }
    };
    ShardMap { slots: &slots, selected, window, paint }.render(inner, buffer);
}

fn shards(
    state: &State,
    stream: &StreamView,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let problems = problem::find(snapshot);
    let all = state.shards(stream);
    let at = all.iter().position(|shard| Some(shard.id) == state.chosen.shard).unwrap_or(0);
    // Of thousands only those near the selected one can be seen.
    let height = usize::from(area.height);
    let near = at.saturating_sub(height)..(at + height).min(all.len());
    let rows: Vec<Row<'_>> =
        all[near].iter().map(|shard| row(stream, shard, snapshot, &problems, paint)).collect();
    let policy = stream.policy.as_ref().map(|rule| format!("  {rule}")).unwrap_or_default();
    let hours = stream.retention_ms / 3_600_000;
    let kept = if hours > 0 { format!("{hours} h") } else { duration(stream.retention_ms) };
    let by = endpoint::sources(all.iter().filter_map(|shard| shard.source()), snapshot.now);
    let by = by.map(|by| format!("  {by}")).unwrap_or_default();
    // Of an endpoint nobody knows how it keeps records.
    let level = match snapshot.shows_streams_alone() {
        true => String::new(),
        false => format!("  level {}", stream.level.word()),
    };
    let title = format!(
        "Shards ({})  {} open  {}  keeps {kept}{level}{policy}{by}",
        stream.shards.len(),
        stream.open_shards(),
        stream.status.word(),
    );
    table(state, Panel::Shards, (&title, "no shards yet"), rows, paint, area, buffer);
}

fn node(stream: &StreamView, shard: &ShardView) -> Node {
    let hot = shard.rates().write_throttled > 0.0;
    let draining =
        shard.state == ShardState::Closed && shard.iterator_age_ms().is_some_and(|age| age > 0);
    let note = match (hot, draining) {
        (true, _) => "HOT",
        (false, true) => "draining",
        (false, false) => "",
    };
    let known = |id: &crate::model::ShardId| stream.shard(*id).is_some();
    Node {
        number: shard.id.0,
        parents: shard.lineage.parents().filter(known).map(|id| id.0).collect(),
        open: shard.state == ShardState::Open,
        note: note.to_owned(),
        cut: shard.lineage.parents().next().is_some(),
    }
}

/// The shards whose lineage is drawn: all of a small family. Of a large one closed shards are left
/// out whose children are closed too, unless the selected shard comes from them, and of thousands
/// only those with numbers near the selected one are left.
fn kept<'a>(state: &State, stream: &'a StreamView) -> Vec<&'a ShardView> {
    let all = &stream.shards;
    if all.len() <= FAMILY_MAX {
        return all.iter().collect();
    }
    let chosen = state.pointed(stream).or(all.last()).map(|shard| shard.id);
    let mut related: BTreeSet<ShardId> = chosen.into_iter().collect();
    for shard in all.iter().rev().filter(|shard| shard.state == ShardState::Open) {
        related.extend(shard.lineage.parents());
    }
    // Parents have smaller numbers: one walk back finds all ancestors of the selected shard.
    let mut line: BTreeSet<ShardId> = chosen.into_iter().collect();
    for shard in all.iter().rev() {
        if line.contains(&shard.id) {
            line.extend(shard.lineage.parents());
        }
    }
    let at = all.iter().position(|shard| Some(shard.id) == chosen).unwrap_or(0);
    let near = at.saturating_sub(FAMILY_MAX)..at + FAMILY_MAX;
    let stays = |(index, shard): &(usize, &ShardView)| {
        line.contains(&shard.id)
            || (near.contains(index)
                && (shard.state == ShardState::Open || related.contains(&shard.id)))
    };
    all.iter().enumerate().filter(stays).map(|(_, shard)| shard).collect()
}

fn lineage(state: &State, stream: &StreamView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("Lineage", state.focus_of(Panel::Lineage), paint, area, buffer);
    let mut nodes: Vec<Node> =
        kept(state, stream).into_iter().map(|shard| node(stream, shard)).collect();
    let known: BTreeSet<u32> = nodes.iter().map(|node| node.number).collect();
    for node in &mut nodes {
        node.cut &= !node.parents.iter().any(|parent| known.contains(parent));
    }
    let selected = state.pointed(stream).map(|shard| shard.id.0);
    Lineage { nodes: &nodes, selected, paint }.render(inner, buffer);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    name: &StreamName,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(stream) = snapshot.stream(name.as_str()) else {
        let said = format!(" stream {name} is gone; esc goes back");
        let room = usize::from(area.width);
        buffer.set_stringn(area.x, area.y, said, room, paint.theme.style(Meaning::Warn));
        return;
    };
    let selected = state.pointed(stream).map(|shard| shard.id.short());
    let about =
        |event: &crate::model::Event| event.kind.stream().is_none_or(|stream| stream == name);
    let wrong = state.problems(snapshot);
    for (panel, place) in state.shown(area, &layout(area, state.map_zoom, &wrong)) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Map => {
                map(state, stream, snapshot, selected.as_deref(), paint, place, buffer);
            }
            Panel::Details => details::draw(state, stream, snapshot, paint, place, buffer),
            Panel::Lineage => lineage(state, stream, paint, place, buffer),
            Panel::Events => events::draw(state, snapshot, about, paint, place, buffer),
            Panel::Problems => problems::panel(state, snapshot, paint, place, buffer),
            _ => shards(state, stream, snapshot, paint, place, buffer),
        }
    }
}

/// What has room where, the shards first.
fn layout(area: Rect, zoom: u32, problems: &[Problem]) -> [(Panel, Rect); 6] {
    let wide = area.width >= 100 && area.height >= 28;
    let zoomed = u16::from(zoom > 0);
    let map_height = if area.height >= 16 { 7 + zoomed } else { 0 };
    let told = match problems.iter().any(Problem::is_urgent) {
        true => problems::panel_rows(problems),
        false => 0,
    };
    let below = match wide {
        true => area.height / 3,
        false if map_height > 0 => told.min(5),
        false => 0,
    };
    let parts = [Constraint::Length(map_height), Constraint::Fill(1), Constraint::Length(below)];
    let [top, middle, bottom] = Layout::vertical(parts).areas(area);
    let lineage = if wide { Constraint::Percentage(55) } else { Constraint::Length(0) };
    let details = Constraint::Length(if wide && area.width >= 150 { 44 } else { 0 });
    let [left, right, known] =
        Layout::horizontal([lineage, Constraint::Fill(1), details]).areas(bottom);
    let told = if wide { told.min(right.height / 2) } else { right.height };
    let parts = [Constraint::Length(told), Constraint::Fill(1)];
    let [wrong, happened] = Layout::vertical(parts).areas(right);
    [
        (Panel::Shards, middle),
        (Panel::Map, top),
        (Panel::Lineage, left),
        (Panel::Problems, wrong),
        (Panel::Events, happened),
        (Panel::Details, known),
    ]
}
