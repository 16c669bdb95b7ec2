//! The order of rows: by any column, without dancing. A sort under live data would swap two rows
//! each time their rates cross; here a row moves up only when it is clearly ahead.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::command::{Sorting, Way};
use crate::console::columns::{self, Worth};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::widget::table::Order;
use crate::snapshot::Snapshot;

/// By how much a number must be larger to be clearly ahead.
const AHEAD: f64 = 1.1;

/// By what a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Title of the column.
    pub by: &'static str,
    /// Which way.
    pub order: Order,
}

/// Numbers are wanted from large to small, words from A to Z.
fn first_order(panel: Panel, title: &str) -> Order {
    let column = columns::of(panel).iter().find(|column| column.title == title);
    match column.map(|column| column.align) {
        Some(crate::console::widget::table::Align::Right) => Order::Descending,
        Some(crate::console::widget::table::Align::Left) | None => Order::Ascending,
    }
}

fn flipped(order: Order) -> Order {
    match order {
        Order::Ascending => Order::Descending,
        Order::Descending => Order::Ascending,
    }
}

impl State {
    /// By what the table of a panel is sorted: column and way.
    #[must_use]
    pub fn sort_of(&self, panel: Panel) -> Option<(usize, Order)> {
        let sort = self.sorts.get(&panel)?;
        let at = columns::of(panel).iter().position(|column| column.title == sort.by)?;
        Some((at, sort.order))
    }

    /// Sorts by the column of that title; the other way round when it is sorted by it already.
    pub fn sort_by(&mut self, panel: Panel, title: &'static str, snapshot: &Snapshot) {
        let order = match self.sorts.get(&panel) {
            Some(sort) if sort.by == title => flipped(sort.order),
            Some(_) | None => first_order(panel, title),
        };
        self.sorts.insert(panel, Sort { by: title, order });
        self.held.remove(&panel);
        self.settle(snapshot);
    }

    /// Changes how the focused table is sorted.
    pub fn sort(&mut self, how: Sorting, snapshot: &Snapshot) {
        let panel = self.panel();
        match (how, self.sorts.get(&panel).copied()) {
            (Sorting::Next, _) => self.sort_along(panel, Way::Next, snapshot),
            (Sorting::Previous, _) => self.sort_along(panel, Way::Previous, snapshot),
            (Sorting::Reverse, Some(sort)) => self.sort_by(panel, sort.by, snapshot),
            (Sorting::Reverse, None) | (Sorting::Off, _) => {
                self.sorts.remove(&panel);
                self.held.remove(&panel);
            }
        }
    }

    fn sort_along(&mut self, panel: Panel, way: Way, snapshot: &Snapshot) {
        let sortable: Vec<&'static str> = columns::of(panel)
            .iter()
            .map(|column| column.title)
            .filter(|title| columns::sorts(panel, title))
            .collect();
        let at = self
            .sorts
            .get(&panel)
            .and_then(|sort| sortable.iter().position(|title| *title == sort.by));
        let count = sortable.len();
        let to = match (at, way) {
            (None, Way::Next) => 0,
            (None, Way::Previous) => count.saturating_sub(1),
            (Some(at), Way::Next) => (at + 1) % count,
            (Some(at), Way::Previous) => (at + count - 1) % count,
        };
        if let Some(title) = sortable.get(to) {
            self.sorts.remove(&panel);
            self.sort_by(panel, title, snapshot);
        }
    }

    /// Puts rows into the order in which they were last arranged; new ones come last.
    pub(super) fn arrange<T>(&self, panel: Panel, rows: &mut [T], id: impl Fn(&T) -> String) {
        if let Some(held) = self.held.get(&panel) {
            let places: BTreeMap<&str, usize> =
                held.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
            rows.sort_by_cached_key(|row| {
                places.get(id(row).as_str()).copied().unwrap_or(usize::MAX)
            });
        }
    }

    /// Arranges sorted tables by a new picture, as far as rows are clearly ahead of others.
    pub fn settle(&mut self, snapshot: &Snapshot) {
        let sorts: Vec<(Panel, Sort)> = self.sorts.iter().map(|(panel, s)| (*panel, *s)).collect();
        for (panel, sort) in sorts {
            let mut rows = columns::worths(self, panel, sort.by, snapshot);
            match self.held.get(&panel) {
                Some(held) => {
                    let places: BTreeMap<&str, usize> =
                        held.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
                    rows.sort_by_key(|(id, _)| {
                        places.get(id.as_str()).copied().unwrap_or(usize::MAX)
                    });
                    lazily(&mut rows, sort.order);
                }
                None => rows.sort_by(|(_, a), (_, b)| ordered(a, b, sort.order)),
            }
            self.held.insert(panel, rows.into_iter().map(|(id, _)| id).collect());
        }
    }
}

/// The order of two rows; what has no value comes last whatever the way.
fn ordered(a: &Worth, b: &Worth, order: Order) -> Ordering {
    let plain = match (a, b) {
        (Worth::None, Worth::None) => return Ordering::Equal,
        (Worth::None, _) => return Ordering::Greater,
        (_, Worth::None) => return Ordering::Less,
        (Worth::Number(a), Worth::Number(b)) => a.total_cmp(b),
        (Worth::Word(a), Worth::Word(b)) => a.cmp(b),
        (Worth::Number(_), Worth::Word(_)) => Ordering::Less,
        (Worth::Word(_), Worth::Number(_)) => Ordering::Greater,
    };
    match order {
        Order::Ascending => plain,
        Order::Descending => plain.reverse(),
    }
}

/// Must `a`, which stands behind `b`, go before it?
fn clearly_ahead(a: &Worth, b: &Worth, order: Order) -> bool {
    if ordered(a, b, order) != Ordering::Less {
        return false;
    }
    match (a, b) {
        (Worth::Number(a), Worth::Number(b)) => {
            let (large, small) = if a > b { (a, b) } else { (b, a) };
            *large > small * AHEAD
        }
        (Worth::None | Worth::Word(_), _) | (_, Worth::None | Worth::Word(_)) => true,
    }
}

fn lazily(rows: &mut [(String, Worth)], order: Order) {
    for from in 1..rows.len() {
        let mut at = from;
        while at > 0 && clearly_ahead(&rows[at].1, &rows[at - 1].1, order) {
            rows.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[(&str, f64)]) -> Vec<(String, Worth)> {
        values.iter().map(|(id, value)| ((*id).to_owned(), Worth::Number(*value))).collect()
    }

    fn ids(rows: &[(String, Worth)]) -> String {
        rows.iter().map(|(id, _)| id.as_str()).collect()
    }

    #[test]
    fn rows_change_places_only_when_one_is_clearly_ahead() {
        let mut close = rows(&[("a", 100.0), ("b", 105.0), ("c", 1.0)]);
        lazily(&mut close, Order::Descending);
        assert_eq!(ids(&close), "abc", "five in a hundred is no reason to dance");
        let mut ahead = rows(&[("a", 100.0), ("b", 105.0), ("c", 120.0)]);
        lazily(&mut ahead, Order::Descending);
        assert_eq!(ids(&ahead), "cab");
    }

    #[test]
    fn what_has_no_value_comes_last_both_ways() {
        for order in [Order::Ascending, Order::Descending] {
            let mut some = vec![("-".to_owned(), Worth::None)];
            some.extend(rows(&[("a", 1.0)]));
            lazily(&mut some, order);
            assert_eq!(ids(&some), "a-");
        }
    }
}
