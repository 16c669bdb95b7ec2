//! An endpoint in this process, and raw HTTP to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use watershed::command::Command;
use watershed::engine::{Engine, EngineOptions};
use watershed::live::{Live, LiveClock, LiveOutside};
use watershed::model::{Millis, Quotas, ShardLimits, Switch};
use watershed::server::{Auth, Listener, Options, Server};
use watershed::wire::Account;
use watershed::world::{Port, World, WorldOptions};

pub(crate) const JSON: &str = "application/x-amz-json-1.1";
pub(crate) const CBOR: &str = "application/x-amz-cbor-1.1";

/// Transitions of streams take no time.
const AT_ONCE: EngineOptions = EngineOptions {
    create_delay_ms: 0,
    update_delay_ms: 0,
    delete_delay_ms: 0,
    quotas: Quotas { creating_streams: None, api_rates: Switch::Off, ..Quotas::KINESIS },
};

/// An endpoint of streams in memory.
pub(crate) struct Endpoint {
    live: Option<Arc<Live>>,
    server: Option<Server>,
    connection: RefCell<Option<BufReader<TcpStream>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) bytes: Vec<u8>,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        match &self.bytes[..] {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).expect("it is JSON"),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("it is text")
    }
}

impl Endpoint {
    /// Transitions of streams take no time.
    pub(crate) fn new() -> Self {
        Self::with(AT_ONCE)
    }

    /// Nor have shards of its streams limits.
    pub(crate) fn unlimited() -> Self {
        let account = Account { limits: ShardLimits::OFF, ..Account::default() };
        Self::of(AT_ONCE, Options { workers: 1, auth: Auth::Off, account, ..Options::default() })
    }

    /// Transitions of streams do not end.
    pub(crate) fn standing() -> Self {
        const LONG_MS: u64 = 86_400_000;
        Self::with(EngineOptions {
            create_delay_ms: LONG_MS,
            update_delay_ms: LONG_MS,
            delete_delay_ms: LONG_MS,
            ..EngineOptions::default()
        })
    }

    /// A stream is there at once, and every change of it after that does not end.
    pub(crate) fn updating() -> Self {
        const LONG_MS: u64 = 86_400_000;
        Self::with(EngineOptions {
            create_delay_ms: 0,
            update_delay_ms: LONG_MS,
            delete_delay_ms: LONG_MS,
            ..EngineOptions::default()
        })
    }

    pub(crate) fn with(options: EngineOptions) -> Self {
        Self::of(options, Options { workers: 1, auth: Auth::Off, ..Options::default() })
    }

    pub(crate) fn of(engine: EngineOptions, options: Options) -> Self {
        let mut clock = LiveClock::start(Millis::ZERO);
        let world = World::new(
            clock.now(),
            WorldOptions {
                seed: 1,
                engine: Engine::in_memory(engine),
                outside: Box::new(LiveOutside::default()),
                title: "endpoint".into(),
            },
        );
        Self::on(world, clock, options)
    }

    /// An endpoint of this world.
    pub(crate) fn on(world: World, clock: LiveClock, options: Options) -> Self {
        let live = Arc::new(Live::start(world, clock, None));
        let address = "127.0.0.1:0".parse().expect("it is an address");
        let listener = Listener::bind(address).expect("a port is free");
        let server = Server::start(Arc::clone(&live) as _, listener, options).expect("it starts");
        Self { live: Some(live), server: Some(server), connection: RefCell::new(None) }
    }

