//! Where the fields of a session stand in its text: RON and JSON alike, comments and texts passed over.

/// A field of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At {
    /// The session's own field: `streams`.
    section: &'static str,
    /// Which of its elements; none for the section itself.
    nth: Option<usize>,
    /// The field of the element.
    field: String,
}

impl At {
    /// A field of the session itself.
    pub(super) const fn section(section: &'static str) -> Self {
        Self { section, nth: None, field: String::new() }
    }

    /// A field of an element of a list, or of what is no list: then of the element 0.
    pub(super) fn element(section: &'static str, nth: usize, field: &str) -> Self {
        Self { section, nth: Some(nth), field: field.to_owned() }
    }
}

/// The lines of a text's fields.
pub(super) struct Lines(Vec<Place>);

/// A field, or the beginning of an element: that has no name.
struct Place {
    section: String,
    nth: usize,
    field: String,
    /// Brackets around it: 1 for a section, 2 or more for what stands in one.
    depth: usize,
    line: usize,
}

impl Lines {
    /// Looks through a text that was read already.
    pub(super) fn of(text: &str) -> Self {
        let mut scan = Scan { line: 1, ..Scan::default() };
        let mut rest = text;
        while !rest.is_empty() {
            let (kind, length) = piece(rest);
            let (piece, behind) = rest.split_at(length);
            scan.take(kind, piece);
            scan.line += piece.matches('\n').count();
            rest = behind;
        }
        Self(scan.places)
    }

    /// The line of a field; of what it stands in, where it was left out; 1 when that is not there.
    pub(super) fn line(&self, at: &At) -> usize {
        let fields = [at.field.as_str(), "name", ""];
        let within =
            at.nth.and_then(|nth| fields.iter().find_map(|field| self.find(at, nth, field)));
        let section = || self.0.iter().find(|it| it.depth == 1 && it.section == at.section);
        within.or_else(section).map_or(1, |place| place.line)
    }

    /// The outermost field of that name in an element.
    fn find(&self, at: &At, nth: usize, field: &str) -> Option<&Place> {
        let inside = self.0.iter().filter(|it| it.depth > 1 && it.section == at.section);
        inside.filter(|it| it.nth == nth && it.field == field).min_by_key(|it| it.depth)
    }
}

/// How far the text was looked through.
#[derive(Default)]
struct Scan {
    places: Vec<Place>,
    line: usize,
    depth: usize,
    section: String,
    nth: usize,
    /// The last word, and its line: a name, if a colon follows.
    word: (String, usize),
}

impl Scan {
    fn take(&mut self, kind: Kind, piece: &str) {
        match kind {
            Kind::Comment => {}
            Kind::Word => self.word = (piece.trim_matches('"').to_owned(), self.line),
            Kind::Sign => self.sign(piece),
        }
    }

    fn sign(&mut self, sign: &str) {
        match sign {
            "(" | "[" | "{" => {
                self.depth += 1;
                if self.depth == 3 {
                    self.place(String::new(), self.line);
                }
            }
            ")" | "]" | "}" => self.depth = self.depth.saturating_sub(1),
            "," if self.depth == 2 => self.nth += 1,
            ":" => {
                let (word, line) = std::mem::take(&mut self.word);
                if self.depth == 1 {
                    (self.section, self.nth) = (word, 0);
                    self.place(String::new(), line);
                } else {
                    self.place(word, line);
                }
            }
            _ => {}
        }
    }

    fn place(&mut self, field: String, line: usize) {
        let (section, depth) = (self.section.clone(), self.depth);
        // What stands directly in a section that is no list is one element.
        let nth = if depth == 2 { 0 } else { self.nth };
        self.places.push(Place { section, nth, field, depth, line });
    }
}

/// What a piece of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Comment,
    /// A name, a number, or a text in quotes.
    Word,
    /// A bracket, a comma, a blank.
    Sign,
}

/// What a text begins with, and how long that is: 1 byte or more.
fn piece(rest: &str) -> (Kind, usize) {
    if let Some(length) = comment(rest) {
        return (Kind::Comment, length);
    }
    if let Some(length) = raw(rest).or_else(|| quoted(rest)) {
        return (Kind::Word, length);
    }
    let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+'));
    match rest.find(ends).unwrap_or(rest.len()) {
        0 => (Kind::Sign, rest.chars().next().map_or(1, char::len_utf8)),
        length => (Kind::Word, length),
    }
}

/// `// ...` or `/* ... */`, which may hold others.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let here = &rest[at..];
        let Some(next) = here.find(['*', '/']) else { return Some(rest.len()) };
        let (length, deeper) = match &here[next..] {
            mark if mark.starts_with("/*") => (2, 1),
            mark if mark.starts_with("*/") => (2, -1),
            _ => (1, 0),
        };
        at += next + length;
        depth += deeper;
    }
    Some(at)
}

/// A text in quotes.
fn quoted(rest: &str) -> Option<usize> {
    rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return Some(at + 1),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    Some(rest.len())
}

/// A text in quotes with an `r` before them, and as many `#` on both sides.
fn raw(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix('r')?;
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    let body = behind[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let begin = rest.len() - body.len();
    Some(body.find(&close).map_or(rest.len(), |at| begin + at + close.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"// version: 1 of "orders"
(
    version: 1, /* streams: [(
        name: "no" /* and */ )] */
    title: "timeline: [(at_s: 1)]", about: r#"a "quoted"
        text: ("#,
    delays: (create_ms: 1,
        update_ms: 2),
    streams: [
        (name: "a\"b"),
        (
            shards: 1,
            name: "orders",
        ),
    ],
    producers: [(name: "orders", source: Synthetic((
        shape: Step(to: 2,
            at_s: 25))))],
    timeline: [(at_s: 1), (
        caption: "c",
        at_s: 2)],
)"##;

    fn line(text: &str, section: &'static str, nth: usize, field: &str) -> usize {
        Lines::of(text).line(&At::element(section, nth, field))
    }

    #[test]
    fn fields_are_found_past_comments_and_texts() {
        let lines = Lines::of(TEXT);
        for (section, wanted) in [("version", 3), ("about", 5), ("streams", 9), ("expect", 1)] {
            assert_eq!(lines.line(&At::section(section)), wanted, "{section}");
        }
        for (section, nth, field, wanted) in [
            ("delays", 0, "update_ms", 8),
            ("streams", 0, "name", 10),
            ("streams", 1, "name", 13),
            ("streams", 1, "shards", 12),
            ("streams", 1, "mode", 13),
            ("producers", 0, "at_s", 18),
            ("timeline", 1, "at_s", 21),
            ("timeline", 1, "run", 19),
            ("timeline", 7, "run", 19),
        ] {
            assert_eq!(line(TEXT, section, nth, field), wanted, "{section} {nth} {field}");
        }
    }

    #[test]
    fn json_is_looked_through_as_well() {
        let text = "{\n\"version\": 1,\n\"streams\": [\n{\"name\": \"a\"},\n{\n\"name\": \"b\"}]}";
        assert_eq!(line(text, "streams", 1, "name"), 6);
        assert_eq!(line(text, "streams", 0, "name"), 4);
        assert_eq!(Lines::of(text).line(&At::section("version")), 2);
    }

    #[test]
    fn a_text_that_breaks_off_ends() {
        for text in
            ["/* a", "\"a", "r##\"a\"", "(a: \"\\", "/", "r#", "/* /*/ */", "\u{e9}(\u{e9}:"]
        {
            assert_eq!(Lines::of(text).line(&At::section("a")), 1, "{text}");
        }
    }
}
