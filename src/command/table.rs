//! The one table of commands, and the way from a command back to its row and its line.

use std::fmt::{self, Display};

use crate::command::one::{
    act, application, attach, calls, caption, clock, concurrency, create, delete, demo, detach,
    distribute, encrypt, fan_out, foresee, function, go, interval, limits, merge, mode, pause,
    policy, produce, provision, put, quotas, rate, read, record, record_size, register, retention,
    scale, session, show, split, split_hot, stages, tag, take, transform, tune, view, warm,
};
use crate::command::spec::{Scope, Spec};
use crate::command::{Command, Glyphs, Screen, ViewCommand, WorldCommand};

/// The commands that change streams at an endpoint elsewhere, and how it is watched. All others that change
/// something are for a world in this program.
pub const ELSEWHERE: [&str; 12] = [
    "create",
    "delete",
    "split",
    "merge",
    "scale",
    "retention",
    "record-size",
    "encrypt",
    "tag",
    "untag",
    "put",
    "calls",
];

static TABLE: &[&Spec] = &[
    &split::SPEC,
    &split_hot::SPEC,
    &merge::SPEC,
    &scale::SPEC,
    &policy::SPEC,
    &create::SPEC,
    &attach::SPEC,
    &view::NEXT_PROBLEM,
    &view::CURE,
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
    &interval::SPEC,
    &fan_out::SPEC,
    &calls::SPEC,
    &tune::SPEC,
    &detach::SPEC,
    &pause::PAUSE,
    &pause::RESUME,
    &concurrency::SPEC,
    &clock::SPEC,
    &mode::SPEC,
    &record_size::SPEC,
    &distribute::SPEC,
    &warm::SPEC,
    &encrypt::SPEC,
    &tag::TAG,
    &tag::UNTAG,
    &register::REGISTER,
    &register::DEREGISTER,
    &quotas::QUOTAS,
    &quotas::COMMITMENT,
    &go::STREAMS,
    &go::STREAM,
    &go::HEAT,
    &go::CONSUMERS,
    &go::TRANSFORMS,
    &go::PRODUCERS,
    &go::RECORDS,
    &go::COSTS,
    &go::SYSTEM,
    &go::PROBLEMS,
    &go::LOGS,
    &go::SESSIONS,
    &go::THEMES,
    &application::APPLICATION,
    &application::WORKER,
    &provision::SPEC,
    &session::SAVE,
    &session::LOAD,
    &demo::PLAY,
    &demo::STOP,
    &caption::SPEC,
    &record::START,
    &record::STOP,
    &view::HELP,
    &view::THEME,
    &view::FILTER,
    &foresee::WHAT_IF,
    &foresee::PRICE,
    &show::METRIC,
    &show::SPAN,
    &show::FOLD,
    &show::MAP,
    &show::LOOK,
    &show::FOLLOW,
    &view::FREEZE,
    &view::UNDO,
    &view::REDO,
    &view::SCREENSHOT,
    &view::QUIT,
    &act::OPEN,
    &act::BACK,
    &act::OUT,
    &act::LINE,
    &act::SEARCH,
    &act::MOVE,
    &act::TAB,
    &act::PANEL,
    &act::ZOOM,
    &act::LAYOUT,
    &act::VISIT,
    &act::SORT,
    &act::MARK,
    &act::MOUSE,
    &act::LOG,
    &act::CONFIG,
    &act::SUSPEND,
    &act::REDRAW,
    &take::COPY,
    &take::EXPORT,
    &take::SYMBOLS,
    &take::LOCK,
    &take::UNLOCK,
    &take::TIME,
];

/// All commands, in the order of the manual.
#[must_use]
pub fn table() -> &'static [&'static Spec] {
    TABLE
}

