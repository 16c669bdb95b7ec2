//! From a line to a command.

use std::str::FromStr;

use crate::command::line::{Token, words};
use crate::command::near::way_out;
use crate::command::{Command, CommandError, ParseError, Preview, Spec, Words, spec_of, table};
use crate::snapshot::Snapshot;

/// The row that the first words name, and how many words that took.
pub(super) fn find(words: &[Token]) -> Option<(&'static Spec, usize)> {
    let first = words.first()?;
    let named = |spec: &Spec, name: &str| spec.name == name || spec.aliases.contains(&name);
    if let Some(second) = words.get(1) {
        let two = format!("{} {}", first.text, second.text);
        if let Some(spec) = table().iter().find(|spec| named(spec, &two)) {
            return Some((spec, 2));
        }
    }
    let spec = table().iter().find(|spec| named(spec, &first.text))?;
    Some((spec, 1))
}

impl FromStr for Command {
    type Err = ParseError;

    /// Reads a line as the operator types it; a colon before it is allowed.
    fn from_str(line: &str) -> Result<Self, ParseError> {
        let line = line.trim().trim_start_matches(':');
        let (mut words, fault) = words(line);
        let Some(first) = words.first() else { return Err(fault.unwrap_or(ParseError::Empty)) };
        let (spec, taken) = find(&words).ok_or_else(|| ParseError::UnknownCommand {
            given: first.text.clone(),
            way_out: unknown(&first.text),
        })?;
        words.drain(..taken);
        let mut words = Words::new(spec, line, words, fault)?;
        let command = (spec.parse)(&mut words)?;
        words.end()?;
        words.no_flags_left(spec.name)?;
        Ok(command)
    }
}

fn unknown(given: &str) -> String {
    let near = way_out(given, table().iter().map(|spec| spec.name));
    if near.starts_with("did you") { near } else { "`help` lists all commands".to_owned() }
}

