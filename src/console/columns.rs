//! The columns of every table.

mod worth;

pub use worth::{Worth, worths};

use crate::console::panel::Panel;
use crate::console::widget::table::Column;

/// Columns of a spark line in the table of streams.
pub const STREAM_SPARK: u16 = 18;
/// Columns of a gauge, and of a spark line, in the table of functions.
pub const FUNCTION_GAUGE: u16 = 16;

const STREAMS: &[Column] = &[
    Column::words("NAME", 14, 0).growing(1),
    Column::words("MODE", 4, 7),
    Column::words("PROBLEM", 8, 3),
    Column::numbers("SHARDS", 6, 3),
    Column::numbers("IN MiB/s", 8, 2),
    Column::numbers("CAP%", 4, 0),
    Column::numbers("REC/s", 6, 5),
    Column::numbers("OUT MiB/s", 9, 6),
    Column::numbers("GET/s", 5, 8),
    Column::numbers("W-THR/s", 7, 1),
    Column::numbers("R-THR/s", 7, 7),
    Column::numbers("AGE", 7, 2),
    Column::numbers("CONS", 4, 8),
    Column::words("IN 60 s", STREAM_SPARK, 4),
];

const SHARDS: &[Column] = &[
    Column::words("SHARD", 5, 0),
    Column::words("STATE", 8, 3),
    Column::words("RANGE START", 12, 7).growing(1),
    Column::numbers("SHARE", 6, 6),
    Column::numbers("IN MiB/s", 8, 2),
    Column::numbers("REC/s", 6, 4),
    Column::numbers("CAP%", 4, 0),
    Column::numbers("OUT MiB/s", 9, 5),
    Column::numbers("GET/s", 5, 8),
    Column::numbers("W-THR/s", 7, 1),
    Column::numbers("AGE", 8, 2),
    Column::words("HOT KEY", 14, 3),
];

const CONSUMERS: &[Column] = &[
    Column::words("CONSUMER", 14, 0).growing(1),
    Column::words("KIND", 9, 6),
    Column::words("STREAM", 12, 4),
    Column::words("FUNCTION / TO", 14, 5),
    Column::numbers("LANES", 7, 3),
    Column::numbers("AGE", 7, 0),
    Column::numbers("DONE/s", 7, 1),
    Column::numbers("ERR/s", 6, 2),
    Column::numbers("THR/s", 6, 2),
];

const LANES: &[Column] = &[
    Column::words("SHARD", 5, 0),
    Column::numbers("LANE", 4, 4),
    Column::words("STATE", 9, 0),
    Column::numbers("BATCH", 6, 1),
    Column::numbers("AGE", 7, 0),
    Column::numbers("TRIES", 5, 3),
    Column::words("NOTE", 10, 2).growing(1),
];

const TRANSFORMS: &[Column] = &[
    Column::words("TRANSFORM", 14, 0).growing(1),
    Column::words("FROM", 12, 3),
    Column::words("TO", 12, 3),
    Column::words("STATE", 8, 4),
    Column::numbers("IN/s", 6, 1),
    Column::numbers("OUT/s", 6, 0),
    Column::numbers("PASS", 5, 5),
    Column::numbers("FAILED", 7, 2),
    Column::numbers("BEHIND", 7, 2),
];

const FUNCTIONS: &[Column] = &[
    Column::words("FUNCTION", 14, 0).growing(1),
    Column::words("KIND", 18, 7),
    Column::numbers("IN USE", 6, 0),
    Column::numbers("LIMIT", 6, 1),
    Column::words("GAUGE", FUNCTION_GAUGE, 5),
    Column::numbers("NEEDS", 5, 0),
    Column::numbers("INV/s", 6, 3),
    Column::numbers("THR/s", 6, 1),
    Column::numbers("ERR/s", 6, 2),
    Column::numbers("COLD/s", 6, 6),
    Column::numbers("p50", 6, 5),
    Column::numbers("p99", 6, 4),
    Column::words("IN USE 60 s", FUNCTION_GAUGE, 6),
];

const PRODUCERS: &[Column] = &[
    Column::words("PRODUCER", 12, 0).growing(1),
    Column::words("STREAM", 10, 4),
    Column::words("STATE", 8, 2),
    Column::numbers("RATE", 6, 3),
    Column::numbers("MADE/s", 6, 6),
    Column::numbers("OK/s", 6, 1),
    Column::numbers("REFUSED/s", 9, 2),
    Column::numbers("BACKLOG", 7, 5),
    Column::numbers("DROPPED", 7, 5),
];

