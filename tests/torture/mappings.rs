//! Event source mappings over streams that are split, merged and scaled, with a function that raises,
//! crashes, dawdles, garbles and names the wrong records, with destinations that refuse, settings
//! that change, concurrency that is taken away, and processes that are killed.
//!
//! While they live: a batch is of one shard, in order; no key is at work twice; records of a key are
//! digested in order, parents before children. After each kill: no checkpoint went back, and below
//! it every record was digested, told to the on-failure destination or dropped by a filter. At the
//! end, in calm, that holds of every record there is.

mod far;

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::json;
use watershed::api::{Answer, GetRecords, GetShardIterator, IteratorType, Operation, PutRecords};
use watershed::command::{Command, WorldCommand};
use watershed::engine::{Engine, EngineOptions};
use watershed::log::MemStorage;
use watershed::model::{EntryBatch, Millis, Quotas, ShardId, StreamName};
use watershed::pipeline::settings::MappingSettings;
use watershed::sim::EPOCH;
use watershed::world::{World, WorldOptions};

use crate::course::Course;
use crate::worlds::audit::{Progress, goes_back, progress_of};
use far::{Far, MOODS, Mood, Told};

const SECOND_MS: u64 = 1_000;
/// How long a life goes on, and in which calm it ends, seconds.
const LIFE_S: u64 = 480;
const CALM_S: u64 = 900;
const KEYS: u64 = 12;
/// What a filter lets pass, once one is there.
const FILTER: &str = r#"{"data":{"kind":["a","b"]}}"#;

const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 500,
    update_delay_ms: 500,
    delete_delay_ms: 500,
    quotas: Quotas::OFF,
};

/// Does the test tell the truth about checkpoints?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Honesty {
    True,
    /// After a kill they are found a little ahead of what was done.
    Ahead,
}

/// Where a record went.
struct Put {
    shard: ShardId,
    index: u64,
    /// May a filter have dropped it?
    droppable: bool,
}

struct Play {
    disk: MemStorage,
    world: World,
    far: Far,
    chance: Pcg64Mcg,
    puts: Vec<Put>,
    progress: Progress,
    filtered: bool,
    faults: u64,
    seed: u64,
    honesty: Honesty,
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let mut play = Play::begin(seed, Honesty::True)?;
        let played = play.live();
        course.tally.operations += play.far.ledger().invocations;
        course.tally.faults += play.faults;
        course.tally.acknowledged += play.puts.len() as u64;
        played.map_err(|why| format!("{why} (at {})", play.world.now()))?;
        course.cycle();
    }
    Ok(())
}

/// What is said of a life in which checkpoints are ahead of what was done.
pub(crate) fn finds_a_checkpoint_ahead(seed: u64) -> Option<String> {
    Play::begin(seed, Honesty::Ahead).and_then(|mut play| play.live()).err()
}

fn stream(name: &str) -> StreamName {
    StreamName::new(name).expect("it is a name")
}

fn open(disk: &MemStorage, now: Millis) -> Result<Engine, String> {
    let opened = Engine::open(now, Box::new(disk.clone()), OPTIONS);
    Ok(opened.map_err(|why| format!("the folder does not open: {why}"))?.0)
}

fn world(disk: &MemStorage, now: Millis, seed: u64, far: &Far) -> Result<World, String> {
    let (engine, outside) = (open(disk, now)?, Box::new(far.clone()));
    Ok(World::new(now, WorldOptions { seed, engine, outside, title: "mappings".to_owned() }))
}

impl Play {
    fn begin(seed: u64, honesty: Honesty) -> Result<Self, String> {
        let (disk, far) = (MemStorage::new(), Far::new(seed, EPOCH));
        let mut play = Self {
            world: world(&disk, EPOCH, seed, &far)?,
            disk,
            far,
            chance: Pcg64Mcg::seed_from_u64(seed),
            puts: Vec::new(),
            progress: Progress::new(),
            filtered: false,
            faults: 0,
            seed,
            honesty,
        };
        let shards = play.chance.random_range(1..4);
        play.must(&format!("create orders --shards {shards} --limits off"))?;
        play.must("create failures --shards 1 --limits off")?;
        play.drive(SECOND_MS);
        play.must("function f http http://far/ --timeout-s 900")?;
        play.must("attach f orders --name m --retries 1 --on-failure stream:failures")?;
        Ok(play)
    }

    fn live(&mut self) -> Result<(), String> {
        let mut next = 0;
        for second in 0..LIFE_S {
            self.put();
            if second >= next {
                next = second + self.chance.random_range(2..15);
                self.faults += 1;
                self.disturb()?;
            }
            self.drive(SECOND_MS);
            self.is_right()?;
        }
        self.calm_down()
    }

