//! Parsers of lines. Each answers with an object or says what the line lacks.

use serde_json::{Map, Value};

/// Apache's and nginx' access log; `combined` has referrer and agent at its end.
pub(super) fn access(line: &str, combined: bool) -> Result<Value, String> {
    let mut rest = line;
    let mut fields = Map::new();
    for name in ["host", "ident", "user"] {
        let word = word(&mut rest).ok_or_else(|| format!("no {name}"))?;
        put(&mut fields, name, word);
    }
    let time = between(&mut rest, '[', ']').ok_or("no time in brackets")?;
    put(&mut fields, "time", &time);
    let request = between(&mut rest, '"', '"').ok_or("no request in quotes")?;
    let mut words = request.split(' ');
    for name in ["method", "path", "protocol"] {
        put(&mut fields, name, words.next().unwrap_or("-"));
    }
    for name in ["status", "bytes"] {
        let word = word(&mut rest).ok_or_else(|| format!("no {name}"))?;
        let number = if word == "-" { Ok(0) } else { word.parse::<u64>() };
        let number = number.map_err(|_| format!("{name} is `{word}`, not a number"))?;
        fields.insert(name.to_owned(), number.into());
    }
    if combined {
        for name in ["referrer", "agent"] {
            let text =
                between(&mut rest, '"', '"').ok_or_else(|| format!("no {name} in quotes"))?;
            put(&mut fields, name, &text);
        }
    }
    Ok(Value::Object(fields))
}

/// `key=value key="two words" flag`.
pub(super) fn logfmt(line: &str) -> Result<Value, String> {
    let mut fields = Map::new();
    let mut rest = line.trim_start();
    let mut pairs = 0;
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() {
            return Err("`=` without a name before it".to_owned());
        }
        if let Some(value) = after.strip_prefix('=') {
            pairs += 1;
            rest = value;
            let value = if rest.starts_with('"') {
                between(&mut rest, '"', '"').ok_or_else(|| format!("the value of {key} is open"))?
            } else {
                let end = rest.find(' ').unwrap_or(rest.len());
                let (value, after) = rest.split_at(end);
                rest = after;
                value.to_owned()
            };
            fields.insert(key.to_owned(), typed(&value));
        } else {
            fields.insert(key.to_owned(), Value::Bool(true));
            rest = after;
        }
        rest = rest.trim_start();
    }
    if pairs == 0 {
        return Err("no key=value".to_owned());
    }
    Ok(Value::Object(fields))
}

/// One line of CSV with quoted fields.
pub(super) fn csv(line: &str, columns: &[String]) -> Result<Value, String> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let cell = if rest.starts_with('"') {
            quoted_cell(&mut rest).ok_or("a quoted field is open")?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (cell, after) = rest.split_at(end);
            rest = after;
            cell.to_owned()
        };
        cells.push(cell);
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(',').ok_or("text after a quoted field")?;
    }
    if cells.len() != columns.len() {
        return Err(format!("{} fields, not {}", cells.len(), columns.len()));
    }
    let fields = columns.iter().cloned().zip(cells.iter().map(|cell| typed(cell)));
    Ok(Value::Object(fields.collect()))
}

fn put(fields: &mut Map<String, Value>, name: &str, text: &str) {
    fields.insert(name.to_owned(), text.into());
}

/// A number where the text is one that JSON would write the same way, else text.
fn typed(text: &str) -> Value {
    let number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    match serde_json::from_str::<serde_json::Number>(text) {
        Ok(value) if number && value.to_string() == text => Value::Number(value),
        Ok(_) | Err(_) => text.into(),
    }
}

fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_start();
    let end = text.find(' ').unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// Text between two marks at the beginning of `rest`; a backslash takes the next character as is.
fn between(rest: &mut &str, open: char, close: char) -> Option<String> {
    let text = rest.trim_start().strip_prefix(open)?;
    let mut found = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == close {
            *rest = &text[at + c.len_utf8()..];
            return Some(found);
        }
        found.push(if c == '\\' { chars.next()?.1 } else { c });
    }
    None
}

/// A quoted CSV field; two quotes stand for one.
fn quoted_cell(rest: &mut &str) -> Option<String> {
    let mut cell = String::new();
    let mut text = rest.strip_prefix('"')?;
    loop {
        let (before, after) = text.split_once('"')?;
        cell.push_str(before);
        let Some(more) = after.strip_prefix('"') else {
            *rest = after;
            return Some(cell);
        };
        cell.push('"');
        text = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COMMON: &str = r#"1.2.3.4 - bob [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.0" 200 -"#;

    #[test]
    fn access_logs_become_objects() {
        let value = access(COMMON, false).expect("it is a common line");
        assert_eq!(value["user"], "bob");
        assert_eq!(value["path"], "/a?b");
        assert_eq!((&value["status"], &value["bytes"]), (&json!(200), &json!(0)));
        let value = access(&format!(r#"{COMMON} "-" "a \"b\"""#), true).expect("combined");
        assert_eq!(value["agent"], r#"a "b""#);
    }

    #[test]
    fn logfmt_and_csv_become_objects() {
        let value = logfmt(r#"level=info msg="two words" n=3 ok"#).expect("it is logfmt");
        assert_eq!(value, json!({"level": "info", "msg": "two words", "n": 3, "ok": true}));
        let columns = ["a", "b", "c"].map(str::to_owned);
        let value = csv(r#"1,"x, ""y""",007"#, &columns).expect("it is CSV");
        assert_eq!(value, json!({"a": 1, "b": "x, \"y\"", "c": "007"}));
    }

    #[test]
    fn bad_lines_are_told_what_they_lack() {
        let columns = ["a", "b"].map(str::to_owned);
        for (result, why) in [
            (access("", false), "no host"),
            (access("a b c d", false), "no time in brackets"),
            (access(COMMON, true), "no referrer in quotes"),
            (access(&COMMON.replace("200", "2x"), false), "status is `2x`, not a number"),
            (logfmt("hello world"), "no key=value"),
            (logfmt("=x"), "`=` without a name before it"),
            (logfmt("a=\"x"), "the value of a is open"),
            (csv("1", &columns), "1 fields, not 2"),
            (csv("\"1", &columns), "a quoted field is open"),
            (csv("\"1\"x,2", &columns), "text after a quoted field"),
        ] {
            assert_eq!(result, Err(why.to_owned()));
        }
    }
}
