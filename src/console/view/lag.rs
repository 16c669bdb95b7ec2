//! How far a consumer is behind over time, how that goes on, and when records are lost if it does.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::Paint;
use crate::console::format::duration;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::history::History;
use crate::snapshot::{Consumer, Snapshot};

/// How it goes on, and when records are lost if it does.
fn trend(consumer: Consumer<'_>, snapshot: &Snapshot) -> String {
    let (slope, age_ms) = (consumer.age_slope() / 1_000.0, consumer.age_ms());
    if slope < -0.2 {
        return format!(", catches up {:.1} s/s", -slope);
    }
    if slope <= 0.2 || age_ms <= 2_000 {
        return String::new();
    }
    let stream = snapshot.stream(consumer.stream().as_str());
    let limit = stream.map_or(String::new(), |stream| {
        let (limit, _) = consumer.lost_at(stream);
        let left = limit.saturating_sub(age_ms) as f64 / slope;
        format!(": {} limit in {}", duration(limit), duration(left as u64))
    });
    format!(", falls behind {slope:.1} s/s{limit}")
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    consumer: Consumer<'_>,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let age = duration(consumer.age_ms());
    let title = format!("Iterator age {age}{}", trend(consumer, snapshot));
    let line = |picture: &Snapshot| {
        picture.consumer(consumer.name()).map(|consumer| consumer.ages().clone())
    };
    let (panel, label, meaning) = (Panel::Age, milliseconds, Meaning::Warn);
    History { panel, title: &title, limit: None, label, meaning }
        .draw(state, snapshot, line, paint, area, buffer);
}

fn milliseconds(ms: f64) -> String {
    duration(ms.max(0.0) as u64)
}
