//! Built-in sessions whose functions are real: told, asserted and cured as in virtual time, at ten times
//! the clock. What happens when depends on the machine; what happens does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command as Process;

use watershed::pipeline::settings::{
    Condition, FunctionKind, ProcessSettings, Shape, SourceSettings,
};
use watershed::problem::{self, Problem};
use watershed::session::{self, Session};
use watershed::snapshot::Snapshot;
use watershed::world::Port;

use super::{Stage, can_import, mapping, python};

/// Handlers for Lambda's own runtime clients, in both languages.
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
/// A client for Node that needs nothing: npm's own is built from C++ and a whole curl.
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

/// The command line of a handler in each language that is here.
fn languages(folder: &Path) -> Vec<(&'static str, String)> {
    fs::write(folder.join("app.py"), PYTHON).expect("a file");
    fs::write(folder.join("app.js"), NODE).expect("a file");
    fs::write(folder.join("client.js"), NODE_CLIENT).expect("a file");
    let mut all = Vec::new();
    match python().filter(|python| can_import(python, "awslambdaric")) {
        Some(python) => all.push(("python", format!("{} -m awslambdaric app.", python.display()))),
        None => eprintln!("passed over: awslambdaric is missing: pip install awslambdaric"),
    }
    let node = Process::new("node").arg("--version").output();
    let official = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/clients/node_modules/.bin/aws-lambda-ric");
    if !node.is_ok_and(|out| out.status.success()) {
        eprintln!("passed over: node is missing");
    } else if official.exists() {
        all.push(("node", format!("{} app.", official.display())));
    } else {
        all.push(("node", "node client.js ".to_owned()));
    }
    all
}

/// A built-in session whose functions are processes; what it would do by itself is left out.
fn real(name: &str, command: &str, folder: &Path) -> (Session, Vec<String>) {
    let (_, text) = session::builtin().iter().find(|(known, _)| *known == name).expect(name);
    let mut session = Session::parse(name, text).expect("built-in sessions are good");
    let handlers = [("billing", "bill"), ("bill", "bill"), ("resize", "resize")];
    for function in &mut session.functions {
        let handler = handlers.iter().find(|(known, _)| *known == function.name.as_str());
        let (_, handler) = handler.expect("a function that is known here");
        function.fails_on = None::<Condition>;
        function.kind = FunctionKind::Process(ProcessSettings {
            command: format!("{command}{handler}"),
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

/// What is wrong, and would be told to an operator.
fn urgent(picture: &Snapshot) -> Vec<Problem> {
    problem::find(picture).into_iter().filter(Problem::is_urgent).collect()
}

#[test]
fn a_poison_pill_is_told_and_cured_with_real_functions() {
    let stage = Stage::new("pill");
    for (language, command) in languages(&stage.folder) {
        let (session, commands) = real("poison-pill", &command, &stage.folder);
        let [pill, cure] = &commands[..] else { panic!("a pill and a cure: {commands:?}") };
        stage.live().load(&session).expect("it fits");
        stage.run("clock x10");
        let done = |picture: &Snapshot| mapping(picture, "bill-orders").tally.done_records;
        stage.wait(&format!("{language} bills"), |picture| done(picture) > 500);
        stage.run(pill);
        stage.wait(&format!("{language}: the cure is proposed"), |picture| {
            let proposes = |problem: &Problem| {
                problem.cure.as_ref().is_some_and(|found| found.to_string() == *cure)
            };
            urgent(picture).iter().any(proposes)
        });
        // Other shards go on, so that a good result may be the last one.
        stage.wait(&format!("{language}: the error is told"), |picture| {
            mapping(picture, "bill-orders").last_result.contains("TypeError")
        });
        stage.run(cure);
        stage.wait(&format!("{language}: one record is given up"), |picture| {
            let tally = mapping(picture, "bill-orders").tally;
            (tally.discarded_records, tally.delivered_records) == (1, 1)
        });
        let before = done(&stage.live().snapshot());
        stage.wait(&format!("{language} bills the rest"), |picture| {
            done(picture) > before + 500 && urgent(picture).is_empty()
        });
    }
}

#[test]
fn a_concurrency_wall_is_told_and_cured_with_real_functions() {
    let stage = Stage::new("wall");
    for (language, command) in languages(&stage.folder) {
        let (mut session, _) = real("concurrency-wall", &command, &stage.folder);
        // A fifth of everything: each invocation is a process here.
        session.concurrency = Some(4);
        for stream in &mut session.streams {
            stream.shards = stream.shards.div_ceil(5);
        }
        for producer in &mut session.producers {
            if let SourceSettings::Synthetic(load) = &mut producer.source {
                load.rate /= 5.0;
                if let Shape::Step { at_s, .. } = &mut load.shape {
                    *at_s = 1.0;
                }
            }
        }
        stage.live().load(&session).expect("it fits");
        stage.run("clock x10");
        let refused = |picture: &Snapshot, name: &str| {
            picture.function(name).map_or(0, |function| function.tally.throttles)
        };
        stage.wait(&format!("{language}: both are refused"), |picture| {
            refused(picture, "bill") > 0 && refused(picture, "resize") > 0
        });
        let cures = |picture: &Snapshot| -> BTreeSet<String> {
            let cures = urgent(picture).into_iter().filter_map(|problem| problem.cure);
            let cures = cures.map(|cure| cure.to_string());
            cures.filter(|cure| cure.starts_with("concurrency account")).collect()
        };
        stage
            .wait(&format!("{language}: a cure is proposed"), |picture| !cures(picture).is_empty());
        let cure = cures(&stage.live().snapshot()).into_iter().next_back();
        stage.run(&cure.unwrap_or_else(|| "concurrency account 9".to_owned()));
        stage.wait(&format!("{language}: nobody is refused"), |picture| {
            let now = |name: &str| picture.function(name).map_or(1.0, |f| f.throttles_held_per_s);
            now("bill") + now("resize") == 0.0 && cures(picture).is_empty()
        });
        let view = stage.live().snapshot();
        let most = view.function("resize").map_or(0, |function| function.in_use_max);
        assert!(most > 4, "{language}: {most} at once");
    }
}
