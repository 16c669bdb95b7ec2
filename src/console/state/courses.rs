//! Courses that are compared: the world as it is, and what an operator could do, each run ahead on
//! a fork of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::{Command, WorldCommand};
use crate::console::state::State;
use crate::cost::Outlook;
use crate::model::{ConsumerName, PartName, StreamMode, limits::SHARDS_PER_STREAM_MAX};
use crate::snapshot::{Snapshot, StreamView};
use crate::world::taken;

/// How far courses are run ahead, milliseconds of engine time.
pub const AHEAD_MS: u64 = 120_000;
/// Courses of the user's own that are kept; the oldest go first.
const OWN_MAX: usize = 8;
/// Share of the write limit that a well-sized stream uses.
const TARGET: f64 = 0.7;

/// One course.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// What it is called: unique.
    pub title: String,
    /// What is done first.
    pub commands: Vec<WorldCommand>,
    /// What came of it; `None` while nobody knows.
    pub outcome: Option<Result<Outlook, String>>,
}

/// All courses, the world as it is first.
#[derive(Clone, Debug, Default)]
pub struct Courses {
    /// The courses of the last round.
    pub all: Vec<Course>,
    /// Lines of the user's own, oldest first.
    own: Vec<String>,
    /// Counts the rounds: an answer to an older one is of no use.
    pub round: u64,
}

impl Courses {
    /// None, and the rounds go on: what still comes of the last one is of no use.
    #[must_use]
    pub fn cleared(&self) -> Self {
        Self { round: self.round, ..Self::default() }
    }

    /// Does somebody still run one of them?
    #[must_use]
    pub fn runs(&self) -> bool {
        self.all.iter().any(|course| course.outcome.is_none())
    }

    /// What came of the world as it is.
    #[must_use]
    pub fn as_it_is(&self) -> Option<Outlook> {
        self.all.first()?.outcome.as_ref()?.as_ref().ok().copied()
    }

    /// The course of that title.
    #[must_use]
    pub fn named(&self, title: &str) -> Option<&Course> {
        self.all.iter().find(|course| course.title == title)
    }

    /// Takes what came of a course.
    pub fn answer(&mut self, round: u64, at: usize, outcome: Result<Outlook, String>) {
        if round == self.round
            && let Some(course) = self.all.get_mut(at)
        {
            course.outcome = Some(outcome);
        }
    }
}

fn course(title: impl Into<String>, commands: Vec<WorldCommand>) -> Course {
    Course { title: title.into(), commands, outcome: None }
}

/// The commands of a line, apart by `;`.
fn commands(line: &str) -> Vec<WorldCommand> {
    let parts = line.split(';').filter_map(|part| part.trim().parse::<Command>().ok());
    parts
        .filter_map(|command| match command {
            Command::World(command) => Some(command),
            Command::View(_) => None,
        })
        .collect()
}

/// Who makes the load of the world that is run ahead, and at how many times its own rate.
fn producers(snapshot: &Snapshot) -> Vec<(PartName, f64)> {
    match snapshot.far {
        Some(_) => taken(snapshot).producers.into_iter().map(|made| (made.name, 1.0)).collect(),
        None => {
            let producers = snapshot.producers.iter();
            producers.map(|producer| (producer.name.clone(), producer.rate_factor)).collect()
        }
    }
}

/// So many times the load of every producer.
fn load(producers: &[(PartName, f64)], times: f64) -> Course {
    let rate = |(producer, factor): &(PartName, f64)| WorldCommand::Rate {
        producer: producer.clone(),
        factor: (factor * times).min(1_000.0),
    };
    course(format!("load x{times}"), producers.iter().map(rate).collect())
}

