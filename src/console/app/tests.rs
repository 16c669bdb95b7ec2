//! The loop without its terminal, on a simulated world.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use super::*;
use crate::command::{Glyphs, Outcome, Own, WorldCommand};
use crate::console::desk::{News, Round};
use crate::console::key::Key;
use crate::console::state::{Layouts, Notice, Over};
use crate::console::tests::world;
use crate::console::theme::{Depth, wardrobe};
use crate::cost::Prices;
use crate::model::StreamStatus;
use crate::session::{Session, builtin};
use crate::sim::run_for;
use crate::snapshot::{ClockView, FarView};
use crate::world::{RunError, World};

type Answer = Result<Outcome, RunError>;

/// A world that can seem far away, can answer late and can refuse.
struct Place {
    world: RefCell<World>,
    is_far: Cell<bool>,
    is_late: Cell<bool>,
    refuses: Cell<bool>,
    answers: RefCell<VecDeque<Answer>>,
}

impl Place {
    fn of(name: &str) -> Self {
        Self {
            world: RefCell::new(world(name, 5)),
            is_far: Cell::default(),
            is_late: Cell::default(),
            refuses: Cell::default(),
            answers: RefCell::default(),
        }
    }

    fn wait(&self, seconds: u64) {
        run_for(&mut self.world.borrow_mut(), seconds * 1_000, &mut |_| ());
    }

    fn retention_h(&self) -> u64 {
        self.snapshot().stream("orders").expect("it is there").retention_ms / 3_600_000
    }

    fn open_shards(&self) -> usize {
        self.snapshot().stream("orders").expect("it is there").open_shards()
    }

    fn produces(&self) -> bool {
        !self.snapshot().producers.is_empty()
    }
}

impl Port for Place {
    fn snapshot(&self) -> Arc<Snapshot> {
        let mut picture = self.world.borrow().look(ClockView::default());
        if self.is_far.get() {
            Arc::make_mut(&mut picture).far = Some(FarView::default());
        }
        picture
    }

    fn run(&self, command: &WorldCommand) -> Answer {
        if self.refuses.get() {
            return Err(RunError::Unfit("not now".to_owned()));
        }
        let now = self.world.borrow().now();
        self.world.borrow_mut().run(now, command)
    }

    fn ask(&self, command: &WorldCommand) -> Option<Answer> {
        let answer = self.run(command);
        if !self.is_late.get() {
            return Some(answer);
        }
        self.answers.borrow_mut().push_back(answer);
        None
    }

    fn answer(&self) -> Option<Answer> {
        self.answers.borrow_mut().pop_front()
    }

    fn give_up(&self) {
        self.answers.borrow_mut().clear();
    }

    fn load(&self, session: &Session) -> Answer {
        let now = self.world.borrow().now();
        self.world.borrow_mut().replace(now, session)
    }

    fn session(&self) -> Session {
        self.world.borrow().session()
    }

    fn on_saved(&self) {}

    fn watch(&self, _: Watch) {}
}

/// The built-in sessions, and files that are there but go nowhere.
struct Files;

/// Files that are there.
const THERE: [&str; 4] = ["web.ron", "mine.ron", "out/rows.csv", "out/rows-2.csv"];

impl Desk for Files {
    fn sessions(&self) -> Vec<String> {
        Vec::new()
    }

    fn load(&self, name: &str) -> Result<Session, String> {
        let name = if name == "mine.ron" { "hot-shard" } else { name };
        let found = builtin().iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or("there is none")?;
        Session::parse(name, text).map_err(|why| why.to_string())
    }

    fn exists(&self, path: &str) -> bool {
        THERE.contains(&path)
    }

    fn write(&self, path: &str, _: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }

    fn keep_prices(&self, _: &Prices) -> Result<(Prices, String), String> {
        Err("no disk".to_owned())
    }

    fn edit(&self, _: Own, _: &str) -> Result<String, String> {
        Err("no editor".to_owned())
    }

    fn keep_mouse(&self, _: bool) {}

    fn look_ahead(&self, _: Round) -> Result<(), String> {
        Err("no fork".to_owned())
    }

    fn news(&self) -> Option<News> {
        None
    }
}

fn app(place: &Place) -> App<'_> {
    let look = Look {
        themes: wardrobe(),
        theme: "dark".to_owned(),
        depth: Depth::True,
        ascii: true,
        view: None,
        layouts: Layouts::default(),
        prices: Arc::new(Prices::built_in()),
    };
    App::new(place, &Files, &look)
}

