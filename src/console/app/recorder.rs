//! Writing down what an operator does.

use super::App;
use crate::command::Record;
use crate::console::format::many;
use crate::console::recording::{self, Recording};
use crate::console::state::{Notice, State};
use crate::model::Millis;
use crate::snapshot::Snapshot;

impl App<'_> {
    /// Begins to write down what is done.
    pub(super) fn record(&mut self, record: &Record) {
        let path = recording::path_of(&record.name);
        if self.desk.exists(&path) && !record.replace {
            let why = format!("`{path}` exists: another name, or `record {path} --replace`");
            self.state.notice = Some(Notice::Refused(why));
            return;
        }
        let snapshot = self.port.snapshot();
        let (setup, screen) = (self.port.session(), &self.state.screen);
        let recording = Recording::begin(&record.name, setup, &snapshot, screen);
        self.state.recording = Some(Box::new(recording));
        let said = format!("what you do is written to {path}; `record stop` ends that");
        if self.keep_recording(snapshot.now) {
            self.state.notice = Some(Notice::Done(said));
        } else {
            self.state.recording = None;
        }
    }

    /// Writes the recording as it stands, so that nothing is lost whatever happens.
    pub(super) fn keep_recording(&mut self, now: Millis) -> bool {
        let Some(recording) = &self.state.recording else { return true };
        let text = recording.session(now).to_ron();
        match self.desk.write(recording.path(), &text) {
            Ok(_) => true,
            Err(why) => {
                self.state.notice = Some(Notice::Refused(format!("not recorded: {why}")));
                false
            }
        }
    }

    pub(super) fn end_recording(&mut self) {
        if self.state.recording.is_none() || !self.keep_recording(self.port.snapshot().now) {
            return;
        }
        if let Some(recording) = self.state.recording.take() {
            let (path, acts) = (recording.path(), many(recording.acts(), "act"));
            let said = format!("{acts} written to {path}; `demo {path}` plays them");
            self.state.notice = Some(Notice::Done(said));
        }
    }

    /// A recording takes down which screen is looked at.
    pub(super) fn look_on(&mut self, snapshot: &Snapshot) {
        let State { recording, screen, .. } = &mut self.state;
        let other = recording.as_mut().is_some_and(|r| r.looked(snapshot.now, screen));
        if other {
            self.keep_recording(snapshot.now);
        }
    }
}