/// Other set-ups of a stream.
fn of_stream(stream: &StreamView) -> Vec<Course> {
    let (name, open) = (&stream.name, u32::try_from(stream.open_shards()).unwrap_or(1));
    let one = |command: WorldCommand| course(command.to_string(), vec![command]);
    let mut all = Vec::new();
    let mode = match stream.mode {
        StreamMode::OnDemand => StreamMode::Provisioned,
        StreamMode::Provisioned => StreamMode::OnDemand,
    };
    all.push(one(WorldCommand::Mode { stream: name.clone(), mode }));
    if stream.mode == StreamMode::Provisioned {
        let used = stream.rates.offered().write_utilization(&stream.limits, open as usize);
        let fitting = used.map_or(1, |used| (used * f64::from(open) / TARGET).ceil() as u32);
        let mut wanted = vec![fitting, open * 2];
        wanted.dedup();
        wanted.retain(|count| *count != open && (1..=SHARDS_PER_STREAM_MAX).contains(count));
        all.extend(
            wanted
                .into_iter()
                .map(|shards| one(WorldCommand::Scale { stream: name.clone(), shards })),
        );
    }
    // A consumer with a throughput of its own: what it costs, and who reads no more slowly for it.
    let consumer = ConsumerName::new("what-if").expect("invariant: it is a name");
    all.push(one(WorldCommand::Register { stream: name.clone(), consumer, tags: BTreeMap::new() }));
    let week = stream.retention_ms <= 24 * 3_600_000;
    let hours = if week { 168 } else { 24 };
    all.push(one(WorldCommand::Retention { stream: name.clone(), hours }));
    all
}

impl State {
    /// A new round: the world as it is, more load, other set-ups of the chosen stream, and the
    /// user's own courses. Answers what is to be run.
    pub fn begin_courses(
        &mut self,
        own: Option<String>,
        snapshot: &Snapshot,
    ) -> Vec<Vec<WorldCommand>> {
        let mut all = vec![course("as it is", Vec::new())];
        let producers = producers(snapshot);
        if !producers.is_empty() {
            all.extend([load(&producers, 2.0), load(&producers, 10.0)]);
        }
        all.extend(self.stream(snapshot).map(of_stream).unwrap_or_default());
        if let Some(line) = own {
            self.courses.own.retain(|known| *known != line);
            self.courses.own.push(line);
            if self.courses.own.len() > OWN_MAX {
                self.courses.own.remove(0);
            }
        }
        for line in &self.courses.own {
            if !all.iter().any(|known| known.title == *line) {
                all.push(course(line, commands(line)));
            }
        }
        self.courses.round += 1;
        self.courses.all = all;
        self.courses.all.iter().map(|course| course.commands.clone()).collect()
    }

    /// Prices of the user's own from now on.
    pub fn set_prices(&mut self, prices: crate::cost::Prices) {
        self.prices = Arc::new(prices);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlook(per_hour: f64) -> Outlook {
        Outlook { per_hour, open_shards: 1, taken: 1, refused: 0, throttled: 0, age_max_ms: 0 }
    }

    #[test]
    fn an_answer_to_an_older_round_is_of_no_use() {
        let mut state = State::default();
        assert_eq!(state.begin_courses(None, &Snapshot::default()).len(), 1);
        state.courses.answer(1, 0, Ok(outlook(1.0)));
        assert_eq!(state.courses.as_it_is(), Some(outlook(1.0)));
        state.begin_courses(Some("scale orders 8".into()), &Snapshot::default());
        state.courses.answer(1, 0, Ok(outlook(2.0)));
        assert!(state.courses.runs() && state.courses.as_it_is().is_none());
        assert_eq!(state.courses.named("scale orders 8").map(|c| c.commands.len()), Some(1));
        state.courses.answer(2, 7, Ok(outlook(2.0)));
    }

    #[test]
    fn own_courses_are_kept_and_the_oldest_go() {
        let mut state = State::default();
        for shards in 1..=OWN_MAX as u32 + 2 {
            state.begin_courses(Some(format!("scale orders {shards}")), &Snapshot::default());
        }
        assert_eq!(state.courses.all.len(), 1 + OWN_MAX);
        assert!(state.courses.named("scale orders 1").is_none());
    }
}