const RECORDS: &[Column] = &[
    Column::words("ARRIVED", 12, 1),
    Column::words("SHARD", 5, 2),
    Column::words("KEY", 14, 0),
    Column::numbers("SIZE", 8, 3),
    Column::words("DATA", 12, 0).growing(1),
];

const PROBLEMS: &[Column] = &[
    Column::words("SUBJECT", 18, 1),
    Column::words("PROBLEM", 8, 0),
    Column::words("WHAT", 20, 0).growing(3),
    Column::words("CURE", 24, 3).growing(1),
];

/// Drawn by lines that can be wrapped; as a table it is exported.
const LOG: &[Column] = &[
    Column::words("TIME", 12, 0),
    Column::words("LEVEL", 5, 0),
    Column::words("TARGET", 15, 1),
    Column::words("TEXT", 20, 0).growing(1),
];

const TARGETS: &[Column] = &[
    Column::words("TARGET", 12, 0).growing(1),
    Column::words("LEVEL", 5, 0),
    Column::numbers("LINES", 6, 1),
];

/// Columns of a bar in the table of costs.
pub const COST_BAR: u16 = 18;

const COSTS: &[Column] = &[
    Column::words("ITEM", 20, 0).growing(1),
    Column::numbers("AMOUNT/h", 9, 3),
    Column::words("UNIT", 12, 4),
    Column::numbers("PRICE", 13, 5),
    Column::numbers("NOW/h", 9, 1),
    Column::numbers("30 d", 10, 0),
    Column::words("SHARE", COST_BAR, 2),
];

const SESSIONS: &[Column] = &[
    Column::words("SESSION", 18, 0),
    Column::words("TITLE", 14, 1).growing(1),
    Column::numbers("STREAMS", 7, 3),
    Column::numbers("SHARDS", 6, 2),
    Column::numbers("REC/s", 6, 2),
    Column::numbers("STEPS", 5, 4),
    Column::numbers("LENGTH", 8, 5),
];

const THEMES: &[Column] = &[Column::words("THEME", 16, 0).growing(1), Column::words("FROM", 8, 1)];

const COURSES: &[Column] = &[
    Column::words("IF", 24, 0).growing(1),
    Column::numbers("SHARDS", 6, 4),
    Column::numbers("REFUSED", 7, 1),
    Column::numbers("F-THR", 6, 6),
    Column::numbers("AGE", 8, 2),
    Column::numbers("PER HOUR", 9, 5),
    Column::numbers("30 d", 10, 0),
    Column::numbers("CHANGE", 11, 3),
];

/// The columns of a panel's table; none where it has no table.
#[must_use]
pub fn of(panel: Panel) -> &'static [Column] {
    match panel {
        Panel::Streams => STREAMS,
        Panel::Shards => SHARDS,
        Panel::Consumers => CONSUMERS,
        Panel::Lanes => LANES,
        Panel::Problems => PROBLEMS,
        Panel::Functions => FUNCTIONS,
        Panel::Transforms => TRANSFORMS,
        Panel::Producers => PRODUCERS,
        Panel::Records => RECORDS,
        Panel::Costs => COSTS,
        Panel::Courses => COURSES,
        Panel::Sessions => SESSIONS,
        Panel::Themes => THEMES,
        Panel::Log => LOG,
        Panel::Targets => TARGETS,
        Panel::Flow
        | Panel::Spent
        | Panel::Errors
        | Panel::History
        | Panel::Events
        | Panel::Heat
        | Panel::Map
        | Panel::Lineage
        | Panel::Details
        | Panel::Age
        | Panel::Top
        | Panel::Stages
        | Panel::Sample
        | Panel::Producer
        | Panel::Account
        | Panel::Why
        | Panel::Record
        | Panel::Session
        | Panel::ThemeSample
        | Panel::System
        | Panel::Help => &[],
    }
}

/// Can a table be sorted by a column? Not by a picture, as of a spark line.
#[must_use]
pub fn sorts(panel: Panel, title: &str) -> bool {
    // Records and lines go by their time, problems by how much they matter,
    // courses after the world as it is.
    let fixed = matches!(panel, Panel::Records | Panel::Problems | Panel::Log | Panel::Courses);
    !fixed && tells(title) && of(panel).iter().any(|column| column.title == title)
}

/// Is a column told by a value, and not by a picture as a spark line is?
#[must_use]
pub fn tells(title: &str) -> bool {
    !["IN 60 s", "IN USE 60 s", "GAUGE", "HOT KEY", "PROBLEM"].contains(&title)
}
