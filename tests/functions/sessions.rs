//! Built-in sessions whose functions are real: told, asserted and cured as in virtual time, at ten times
//! the clock. What happens when depends on the machine; what happens does not.

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use serde_json::Value;
use watershed::api::IteratorType;
use watershed::model::{SequenceNumber, ShardId};
use watershed::pipeline::settings::{FunctionKind, ProcessSettings, Shape, SourceSettings};
use watershed::problem;
use watershed::session::{self, Session};
use watershed::snapshot::{FunctionView, Snapshot};
use watershed::world::Port;

use super::{Stage, can_import, mapping, python, rust};

/// How much smaller than its session a wall is that is built of processes: rates, shards, concurrency.
const SMALLER: u32 = 8;

/// Handlers for Lambda's own runtime clients, as those of `tests/lambda` in Rust.
const PYTHON: &str = "
import base64, json, time
def bill(event, context):
    for record in event['Records']:
        json.loads(base64.b64decode(record['kinesis']['data']))['amount'] + 1
def resize(event, context):
    time.sleep(0.07)
";
const NODE: &str = "
exports.bill = async event => {
    for (const { kinesis } of event.Records) {
        const { amount } = JSON.parse(Buffer.from(kinesis.data, 'base64'));
        if (typeof amount !== 'number') throw new TypeError(`${amount} is no amount`);
    }
};
exports.resize = () => new Promise(done => setTimeout(done, 70));
";
/// A client for Node that needs nothing, where `tests/lambda/node` has not built npm's own.
const NODE_CLIENT: &str = "
const http = require('http');
const handler = require('./app.js')[process.argv[2]];
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true });
const call = (method, path, body) => new Promise((done, fail) => {
    const options = { host, port, agent, method, path: '/2018-06-01/runtime/' + path };
    const request = http.request(options, answer => {
        let text = '';
        answer.on('data', piece => text += piece);
        answer.on('end', () => done({ headers: answer.headers, text }));
    });
    request.on('error', fail);
    request.end(body);
});
(async () => {
    for (;;) {
        const { headers, text } = await call('GET', 'invocation/next');
        const path = 'invocation/' + headers['lambda-runtime-aws-request-id'];
        try {
            const answer = await handler(JSON.parse(text));
            await call('POST', path + '/response', JSON.stringify(answer ?? null));
        } catch ({ name, message }) {
            await call('POST', path + '/error', JSON.stringify({ errorType: name, errorMessage: message }));
        }
    }
})();
";

/// A language whose runtime client is here.
struct Language {
    name: &'static str,
    /// The command line of a handler without its name.
    command: String,
    /// How it fails at an order whose amount is `"twelve"`.
    error: &'static str,
}

fn languages(folder: &Path) -> Vec<Language> {
    fs::write(folder.join("app.py"), PYTHON).expect("a file");
    fs::write(folder.join("app.js"), NODE).expect("a file");
    fs::write(folder.join("client.js"), NODE_CLIENT).expect("a file");
    let mut all = Vec::new();
    match python().filter(|python| can_import(python, "awslambdaric")) {
        Some(python) => {
            let command = format!("{} -m awslambdaric app.", python.display());
            all.push(Language { name: "python", command, error: "TypeError" });
        }
        None => eprintln!("passed over: awslambdaric is missing: pip install awslambdaric"),
    }
    let official = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/lambda/node/node_modules/aws-lambda-ric");
    let error = "TypeError: twelve is no amount";
    if !Process::new("node").arg("--version").output().is_ok_and(|out| out.status.success()) {
        eprintln!("passed over: node is missing");
    } else if official.join("dist/rapid-client.node").exists() {
        let command = format!("{} app.", official.join("bin/index.mjs").display());
        all.push(Language { name: "node", command, error });
    } else {
        eprintln!("passed over: aws-lambda-ric is missing: tests/lambda/node");
        all.push(Language { name: "node", command: "node client.js ".to_owned(), error });
    }
    let error = "BadOrder: \"twelve\" is no amount";
    all.extend(rust().map(|command| Language {
        name: "rust",
        command: format!("{command} "),
        error,
    }));
    all
}

/// A built-in session whose functions are processes, and the commands of its timeline, which it does not
/// run by itself.
fn real(session: &str, language: &Language, folder: &Path) -> (Session, Vec<String>) {
    let (_, text) = session::builtin().iter().find(|(known, _)| *known == session).expect(session);
    let mut session = Session::parse(session, text).expect("built-in sessions are good");
    for function in &mut session.functions {
        let handler = if function.name.as_str() == "resize" { "resize" } else { "bill" };
        function.fails_on = None;
        function.kind = FunctionKind::Process(ProcessSettings {
            command: format!("{}{handler}", language.command),
            timeout_s: 60,
            memory_mb: 512,
            dir: Some(folder.to_owned()),
            ..ProcessSettings::default()
        });
    }
    let told = std::mem::take(&mut session.timeline);
    let commands = told.iter().filter_map(|cue| cue.command().expect("it was read before"));
    let commands = commands.map(|command| command.to_string()).collect();
    session.expect.clear();
    (session, commands)
}

