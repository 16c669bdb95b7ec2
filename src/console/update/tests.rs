//! Keys on simulated worlds: what they mean, and what they leave alone.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::*;
use crate::console::key::Key;
use crate::console::tests::world;
use crate::console::{keymap, testing, view};
use crate::model::{ShardId, StreamName};
use crate::sim::run_for;
use crate::snapshot::{ClockView, FarView};

fn picture(name: &str, seconds: u64) -> Arc<Snapshot> {
    world(name, seconds).look(ClockView::default())
}

fn press(state: &mut State, keys: &str, snapshot: &Snapshot) -> Vec<Effect> {
    let mut effects = Vec::new();
    for name in keys.split(' ') {
        let key = Key::parse(name).expect("a key");
        if let Some(message) = keymap::message(state, key) {
            effects.extend(update(state, message, snapshot));
        }
    }
    effects
}

fn filter(state: &mut State, text: &str, snapshot: &Snapshot) {
    press(state, "/", snapshot);
    for letter in text.chars() {
        press(state, &letter.to_string(), snapshot);
    }
    press(state, "enter", snapshot);
}

/// What stands over the screen: the line of a question, or the one being typed.
fn over(state: &State) -> String {
    match &state.over {
        Over::Ask(question) => question.preview.title.clone(),
        Over::Prompt(prompt) => prompt.input.value().to_owned(),
        Over::None | Over::Help(_) | Over::Why(_) => String::new(),
    }
}

fn said(state: &State) -> String {
    match &state.notice {
        Some(Notice::Done(said) | Notice::Undoable(said) | Notice::Refused(said)) => said.clone(),
        None => String::new(),
    }
}

fn names(snapshot: &Snapshot) -> Vec<StreamName> {
    snapshot.streams.iter().map(|stream| stream.name.clone()).collect()
}

/// The cursor was moved to a stream, then a filter hid it: keys went on to mean the hidden one.
#[test]
fn keys_mean_the_stream_under_the_cursor_though_a_filter_hides_the_selected_one() {
    let snapshot = picture("black-friday", 60);
    for key in ["D", "s", "S", "P"] {
        let mut state = State::default();
        press(&mut state, "j k", &snapshot);
        let hidden = state.chosen.stream.clone().expect("the cursor was moved");
        filter(&mut state, &format!("!{hidden}"), &snapshot);
        let row = state.at_cursor(Panel::Streams, &snapshot).expect("some rows pass");
        assert_ne!(row, hidden.as_str());
        press(&mut state, key, &snapshot);
        let told = format!("{} {}", over(&state), said(&state));
        assert!(told.split([' ', '`']).any(|word| word == row), "{key}: {told}, not {row}");
        assert!(!told.contains(hidden.as_str()), "{key}: {told}");
    }
    for (key, panel) in [("2", Panel::Shards), ("3", Panel::Heat), ("enter", Panel::Shards)] {
        let mut state = State::default();
        press(&mut state, "j k", &snapshot);
        let hidden = state.chosen.stream.clone().expect("the cursor was moved");
        filter(&mut state, &format!("!{hidden}"), &snapshot);
        let row = state.at_cursor(Panel::Streams, &snapshot).expect("some rows pass");
        press(&mut state, key, &snapshot);
        assert_eq!(state.screen.stream().map(ToString::to_string), Some(row), "{key} {panel:?}");
    }
}

#[test]
fn a_filter_that_lets_no_stream_through_leaves_keys_nothing_to_act_on() {
    let snapshot = picture("black-friday", 60);
    let mut state = State::default();
    press(&mut state, "j", &snapshot);
    filter(&mut state, "zzz", &snapshot);
    assert!(state.stream(&snapshot).is_none());
    press(&mut state, "D", &snapshot);
    assert_eq!(over(&state), "delete ");
}

#[test]
fn keys_mean_the_shard_under_the_cursor_though_a_filter_hides_the_selected_one() {
    let snapshot = picture("hot-shard", 20);
    let mut state = State::default();
    press(&mut state, "2 j", &snapshot);
    assert_eq!(state.chosen.shard.map(ShardId::short), Some("001".to_owned()));
    filter(&mut state, "3", &snapshot);
    press(&mut state, "s", &snapshot);
    assert!(over(&state).starts_with("split orders 003"), "{}", over(&state));
}

