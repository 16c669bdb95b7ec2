//! The panels of the screens: which there are, by the words that name them.

use crate::command::ScreenKind;
use crate::command::choice::choice;

choice! {
    /// A panel: a part of a screen with a border around it.
    #[derive(PartialOrd, Ord)]
    Panel {
        /// The table of streams.
        Streams = "streams",
        /// What the chosen stream takes.
        Flow = "flow",
        /// What happened.
        Events = "events",
        /// The heat of shards over time.
        Heat = "heat",
        /// Mappings, transforms and readers.
        Consumers = "consumers",
        /// Producers.
        Producers = "producers",
        /// The shards of a stream.
        Shards = "shards",
        /// The space of hash keys, to scale.
        Map = "map",
        /// Where the shards came from.
        Lineage = "lineage",
        /// What else is known of a stream.
        Details = "details",
        /// The lanes of a mapping, or the failures of a transform.
        Lanes = "lanes",
        /// The iterator age of a mapping.
        Age = "age",
        /// What a function counted.
        Top = "top",
        /// The last errors of a mapping.
        Errors = "errors",
        /// Concurrency over time.
        History = "history",
        /// Transforms.
        Transforms = "transforms",
        /// The stages of a transform.
        Stages = "stages",
        /// What the stages make of real records.
        Sample = "sample",
        /// What became of a producer's records.
        Producer = "producer",
        /// What is wrong.
        Problems = "problems",
        /// Functions.
        Functions = "functions",
        /// The account's concurrency.
        Account = "account",
        /// Why a function waits, or something is a problem.
        Why = "why",
        /// Records.
        Records = "records",
        /// One record in full.
        Record = "record",
        /// What this would cost.
        Costs = "costs",
        /// What other courses would come to.
        Courses = "courses",
        /// What it cost, over time.
        Spent = "spent",
        /// This program and its machine.
        System = "system",
        /// The log.
        Log = "log",
        /// Who spoke in the log.
        Targets = "targets",
        /// Sessions that can be opened.
        Sessions = "sessions",
        /// What a session is.
        Session = "session",
        /// Themes.
        Themes = "themes",
        /// What a theme colors.
        ThemeSample = "theme-sample",
        /// Keys and commands; it stands over every screen.
        Help = "help",
    }
}

/// The panels of a screen; the first is the one that it is opened for.
#[must_use]
pub fn panels(screen: ScreenKind) -> &'static [Panel] {
    match screen {
        ScreenKind::Overview => {
            const OVERVIEW: &[Panel] = &[
                Panel::Streams,
                Panel::Flow,
                Panel::Events,
                Panel::Problems,
                Panel::Heat,
                Panel::Consumers,
                Panel::Producers,
            ];
            OVERVIEW
        }
        ScreenKind::Stream => {
            const STREAM: &[Panel] = &[
                Panel::Shards,
                Panel::Map,
                Panel::Lineage,
                Panel::Events,
                Panel::Problems,
                Panel::Details,
            ];
            STREAM
        }
        ScreenKind::Heat => &[Panel::Heat],
        ScreenKind::Consumers => {
            const CONSUMERS: &[Panel] =
                &[Panel::Consumers, Panel::Lanes, Panel::Age, Panel::Errors, Panel::Top];
            CONSUMERS
        }
        ScreenKind::Concurrency => &[Panel::Functions, Panel::Account, Panel::Why, Panel::History],
        ScreenKind::Transforms => &[Panel::Transforms, Panel::Stages, Panel::Lanes, Panel::Sample],
        ScreenKind::Producers => &[Panel::Producers, Panel::Producer],
        ScreenKind::Records => &[Panel::Records, Panel::Record],
        ScreenKind::Problems => &[Panel::Problems, Panel::Why],
        ScreenKind::Costs => &[Panel::Costs, Panel::Courses, Panel::Spent],
        ScreenKind::System => &[Panel::System],
        ScreenKind::Logs => &[Panel::Log, Panel::Targets],
        ScreenKind::Sessions => &[Panel::Sessions, Panel::Session],
        ScreenKind::Themes => &[Panel::Themes, Panel::ThemeSample],
    }
}
