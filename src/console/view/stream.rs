//! One stream: the space of its hash keys to scale, and its shards.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{duration, mib, number, percent};
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::widget::shard_map::{ShardMap, Slot};
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, panel};
use crate::model::{ShardState, StreamName};
use crate::snapshot::{ShardView, Snapshot, StreamView};

const COLUMNS: &[Column] = &[
    Column::words("SHARD", 5, 0),
    Column::words("STATE", 6, 3),
    Column::words("RANGE START", 12, 7).growing(1),
    Column::numbers("SHARE", 6, 6),
    Column::numbers("IN MiB/s", 8, 2),
    Column::numbers("REC/s", 6, 4),
    Column::numbers("CAP%", 4, 0),
    Column::numbers("OUT MiB/s", 9, 5),
    Column::numbers("GET/s", 5, 8),
    Column::numbers("W-THR/s", 7, 1),
    Column::numbers("AGE", 8, 2),
];

fn share_of(stream: &StreamView, shard: &ShardView) -> Option<f64> {
    shard.rates.write_utilization(&stream.limits, 1)
}

fn row<'a>(stream: &StreamView, shard: &ShardView, paint: Paint<'a>) -> Row<'a> {
    let (theme, symbols) = (paint.theme, paint.symbols);
    let open = shard.state == ShardState::Open;
    let style = theme.style(if open { Meaning::Text } else { Meaning::Muted });
    let text = |text: String| Line::styled(text, style);
    let rates = &shard.rates;
    let hot = rates.write_throttled > 0.0;
    let alarm = theme.style(if hot { Meaning::Crit } else { Meaning::Muted });
    let absent = || text(symbols.absent.to_owned());
    let share = share_of(stream, shard).filter(|_| open);
    Row {
        id: shard.id.short(),
        mark: if hot { Span::styled(symbols.crit, alarm) } else { Span::raw(" ") },
        cells: vec![
            text(shard.id.short()),
            text(shard.state.word().to_owned()),
            text(shard.range.start.short()),
            text(format!("{:.1}%", shard.range.share() * 100.0)),
            text(mib(rates.in_bytes)),
            text(number(rates.in_records)),
            share.map_or_else(absent, |share| Line::styled(percent(share), theme.judged(share))),
            text(mib(rates.out_bytes)),
            text(number(rates.read_calls)),
            Line::styled(number(rates.write_throttled), alarm),
            shard.iterator_age_ms.map_or_else(absent, |age| text(duration(age))),
        ],
    }
}

fn slot(stream: &StreamView, shard: &ShardView) -> Slot {
    Slot {
        label: shard.id.short(),
        start: shard.range.start.0,
        end: shard.range.end.0,
        share: share_of(stream, shard),
        value: mib(shard.rates.in_bytes),
    }
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
    let selected = state.shard.map(crate::model::ShardId::short);
    let map_height = if area.height >= 16 { 7 } else { 0 };
    let map = Rect { height: map_height, ..area };
    if map_height > 0 {
        let title = format!("{name}: hash-key space, bar = share of the write limit");
        let block = panel(&title, Focus::Elsewhere, paint);
        let inner = block.inner(map);
        block.render(map, buffer);
        let slots: Vec<Slot> =
            stream.open_by_range().into_iter().map(|shard| slot(stream, shard)).collect();
        ShardMap { slots: &slots, selected: selected.as_deref(), paint }.render(inner, buffer);
    }
    let list = Rect { y: map.bottom(), height: area.height - map_height, ..area };
    let title = format!("{name}: shards ({} open)", stream.open_shards());
    let block = panel(&title, Focus::Here, paint);
    let inner = block.inner(list);
    block.render(list, buffer);
    let table = Table {
        columns: COLUMNS,
        rows: stream.shards.iter().map(|shard| row(stream, shard, paint)).collect(),
        selected: selected.as_deref(),
        sort: None,
        empty: "no shards yet",
        paint,
    };
    table.render(inner, buffer);
}
