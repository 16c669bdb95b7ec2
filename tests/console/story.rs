//! Stories: a demo is told, followed and left.

use watershed::command::{ClockCommand, WorldCommand};
use watershed::console::message::{Effect, Message};
use watershed::console::state::Demo;
use watershed::sim::run_for;

use super::Console;
use super::screens::{SIZES, check};

/// As the loop does when the session of a demo was loaded.
fn demo(name: &str) -> Console {
    let mut console = Console::on(name, 0);
    console.state.demo = Some(Demo::default());
    console
}

fn play(console: &mut Console, seconds: u64) {
    for _ in 0..seconds {
        run_for(&mut console.world, 1_000, &mut |_| ());
        console.tell(Message::Picture);
    }
}

#[test]
fn a_demo_tells_its_caption_how_far_it_is_and_what_comes_next() {
    let mut console = demo("hot-shard");
    play(&mut console, 50);
    check("demo", &mut console, &SIZES);
    console.press("?").write("clock next");
    assert!(
        console.text(120, 40).contains("ctrl-n          clock next"),
        "{}",
        console.text(120, 40)
    );
}

/// The step's own screen comes with the step, but nobody is dragged back to it.
#[test]
fn a_demo_goes_from_screen_to_screen_and_leaves_the_speaker_free() {
    let mut console = demo("hot-shard");
    let here = |console: &Console| console.state.screen.kind().word();
    play(&mut console, 3);
    assert_eq!(here(&console), "stream");
    console.press("9");
    play(&mut console, 5);
    assert_eq!(here(&console), "logs", "the speaker went elsewhere");
    play(&mut console, 10);
    assert_eq!(here(&console), "heat");
    console.press(":");
    play(&mut console, 30);
    assert_eq!(here(&console), "heat", "somebody types");
    console.press("esc");
    play(&mut console, 1);
    assert_eq!(here(&console), "stream", "and has typed");
}

#[test]
fn the_next_step_is_a_key_away() {
    let mut console = demo("hot-shard");
    let next = WorldCommand::Clock(ClockCommand::Next);
    console.press("ctrl-n");
    assert!(console.said().contains("clock"), "a world alone has no clock: {}", console.said());
    assert_eq!("clock next".parse(), Ok(watershed::command::Command::World(next)));
}

/// Esc ends the story on whatever screen it is, then goes back to the streams, and only then is `q`
/// the way out.
#[test]
fn a_demo_is_left_by_esc_and_by_its_command() {
    let mut console = demo("hot-shard");
    play(&mut console, 3);
    let here = |console: &Console| console.state.screen.kind().word();
    console.press("? esc / x esc");
    assert!(console.state.demo.is_some(), "what stands over the screen goes first");
    console.press("esc");
    assert!(console.state.demo.is_none() && console.said().contains("over"));
    assert_eq!(here(&console), "stream");
    console.press("esc");
    assert_eq!(here(&console), "streams");
    console.press("q");
    assert_eq!(console.effects, [Effect::Quit]);
    let mut console = demo("hot-shard");
    console.line("demo stop");
    assert!(console.state.demo.is_none() && console.said().contains("over"));
    console.line("demo stop");
    assert_eq!(console.said(), "no demo is played: `demo NAME` plays one");
}

#[test]
fn a_demo_is_chosen_from_a_list() {
    let mut console = Console::on("hot-shard", 3);
    console.line("demo");
    assert!(console.text(80, 24).contains("black-friday"), "{}", console.text(80, 24));
    console.press("j d");
    assert_eq!(console.effects, [Effect::Demo("black-friday".into())]);
}

#[test]
fn a_demo_asks_before_it_takes_the_place_of_what_is_not_saved() {
    let mut console = Console::on("hot-shard", 3);
    console.line("retention orders 48").line("demo black-friday");
    assert_eq!(console.effects, []);
    console.press("y");
    assert_eq!(console.effects, [Effect::Demo("black-friday".into())]);
}

#[test]
fn a_caption_is_shown_and_taken_back() {
    let mut console = Console::on("hot-shard", 3);
    let caption = |console: &Console| console.snapshot().caption.clone();
    let first = caption(&console);
    console.line("caption It is getting \"hot\" here");
    assert_eq!(caption(&console).as_deref(), Some("It is getting \"hot\" here"));
    console.press("u");
    assert_eq!(caption(&console), first);
}

#[test]
fn a_recording_is_asked_for_and_ended_once() {
    let mut console = Console::on("hot-shard", 3);
    console.line("record stop");
    assert_eq!(console.said(), "nothing is being recorded: `record NAME` begins");
    console.line("record mine");
    assert!(matches!(&console.effects[..], [Effect::Record(record)] if record.name == "mine"));
    let picture = console.snapshot();
    let setup = console.world.session();
    let recording = watershed::console::recording::Recording::begin(
        "mine",
        setup,
        &picture,
        &console.state.screen,
    );
    console.state.recording = Some(Box::new(recording));
    assert!(console.text(120, 40).lines().next().is_some_and(|row| row.contains("REC")));
    console.line("record other");
    assert_eq!(console.said(), "mine.ron is being recorded: `record stop` ends that first");
    console.line("record stop");
    assert_eq!(console.effects.last(), Some(&Effect::RecordStop));
}
