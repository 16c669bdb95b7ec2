//! What users get wrong, and the sentence that each mistake gets: sessions, themes, keys, prices,
//! commands, arguments. Nothing here may panic, and nothing may happen besides the sentence.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use watershed::session::Session;

use crate::console::Console;

/// A good session, into which each mistake is put.
const SESSION: &str = r#"(
    version: 1,
    title: "Shop",
    seed: 7,
    streams: [(name: "orders", shards: 2, level: Memory)],
    functions: [(name: "bill", kind: Simulated, base_ms: 20)],
    producers: [(name: "shop", stream: "orders", source: Synthetic((rate: 10, payload: Orders)))],
    mappings: [(name: "bill-orders", stream: "orders", function: "bill", batch_size: 100)],
    timeline: [(at_s: 5, run: "split orders 0")],
    theme: "dark",
    expect: [(from_s: 1, to_s: 9, metric: DoneRecords("bill-orders"), above: 1)],
)"#;

/// What is replaced, by what, and what is said.
const SESSIONS: &[[&str; 3]] = &[
    ["version: 1", "version: 2", "shop.ron:2: `version` is 2, this program reads 1"],
    ["version: 1,", "", "shop.ron:12: at `)`: the field `version` is missing"],
    [
        r#"title: "Shop""#,
        r#"titel: "Shop""#,
        r#"shop.ron:3: field `titel`, at `titel: "Shop",`: `titel` is not a field here: did you mean `title`?"#,
    ],
    [
        "seed: 7",
        "seed: -7",
        "shop.ron:4: field `seed`, at `seed: -7,`: the number is out of the field's range",
    ],
    ["shards: 2", "shards: 0", "shop.ron:5: `shards` is 0, allowed is 1 to 10000"],
    [
        "shards: 2",
        "shards: two",
        r#"shop.ron:5: field `streams[0].shards`, at `streams: [(name: "orders", shards: two, level: Memory)],`: expected integer"#,
    ],
    [
        "level: Memory",
        r#"level: Memory, consumers: ["audit", "audit"]"#,
        "shop.ron:5: `consumers` is audit, allowed is each name once",
    ],
    [
        "level: Memory",
        r#"level: Memory, consumers: ["audit"], consumer_tags: {"adit": {"a": "b"}}"#,
        "shop.ron:5: `consumer_tags` is adit, allowed is a name of `consumers`",
    ],
    [
        r#""orders", shards"#,
        r#""or ders", shards"#,
        r#"shop.ron:5: field `streams[0].name`, at `streams: [(name: "or ders", shards: 2, level: Memory)],`: `or ders` is not a name: 1 to 128 of a-z, A-Z, 0-9, `_`, `.`, `-` are allowed"#,
    ],
    [
        "level: Memory",
        "level: Memry",
        r#"shop.ron:5: field `streams[0].level`, at `streams: [(name: "orders", shards: 2, level: Memry)],`: `Memry` is not a choice: did you mean `Memory`?"#,
    ],
    [
        "level: Memory",
        "level: Memory, retention_h: 9000",
        r#"shop.ron:5: field `streams[0].retention_h`, at `streams: [(name: "orders", shards: 2, level: Memory, retenti`: `retention_h` is not a field here: did you mean `retention_hours`?"#,
    ],
    [
        "kind: Simulated, base",
        "kind: Simulated, error_rate: 1.5, base",
        "shop.ron:6: `error_rate` is 1.5, allowed is 0 to 1",
    ],
    [
        r#"function: "bill", batch"#,
        r#"function: "bil", batch"#,
        "shop.ron:8: `function` is `bil`, but the session has no such function: did you mean `bill`?",
    ],
    [
        "batch_size: 100",
        "batch_size: 10001",
        "shop.ron:8: `batch_size` is 10001, allowed is 1 to 10000",
    ],
    [
        "batch_size: 100",
        "batch_size: 100, parallelization_factor: 11",
        "shop.ron:8: `parallelization_factor` is 11, allowed is 1 to 10",
    ],
    ["rate: 10", "rate: -1", "shop.ron:7: `rate` is -1, allowed is 0 to 10000000 records a second"],
    [
        "payload: Orders",
        "payload: Invoices",
        r#"shop.ron:7: field `producers[0].source.Synthetic.payload`, at `producers: [(name: "shop", stream: "orders", source: Synthet`: `Invoices` is not a choice: there is Clicks, Orders, Devices, Posts, Filler"#,
    ],
    [
        r#"stream: "orders", source"#,
        r#"stream: "order", source"#,
        "shop.ron:7: `stream` is `order`, but the session has no such stream: did you mean `orders`?",
    ],
    [
        r#"run: "split orders 0""#,
        r#"run: "splt orders 0""#,
        "shop.ron:9: `run`: `splt` is not a command: did you mean `split`?",
    ],
    [
        r#"run: "split orders 0""#,
        r#"run: "split ordrs 0""#,
        "shop.ron:9: `run` is `split ordrs 000`, but there is no stream `ordrs`: did you mean `orders`?",
    ],
    [
        r#"run: "split orders 0""#,
        r#"run: "quit""#,
        "shop.ron:9: `run`: `quit` changes the view: a timeline changes the world; `view` sets the screen",
    ],
    ["seed: 7", "seed: 7, length_s: 0", "shop.ron:4: `length_s` is 0, allowed is 1 to 10000000"],
    [
        "seed: 7",
        "seed: 7, delays: (create_ms: 99999999999, update_ms: 1, delete_ms: 1)",
        "shop.ron:4: `create_ms` is 99999999999, allowed is 0 to 10000000000",
    ],
    [
        r#"at_s: 5, run: "split orders 0""#,
        "at_s: 5",
        "shop.ron:9: a cue of the timeline needs `caption`, `run` or `view`",
    ],
    [
        r#"run: "split orders 0""#,
        r#"view: "quit""#,
        "shop.ron:9: `view` is `quit`, which is not a screen: `stream NAME`",
    ],
    [
        r#"run: "split orders 0""#,
        r#"view: "strem orders""#,
        "shop.ron:9: `view`: `strem` is not a command: did you mean `stream`?",
    ],
    [
        r#"run: "split orders 0""#,
        r#"run: "clock x10""#,
        "shop.ron:9: `run`: `clock x10` moves the clock, which a timeline lives by",
    ],
    ["at_s: 5", "at_s: -5", "shop.ron:9: `at_s` is -5, allowed is 0 to 10000000"],
    [
        r#"DoneRecords("bill-orders")"#,
        r#"DoneRecords("nobody")"#,
        "shop.ron:11: `metric` is about `nobody`, but the session has no such mapping",
    ],
    ["to_s: 9", "to_s: 0", "shop.ron:11: `from_s` is 1, allowed is less than `to_s`, 0"],
    [
        "above: 1",
        "abov: 1",
        r#"shop.ron:11: field `expect[0].abov`, at `expect: [(from_s: 1, to_s: 9, metric: DoneRecords("bill-orde`: `abov` is not a field here: did you mean `above`?"#,
    ],
    [
        r#"theme: "dark""#,
        r#"theme: "dark", layouts: {"steams": "rows"}"#,
        "shop.ron:10: `layouts` names `steams`, which is no screen; did you mean `streams`?",
    ],
    [
        r#"theme: "dark""#,
        r#"theme: "dark", layouts: {"streams": "streams / lanes"}"#,
        "shop.ron:10: `layouts` of `streams`: the screen `streams` has no panel `lanes`: it has streams, flow, events, problems, heat, consumers, producers",
    ],
    [
        r#"theme: "dark""#,
        r#"theme: "dark", layouts: {"stream": "shards / map*20"}"#,
        "shop.ron:10: `layouts` of `stream`: `20` is no weight: 1 to 9",
    ],
    [
        r#"theme: "dark""#,
        "theme: dark",
        "shop.ron:10: field `theme`, at `theme: dark,`: expected string",
    ],
    [
        "    theme",
        r#"    view: "delete orders",
    theme"#,
        "shop.ron:10: `view` is `delete orders`, which is not a screen: `stream NAME`",
    ],
];

