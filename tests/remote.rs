//! The console's way to an endpoint elsewhere, against `watershed serve` in a process of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use watershed::command::{Browse, Command, Place as At, Terms, WorldCommand};
use watershed::model::{ShardState, StreamName, StreamStatus};
use watershed::remote::{Far, Place, Watching, Who};
use watershed::server::Listener;
use watershed::session::builtin;
use watershed::snapshot::heat::Metric;
use watershed::snapshot::{Sight, Snapshot};
use watershed::world::{
    HeatWatch, LOOK_TARGET, Port, RecordsWatch, RunError, Watch, read_picture, write_picture,
};

use crate::clients::Served;
use crate::console::Console;

/// A watched endpoint, and a bell for each picture.
pub(crate) struct Watched {
    pub(crate) far: Far,
    bell: Receiver<()>,
}

impl Watched {
    pub(crate) fn of(url: &str) -> Self {
        Self::measured(url, None)
    }

    /// With CloudWatch at another endpoint, as the environment names it.
    pub(crate) fn measured(url: &str, cloudwatch: Option<String>) -> Self {
        let place = Place::parse(url).expect("it is an endpoint");
        let named =
            move |name: &str| cloudwatch.clone().filter(|_| name == "AWS_ENDPOINT_URL_CLOUDWATCH");
        let who = Arc::new(Who::new(None, None, Box::new(named)));
        let cloudwatch = who.cloudwatch(&place).expect("it is an endpoint");
        let watching = Watching { calls_per_s: 200, only: None, cloudwatch };
        let far = Far::start(&place, &who, watching);
        let (ring, bell) = channel();
        // Nobody listens any more when the test is over.
        far.on_picture(Box::new(move || ring.send(()).unwrap_or_default()));
        Self { far, bell }
    }

    /// The first picture that shows it.
    pub(crate) fn shows(
        &self,
        what: &str,
        mut holds: impl FnMut(&Snapshot) -> bool,
    ) -> Arc<Snapshot> {
        for _ in 0..600 {
            let picture = self.far.snapshot();
            if holds(&picture) {
                return picture;
            }
            // Answers ring too.
            while Arc::ptr_eq(&picture, &self.far.snapshot()) {
                self.bell.recv_timeout(Duration::from_secs(10)).expect("a picture comes");
            }
        }
        panic!("{what} is not shown: {:?}", self.far.snapshot());
    }

    pub(crate) fn run(&self, line: &str) -> Result<String, RunError> {
        let Ok(Command::World(command)) = line.parse() else { panic!("{line} is no command") };
        let command: WorldCommand = command;
        self.far.run(&command).map(|outcome| outcome.said)
    }
}

/// Has the stream so many open shards, and is nothing of it being changed?
pub(crate) fn has(picture: &Snapshot, open: usize) -> bool {
    picture
        .stream("orders")
        .is_some_and(|stream| stream.status == StreamStatus::Active && stream.open_shards() == open)
}

#[test]
fn streams_elsewhere_are_watched_and_changed() {
    let served = Served::start(&[]);
    let watched = Watched::of(&served.url);
    let stream = StreamName::new("orders").expect("it is a name");
    watched.run("create orders --shards 2").expect("it is new");
    watched.shows("the stream", |picture| has(picture, 2));
    let records = Some(RecordsWatch { browse: Browse::newest(stream), terms: Terms::default() });
    watched.far.watch(Watch { records, ..Watch::default() });
    // A reader that begins at the tip sees what comes after its first call.
    let mut puts = 0;
    watched.shows("a record", |picture| {
        puts += 1;
        watched.run(&format!("put orders key-{puts} hello")).expect("there is room");
        picture.tail.records.iter().any(|record| record.data == b"hello")
    });
    watched.shows("what came", |picture| picture.totals().in_records > 0.0);
    watched.run("split orders 0").expect("it is open");
    let picture = watched.shows("the split", |picture| has(picture, 3));
    let orders = picture.stream("orders").expect("it is there");
    assert_eq!(orders.shards[0].state, ShardState::Closed);
    assert_eq!(orders.shards[2].lineage.parent, Some(orders.shards[0].id));
    assert!(picture.events.iter().any(|event| event.kind.to_string().contains("split")));
    watched.run("merge orders 2 3").expect("they are neighbors");
    watched.shows("the merge", |picture| has(picture, 2));
    watched.run("scale orders 4").expect("it is the double");
    watched.shows("the scaling", |picture| has(picture, 4));
    let refused = watched.run("split orders 0").expect_err("it is closed");
    assert!(refused.to_string().contains("InvalidArgumentException"), "{refused}");
    let refused = watched.run("clock pause").expect_err("it is no world");
    assert!(refused.to_string().contains("`clock pause`"), "{refused}");
    watched.run("delete orders").expect("it is there");
    watched.shows("that it is gone", |picture| picture.streams.is_empty());
}

