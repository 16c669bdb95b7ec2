//! The schemas that `watershed schema` prints, by a validator that others wrote (PyPI's `jsonschema`).

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use watershed::session::{Session, builtin};

/// Says of each line, a document, whether it keeps the schema.
const VALIDATE: &str = "
import json, sys
from jsonschema.validators import validator_for
schema = json.load(open(sys.argv[1]))
validator = validator_for(schema)
validator.check_schema(schema)
for line in open(sys.argv[2]):
    errors = sorted(validator(schema).iter_errors(json.loads(line)), key=lambda error: error.path)
    print(json.dumps([error.json_path for error in errors]))
";

fn schema(of: &str) -> Value {
    let told = Command::new(env!("CARGO_BIN_EXE_watershed")).args(["schema", of]).output();
    let told = told.expect("it starts");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("it is JSON")
}

/// Where each document breaks the schema; nothing where the validator is not installed.
fn faults(of: &str, documents: &[Value]) -> Option<Vec<Vec<String>>> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients/bin/python3");
    let has = Command::new(&python).args(["-c", "import jsonschema"]).output();
    if !has.is_ok_and(|has| has.status.success()) {
        eprintln!("passed over: PyPI's jsonschema is missing");
        return None;
    }
    let folder = std::env::temp_dir().join(format!("watershed-schema-{of}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let (its, lines) = (folder.join("schema.json"), folder.join("documents.jsonl"));
    fs::write(&its, schema(of).to_string()).expect("it is written");
    let text: String = documents.iter().map(|document| format!("{document}\n")).collect();
    fs::write(&lines, text).expect("it is written");
    let told = Command::new(&python).args(["-c", VALIDATE]).arg(its).arg(lines).output();
    let told = told.expect("it starts");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    fs::remove_dir_all(&folder).expect("it was there");
    let told = String::from_utf8(told.stdout).expect("text");
    Some(told.lines().map(|line| serde_json::from_str(line).expect("a list")).collect())
}

#[test]
fn sessions_keep_the_schema_and_mistakes_break_it_where_they_are() {
    let sessions = builtin().iter().map(|(name, text)| {
        let session = Session::parse(name, text).expect("built-in sessions are good");
        serde_json::from_str::<Value>(&session.to_json()).expect("it is JSON")
    });
    let mut documents: Vec<Value> = sessions.collect();
    let good = documents.len();
    let mut broken = |at: &str, value: Value| {
        let mut document = documents[0].clone();
        *document.pointer_mut(at).expect("it is there") = value;
        documents.push(document);
    };
    broken("/streams/0/shards", json!("four"));
    broken("/streams/0/level", json!("Diamond"));
    broken("/title", Value::Null);
    let Some(faults) = faults("session", &documents) else { return };
    assert!(faults[..good].iter().all(Vec::is_empty), "{faults:?}");
    let paths: Vec<&str> = faults[good..].iter().flatten().map(String::as_str).collect();
    assert_eq!(paths, ["$.streams[0].shards", "$.streams[0].level", "$.title"]);
}

#[test]
fn themes_keys_and_prices_have_schemas_too() {
    let look = json!({"fg": "#ffffff"});
    let mut theme: Value = [
        "text",
        "muted",
        "accent",
        "focus",
        "selection",
        "ok",
        "warn",
        "crit",
        "input",
        "output",
        "key",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), look.clone()))
    .collect();
    theme["name"] = json!("mine");
    theme["gradient"] = json!(["#000000", "#808080", "#ffffff"]);
    let text = theme.to_string();
    assert!(watershed::console::theme::Theme::parse("mine.json", &text).is_ok());
    let mut loud = theme.clone();
    loud["text"]["loud"] = json!(true);
    if let Some(faults) = faults("theme", &[theme, loud]) {
        assert_eq!(faults, [vec![], vec!["$.text".to_owned()]]);
    }
    let keys = [json!({"everywhere": {"F": "freeze"}}), json!({"elsewhere": {"F": "freeze"}})];
    if let Some(faults) = faults("keys", &keys) {
        assert_eq!(faults, [vec![], vec!["$".to_owned()]]);
    }
    assert_eq!(schema("prices")["properties"]["shard_hour"]["type"], "number");
}
