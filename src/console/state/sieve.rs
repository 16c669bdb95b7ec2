//! The filter of a table. All that is asked must hold of a row:
//!
//! ```text
//! orders         it has this text, whatever its case
//! ~odr           it has these letters in this order
//! cap>80         a column against a value: age>30s, w-thr>0, mode=prov
//! !TERM          the term does not hold
//! ```
//!
//! A column is named by the beginning of its title; signs do not matter.

use std::collections::BTreeSet;

use crate::command::way_out;
use crate::console::columns::{self, Worth};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::snapshot::Snapshot;

/// How a column stands to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Above,
    Below,
    Equal,
}

/// One column against a value.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    title: &'static str,
    relation: Relation,
    value: String,
}

/// Letters that are looked for in the text of a row, small.
#[derive(Clone, Debug, PartialEq)]
enum Letters {
    /// In one piece.
    Together(String),
    /// In this order.
    Apart(String),
}

impl Letters {
    fn parse(word: &str) -> Self {
        match word.strip_prefix('~').filter(|rest| !rest.is_empty()) {
            Some(rest) => Self::Apart(rest.to_lowercase()),
            None => Self::Together(word.to_lowercase()),
        }
    }

    /// Are they in a text of small letters?
    fn are_in(&self, text: &str) -> bool {
        match self {
            Self::Together(part) => text.contains(part),
            Self::Apart(letters) => {
                let mut rest = text.chars();
                letters.chars().all(|wanted| rest.any(|letter| letter == wanted))
            }
        }
    }
}

/// What rows of the focused panel pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sieve {
    /// What a row must have, or must not.
    letters: Vec<(bool, Letters)>,
    /// Ids of the rows that pass all columns; none where no column is asked.
    ids: Option<BTreeSet<String>>,
    /// Why a term of it cannot be asked: what was typed is not whole, or names nothing.
    fault: Option<String>,
}

/// Letters and digits alone, small.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn term(panel: Panel, word: &str) -> Option<Term> {
    let at = word.find(['>', '<', '='])?;
    let (name, rest) = (plain(&word[..at]), &word[at + 1..]);
    let relation = match word.as_bytes()[at] {
        b'>' => Relation::Above,
        b'<' => Relation::Below,
        _ => Relation::Equal,
    };
    let fits = |title: &&'static str| columns::tells(title) && plain(title).starts_with(&name);
    let mut titles = columns::of(panel).iter().map(|column| column.title);
    let title = titles.find(fits).filter(|_| !name.is_empty() && !rest.is_empty())?;
    Some(Term { title, relation, value: rest.to_owned() })
}

/// A number with a unit: times are in milliseconds, as the columns of ages are.
fn number(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let factor = match &text[digits.len()..] {
        "" | "%" | "ms" => 1.0,
        "s" => 1e3,
        "m" | "min" => 6e4,
        "h" => 3.6e6,
        "k" => 1e3,
        "M" => 1e6,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|number| number * factor)
}

impl Term {
    fn holds(&self, worth: &Worth) -> bool {
        match (worth, number(&self.value)) {
            (Worth::Number(worth), Some(value)) => match self.relation {
                Relation::Above => *worth > value,
                Relation::Below => *worth < value,
                Relation::Equal => (worth - value).abs() <= f64::EPSILON * value.abs().max(1.0),
            },
            (Worth::Word(word), _) => {
                let (word, value) = (word.to_lowercase(), self.value.to_lowercase());
                match self.relation {
                    Relation::Above => word > value,
                    Relation::Below => word < value,
                    Relation::Equal => word.contains(&value),
                }
            }
            (Worth::None | Worth::Number(_), _) => false,
        }
    }
}

/// Why what looks like a term is none, where the table has columns. Records and log lines are looked
/// through by what they hold, and sentences of problems may have any sign.
fn fault(panel: Panel, word: &str) -> Option<String> {
    let at = word.find(['>', '<', '='])?;
    let (name, rest) = (&word[..at], &word[at + 1..]);
    let open = matches!(panel, Panel::Records | Panel::Log | Panel::Problems);
    let mut titles = columns::of(panel).iter().map(|column| column.title);
    if open || plain(name).is_empty() || columns::of(panel).is_empty() {
        return None;
    }
    let known = titles.clone().filter(|title| columns::tells(title));
    match titles.any(|title| columns::tells(title) && plain(title).starts_with(&plain(name))) {
        true if rest.is_empty() => Some(format!("`{word}` wants a value")),
        true => None,
        false => Some(format!("there is no column `{name}`: {}", way_out(name, known))),
    }
}

