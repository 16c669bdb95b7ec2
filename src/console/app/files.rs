//! What goes to files and comes from them: sessions, tables and pictures of the screen, the user's own.

use std::{io, iter};

use ratatui::layout::{Rect, Size};

use super::App;
use crate::command::{Command, Format, Own};
use crate::console::format::fit;
use crate::console::sheet::Sheet;
use crate::console::state::{Demo, Layouts, Notice, State};
use crate::console::term::Term;
use crate::console::update::{ask_to_open, ask_to_save_over, obey, session_of};
use crate::console::{export, still};
use crate::snapshot::Snapshot;

impl App<'_> {
    /// Opens a file of the user's own in an editor, which has the terminal until it is closed.
    pub(super) fn edit(&mut self, what: Own, term: &mut Term) -> io::Result<()> {
        let told = term.lend(|| self.desk.edit(what, &self.state.theme))?;
        self.state.notice = Some(match told {
            Ok(said) => Notice::Done(said),
            Err(why) => Notice::Refused(why),
        });
        Ok(())
    }

    /// Writes the set-up; asks before it takes the place of a file that is not its own.
    pub(super) fn save(&mut self, file: Option<String>) {
        let path = file.unwrap_or_else(|| format!("{}.ron", slug(&self.port.session().title)));
        if self.state.file.as_ref() == Some(&path) || !self.desk.exists(&path) {
            return self.save_over(&path);
        }
        ask_to_save_over(&mut self.state, &path, &self.port.snapshot());
    }

    pub(super) fn save_over(&mut self, path: &str) {
        let mut session = self.port.session_from_here();
        session.layouts = self.state.layouts.to_session();
        self.state.notice = Some(match self.desk.write(path, &session.to_text(path)) {
            Ok(path) => {
                self.port.on_saved();
                self.state.file = Some(path.clone());
                Notice::Done(format!("session written to {path}"))
            }
            Err(why) => Notice::Refused(why),
        });
    }

    /// Asks whether a session shall take the place of everything; one that is not there, or is wrong, needs
    /// no question.
    pub(super) fn look_for(&mut self, command: Command) {
        let Some(name) = session_of(&command) else { return };
        match self.desk.load(name) {
            Ok(_) => ask_to_open(&mut self.state, command, &self.port.snapshot()),
            Err(why) => self.state.notice = Some(Notice::Refused(why)),
        }
    }

    /// Plays a session and tells its story.
    pub(super) fn demo(&mut self, name: &str) {
        if self.load(name) {
            self.state.demo = Some(Demo::default());
            self.state.notice = None;
        }
    }

    /// Puts a session in the place of everything; was it?
    pub(super) fn load(&mut self, name: &str) -> bool {
        let result = self.desk.load(name).and_then(|session| {
            self.port
                .load(&session)
                .map_err(|why| why.to_string())
                .map(|outcome| (session, outcome))
        });
        match result {
            Err(why) => {
                self.state.notice = Some(Notice::Refused(why));
                false
            }
            Ok((session, outcome)) => {
                self.end_recording();
                let layouts = Layouts::of(&session);
                let before = std::mem::take(&mut self.state);
                self.state = State { layouts, ..before.for_another_session() };
                if let Some(theme) = session.theme {
                    self.state.theme = theme;
                }
                // What is built in is of no file, whatever lies beside it.
                let is_file = !self.state.known.sessions.iter().any(|known| known == name);
                self.state.file = is_file.then(|| name.to_owned());
                self.state.notice = Some(Notice::Done(outcome.said));
                let view = session.view.and_then(|line| line.parse::<Command>().ok());
                if let Some(command) = view {
                    obey(&mut self.state, command, &self.port.snapshot());
                }
                true
            }
        }
    }

    /// The screen as text.
    pub(super) fn still(&self, snapshot: &Snapshot, size: Size) -> String {
        let area = Rect::new(0, 0, size.width, size.height);
        export::text(&still::cells(&self.state, snapshot, &self.look, area))
    }

    pub(super) fn copied(&mut self, result: io::Result<()>, what: &str) {
        let first = what.lines().next().unwrap_or_default();
        self.state.notice = Some(match result {
            Ok(()) => Notice::Done(format!(
                "copied: {} (if it does not arrive: tmux wants `set -g set-clipboard on`)",
                fit(first, 40, "...")
            )),
            Err(why) => Notice::Refused(format!("not copied: {why}")),
        });
    }

    pub(super) fn export(
        &mut self,
        format: Format,
        file: Option<String>,
        snapshot: &Snapshot,
        size: Size,
    ) {
        let panel = self.state.panel();
        let area = Rect::new(0, 0, size.width, size.height);
        let sheet = Sheet::of(&self.state, panel, snapshot);
        let text = match (format, sheet) {
            (Format::Csv, Some(sheet)) => sheet.csv(),
            (Format::Json, Some(sheet)) => sheet.json(),
            (Format::Csv | Format::Json, None) => {
                let why = "this panel has no table: tab to one, or `:export text`";
                self.state.notice = Some(Notice::Refused(why.to_owned()));
                return;
            }
            (Format::Svg, _) => still::svg(&self.state, snapshot, &self.look, area),
            (Format::Text, _) => self.still(snapshot, size),
        };
        let screen = self.state.screen.kind().word();
        let path = file.unwrap_or_else(|| format!("watershed-{screen}.{}", format.extension()));
        let path = self.free(&path);
        self.state.notice = Some(match self.desk.write(&path, &text) {
            Ok(path) => Notice::Done(format!("{} written to {path}", format.word())),
            Err(why) => Notice::Refused(why),
        });
    }

    /// That path, or the next one like it where no file is: nothing is written over unasked.
    pub(super) fn free(&self, path: &str) -> String {
        let name = path.rfind('/').map_or(0, |slash| slash + 1);
        let end = path[name..].rfind('.').map_or(path.len(), |dot| name + dot);
        let (stem, extension) = path.split_at(end);
        let more = (2..1_000).map(|number| format!("{stem}-{number}{extension}"));
        let mut paths = iter::once(path.to_owned()).chain(more);
        paths.find(|path| !self.desk.exists(path)).unwrap_or_else(|| path.to_owned())
    }

    pub(super) fn screenshot(&mut self, file: Option<&str>, snapshot: &Snapshot, area: Rect) {
        let path = self.free(file.unwrap_or("watershed.svg"));
        let text = still::svg(&self.state, snapshot, &self.look, area);
        self.state.notice = Some(match self.desk.write(&path, &text) {
            Ok(path) => Notice::Done(format!("picture written to {path}")),
            Err(why) => Notice::Refused(why),
        });
    }
}

/// A title as the name of a file.
fn slug(title: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    title.chars().map(letter).collect()
}