/// Can it be used on streams at an endpoint elsewhere, too?
#[must_use]
pub fn fits_elsewhere(spec: &Spec) -> bool {
    spec.scope != Scope::World || ELSEWHERE.contains(&spec.name)
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
        WorldCommand::SplitHot { .. } => &split_hot::SPEC,
        WorldCommand::Merge { .. } => &merge::SPEC,
        WorldCommand::Scale { .. } => &scale::SPEC,
        WorldCommand::Policy { .. } => &policy::SPEC,
        WorldCommand::Retention { .. } => &retention::SPEC,
        WorldCommand::Limits { .. } => &limits::SPEC,
        WorldCommand::Mode { .. } => &mode::SPEC,
        WorldCommand::RecordSize { .. } => &record_size::SPEC,
        WorldCommand::Distribute { .. } => &distribute::SPEC,
        WorldCommand::Warm { .. } => &warm::SPEC,
        WorldCommand::Encrypt { .. } => &encrypt::SPEC,
        WorldCommand::Tag { .. } => &tag::TAG,
        WorldCommand::Untag { .. } => &tag::UNTAG,
        WorldCommand::Register { .. } => &register::REGISTER,
        WorldCommand::Deregister { .. } => &register::DEREGISTER,
        WorldCommand::Quotas(_) => &quotas::QUOTAS,
        WorldCommand::Commitment(_) => &quotas::COMMITMENT,
        WorldCommand::Put { .. } => &put::SPEC,
        WorldCommand::Produce(_) => &produce::SPEC,
        WorldCommand::Transform(_) => &transform::SPEC,
        WorldCommand::Stages { .. } => &stages::SPEC,
        WorldCommand::Function(_) => &function::SPEC,
        WorldCommand::Attach(_) => &attach::SPEC,
        WorldCommand::Read(_) => &read::SPEC,
        WorldCommand::Tune(_) => &tune::SPEC,
        WorldCommand::Interval { .. } => &interval::SPEC,
        WorldCommand::FanOut { .. } => &fan_out::SPEC,
        WorldCommand::Calls(_) => &calls::SPEC,
        WorldCommand::Detach(_) => &detach::SPEC,
        WorldCommand::Pause(_) => &pause::PAUSE,
        WorldCommand::Resume(_) => &pause::RESUME,
        WorldCommand::Rate { .. } => &rate::SPEC,
        WorldCommand::Concurrency { .. } => &concurrency::SPEC,
        WorldCommand::Provision { .. } => &provision::SPEC,
        WorldCommand::Application(_) => &application::APPLICATION,
        WorldCommand::KillWorker { .. } | WorldCommand::StartWorker { .. } => &application::WORKER,
        WorldCommand::Caption(_) => &caption::SPEC,
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
        ViewCommand::Go(Screen::Costs) => &go::COSTS,
        ViewCommand::Go(Screen::System) => &go::SYSTEM,
        ViewCommand::Go(Screen::Problems) => &go::PROBLEMS,
        ViewCommand::Go(Screen::Logs) => &go::LOGS,
        ViewCommand::Go(Screen::Sessions) => &go::SESSIONS,
        ViewCommand::Go(Screen::Themes) => &go::THEMES,
        ViewCommand::Help => &view::HELP,
        ViewCommand::Theme(_) => &view::THEME,
        ViewCommand::SessionSave(_) => &session::SAVE,
        ViewCommand::SessionLoad(_) => &session::LOAD,
        ViewCommand::Demo(_) => &demo::PLAY,
        ViewCommand::DemoStop => &demo::STOP,
        ViewCommand::Record(_) => &record::START,
        ViewCommand::RecordStop => &record::STOP,
        ViewCommand::Filter(_) => &view::FILTER,
        ViewCommand::WhatIf(_) => &foresee::WHAT_IF,
        ViewCommand::Price { .. } => &foresee::PRICE,
        ViewCommand::Metric(_) => &show::METRIC,
        ViewCommand::Span(_) => &show::SPAN,
        ViewCommand::Fold => &show::FOLD,
        ViewCommand::Map(_) => &show::MAP,
        ViewCommand::Look(_) => &show::LOOK,
        ViewCommand::Follow => &show::FOLLOW,
        ViewCommand::Freeze => &view::FREEZE,
        ViewCommand::NextProblem => &view::NEXT_PROBLEM,
        ViewCommand::Cure => &view::CURE,
        ViewCommand::Undo => &view::UNDO,
        ViewCommand::Redo => &view::REDO,
        ViewCommand::Screenshot(_) => &view::SCREENSHOT,
        ViewCommand::Quit => &view::QUIT,
        ViewCommand::Move(_) => &act::MOVE,
        ViewCommand::Open => &act::OPEN,
        ViewCommand::Back => &act::BACK,
        ViewCommand::Out => &act::OUT,
        ViewCommand::Line => &act::LINE,
        ViewCommand::Search => &act::SEARCH,
        ViewCommand::Tab(_) => &act::TAB,
        ViewCommand::Panel(_) => &act::PANEL,
        ViewCommand::Zoom => &act::ZOOM,
        ViewCommand::Layout(_) => &act::LAYOUT,
        ViewCommand::Visit(_) => &act::VISIT,
        ViewCommand::Sort(_) => &act::SORT,
        ViewCommand::Mark(_) => &act::MARK,
        ViewCommand::Mouse => &act::MOUSE,
        ViewCommand::Log(_) => &act::LOG,
        ViewCommand::Copy(_) => &take::COPY,
        ViewCommand::Export(..) => &take::EXPORT,
        ViewCommand::Symbols(_) => &take::SYMBOLS,
        ViewCommand::Lock => &take::LOCK,
        ViewCommand::Unlock(_) => &take::UNLOCK,
        ViewCommand::Time(_) => &take::TIME,
        ViewCommand::Config(_) => &act::CONFIG,
        ViewCommand::Suspend => &act::SUSPEND,
        ViewCommand::Redraw => &act::REDRAW,
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
            Self::SplitHot { stream, over } => split_hot::print(stream, *over),
            Self::Merge { stream, first, second } => merge::print(stream, *first, *second),
            Self::Scale { stream, shards } => scale::print(stream, *shards),
            Self::Policy { stream, policy } => policy::print(stream, policy.as_ref()),
            Self::Retention { stream, hours } => retention::print(stream, *hours),
            Self::Limits { stream, limits } => limits::print(stream, limits),
            Self::Mode { stream, mode } => mode::print(stream, *mode),
            Self::RecordSize { stream, kib } => record_size::print(stream, *kib),
            Self::Distribute { stream, distribution } => distribute::print(stream, *distribution),
            Self::Warm { stream, mib_per_s } => warm::print(stream, *mib_per_s),
            Self::Encrypt { stream, key } => encrypt::print(stream, key.as_deref()),
            Self::Tag { stream, tags } => tag::print_tag(stream, tags),
            Self::Untag { stream, keys } => tag::print_untag(stream, keys),
            Self::Register { stream, consumer, tags } => {
                register::print_register(stream, consumer, tags)
            }
            Self::Deregister { stream, consumer } => register::print_deregister(stream, consumer),
            Self::Quotas(quotas) => quotas::print_quotas(quotas),
            Self::Commitment(switch) => quotas::print_commitment(*switch),
            Self::Put { stream, key, data } => put::print(stream, key, data),
            Self::Produce(settings) => produce::print(settings),
            Self::Transform(settings) => transform::print(settings),
            Self::Stages { transform, stages } => stages::print(transform, stages),
            Self::Function(settings) => function::print(settings),
            Self::Attach(settings) => attach::print(settings),
            Self::Read(settings) => read::print(settings),
            Self::Tune(tune) => tune::print(tune),
            Self::Interval { reader, interval_ms } => interval::print(reader, *interval_ms),
            Self::FanOut { reader, consumer } => fan_out::print(reader, consumer.as_ref()),
            Self::Calls(per_s) => calls::print(*per_s),
            Self::Detach(part) => detach::print(part),
            Self::Pause(producer) => pause::print(pause::PAUSE.name, producer),
            Self::Resume(producer) => pause::print(pause::RESUME.name, producer),
            Self::Rate { producer, factor } => rate::print(producer, *factor),
            Self::Concurrency { function, limit } => concurrency::print(function.as_ref(), *limit),
            Self::Application(settings) => application::print(settings),
            Self::KillWorker { application, worker } => {
                application::print_kill(application, *worker)
            }
            Self::StartWorker { application, worker } => {
                application::print_start(application, *worker)
            }
            Self::Provision { function, count } => provision::print(function, *count),
            Self::Caption(text) => caption::print(text.as_deref()),
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
            Self::Demo(name) => view::print(demo::PLAY.name, name.as_deref()),
            Self::Record(record) => record::print(record),
            Self::Theme(name) => view::print(view::THEME.name, Some(name)),
            Self::Filter(text) if text.is_empty() => view::print(view::FILTER.name, None),
            Self::Filter(text) => view::print(view::FILTER.name, Some(text)),
            Self::Screenshot(file) => view::print(view::SCREENSHOT.name, file.as_deref()),
            Self::WhatIf(line) => foresee::print_what_if(line.as_deref()),
            Self::Price { item, dollars } => foresee::print_price(item, *dollars),
            Self::Metric(metric) => show::print_metric(*metric),
            Self::Span(span) => show::print_span(*span),
            Self::Map(by) => show::print_map(*by),
            Self::Look(look) => show::print_look(*look),
            Self::Move(way) => act::print(act::MOVE.name, way.word()),
            Self::Tab(way) => act::print(act::TAB.name, way.word()),
            Self::Panel(way) => act::print(act::PANEL.name, way.word()),
            Self::Layout(layout) => act::print_layout(layout.as_ref()),
            Self::Visit(which) => act::print(act::VISIT.name, which.word()),
            Self::Sort(how) => act::print(act::SORT.name, how.word()),
            Self::Mark(which) => act::print(act::MARK.name, which.word()),
            Self::Log(how) => act::print(act::LOG.name, how.word()),
            Self::Config(what) => act::print(act::CONFIG.name, what.word()),
            Self::Copy(what) => act::print(take::COPY.name, what.word()),
            Self::Export(format, file) => take::print_export(*format, file.as_deref()),
            Self::Symbols(set) => view::print(take::SYMBOLS.name, set.map(Glyphs::word)),
            Self::Unlock(minutes) => take::print_unlock(*minutes),
            Self::Time(when) => take::print_time(*when),
            Self::DemoStop
            | Self::RecordStop
            | Self::Help
            | Self::Fold
            | Self::Follow
            | Self::Freeze
            | Self::NextProblem
            | Self::Cure
            | Self::Undo
            | Self::Redo
            | Self::Open
            | Self::Back
            | Self::Out
            | Self::Line
            | Self::Search
            | Self::Zoom
            | Self::Mouse
            | Self::Lock
            | Self::Suspend
            | Self::Redraw
            | Self::Quit => view::print(view_spec(self).name, None),
        })
    }
}