impl State {
    /// What is wrong with the filter, if it lets nothing through for that.
    #[must_use]
    pub fn filter_fault(&self) -> Option<&str> {
        self.sieve.fault.as_deref()
    }

    /// Finds out which rows of the focused panel pass the filter, by this picture.
    pub fn sift(&mut self, snapshot: &Snapshot) {
        let panel = self.panel();
        let mut sieve = Sieve::default();
        for word in self.filter.split_whitespace() {
            let inner = word.strip_prefix('!').filter(|rest| !rest.is_empty());
            let (wanted, word) = (inner.is_none(), inner.unwrap_or(word));
            let Some(term) = term(panel, word) else {
                sieve.fault = sieve.fault.or_else(|| fault(panel, word));
                sieve.letters.push((wanted, Letters::parse(word)));
                continue;
            };
            let worths = columns::worths(self, panel, term.title, snapshot);
            let numeric = worths.iter().any(|(_, worth)| matches!(worth, Worth::Number(_)));
            if numeric && number(&term.value).is_none() {
                sieve.fault = sieve.fault.or_else(|| Some(format!("`{word}` wants a number")));
            }
            let passing = worths
                .into_iter()
                .filter(|(_, worth)| term.holds(worth) == wanted)
                .map(|(id, _)| id);
            sieve.ids = Some(match sieve.ids.take() {
                Some(ids) => passing.filter(|id| ids.contains(id)).collect(),
                None => passing.collect(),
            });
        }
        self.sieve = sieve;
    }

    /// Does the row of `panel` with this id and text pass? The filter is that of the focused panel.
    #[must_use]
    pub fn passes(&self, panel: Panel, id: &str, text: &str) -> bool {
        if panel != self.panel() || self.filter.is_empty() {
            return true;
        }
        let text = text.to_lowercase();
        self.sieve.letters.iter().all(|(wanted, letters)| letters.are_in(&text) == *wanted)
            && self.sieve.ids.as_ref().is_none_or(|ids| ids.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_by_their_beginning_and_values_have_units() {
        let title = |word: &str| term(Panel::Streams, word).map(|term| term.title);
        assert_eq!(title("cap>80"), Some("CAP%"));
        assert_eq!(title("in>1"), Some("IN MiB/s"));
        assert_eq!(title("w-thr>0"), Some("W-THR/s"));
        assert_eq!(title("mode=prov"), Some("MODE"));
        for no_term in ["orders", "cap>", ">80", "nothing>1", "x=b"] {
            assert_eq!(title(no_term), None, "{no_term}");
        }
        assert_eq!(number("30s"), Some(30_000.0));
        assert_eq!(number("1.5k"), Some(1_500.0));
        assert_eq!(number("80%"), Some(80.0));
        assert_eq!(number("80x"), None);
    }

    #[test]
    fn what_is_no_term_of_a_table_says_why() {
        let fault = |word: &str| fault(Panel::Streams, word);
        assert_eq!(fault("cap>"), Some("`cap>` wants a value".to_owned()));
        let unknown = fault("foo>3").expect("there is none");
        assert!(unknown.starts_with("there is no column `foo`: "), "{unknown}");
        for fine in ["orders", "cap>80", "~ords", ">80"] {
            assert_eq!(fault(fine), None, "{fine}");
        }
        assert_eq!(super::fault(Panel::Records, "foo>3"), None);
        assert_eq!(super::fault(Panel::Events, "foo>3"), None);
    }

    #[test]
    fn letters_stand_together_or_apart() {
        let found = |word: &str| Letters::parse(word).are_in("clickstream");
        for word in ["stream", "CLICK", "~cks", "~Cm", "~clickstream"] {
            assert!(found(word), "{word}");
        }
        for word in ["~mc", "~cc~", "clk", "~"] {
            assert!(!found(word), "{word}");
        }
    }

    #[test]
    fn a_term_holds_of_numbers_and_of_words() {
        let term = |word| term(Panel::Streams, word).expect("a term");
        assert!(term("cap>80").holds(&Worth::Number(81.0)));
        assert!(!term("cap>80").holds(&Worth::Number(80.0)));
        assert!(!term("cap<80").holds(&Worth::None));
        assert!(term("age>30s").holds(&Worth::Number(30_001.0)));
        assert!(term("mode=prov").holds(&Worth::Word("PROV".into())));
        assert!(!term("cap>a").holds(&Worth::Number(1.0)));
    }
}
