//! Data as lines: JSON with colors and folds, hexadecimal, or as it is.

use std::fmt;

use ratatui::style::Style;
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

/// Lines of JSON data; none when it is no JSON. `folded` shows what is inside of inner objects and
/// lists as a count.
#[must_use]
pub fn json(data: &[u8], folded: bool, paint: Paint<'_>) -> Option<Vec<Line<'static>>> {
    let node = serde_json::from_slice::<Node>(data).ok()?;
    let mut writer = Writer { lines: Vec::new(), folded, paint };
    writer.node(Vec::new(), &node, 0, "");
    Some(writer.lines)
}

struct Writer<'a> {
    lines: Vec<Line<'static>>,
    folded: bool,
    paint: Paint<'a>,
}

impl Writer<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        self.paint.theme.style(meaning)
    }

    fn span(&self, text: impl Into<String>, meaning: Meaning) -> Span<'static> {
        Span::styled(text.into(), self.style(meaning))
    }

    /// Writes a value behind `lead` (indentation and name), with `tail` behind it.
    fn node(&mut self, mut lead: Vec<Span<'static>>, node: &Node, depth: usize, tail: &str) {
        let (text, meaning) = match node {
            Node::Word(word) => (word.clone(), Meaning::Warn),
            Node::Number(number) => (number.clone(), Meaning::Input),
            Node::Text(text) => (quoted(text), Meaning::Output),
            Node::List(items) => return self.several(lead, items, ('[', ']'), (depth, tail)),
            Node::Map(fields) => return self.several(lead, fields, ('{', '}'), (depth, tail)),
        };
        lead.push(self.span(text, meaning));
        lead.push(self.span(tail, Meaning::Muted));
        self.lines.push(Line::from(lead));
    }

    fn several(
        &mut self,
        mut lead: Vec<Span<'static>>,
        items: &[impl Item],
        (open, close): (char, char),
        (depth, tail): (usize, &str),
    ) {
        if items.is_empty() || (self.folded && depth > 0) {
            let inside =
                if items.is_empty() { String::new() } else { format!(" {} ", items.len()) };
            if !items.is_empty() {
                let fold = self.span(self.paint.symbols.folded, Meaning::Key);
                lead.push(fold);
                lead.push(self.span(" ", Meaning::Muted));
            }
            lead.push(self.span(format!("{open}{inside}{close}{tail}"), Meaning::Muted));
            return self.lines.push(Line::from(lead));
        }
        lead.push(self.span(open, Meaning::Muted));
        self.lines.push(Line::from(lead));
        for (at, item) in items.iter().enumerate() {
            let mut lead = vec![Span::raw("  ".repeat(depth + 1))];
            if let Some(name) = item.name() {
                lead.push(self.span(quoted(name), Meaning::Accent));
                lead.push(self.span(": ", Meaning::Muted));
            }
            let tail = if at + 1 < items.len() { "," } else { "" };
            self.node(lead, item.node(), depth + 1, tail);
        }
        let end = self.span(format!("{close}{tail}"), Meaning::Muted);
        self.lines.push(Line::from(vec![Span::raw("  ".repeat(depth)), end]));
    }
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
fn quoted(text: &str) -> String {
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

    #[test]
    fn json_keeps_the_order_of_its_fields_and_folds_what_is_inside() {
        let folded = drawn(30, 6, |paint| json(DATA, true, paint).expect("JSON"));
        assert_eq!(
            folded,
            "{\n  \"order\": \"o-1\",\n  \"items\": ▸ [ 3 ],\n  \"none\": [],\n  \"user\": ▸ { 2 }\n}\n"
        );
        let whole = drawn(30, 15, |paint| json(DATA, false, paint).expect("JSON"));
        assert!(whole.contains("    2.5,\n    {\n      \"a\": null\n    }\n  ],\n"), "{whole}");
        assert!(whole.contains("    \"id\": 19,\n    \"tier\": \"gold\"\n  }\n}"), "{whole}");
    }

    #[test]
    fn what_is_no_json_is_text_and_what_is_no_text_is_hexadecimal() {
        testing::drawn(1, 1, |_, paint| assert_eq!(json(b"{\"cut\":", true, paint), None));
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
        testing::drawn(1, 1, |_, paint| assert_eq!(json(deep.as_bytes(), false, paint), None));
    }
}
