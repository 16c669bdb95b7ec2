//! A session taken from streams as they were seen: it has their shards and a load like theirs.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use watershed::model::Action;
use watershed::pipeline::settings::{Keys, SourceSettings, SyntheticSettings};
use watershed::remote::{Client, Place, Who};
use watershed::session::Session;
use watershed::snapshot::Snapshot;
use watershed::world::taken;

use crate::clients::Served;
use crate::console::Console;

/// The load that a session makes on its only stream.
fn load(session: &Session) -> &SyntheticSettings {
    match &session.producers[..] {
        [producer] => match &producer.source {
            SourceSettings::Synthetic(load) => load,
            other => panic!("{other:?}"),
        },
        others => panic!("{others:?}"),
    }
}

/// Shares of what open shards were offered, in order of their ranges.
fn shares(snapshot: &Snapshot) -> Vec<f64> {
    let shards = snapshot.streams[0].open_by_range().into_iter();
    let loads: Vec<f64> = shards.map(|shard| shard.rates().offered().in_records).collect();
    loads.iter().map(|load| load / loads.iter().sum::<f64>()).collect()
}

#[test]
fn a_world_that_is_taken_and_set_up_again_has_the_same_shards_and_the_same_load() {
    let mut first = Console::on("hot-shard", 40);
    let before = first.snapshot();
    let split = before.streams[0].open_by_range()[0].id;
    first.line(&format!("split {} {}", before.streams[0].name, split.short())).press("y").wait(60);
    let before = first.snapshot();
    let session = taken(&before);
    let text = session.to_ron();
    let session = Session::parse("taken", &text).expect("what is written is read");
    let again = Console::of(&session, 60).snapshot();
    let ranges = |snapshot: &Snapshot| -> Vec<_> {
        snapshot.streams[0].open_by_range().iter().map(|shard| shard.range).collect()
    };
    assert_eq!(ranges(&again), ranges(&before));
    let offered = |snapshot: &Snapshot| snapshot.totals().offered().in_records;
    let ratio = offered(&again) / offered(&before);
    assert!((0.8..1.25).contains(&ratio), "{} and {}", offered(&again), offered(&before));
    for (then, now) in shares(&before).iter().zip(shares(&again)) {
        assert!((then - now).abs() < 0.08, "{:?} and {:?}", shares(&before), shares(&again));
    }
    let heaviest = |snapshot: &Snapshot| {
        let shards = snapshot.streams[0].open_by_range().into_iter();
        let heavy = shards.filter_map(|shard| Some(shard.mix()?.heavy.first()?.key.clone()));
        heavy.collect::<Vec<_>>()
    };
    assert!(heaviest(&again).contains(&heaviest(&before)[0]), "{:?}", heaviest(&again));
}

/// Puts records until told to stop: every second one with the same key.
fn put(url: &str, stop: &AtomicBool) {
    let who = Arc::new(Who::new(None, None, Box::new(|_| None)));
    let mut client = Client::new(Place::parse(url).expect("it is an endpoint"), who);
    for batch in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let key = |n| if n % 2 == 0 { "hot".to_owned() } else { format!("key-{batch}-{n}") };
        let entry = |n| json!({"PartitionKey": key(n), "Data": "eA=="});
        let entries: Vec<Value> = (0..40).map(entry).collect();
        let body = json!({"StreamName": "orders", "Records": entries});
        client.ask(Action::PutRecords, &body).expect("it takes some of them");
    }
}

#[test]
fn a_session_is_taken_from_an_endpoint_and_run_ahead() {
    let served = Served::start(&[]);
    let watershed = |arguments: &[&str]| -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watershed"));
        let output = command.args(arguments).output().expect("the program runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("it is text")
    };
    let at = ["--endpoint", &served.url];
    watershed(&[&["create", "orders", "--shards", "2"][..], &at].concat());
    watershed(&[&["split", "orders", "0"][..], &at].concat());
    let stop = AtomicBool::new(false);
    let text = std::thread::scope(|scope| {
        scope.spawn(|| put(&served.url, &stop));
        let take = ["describe", "orders", "--session", "--for", "4s"];
        let text = watershed(&[&take[..], &at].concat());
        stop.store(true, Ordering::Relaxed);
        text
    });
    let session = Session::parse("taken", &text).expect("it is a session");
    let stream = &session.streams[0];
    assert_eq!((stream.shards, stream.name.as_str()), (3, "orders"));
    let cuts = stream.cuts.as_ref().expect("its shards are not equal");
    assert_eq!(cuts.iter().map(|cut| cut.hex()).collect::<Vec<_>>(), ["0x4", "0x8"]);
    let load = load(&session);
    assert!(load.rate > 0.0);
    let Keys::Seen(keys) = &load.keys else { panic!("{:?}", load.keys) };
    assert_eq!(keys.heavy[0].key, "hot");
    assert!(keys.heavy[0].weight > 0.05 * load.rate, "{load:?}");
    let file = std::env::temp_dir().join(format!("watershed-taken-{}.ron", std::process::id()));
    std::fs::write(&file, text).expect("a file");
    let path = file.display().to_string();
    let tried =
        ["--load", "x10", "--try", "split orders 2", "--at", "5s", "--for", "30s", "--json"];
    let told = watershed(&[&["what-if", &path][..], &tried].concat());
    std::fs::remove_file(file).expect("it is there");
    let courses: Vec<Value> = serde_json::from_str(&told).expect("it is JSON");
    let titles: Vec<&str> = courses.iter().filter_map(|course| course["course"].as_str()).collect();
    assert_eq!(titles, ["as it is", "load x10", "split orders 2"]);
    let of = |course: &Value, name: &str| course["streams"][0][name].as_f64().expect("a number");
    let offered = |course: &Value| of(course, "taken") + of(course, "refused");
    assert!(offered(&courses[1]) > 5.0 * offered(&courses[0]), "{told}");
    assert_eq!(of(&courses[2], "open_shards"), 4.0);
    let dollars = |course: &Value| course["dollars_per_hour"].as_f64().expect("a number");
    assert!(dollars(&courses[2]) > dollars(&courses[0]), "a shard costs something: {told}");
}