const DARK: &str = include_str!("../themes/dark.ron");

const THEMES: &[[&str; 3]] = &[
    [
        r#"name: "dark""#,
        r#"nam: "dark""#,
        r#"my.ron, line 3, field `nam`, at `nam: "dark",`: `nam` is not a field here: did you mean `name`?"#,
    ],
    [
        "    key:",
        "    keys:",
        r##"my.ron, line 14, field `keys`, at `keys: (fg: "#e8c987", bold: true),`: `keys` is not a field here: did you mean `key`?"##,
    ],
    [
        r##""#d5d9e0""##,
        r##""#d5d9e""##,
        r##"my.ron, line 4, field `text.fg`, at `text: (fg: "#d5d9e", bg: "#14171c"),`: `#d5d9e` is no color: write "#rrggbb", a number from 0 to 255, "reset", or one of the terminal's 16 by name, as "light-red""##,
    ],
    [
        r##""#d5d9e0""##,
        "256",
        r##"my.ron, line 4, field `text.fg`, at `text: (fg: 256, bg: "#14171c"),`: expected string"##,
    ],
    [
        r##""#14171c""##,
        r##""-1""##,
        r##"my.ron, line 4, field `text.bg`, at `text: (fg: "#d5d9e0", bg: "-1"),`: `-1` is no color: write "#rrggbb", a number from 0 to 255, "reset", or one of the terminal's 16 by name, as "light-red""##,
    ],
    [
        r##"accent: (fg: "#7cb7ff", bold: true)"##,
        r##"accent: (fg: "#7cb7ff", bold: 1)"##,
        r##"my.ron, line 6, field `accent.bold`, at `accent: (fg: "#7cb7ff", bold: 1),`: expected boolean"##,
    ],
    [
        "    muted:",
        "    // muted:",
        "my.ron, line 16, field `theme`, at `)`: the field `muted` is missing",
    ],
    [
        r##"gradient: ("#3f8f68", "##,
        "gradient: (",
        r##"my.ron, line 15, field `gradient`, at `gradient: ("#e0b050", "#ff6b68"),`: expected an array of length 3 but found 2 elements instead"##,
    ],
    [
        "gradient: (",
        r##"gradient: ("#000000", "##,
        r##"my.ron, line 15, field `gradient`, at `gradient: ("#000000", "#3f8f68", "#e0b050", "#ff6b68"),`: expected closing `)`"##,
    ],
    [
        "text: (fg:",
        "text: (fb:",
        r##"my.ron, line 4, field `text.fb`, at `text: (fb: "#d5d9e0", bg: "#14171c"),`: `fb` is not a field here: did you mean `fg`?"##,
    ],
    [
        r##"selection: (bg: "#2b3442")"##,
        "selection: (blink: true)",
        "my.ron, line 8, field `selection.blink`, at `selection: (blink: true),`: `blink` is not a field here: there is fg, bg, ansi, bold, dim, italic, underlined, reversed",
    ],
    [
        "    key:",
        "    ok:",
        r##"my.ron, line 14, field `theme`, at `ok: (fg: "#e8c987", bold: true),`: the field `ok` stands twice"##,
    ],
    [
        r##"name: "dark""##,
        r##"name: " ""##,
        "my.ron, line 3, field `name`, at ` `: a theme is chosen by its name: at least one letter",
    ],
];

