//! How far a consumer is behind over time, how that goes on, and when records are lost if it does.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::Paint;
use crate::console::format::duration;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::history::History;
use crate::model::{PartName, StreamName};
use crate::snapshot::{ApplicationView, MappingView, ReaderView, Snapshot, Spark};

/// How far a consumer is behind.
pub(super) struct Lag<'a> {
    name: &'a PartName,
    stream: &'a StreamName,
    age_ms: u64,
    slope: f64,
    /// Records older than this are given up, milliseconds, when the stream would keep them longer.
    given_up_ms: Option<u64>,
}

impl<'a> Lag<'a> {
    pub(super) fn of_mapping(mapping: &'a MappingView) -> Self {
        Self {
            name: &mapping.name,
            stream: &mapping.stream,
            age_ms: mapping.iterator_age_ms,
            slope: mapping.age_slope,
            given_up_ms: mapping.record_age_max_ms,
        }
    }

    pub(super) fn of_reader(reader: &'a ReaderView) -> Self {
        let ReaderView { name, stream, behind_ms, age_slope, .. } = reader;
        Self { name, stream, age_ms: *behind_ms, slope: *age_slope, given_up_ms: None }
    }

    pub(super) fn of_application(application: &'a ApplicationView) -> Self {
        let ApplicationView { name, stream, behind_ms, age_slope, .. } = application;
        Self { name, stream, age_ms: *behind_ms, slope: *age_slope, given_up_ms: None }
    }

    /// How it goes on, and when records are lost if it does.
    fn trend(&self, snapshot: &Snapshot) -> String {
        let slope = self.slope / 1_000.0;
        if slope < -0.2 {
            return format!(", catches up {:.1} s/s", -slope);
        }
        if slope <= 0.2 || self.age_ms <= 2_000 {
            return String::new();
        }
        let stream = snapshot.stream(self.stream.as_str());
        let limit = stream.map_or(String::new(), |stream| {
            let kept = stream.retention_ms;
            let limit = self.given_up_ms.map_or(kept, |given_up| given_up.min(kept));
            let left = limit.saturating_sub(self.age_ms) as f64 / slope;
            format!(": {} limit in {}", duration(limit), duration(left as u64))
        });
        format!(", falls behind {slope:.1} s/s{limit}")
    }

    pub(super) fn draw(
        &self,
        state: &State,
        snapshot: &Snapshot,
        paint: Paint<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let title = format!("Iterator age {}{}", duration(self.age_ms), self.trend(snapshot));
        let line = |picture: &Snapshot| ages_of(picture, self.name).cloned();
        let (panel, label, meaning) = (Panel::Age, milliseconds, Meaning::Warn);
        History { panel, title: &title, limit: None, label, meaning }
            .draw(state, snapshot, line, paint, area, buffer);
    }
}

/// The ages of a consumer in a picture: names are unique among all parts.
fn ages_of<'a>(picture: &'a Snapshot, name: &PartName) -> Option<&'a Spark> {
    let mappings = picture.mappings.iter().map(|part| (&part.name, &part.age_spark));
    let readers = picture.readers.iter().map(|part| (&part.name, &part.age_spark));
    let applications = picture.applications.iter().map(|part| (&part.name, &part.age_spark));
    let mut all = mappings.chain(readers).chain(applications);
    all.find(|(other, _)| *other == name).map(|(_, ages)| ages)
}

fn milliseconds(ms: f64) -> String {
    duration(ms.max(0.0) as u64)
}
