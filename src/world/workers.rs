//! Consumer applications: attaching them, what happens to their workers, and how they are seen.

use crate::command::WorldCommand;
use crate::meter::ConsumerMeter;
use crate::model::{Millis, PartName, ShardId};
use crate::pipeline::application::{Application, Lease};
use crate::pipeline::mapping::Checkpoint;
use crate::pipeline::settings::ApplicationSettings;
use crate::snapshot::measured::{MEAN_S, spark};
use crate::snapshot::{ApplicationView, LeaseView, WorkerView};
use crate::world::World;
use crate::world::look::AGE_S;
use crate::world::run::{Ran, RunError};

impl World {
    pub(super) fn application(&mut self, settings: &ApplicationSettings) -> Ran {
        settings.check().map_err(|error| RunError::Unfit(error.to_string()))?;
        settings.start.check(self.now).map_err(|error| RunError::Unfit(error.to_string()))?;
        self.free_name(&settings.name)?;
        self.known_stream(&settings.stream)?;
        let checkpoints = self.checkpoints.of(&settings.name, &settings.stream, &self.engine);
        let application = Application::new(settings.clone(), checkpoints, self.seed, self.now);
        let plural = if settings.workers == 1 { "" } else { "s" };
        let what =
            format!("application on {} with {} worker{plural}", settings.stream, settings.workers);
        self.parts.applications.insert(settings.name.clone(), application);
        Ok(self.attached(&settings.name, what))
    }

    fn application_mut(&mut self, name: &PartName) -> Result<&mut Application, RunError> {
        let unknown = || RunError::Unknown { what: "application", name: name.to_string() };
        self.parts.applications.get_mut(name).ok_or_else(unknown)
    }

    pub(super) fn kill_worker(&mut self, name: &PartName, worker: u32) -> Ran {
        let application = self.application_mut(name)?;
        if !application.kill_worker(worker) {
            let alive = application.workers().iter().filter(|(_, worker)| worker.is_alive);
            let alive: Vec<String> = alive.map(|(number, _)| number.to_string()).collect();
            let there = if alive.is_empty() { "none".to_owned() } else { alive.join(", ") };
            let why = format!("no worker {worker} of `{name}` runs: there is {there}");
            return Err(RunError::Unfit(why));
        }
        let undo = WorldCommand::StartWorker { application: name.clone(), worker: Some(worker) };
        Ok(self.changed(name, &format!("worker {worker} killed"), undo))
    }

    pub(super) fn start_worker(&mut self, name: &PartName, worker: Option<u32>) -> Ran {
        let now = self.now;
        let Some(started) = self.application_mut(name)?.start_worker(now, worker) else {
            let number = worker.map_or_else(String::new, |number| number.to_string());
            let why = format!("worker {number} of `{name}` runs already: `worker {name} start`");
            return Err(RunError::Unfit(why));
        };
        let undo = WorldCommand::KillWorker { application: name.clone(), worker: started };
        Ok(self.changed(name, &format!("worker {started} started"), undo))
    }
}

/// An application as viewers see it.
pub(super) fn view(world: &World, part: &Application) -> ApplicationView {
    let ApplicationSettings { name, stream, failover_ms, .. } = part.unchanging();
    let blank = ConsumerMeter::default();
    let meter = world.meters.consumers.get(name).unwrap_or(&blank);
    let lease = |(shard, lease): (&ShardId, &Lease)| {
        let expires_in_ms = lease.renewed.plus(*failover_ms).since(world.now);
        lease_view(part, *shard, lease, expires_in_ms)
    };
    let leases: Vec<LeaseView> = part.leases().iter().map(lease).collect();
    let held = |number: u32| {
        let own = |lease: &&LeaseView| {
            lease.owner == Some(number) && lease.expires_in_ms > 0 && !lease.is_ended
        };
        leases.iter().filter(own).count()
    };
    let workers = part.workers().iter().map(|(number, worker)| WorkerView {
        number: *number,
        is_alive: worker.is_alive,
        leases: held(*number),
        done_records: worker.done_records,
    });
    ApplicationView {
        name: name.clone(),
        stream: stream.clone(),
        workers: workers.collect(),
        behind_ms: part.behind_ms(world.now),
        age_spark: spark(&meter.age_ms, AGE_S),
        age_slope: meter.age_ms.slope(),
        done_per_s: meter.done.series().mean(MEAN_S),
        again_records: part.again_records(),
        tally: *part.tally(),
        leases,
    }
}

fn lease_view(part: &Application, shard: ShardId, lease: &Lease, expires_in_ms: u64) -> LeaseView {
    let next = part.next_of(shard).unwrap_or(0);
    let (checkpoint, ahead) = match lease.checkpoint {
        Some(Checkpoint::At(index)) => (Some(index), next.saturating_sub(index)),
        // All that was read is kept.
        Some(Checkpoint::ShardEnd) => (None, 0),
        None => (None, next),
    };
    LeaseView {
        shard,
        owner: lease.owner,
        expires_in_ms: if lease.renewed == Millis::ZERO { 0 } else { expires_in_ms },
        counter: lease.counter,
        switches: lease.switches,
        checkpoint,
        ahead,
        is_ended: lease.checkpoint == Some(Checkpoint::ShardEnd),
    }
}
