//! What an operator does, written down as a session: the set-up at the beginning, then each act and
//! each screen at its time.
//!
//! Not written down: the clock, because a timeline lives by it, and what stood in the streams. A
//! session begins with empty ones.

use crate::command::{Command, Screen, ViewCommand, WorldCommand};
use crate::model::Millis;
use crate::session::{Cue, Session};
use crate::snapshot::Snapshot;

/// The end of every session's file name.
const EXTENSION: &str = ".ron";

/// A recording that goes on.
#[derive(Clone, Debug)]
pub struct Recording {
    path: String,
    setup: Session,
    /// Engine time of the beginning.
    from: Millis,
    /// The same, milliseconds after the beginning of the session that was played then.
    from_ms: u64,
    cues: Vec<Cue>,
    screen: Screen,
}

/// The path of the file for a name: `demo` and `demo.ron` are the same.
#[must_use]
pub fn path_of(name: &str) -> String {
    if name.ends_with(EXTENSION) { name.to_owned() } else { format!("{name}{EXTENSION}") }
}

impl Recording {
    /// Begins with the set-up as it stands.
    #[must_use]
    pub fn begin(name: &str, setup: Session, snapshot: &Snapshot, screen: &Screen) -> Self {
        let path = path_of(name);
        let file = path.rsplit('/').next().unwrap_or_default();
        let title = file.trim_end_matches(EXTENSION).to_owned();
        let about = format!("Recorded on `{}`.", setup.title);
        let view = Some(line_of(screen));
        Self {
            setup: Session { title, about, view, expect: Vec::new(), ..setup },
            path,
            from: snapshot.now,
            from_ms: snapshot.elapsed_ms(),
            cues: Vec::new(),
            screen: screen.clone(),
        }
    }

    /// Where it is written to.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Acts so far.
    #[must_use]
    pub fn acts(&self) -> usize {
        self.cues.iter().filter(|cue| cue.view.is_none()).count()
    }

    /// A command was run at `now`; is it written down?
    pub fn ran(&mut self, now: Millis, command: &WorldCommand) -> bool {
        let cue = match command {
            WorldCommand::Clock(_) => return false,
            WorldCommand::Caption(text) => {
                Cue { caption: Some(text.clone().unwrap_or_default()), ..self.cue(now) }
            }
            act => Cue { run: Some(act.to_string()), ..self.cue(now) },
        };
        self.cues.push(cue);
        true
    }

    /// The operator looks at `screen`; is that another one than before?
    pub fn looked(&mut self, now: Millis, screen: &Screen) -> bool {
        if self.screen == *screen {
            return false;
        }
        self.screen = screen.clone();
        self.cues.push(Cue { view: Some(line_of(screen)), ..self.cue(now) });
        true
    }

    /// The session, if it ended at `now`. What the timeline of before did meanwhile is a part of it.
    #[must_use]
    pub fn session(&self, now: Millis) -> Session {
        let length_ms = now.since(self.from);
        let (from_s, length_s) = (self.from_ms as f64 / 1e3, length_ms as f64 / 1e3);
        let meanwhile = |cue: &&Cue| cue.at_s > from_s && cue.at_s <= from_s + length_s;
        let earlier = self.setup.timeline.iter().filter(meanwhile);
        let mut timeline: Vec<Cue> =
            earlier.map(|cue| Cue { at_s: cue.at_s - from_s, ..cue.clone() }).collect();
        timeline.extend(self.cues.iter().cloned());
        timeline.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let length_s = u32::try_from(length_ms.div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
        Session { timeline, length_s, ..self.setup.clone() }
    }

    fn cue(&self, now: Millis) -> Cue {
        Cue { at_s: now.since(self.from) as f64 / 1e3, ..Cue::default() }
    }
}

fn line_of(screen: &Screen) -> String {
    Command::View(ViewCommand::Go(screen.clone())).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::builtin;

    fn snapshot(now_ms: u64) -> Snapshot {
        Snapshot { now: Millis(now_ms), started: Millis(1_000), ..Snapshot::default() }
    }

    fn hot_shard() -> Session {
        let (name, text) = builtin()[4];
        Session::parse(name, text).expect("built-in sessions are good")
    }

    fn command(line: &str) -> WorldCommand {
        match line.parse() {
            Ok(Command::World(command)) => command,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn acts_captions_and_screens_stand_at_their_times() {
        let mut recording =
            Recording::begin("lab/mine", hot_shard(), &snapshot(11_000), &Screen::Overview);
        assert_eq!(recording.path(), "lab/mine.ron");
        assert!(!recording.looked(Millis(11_500), &Screen::Overview), "the same screen");
        assert!(recording.looked(Millis(12_250), &Screen::Logs));
        assert!(recording.ran(Millis(13_000), &command("caption It is getting hot.")));
        assert!(recording.ran(Millis(14_000), &command("split orders 2 --at hot")));
        assert!(!recording.ran(Millis(15_000), &command("clock x10")), "no act of a timeline");
        assert_eq!(recording.acts(), 2);
        let session = recording.session(Millis(16_001));
        assert_eq!((session.title.as_str(), session.length_s), ("mine", 6));
        assert_eq!(session.view.as_deref(), Some("streams"));
        let told: Vec<(f64, String)> = session
            .timeline
            .iter()
            .map(|cue| {
                let parts = [&cue.caption, &cue.run, &cue.view].map(|part| part.iter());
                (cue.at_s, parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" | "))
            })
            .collect();
        let wanted = [
            (1.25, "logs"),
            (
                2.0,
                "One key is one shard: it gets more than 1,000 records/s and refuses. | heat orders",
            ),
            (2.0, "It is getting hot."),
            (3.0, "split orders 002 --at hot"),
        ];
        assert_eq!(told, wanted.map(|(at_s, text)| (at_s, text.to_owned())));
    }

    #[test]
    fn a_recording_is_a_good_session_at_every_moment() {
        let mut recording =
            Recording::begin("mine.ron", hot_shard(), &snapshot(1_000), &Screen::Overview);
        let read = |session: Session| {
            let text = session.to_ron();
            let again = Session::parse("mine.ron", &text).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(again, session);
        };
        read(recording.session(Millis(1_000)));
        recording.ran(Millis(1_000), &command("caption"));
        recording.looked(Millis(2_000), &Screen::Consumers(None));
        recording.ran(Millis(3_000), &command("create \"new\" --shards 2"));
        recording.ran(Millis(4_000), &command("put new k {\"a\": \"b c\"}"));
        read(recording.session(Millis(90_000)));
    }
}
