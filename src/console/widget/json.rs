//! Data as lines: JSON with colors and folds, hexadecimal, or as it is.

use std::collections::BTreeSet;
use std::fmt;

use ratatui::text::{Line, Span};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::console::{Paint, theme::Meaning};

/// A JSON value with its fields in the order of the text.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Word(String),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Word(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(
            serde_json::Number::from_f64(value)
                .map_or_else(|| value.to_string(), |number| number.to_string()),
        ))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Word("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = from.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Map(fields))
    }
}

/// Which inner objects and lists are folded: all but some, or only some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    all: bool,
    /// Paths of those that are otherwise than all.
    but: BTreeSet<String>,
}

impl Folds {
    /// Is the node at this path folded?
    fn holds(&self, path: &str) -> bool {
        self.all != self.but.contains(path)
    }

    /// Folds all inner nodes, or unfolds them.
    pub fn toggle_all(&mut self) {
        self.all = !self.all;
        self.but.clear();
    }

    /// Folds a node, or unfolds it.
    pub fn fold(&mut self, path: &str, folded: bool) {
        if folded == self.all {
            self.but.remove(path);
        } else {
            self.but.insert(path.to_owned());
        }
    }
}

/// One line of JSON: words with what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonLine {
    words: Vec<(String, Meaning)>,
    /// The inner object or list that begins on it: its path, and whether it is folded.
    pub node: Option<(String, bool)>,
}

impl JsonLine {
    /// As it is drawn: a mark in front where something can be folded.
    #[must_use]
    pub fn painted(&self, paint: Paint<'_>) -> Line<'static> {
        let mark = match &self.node {
            Some((_, true)) => paint.symbols.folded,
            Some((_, false)) => paint.symbols.unfolded,
            None => " ",
        };
        let mark = Span::styled(format!("{mark} "), paint.theme.style(Meaning::Key));
        let word = |(text, meaning): &(String, Meaning)| {
            Span::styled(text.clone(), paint.theme.style(*meaning))
        };
        Line::from(std::iter::once(mark).chain(self.words.iter().map(word)).collect::<Vec<_>>())
    }
}

/// Lines of JSON data; none when it is no JSON. What is inside of a folded object or list is shown
/// as a count.
#[must_use]
pub fn json(data: &[u8], folds: &Folds) -> Option<Vec<JsonLine>> {
    let node = serde_json::from_slice::<Node>(data).ok()?;
    let mut writer = Writer { lines: Vec::new(), folds };
    writer.node(Vec::new(), &node, "", "");
    Some(writer.lines)
}

struct Writer<'a> {
    lines: Vec<JsonLine>,
    folds: &'a Folds,
}

type Words = Vec<(String, Meaning)>;

impl Writer<'_> {
    fn end(&mut self, words: Words, node: Option<(String, bool)>) {
        self.lines.push(JsonLine { words, node });
    }

    /// Writes a value behind `lead` (indentation and name), with `tail` behind it.
    fn node(&mut self, mut lead: Words, node: &Node, path: &str, tail: &str) {
        let (text, meaning) = match node {
            Node::Word(word) => (word.clone(), Meaning::Warn),
            Node::Number(number) => (number.clone(), Meaning::Input),
            Node::Text(text) => (quoted(text), Meaning::Output),
            Node::List(items) => return self.several(lead, items, ('[', ']'), path, tail),
            Node::Map(fields) => return self.several(lead, fields, ('{', '}'), path, tail),
        };
        lead.push((text, meaning));
        lead.push((tail.to_owned(), Meaning::Muted));
        self.end(lead, None);
    }

    fn several(
        &mut self,
        mut lead: Words,
        items: &[impl Item],
        (open, close): (char, char),
        path: &str,
        tail: &str,
    ) {
        let inner = !path.is_empty() && !items.is_empty();
        let folded = inner && self.folds.holds(path);
        if items.is_empty() || folded {
            let inside =
                if items.is_empty() { String::new() } else { format!(" {} ", items.len()) };
            lead.push((format!("{open}{inside}{close}{tail}"), Meaning::Muted));
            return self.end(lead, folded.then(|| (path.to_owned(), true)));
        }
        lead.push((open.to_string(), Meaning::Muted));
        self.end(lead, inner.then(|| (path.to_owned(), false)));
        let depth = path.matches('/').count();
        for (at, item) in items.iter().enumerate() {
            let mut lead = vec![("  ".repeat(depth + 1), Meaning::Muted)];
            let name = item.name().map_or_else(|| at.to_string(), pointed);
            if let Some(name) = item.name() {
                lead.push((quoted(name), Meaning::Accent));
                lead.push((": ".to_owned(), Meaning::Muted));
            }
            let tail = if at + 1 < items.len() { "," } else { "" };
            self.node(lead, item.node(), &format!("{path}/{name}"), tail);
        }
        let end = ("  ".repeat(depth), Meaning::Muted);
        self.end(vec![end, (format!("{close}{tail}"), Meaning::Muted)], None);
    }
}

