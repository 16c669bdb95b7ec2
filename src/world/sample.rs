//! Stages tried on real records before they are applied.

use crate::command::{Browse, Place, Terms, stage_words};
use crate::model::{Millis, StreamName};
use crate::pipeline::program::Emitted;
use crate::pipeline::settings::TransformSettings;
use crate::pipeline::stage::{Stages, Step};
use crate::snapshot::TailRecord;
use crate::snapshot::sample::{SampleOutput, SampleRow, SampleStep, SampleView};
use crate::world::World;
use crate::world::page::page;

/// Records of a sample.
const RECORDS: usize = 20;
/// For so long a sample stays as it is, to be read, milliseconds.
const STAYS_MS: u64 = 5_000;

pub(super) fn sample(world: &World, settings: &TransformSettings) -> SampleView {
    let taken = Millis(world.now.0 / STAYS_MS * STAYS_MS);
    let records = newest(world, settings, taken);
    let outputs: Vec<StreamName> = settings.outputs().cloned().collect();
    let mut stages = Stages::new(settings.stages.clone(), outputs.clone());
    let newest = &records[records.len().saturating_sub(RECORDS)..];
    let nanos = || world.outside.nanos();
    let mut times: Vec<Vec<u64>> = vec![Vec::new(); settings.stages.len()];
    let row = |(key, data): &Keyed| {
        let traced = stages.trace(key, data, &nanos);
        for (all, (_, took)) in times.iter_mut().zip(&traced) {
            all.extend(took);
        }
        SampleRow {
            key: key.clone(),
            before: text(data),
            steps: traced.into_iter().map(|(made, _)| step(made, &outputs)).collect(),
        }
    };
    let rows = newest.iter().map(row).collect();
    let stages = settings.stages.iter().map(stage_words).collect();
    SampleView {
        stages,
        rows,
        taken,
        stage_ns: times.iter_mut().map(|times| median(times)).collect(),
    }
}

/// A key and the data with it.
type Keyed = (String, Vec<u8>);

/// The newest records that would go through the stages, as they come to the first of them.
fn newest(world: &World, settings: &TransformSettings, taken: Millis) -> Vec<Keyed> {
    let in_place = world.parts.in_place.get(&settings.from);
    if let Some(part) = in_place.filter(|_| settings.is_in_place()) {
        return part.recent().cloned().collect();
    }
    let browse = Browse { place: Place::Until(taken), ..Browse::newest(settings.from.clone()) };
    let records = page(world, &browse, &Terms::default()).records.into_iter();
    let apart = |record: TailRecord| match record.aggregated {
        Some(inside) if settings.deaggregates() => inside.shown,
        Some(_) | None => vec![(record.partition_key, record.data)],
    };
    records.flat_map(apart).collect()
}

fn median(times: &mut [u64]) -> Option<u64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn step(step: Step, outputs: &[StreamName]) -> SampleStep {
    match step {
        Step::Made(emitted) => {
            let made = |one: Emitted| SampleOutput {
                to: (one.output > 0).then(|| outputs[one.output].clone()),
                data: text(&one.data),
                key: one.key,
            };
            SampleStep::Made(emitted.into_iter().map(made).collect())
        }
        Step::Kept { key, data } => SampleStep::Kept { key, data: text(&data) },
        Step::Unknown => SampleStep::Unknown,
        Step::Dropped => SampleStep::Dropped,
        Step::Failed(why) => SampleStep::Failed(why),
    }
}