    fn is_right(&self) -> Result<(), String> {
        self.far.ledger().wrong.clone().map_or(Ok(()), Err)
    }

    /// So much time passes.
    fn drive(&mut self, ms: u64) {
        let end = self.world.now().plus(ms);
        while self.world.now() < end {
            let outcome = self.far.ledger().next_outcome().unwrap_or(Millis::NEVER);
            let due = self.world.next_deadline().min(outcome).min(end).max(self.world.now());
            self.far.ledger().now = due;
            let ended = self.far.ledger().pop();
            match ended {
                Some(outcome) => self.world.on_invoked(due, outcome),
                None => self.world.advance(due),
            }
        }
    }

    fn must(&mut self, line: &str) -> Result<(), String> {
        match self.ask(line) {
            true => Ok(()),
            false => Err(format!("`{line}` was refused")),
        }
    }

    /// Runs a line; one that does not fit the world as it is is refused.
    fn ask(&mut self, line: &str) -> bool {
        let Ok(Command::World(command)) = line.parse() else { panic!("`{line}` is no command") };
        let now = self.world.now();
        self.world.run(now, &command).is_ok()
    }

    fn put(&mut self) {
        let mut entries = EntryBatch::new();
        let first = self.puts.len() as u64;
        let mut kinds = Vec::new();
        for number in first..first + self.chance.random_range(0..16) {
            kinds.push(["a", "b", "c"][self.chance.random_range(0..3)]);
            let key = format!("key-{}", self.chance.random_range(0..KEYS));
            let data = json!({ "n": number, "kind": kinds.last() }).to_string();
            entries.push(&key, data.as_bytes());
        }
        if kinds.is_empty() {
            return;
        }
        let put = PutRecords { stream: stream("orders"), entries };
        let now = self.world.now();
        let answer = self.world.put_records(now, &put).expect("nothing limits it");
        for (outcome, kind) in answer.outcomes.iter().zip(kinds) {
            let index = outcome.result.expect("nothing limits it").index;
            self.puts.push(Put { shard: outcome.shard, index, droppable: kind == "c" });
        }
    }

    /// Something happens.
    fn disturb(&mut self) -> Result<(), String> {
        let chance = &mut self.chance;
        let (a, b) = (chance.random_range(0..100), chance.random_range(0..100));
        let on_off = ["on", "off"][a % 2];
        let line = match chance.random_range(0..19) {
            0 => format!("tune m --factor {}", 1 + a % 5),
            1 => format!("tune m --batch {} --window-ms {}", 1 + a, [0, 0, 500, 3_000][b % 4]),
            2 => format!("tune m --bisect {on_off} --retries {}", b % 4),
            3 => format!("tune m --partial {on_off}"),
            4 => format!("tune m --tumbling-s {}", [0, 5, 30][a % 3]),
            5 => format!("tune m --age-s {}", [-1, 60, 120][a % 3]),
            6 => format!("tune m --consumer {}", ["own", "none"][a % 2]),
            7 => {
                let to = ["stream:failures", "file:told", "http://far/failures"];
                format!("tune m --on-failure {}", to[a % 3])
            }
            8 => format!("tune m --filter {}", ["none", FILTER][a % 2]),
            9 => ["pause m", "resume m", "resume m"][a % 3].to_owned(),
            10 => format!("concurrency f {}", ["0", "1", "3", "none"][a % 4]),
            11..13 => format!("scale orders {}", 1 + a % 6),
            13 => format!("split orders {}", a % 8),
            14 => ["deregister orders own", "register orders own"][a % 2].to_owned(),
            15..18 => {
                self.far.ledger().mood = MOODS[a % MOODS.len()];
                return Ok(());
            }
            _ => return self.kill(),
        };
        self.ask(&line);
        self.on_settings();
        Ok(())
    }

    fn settings(&self) -> MappingSettings {
        self.world.session().mappings.remove(0)
    }

    /// What the far side has to know of the mapping.
    fn on_settings(&mut self) {
        let settings = self.settings();
        self.filtered |= !settings.filters.is_empty();
        self.far.ledger().partial = settings.report_batch_item_failures;
    }

