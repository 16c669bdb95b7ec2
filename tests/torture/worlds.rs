//! Whole worlds in virtual time over a disk with faults: a producer, a mapping to an archive (which
//! polls or is pushed to), a transform into another stream, a reader, shards that an operator or the service (on-demand)
//! changes, functions that fail, disks that fail, fill up, crash and lose power.
//!
//! Each virtual hour and after each crash: what was acknowledged is there, in order, once; ranges
//! tile; what a checkpoint says is done was archived, in order for each key; no checkpoint went
//! back but by a power cut; copies are of lines that were written. At the end, without faults,
//! everything reaches the archive and the copies.

pub(crate) mod audit;
mod doors;

use std::path::PathBuf;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use watershed::api::{CreateStream, PutRecords};
use watershed::command::WorldCommand;
use watershed::engine::{Engine, EngineOptions};
use watershed::log::{Fault, LogOptions, MemStorage, Storage};
use watershed::model::{
    ConsumerName, EntryBatch, JournalPosition, Level, Millis, PartName, Quotas, ShardLimits,
    StreamMode, StreamName,
};
use watershed::pipeline::settings::{
    Condition, FileSettings, FunctionKind, FunctionSettings, KeyRule, LineFormat, MappingSettings,
    Pace, ProducerSettings, ReaderSettings, SourceSettings, Stage, StartingPosition,
    TransformSettings,
};
use watershed::sim::EPOCH;
use watershed::world::{World, WorldOptions};

use crate::books::Crash;
use crate::course::Course;
use audit::Audit;
use doors::{Beyond, COPIED, line_of};

/// Virtual hours of one world.
const HOURS: u64 = 12;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// How long records stay, until somebody says otherwise.
const RETENTION_MS: u64 = 3 * HOUR_MS;
/// Without faults and lines for so long, everything must have reached the archive.
const CALM_MS: u64 = 20 * MINUTE_MS;

const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 500,
    update_delay_ms: 500,
    delete_delay_ms: 500,
    quotas: Quotas::OFF,
};
/// A virtual hour of lines goes through every path of the log.
const SIZES: LogOptions = LogOptions {
    segment_bytes: 40_000,
    segments_max: 1,
    chunk_file_bytes: 60_000,
    tail_bytes: 10_000,
    tails_bytes: 60_000,
    cache_bytes: 60_000,
    manifest_every_ms: 5_000,
};

fn stream() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

/// Where the transform puts what it makes of each line.
fn copies() -> StreamName {
    StreamName::new("copies").expect("it is a name")
}

/// The registered consumer that the mapping is pushed to as, if it does not poll.
fn consumer() -> ConsumerName {
    ConsumerName::new("archiving").expect("it is a name")
}

fn part(name: &str) -> PartName {
    PartName::new(name).expect("it is a name")
}

/// A world, its disk, and whoever drives and breaks them.
struct Play {
    disk: MemStorage,
    world: World,
    beyond: Beyond,
    audit: Audit,
    chance: Pcg64Mcg,
    level: Level,
    seed: u64,
    /// What a client put, and waits for.
    waiting: Vec<(JournalPosition, u64, Millis)>,
    next_sync: Millis,
    next_fault: Millis,
    full_until: Option<Millis>,
    /// Did a failed sync lose bytes that could be read?
    dropped: bool,
    faults: u64,
    acknowledged: u64,
    within_promise: u64,
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let mut play = Play::begin(seed)?;
        let mut played = Ok(());
        for _ in 0..HOURS.min(course.cycles_left().max(1)) {
            played = play.hour();
            if played.is_err() || course.is_enough() {
                break;
            }
            course.cycle();
        }
        let played = played.and_then(|()| play.calm_down());
        course.tally.operations += play.beyond.ledger().next;
        course.tally.faults += play.faults;
        course.tally.acknowledged += play.acknowledged;
        course.tally.within_promise += play.within_promise;
        played.map_err(|why| format!("{why} (at {}, level {:?})", play.world.now(), play.level))?;
    }
    Ok(())
}

fn open(disk: &MemStorage, now: Millis, seed: u64, beyond: &Beyond) -> Result<World, String> {
    let opened = Engine::open_with(now, Box::new(disk.clone()), OPTIONS, SIZES);
    let (engine, recovery) = opened.map_err(|why| format!("the folder does not open: {why}"))?;
    let options = WorldOptions {
        seed,
        engine,
        outside: Box::new(beyond.clone()),
        title: "torture".to_owned(),
    };
    Ok(World::new(now.max(recovery.last_arrival), options))
}

