//! `tag` and `untag`: labels of a stream.

use crate::api::Tags;
use crate::command::line::Line;
use crate::command::preview::{plain, stream};
use crate::command::shorthand::tags;
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::snapshot::Snapshot;

pub(in crate::command) static TAG: Spec = Spec {
    name: "tag",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("TAGS", Kind::Text),
    ],
    syntax: "tag STREAM KEY=VALUE,...",
    summary: "add tags to a stream, or give them another value",
    danger: Danger::Harmless,
    scope: Scope::World,
    keys: &[],
    parse: parse_tag,
    preview,
    undo: "new tags are removed, or old values come back",
};

pub(in crate::command) static UNTAG: Spec = Spec {
    name: "untag",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument { name: "KEY", kind: Kind::Text, need: Need::Many },
    ],
    syntax: "untag STREAM KEY...",
    summary: "remove tags from a stream",
    danger: Danger::Harmless,
    scope: Scope::World,
    keys: &[],
    parse: parse_untag,
    preview,
    undo: "the tags come back",
};

fn parse_tag(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let text = words.word("TAGS")?;
    let tags = tags::parse(&text).map_err(|short| words.short("TAGS", short))?;
    Ok(Command::World(WorldCommand::Tag { stream, tags }))
}

fn parse_untag(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let keys = words.many("KEY")?;
    Ok(Command::World(WorldCommand::Untag { stream, keys }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let spec = crate::command::spec_of(command);
    let preview = plain(command, spec.undo, spec.danger);
    if let Command::World(
        WorldCommand::Tag { stream: name, .. } | WorldCommand::Untag { stream: name, .. },
    ) = command
    {
        stream(snapshot, name)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print_tag(stream: &StreamName, tags: &Tags) -> String {
    Line::new(TAG.name).word(stream).word(tags::print(tags)).end()
}

pub(in crate::command) fn print_untag(stream: &StreamName, keys: &[String]) -> String {
    keys.iter().fold(Line::new(UNTAG.name).word(stream), Line::word).end()
}
