//! A table as data: every column of a panel, hardly rounded, in the order shown; as CSV or as JSON.

use serde_json::{Map, Number, Value};

use crate::console::columns::{self, Worth};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::snapshot::Snapshot;

/// A table as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    titles: Vec<&'static str>,
    /// Id and values of each row.
    rows: Vec<(String, Vec<Worth>)>,
}

impl Sheet {
    /// The table of a panel as it is shown: filtered and sorted; only the marked rows where some
    /// are. `None` where the panel has no table.
    #[must_use]
    pub fn of(state: &State, panel: Panel, snapshot: &Snapshot) -> Option<Self> {
        let titles: Vec<&'static str> =
            columns::of(panel).iter().map(|c| c.title).filter(|t| columns::tells(t)).collect();
        if titles.is_empty() {
            return None;
        }
        let all: Vec<Vec<(String, Worth)>> =
            titles.iter().map(|title| columns::worths(state, panel, title, snapshot)).collect();
        let shown = state.ids(panel, snapshot);
        let mut rows: Vec<(String, Vec<Worth>)> = Vec::new();
        for at in 0..all.first().map_or(0, Vec::len) {
            let id = all[0][at].0.clone();
            rows.push((id, all.iter().map(|column| column[at].1.clone()).collect()));
        }
        // Records are filtered where they are read, and have no ids to be held by.
        let filtered = panel == state.panel() && !state.filter.is_empty();
        if !shown.is_empty() || (filtered && panel != Panel::Records) {
            let place = |id: &String| shown.iter().position(|shown| shown == id);
            rows.retain(|(id, _)| place(id).is_some());
            rows.sort_by_cached_key(|(id, _)| place(id));
        }
        if panel == state.panel() && !state.marks.is_empty() {
            rows.retain(|(id, _)| state.marks.contains(id));
        }
        Some(Self { titles, rows })
    }

    /// The row of that id as text, its values apart by tabs.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<String> {
        let (_, values) = self.rows.iter().find(|(row, _)| row == id)?;
        Some(values.iter().map(text).collect::<Vec<_>>().join("\t"))
    }

    /// As CSV (RFC 4180): titles first, `\r\n` behind each line.
    #[must_use]
    pub fn csv(&self) -> String {
        let titles = self.titles.iter().map(|title| quoted(title));
        let mut all = titles.collect::<Vec<_>>().join(",") + "\r\n";
        for (_, values) in &self.rows {
            let line: Vec<String> = values.iter().map(|value| quoted(&text(value))).collect();
            all.push_str(&line.join(","));
            all.push_str("\r\n");
        }
        all
    }

    /// As a JSON array of objects; what has no value is `null`.
    #[must_use]
    pub fn json(&self) -> String {
        let value = |worth: &Worth| match worth {
            Worth::None => Value::Null,
            Worth::Number(number) => {
                Number::from_f64(rounded(*number)).map_or(Value::Null, Value::Number)
            }
            Worth::Word(word) => Value::String(word.clone()),
        };
        let row = |values: &Vec<Worth>| {
            let pairs = self.titles.iter().zip(values);
            let pairs = pairs.map(|(title, worth)| ((*title).to_owned(), value(worth)));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        let all = Value::Array(self.rows.iter().map(|(_, values)| row(values)).collect());
        format!("{all:#}\n")
    }
}

/// A number without the digits that arithmetic leaves behind it: three decimals, and of what is less
/// than one three digits.
fn rounded(number: f64) -> f64 {
    if number.fract() == 0.0 {
        return number;
    }
    match number.abs() < 1.0 {
        true => format!("{number:.2e}").parse().unwrap_or(number),
        false => (number * 1e3).round() / 1e3,
    }
}

fn text(worth: &Worth) -> String {
    match worth {
        Worth::None => String::new(),
        Worth::Number(number) => rounded(*number).to_string(),
        Worth::Word(word) => word.clone(),
    }
}

fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Screen;
    use crate::console::tests::world;
    use crate::snapshot::ClockView;

    fn sheet() -> Sheet {
        let values = vec![Worth::Word("a \"b\", c".into()), Worth::Number(1.5), Worth::None];
        let rows = vec![("1".to_owned(), values)];
        Sheet { titles: vec!["NAME", "IN MiB/s", "AGE"], rows }
    }

    #[test]
    fn a_sheet_is_csv_with_quotes_where_they_are_needed() {
        assert_eq!(sheet().csv(), "NAME,IN MiB/s,AGE\r\n\"a \"\"b\"\", c\",1.5,\r\n");
    }

    #[test]
    fn a_sheet_is_json_with_null_for_what_is_not_there() {
        let json: Value = serde_json::from_str(&sheet().json()).expect("JSON");
        assert_eq!(json[0]["NAME"], "a \"b\", c");
        assert_eq!(json[0]["IN MiB/s"], 1.5);
        assert_eq!(json[0]["AGE"], Value::Null);
    }

    #[test]
    fn numbers_are_told_without_the_digits_that_arithmetic_leaves() {
        let told = |number| text(&Worth::Number(number));
        assert_eq!(told(2.780_000_000_000_000_2), "2.78");
        assert_eq!(told(1_234.567_89), "1234.568");
        assert_eq!(told(-0.000_123_456), "-0.000123", "a small share is not lost");
        assert_eq!(told(0.0), "0");
        assert_eq!(told(9e15), "9000000000000000");
    }

    #[test]
    fn a_filter_that_nothing_passes_leaves_nothing() {
        let snapshot = world("hot-shard", 5).look(ClockView::default());
        let mut state = State::default();
        let rows =
            |state: &State| Sheet::of(state, Panel::Streams, &snapshot).map(|s| s.rows.len());
        assert_eq!(rows(&state), Some(1));
        state.filter = "zzz".to_owned();
        state.sift(&snapshot);
        assert_eq!(rows(&state), Some(0));
    }

    #[test]
    fn a_closed_shard_has_no_share_of_its_limit() {
        let snapshot = world("hot-shard", 55).look(ClockView::default());
        let screen = Screen::Stream(snapshot.streams[0].name.clone());
        let state = State { screen, ..State::default() };
        let sheet = Sheet::of(&state, Panel::Shards, &snapshot).expect("a table");
        let at = sheet.titles.iter().position(|title| *title == "CAP%").expect("a column");
        let of = |id: &str| sheet.rows.iter().find(|(row, _)| row == id).map(|(_, all)| &all[at]);
        assert_eq!(of("002"), Some(&Worth::None), "it was split");
        assert!(matches!(of("001"), Some(Worth::Number(_))));
    }

    #[test]
    fn a_row_is_copied_with_tabs() {
        assert_eq!(sheet().row("1"), Some("a \"b\", c\t1.5\t".to_owned()));
        assert_eq!(sheet().row("2"), None);
    }
}