/// What stands around the stream in every world.
fn parts(chance: &mut Pcg64Mcg) -> Vec<WorldCommand> {
    let file = FileSettings {
        path: PathBuf::from("lines"),
        pace: Pace::Rate(chance.random_range(1..30) as f64 / 10.0),
        key: KeyRule::Column(0),
    };
    vec![
        WorldCommand::Function(Box::new(FunctionSettings {
            base_ms: chance.random_range(1..400) as f64,
            spread: 0.5,
            per_record_us: 50.0,
            error_rate: [0.0, 0.1, 0.4][chance.random_range(0..3)],
            cold_start_ms: 200.0,
            ..FunctionSettings::new(
                part("archive"),
                FunctionKind::Archive { path: PathBuf::from("archive") },
            )
        })),
        WorldCommand::Attach(Box::new(MappingSettings {
            batch_size: chance.random_range(1..200),
            window_ms: [0, 0, 5_000][chance.random_range(0..3)],
            parallelization_factor: [1, 1, 4][chance.random_range(0..3)],
            consumer: chance.random_bool(0.4).then(consumer),
            ..MappingSettings::new(part("archiving"), stream(), part("archive"))
        })),
        WorldCommand::Transform(Box::new(TransformSettings {
            stages: vec![
                Stage::Parse(LineFormat::Csv(vec!["line".to_owned()])),
                Stage::Keep(Condition::Contains("/line".to_owned(), format!("{COPIED} "))),
            ],
            ..TransformSettings::new(part("copying"), stream(), copies())
        })),
        WorldCommand::Read(Box::new(ReaderSettings {
            name: part("reader"),
            stream: stream(),
            interval_ms: 20_000,
            limit: 1_000,
            start: StartingPosition::TrimHorizon,
            consumer: None,
        })),
        WorldCommand::Produce(Box::new(ProducerSettings {
            name: part("lines"),
            stream: stream(),
            source: SourceSettings::File(file),
            paused: false,
            retries: 10,
            aggregate: None,
        })),
    ]
}

impl Play {
    fn begin(seed: u64) -> Result<Self, String> {
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let (disk, beyond) = (MemStorage::restless(seed), Beyond::default());
        let level = if chance.random_bool(0.5) { Level::Process } else { Level::Power };
        let mut world = open(&disk, EPOCH, seed, &beyond)?;
        for name in [stream(), copies()] {
            let create = CreateStream {
                retention_ms: RETENTION_MS,
                limits: ShardLimits::OFF,
                ..CreateStream::provisioned(name, chance.random_range(1..4), level)
            };
            let create = WorldCommand::Create(Box::new(create));
            world.run(EPOCH, &create).map_err(|why| why.to_string())?;
        }
        world.advance(EPOCH.plus(1_000));
        let mut play = Self {
            disk,
            next_fault: world.now().plus(MINUTE_MS),
            next_sync: world.now(),
            world,
            beyond,
            audit: Audit::new(RETENTION_MS),
            chance,
            level,
            seed,
            waiting: Vec::new(),
            full_until: None,
            dropped: false,
            faults: 0,
            acknowledged: 0,
            within_promise: 0,
        };
        play.attach()?;
        Ok(play)
    }

    fn attach(&mut self) -> Result<(), String> {
        for command in parts(&mut self.chance) {
            let now = self.world.now();
            self.world.run(now, &command).map_err(|why| format!("{command:?}: {why}"))?;
        }
        Ok(())
    }

    /// A virtual hour with faults, then a look at everything.
    fn hour(&mut self) -> Result<(), String> {
        let end = self.world.now().plus(HOUR_MS);
        while self.world.now() < end {
            self.step(end);
            if self.world.now() >= self.next_fault {
                self.next_fault =
                    self.world.now().plus(self.chance.random_range(1..15) * MINUTE_MS);
                self.disturb()?;
            }
            if self.disk.has_crashed() || self.world.poisoned().is_some() {
                let crash = self.how_it_ended();
                self.go_on_after(crash)?;
            }
        }
        self.audit.look(&self.disk, self.world.now(), &self.beyond, Crash::Kill)?;
        Ok(())
    }

    fn how_it_ended(&mut self) -> Crash {
        match self.disk.has_crashed() && !self.dropped && self.chance.random_bool(0.5) {
            true => Crash::PowerCut,
            false => Crash::Kill,
        }
    }

    /// One moment of the world, and what its driver does then.
    fn step(&mut self, end: Millis) {
        let due = self.world.next_deadline().min(self.next_sync).min(end);
        let now = due.max(self.world.now());
        self.world.advance(now);
        if now < self.next_sync && !self.world.waits_for_disk() {
            return;
        }
        self.next_sync = now.plus(self.chance.random_range(200..4_000));
        for unsynced in self.world.unsynced().collect::<Vec<_>>() {
            match self.disk.sync(&unsynced.file) {
                Ok(()) => {
                    self.world.on_synced(now, &unsynced);
                    if unsynced.holds_acknowledged() {
                        self.audit.acknowledged.iter_mut().for_each(|(_, _, safe)| *safe = true);
                    }
                }
                Err(why) => self.world.on_sync_failed(now, &unsynced, &why.to_string()),
            }
        }
        self.hear();
    }