/// A name as a part of a JSON pointer.
fn pointed(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What a list or an object holds.
trait Item {
    fn name(&self) -> Option<&str>;
    fn node(&self) -> &Node;
}

impl Item for Node {
    fn name(&self) -> Option<&str> {
        None
    }

    fn node(&self) -> &Node {
        self
    }
}

impl Item for (String, Node) {
    fn name(&self) -> Option<&str> {
        Some(&self.0)
    }

    fn node(&self) -> &Node {
        &self.1
    }
}

/// A text as JSON writes it.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| text.to_owned())
}

/// Lines of 16 bytes: where, hexadecimal digits, letters.
#[must_use]
pub fn hex(data: &[u8], paint: Paint<'_>) -> Vec<Line<'static>> {
    let style = |meaning| paint.theme.style(meaning);
    let line = |(at, bytes): (usize, &[u8])| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
        let letter = |byte: &u8| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        };
        Line::from(vec![
            Span::styled(format!("{:06x}  ", at * 16), style(Meaning::Muted)),
            Span::styled(format!("{digits:<49}"), style(Meaning::Text)),
            Span::styled(bytes.iter().map(letter).collect::<String>(), style(Meaning::Output)),
        ])
    };
    data.chunks(16).enumerate().map(line).collect()
}

/// Lines of text as they are, cut to `width`; hexadecimal where it is no text.
#[must_use]
pub fn raw(data: &[u8], width: u16, paint: Paint<'_>) -> Vec<Line<'static>> {
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        // The data may be cut within a letter.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&data[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return hex(data, paint),
    };
    let style = paint.theme.style(Meaning::Text);
    let mut lines = Vec::new();
    for line in text.lines() {
        let letters: Vec<char> = line.chars().collect();
        let pieces = letters.chunks(usize::from(width.max(1)));
        lines.extend(pieces.map(|piece| Line::styled(piece.iter().collect::<String>(), style)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;
    use crate::console::widget::write_line;

    const DATA: &[u8] =
        br#"{"order":"o-1","items":[1,2.50,{"a":null}],"none":[],"user":{"id":19,"tier":"gold"}}"#;

    fn drawn(
        width: u16,
        height: u16,
        lines: impl FnOnce(Paint<'_>) -> Vec<Line<'static>>,
    ) -> String {
        testing::drawn(width, height, |buffer, paint| {
            for (line, row) in lines(paint).iter().zip(buffer.area.rows()) {
                write_line(line, row, buffer, "…");
            }
        })
    }

    fn folded(height: u16, folds: &Folds) -> String {
        let lines = json(DATA, folds).expect("JSON");
        drawn(32, height, |paint| lines.iter().map(|line| line.painted(paint)).collect())
    }

    #[test]
    fn json_keeps_the_order_of_its_fields_and_folds_what_is_inside() {
        let mut folds = Folds::default();
        let whole = folded(15, &folds);
        assert!(whole.contains("      2.5,\n▾     {\n        \"a\": null\n      }\n"), "{whole}");
        assert!(
            whole.contains("      \"id\": 19,\n      \"tier\": \"gold\"\n    }\n  }"),
            "{whole}"
        );
        folds.toggle_all();
        assert_eq!(
            folded(6, &folds),
            "  {\n    \"order\": \"o-1\",\n▸   \"items\": [ 3 ],\n    \"none\": [],\n▸   \"user\": { 2 }\n  }\n"
        );
    }

    /// One node is unfolded while the others are folded, and the other way round.
    #[test]
    fn each_node_is_folded_by_itself() {
        let mut folds = Folds::default();
        folds.toggle_all();
        folds.fold("/items", false);
        let some = folded(9, &folds);
        assert!(
            some.contains("▾   \"items\": [\n      1,\n      2.5,\n▸     { 1 }\n    ],\n"),
            "{some}"
        );
        folds.fold("/items", true);
        assert!(folded(9, &folds).contains("▸   \"items\": [ 3 ],"));
        folds.toggle_all();
        folds.fold("/user", true);
        let one = folded(15, &folds);
        assert!(one.contains("▸   \"user\": { 2 }") && one.contains("\"a\": null"), "{one}");
        let nodes: Vec<_> =
            json(DATA, &folds).expect("JSON").into_iter().filter_map(|l| l.node).collect();
        let paths: Vec<&str> = nodes.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["/items", "/items/2", "/user"]);
    }

    #[test]
    fn what_is_no_json_is_text_and_what_is_no_text_is_hexadecimal() {
        assert_eq!(json(b"{\"cut\":", &Folds::default()), None);
        assert_eq!(drawn(6, 3, |paint| raw("日本x\nab".as_bytes(), 2, paint)), "日本\nx\nab\n");
        let binary = drawn(78, 2, |paint| raw(b"\x89PNG\r\n\xff0123456789", 70, paint));
        assert_eq!(
            binary,
            "000000  89 50 4e 47 0d 0a ff 30 31 32 33 34 35 36 37 38  .PNG...012345678\n\
             000010  39                                               9\n"
        );
    }

    #[test]
    fn a_deep_nest_is_no_trouble() {
        let deep = "[".repeat(10_000);
        assert_eq!(json(deep.as_bytes(), &Folds::default()), None);
    }
}
