//! The built-in sessions: each tells its story, and each is saved and loaded without loss.

use watershed::engine::{Engine, EngineOptions};
use watershed::model::EventKind;
use watershed::problem;
use watershed::session::{self, Session};
use watershed::sim::{self, EPOCH, SimOutside};
use watershed::snapshot::{ClockView, Verdict};
use watershed::world::{World, WorldOptions};

fn world_of(session: &Session, seed: u64) -> World {
    let options = WorldOptions {
        seed,
        engine: Engine::in_memory(EngineOptions::default()),
        outside: Box::new(SimOutside::default()),
        title: session.title.clone(),
    };
    let mut world = World::new(EPOCH, options);
    world.set_up(session).expect("it fits the simulation");
    world
}

fn built_in(name: &str) -> Session {
    let (_, text) = session::builtin().iter().find(|(known, _)| *known == name).expect(name);
    Session::parse(name, text).expect("built-in sessions are good")
}

/// Each built-in session plays in virtual time and keeps what it promises.
#[test]
fn every_built_in_session_keeps_its_promises() {
    for (name, text) in session::builtin() {
        let session = Session::parse(name, text).expect("built-in sessions are good");
        let mut world = world_of(&session, session.seed);
        sim::run_for(&mut world, session.length_ms(), &mut |_| ());
        for finding in world.findings() {
            assert_eq!(finding.verdict, Verdict::Held, "{name}: {finding:?}");
        }
        for event in world.chronicle().last(1_000) {
            assert!(!matches!(event.kind, EventKind::TimelineFailed { .. }), "{name}: {event:?}");
        }
    }
}

/// Without the operator's split the hot shard goes on refusing: the story needs its cure.
#[test]
fn the_hot_shard_does_not_cure_itself() {
    let mut session = built_in("hot-shard");
    session.timeline.clear();
    let mut world = world_of(&session, session.seed);
    sim::run_for(&mut world, session.length_ms(), &mut |_| ());
    let verdicts: Vec<Verdict> = world.findings().iter().map(|found| found.verdict).collect();
    assert_eq!(verdicts[..2], [Verdict::Held, Verdict::Failed]);
}

/// What is saved is what runs: a saved world sets up another that is the same.
#[test]
fn a_saved_world_is_the_session_that_it_came_from() {
    let session = built_in("social-trends");
    let world = world_of(&session, session.seed);
    let saved = world.session().to_ron();
    let again = Session::parse("saved", &saved).expect("what is written can be read");
    assert_eq!(sorted(again), sorted(session));
}

/// What the timeline has done is in the set-up; done again it would not fit.
#[test]
fn a_world_saved_in_the_middle_of_its_story_can_be_played_on() {
    let session = built_in("hot-shard");
    let mut world = world_of(&session, session.seed);
    assert_eq!(world.session_from_here().timeline, session.timeline, "nothing was done yet");
    sim::run_for(&mut world, 50_000, &mut |_| ());
    let saved = world.session_from_here();
    assert!(saved.timeline.iter().all(|cue| cue.run.is_none()), "{:?}", saved.timeline);
    assert!(saved.timeline.len() < session.timeline.len());
    let again = Session::parse("saved", &saved.to_ron()).expect("what is written can be read");
    let mut again = world_of(&again, again.seed);
    sim::run_for(&mut again, session.length_ms(), &mut |_| ());
    assert!(again.timeline_failures().is_empty(), "{:?}", again.timeline_failures());
}

/// A story cures itself by the command that the problem list proposes at that moment, and what was
/// wrong is gone at its end.
#[test]
fn the_cure_of_a_story_is_the_one_that_the_problem_list_proposes() {
    for (name, cures) in [
        ("autoscale", 2),
        ("hot-shard", 1),
        ("concurrency-wall", 1),
        ("too-many-readers", 1),
        ("retention-cliff", 1),
        ("poison-pill", 1),
        ("black-friday", 4),
    ] {
        let session = built_in(name);
        let mut world = world_of(&session, session.seed);
        let mut cured = 0;
        for cue in &session.timeline {
            let at_ms = (cue.at_s * 1_000.0) as u64 - 1;
            let gone = world.now().since(EPOCH);
            sim::run_for(&mut world, at_ms - gone, &mut |_| ());
            let Some(command) = cue.command().expect("it was read before") else { continue };
            let snapshot = world.look(ClockView::default());
            let proposed: Vec<String> = problem::find(&snapshot)
                .iter()
                .filter(|problem| problem.is_urgent())
                .filter_map(|problem| problem.cure.as_ref().map(ToString::to_string))
                .collect();
            let first_half = cue.at_s < 25.0;
            assert!(
                first_half || proposed.contains(&command.to_string()),
                "{name} at {} s runs `{command}`, proposed are {proposed:?}",
                cue.at_s
            );
            cured += usize::from(!first_half);
        }
        assert_eq!(cured, cures, "{name}");
        let rest = session.length_ms() - world.now().since(EPOCH);
        sim::run_for(&mut world, rest, &mut |_| ());
        let left = problem::find(&world.look(ClockView::default()));
        let left: Vec<_> = left.iter().filter(|problem| problem.is_urgent()).collect();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}

fn sorted(mut session: Session) -> Session {
    session.streams.sort_by(|a, b| a.name.cmp(&b.name));
    session.functions.sort_by(|a, b| a.name.cmp(&b.name));
    session.producers.sort_by(|a, b| a.name.cmp(&b.name));
    session.mappings.sort_by(|a, b| a.name.cmp(&b.name));
    session
}

/// Loading a session leaves nothing of the one before, and plays as if it were the first.
#[test]
fn a_session_in_place_of_another_plays_as_if_it_were_alone() {
    let (before, after) = (built_in("social-trends"), built_in("hot-shard"));
    let mut world = world_of(&before, before.seed);
    sim::run_for(&mut world, 5_000, &mut |_| ());
    let now = world.now();
    world.replace(now, &after).expect("it fits");
    sim::run_for(&mut world, after.length_ms(), &mut |_| ());
    let report = world.report();
    assert_eq!(report.streams.len(), 1);
    assert_eq!(report.session, after.title);
    assert!(report.expectations.iter().all(|finding| finding.verdict == Verdict::Held));
}
