//! Scaling policies at work: once a second each is asked how many shards its stream should have, and
//! acts when its cool-down is over. Its acts are events.

use std::collections::BTreeMap;

use crate::command::{Outcome, WorldCommand};
use crate::model::{Event, EventKind, Millis, StreamMode, StreamName, StreamStatus, many};
use crate::pipeline::settings::ScalingPolicy;
use crate::world::meters::Meters;
use crate::world::{RunError, World};

/// Seconds over which a load is the mean.
const MEAN_S: usize = 10;

/// A policy and what it remembers.
pub(super) struct Running {
    pub(super) policy: ScalingPolicy,
    /// The highest load so far, in shards.
    peak: f64,
    /// When it may act again.
    acts_from: Millis,
}

/// The policies of a world, by stream.
#[derive(Default)]
pub(super) struct Policies {
    map: BTreeMap<StreamName, Running>,
}

impl Policies {
    /// The policy of a stream, if it has one.
    pub(super) fn of(&self, stream: &StreamName) -> Option<&ScalingPolicy> {
        self.map.get(stream).map(|running| &running.policy)
    }
}

impl World {
    /// Gives a stream a policy, or takes it away.
    pub(super) fn set_policy(
        &mut self,
        stream: &StreamName,
        policy: Option<&ScalingPolicy>,
    ) -> Result<Outcome, RunError> {
        let Some(found) = self.engine.stream(stream) else {
            return Err(RunError::Unknown { what: "stream", name: stream.to_string() });
        };
        if policy.is_some() && found.settings().mode == StreamMode::OnDemand {
            return Err(RunError::Unfit(format!(
                "`policy` is for provisioned streams: the service scales {stream}, which is on-demand; \
                 `mode {stream} provisioned` first"
            )));
        }
        let before = self.policies.of(stream).copied();
        let said = match policy {
            Some(policy) => {
                policy.check().map_err(|error| RunError::Unfit(error.to_string()))?;
                let running = Running { policy: *policy, peak: 0.0, acts_from: self.now };
                self.policies.map.insert(stream.clone(), running);
                format!("{} scales {stream} from now on", policy.words())
            }
            None => {
                self.policies.map.remove(stream);
                format!("nobody scales {stream} any more")
            }
        };
        let what =
            policy.map_or("no policy".to_owned(), |policy| format!("policy: {}", policy.words()));
        self.say_of(stream, what);
        let undo = WorldCommand::Policy { stream: stream.clone(), policy: before };
        Ok(Outcome { said, undo: Some(undo) })
    }

    /// A second is over: whoever may act does.
    pub(super) fn advance_policies(&mut self) {
        let Self { policies, engine, .. } = self;
        policies.map.retain(|stream, _| engine.stream(stream).is_some());
        let names: Vec<StreamName> = self.policies.map.keys().cloned().collect();
        for name in names {
            if let Some((open, wanted, load)) = self.decide(&name) {
                self.act(&name, open, wanted, load);
            }
        }
    }

    /// Open shards, wanted shards and the load, when there is something to do.
    fn decide(&mut self, name: &StreamName) -> Option<(u32, u32, f64)> {
        let stream = self.engine.stream(name)?;
        // It has become on-demand since: the service scales it.
        if stream.settings().mode == StreamMode::OnDemand {
            return None;
        }
        let limits = stream.settings().limits;
        let meter = self.meters.streams.get(name)?;
        let open = u32::try_from(meter.open).ok()?;
        let load = load(&self.meters, name, &limits)?;
        let running = self.policies.map.get_mut(name)?;
        running.peak = running.peak.max(load);
        let wanted = running.policy.wanted(open, load, running.peak);
        let may = stream.status() == StreamStatus::Active && self.now >= running.acts_from;
        (may && open > 0 && wanted != open).then_some((open, wanted, load))
    }

    fn act(&mut self, name: &StreamName, open: u32, wanted: u32, load: f64) {
        let done = self.apply(&WorldCommand::Scale { stream: name.clone(), shards: wanted });
        let Some(running) = self.policies.map.get_mut(name) else { return };
        running.acts_from = self.now.plus(u64::from(running.policy.cooldown_s()) * 1_000);
        let words = running.policy.words();
        let used = load / f64::from(open) * 100.0;
        let why = done.err().map(|why| format!(", refused: {why}")).unwrap_or_default();
        self.say_of(
            name,
            format!("{words}: {used:.0}% used, {open} to {}{why}", many(wanted, "shard")),
        );
    }

    fn say_of(&mut self, stream: &StreamName, what: String) {
        let kind = EventKind::StreamChanged { stream: stream.clone(), what };
        self.chronicle.push(Event { at: self.now, kind });
    }
}

/// What is offered to a stream, in shards: refused records are load as well. `None` without limits.
fn load(meters: &Meters, name: &StreamName, limits: &crate::model::ShardLimits) -> Option<f64> {
    let meter = &meters.streams.get(name)?.whole;
    let mean = |counter: &crate::meter::Counter| counter.series().mean(MEAN_S);
    let rates = crate::snapshot::Rates {
        in_records: mean(&meter.in_records),
        in_bytes: mean(&meter.in_bytes),
        write_throttled: mean(&meter.write_throttled),
        write_retried: mean(&meter.write_throttled) * (1.0 - meters.fresh_share(name)),
        ..crate::snapshot::Rates::default()
    };
    rates.offered().write_utilization(limits, 1)
}