#[test]
fn an_endpoint_that_goes_away_is_told_and_found_again() {
    let any = "127.0.0.1:0".parse().expect("it is an address");
    let free = Listener::bind(any).expect("a port is free");
    let address = free.address().expect("it has one").to_string();
    drop(free);
    let watched = Watched::of(&format!("http://{address}"));
    let trouble = |picture: &Snapshot| {
        picture.far.as_ref().and_then(|far| far.trouble.clone()).unwrap_or_default()
    };
    watched.shows("that nobody is there", |picture| trouble(picture).contains("does not answer"));
    let refused = watched.run("create orders --shards 1").expect_err("nobody is there");
    assert!(refused.to_string().contains(&address), "{refused}");
    let served = Served::at(&address, &[]);
    watched.shows("that somebody is there", |picture| trouble(picture).is_empty());
    watched.run("create orders --shards 1").expect("it is new");
    watched.shows("the stream", |picture| has(picture, 1));
    drop(served);
    let picture = watched.shows("that it is gone", |picture| !trouble(picture).is_empty());
    assert!(has(&picture, 1), "what was seen last stays");
}

/// An endpoint that takes connections and answers nobody.
fn silent() -> (Listener, String) {
    let any = "127.0.0.1:0".parse().expect("it is an address");
    let listener = Listener::bind(any).expect("a port is free");
    let url = format!("http://{}", listener.address().expect("it has one"));
    (listener, url)
}

#[test]
fn who_asks_an_endpoint_that_hangs_does_not_wait_for_it() {
    let (_listener, url) = silent();
    let watched = Watched::of(&url);
    let ask = |line: &str| {
        let Ok(Command::World(command)) = line.parse() else { panic!("{line} is no command") };
        watched.far.ask(&command)
    };
    assert_eq!(ask("create orders --shards 1"), None, "it is answered later, if ever");
    assert_eq!(ask("delete orders"), None, "it waits for its turn");
    assert_eq!(watched.far.answer(), None);
    let refused = ask("split orders 0").and_then(Result::err).map(|why| why.to_string());
    assert_eq!(refused.as_deref(), Some("there is no stream `orders`"), "nobody is asked");
    watched.far.give_up();
    assert_eq!(watched.far.answer(), None, "nothing is answered any more");
    let told = watched.run("create orders --shards 1").expect_err("nobody answers").to_string();
    assert_eq!(told, format!("`{url}` does not answer: nothing came for 5 s"));
}

#[test]
fn answers_come_in_the_order_of_asking() {
    let served = Served::start(&[]);
    let watched = Watched::of(&served.url);
    for line in ["create orders --shards 1", "create orders --shards 1", "create clicks --shards 2"]
    {
        let Ok(Command::World(command)) = line.parse() else { panic!("{line} is no command") };
        assert_eq!(watched.far.ask(&command), None, "{line}");
    }
    let mut answers = Vec::new();
    watched.shows("the answers", |_| {
        answers.extend(std::iter::from_fn(|| watched.far.answer()));
        answers.len() == 3
    });
    let told = answers.into_iter().map(|answer| answer.map(|done| done.said));
    let told: Vec<String> = told.map(|told| told.unwrap_or_else(|why| why.to_string())).collect();
    assert!(told[0].starts_with("stream orders requested"), "{told:?}");
    assert!(told[1].starts_with("ResourceInUseException"), "{told:?}");
    assert!(told[2].starts_with("stream clicks requested"), "{told:?}");
}

