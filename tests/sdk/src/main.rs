//! AWS' own SDK for Rust, as it is, on `watershed serve`:
//!
//! ```sh
//! cargo build && cargo run --manifest-path tests/sdk/Cargo.toml
//! ```
//!
//! It is a package of its own, which `.ci/run` does not build: the SDK takes minutes. The program that it tests
//! is `target/debug/watershed`, or the first argument. Every answer is looked at; what is wrong is a panic.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::error::ProvideErrorMetadata;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{
    ConsumerStatus, PutRecordsRequestEntry, Shard, ShardFilter, ShardFilterType, ShardIteratorType,
    StartingPosition, StreamStatus, SubscribeToShardEventStream,
};
use aws_sdk_kinesis::{Client, Config};

const STREAM: &str = "orders";
/// Records of the batch, as many as one may have.
const BATCH: usize = 500;

/// `watershed serve`, until it is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start() -> Self {
        let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/debug/watershed");
        let program = std::env::args_os().nth(1).map_or_else(|| built.into(), PathBuf::from);
        let mut command = Command::new(&program);
        command.args(["serve", "--memory", "--listen", "127.0.0.1:0", "--log", "off"]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|why| {
            panic!("`{}` does not start: {why}; `cargo build` builds it", program.display())
        });
        let mut url = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut url).expect("it says where it listens");
        Self { child, url: url.trim().to_owned() }
    }

    fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "secret", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        Client::from_conf(config.build())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, which its client has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let served = Served::start();
    let client = served.client();
    create(&client).await;
    let put = put(&client).await;
    get(&client, &put).await;
    split(&client).await;
    subscribe(&client).await;
    refused(&client).await;
    client
        .delete_stream()
        .stream_name(STREAM)
        .enforce_consumer_deletion(true)
        .send()
        .await
        .expect("it is there");
    println!("done: create, put, get, list, split, subscribe, errors, delete");
}

