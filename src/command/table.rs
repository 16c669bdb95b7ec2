//! The one table of commands, and the way from a command back to its row and its line.

use std::fmt::{self, Display};

use crate::command::one::{
    attach, clock, concurrency, create, delete, detach, function, go, limits, merge, pause,
    produce, put, rate, read, retention, scale, session, show, split, stages, transform, view,
};
use crate::command::spec::Spec;
use crate::command::{Command, Screen, ViewCommand, WorldCommand};

static TABLE: [&Spec; 44] = [
    &split::SPEC,
    &merge::SPEC,
    &scale::SPEC,
    &create::SPEC,
    &attach::SPEC,
    &rate::SPEC,
    &produce::SPEC,
    &transform::SPEC,
    &stages::SPEC,
    &delete::SPEC,
    &put::SPEC,
    &retention::SPEC,
    &limits::SPEC,
    &function::SPEC,
    &read::SPEC,
    &detach::SPEC,
    &pause::PAUSE,
    &pause::RESUME,
    &concurrency::SPEC,
    &clock::SPEC,
    &go::STREAMS,
    &go::STREAM,
    &go::HEAT,
    &go::CONSUMERS,
    &go::TRANSFORMS,
    &go::PRODUCERS,
    &go::RECORDS,
    &go::LOGS,
    &session::SAVE,
    &session::LOAD,
    &session::LIST,
    &view::HELP,
    &view::THEME,
    &view::FILTER,
    &show::METRIC,
    &show::SPAN,
    &show::FOLD,
    &show::LOOK,
    &show::FOLLOW,
    &view::FREEZE,
    &view::UNDO,
    &view::REDO,
    &view::SCREENSHOT,
    &view::QUIT,
];

/// All commands, in the order of the manual.
#[must_use]
pub fn table() -> &'static [&'static Spec] {
    &TABLE
}

/// The row of a command.
#[must_use]
pub fn spec_of(command: &Command) -> &'static Spec {
    match command {
        Command::World(command) => world_spec(command),
        Command::View(command) => view_spec(command),
    }
}

fn world_spec(command: &WorldCommand) -> &'static Spec {
    match command {
        WorldCommand::Create(_) => &create::SPEC,
        WorldCommand::Delete(_) => &delete::SPEC,
        WorldCommand::Split { .. } => &split::SPEC,
        WorldCommand::Merge { .. } => &merge::SPEC,
        WorldCommand::Scale { .. } => &scale::SPEC,
        WorldCommand::Retention { .. } => &retention::SPEC,
        WorldCommand::Limits { .. } => &limits::SPEC,
        WorldCommand::Put { .. } => &put::SPEC,
        WorldCommand::Produce(_) => &produce::SPEC,
        WorldCommand::Transform(_) => &transform::SPEC,
        WorldCommand::Stages { .. } => &stages::SPEC,
        WorldCommand::Function(_) => &function::SPEC,
        WorldCommand::Attach(_) => &attach::SPEC,
        WorldCommand::Read(_) => &read::SPEC,
        WorldCommand::Detach(_) => &detach::SPEC,
        WorldCommand::Pause(_) => &pause::PAUSE,
        WorldCommand::Resume(_) => &pause::RESUME,
        WorldCommand::Rate { .. } => &rate::SPEC,
        WorldCommand::Concurrency { .. } => &concurrency::SPEC,
        WorldCommand::Clock(_) => &clock::SPEC,
    }
}

fn view_spec(command: &ViewCommand) -> &'static Spec {
    match command {
        ViewCommand::Go(Screen::Overview) => &go::STREAMS,
        ViewCommand::Go(Screen::Stream(_)) => &go::STREAM,
        ViewCommand::Go(Screen::Heat(_)) => &go::HEAT,
        ViewCommand::Go(Screen::Consumers(_)) => &go::CONSUMERS,
        ViewCommand::Go(Screen::Concurrency) => &concurrency::SPEC,
        ViewCommand::Go(Screen::Transforms(_)) => &go::TRANSFORMS,
        ViewCommand::Go(Screen::Producers) => &go::PRODUCERS,
        ViewCommand::Go(Screen::Records(_)) => &go::RECORDS,
        ViewCommand::Go(Screen::Logs) => &go::LOGS,
        ViewCommand::Help => &view::HELP,
        ViewCommand::Theme(_) => &view::THEME,
        ViewCommand::SessionSave(_) => &session::SAVE,
        ViewCommand::SessionLoad(_) => &session::LOAD,
        ViewCommand::Sessions => &session::LIST,
        ViewCommand::Filter(_) => &view::FILTER,
        ViewCommand::Metric(_) => &show::METRIC,
        ViewCommand::Span(_) => &show::SPAN,
        ViewCommand::Fold => &show::FOLD,
        ViewCommand::Look(_) => &show::LOOK,
        ViewCommand::Follow => &show::FOLLOW,
        ViewCommand::Freeze => &view::FREEZE,
        ViewCommand::Undo => &view::UNDO,
        ViewCommand::Redo => &view::REDO,
        ViewCommand::Screenshot(_) => &view::SCREENSHOT,
        ViewCommand::Quit => &view::QUIT,
    }
}

/// The line that means this command.
impl Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World(command) => command.fmt(f),
            Self::View(command) => command.fmt(f),
        }
    }
}

impl Display for WorldCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Create(settings) => create::print(settings),
            Self::Delete(stream) => delete::print(stream),
            Self::Split { stream, shard, at } => split::print(stream, *shard, *at),
            Self::Merge { stream, first, second } => merge::print(stream, *first, *second),
            Self::Scale { stream, shards } => scale::print(stream, *shards),
            Self::Retention { stream, hours } => retention::print(stream, *hours),
            Self::Limits { stream, limits } => limits::print(stream, limits),
            Self::Put { stream, key, data } => put::print(stream, key, data),
            Self::Produce(settings) => produce::print(settings),
            Self::Transform(settings) => transform::print(settings),
            Self::Stages { transform, stages } => stages::print(transform, stages),
            Self::Function(settings) => function::print(settings),
            Self::Attach(settings) => attach::print(settings),
            Self::Read(settings) => read::print(settings),
            Self::Detach(part) => detach::print(part),
            Self::Pause(producer) => pause::print(pause::PAUSE.name, producer),
            Self::Resume(producer) => pause::print(pause::RESUME.name, producer),
            Self::Rate { producer, factor } => rate::print(producer, *factor),
            Self::Concurrency { function, limit } => concurrency::print(function.as_ref(), *limit),
            Self::Clock(clock) => clock::print(*clock),
        })
    }
}

impl Display for ViewCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Go(screen) => go::print(screen),
            Self::SessionSave(file) => session::print_save(file.as_deref()),
            Self::SessionLoad(session) => session::print_load(session),
            Self::Theme(name) => view::print(view::THEME.name, name.as_deref()),
            Self::Filter(text) if text.is_empty() => view::print(view::FILTER.name, None),
            Self::Filter(text) => view::print(view::FILTER.name, Some(text)),
            Self::Screenshot(file) => view::print(view::SCREENSHOT.name, file.as_deref()),
            Self::Metric(metric) => show::print_metric(*metric),
            Self::Span(span) => show::print_span(*span),
            Self::Look(look) => show::print_look(*look),
            Self::Sessions
            | Self::Help
            | Self::Fold
            | Self::Follow
            | Self::Freeze
            | Self::Undo
            | Self::Redo
            | Self::Quit => view::print(view_spec(self).name, None),
        })
    }
}
