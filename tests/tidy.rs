//! The rules of the house that no compiler holds: who imports whom, how long a thing may be, which
//! words are not ours. Each check takes plain text, so that a bad sample shows that it can fail.

mod text;

use std::{fs, path::Path};

use text::{code_of, functions_of, imports_of, modules_of, production_of, words};

/// The import table of `src/lib.rs`.
const FLOORS: [(&str, &str); 21] = [
    ("model", ""),
    ("rules", "model"),
    ("api", "model rules"),
    ("log", "model"),
    ("engine", "model rules api log"),
    ("pipeline", "model rules api"),
    ("meter", "model"),
    ("wire", "model rules api"),
    ("tls", ""),
    ("snapshot", "model meter"),
    ("command", "model api pipeline snapshot"),
    ("problem", "model snapshot command"),
    ("session", "model api pipeline command"),
    ("cost", "model snapshot session"),
    ("world", "model rules api log engine pipeline meter snapshot command session"),
    ("sim", "model api log pipeline snapshot command session world"),
    ("live", "model api log pipeline snapshot command session world"),
    ("server", "model meter snapshot api wire tls world"),
    ("remote", "model rules api meter wire tls snapshot command session world"),
    ("lambda", "model pipeline"),
    ("console", "model meter snapshot command problem session cost world"),
];
const TOP_LEVEL: &str = "Cargo.toml Cargo.lock src themes sessions tests README.md LICENSE-MIT \
                         LICENSE-APACHE CHANGELOG.md CONTRIBUTING.md target";
const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 600;

/// What is wrong with one file of `src`, in sentences.
fn faults_of(path: &str, text: &str) -> Vec<String> {
    if path.ends_with("/tests.rs") {
        return Vec::new();
    }
    let code = code_of(text);
    let module = path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
    let mut faults = Vec::new();
    let mut fault =
        |wrong: bool, why: String| faults.extend(wrong.then(|| format!("{path}: {why}")));
    if let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == module) {
        for import in imports_of(path, &code) {
            let floor = import == "cli" || FLOORS.iter().any(|(name, _)| *name == import);
            let may = import == module || words(allowed).any(|name| name == import);
            fault(floor && !may, format!("`{module}` may not import `{import}`"));
        }
        let kafka = words(&code).find(|w| ["topic", "broker", "Topic", "Broker"].contains(w));
        fault(kafka.is_some(), format!("{kafka:?} is not a word of ours"));
    }
    for (name, lines) in functions_of(&code) {
        fault(lines > FUNCTION_LINES_MAX, format!("fn {name} has {lines} lines"));
    }
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    fault(lines > FILE_LINES_MAX, format!("{lines} lines of code"));
    fault(module == "main" && text.lines().count() >= 40, "40 lines or more".to_owned());
    for banned in [".unwrap()", "todo!", "unimplemented!"] {
        fault(code.contains(banned), format!("`{banned}` in production code"));
    }
    fault(module != "lib" && code.contains("cfg(feature"), "`cfg(feature` outside lib.rs".into());
    fault(module != "console" && !production_of(text).is_ascii(), "not ASCII".to_owned());
    faults
}

fn files_under(folder: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) else {
        return; // git keeps no empty folders
    };
    for entry in entries {
        let entry = entry.expect("entry");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { files_under(&path, found) } else { found.push(path) }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("readable file")
}

#[test]
fn every_source_file_keeps_the_rules_of_the_house() {
    let mut files = Vec::new();
    files_under("src", &mut files);
    assert!(files.len() > 10, "found only {files:?}");
    let faults: Vec<String> = files.iter().flat_map(|path| faults_of(path, &read(path))).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Files that no `mod` line reaches, of those that these crates begin with.
fn orphans(files: &[(String, String)], roots: &[&str]) -> Vec<String> {
    let mut reached: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
    let mut next = 0;
    while let Some(path) = reached.get(next).cloned() {
        next += 1;
        let Some((_, text)) = files.iter().find(|(file, _)| *file == path) else { continue };
        reached.extend(modules_of(&path, text, roots.contains(&path.as_str())));
    }
    let files = files.iter().map(|(path, _)| path.clone());
    files.filter(|path| path.ends_with(".rs") && !reached.contains(path)).collect()
}

#[test]
fn every_source_file_is_reached_by_a_mod_line() {
    let mut files = vec!["Cargo.toml".to_owned()];
    files_under("src", &mut files);
    files_under("tests", &mut files);
    files.retain(|path| !path.contains("/target/"));
    // Each package file names where its crates begin, beside the two that need no word.
    let mut roots = Vec::new();
    for manifest in files.iter().filter(|path| path.ends_with("Cargo.toml")) {
        let folder = manifest.trim_end_matches("Cargo.toml");
        let text = read(manifest);
        let named =
            text.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"'));
        let all = ["src/lib.rs", "src/main.rs"].into_iter().chain(named);
        roots.extend(all.map(|path| format!("{folder}{path}")));
    }
    let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
    assert!(roots.len() > 3, "{roots:?}");
    files.retain(|path| path.ends_with(".rs"));
    let files: Vec<(String, String)> =
        files.into_iter().map(|path| (path.clone(), read(&path))).collect();
    assert_eq!(orphans(&files, &roots), Vec::<String>::new(), "no `mod` line names them");
}

#[test]
fn a_file_without_a_mod_line_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = [
        file("src/lib.rs", "pub mod a;\n// mod z;\n#[cfg(test)]\nmod tests;\n"),
        file("src/tests.rs", ""),
        file("src/a/mod.rs", "mod b;\npub(super) mod c;\n"),
        file("src/a/b.rs", "pub(in crate::a) mod d;\n"),
        file("src/a/b/d.rs", ""),
        file("src/a/c.rs", ""),
        file("src/a/orphan.rs", ""),
        file("src/a/orphan/child.rs", ""),
        file("src/z.rs", ""),
        file("tests/main.rs", "mod cli;\n#[path = \"../odd/place.rs\"]\nmod place;\n"),
        file("tests/cli.rs", ""),
        file("odd/place.rs", ""),
    ];
    let lost = orphans(&files, &["src/lib.rs", "tests/main.rs"]);
    assert_eq!(lost, ["src/a/orphan.rs", "src/a/orphan/child.rs", "src/z.rs"]);
}