impl Command {
    /// What it would do to the world as it is seen; nothing is done.
    ///
    /// # Errors
    /// Why it would be refused.
    pub fn preview(&self, snapshot: &Snapshot) -> Result<Preview, CommandError> {
        (spec_of(self).preview)(self, snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::WorldCommand;

    /// (JSON with a blank behind a colon was refused: its words begin with quotes.)
    #[test]
    fn the_rest_of_a_line_is_taken_as_it_stands_whatever_quotes_it_has() {
        for (line, rest) in [
            (r#"put orders k {"a": "b c", "d": "e"}"#, r#"{"a": "b c", "d": "e"}"#),
            (r#"put orders k it is "so"#, r#"it is "so"#),
            (r#"put orders k "a b""#, "a b"),
        ] {
            let Ok(Command::World(WorldCommand::Put { data, .. })) = line.parse() else {
                panic!("{line}: {:?}", line.parse::<Command>());
            };
            assert_eq!(data, rest, "{line}");
        }
        let unclosed = r#"split "orders 1"#.parse::<Command>();
        assert!(matches!(unclosed, Err(ParseError::Unclosed { .. })), "{unclosed:?}");
    }

    /// Each command in its shortest and in its fullest form.
    pub(in crate::command) const LINES: &[&str] = &[
        "create orders",
        "create orders --shards 4 --retention 48h --level memory --limits off",
        "create orders --on-demand --retention 90s --limits 500,off,2097152,5",
        "create orders --record-kib 10240",
        "create orders --limits kinesis,read-records=2000,iterators=off",
        "create orders --limits off,iterators=5,readers=2",
        "create orders --limits 500,off,2097152,5,iterators=5",
        "create orders --cuts 0x4,0xc",
        "create orders --on-demand --cuts \"\"",
        "delete orders",
        "split orders 000",
        "split orders 003 --at 0x8",
        "split orders 003 --at hot",
        "split-hot orders",
        "split-hot orders --over 95",
        "merge orders 001 002",
        "scale orders 16",
        "policy orders target 70",
        "policy orders target 70 --min 2 --max 64 --cooldown 30",
        "policy orders on-demand --max 64",
        "policy orders none",
        "retention orders 168",
        "limits orders kinesis",
        "mode orders on-demand",
        "mode orders provisioned",
        "record-size orders 2048",
        "distribute orders auto",
        "distribute orders keys",
        "warm orders 25",
        "encrypt orders alias/aws/kinesis",
        "encrypt orders off",
        "tag orders stage=prod,team=shop",
        "tag orders \"a b=c d\"",
        "untag orders stage team",
        "register orders audit",
        "register orders audit team=risk",
        "deregister orders audit",
        "quotas desk",
        "quotas kinesis,shards=200,per-day=off",
        "commitment on",
        "commitment off",
        "create orders --on-demand --auto --warm 25",
        "create orders --key alias/aws/kinesis --tags stage=prod,team=shop",
        "limits orders 500,1000000,off,5",
        "put orders user-1 {\"a\":1}",
        "put orders user-1 \"two words\"",
        "produce clicks orders synthetic --rate 100",
        "produce p orders synthetic --rate 5000 --payload posts --keys zipf:1000:1.1 \
         --shape bursts:5:30:5 --size 100-400 --retries 3 --paused",
        "produce p orders synthetic --rate 100 --keys seen:0=0.25,0x8=0.5;a\\,b=0.25",
        "produce f orders file access.log --pace 1000 --key 0",
        "produce f orders file \"my log.txt\" --pace /time --key /user/id",
        "produce s orders stdin",
        "produce h orders host",
        "transform t raw orders parse:combined keep:/status>499 pick:/a,/b rename:a:b rekey:/user",
        "transform t raw orders parse:csv:a,b drop:/a*=x keep:/b",
        "transform t raw orders jq:route(.kind) --routes large,small --errors bad",
        "transform t raw raw parse:logfmt rekey:/user --errors bad",
        "transform t raw clean deaggregate jq:.",
        "produce p orders synthetic --rate 50 --aggregate on",
        "produce p orders host --aggregate 1000:50:200 --paused",
        "transform t raw clean function:enrich keep:/status>499",
        "stages t keep:/status>499 rekey:/user",
        "stages t parse:logfmt \"jq:select(.status > 499) | {path, status}\"",
        "function f simulated",
        "function f simulated --base-ms 5 --spread 0.3 --per-record-us 10 --error-rate 0.1 \
         --cold-start-ms 200 --reserved 10",
        "function f count /hashtags --top 20",
        "function f archive all.jsonl",
        "function f simulated --fails-on /bad=1 --reports",
        "function f process \"python3 -m awslambdaric app.handler\" --handler app.handler \
         --timeout-s 10 --memory-mb 512 --dir code --env A=1,B=2 --base-ms 5",
        "function f process ./bootstrap",
        "function f http http://127.0.0.1:9000/f --timeout-s 30",
        "function f notify /status=500 \"an error\" --quiet-s 60",
        "function f spike /hashtags 3 20",
        "attach f orders",
        "attach f orders --name m --batch 500 --window-ms 1000 --factor 10 --retries 3 \
         --age-s 3600 --bisect on --partial on --tumbling-s 60 \
         --filter {\"data\":{\"a\":[1]}} --on-failure stream:failures --from latest --paused",
        "attach f orders --on-failure file:failures.jsonl --from at:1700000000.5",
        "attach f orders --event-counts on --kms-key arn:aws:kms:us-east-1:1:key/k --tags team=shop",
        "tune m --event-counts off --kms-key none --tags none",
        "attach f orders --consumer audit --on-failure http://127.0.0.1:9000/failures",
        "read r orders",
        "read r orders --interval-ms 200 --limit 100 --from latest",
        "detach m",
        "interval r 1000",
        "read r orders --consumer risk",
        "fan-out r risk",
        "fan-out r none",
        "tune m --batch 500 --window-ms 100 --retries 2",
        "tune m --batch 500 --window-ms 100 --factor 2 --retries -1 --age-s 60 --bisect on \
         --partial off --tumbling-s 0 --filter none --on-failure none --function f",
        "tune m --consumer audit --on-failure http://localhost/",
        "tune m --consumer none",
        "tune m --filter [{\"data\":{\"a\":[1]}},{\"partitionKey\":[\"k\"]}]",
        "pause p",
        "resume p",
        "rate p 2.5",
        "concurrency",
        "concurrency account 500",
        "provision f 5",
        "application a orders",
        "application a orders --workers 3 --failover-ms 5000 --checkpoint-ms 1000 --from latest",
        "worker a kill 2",
        "worker a start",
        "worker a start 2",
        "provision f none",
        "function f simulated --reserved 10 --provisioned 5",
        "concurrency f 10",
        "concurrency f none",
        "calls 40",
        "clock toggle",
        "clock pause",
        "clock resume",
        "clock step",
        "clock next",
        "caption",
        "caption \"It is getting hot.\"",
        "clock slower",
        "clock faster",
        "clock x0.5",
        "streams",
        "stream orders",
        "heat orders",
        "consumers",
        "consumers m",
        "transforms",
        "transforms t",
        "producers",
        "costs",
        "system",
        "records orders",
        "records orders --at oldest --shard 003 --key user-1",
        "records orders --at 00:14:32",
        "problems",
        "logs",
        "help",
        "themes",
        "theme dark",
        "what-if",
        "what-if scale orders 8; rate p 2",
        "price shard-hour 0.015",
        "session save",
        "session save my.ron",
        "session load hot-shard",
        "sessions",
        "demo",
        "demo hot-shard",
        "demo stop",
        "record mine",
        "record mine --replace",
        "record stop",
        "filter",
        "filter or",
        "metric",
        "metric refused",
        "span in",
        "span 300s",
        "fold",
        "map in",
        "map all",
        "look hex",
        "follow",
        "freeze",
        "next-problem",
        "cure",
        "undo",
        "redo",
        "screenshot",
        "screenshot a.svg",
        "quit",
        "open",
        "back",
        "out",
        "line",
        "search",
        "move page-down",
        "tab next",
        "panel previous",
        "zoom",
        "layout",
        "layout focus",
        "layout streams / flow*2 | problems+events :2",
        "visit toggle",
        "sort reverse",
        "mark all",
        "mouse",
        "log newest",
        "config theme",
        "suspend",
        "redraw",
        "copy row",
        "export csv",
        "export json table.json",
        "symbols",
        "symbols block",
        "ro",
        "rw",
        "rw 10",
        "time back",
        "time live",
        "time -37s",
        "time 00:14:32",
    ];

    #[test]
    fn every_command_reads_back_as_it_is_written() {
        for line in LINES {
            let command: Command = line.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
            assert_eq!(command.to_string(), *line);
        }
    }

    #[test]
    fn every_row_of_the_table_has_a_line_that_means_it() {
        for spec in table() {
            let meant = LINES.iter().any(|line| {
                line.parse::<Command>().is_ok_and(|command| spec_of(&command).name == spec.name)
            });
            assert!(meant, "no line means `{}`", spec.name);
        }
    }

    #[test]
    fn a_key_calls_one_command_on_a_screen() {
        let mut seen = std::collections::BTreeMap::new();
        for spec in table() {
            for binding in spec.keys {
                for screen in binding.on {
                    let other = seen.insert((*screen, binding.key), spec.name);
                    assert_eq!(other, None, "{} on {screen:?}: {}", binding.key, spec.name);
                }
            }
        }
    }

    /// The sentences of the table are what users see: each names the thing, the value, the rule.
    #[test]
    fn a_wrong_line_says_what_is_wrong_and_what_is_right() {
        for (line, says) in [
            ("", "nothing was typed"),
            ("  :  ", "nothing was typed"),
            ("spilt orders 1", "`spilt` is not a command: did you mean `split`?"),
            ("frobnicate", "`frobnicate` is not a command: `help` lists all commands"),
            ("split", "`split` needs STREAM: split STREAM SHARD [--at KEY|hot|middle]"),
            ("split orders", "`split` needs SHARD"),
            ("split orders x", "SHARD of `split` is `x`, allowed is a shard such as 3"),
            ("split orders 1 2", "`2` is too much for `split`"),
            ("split orders 1 --at", "`--at` of `split` needs a value"),
            (
                "split orders 1 --at zz",
                "--at of `split` is `zz`, allowed is hot, middle or a hash key",
            ),
            ("split orders 1 --att 5", "`split` has no flag `--att`: did you mean `--at`?"),
            ("split orders 1 --at 1 --at 2", "`--at` stands twice in `split`"),
            ("split or*ders 1", "STREAM of `split` is `or*ders`, allowed is a name"),
            ("scale orders 0", "SHARDS of `scale` is `0`, allowed is 1 to 10000"),
            ("scale orders many", "SHARDS of `scale` is `many`"),
            ("retention orders 12", "HOURS of `retention` is `12`, allowed is 24 to 8760"),
            (
                "mode orders manual",
                "MODE of `mode` is `manual`, allowed is provisioned or on-demand",
            ),
            ("record-size orders 1", "KIB of `record-size` is `1`, allowed is 1024 to 10240"),
            ("distribute orders evenly", "BY of `distribute` is `evenly`, allowed is keys or auto"),
            ("warm orders 10241", "MIB of `warm` is `10241`, allowed is 0 to 10240"),
            ("encrypt orders \"\"", "KEY of `encrypt` is ``, allowed is an id"),
            ("tag orders =x", "TAGS of `tag` is `=x`, allowed is KEY=VALUE"),
            ("untag orders", "`untag` needs KEY: untag STREAM KEY..."),
            ("register orders a/b", "CONSUMER of `register` is `a/b`, allowed is a name"),
            ("deregister orders", "`deregister` needs CONSUMER: deregister STREAM CONSUMER"),
            ("quotas all", "QUOTAS of `quotas` is `all`, allowed is desk, kinesis or off"),
            ("commitment maybe", "SWITCH of `commitment` is `maybe`, allowed is on or off"),
            ("create orders --shards 0", "--shards of `create` is `0`, allowed is 1 to 10000"),
            ("create o --shards 2 --on-demand", "`--shards` and `--on-demand` of `create` exclude"),
            (
                "create o --level disk",
                "--level of `create` is `disk`, allowed is memory, process or power",
            ),
            ("create o --retention 3h", "--retention of `create` is `3h`, allowed is 24h to 8760h"),
            (
                "create o --record-kib 99999",
                "--record-kib of `create` is `99999`, allowed is 1024 to 10240",
            ),
            ("create o --limits kinesis,x=1", "--limits of `create` is `kinesis,x=1`, allowed is"),
            ("create o --limits 1,2", "--limits of `create` is `1,2`, allowed is kinesis, off"),
            ("limits orders none", "LIMITS of `limits` is `none`, allowed is kinesis, off"),
            ("worker a kill 0", "WORKER of `worker` is `0`, allowed is 1 to 10000"),
            ("worker a start 4294967295", "WORKER of `worker` is `4294967295`, allowed is 1 to"),
            ("put orders k 'abc", "the quote `'` at column 14 is not closed"),
            ("put orders \"k\"x y", "a space must follow the quote that closes at column 14"),
            (
                "produce p orders magic",
                "SOURCE of `produce` is `magic`, allowed is synthetic, file",
            ),
            ("produce p orders host --rate 5", "`host` and `--rate` of `produce` exclude"),
            ("produce p orders synthetic --keys zipf", "--keys of `produce` is `zipf`, allowed is"),
            (
                "produce p orders synthetic --rate -1",
                "--rate of `produce` is `-1`, allowed is 0 to",
            ),
            ("produce p orders synthetic --size 9-3", "`min` of `produce` is `9`, allowed is at"),
            ("transform t a a keep:/x", "`stages` of `transform` is `keep`, allowed is in place"),
            ("transform t a a jq:. --routes b", "`routes` of `transform` is `1 long`"),
            ("transform t a b", "`transform` needs STAGE"),
            (
                "transform t a b jq:foo",
                "`jq` of `transform` is `foo`, allowed is a jq program, but column 1: jq has no `foo`",
            ),
            (
                "transform t a b \"jq:. | route(\\\"c\\\")\"",
                "column 12: `c` is no output, there is b: `--routes c` makes it one",
            ),
            (
                "transform t a b jq:. --routes b",
                "`routes` of `transform` is `b`, allowed is streams",
            ),
            ("transform t a b jq:. --routes c --errors c", "`errors` of `transform` is `c`"),
            ("transform t a b keep:/a deaggregate", "allowed is deaggregate as the first stage"),
            ("transform t a b keep:/a function:f", "allowed is a function as the first stage"),
            ("transform t a b jq:. keep:/a", "allowed is jq as the last stage"),
            ("transform t a b kep:/x", "STAGE of `transform` is `kep:/x`, allowed is parse:"),
            ("function f cont /a", "KIND of `function` is `cont`, allowed is simulated, count"),
            ("function f http ftp://x", "`url` of `function` is `ftp://x`, allowed is http://HOST"),
            ("function f process \"\"", "`command` of `function` is `empty`, allowed is a program"),
            ("function f process \"a 'b\"", "`command` of `function` is `a 'b`, allowed is quotes"),
            ("function f count a", "`field` of `function` is `a`, allowed is a JSON pointer"),
            ("attach f orders --batch 0", "--batch of `attach` is `0`, allowed is 1 to 10000"),
            ("attach f orders --from now", "--from of `attach` is `now`, allowed is trim-horizon"),
            ("attach f orders --age-s 30", "`record_age_max_s` of `attach` is `30`, allowed is -1"),
            ("attach f orders --bisect yes", "--bisect of `attach` is `yes`, allowed is on or off"),
            (
                "attach f orders --filter {\"a\":1}",
                "`filters` of `attach` is `{\"a\":1}`, allowed is `data`, `partitionKey` or `$or`",
            ),
            (
                "attach f orders --on-failure stream:orders",
                "`on_failure` of `attach` is `orders`, allowed is another stream than `stream`",
            ),
            (
                "tune m --on-failure http:///failures",
                "`on_failure` of `tune` is `http:///failures`, allowed is http://HOST:PORT/PATH",
            ),
            ("tune m --consumer a/b", "--consumer of `tune` is `a/b`, allowed is a name"),
            ("tune m --on-failure sqs", "--on-failure of `tune` is `sqs`, allowed is stream:NAME"),
            ("tune m --age-s 59", "`record_age_max_s` of `tune` is `59`, allowed is -1, or 60 to"),
            ("tune m", "`tune` needs --batch, --retries or another flag"),
            ("rate p fast", "FACTOR of `rate` is `fast`, allowed is 0 to 1000"),
            ("clock x1000", "HOW of `clock` is `x1000`, allowed is toggle, pause"),
            ("concurrency account none", "LIMIT of `concurrency` is `none`, allowed is 0 to"),
            ("concurrency f", "`concurrency` needs LIMIT"),
            ("session laod x", "`session` is not a command: did you mean `session"),
            ("help me", "`me` is too much for `help`"),
        ] {
            let error = line.parse::<Command>().expect_err(line).to_string();
            assert!(error.contains(says), "{line}\n  says:   {error}\n  wanted: {says}");
        }
    }
}