/// Key files, and what is said of each.
const KEYS: &[[&str; 2]] = &[
    [
        r#"{"everywhere": {"k": "splt"}}"#,
        "line 1: `k` calls `splt`, which is not a command: did you mean `split`?",
    ],
    [
        r#"{"everywhere": {"ctrl-": "split"}}"#,
        "line 1: `ctrl-` is not a key: write one letter or sign, `ctrl-p`, `alt-x`, `f5`, or a name as `enter`, `space`, `page-down`",
    ],
    [
        r#"{"everywhere": {"f99": "quit"}}"#,
        "line 1: `f99` is not a key: write one letter or sign, `ctrl-p`, `alt-x`, `f5`, or a name as `enter`, `space`, `page-down`",
    ],
    [
        r#"{"everywhere": {"": "quit"}}"#,
        "line 1: `` is not a key: write one letter or sign, `ctrl-p`, `alt-x`, `f5`, or a name as `enter`, `space`, `page-down`",
    ],
    [r#"{"everywhere": {"ctrl-c": "undo"}}"#, "line 1: `ctrl-c` cannot be bound: it always leaves"],
    [
        r#"{"everywhere": {"ctrl-m": "undo"}}"#,
        "line 1: `ctrl-m` cannot be bound: terminals send it for enter",
    ],
    [
        r#"{"everywhere": {"ctrl-h": "help"}}"#,
        "line 1: `ctrl-h` cannot be bound: many terminals send it for backspace",
    ],
    [
        r#"{"everywhere": {"ctrl-i": "help"}}"#,
        "line 1: `ctrl-i` cannot be bound: terminals send it for tab",
    ],
    [
        r#"{"everywhere": {"ctrl-b": "help"}}"#,
        "line 1: `ctrl-b` cannot be bound: screen and tmux take it as their prefix",
    ],
    [
        r#"{"everywhere": {"ctrl-s": "help"}}"#,
        "line 1: `ctrl-s` cannot be bound: terminals stop and start their output by it",
    ],
    [
        r#"{"everywhere": {"k": "split orders 0 --att 1"}}"#,
        "line 1: `k` calls a wrong line: `split` has no flag `--att`: did you mean `--at`?",
    ],
    [
        r#"{"everywhere": {"k": "scale orders 0"}}"#,
        "line 1: `k` calls a wrong line: SHARDS of `scale` is `0`, allowed is 1 to 10000",
    ],
    [
        r#"{"everywhere": {"k": "quit now"}}"#,
        "line 1: `k` calls a wrong line: `now` is too much for `quit`: quit",
    ],
    [r#"{"strems": {"k": "split"}}"#, "line 1: `strems` is not a screen: did you mean `streams`?"],
    [
        r#"{"streams": {"K": "split", "K": "merge"}}"#,
        "line 1: `K` is bound twice: to `split` (streams) and to `merge` (streams): take one away",
    ],
    [
        r#"{"everywhere": {"K": "split"}, "streams": {"K": "merge"}}"#,
        "line 1: `K` is bound twice: to `split` (everywhere) and to `merge` (streams): take one away",
    ],
    [r#"{"everywhere": "k"}"#, r#"line 1: `{"everywhere": "k"}`: expected opening `{`"#],
    [r#"["k"]"#, r#"line 1: `["k"]`: expected opening `{`"#],
    [r#"{"everywhere": {"k": 1}}"#, r#"line 1: `{"everywhere": {"k": 1}}`: expected string"#],
    [
        r#"{"everywhere": {"k": "help" "j": "undo"}}"#,
        r#"line 1: `{"everywhere": {"k": "help" "j": "undo"}}`: expected comma"#,
    ],
    ["", "line 1: ``: expected opening `{`"],
];

const US_EAST_1: &str = include_str!("../src/cost/us-east-1.ron");

/// What is replaced in the built-in price list, by what, and what is said.
const PRICES: &[[&str; 3]] = &[
    [
        "    shard_hour:",
        "    shard_our:",
        "line 6: `shard_our` is not a field here: did you mean `shard_hour`?",
    ],
    ["    shard_hour:", "    // shard_hour:", "line 21: the field `shard_hour` is missing"],
    [
        "put_unit_bytes: 25600",
        "put_unit_bytes: -1",
        "line 8: the number is out of the field's range",
    ],
    [
        "put_unit_bytes: 25600",
        "put_unit_bytes: 0",
        "line 8: `put_unit_bytes` is 0, allowed is 1 or more",
    ],
    [
        "put_units_million: 0.014",
        "put_units_million: -1",
        "line 7: `put_units_million` is -1, allowed is 0 or more",
    ],
    [
        "put_units_million: 0.014",
        "put_units_million: NaN",
        "line 7: `put_units_million` is NaN, allowed is 0 or more",
    ],
    ["put_units_million: 0.014", "put_units_million: cheap", "line 7: expected float"],
    [r#"date: "2026-09""#, "date: 2026", "line 4: expected string"],
];

/// Lines typed into the console on the session `hot-shard`.
const LINES: &[[&str; 2]] = &[
    ["splt orders 2", "`splt` is not a command: did you mean `split`?"],
    ["split", "`split` needs STREAM: split STREAM SHARD [--at KEY|hot|middle]"],
    ["split orders", "`split` needs SHARD: split STREAM SHARD [--at KEY|hot|middle]"],
    ["split ordrs 2", "there is no stream `ordrs`: did you mean `orders`?"],
    ["split orders 9", "shard 009 of orders does not exist: open are 000, 001, 002, 003"],
    [
        "split orders x",
        "SHARD of `split` is `x`, allowed is a shard such as 3, 003 or shardId-000000000003",
    ],
    [
        "split orders 2 --at 0",
        "0 does not lie inside shard 002, allowed is 0x80000000000000000000000000000001 to 0xbfffffffffffffffffffffffffffffff",
    ],
    [
        "split orders 2 --at zzz",
        "--at of `split` is `zzz`, allowed is hot, middle or a hash key: decimal, or hexadecimal digits behind 0x",
    ],
    ["split orders 2 2", "`2` is too much for `split`: split STREAM SHARD [--at KEY|hot|middle]"],
    ["merge orders 0 2", "shards 000 and 002 of orders are not neighbors: 000 has 001"],
    ["merge orders 0 0", "shard 000 of orders cannot be merged with itself: name a neighbor"],
    ["merge orders 0", "`merge` needs NEIGHBOR: merge STREAM SHARD NEIGHBOR"],
    ["scale orders 0", "SHARDS of `scale` is `0`, allowed is 1 to 10000"],
    ["scale orders 100000", "SHARDS of `scale` is `100000`, allowed is 1 to 10000"],
    ["scale orders many", "SHARDS of `scale` is `many`, allowed is 1 to 10000"],
    ["create orders", "`orders` exists already: choose another name"],
    [
        "create a/b",
        "STREAM of `create` is `a/b`, allowed is a name: 1 to 128 of a-z, A-Z, 0-9, `_`, `.`, `-`",
    ],
    ["create new --shards 0", "--shards of `create` is `0`, allowed is 1 to 10000"],
    [
        "create new --retention 1",
        "--retention of `create` is `1`, allowed is 24h to 8760h, or seconds such as 90s for demos",
    ],
    ["delete ordrs", "there is no stream `ordrs`: did you mean `orders`?"],
    ["retention orders 23", "HOURS of `retention` is `23`, allowed is 24 to 8760"],
    ["retention orders 8761", "HOURS of `retention` is `8761`, allowed is 24 to 8760"],
    ["retention orders x", "HOURS of `retention` is `x`, allowed is 24 to 8760"],
    [
        "limits orders write=x",
        "LIMITS of `limits` is `write=x`, allowed is kinesis, off, or WRITE-RECORDS,WRITE-BYTES,READ-BYTES,READ-CALLS a second, each a number from 1 or off; read-records=N, iterators=N and readers=N may follow",
    ],
    ["rate shop 1001", "FACTOR of `rate` is `1001`, allowed is 0 to 1000"],
    ["rate shop -1", "FACTOR of `rate` is `-1`, allowed is 0 to 1000"],
    ["rate nobody 2", "there is no producer `nobody`: there is shop"],
    ["pause nobody", "there is no producer or mapping `nobody`: there is shop, bill-orders"],
    ["detach nobody", "there is no part `nobody`: there is shop, bill-orders, billing"],
    ["put ordrs k d", "there is no stream `ordrs`: did you mean `orders`?"],
    [
        "attach bill-orders billing orders",
        "`orders` is too much for `attach`: attach FUNCTION STREAM [--name NAME] [--consumer NAME] [--batch N] [--window-ms MS] [--factor N] [--retries N] [--age-s S] [--bisect on|off] [--partial on|off] [--tumbling-s S] [--filter PATTERN] [--on-failure stream:NAME|file:PATH|URL] [--event-counts on|off] [--kms-key ARN] [--tags A=1,B=2] [--from trim-horizon|latest|at:SECONDS] [--paused]",
    ],
    [
        "attach more bilin orders",
        "`orders` is too much for `attach`: attach FUNCTION STREAM [--name NAME] [--consumer NAME] [--batch N] [--window-ms MS] [--factor N] [--retries N] [--age-s S] [--bisect on|off] [--partial on|off] [--tumbling-s S] [--filter PATTERN] [--on-failure stream:NAME|file:PATH|URL] [--event-counts on|off] [--kms-key ARN] [--tags A=1,B=2] [--from trim-horizon|latest|at:SECONDS] [--paused]",
    ],
    ["attach more billing orders --batch 0", "--batch of `attach` is `0`, allowed is 1 to 10000"],
    ["attach more billing orders --factor 11", "--factor of `attach` is `11`, allowed is 1 to 10"],
    ["produce shop orders synthetic", "`shop` exists already: choose another name"],
    [
        "produce p2 orders sythetic",
        "SOURCE of `produce` is `sythetic`, allowed is synthetic, file, stdin or host",
    ],
    [
        "produce p2 orders file",
        "`produce` needs PATH: produce NAME STREAM synthetic [--rate N] [--payload P] [--keys K] [--shape S] [--size B] | file PATH [--pace P] [--key K] | stdin [--key K] | host  [--aggregate on|BYTES:RECORDS:MILLISECONDS]",
    ],
    [
        "transform t orders orders keep",
        "STAGE of `transform` is `keep`, allowed is parse:common|combined|logfmt|csv:A,B, keep:CONDITION, drop:CONDITION, pick:/A,/B, rename:A:B, rekey:/A, jq:PROGRAM, function:NAME or deaggregate",
    ],
    ["transform t orders popular rekey:/user", "there is no stream `popular`: there is orders"],
    ["function billing simulated", "`billing` exists already: choose another name"],
    [
        "function f count",
        "`function` needs /FIELD: function NAME simulated | count /FIELD [--top N] | archive PATH | notify CONDITION TEXT [--quiet-s N] | spike /FIELD FACTOR LEAST | process COMMAND [--handler H] [--timeout-s N] [--memory-mb N] [--dir DIR] [--env NAME=VALUE,...] | http URL [--timeout-s N]  [--base-ms MS] [--spread S] [--per-record-us US] [--error-rate R] [--cold-start-ms MS] [--fails-on CONDITION] [--reports] [--reserved N] [--provisioned N]",
    ],
    ["concurrency account -1", "LIMIT of `concurrency` is `-1`, allowed is 0 to 1000000"],
    ["concurrency nobody 5", "there is no function `nobody`: there is billing"],
    [
        "clock speed 1000",
        "HOW of `clock` is `speed`, allowed is toggle, pause, resume, step, next, slower, faster, or x0.1 to x100",
    ],
    [
        "clock sped 2",
        "HOW of `clock` is `sped`, allowed is toggle, pause, resume, step, next, slower, faster, or x0.1 to x100",
    ],
    [
        "theme pink",
        "there is no theme `pink`: there is auto, dark, light, mono, gruvbox, nord, solarized-light, high-contrast, deuteranope",
    ],
    ["stream nothing", "there is no stream `nothing`: there is orders"],
    ["records nothing", "there is no stream `nothing`: there is orders"],
    ["consumers nobody", "there is no consumer `nobody`: there is bill-orders"],
    ["record", "`record` needs NAME: record NAME [--replace]"],
    ["record a b", "`b` is too much for `record`: record NAME [--replace]"],
    ["record stop", "nothing is being recorded: `record NAME` begins"],
    ["demo stop", "no demo is played: `demo NAME` plays one"],
    ["frobnicate", "`frobnicate` is not a command: `help` lists all commands"],
    [r#""unclosed"#, r#"the quote `"` at column 1 is not closed: add `"` at the end"#],
];

/// Arguments of the program, and the first line of standard error.
const ARGUMENTS: &[[&str; 2]] = &[
    ["--session nope", "error: `nope` is neither a built-in session nor a file"],
    ["--theme pink --session hot-shard", "error: `pink` is neither a built-in theme nor a file"],
    ["run", "error: the following required arguments were not provided:"],
    ["run nope", "error: `nope` is neither a built-in session nor a file"],
    [
        "run hot-shard --for 5",
        "error: invalid value '5' for '--for <TIME>': a time is a number above 0 and a unit: 250ms, 60s, 5m, 1h or 1d",
    ],
    [
        "run hot-shard --for 0s",
        "error: invalid value '0s' for '--for <TIME>': a time is a number above 0 and a unit: 250ms, 60s, 5m, 1h or 1d",
    ],
    [
        "simulate hot-shard --seed x",
        "error: invalid value 'x' for '--seed <SEED>': a seed is a whole number from 0 to 18446744073709551615",
    ],
    ["simulate hot-shard --for -1s", "error: unexpected argument '-1' found"],
    [
        "screenshot hot-shard --size 10x10",
        "error: invalid value '10x10' for '--size <WxH>': a size is columns x rows from 40x8 to 500x200, as 120x40",
    ],
    [
        "screenshot hot-shard --size big",
        "error: invalid value 'big' for '--size <WxH>': a size is columns x rows from 40x8 to 500x200, as 120x40",
    ],
    [
        "screenshot hot-shard --view nothing",
        "error: --view: `nothing` is not a command: `help` lists all commands",
    ],
    ["screenshot hot-shard --theme pink", "error: `pink` is neither a built-in theme nor a file"],
    [
        "session check nowhere.ron",
        "error: `nowhere.ron` cannot be read: No such file or directory (os error 2)",
    ],
    ["completions tcsh", "error: invalid value 'tcsh' for '<SHELL>'"],
    ["--memory --data x", "error: the argument '--memory' cannot be used with '--data <DIR>'"],
    ["frobnicate", "error: unrecognized subcommand 'frobnicate'"],
    [
        "--input nowhere.log --session hot-shard",
        "error: the argument '--input <FILE>' cannot be used with '--session <SESSION>'",
    ],
    ["cast nope", "error: `nope` is neither a built-in session nor a file"],
    [
        "cast hot-shard --fps 0",
        "error: invalid value '0' for '--fps <N>': pictures a second are 0.1 to 30",
    ],
    [
        "cast hot-shard --from 9s --to 1s",
        "error: `--from`, `--to` and `--every` make 1 pictures, allowed is 2 to 1000",
    ],
    ["bench nope", "error: `nope` is not a bench"],
    ["--color", "error: a value is required for '--color <DEPTH>' but none was supplied"],
    ["--colour", "error: unexpected argument '--colour' found"],
    ["simulate .", "error: `.` cannot be read: Is a directory (os error 21)"],
];

fn changed(good: &str, from: &str, to: &str) -> String {
    assert_eq!(good.matches(from).count(), 1, "`{from}` must stand there once");
    good.replace(from, to)
}

fn watershed(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watershed"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR")).env_remove("NO_COLOR");
    command.output().expect("the program runs")
}

#[test]
fn sessions() {
    Session::parse("shop.ron", SESSION).expect("the sample is good");
    for [from, to, said] in SESSIONS {
        let error = Session::parse("shop.ron", &changed(SESSION, from, to)).expect_err(to);
        assert_eq!(error.to_string(), *said, "{from} -> {to}");
    }
}

#[test]
fn themes() {
    for [from, to, said] in THEMES {
        let parsed = watershed::console::theme::Theme::parse("my.ron", &changed(DARK, from, to));
        assert_eq!(parsed.expect_err(to).to_string(), *said, "{from} -> {to}");
    }
}

#[test]
fn key_files() {
    for [text, said] in KEYS {
        let wrong = watershed::console::keymap::Keymap::default().with_file("my.ron", text);
        assert_eq!(wrong.expect_err(text).to_string(), format!("my.ron, {said}"), "{text}");
    }
}

#[test]
fn price_lists() {
    for [from, to, said] in PRICES {
        let fault = watershed::cost::Prices::parse(&changed(US_EAST_1, from, to)).expect_err(to);
        assert_eq!(format!("line {}: {}", fault.line, fault.rule), *said, "{from} -> {to}");
    }
}

/// There are at least a hundred, of every kind.
#[test]
fn the_wrong_inputs_are_many() {
    let kinds =
        [SESSIONS.len(), THEMES.len(), KEYS.len(), PRICES.len(), LINES.len(), ARGUMENTS.len()];
    assert!(kinds.iter().sum::<usize>() >= 150 && kinds.iter().all(|kind| *kind > 5), "{kinds:?}");
}

#[test]
fn lines() {
    for [line, said] in LINES {
        let mut console = Console::on("hot-shard", 20);
        let before = console.world.chronicle().digest();
        console.line(line);
        assert_eq!(console.said(), *said, "{line}");
        assert_eq!(console.world.chronicle().digest(), before, "`{line}` had an effect");
    }
}

#[test]
fn arguments() {
    for [line, said] in ARGUMENTS {
        let output = watershed(&line.split(' ').collect::<Vec<_>>());
        let told = String::from_utf8(output.stderr).expect("words");
        assert_eq!(told.lines().next(), Some(*said), "{line}");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(output.stdout.is_empty(), "{line}: standard output is for data");
    }
}

/// A file that cannot be a session is told as one sentence, whatever is in it.
#[test]
fn files_of_rubbish() {
    for (nth, rubbish) in [&b""[..], b"\xff\xfe", b"(", b"{}", &[b'('; 100_000]].iter().enumerate()
    {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("rubbish-{nth}.ron"));
        fs::write(&path, rubbish).expect("a file");
        let output = watershed(&["session", "check", &path.display().to_string()]);
        let told = String::from_utf8(output.stderr).expect("words");
        assert_eq!(output.status.code(), Some(2), "{nth}: {told}");
        assert!(told.starts_with("error: ") && told.contains("rubbish-"), "{nth}: {told}");
    }
}
