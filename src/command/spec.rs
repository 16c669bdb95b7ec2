//! What is known of a command besides what it does: its words, its danger, its keys.

use crate::command::{Command, CommandError, ParseError, Preview, Words};
use crate::snapshot::Snapshot;

/// One row of the command table.
pub struct Spec {
    /// What is typed; two words for a few: `session save`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What follows the name, in order; flags stand anywhere.
    pub arguments: &'static [Argument],
    /// The line as help shows it.
    pub syntax: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// How much can be lost by it.
    pub danger: Danger,
    /// What it changes.
    pub scope: Scope,
    /// Keys that call it unless the user binds others.
    pub keys: &'static [Binding],
    /// Reads its words.
    pub parse: fn(&mut Words) -> Result<Command, ParseError>,
    /// Says what would become of the world; refuses what cannot be.
    pub preview: fn(&Command, &Snapshot) -> Result<Preview, CommandError>,
    /// How it is taken back, told beforehand.
    pub undo: &'static str,
}

/// How much can be lost by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Nothing.
    Harmless,
    /// Nothing stored, but the world runs otherwise afterwards.
    Changes,
    /// Records or a set-up: ask first.
    Destroys,
}

/// What a command changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The world; it can stand in a timeline.
    World,
    /// The view, or the program itself.
    View,
}

/// A kind of screen, for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScreenKind {
    /// All streams.
    Overview,
    /// One stream.
    Stream,
    /// The shards of a stream over time.
    Heat,
    /// Mappings and readers.
    Consumers,
    /// The account's concurrency.
    Concurrency,
    /// Transforms.
    Transforms,
    /// Producers.
    Producers,
    /// What this would cost.
    Costs,
    /// This program and its machine.
    System,
    /// Newest records.
    Records,
    /// What is wrong.
    Problems,
    /// Logs.
    Logs,
    /// Sessions that can be opened.
    Sessions,
    /// Themes.
    Themes,
}

impl ScreenKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Overview,
        Self::Stream,
        Self::Heat,
        Self::Consumers,
        Self::Concurrency,
        Self::Transforms,
        Self::Producers,
        Self::Records,
        Self::Costs,
        Self::System,
        Self::Problems,
        Self::Logs,
        Self::Sessions,
        Self::Themes,
    ];
}

/// A key on some screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub on: &'static [ScreenKind],
    /// The key as text: `s`, `S`, `ctrl-p`.
    pub key: &'static str,
    /// Words that the key gives the command, before those of the selection.
    pub words: &'static str,
}

impl Binding {
    /// The same key with words of its own.
    pub(super) const fn with(self, words: &'static str) -> Self {
        Self { words, ..self }
    }
}

/// A key that works everywhere.
pub(super) const fn everywhere(key: &'static str) -> Binding {
    Binding { on: &ScreenKind::ALL, key, words: "" }
}

/// A key where streams are shown.
pub(super) const fn on_streams(key: &'static str) -> Binding {
    Binding { on: &[ScreenKind::Overview, ScreenKind::Stream, ScreenKind::Heat], key, words: "" }
}

/// A key where streams or what feeds them are shown.
pub(super) const fn on_feeds(key: &'static str) -> Binding {
    let on = &[ScreenKind::Overview, ScreenKind::Stream, ScreenKind::Heat, ScreenKind::Producers];
    Binding { on, key, words: "" }
}

/// One word, or flag, that a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// `STREAM`, or `--at` for a flag.
    pub name: &'static str,
    /// What it names.
    pub kind: Kind,
    /// Must it be there, and how often?
    pub need: Need,
}

/// What a word names; completion goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name that is not taken yet.
    NewName,
    /// A stream.
    Stream,
    /// An open shard of the stream named before.
    Shard,
    /// An open shard adjacent to the one named before.
    Neighbor,
    /// A function.
    Function,
    /// A producer.
    Producer,
    /// A mapping or plain reader.
    Consumer,
    /// A registered consumer of the stream named before.
    Registered,
    /// A producer or a mapping.
    Pausable,
    /// Any producer, transform, mapping, reader or function.
    Part,
    /// A hash key: decimal, or leading hexadecimal digits behind `0x`; or `hot`, or `middle`.
    HashKey,
    /// A number.
    Number,
    /// Free text.
    Text,
    /// A path.
    File,
    /// A theme.
    Theme,
    /// A session, by name or path.
    Session,
    /// One of these words, or something that begins with one that ends in a colon.
    Choice(&'static [&'static str]),
    /// `account`, or a function.
    AccountOrFunction,
}

/// Must an argument be there, and how often?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Exactly once.
    Required,
    /// At most once.
    Optional,
    /// Once or more, to the end.
    Many,
    /// The rest of the line as it stands.
    Rest,
    /// The rest of the line as it stands, or nothing.
    OptionalRest,
    /// A flag with a value.
    Value,
    /// A flag alone.
    Switch,
}

impl Argument {
    pub(super) const fn required(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, need: Need::Required }
    }

    pub(super) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, need: Need::Optional }
    }

    pub(super) const fn value(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, need: Need::Value }
    }

    pub(super) const fn switch(name: &'static str) -> Self {
        Self { name, kind: Kind::Text, need: Need::Switch }
    }

    /// Is it a flag, with or without a value?
    #[must_use]
    pub const fn is_flag(&self) -> bool {
        matches!(self.need, Need::Value | Need::Switch)
    }
}
