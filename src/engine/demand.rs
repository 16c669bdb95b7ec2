//! The service at work on on-demand streams: it measures, looks, splits and merges.

use crate::api::CreateStream;
use crate::engine::Engine;
use crate::engine::stream::Stream;
use crate::model::{EventKind, StreamMode, StreamName, StreamStatus};
use crate::rules::demand::Demand;
use crate::rules::topology::Reshard;

impl Engine {
    /// A second is over: streams whose minute is over are measured, and looked at when it is time.
    pub(super) fn watch_demand(&mut self) {
        let now = self.now;
        let due = |stream: &mut Stream| match (stream.settings.mode, &stream.demand) {
            (StreamMode::Provisioned, _) => {
                stream.demand = None;
                None
            }
            (StreamMode::OnDemand, None) => {
                stream.demand = Some(Demand::begin(now, &stream.taken()));
                None
            }
            (StreamMode::OnDemand, Some(demand)) => {
                demand.is_due(now).then(|| stream.settings.stream.clone())
            }
        };
        let due: Vec<StreamName> = self.streams.values_mut().filter_map(due).collect();
        due.iter().for_each(|name| self.watch_stream(name));
    }

    fn watch_stream(&mut self, name: &StreamName) {
        let (now, committed) = (self.now, self.committed());
        let stream = self.stream_mut(name);
        let open = stream.taken();
        let CreateStream { limits, warm_mib_per_s: warm, .. } = stream.settings;
        let Some(demand) = &mut stream.demand else { return };
        demand.measure(now, &limits, &open);
        if stream.status != StreamStatus::Active {
            return;
        }
        let plan = demand.look(now, warm.filter(|_| committed).unwrap_or(0), &open);
        let peak = demand.peak();
        if plan.is_empty() {
            return;
        }
        let after = open.len() + plan.len() - 2 * plan.iter().filter(|step| is_merge(step)).count();
        let what = format!(
            "on-demand, from {} to {after} shards, the peak was {}.{:03} shards' worth",
            open.len(),
            peak / 1_000,
            peak % 1_000
        );
        match self.begin_update(name, plan) {
            Ok(()) => self.event(EventKind::StreamChanged { stream: name.clone(), what }),
            Err(error) => self.upkeep_failed(&error.to_string()),
        }
    }
}

fn is_merge(step: &Reshard) -> bool {
    matches!(step, Reshard::Merge { .. })
}