/// A split closes its shard, the cursor stays on it, and a second `s` split whatever was hottest.
#[test]
fn a_closed_shard_under_the_cursor_is_refused_and_no_other_is_split_in_its_place() {
    let mut world = world("hot-shard", 20);
    let mut state = State::default();
    let effects = press(&mut state, "2 j j s y", &world.look(ClockView::default()));
    let [Effect::Run(split)] = effects.as_slice() else { panic!("{effects:?}") };
    let now = world.now();
    world.run(now, split).expect("it fits");
    run_for(&mut world, 10_000, &mut |_| ());
    press(&mut state, "s", &world.look(ClockView::default()));
    assert_eq!(over(&state), "");
    assert!(said(&state).contains("002 of orders is closed"), "{}", said(&state));
}

#[test]
fn a_marked_row_that_the_filter_hides_is_still_meant_and_one_that_is_gone_is_not() {
    let snapshot = picture("black-friday", 60);
    let mut state = State::default();
    let names = names(&snapshot);
    state.marks = [names[0].to_string(), "gone".to_owned()].into();
    filter(&mut state, names[1].as_str(), &snapshot);
    press(&mut state, "D", &snapshot);
    assert_eq!(over(&state), format!("delete {}", names[0]));
}

/// Each loss is told of its stream, and one name does not stand for three.
#[test]
fn deleting_marked_streams_tells_what_each_loses_and_wants_their_number() {
    let snapshot = picture("black-friday", 60);
    let mut state = State::default();
    press(&mut state, "space space space D", &snapshot);
    let Over::Ask(question) = &state.over else { panic!("a question: {}", said(&state)) };
    let Preview { notes, phrase, .. } = &question.preview;
    assert_eq!(phrase.as_deref(), Some("delete 3"));
    for name in &names(&snapshot)[..3] {
        let lost = notes.iter().filter(|note| note.starts_with(&format!("{name}: "))).count();
        assert!(lost > 0, "{name}: {notes:?}");
    }
    assert!(notes.iter().all(|note| note.contains(": ")), "{notes:?}");
}

#[test]
fn what_must_be_typed_is_typed_for_the_stream_under_the_cursor_and_says_so() {
    let snapshot = picture("black-friday", 60);
    let mut state = State::default();
    press(&mut state, "space space space", &snapshot);
    let here = state.at_cursor(Panel::Streams, &snapshot).expect("a row");
    press(&mut state, "S", &snapshot);
    assert_eq!(over(&state), format!("scale {here} "));
    assert!(said(&state).contains("not the 3 marked"), "{}", said(&state));
    assert_eq!(state.marks.len(), 3);
}

/// A state that looks at the world as it was a while ago.
fn replaying(then: &Arc<Snapshot>, now: &Arc<Snapshot>) -> State {
    let mut state = State::default();
    state.past.keep(then);
    state.past.keep(now);
    state.frozen = Some(Arc::clone(then));
    state.replayed = true;
    state
}

/// Keys in the past showed what a split of shards would do that were no more.
#[test]
fn keys_that_change_the_world_are_refused_in_the_past_and_say_the_way_out() {
    let (then, now) = (picture("hot-shard", 20), picture("hot-shard", 40));
    assert!(crate::problem::find(&then)[0].cure.is_some(), "`x` has something to refuse");
    for key in ["s", "m", "S", "D", ")", "x"] {
        let mut state = replaying(&then, &now);
        assert_eq!(press(&mut state, key, &then), []);
        assert!(matches!(state.over, Over::None), "{key}");
        let said = said(&state);
        assert!(said.starts_with("this is the past") && said.contains(r"`\`"), "{key}: {said}");
        assert!(state.replayed, "{key}");
    }
}

/// The screen of 120x40 as text.
fn screen(state: &State, snapshot: &Snapshot) -> String {
    testing::drawn(120, 40, |buffer, paint| {
        view::draw(state, snapshot, paint, Rect::new(0, 0, 120, 40), buffer);
    })
}

