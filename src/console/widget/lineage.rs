//! Where shards came from: a shard, the children of its split beside it, a merge under one parent
//! and named by the other.
//!
//! Invariants: every shard has exactly one row or place of its own; walks are loops, so a chain of
//! thousands of reshards is drawn as safely as one.

use std::collections::{BTreeMap, BTreeSet};

use ratatui::{buffer::Buffer, layout::Rect, text::Line, text::Span, widgets::Widget};

use super::write_line;
use crate::console::{Paint, theme::Meaning};

/// A shard in its family.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its number.
    pub number: u32,
    /// Numbers of its parents, oldest first: none, one (split) or two (merge). Parents that are
    /// trimmed may be missing from the family.
    pub parents: Vec<u32>,
    /// Is it open?
    pub open: bool,
    /// What is said of it: `HOT`, `draining`.
    pub note: String,
    /// Are parents of it left out?
    pub cut: bool,
}

/// A lineage, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Lineage<'a> {
    /// All shards, in order of numbers.
    pub nodes: &'a [Node],
    /// Number of the selected shard.
    pub selected: Option<u32>,
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

struct Family<'a> {
    nodes: BTreeMap<u32, &'a Node>,
    children: BTreeMap<u32, Vec<u32>>,
    roots: Vec<u32>,
}

fn family(nodes: &[Node]) -> Family<'_> {
    let by_number: BTreeMap<u32, &Node> = nodes.iter().map(|node| (node.number, node)).collect();
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut roots = Vec::new();
    for node in by_number.values() {
        // A parent has the smaller number; anything else is no family and is drawn as a root.
        let known = |parent: &&u32| **parent < node.number && by_number.contains_key(parent);
        let mut parents = node.parents.iter().filter(known).peekable();
        if parents.peek().is_none() {
            roots.push(node.number);
        }
        for parent in parents {
            children.entry(*parent).or_default().push(node.number);
        }
    }
    Family { nodes: by_number, children, roots }
}

impl Lineage<'_> {
    /// Its rows, top to bottom.
    #[must_use]
    pub fn rows(&self) -> Vec<Line<'static>> {
        let family = family(self.nodes);
        let mut drawn = BTreeSet::new();
        let mut rows = Vec::new();
        // Shards still to be drawn with what stands before them; the next one is the last.
        let mut waiting: Vec<(u32, Vec<Span<'static>>, String)> =
            family.roots.iter().rev().map(|root| (*root, Vec::new(), String::new())).collect();
        while let Some((number, mut row, mut before)) = waiting.pop() {
            let Some(node) = family.nodes.get(&number) else { continue };
            if row.is_empty() && before.is_empty() && node.cut {
                let s = self.paint.symbols;
                row.push(self.rule(format!("{}{} ", s.ellipsis, s.line)));
            }
            if row.is_empty() && !before.is_empty() {
                row.push(self.rule(before.clone()));
                before.truncate(before.len() - self.corner().len());
                before.push_str("   ");
            }
            self.tell(node, drawn.insert(number), &mut row);
            let children: &[u32] = family.children.get(&number).map_or(&[], Vec::as_slice);
            let width: usize = row.iter().map(Span::width).sum();
            let pad =
                |more: usize| " ".repeat((width + more).saturating_sub(Span::raw(&before).width()));
            let again = row.last().is_some_and(|span| span.content.ends_with(')'));
            match children {
                [] => rows.push(Line::from(row)),
                _ if again => rows.push(Line::from(row)),
                [only] => {
                    let joined = family.nodes.get(only).is_some_and(|n| n.parents.len() > 1);
                    let s = self.paint.symbols;
                    let bend = if joined { s.join } else { s.line };
                    row.push(self.rule(format!(" {}{bend}{} ", s.line, s.line)));
                    let next = format!("{before}{}", pad(5));
                    waiting.push((*only, row, next));
                }
                [first, rest @ ..] => {
                    let s = self.paint.symbols;
                    row.push(self.rule(format!(" {}{}{} ", s.line, s.branch, s.line)));
                    let under = format!("{before}{}", pad(2));
                    for child in rest.iter().rev() {
                        waiting.push((*child, Vec::new(), format!("{under}{}", self.corner())));
                    }
                    let wall = format!("{under}{}  ", s.wall);
                    waiting.push((*first, row, wall));
                }
            }
        }
        rows
    }

    /// Rows and columns to leave out, so that the selected shard is in view; the last rows are shown
    /// when none is selected.
    fn scrolled(&self, rows: &[Line<'_>], area: Rect) -> (usize, usize) {
        let (height, width) = (usize::from(area.height), usize::from(area.width));
        let last = rows.len().saturating_sub(height);
        let Some(label) = self.selected.map(|number| format!("{number:03}")) else {
            return (last, 0);
        };
        let place = |line: &Line<'_>| line.spans.iter().position(|span| span.content == label);
        let found = rows.iter().enumerate().find_map(|(at, line)| Some((at, place(line)?)));
        let Some((row, span)) = found else { return (last, 0) };
        let before: usize = rows[row].spans[..span].iter().map(Span::width).sum();
        // The shard and what is said of it.
        let needed = before + label.len() + 12;
        (row.saturating_sub(height / 2).min(last), needed.saturating_sub(width).min(before))
    }

    fn corner(&self) -> String {
        format!("{}{} ", self.paint.symbols.corner, self.paint.symbols.line)
    }

    fn rule(&self, text: String) -> Span<'static> {
        Span::styled(text, self.paint.theme.style(Meaning::Muted))
    }

    fn tell(&self, node: &Node, first_time: bool, row: &mut Vec<Span<'static>>) {
        let (theme, symbols) = (self.paint.theme, self.paint.symbols);
        let mut style = theme.style(if node.open { Meaning::Text } else { Meaning::Muted });
        if self.selected == Some(node.number) {
            style =
                style.patch(theme.style(Meaning::Selection)).patch(theme.style(Meaning::Accent));
        }
        row.push(Span::styled(format!("{:03}", node.number), style));
        if !first_time {
            row.push(self.rule(" (above)".to_owned()));
            return;
        }
        if node.open {
            row.push(Span::styled(format!(" {}", symbols.open), theme.style(Meaning::Ok)));
        }
        if !node.note.is_empty() {
            row.push(Span::styled(format!(" {}", node.note), theme.style(Meaning::Warn)));
        }
    }
}