/// Waits until the stream is as it shall be.
async fn active(client: &Client) {
    loop {
        let told = client.describe_stream_summary().stream_name(STREAM).send().await;
        let told = told.expect("it is there").stream_description_summary.expect("it is told");
        if told.stream_status == StreamStatus::Active {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn create(client: &Client) {
    let create = client.create_stream().stream_name(STREAM).shard_count(2);
    create.send().await.expect("the name is free");
    active(client).await;
    let names = client.list_streams().send().await.expect("it is told").stream_names;
    assert_eq!(names, [STREAM]);
}

/// The shards that there are, page after page.
async fn shards(client: &Client) -> Vec<Shard> {
    let mut asked = client.list_shards().stream_name(STREAM).max_results(1);
    let mut all = Vec::new();
    loop {
        let page = asked.send().await.expect("it is told");
        all.extend(page.shards.expect("a list"));
        match page.next_token {
            None => return all,
            Some(token) => asked = client.list_shards().next_token(token).max_results(1),
        }
    }
}

/// What was put: its data by its sequence number, which shard it went to before.
type Put = BTreeMap<(String, String), Vec<u8>>;

/// Puts one record of every byte, and as many at once as may be.
async fn put(client: &Client) -> Put {
    let every: Vec<u8> = (0..=255).collect();
    let one = client.put_record().stream_name(STREAM).partition_key("\u{43a}\u{43b}");
    let told = one.data(Blob::new(every.clone())).send().await.expect("there is room");
    let mut put = Put::from([((told.shard_id, told.sequence_number), every)]);
    let entry = |n: usize| {
        let data = Blob::new(n.to_string());
        let entry = PutRecordsRequestEntry::builder().partition_key(format!("k{n}")).data(data);
        entry.build().expect("nothing is missing")
    };
    let entries: Vec<_> = (0..BATCH).map(entry).collect();
    let many = client.put_records().stream_name(STREAM).set_records(Some(entries));
    let told = many.send().await.expect("there is room");
    assert_eq!((told.failed_record_count, told.records.len()), (Some(0), BATCH));
    for (n, told) in told.records.into_iter().enumerate() {
        let key = (told.shard_id.expect("told"), told.sequence_number.expect("told"));
        put.insert(key, n.to_string().into_bytes());
    }
    put
}

/// Reads all of it back, in order.
async fn get(client: &Client, put: &Put) {
    let mut got = Put::new();
    for shard in shards(client).await {
        let id = shard.shard_id;
        let at = client.get_shard_iterator().stream_name(STREAM).shard_id(&id);
        let at = at.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await;
        let mut iterator = at.expect("it is there").shard_iterator;
        let mut last = 0;
        while let Some(next) = iterator {
            let page = client.get_records().shard_iterator(next).limit(200).send().await;
            let page = page.expect("it is told");
            for record in &page.records {
                let number: u128 = record.sequence_number[20..].parse().expect("a number");
                assert!(number > last, "{number} after {last}");
                last = number;
                let key = (id.clone(), record.sequence_number.clone());
                got.insert(key, record.data.as_ref().to_vec());
            }
            iterator = page.next_shard_iterator.filter(|_| page.millis_behind_latest != Some(0));
        }
    }
    assert!(got == *put, "{} records were put, {} of them came back", put.len(), got.len());
}

/// Splits the first shard; its children are told by the filter for what is open.
async fn split(client: &Client) {
    let first = shards(client).await.swap_remove(0);
    let range = first.hash_key_range.expect("it has one");
    let [start, end] = [range.starting_hash_key, range.ending_hash_key]
        .map(|key| key.parse::<u128>().expect("a number"));
    let middle = (start + (end - start) / 2 + 1).to_string();
    let split = client.split_shard().stream_name(STREAM).shard_to_split(&first.shard_id);
    split.new_starting_hash_key(middle).send().await.expect("it is open");
    active(client).await;
    let filter = ShardFilter::builder().r#type(ShardFilterType::AtLatest).build().expect("a type");
    let open = client.list_shards().stream_name(STREAM).shard_filter(filter).send().await;
    let open = open.expect("it is told").shards.expect("a list");
    let parents =
        open.iter().filter(|shard| shard.parent_shard_id.as_deref() == Some(&first.shard_id));
    assert_eq!((open.len(), parents.count()), (3, 2));
}

/// A registered consumer is pushed what comes.
async fn subscribe(client: &Client) {
    let summary = client.describe_stream_summary().stream_name(STREAM).send().await;
    let summary = summary.expect("it is there").stream_description_summary.expect("told");
    let arn = summary.stream_arn;
    let register = client.register_stream_consumer().stream_arn(&arn).consumer_name("audit");
    let consumer = register.send().await.expect("it is new").consumer.expect("told");
    loop {
        let asked = client.describe_stream_consumer().consumer_arn(&consumer.consumer_arn);
        let told = asked.send().await.expect("it is there").consumer_description.expect("told");
        if told.consumer_status == ConsumerStatus::Active {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let position = StartingPosition::builder().r#type(ShardIteratorType::TrimHorizon).build();
    let asked = client.subscribe_to_shard().consumer_arn(&consumer.consumer_arn);
    let asked = asked.shard_id("shardId-000000000001").starting_position(position.expect("a type"));
    let mut events = asked.send().await.expect("it is pushed").event_stream;
    let mut seen = 0;
    while seen == 0 {
        match events.recv().await.expect("an event").expect("it goes on") {
            SubscribeToShardEventStream::SubscribeToShardEvent(event) => {
                assert!(!event.continuation_sequence_number.is_empty());
                seen += event.records.len();
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(seen > 100, "about half of the batch is there: {seen}");
}

/// Errors come as the SDK's own types, with their sentences.
async fn refused(client: &Client) {
    let taken = client.create_stream().stream_name(STREAM).shard_count(1).send().await;
    let taken = taken.expect_err("it is there").into_service_error();
    assert!(taken.is_resource_in_use_exception(), "{taken:?}");
    let gone = client.describe_stream_summary().stream_name("nobody").send().await;
    let gone = gone.expect_err("it is not there").into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");
    let sentence = "Stream nobody under account 000000000000 not found.";
    assert_eq!(gone.message(), Some(sentence));
    let wrong = client.get_records().shard_iterator("nonsense").send().await;
    let wrong = wrong.expect_err("it is none").into_service_error();
    assert!(wrong.is_invalid_argument_exception(), "{wrong:?}");
}