/// The cures that an operator is told of.
fn cures(picture: &Snapshot) -> Vec<String> {
    let problems = problem::find(picture);
    let urgent = problems.iter().filter(|problem| problem.is_urgent());
    urgent.filter_map(|problem| problem.cure.as_ref()).map(ToString::to_string).collect()
}

/// The bad order is found by following the document in the failure destination.
fn assert_the_bad_order_is_told(stage: &Stage) {
    let (_, told) = stage.record("failures", ShardId(0), IteratorType::TrimHorizon);
    let batch = &told["KinesisBatchInfo"];
    assert_eq!(batch["batchSize"], 1, "{told}");
    let text = |field: &str| batch[field].as_str().expect(field).to_owned();
    let shard = ShardId::parse(&text("shardId")).expect("a shard");
    let number = SequenceNumber::parse(&text("startSequenceNumber")).expect("a number");
    let (key, order) = stage.record("orders", shard, IteratorType::AtSequenceNumber(number));
    assert_eq!((key.as_str(), &order["amount"]), ("order-4711", &Value::from("twelve")));
}

#[test]
fn a_poison_pill_is_told_and_cured_with_real_functions() {
    let stage = Stage::new("pill");
    for language in languages(&stage.folder) {
        let Language { name, error, .. } = language;
        let (session, commands) = real("poison-pill", &language, &stage.folder);
        let [pill, cure] = &commands[..] else { panic!("a pill and a cure: {commands:?}") };
        stage.live().load(&session).expect("it fits");
        stage.run("clock x10");
        let tally = |picture: &Snapshot| mapping(picture, "bill-orders").tally;
        stage.wait(&format!("{name} bills"), |picture| tally(picture).done_records > 500);
        stage.run(pill);
        stage.wait(&format!("{name}: the cure is proposed"), |picture| {
            cures(picture).contains(cure)
        });
        stage.wait(&format!("{name}: the error is told"), |picture| {
            picture.events.iter().any(|event| event.kind.to_string().contains(error))
        });
        let given_up = tally(&stage.live().snapshot()).discarded_records;
        assert_eq!(given_up, 0, "{name}: it is tried again and again");
        stage.run(cure);
        stage.wait(&format!("{name}: one record is given up"), |picture| {
            tally(picture).delivered_records == 1
        });
        stage.run("pause shop");
        stage.wait(&format!("{name} bills all others"), |picture| {
            // Of those that were put one came by hand, and that one alone was given up.
            let put = picture.producers[0].tally.accepted_records;
            let tally = tally(picture);
            (tally.done_records, tally.discarded_records) == (put, 1) && cures(picture).is_empty()
        });
        assert_the_bad_order_is_told(&stage);
    }
}

/// A wall of processes, with as many pictures from the beginning as come later.
fn smaller(session: &mut Session) {
    session.concurrency = session.concurrency.map(|limit| limit.div_ceil(SMALLER));
    for stream in &mut session.streams {
        stream.shards = stream.shards.div_ceil(SMALLER);
    }
    for producer in &mut session.producers {
        let SourceSettings::Synthetic(load) = &mut producer.source else { continue };
        load.rate /= f64::from(SMALLER);
        if let Shape::Step { to, .. } = load.shape {
            load.rate *= to;
            load.shape = Shape::Constant;
        }
    }
}

fn both(picture: &Snapshot) -> [&FunctionView; 2] {
    ["bill", "resize"].map(|name| picture.function(name).expect("it is there"))
}

#[test]
fn a_concurrency_wall_is_told_and_cured_with_real_functions() {
    let stage = Stage::new("wall");
    for language in languages(&stage.folder) {
        let name = language.name;
        let (mut session, commands) = real("concurrency-wall", &language, &stage.folder);
        smaller(&mut session);
        let [cure] = &commands[..] else { panic!("one cure: {commands:?}") };
        let small =
            |word: &str| word.parse().map_or(word.to_owned(), |n: u32| (n / SMALLER).to_string());
        let cure = cure.split(' ').map(small).collect::<Vec<_>>().join(" ");
        stage.live().load(&session).expect("it fits");
        stage.run("clock x10");
        stage.wait(&format!("{name}: both are refused, and the cure"), |picture| {
            both(picture).iter().all(|f| f.tally.account_throttles > 0)
                && cures(picture).contains(&cure)
        });
        stage.run(&cure);
        let before =
            both(&stage.live().snapshot()).map(|f| (f.tally.throttles, f.tally.invocations));
        stage.wait(&format!("{name}: invocations of both"), |picture| {
            let now = both(picture).map(|f| f.tally.invocations);
            // Each lane of `resize` has an instance.
            let most = both(picture)[1].in_use_max;
            now[0] >= before[0].1 + 5 && now[1] >= before[1].1 + 10 && most == 4
        });
        let picture = stage.live().snapshot();
        let refused = both(&picture).map(|f| f.tally.throttles);
        assert_eq!(
            refused,
            before.map(|(refused, _)| refused),
            "{name}: nobody is refused any more"
        );
    }
}
