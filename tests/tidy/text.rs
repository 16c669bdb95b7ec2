//! Reads Rust source as text, as far as the rules of the house need it; rustfmt's shape is taken
//! for granted, macros are not expanded.

use std::collections::BTreeSet;

/// The part of a file above its tests.
pub(crate) fn production_of(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

/// The production part of a file, line for line, without comments and strings.
pub(crate) fn code_of(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), production_of(text));
    while let Some(first) = rest.chars().next() {
        let hashes =
            rest.strip_prefix('r').map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        let after_word = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else if !after_word && first == 'r' && rest[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            rest[2 + hashes..].find(&end).map_or(rest.len(), |at| 2 + hashes + at + end.len())
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |at| at + 2)
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..skip].chars().filter(|c| *c == '\n'));
        rest = &rest[skip..];
    }
    code
}

pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Modules of the crate's root that `code` names, as `crate::x`, `crate::{x, y::z}` or `super::x`.
pub(crate) fn imports_of(path: &str, code: &str) -> BTreeSet<String> {
    let depth = path.trim_end_matches("/mod.rs").matches('/').count();
    let code = code.replace(&"super::".repeat(depth.max(1)), "crate::");
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            found.extend(words(after).next().map(str::to_owned));
            continue;
        };
        let mut level = 0;
        let mut top = String::new();
        for c in group.chars() {
            level += i32::from(c == '{') - i32::from(c == '}');
            if level < 0 {
                break;
            }
            top.push(if level > 0 { ' ' } else { c });
        }
        found.extend(top.split(',').filter_map(|item| words(item).next()).map(str::to_owned));
    }
    found
}

/// Name and length of each function of rustfmt's shape: it ends where its indent comes back.
pub(crate) fn functions_of(code: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let starts = lines.iter().enumerate().filter_map(|(at, line)| {
        let name = line.split_once("fn ").filter(|(before, _)| {
            words(before).all(|w| ["pub", "crate", "super", "const", "in"].contains(&w))
        })?;
        Some((at, words(name.1).next()?, &line[..line.len() - line.trim_start().len()]))
    });
    let length = |at: usize, indent: &str| {
        let ends = |line: &&str| {
            line.ends_with([';', '}']) && !line[indent.len().min(line.len())..].starts_with(' ')
        };
        lines[at..].iter().position(ends).map_or(lines.len() - at, |more| more + 1)
    };
    starts.map(|(at, name, indent)| (name, length(at, indent))).collect()
}

/// Files that the `mod` lines of a file name. Both places of a module are told; one is there.
pub(crate) fn modules_of(path: &str, text: &str, is_root: bool) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let own = if is_root || path.ends_with("/mod.rs") {
        folder.to_owned()
    } else {
        path.trim_end_matches(".rs").to_owned()
    };
    let mut found = Vec::new();
    let mut place = None;
    for line in text.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("#[path = \"").and_then(|l| l.strip_suffix("\"]")) {
            place = Some(path);
            continue;
        }
        let Some((before, name)) = line.strip_suffix(';').and_then(|l| l.rsplit_once("mod "))
        else {
            continue;
        };
        let before = before.trim();
        let is_line = before.is_empty() || before.starts_with("pub") && words(before).count() <= 4;
        if !is_line {
            continue;
        }
        match place.take() {
            Some(place) => found.push(joined(folder, place)),
            None => found.extend([format!("{own}/{name}.rs"), format!("{own}/{name}/mod.rs")]),
        }
    }
    found
}

/// A path beside others in a folder, without the steps up that it takes.
fn joined(folder: &str, place: &str) -> String {
    let mut steps: Vec<&str> = folder.split('/').collect();
    for step in place.split('/') {
        match step {
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}