impl Widget for &Lineage<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let rows = self.rows();
        let (down, right) = self.scrolled(&rows, area);
        for (line, row) in rows.into_iter().skip(down).zip(area.rows()) {
            write_line(&behind(line, right), row, buffer, self.paint.symbols.ellipsis);
        }
    }
}

/// What is left of a line when its first columns are left out.
fn behind(line: Line<'static>, mut columns: usize) -> Line<'static> {
    if columns == 0 {
        return line;
    }
    let mut spans = Vec::with_capacity(line.spans.len());
    for span in line.spans {
        let width = span.width();
        if columns >= width {
            columns -= width;
            continue;
        }
        // Numbers, rules and marks: each letter is one column.
        let text: String = span.content.chars().skip(std::mem::take(&mut columns)).collect();
        spans.push(Span::styled(text, span.style));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn node(number: u32, parents: &[u32], open: bool) -> Node {
        Node { number, parents: parents.to_vec(), open, note: String::new(), cut: false }
    }

    fn drawn(width: u16, height: u16, nodes: &[Node]) -> String {
        testing::drawn(width, height, |buffer, paint| {
            Lineage { nodes, selected: Some(1), paint }.render(buffer.area, buffer);
        })
    }

    #[test]
    fn children_of_splits_stand_beside_and_below_their_parents() {
        let nodes = [
            node(0, &[], false),
            node(1, &[], true),
            node(2, &[], false),
            node(4, &[2], false),
            node(5, &[2], true),
            node(6, &[0], true),
            node(7, &[0], true),
            node(8, &[4], true),
            node(9, &[4], true),
        ];
        assert_eq!(
            drawn(30, 7, &nodes),
            "000 ─┬─ 006 ●\n     └─ 007 ●\n001 ●\n002 ─┬─ 004 ─┬─ 008 ●\n     │       └─ 009 ●\n     └─ 005 ●\n\n"
        );
    }

    #[test]
    fn a_merge_is_drawn_under_one_parent_and_named_by_the_other() {
        let nodes = [node(0, &[], false), node(1, &[], false), node(2, &[0, 1], true)];
        assert_eq!(drawn(30, 3, &nodes), "000 ─┴─ 002 ●\n001 ─┴─ 002 (above)\n\n");
    }

    #[test]
    fn trimmed_parents_leave_roots_and_notes_are_told() {
        let mut orphan = node(9, &[3], true);
        orphan.note = "HOT".to_owned();
        assert_eq!(drawn(30, 1, &[orphan]), "009 ● HOT\n");
        let impossible = node(3, &[3, 8], true);
        assert_eq!(drawn(30, 1, &[impossible]), "003 ●\n");
    }

    #[test]
    fn the_selected_shard_is_in_view_down_and_aside() {
        let nodes: Vec<Node> = (0..100).map(|number| node(number, &[], true)).collect();
        let shown = testing::drawn(10, 3, |buffer, paint| {
            Lineage { nodes: &nodes, selected: Some(50), paint }.render(buffer.area, buffer);
        });
        assert_eq!(shown, "049 ●\n050 ●\n051 ●\n");
        let mut deep = vec![node(0, &[], false)];
        deep.extend((1..50).map(|number| node(number, &[number - 1], number == 49)));
        let shown = testing::drawn(20, 1, |buffer, paint| {
            Lineage { nodes: &deep, selected: Some(49), paint }.render(buffer.area, buffer);
        });
        assert!(shown.contains("─ 049 ●"), "{shown}");
    }

    #[test]
    fn where_parents_are_left_out_a_mark_says_so() {
        let young = Node { cut: true, ..node(9, &[4], true) };
        assert_eq!(drawn(20, 1, &[young]), "…─ 009 ●\n");
    }

    #[test]
    fn a_chain_of_thousands_is_cut_and_does_no_harm() {
        let mut nodes = vec![node(0, &[], false)];
        nodes.extend((1..5_000).map(|number| node(number, &[number - 1], number == 4_999)));
        assert_eq!(drawn(16, 2, &nodes), " 001 ─── 002 ──…\n\n");
    }
}