#[test]
fn whoever_serves_a_world_shows_all_of_it_from_afar() {
    let served = Served::start(&["black-friday"]);
    let watched = Watched::of(&served.url);
    let picture = watched.shows("the world", |picture| {
        picture.producers.iter().any(|producer| producer.accepted_per_s > 0.0)
    });
    assert_eq!(picture.far.as_ref().map(|far| far.sight), Some(Sight::Whole));
    assert!(!picture.mappings.is_empty() && !picture.functions.is_empty(), "{picture:?}");
    let stream = picture.streams[0].name.clone();
    let heat = HeatWatch { stream: stream.clone(), metric: Metric::Write, span_s: 60 };
    let browse = Browse { place: At::Oldest, ..Browse::newest(stream) };
    let records = Some(RecordsWatch { browse, terms: Terms::parse("!nothing-has-this") });
    let heat = Some(heat);
    watched.far.watch(Watch { records, machine: true, heat, ..Watch::default() });
    watched.shows("what was asked for", |picture| {
        picture.heat.is_some() && picture.machine.is_some() && !picture.tail.records.is_empty()
    });
    let told = watched.run("calls 7").expect("it may be said");
    assert_eq!(told, "7 calls a second at most");
    watched.shows("the new budget", |picture| {
        picture.far.as_ref().is_some_and(|far| far.calls_per_s_max == 7)
    });
}

#[test]
fn every_picture_is_read_as_it_is_written() {
    for (name, _) in builtin() {
        let picture = Console::on(name, 20).snapshot();
        let again =
            read_picture(&write_picture(&picture)).unwrap_or_else(|why| panic!("{name}: {why}"));
        // The last digit of a number may be another.
        assert_eq!(format!("{again:.6?}"), format!("{picture:.6?}"), "{name}");
    }
}

#[test]
fn a_picture_is_refused_without_a_signature() {
    let served = Served::start(&[]);
    let (host, port) = served.url.trim_start_matches("http://").split_once(':').expect("a port");
    let target = format!("x-amz-target: {LOOK_TARGET}");
    let curl = |more: &[&str]| -> String {
        let url = format!("http://{host}:{port}/");
        let mut command = std::process::Command::new("curl");
        command.args(["-s", "-H", &target, "-H", "content-type: application/x-amz-json-1.1"]);
        let output = command.args(more).arg(url).output();
        output
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default()
    };
    let told = curl(&["-d", "{}"]);
    if told.is_empty() {
        return eprintln!("curl is missing, so nothing is tested");
    }
    assert!(told.contains("MissingAuthenticationTokenException"), "{told}");
}

#[test]
fn a_wrong_signature_is_told_and_asked_again() {
    let file = std::env::temp_dir().join(format!("watershed-keys-{}", std::process::id()));
    std::fs::write(&file, "[a]\naws_access_key_id = A\naws_secret_access_key = s\n")
        .expect("a file");
    let path = file.display().to_string();
    let served = Served::start(&["--auth", "verify", "--credentials", &path]);
    let watched = Watched::of(&served.url);
    let picture = watched.shows("who is unknown", |picture| {
        picture.far.as_ref().is_some_and(|far| far.trouble.is_some())
    });
    let trouble = picture.far.as_ref().and_then(|far| far.trouble.as_deref()).unwrap_or_default();
    assert!(trouble.contains("UnrecognizedClientException"), "{trouble}");
    std::fs::remove_file(file).expect("it is there");
}