/// What `world` may not import of the floors up to its own: its row says these, as they are fewer.
fn not_for_world() -> String {
    let (_, allowed) = FLOORS.iter().find(|(name, _)| *name == "world").expect("it is there");
    let below = FLOORS.iter().map(|(name, _)| *name).take_while(|name| *name != "world");
    below.filter(|name| !words(allowed).any(|word| word == *name)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_architecture_page_shows_the_same_import_table() {
    let page = read("src/lib.rs");
    for (name, allowed) in FLOORS {
        let row = page.lines().find(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            cells.len() > 4 && cells[2].trim_matches(['[', ']', '`']) == name
        });
        let cell = row.and_then(|row| row.rsplit('|').nth(1)).unwrap_or_default();
        let shown: Vec<&str> =
            cell.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).collect();
        let wanted = if name == "world" { not_for_world() } else { allowed.to_owned() };
        assert_eq!(shown.join(" "), wanted, "row of `{name}` in src/lib.rs");
    }
}

#[test]
fn themes_and_sessions_hold_ron_files_and_the_top_level_holds_what_is_known() {
    let mut files = Vec::new();
    files_under("themes", &mut files);
    files_under("sessions", &mut files);
    files.retain(|path| !path.ends_with(".ron") && !path.contains("/."));
    assert_eq!(files, Vec::<String>::new(), "not RON");
    for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).expect("package folder") {
        let name = entry.expect("entry").file_name().to_string_lossy().into_owned();
        let known = name.starts_with('.') || TOP_LEVEL.split_whitespace().any(|n| n == name);
        assert!(known, "`{name}` does not belong at the top level");
    }
}

#[test]
fn each_check_can_fail() {
    let long = format!("pub fn long() {{\n{}}}\n", "    x();\n".repeat(FUNCTION_LINES_MAX));
    let table = [
        ("src/pipeline/a.rs", "use crate::engine::Engine;\n", "may not import `engine`"),
        ("src/rules/mod.rs", "use crate::{model::{a, b}, log};\n", "may not import `log`"),
        ("src/live/disk.rs", "fn f() { super::super::console::g() }\n", "may not import `console`"),
        ("src/console/mod.rs", "use super::live::Live;\n", "may not import `live`"),
        ("src/sim/mod.rs", "use crate::cli::Main;\n", "may not import `cli`"),
        ("src/engine/mod.rs", "let topic = 1;\n", "not a word of ours"),
        ("src/model/a.rs", "fn f() { x.unwrap() }\n", "`.unwrap()`"),
        ("src/model/a.rs", "fn f() { todo!() }\n", "`todo!`"),
        ("src/model/a.rs", "#[cfg(feature = \"console\")]\n", "outside lib.rs"),
        ("src/model/a.rs", "// \u{e9}\n", "not ASCII"),
        ("src/main.rs", &"//\n".repeat(40), "40 lines"),
        ("src/model/a.rs", &long, "fn long has 72 lines"),
        ("src/model/a.rs", &"a;\n".repeat(FILE_LINES_MAX + 1), "601 lines of code"),
    ];
    for (path, text, expected) in table {
        let faults = faults_of(path, text);
        assert!(faults.len() == 1 && faults[0].contains(expected), "{text}: {faults:?}");
    }
    let fine = "use crate::model::Millis;\n// crate::log, todo!\nconst A: &str = r#\"broker\"#;\n\
                #[cfg(test)]\nmod tests {\n    use crate::engine::Engine;\n    x.unwrap();\n}\n";
    assert_eq!(faults_of("src/api/a.rs", fine), Vec::<String>::new());
}
