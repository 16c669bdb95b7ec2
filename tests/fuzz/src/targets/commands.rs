//! Command lines, with their shorthands, and what completes them.

use std::sync::{Arc, OnceLock};

use watershed::command::{Command, Known, complete, table};
use watershed::engine::{Engine, EngineOptions};
use watershed::session::{Session, builtin};
use watershed::sim::{EPOCH, SimOutside, run_for};
use watershed::snapshot::{ClockView, Snapshot};
use watershed::world::{World, WorldOptions};

use super::{Target, seeds_of, text_of};

pub(super) const TARGET: Target = Target {
    name: "commands",
    check,
    seeds,
    words: &[
        "create ",
        "split ",
        "merge ",
        "scale ",
        "produce ",
        "transform ",
        "function ",
        "attach ",
        "orders",
        " synthetic",
        " file ",
        " --rate ",
        " --keys ",
        "zipf:",
        "hot:",
        " --shape ",
        "bursts:",
        "sine:",
        " --size ",
        " --limits ",
        "off",
        "kinesis",
        "read-records=",
        " --retention ",
        "48h",
        " --level ",
        " --at ",
        "0x8",
        "keep:",
        "drop:",
        "parse:csv:",
        "rename:",
        "pick:",
        "rekey:",
        "\"",
        "\\",
        "--",
        "%",
        "NaN",
        "inf",
        "-0",
    ],
};

/// A world with a part of each kind, as an operator sees it.
fn snapshot() -> Arc<Snapshot> {
    static SNAPSHOT: OnceLock<Arc<Snapshot>> = OnceLock::new();
    let snapshot = SNAPSHOT.get_or_init(|| {
        let (name, text) = builtin()[0];
        let options = WorldOptions {
            seed: 1,
            engine: Engine::in_memory(EngineOptions::default()),
            outside: Box::new(SimOutside::default()),
            title: name.to_owned(),
        };
        let mut world = World::new(EPOCH, options);
        let session = Session::parse(name, text).expect("built-in sessions are good");
        world.set_up(&session).expect("built-in sessions fit");
        run_for(&mut world, 3_000, &mut |_| {});
        world.look(ClockView::default())
    });
    Arc::clone(snapshot)
}

fn check(input: &[u8]) {
    let line = text_of(input);
    let snapshot = snapshot();
    match line.parse::<Command>() {
        Ok(command) => {
            let written = command.to_string();
            let again = written.parse::<Command>();
            let again = again.unwrap_or_else(|why| panic!("{why}: `{written}` from `{line}`"));
            // A number that is none is another than itself, and must not be taken.
            assert_eq!(again, command, "`{written}` from `{line}`");
            assert_eq!(again.to_string(), written);
            if let Err(why) = command.preview(&snapshot) {
                assert!(!why.to_string().is_empty());
            }
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
    let found = complete(line, &snapshot, &Known::default());
    assert!(line.is_char_boundary(found.from), "{} of `{line}`", found.from);
    for candidate in found.candidates {
        assert!(!candidate.text.is_empty());
    }
}

/// Each command by its own example, and as its syntax says.
fn seeds() -> Vec<Vec<u8>> {
    let lines = [
        "create orders --shards 4 --retention 48h --level memory --limits off",
        "create orders --limits kinesis,read-records=2000,iterators=off",
        "split orders 003 --at 170141183460469231731687303715884105728",
        "merge orders 001 002",
        "put orders user-1 \"two words\"",
        "produce p orders synthetic --rate 5000 --payload posts --keys zipf:1000:1.1 \
         --shape bursts:5:30:5 --size 100-400 --retries 3 --paused",
        "produce f orders file \"my log.txt\" --pace /time --key /user/id",
        "transform t raw orders parse:combined keep:/status>499 pick:/a,/b rename:a:b rekey:/user",
        "transform t raw orders parse:csv:a,b drop:/a*=x keep:/b",
        "function f simulated --base-ms 5 --spread 0.3 --error-rate 0.1 --reserved 10",
        "function f notify /status=500 \"an error\" --quiet-s 60",
        "function f spike /hashtags 3 20",
        "attach f orders --name m --batch 500 --window-ms 1000 --factor 10 --from latest",
        "concurrency f 10",
    ];
    seeds_of(lines.into_iter().chain(table().iter().map(|spec| spec.syntax)))
}