    /// The process is killed; another one goes on with what it finds.
    fn kill(&mut self) -> Result<(), String> {
        let (settings, now) = (self.settings(), self.world.now());
        let disk = self.disk.copy();
        self.look(&disk)?;
        if self.honesty == Honesty::Ahead {
            lie(&disk, now)?;
        }
        self.far.ledger().begin_anew();
        self.world = world(&disk, now, self.seed, &self.far)?;
        self.disk = disk;
        self.must("function f http http://far/ --timeout-s 900")?;
        let attach = WorldCommand::Attach(Box::new(settings));
        self.world.run(now, &attach).map(drop).map_err(|why| why.to_string())
    }

    /// What a disk tells of checkpoints is true, and not less than before.
    fn look(&mut self, disk: &MemStorage) -> Result<(), String> {
        let engine = open(&disk.copy(), self.world.now())?;
        let progress = progress_of(&engine);
        if let Some(shard) = goes_back(&self.progress, &progress) {
            return Err(format!("the checkpoint of {shard} went back"));
        }
        let below = |put: &Put| match progress.get(&put.shard) {
            Some(Some(next)) => put.index < *next,
            Some(None) => true,
            None => false,
        };
        self.check_settled(engine, &below)?;
        self.progress = progress;
        Ok(())
    }

    /// All of these records were digested, told of, or dropped by a filter.
    fn check_settled(&self, mut engine: Engine, of: &dyn Fn(&Put) -> bool) -> Result<(), String> {
        let mut told = documents(&mut engine, self.world.now())?;
        let ledger = self.far.ledger();
        told.extend(&ledger.told);
        let mut by_told = 0;
        for (number, put) in (0..).zip(&self.puts).filter(|(_, put)| of(put)) {
            if ledger.digested.contains(&number) || (put.droppable && self.filtered) {
                continue;
            }
            by_told += 1;
            let within =
                |told: &Told| told.shard == put.shard && (told.from..=told.to).contains(&put.index);
            if !told.iter().any(within) {
                let Put { shard, index, .. } = put;
                return Err(format!("record {number}, {index} of {shard}, is lost"));
            }
        }
        // A document names the ends of a batch only; what lies between may be of other lanes.
        let records: u64 = told.iter().map(|told| told.records).sum();
        if by_told > records {
            return Err(format!("{by_told} records were given up, {records} were told of"));
        }
        Ok(())
    }

    /// Nothing is in the way any more: every record is settled.
    fn calm_down(&mut self) -> Result<(), String> {
        self.kill()?;
        self.far.ledger().mood = Mood::Good;
        let plain = "tune m --tumbling-s 0 --retries 1 --batch 100 --on-failure file:told";
        for line in ["resume m", "concurrency f none", plain] {
            self.must(line)?;
        }
        // It may be there already.
        self.ask("register orders own");
        self.on_settings();
        self.drive(CALM_S * SECOND_MS);
        self.is_right()?;
        let engine = open(&self.disk.copy(), self.world.now())?;
        self.check_settled(engine, &|_| true)?;
        self.look(&self.disk.copy())
    }
}

/// What the stream of failures tells.
fn documents(engine: &mut Engine, now: Millis) -> Result<BTreeSet<Told>, String> {
    let get = GetShardIterator {
        stream: stream("failures"),
        shard: ShardId(0),
        position: IteratorType::TrimHorizon.into(),
    };
    let mut told = BTreeSet::new();
    let asked = engine.handle(now, &Operation::GetShardIterator(get));
    let Ok(Answer::Iterator(mut iterator)) = asked else { return Err("no iterator".to_owned()) };
    loop {
        let asked =
            engine.handle(now, &Operation::GetRecords(GetRecords { iterator, limit: 1_000 }));
        let Ok(Answer::Records(answer)) = asked else { return Err("no records".to_owned()) };
        for record in answer.records.iter() {
            told.insert(Told::read(record.data)?);
        }
        match answer.next {
            Some(next) if !answer.records.is_empty() => iterator = next,
            Some(_) | None => return Ok(told),
        }
    }
}

/// Checkpoints are a few records ahead of what was done, if there are any yet.
fn lie(disk: &MemStorage, now: Millis) -> Result<(), String> {
    let mut engine = open(disk, now)?;
    let kept = engine.state("checkpoints").map_err(|why| why.to_string())?;
    let mut kept: serde_json::Value =
        serde_json::from_slice(&kept.unwrap_or_default()).unwrap_or_default();
    let first = kept.get_mut(0).and_then(|first| first.get_mut("shards"));
    let Some(shards) = first.and_then(|shards| shards.as_array_mut()) else { return Ok(()) };
    for shard in shards {
        if let Some(next) = shard[1].as_u64() {
            shard[1] = json!(next + 3);
        }
    }
    engine.keep_state("checkpoints", kept.to_string().as_bytes()).map_err(|why| why.to_string())
}