impl App<'_> {
    fn key(&mut self, key: Key) -> &mut Self {
        let newest = self.port.snapshot();
        self.state.past.keep(&newest);
        let snapshot = self.state.frozen.clone().unwrap_or(newest);
        for effect in self.take(&Input::Key(key), &snapshot) {
            self.act(effect);
        }
        self
    }

    fn write(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.key(Key::Char(letter));
        }
        self
    }

    fn line(&mut self, line: &str) -> &mut Self {
        self.write(":").write(line).key(Key::Enter)
    }

    fn asks(&self) -> bool {
        matches!(self.state.over, Over::Ask(_))
    }

    fn refused(&self) -> &str {
        match &self.state.notice {
            Some(Notice::Refused(why)) => why,
            other => panic!("it is not refused: {other:?}"),
        }
    }

    /// How many acts can be taken back, and how many of them were.
    fn stacks(&self) -> (usize, usize) {
        (self.state.undo.len(), self.state.redo.len())
    }
}

/// `u` after `create` deleted the stream at once, with whatever it held by then.
#[test]
fn an_undo_that_deletes_a_stream_asks_first() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    let status = || place.snapshot().stream("fresh").map(|stream| stream.status);
    app.line("create fresh --shards 1");
    place.wait(10);
    app.write("u");
    assert!(app.asks() && status() == Some(StreamStatus::Active));
    app.write("y");
    assert_ne!(status(), Some(StreamStatus::Active));
    assert_eq!(app.stacks(), (0, 0), "records that are gone are not brought back");
}

#[test]
fn an_undo_that_is_declined_can_still_be_done() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("retention orders 48");
    for no in [Key::Char('n'), Key::Esc, Key::Enter, Key::Ctrl('c')] {
        app.write("u");
        assert!(app.asks(), "{no}");
        app.key(no);
        assert_eq!((app.asks(), app.stacks(), place.retention_h()), (false, (1, 0), 48), "{no}");
    }
    app.write("uy");
    assert_eq!((app.stacks(), place.retention_h()), ((0, 0), 24));
}

#[test]
fn an_undo_at_an_endpoint_wants_the_name_of_the_stream_typed() {
    let place = Place::of("hot-shard");
    place.is_far.set(true);
    let mut app = app(&place);
    app.line("retention orders 48").write("u").key(Key::Enter);
    assert_eq!(app.refused(), "type `orders` to go on, esc to leave it");
    assert_eq!(place.retention_h(), 48);
    app.write("orders").key(Key::Enter);
    assert_eq!((app.stacks(), place.retention_h()), ((0, 0), 24));
}

#[test]
fn a_redo_that_destroys_asks_first() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("detach shop").write("y");
    assert!(!place.produces());
    app.write("u");
    assert!(place.produces() && !app.asks(), "to attach it again destroys nothing");
    app.write("U");
    assert!(place.produces() && app.asks());
    app.write("n");
    assert_eq!(app.stacks(), (0, 1));
    app.write("Uy");
    assert_eq!((place.produces(), app.stacks()), (false, (1, 0)));
}

/// The picture of before knew the shorter time, of which the same command destroys nothing.
#[test]
fn an_undo_asks_by_the_present_while_the_past_is_shown() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    let before = place.snapshot();
    app.line("retention orders 48");
    app.state.frozen = Some(before);
    app.write("u");
    assert!(app.asks() && app.state.frozen.is_none());
    assert_eq!(place.retention_h(), 48);
}

#[test]
fn a_yes_runs_nothing_when_something_else_was_done_while_it_was_asked() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("retention orders 48");
    place.is_late.set(true);
    app.line("rate shop 2").write("u");
    assert!(app.asks() && app.hear_answers());
    app.write("y");
    assert!(app.refused().starts_with("something else was done meanwhile"), "{}", app.refused());
    assert_eq!((app.stacks(), place.retention_h()), ((2, 0), 48));
}

/// `u` while the stream was UPDATING said so, and then that there was nothing to undo.
#[test]
fn an_undo_that_comes_too_early_can_be_tried_again() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("split orders 0 --at middle").write("u");
    assert!(app.refused().contains("UPDATING"), "{}", app.refused());
    app.write("u");
    assert!(app.refused().contains("UPDATING"), "{}", app.refused());
    place.wait(10);
    assert_eq!(place.open_shards(), 5);
    app.write("u");
    place.wait(10);
    assert_eq!((app.stacks(), place.open_shards()), ((0, 1), 4));
}

