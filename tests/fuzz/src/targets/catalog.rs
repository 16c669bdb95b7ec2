//! The content of named state: the catalog of streams, and the checkpoints of mappings.
//!
//! The first byte of an input says which of the two the rest is; checksums are set right.

use watershed::api::{Answer, CreateStream, Operation, PutRecords, SetRetention, SplitShard};
use watershed::engine::{Engine, EngineOptions};
use watershed::log::{MemStorage, Storage};
use watershed::model::{
    EntryBatch, HashKey, Level, Millis, Quotas, ShardId, ShardLimits, StreamName,
};
use watershed::sim::SimOutside;
use watershed::world::{World, WorldOptions};

use super::{Target, choice};

pub(super) const TARGET: Target = Target {
    name: "catalog",
    check,
    seeds,
    words: &[
        "\"version\":1",
        "\"next_log_shard\":",
        "\"streams\":[",
        "\"name\":\"",
        "\"shards\":[",
        "\"log\":",
        "\"start\":\"0\"",
        "\"end\":\"",
        "340282366920938463463374607431768211455",
        "\"closed\":",
        "\"pending\":[",
        "null",
        "\"consumers\":[",
        "\"level\":\"power\"",
        "4294967295",
        "18446744073709551615",
    ],
};

const BEGIN: Millis = Millis(1_700_000_000_000);
const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 0,
    update_delay_ms: 0,
    delete_delay_ms: 0,
    quotas: Quotas::OFF,
};

fn open(disk: &MemStorage, now: Millis) -> Option<Engine> {
    match Engine::open(now, Box::new(disk.clone()), OPTIONS) {
        Ok((engine, _)) => Some(engine),
        Err(why) => {
            assert!(!why.to_string().is_empty());
            None
        }
    }
}

fn name() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

/// Asks; what is refused, is refused.
fn ask(engine: &mut Engine, now: Millis, operation: &Operation) -> Option<Answer> {
    engine.handle(now, operation).ok()
}

/// A folder with a stream of four shards, two of them by a split, and records in it.
fn lived() -> MemStorage {
    let disk = MemStorage::new();
    let mut engine = open(&disk, BEGIN).expect("an empty folder opens");
    let create = CreateStream {
        limits: ShardLimits::OFF,
        ..CreateStream::provisioned(name(), 2, Level::Process)
    };
    ask(&mut engine, BEGIN, &Operation::CreateStream(create));
    engine.advance(BEGIN.plus(10));
    put(&mut engine, BEGIN.plus(10));
    let new_starting_hash_key = HashKey(1 << 100);
    let split = SplitShard { stream: name(), shard: ShardId(0), new_starting_hash_key };
    ask(&mut engine, BEGIN.plus(20), &Operation::SplitShard(split));
    engine.advance(BEGIN.plus(30));
    put(&mut engine, BEGIN.plus(30));
    let checkpoints = br#"[{"mapping":"m","stream":"orders","created_ms":1700000000000,
        "shards":[[0,3],[1,null],[2,1]]}]"#;
    engine.keep_state("checkpoints", checkpoints).expect("there is room");
    let unsynced = engine.unsynced_rest().expect("it is not synced yet");
    disk.clone().sync(&unsynced.file).expect("it syncs");
    engine.on_synced(&unsynced);
    disk
}

fn put(engine: &mut Engine, now: Millis) {
    let mut entries = EntryBatch::new();
    (0..9).for_each(|n| entries.push(&format!("key-{n}"), b"data"));
    let _ = engine.put_records(now, &PutRecords { stream: name(), entries });
}

fn state(name: &str) -> Vec<u8> {
    lived().file(&format!("{name}.blob")).expect("it was kept").split_off(8)
}

fn check(input: &[u8]) {
    let (kind, content) = choice(input);
    let disk = lived();
    let crc = crc32fast::hash(content).to_le_bytes();
    let file = ["catalog.blob", "checkpoints.blob"][usize::from(kind % 2)];
    disk.set_file(file, [b"WSB1", &crc[..], content].concat());
    let now = BEGIN.plus(100);
    let Some(engine) = open(&disk, now) else { return };
    let options = WorldOptions {
        seed: 1,
        engine,
        outside: Box::new(SimOutside::default()),
        title: "fuzz".to_owned(),
    };
    World::new(now, options).advance(now.plus(1_000));
    // A catalog that is taken is written back the same.
    let Some(mut engine) = open(&disk, now) else { panic!("what opened opens again") };
    let names: Vec<StreamName> =
        engine.streams().map(|stream| stream.settings().stream.clone()).collect();
    let mut last = now;
    for stream in names.iter().take(5) {
        let Some(before) = engine.description(stream) else { continue };
        let retention_ms = before.settings.retention_ms;
        if before.created > now || retention_ms == 0 {
            continue;
        }
        let set = SetRetention { stream: stream.clone(), retention_ms };
        ask(&mut engine, last, &Operation::SetRetention(set));
        put(&mut engine, last);
        last = last.plus(1_000);
        engine.advance(last);
        let settled = engine.description(stream);
        let again = open(&disk, last).expect("what it wrote opens again");
        assert_eq!(format!("{:?}", again.description(stream)), format!("{settled:?}"));
    }
}

fn seeds() -> Vec<Vec<u8>> {
    ["catalog", "checkpoints"]
        .iter()
        .zip(0u8..)
        .map(|(name, kind)| [&[kind], state(name).as_slice()].concat())
        .collect()
}