    /// Does what an operator does with a command line.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) {
        let command = line.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
        let Command::World(command) = command else { panic!("`{line}` is about the view") };
        let live = self.live.as_ref().expect("it is up");
        live.run(&command).unwrap_or_else(|why| panic!("{line}: {why}"));
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("it is up").address()
    }

    /// Runs a command, as an operator beside it would.
    pub(crate) fn operate(&self, line: &str) {
        let command = line.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
        let Command::World(command) = command else { panic!("`{line}` is about the view") };
        let live = self.live.as_ref().expect("it is up");
        live.run(&command).unwrap_or_else(|why| panic!("{line}: {why}"));
    }

    /// A connection of its own.
    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address()).expect("it listens");
        socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit can be set");
        socket
    }

    /// Sends a request with these headers and reads what comes back.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answered {
        let mut connection = self.connection.borrow_mut();
        let reader = connection.get_or_insert_with(|| BufReader::new(self.connect()));
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        reader.get_mut().write_all(&request).expect("it is taken");
        receive(reader)
    }

    /// Asks an operation with a body of some content type.
    pub(crate) fn post(&self, action: &str, content_type: &str, body: &[u8]) -> Answered {
        let target = format!("Kinesis_20131202.{action}");
        let headers = [("X-Amz-Target", &*target), ("Content-Type", content_type)];
        self.send("POST", "/", &headers, body)
    }

    /// Asks an operation.
    pub(crate) fn ask(&self, action: &str, body: &Value) -> Answered {
        self.post(action, JSON, body.to_string().as_bytes())
    }

    /// Asks an operation that is done.
    #[track_caller]
    pub(crate) fn done(&self, action: &str, body: &Value) -> Value {
        let answered = self.ask(action, body);
        assert_eq!(answered.status, 200, "{action} {body}: {}", answered.text());
        assert_eq!(answered.headers["content-type"], JSON);
        answered.json()
    }

    /// Makes a stream, and waits until it is there.
    #[track_caller]
    pub(crate) fn stream(&self, name: &str, shards: u32) {
        self.done("CreateStream", &json!({"StreamName": name, "ShardCount": shards}));
        self.wait(name, "ACTIVE");
    }

    /// Waits until a stream is in a state.
    #[track_caller]
    pub(crate) fn wait(&self, name: &str, state: &str) {
        let asked = json!({"StreamName": name});
        loop {
            let answer = self.done("DescribeStreamSummary", &asked);
            if answer["StreamDescriptionSummary"]["StreamStatus"] == state {
                return;
            }
            std::thread::yield_now();
        }
    }

    /// An iterator of a shard.
    #[track_caller]
    pub(crate) fn iterator(&self, stream: &str, shard: &str, kind: &str) -> String {
        let asked = json!({"StreamName": stream, "ShardId": shard, "ShardIteratorType": kind});
        let answer = self.done("GetShardIterator", &asked);
        answer["ShardIterator"].as_str().expect("it is a text").to_owned()
    }

    /// An operation is refused with exactly that.
    #[track_caller]
    pub(crate) fn refuses(&self, action: &str, body: &Value, code: &str, message: &str) {
        let answered = self.ask(action, body);
        let told = answered.json();
        assert_eq!(told, json!({"__type": code, "message": message}), "{action} {body}");
        assert_eq!(answered.status, 400);
        assert_eq!(answered.headers["content-type"], JSON);
    }

    /// An operation breaks these constraints, and no others.
    #[track_caller]
    pub(crate) fn breaks(&self, action: &str, body: &Value, faults: &[&str]) {
        let plural = if faults.len() == 1 { "" } else { "s" };
        let told =
            format!("{} validation error{plural} detected: {}", faults.len(), faults.join("; "));
        self.refuses(action, body, "ValidationException", &told);
    }

    /// A body is refused for the type of a field.
    #[track_caller]
    pub(crate) fn mistypes(&self, action: &str, body: &Value, message: &str) {
        let answered = self.ask(action, body);
        let told = json!({"__type": "SerializationException", "Message": message});
        assert_eq!(answered.json(), told, "{action} {body}");
        assert_eq!(answered.status, 400);
    }

    /// Each field refuses what is not of its type, in the service's words.
    #[track_caller]
    pub(crate) fn types(&self, action: &str, fields: &[(&str, Type)]) {
        for (field, kind) in fields {
            for (value, told) in kind.wrong() {
                self.mistypes(action, &json!({*field: value}), told);
            }
        }
    }

    /// The stream of that name is not there.
    #[track_caller]
    pub(crate) fn misses_stream(&self, action: &str, body: &Value) {
        let told = "Stream absent under account 000000000000 not found.";
        self.refuses(action, body, "ResourceNotFoundException", told);
    }

    /// The stream `orders` is in a state that forbids it.
    #[track_caller]
    pub(crate) fn finds_busy(&self, action: &str, body: &Value, state: &str) {
        let told = format!(
            "Stream orders under account 000000000000 not ACTIVE, instead in state {state}"
        );
        self.refuses(action, body, "ResourceInUseException", &told);
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.connection.take());
        if let Some(server) = self.server.take() {
            server.stop();
        }
        if let Some(live) = self.live.take().and_then(Arc::into_inner) {
            live.stop();
        }
    }
}