    /// What a client waited for counts when the disk has it.
    fn hear(&mut self) {
        let durable = self.world.durable();
        let (done, waiting) = self.waiting.drain(..).partition(|(until, ..)| *until <= durable);
        self.waiting = waiting;
        let done: Vec<(JournalPosition, u64, Millis)> = done;
        self.acknowledged += done.len() as u64;
        self.audit.acknowledged.extend(done.iter().map(|(_, number, at)| (*number, *at, true)));
    }

    /// Something happens to the world.
    fn disturb(&mut self) -> Result<(), String> {
        let now = self.world.now();
        if self.full_until.take_if(|until| *until <= now).is_some() {
            self.disk.set_room(None);
        }
        self.faults += 1;
        match self.chance.random_range(0..11) {
            10 => {
                // The service gives an on-demand stream four shards; an operator may not merge them.
                let modes = [StreamMode::OnDemand, StreamMode::Provisioned];
                let mode = modes[self.chance.random_range(0..2)];
                // It is refused while another change goes on.
                let _ = self.world.run(now, &WorldCommand::Mode { stream: stream(), mode });
            }
            0..3 => {
                // What does not fit the stream as it is is refused.
                let shards = self.chance.random_range(1..9);
                let _ = self.world.run(now, &WorldCommand::Scale { stream: stream(), shards });
            }
            3..5 => self.put()?,
            5 => {
                let faults =
                    [Fault::Refused, Fault::Short, Fault::Full, Fault::Late, Fault::Dropped];
                let fault = faults[self.chance.random_range(0..faults.len())];
                self.dropped |= fault == Fault::Dropped;
                self.disk.fail_call_by(self.chance.random_range(0..60), fault);
            }
            6 => self.disk.fail_read(self.chance.random_range(0..30)),
            7 => {
                self.disk.set_room(Some(self.chance.random_range(0..30_000)));
                self.full_until = Some(now.plus(2 * MINUTE_MS));
            }
            8 => self.disk.crash_at(self.chance.random_range(0..80)),
            _ => {
                let hours = self.chance.random_range(2..5);
                let retention = WorldCommand::Retention { stream: stream(), hours };
                if self.world.run(now, &retention).is_ok() {
                    self.audit.retain(now, u64::from(hours) * HOUR_MS);
                }
            }
        }
        Ok(())
    }

    /// A client of its own puts a few records.
    fn put(&mut self) -> Result<(), String> {
        let now = self.world.now();
        for _ in 0..self.chance.random_range(1..6) {
            let number = self.beyond.next_number();
            let line = line_of(number);
            let mut entries = EntryBatch::new();
            entries.push(line.split(' ').next().expect("it has a key"), line.as_bytes());
            let put = PutRecords { stream: stream(), entries };
            let Ok(answer) = self.world.put_records(now, &put) else { continue };
            match (answer.failed, answer.waits_for) {
                (0, Some(until)) => self.waiting.push((until, number, now)),
                (0, None) if self.level == Level::Power => {
                    return Err(format!("record {number} does not wait for the disk"));
                }
                (0, None) => {
                    self.acknowledged += 1;
                    self.audit.acknowledged.push((number, now, false));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Another process goes on with what it finds.
    fn go_on_after(&mut self, crash: Crash) -> Result<(), String> {
        self.faults += 1;
        let disk = match crash {
            Crash::Kill => self.disk.copy(),
            Crash::PowerCut => self.disk.after_power_cut(self.chance.random()),
        };
        // Bytes that a failed sync dropped are gone, as after a power cut.
        let judged = if self.dropped { Crash::PowerCut } else { crash };
        let now = self.world.now();
        self.within_promise += self.audit.look(&disk, now, &self.beyond, judged)?;
        disk.set_restless(self.chance.random());
        self.beyond.ledger().row.clear();
        self.waiting.clear();
        (self.dropped, self.full_until) = (false, None);
        self.world = open(&disk, now, self.seed, &self.beyond)?;
        self.disk = disk;
        self.attach()
    }

    /// No faults and no lines any more: everything reaches the archive.
    fn calm_down(&mut self) -> Result<(), String> {
        self.go_on_after(Crash::Kill)?;
        let now = self.world.now();
        let pause = WorldCommand::Pause(part("lines"));
        self.world.run(now, &pause).map_err(|why| why.to_string())?;
        let end = now.plus(CALM_MS);
        while self.world.now() < end {
            self.step(end);
        }
        self.audit.check_all_done(&self.disk, end, &self.beyond)
    }
}
