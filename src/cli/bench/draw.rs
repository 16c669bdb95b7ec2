//! Drawing: every main screen of three busy worlds and of a stream of 1,000 shards, at two sizes.

use std::sync::Arc;
use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::cli::bench::figure::{Better, Figure, quantile};
use crate::cli::bench::{BenchTask, Measured, wide};
use crate::cli::load;
use crate::cli::simulate::world;
use crate::command::{Browse, Screen, Terms};
use crate::console::state::logs::{KEPT_MAX, LogState};
use crate::console::state::shelf::built_in;
use crate::console::state::{Help, Over, State};
use crate::console::symbols::UNICODE;
use crate::console::target::Targets;
use crate::console::{Paint, theme, view};
use crate::session::Session;
use crate::sim;
use crate::snapshot::heat::Metric;
use crate::snapshot::{ClockView, Snapshot};
use crate::world::{HeatWatch, RecordsWatch, Watch};

const SESSIONS: [&str; 3] = ["hot-shard", "social-trends", "black-friday"];
const SIZES: [(u16, u16, f64); 2] = [(120, 40, 1.0), (250, 80, 4.0)];
/// Long enough for full spark lines and a story's worth of events.
const WARM_MS: u64 = 100_000;
const FRAMES: usize = 200;

/// What is drawn: a world's picture and where one looks.
struct Scene {
    name: String,
    state: State,
    snapshot: Arc<Snapshot>,
}

pub(super) fn run(_task: &BenchTask) -> Measured {
    let mut scenes = Vec::new();
    for name in SESSIONS {
        let session = load::session(name).map_err(|why| why.to_string())?;
        scenes.extend(scenes_of(name, &session)?);
    }
    let session = Session::parse("1000 shards", wide::SESSION).map_err(|why| why.to_string())?;
    scenes.extend(scenes_of("1000 shards", &session)?);
    SIZES.iter().map(|(width, height, target)| slowest(&scenes, *width, *height, *target)).collect()
}

fn slowest(scenes: &[Scene], width: u16, height: u16, target: f64) -> Result<Figure, String> {
    let mut times = Vec::new();
    for scene in scenes {
        times.push((median_ms(scene, width, height)?, &scene.name));
    }
    let all: Vec<String> = times.iter().map(|(ms, name)| format!("{name} {ms:.3}")).collect();
    times.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (value, _) = times.first().copied().ok_or("there is nothing to draw")?;
    Ok(Figure {
        name: format!("draw {width}x{height}"),
        value,
        unit: "ms",
        target: Some((Better::Lower, target)),
        detail: format!("median of {FRAMES} frames, slowest screen; {}", all.join(", ")),
    })
}

fn scenes_of(name: &str, session: &Session) -> Result<Vec<Scene>, String> {
    let mut world = world(session, None).map_err(|why| why.to_string())?;
    let first = session.streams.first().ok_or("the session has no stream")?.name.clone();
    let heat = HeatWatch { stream: first.clone(), metric: Metric::Write, span_s: 120 };
    let browse = Browse::newest(first.clone());
    let records = RecordsWatch { browse, terms: Terms::default() };
    world.watch(Watch { records: Some(records), heat: Some(heat), sample: None, machine: false });
    sim::run_for(&mut world, WARM_MS, &mut |_| {});
    // A log as long as it can be.
    let mut logs = LogState::default();
    let events: Vec<_> = world.chronicle().last(200).collect();
    events.into_iter().cycle().take(KEPT_MAX).for_each(|event| logs.tell(event, sim::EPOCH));
    let snapshot = world.look(ClockView::default());
    let scene = |screen: Screen, over: Over, what: &str| Scene {
        name: format!("{name} {what}"),
        state: State { screen, over, logs: logs.clone(), shelf: built_in(), ..State::default() },
        snapshot: Arc::clone(&snapshot),
    };
    Ok(vec![
        scene(Screen::Overview, Over::None, "overview"),
        scene(Screen::Stream(first.clone()), Over::None, "stream"),
        scene(Screen::Heat(first.clone()), Over::None, "heat"),
        scene(Screen::Consumers(None), Over::None, "consumers"),
        scene(Screen::Concurrency, Over::None, "concurrency"),
        scene(Screen::Transforms(None), Over::None, "transforms"),
        scene(Screen::Producers, Over::None, "producers"),
        scene(Screen::Costs, Over::None, "costs"),
        scene(Screen::System, Over::None, "system"),
        scene(Screen::records(first), Over::None, "records"),
        scene(Screen::Problems, Over::None, "problems"),
        scene(Screen::Logs, Over::None, "logs"),
        scene(Screen::Sessions, Over::None, "sessions"),
        scene(Screen::Themes, Over::None, "themes"),
        scene(Screen::Overview, Over::Help(Help::default()), "help"),
    ])
}

fn median_ms(scene: &Scene, width: u16, height: u16) -> Result<f64, String> {
    let theme = theme::built_in("dark").expect("invariant: a test loads every built-in theme");
    let targets = Targets::default();
    let paint = Paint { theme: &theme, symbols: &UNICODE, targets: &targets };
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let mut times = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        let began = Instant::now();
        // The terminal hands out an emptied buffer for each frame.
        buffer.reset();
        view::draw(&scene.state, &scene.snapshot, paint, area, &mut buffer);
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    if buffer == Buffer::empty(area) {
        return Err(format!("{} drew nothing", scene.name));
    }
    Ok(quantile(&mut times, 0.5))
}
