//! How far a consumer is behind over time, how that goes on, and when records are lost if it does.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::Paint;
use crate::console::format::duration;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::history::History;
use crate::snapshot::{Consumer, Snapshot};

/// Changes of the age that are worth a word, seconds a second.
const TOLD: f64 = 0.2;

/// How it goes on, and when records are lost if it does: as the list of problems has it.
fn trend(consumer: Consumer<'_>, snapshot: &Snapshot) -> String {
    let (slope, age_ms) = (consumer.age_slope() / 1_000.0, consumer.age_ms());
    if consumer.falls() {
        return match slope < -TOLD {
            true => format!(", catches up {:.1} s/s", -slope),
            false => String::new(),
        };
    }
    let growth = consumer.growth_held() / 1_000.0;
    if slope.min(growth) <= TOLD || age_ms <= 2_000 {
        return String::new();
    }
    let stream = snapshot.stream(consumer.stream().as_str());
    let limit = stream.map_or(String::new(), |stream| {
        let (limit, _) = consumer.lost_at(stream);
        let left = limit.saturating_sub(age_ms) as f64 / growth;
        format!(": {} limit in {}", duration(limit), duration(left as u64))
    });
    format!(", falls behind {growth:.1} s/s{limit}")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConsumerTally, PartName, StreamName};
    use crate::snapshot::ReaderView;

    /// The chart said that it caught up while the list of problems said that it fell back.
    #[test]
    fn the_title_catches_up_and_falls_behind_as_the_problems_do() {
        let told = |last: &[f32], age_slope: f64| {
            let mut age_spark = vec![Some(0.0); 40];
            age_spark.extend(last.iter().copied().map(Some));
            let reader = ReaderView {
                name: PartName::new("audit").expect("a name"),
                stream: StreamName::new("orders").expect("a name"),
                behind_ms: 600_000,
                age_spark,
                age_slope,
                records_per_s: 0.0,
                throttled_per_s: 0.0,
                throttled_held_per_s: 0.0,
                interval_ms: 1_000,
                fan_out: None,
                tally: ConsumerTally::default(),
            };
            trend(Consumer::Reader(&reader), &Snapshot::default())
        };
        assert_eq!(told(&[620_000.0, 621_000.0], 69_000.0), ", falls behind 1.0 s/s");
        let falling = [620_000.0, 608_000.0, 596_000.0, 584_000.0];
        assert_eq!(told(&falling, 64_900.0), "", "the jump is among its ten seconds");
        assert_eq!(told(&falling, -11_800.0), ", catches up 11.8 s/s");
        assert_eq!(told(&[5_000.0, 4_000.0], -300.0), "", "that is what batches take");
    }
}
