//! The table: records a second of each store, and how many times as fast our log is.

use std::fmt::Write as _;

use crate::work::Load;

/// Stores of our own stand first: the log, and the engine above it.
const OURS: usize = 2;

pub fn head(names: &[&str]) -> String {
    let mut line = format!("{:<26}", "work");
    for name in names {
        write!(line, "{name:>13}").expect("a string takes every letter");
    }
    for name in &names[OURS..] {
        write!(line, "{:>15}", format!("log/{name}")).expect("a string takes every letter");
    }
    line + "\n"
}

pub struct Row {
    pub load: Load,
    /// Records a second, in the order of the stores.
    pub rates: Vec<f64>,
}

impl Row {
    pub fn line(&self) -> String {
        let Load { record, batch, sync, .. } = self.load;
        let level = if sync { "synced" } else { "unsynced" };
        let mut line = format!("{:<26}", format!("{batch} x {record} B, {level}"));
        for rate in &self.rates {
            write!(line, "{:>11.0} k", rate / 1e3).expect("a string takes every letter");
        }
        for rate in &self.rates[OURS..] {
            write!(line, "{:>14.1}x", self.rates[0] / rate).expect("a string takes every letter");
        }
        line + "\n"
    }
}