/// `refused 0/s` stood over a disk that was full, while every put failed: what is counted is throttling.
#[test]
fn the_head_says_that_it_counts_what_is_throttled() {
    let head = |snapshot: &Snapshot| {
        let text = screen(&State::default(), snapshot);
        text.lines().next().unwrap_or_default().to_owned()
    };
    let snapshot = picture("first-light", 20);
    let told = head(&snapshot);
    assert!(told.contains(" throttled ") && !told.contains("refused"), "{told}");
}

/// There were `no records here` of a stream that had hundreds, and `o` changed what nobody saw.
#[test]
fn what_a_paused_picture_was_not_asked_for_is_not_said_to_be_absent() {
    let snapshot = picture("hot-shard", 20);
    let mut state = State::default();
    press(&mut state, "p", &snapshot);
    let why = r"not in this picture: \ goes to now";
    for key in ["3", "7"] {
        press(&mut state, key, &snapshot);
        let text = screen(&state, &snapshot);
        assert!(text.contains(why), "{key}: {text}");
        for lie in ["nothing measured yet", "no records here", "FOLLOWING"] {
            assert!(!text.contains(lie), "{key}: {text}");
        }
    }
    press(&mut state, "3 o", &snapshot);
    assert_eq!((said(&state).as_str(), state.heat.metric), (why, Metric::Write));
}

/// A page that was in view before is there in the picture too, and only that one.
#[test]
fn a_paused_picture_has_the_records_that_were_in_view() {
    let mut world = world("hot-shard", 20);
    let mut state = State::default();
    press(&mut state, "7", &world.look(ClockView::default()));
    let watch = state.watch(&world.look(ClockView::default()));
    world.watch(watch);
    let snapshot = world.look(ClockView::default());
    press(&mut state, "p", &snapshot);
    assert!(!state.records(&snapshot).is_empty());
    filter(&mut state, "user", &snapshot);
    assert!(!state.records(&snapshot).is_empty(), "a filter looks through what is there");
    press(&mut state, "esc g", &snapshot);
    assert!(state.records(&snapshot).is_empty() && state.records_unseen(&snapshot).is_some());
}

#[test]
fn records_that_a_silent_endpoint_does_not_tell_are_not_said_to_be_absent() {
    let mut silent = Snapshot::clone(&picture("hot-shard", 20));
    silent.far = Some(FarView { silent_ms: Some(42_000), ..FarView::default() });
    let mut state = State::default();
    for key in ["3", "7"] {
        press(&mut state, key, &silent);
        let text = screen(&state, &silent);
        assert!(text.contains("not known: the endpoint is silent"), "{key}: {text}");
        assert!(!text.contains("no records here") && !text.contains("FOLLOWING"), "{text}");
    }
}

/// A row of 120 columns ended where the sentence said what could be done instead.
#[test]
fn a_line_that_is_refused_stands_whole_in_the_log() {
    let snapshot = picture("hot-shard", 20);
    let mut state = State::default();
    press(&mut state, ": s p l t enter", &snapshot);
    let why = said(&state);
    press(&mut state, "ctrl-u", &snapshot);
    for letter in "split ordrs 2".chars() {
        let key = if letter == ' ' { "space".to_owned() } else { letter.to_string() };
        press(&mut state, &key, &snapshot);
    }
    press(&mut state, "enter", &snapshot);
    let shown = state.logs.shown();
    let told: Vec<&str> = shown.iter().map(|line| line.heard.text.as_str()).collect();
    assert_eq!(told[0], format!(":splt was refused: {why}"));
    assert!(told[1].starts_with(":split ordrs") && told[1].contains("`orders`"), "{told:?}");
}