#[test]
fn what_the_world_refuses_stays_to_be_undone_or_done_again() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("rate shop 2");
    for (key, before, after) in [("u", (1, 0), (0, 1)), ("U", (0, 1), (1, 0))] {
        place.refuses.set(true);
        app.write(key);
        assert_eq!((app.refused(), app.stacks()), ("not now", before));
        place.refuses.set(false);
        app.write(key);
        assert_eq!(app.stacks(), after);
    }
}

#[test]
fn undos_that_are_given_up_stand_in_their_order_again() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("rate shop 2").line("rate shop 4");
    let undo = app.state.undo.clone();
    place.is_late.set(true);
    app.write("uu");
    assert_eq!((app.stacks(), app.state.asked.len()), ((0, 0), 2));
    app.key(Key::Esc);
    assert!(app.refused().starts_with("given up"), "{}", app.refused());
    assert_eq!((&app.state.undo, app.state.asked.len()), (&undo, 0));
}

/// Braille came back to terminals that have none, and a lock lifted for ten minutes stayed off.
#[test]
fn another_session_leaves_the_operator_what_is_his() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.state.wall_ms = 1_000;
    app.state.unlock(Some(10));
    app.state.mouse = false;
    app.state.theme = "nord".to_owned();
    app.state.told.insert("drag");
    app.state.courses.round = 7;
    app.line("zoom");
    for open in ["session load first-light", "demo hot-shard"] {
        app.line("retention orders 48").line(open);
        if app.asks() {
            app.write("y");
        }
        let state = &app.state;
        assert_eq!(state.glyphs, Glyphs::Ascii, "{open}");
        assert_eq!((state.access, state.wall_ms), (Access::WriteUntil(601_000), 1_000), "{open}");
        assert_eq!((state.mouse, state.theme.as_str()), (false, "nord"), "{open}");
        assert!(state.told.contains("drag") && state.history.contains(&open.to_owned()), "{open}");
        assert_eq!(state.courses.round, 7, "answers to the old rounds are of no use");
        assert!(!state.zoomed && state.undo.is_empty(), "{open}: what is the session's goes");
    }
    app.line("ro").line("session load first-light");
    assert_eq!(app.state.access, Access::Read);
    app.load("first-light");
    assert_eq!(app.state.access, Access::Read, "even where nobody asks the lock");
}

/// It was asked whether changes are to be lost for a session that there is not.
#[test]
fn a_session_that_is_not_there_is_refused_before_anything_is_asked() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    app.line("retention orders 48");
    for line in ["session load nope.ron", "demo nope"] {
        app.line(line);
        assert_eq!((app.asks(), app.refused()), (false, "there is none"), "{line}");
    }
    for line in ["session load mine.ron", "demo hot-shard"] {
        app.line(line);
        assert!(app.asks(), "{line}");
        app.write("n");
    }
    assert_eq!(place.retention_h(), 48);
}

#[test]
fn a_session_is_saved_over_another_file_after_a_question_alone() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    let wrote = |app: &App<'_>, path: &str| {
        app.state.notice == Some(Notice::Done(format!("session written to {path}")))
    };
    app.line("session save web.ron");
    assert!(app.asks());
    app.write("n");
    assert_eq!((app.asks(), &app.state.notice, &app.state.file), (false, &None, &None));
    app.line("session save web.ron").write("y");
    assert!(wrote(&app, "web.ron"), "{:?}", app.state.notice);
    app.line("session save web.ron");
    assert!(!app.asks() && wrote(&app, "web.ron"), "it is the session's own by now");
    app.line("session save new.ron");
    assert!(!app.asks() && wrote(&app, "new.ron"), "there is none yet");
    app.load("mine.ron");
    app.line("session save mine.ron");
    assert!(!app.asks() && wrote(&app, "mine.ron"), "it was opened");
}

#[test]
fn an_export_takes_a_name_that_no_file_has() {
    let place = Place::of("hot-shard");
    let mut app = app(&place);
    let snapshot = place.snapshot();
    for (file, written) in [("out/rows.csv", "out/rows-3.csv"), ("rows.csv", "rows.csv")] {
        let size = ratatui::layout::Size::new(80, 24);
        app.export(crate::command::Format::Csv, Some(file.to_owned()), &snapshot, size);
        let said = Notice::Done(format!("csv written to {written}"));
        assert_eq!(app.state.notice, Some(said));
    }
    assert_eq!(app.free("a.b/web.ron"), "a.b/web.ron");
}
