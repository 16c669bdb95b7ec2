//! How far one check goes, what it counts on its way, and how that is told.

use std::time::{Duration, Instant};

use crate::arguments::Arguments;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Which checks may run beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Everything is in memory.
    Memory,
    /// Processes are started, files are written.
    Process,
}

/// One check.
pub(crate) struct Check {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What one cycle is.
    unit: &'static str,
    /// Cycles when nothing was asked for, and in a campaign.
    cycles: (u64, u64),
    /// Records that are acknowledged in a campaign, at least.
    records: u64,
    pub(crate) lane: Lane,
    /// Runs it; an error says what was lost.
    pub(crate) run: fn(&mut Course) -> Result<(), String>,
}

impl Check {
    pub(crate) const fn new(
        name: &'static str,
        unit: &'static str,
        cycles: (u64, u64),
        lane: Lane,
        run: fn(&mut Course) -> Result<(), String>,
    ) -> Self {
        Self { name, unit, cycles, records: 0, lane, run }
    }

    pub(crate) const fn with_records(self, records: u64) -> Self {
        Self { records, ..self }
    }
}

/// What came of a check.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It goes on.
    Running,
    /// Nothing was lost.
    Passed,
    /// It cannot be done here.
    Skipped(String),
    /// Something was lost.
    Failed(String),
}

impl Outcome {
    pub(crate) fn passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    pub(crate) fn skipped(&self) -> bool {
        matches!(self, Self::Skipped(_))
    }

    pub(crate) fn failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// What a check counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Rounds of whatever the check does: crashes, failed calls, cuts, flips, lives.
    pub(crate) cycles: u64,
    /// Faults that were put in.
    pub(crate) faults: u64,
    /// Operations that were asked for.
    pub(crate) operations: u64,
    /// Records that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Records that a power cut took and might take.
    pub(crate) within_promise: u64,
}

/// The way of one check.
pub(crate) struct Course {
    pub(crate) name: &'static str,
    unit: &'static str,
    wanted: u64,
    records: u64,
    /// Does a campaign want it? Then less than was asked for is a failure.
    pub(crate) campaign: bool,
    until: Option<Instant>,
    begun: Instant,
    told: Instant,
    took: Duration,
    next_seed: u64,
    seed: u64,
    pub(crate) tally: Tally,
    pub(crate) outcome: Outcome,
    /// What else there is to say at the end.
    pub(crate) notes: Vec<String>,
}

impl Course {
    /// Begins; `checks` share the time that was asked for.
    pub(crate) fn new(check: &Check, arguments: &Arguments, checks: usize) -> Self {
        let now = Instant::now();
        let share = |length: Duration| now + length / u32::try_from(checks).unwrap_or(1).max(1);
        let campaign = arguments.campaign;
        let wanted = match (arguments.cycles, arguments.length) {
            _ if campaign => check.cycles.1,
            (Some(cycles), _) => cycles,
            (None, Some(_)) => u64::MAX,
            (None, None) => check.cycles.0,
        };
        Self {
            name: check.name,
            unit: check.unit,
            wanted,
            records: if campaign { check.records } else { arguments.records },
            campaign,
            until: arguments.length.filter(|_| !campaign).map(share),
            begun: now,
            told: now,
            took: Duration::ZERO,
            next_seed: arguments.seed,
            seed: arguments.seed,
            tally: Tally::default(),
            outcome: Outcome::Running,
            notes: Vec::new(),
        }
    }

    /// The seed of the next round, or none when it is enough.
    pub(crate) fn next_seed(&mut self) -> Option<u64> {
        if self.is_enough() {
            return None;
        }
        self.seed = self.next_seed;
        self.next_seed += 1;
        Some(self.seed)
    }

    /// Were there as many cycles, or was it as long, as was asked for?
    pub(crate) fn is_enough(&self) -> bool {
        let enough = self.tally.cycles >= self.wanted && self.tally.acknowledged >= self.records;
        enough || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Was more asked for than a brief round?
    pub(crate) fn is_long(&self) -> bool {
        self.campaign || self.until.is_some()
    }

    /// How many cycles are left to do.
    pub(crate) fn cycles_left(&self) -> u64 {
        self.wanted.saturating_sub(self.tally.cycles)
    }

    /// A cycle is done.
    pub(crate) fn cycle(&mut self) {
        self.tally.cycles += 1;
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            let Tally { cycles, faults, acknowledged, .. } = self.tally;
            println!(
                "{:<9} {cycles} cycles, {faults} faults, {acknowledged} acknowledged, {:.0} s",
                self.name,
                self.begun.elapsed().as_secs_f64(),
            );
        }
    }

    /// The check cannot be done here.
    pub(crate) fn skip(&mut self, why: String) {
        println!("{:<9} SKIPPED: {why}", self.name);
        self.outcome = Outcome::Skipped(why);
    }

    /// The check has ended.
    pub(crate) fn end(&mut self, result: Result<(), String>) {
        self.took = self.begun.elapsed();
        match result {
            Ok(()) if self.campaign && !self.is_enough() => {
                let Tally { cycles, acknowledged, .. } = self.tally;
                let why = format!(
                    "a campaign wants {} {} and {} acknowledged records, these were {cycles} and \
                     {acknowledged}",
                    self.wanted, self.unit, self.records
                );
                println!("{:<9} TOO LITTLE: {why}", self.name);
                self.outcome = Outcome::Failed(why);
            }
            Ok(()) if self.outcome.skipped() => {}
            Ok(()) => self.outcome = Outcome::Passed,
            Err(why) => {
                println!(
                    "{} FAILED: {why}\nagain: cargo test --release --test torture -- {} --seed {} \
                     --cycles 1",
                    self.name, self.name, self.seed
                );
                self.outcome = Outcome::Failed(why);
            }
        }
    }
}

/// One line a check.
pub(crate) fn print_table(courses: &[Course]) {
    println!(
        "\n{:<9} {:>9} {:<20} {:>9} {:>11} {:>12} {:>12} {:>6} {:>8}",
        "check",
        "cycles",
        "of",
        "faults",
        "operations",
        "acknowledged",
        "within limit",
        "lost",
        "seconds"
    );
    for course in courses {
        let Tally { cycles, faults, operations, acknowledged, within_promise } = course.tally;
        let lost = match &course.outcome {
            Outcome::Passed => "0",
            Outcome::Skipped(_) => "skip",
            Outcome::Failed(_) | Outcome::Running => "LOST",
        };
        println!(
            "{:<9} {cycles:>9} {:<20} {faults:>9} {operations:>11} {acknowledged:>12} \
             {within_promise:>12} {lost:>6} {:>8.1}",
            course.name,
            course.unit,
            course.took.as_secs_f64(),
        );
    }
    for course in courses {
        course.notes.iter().for_each(|note| println!("{}: {note}", course.name));
        match &course.outcome {
            Outcome::Failed(why) => println!("{}: LOST: {why}", course.name),
            Outcome::Skipped(why) => println!("{}: SKIPPED: {why}", course.name),
            Outcome::Passed | Outcome::Running => {}
        }
    }
}