#[test]
fn a_filter_that_asks_what_is_not_there_says_so() {
    let snapshot = picture("hot-shard", 5);
    let mut state = State::default();
    for (line, why) in [
        ("filter cap>", "`cap>` wants a value"),
        ("filter cap>x", "`cap>x` wants a number"),
        ("filter foo>3", "there is no column `foo`: "),
    ] {
        let command: Command = line.parse().expect("a line");
        assert_eq!(obey(&mut state, command, &snapshot), []);
        assert!(said(&state).starts_with(why), "{}", said(&state));
        assert_eq!((state.filter.as_str(), state.filter_fault()), ("", None));
    }
    filter(&mut state, "cap>", &snapshot);
    assert_eq!(state.filter_fault(), Some("`cap>` wants a value"), "it can still be mended");
    filter(&mut state, "80", &snapshot);
    assert_eq!((state.filter.as_str(), state.filter_fault()), ("cap>80", None));
}

#[test]
fn a_question_about_a_line_is_asked_of_the_present() {
    let (then, now) = (picture("hot-shard", 20), picture("hot-shard", 40));
    let mut state = replaying(&then, &now);
    let line: Command = "delete orders".parse().expect("a line");
    let of_now = line.preview(&now).expect("it fits");
    assert_ne!(line.preview(&then).expect("it fits").notes, of_now.notes);
    assert_eq!(obey(&mut state, line, &then), []);
    let Over::Ask(question) = &state.over else { panic!("a question") };
    assert_eq!(question.preview.notes, of_now.notes);
    assert!(state.frozen.is_none() && !state.replayed, "what stands around it is the present");
}

#[test]
fn a_paused_picture_shows_what_would_be_done_in_the_present() {
    let (then, now) = (picture("hot-shard", 20), picture("hot-shard", 40));
    let mut state = replaying(&then, &now);
    state.replayed = false;
    press(&mut state, "s", &then);
    let Over::Ask(question) = &state.over else { panic!("a question: {}", said(&state)) };
    let line: Command = over(&state).parse().expect("a line");
    assert_eq!(question.preview.before, line.preview(&now).expect("it fits").before);
    assert!(state.frozen.is_none());
}

/// `s` and `y` split a shard of a terminal of 20x5, where nothing of it could be seen.
#[test]
fn keys_do_nothing_while_the_terminal_is_too_small_to_show_it() {
    let snapshot = picture("hot-shard", 20);
    let mut state = State { cramped: true, ..State::default() };
    assert_eq!(press(&mut state, "s y D enter : j 2 ) x", &snapshot), []);
    assert!(matches!(state.over, Over::None) && state.chosen.stream.is_none());
    assert_eq!(state.screen, Screen::Overview);
    state.cramped = false;
    press(&mut state, "s", &snapshot);
    state.cramped = true;
    assert_eq!(press(&mut state, "y", &snapshot), []);
    assert_eq!(press(&mut state, "ctrl-z", &snapshot), [Effect::Suspend]);
    assert!(matches!(state.over, Over::Ask(_)), "it stands until it can be seen");
    assert_eq!(press(&mut state, "ctrl-c ctrl-c", &snapshot), [Effect::Quit]);
    let mut state = State { cramped: true, ..State::default() };
    assert_eq!(press(&mut state, "q", &snapshot), [Effect::Quit]);
}

#[test]
fn a_terminal_that_is_too_small_says_so_in_twenty_columns() {
    let snapshot = picture("hot-shard", 5);
    let drawn = |state: &State, snapshot: &Snapshot| {
        testing::drawn(20, 5, |buffer, paint| {
            view::draw(state, snapshot, paint, Rect::new(0, 0, 20, 5), buffer);
        })
    };
    let mut state = State::default();
    assert_eq!(drawn(&state, &snapshot).trim_end(), "40x8 needed, 20x5\nhere; q leaves");
    state.leaving = true;
    let leaving = drawn(&state, &snapshot);
    assert_eq!(leaving.trim_end(), "40x8 needed, 20x5\nhere; ctrl-c again\nleaves");
    state.leaving = false;
    let mut unsaved = Snapshot::clone(&snapshot);
    unsaved.unsaved = true;
    let unsaved = drawn(&state, &unsaved);
    assert_eq!(unsaved.trim_end(), "40x8 needed, 20x5\nhere; ctrl-c twice\nleaves");
}