/// Reads an answer with its body.
pub(crate) fn receive(reader: &mut impl BufRead) -> Answered {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).expect("an answer comes");
        line.trim_end().to_owned()
    };
    let first = line();
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut headers = BTreeMap::new();
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |n| n.parse().expect("a number"));
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).expect("the body comes");
    Answered { status: status.expect("a status comes"), headers, bytes }
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    Text,
    Integer,
    Boolean,
    Blob,
    Time,
    List,
    Structure,
}

impl Type {
    /// Values that are not of this type, and what is told of them.
    fn wrong(self) -> Vec<(Value, &'static str)> {
        const STRUCTURE: &str = "Start of structure or map found where not expected.";
        const UNEXPECTED: &str = "Unexpected field type";
        match self {
            Self::Text => vec![
                (
                    json!(1),
                    "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be \
                     converted to an String",
                ),
                (json!(true), "class java.lang.Boolean can not be converted to an String"),
                (json!(["a"]), "Unrecognized collection type class java.lang.String"),
                (json!({"a": 1}), STRUCTURE),
            ],
            Self::Integer => vec![
                (json!("1"), "class java.lang.String can not be converted to an Integer"),
                (json!(true), "class java.lang.Boolean can not be converted to an Integer"),
                (json!([1]), "Unrecognized collection type class java.lang.Integer"),
                (json!({"a": 1}), STRUCTURE),
            ],
            Self::Boolean => vec![
                (
                    json!(1),
                    "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be \
                     converted to an Boolean",
                ),
                (json!([true]), "Unrecognized collection type class java.lang.Boolean"),
                (json!({"a": 1}), STRUCTURE),
            ],
            Self::Blob => vec![
                (json!(1), "class java.math.BigDecimal can not be converted to a Blob"),
                (json!(true), "class java.lang.Boolean can not be converted to a Blob"),
                (json!(["YQ=="]), "Unrecognized collection type class java.nio.ByteBuffer"),
                (json!({"a": 1}), STRUCTURE),
                (
                    json!("YQ="),
                    "'YQ=' can not be converted to a Blob: Base64 encoded length is expected a \
                     multiple of 4 bytes but found: 3",
                ),
                (
                    json!("Y_=="),
                    "'Y_==' can not be converted to a Blob: Invalid Base64 character: '_'",
                ),
            ],
            Self::Time => vec![
                (
                    json!("2026-01-01"),
                    "class java.lang.String can not be converted to milliseconds since epoch",
                ),
                (
                    json!(true),
                    "class java.lang.Boolean can not be converted to milliseconds since epoch",
                ),
                (json!([1]), "Unrecognized collection type class java.util.Date"),
                (json!({"a": 1}), STRUCTURE),
            ],
            Self::List => vec![
                (json!(1), UNEXPECTED),
                (json!("a"), UNEXPECTED),
                (json!(true), UNEXPECTED),
                (json!({"a": 1}), STRUCTURE),
            ],
            Self::Structure => vec![
                (json!(1), UNEXPECTED),
                (json!("a"), UNEXPECTED),
                (json!(true), UNEXPECTED),
                (json!(["a"]), "Unrecognized collection type class java.util.Map"),
            ],
        }
    }
}

/// The sentence of a field that must be there.
pub(crate) fn null(field: &str) -> String {
    format!("Value null at '{field}' failed to satisfy constraint: Member must not be null")
}

/// The sentence of a field that breaks a rule.
pub(crate) fn fault(value: &str, field: &str, rule: &str) -> String {
    format!("Value '{value}' at '{field}' failed to satisfy constraint: Member must {rule}")
}

/// The rule of names.
pub(crate) const NAME: &str = "satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

/// The ARN of a stream.
pub(crate) fn arn(stream: &str) -> String {
    format!("arn:aws:kinesis:us-east-1:000000000000:stream/{stream}")
}

/// The id of a shard.
pub(crate) fn shard(number: u32) -> String {
    format!("shardId-{number:012}")
}
