use super::*;
use crate::pipeline::program::Program as _;

fn compile(code: &str) -> Program {
    Program::compile(code).unwrap_or_else(|why| panic!("{code}: {why}"))
}

fn outputs() -> [StreamName; 2] {
    ["large", "small"].map(|name| StreamName::new(name).expect("a name"))
}

fn emit(program: &mut Program, data: &str) -> Result<Vec<Emitted>, String> {
    program.run(&Given { key: "user-1", data: data.as_bytes(), outputs: &outputs() })
}

fn run(code: &str, data: &str) -> Result<Vec<String>, String> {
    let emitted = emit(&mut compile(code), data)?;
    Ok(emitted.into_iter().map(|one| String::from_utf8_lossy(&one.data).into_owned()).collect())
}

#[test]
fn a_program_filters_maps_divides_and_drops() {
    for (code, data, wanted) in [
        (".", r#"{"a":1}"#, &[r#"{"a":1}"#][..]),
        ("select(.a > 1)", r#"{"a":1}"#, &[]),
        ("{b: .a}", r#"{"a":1}"#, &[r#"{"b":1}"#]),
        (".items[]", r#"{"items":[1,"x"]}"#, &["1", "\"x\""]),
        ("empty", "1", &[]),
        ("$key", "1", &["\"user-1\""]),
        (".a += 2 | .b |= 3 | del(.c)", r#"{"a":1,"c":1}"#, &[r#"{"a":3,"b":3}"#]),
        ("def twice(f): f | f; twice(. * 2)", "3", &["12"]),
        ("[limit(3; repeat(1))]", "1", &["[1,1,1]"]),
        ("[.[] | select(test(\"^a\"))]", r#"["ab","b"]"#, &[r#"["ab"]"#]),
        ("walk(if type == \"number\" then . + 1 else . end)", "[1,[2]]", &["[2,[3]]"]),
        ("reduce range(5) as $i (0; . + $i)", "1", &["10"]),
        ("try error(\"x\") catch .", "1", &["\"x\""]),
    ] {
        let came = run(code, data).unwrap_or_else(|why| panic!("{code}: {why}"));
        assert_eq!(came, wanted, "{code}");
    }
}

#[test]
fn a_key_and_a_state_are_said_and_not_seen() {
    let mut program = compile("state(($state // 0) + .n) | rekey(.user) | .[\"x\"]? // .");
    let first = emit(&mut program, r#"{"user":"u","n":2}"#).expect("it runs");
    assert_eq!(first[0].key.as_deref(), Some("u"));
    assert_eq!(first[0].data, br#"{"user":"u","n":2}"#);
    assert!(emit(&mut program, r#"{"user":7,"n":2}"#).is_err(), "a key is a text");
    let mut told = compile("state(($state // 0) + 1) | ($state // 0)");
    let counts = [0, 1, 2].map(|_| emit(&mut told, "{}").expect("it runs")[0].data.clone());
    assert_eq!(counts, [b"0".to_vec(), b"1".to_vec(), b"2".to_vec()]);
}

/// A key once stayed for all outputs that came later.
#[test]
fn a_key_and_a_route_hold_for_what_comes_of_it_and_no_further() {
    for (code, data, wanted) in [
        ("rekey(.a) | .n[]", r#"{"a":"x","n":[1,2]}"#, &[(0, Some("x"), "1"), (0, Some("x"), "2")]),
        (
            ".[] | if . > 1 then route(\"small\") else . end",
            "[2,1]",
            &[(1, None, "2"), (0, None, "1")],
        ),
        ("(rekey(\"x\") | .a), .b", r#"{"a":1,"b":2}"#, &[(0, Some("x"), "1"), (0, None, "2")]),
        ("rekey(\"x\") | (rekey(\"y\") | 1), 2", "0", &[(0, Some("y"), "1"), (0, Some("x"), "2")]),
        (
            "route(\"small\", \"large\") | rekey(\"k\")",
            "1",
            &[(1, Some("k"), "1"), (0, Some("k"), "1")],
        ),
    ] {
        let came = emit(&mut compile(code), data).unwrap_or_else(|why| panic!("{code}: {why}"));
        let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
        let came: Vec<_> =
            came.iter().map(|one| (one.output, one.key.as_deref(), text(&one.data))).collect();
        let wanted: Vec<_> =
            wanted.iter().map(|(to, key, data)| (*to, *key, (*data).to_owned())).collect();
        assert_eq!(came, wanted, "{code}");
    }
}

#[test]
fn a_route_leads_to_an_output_or_is_told() {
    for (code, says) in [
        (
            "route(\"smal\")",
            "column 8: `smal` is no output, there is large, small: `--routes smal`",
        ),
        ("if .a then .\n else route(\"b\") end", "line 2, column 14: `b` is no output"),
        ("def f: route(\"c\"); f", "column 15: `c` is no output"),
    ] {
        let why = compile(code).check_routes(&outputs()).expect_err(code);
        assert!(why.contains(says), "{code}: {why}");
    }
    assert_eq!(compile("route(\"small\") | route(.a)").check_routes(&outputs()), Ok(()));
    let why = run("route(.a)", r#"{"a":"elsewhere"}"#).expect_err("no such output");
    assert!(why.starts_with("`elsewhere` is no output"), "{why}");
    assert!(run("route(.a)", r#"{"a":1}"#).expect_err("a number").contains("no name of a stream"));
}

/// Half of a record's outputs would be neither here nor there.
#[test]
fn a_record_that_fails_puts_out_nothing_and_leaves_the_state() {
    let mut program = compile("state(9) | ($state // 0), (if .bad then error(\"bad\") else 1 end)");
    assert_eq!(emit(&mut program, r#"{"bad":true}"#), Err("bad".to_owned()));
    let came = emit(&mut program, r#"{"bad":false}"#).expect("it runs");
    assert_eq!(came[0].data, b"0");
}

#[test]
fn whatever_it_says_a_program_ends_and_makes_no_more_than_it_may() {
    for code in [
        "[range(1e12)] | length",
        "[repeat(1)]",
        "last(range(1e12))",
        "until(false; .)",
        "reduce range(60) as $i (\"x\"; . + .)",
        "reduce range(60) as $i ([]; [., .])",
        "reduce range(100) as $i (9; . * .)",
        "reduce range(1e5) as $i (0; [.])",
        "\"x\" * 1e12",
        "range(20000)",
        "[.[] as $a | .[] as $b | .[] as $c | .[] as $d | 1] | length",
    ] {
        let data = format!("[{}0]", "1,".repeat(300));
        let data = if code.starts_with("[.[]") { data.as_str() } else { "1" };
        assert!(run(code, data).is_err(), "{code}");
    }
    let deep = "[".repeat(100_000);
    assert!(run(".", &deep).expect_err("too deep").contains("deeper"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (code, says) in [
        ("foo", "column 1: jq has no `foo`"),
        (".a | splat(.b)", "column 6: jq has no `splat`"),
        ("split(1; 2; 3)", "column 1: `split` takes"),
        ("$who", "there is no variable `$who`"),
        ("select(.a", "closing parenthesis expected"),
        (".a && .b", "column 4"),
        ("", "column 1: term expected"),
        ("def f: f; f", "`f` calls itself: write `recurse`, `until` or `reduce`"),
        ("def f(g): def h: f(g); h; f(.)", "`f` calls itself"),
    ] {
        let why = Program::compile(code).expect_err(code);
        assert!(why.contains(says), "{code}: {why}");
    }
    assert!(run("now", "1").expect_err("no clock").contains("no clock"));
    assert!(run("env", "1").is_err());
}

/// They were written as jq's library does, for which JSON is not all that there is.
#[test]
fn what_is_beyond_json_is_written_as_jq_does() {
    let most = "1.7976931348623157e308";
    for (code, data, wanted) in [
        ("[nan, {a: nan}]", "1", "[null,{\"a\":null}]"),
        ("[infinite, -infinite]", "1", &format!("[{most},-{most}]")),
        (".", "[NaN, Infinity, -Infinity]", &format!("[null,{most},-{most}]")),
        (".", "[1e1000, -0.0, 1.0]", "[1e1000,-0.0,1.0]"),
        ("@base64d", "\"/2E=\"", "\"\u{fffd}a\""),
        (".", "b\"a\\\"b\"", r#""a\"b""#),
    ] {
        let came = run(code, data).unwrap_or_else(|why| panic!("{code}: {why}"));
        assert_eq!(came, [wanted], "{code} of {data}");
        let json: Result<serde_json::Value, _> = serde_json::from_str(&came[0]);
        assert!(json.is_ok() || data.contains("1e1000"), "{}", came[0]);
    }
    let why = run("{(.a): 1}", r#"{"a":[1]}"#).expect_err("a key is a text");
    assert!(why.contains("`| tostring`"), "{why}");
}

/// What is read and written here is what the library reads and writes.
#[test]
fn values_are_those_of_the_library() {
    let deep = format!("{}1{}", "[".repeat(199), "]".repeat(199));
    let texts = [
        r#"{"a":[1,-2,0,12345678901234567890123,1.10,1e5,-0.5],"b":{"c":null},"b":true}"#,
        r#"  [ "plain", "q\"uote \u00e9 \\", "\ud83d\ude00", "\u{7f}", "\u{e9}\u{1f600}", "" ] "#,
        r#"{ }"#,
        "[]",
        "[01]",
        "[1 2]",
        "{\"a\" 1}",
        "[1,]",
        "\"open",
        "\"a\nb\"",
        "7 8",
        "[nan]",
        "# a comment\n{\"a\": 1 # another\n}",
        "-",
        "",
        "tru",
        &deep,
    ];
    for text in texts {
        let theirs = jaq_json::read::parse_single(text.as_bytes());
        match (super::read::value(text.as_bytes()), theirs) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}");
                let mut written = super::Bounded { text: String::new(), left: 10_000 };
                super::write::value(&mut written, &ours).expect("it fits");
                assert_eq!(written.text, theirs.to_string());
                let own = super::read::detached(&ours);
                assert_eq!(format!("{own:?}"), format!("{theirs:?}"));
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => panic!("{text}: {ours:?}, and {theirs:?} by the library"),
        }
    }
}
