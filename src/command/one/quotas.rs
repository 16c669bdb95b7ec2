//! `quotas` and `commitment`: what the account may have and ask for.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::shorthand::quotas;
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, ParseError, Words, WorldCommand};
use crate::model::{Quotas, Switch};

pub(in crate::command) static QUOTAS: Spec = Spec {
    name: "quotas",
    aliases: &[],
    arguments: &[Argument::required("QUOTAS", Kind::Choice(&["desk", "kinesis", "off"]))],
    syntax: "quotas desk|kinesis|off[,shards=N,on-demand=N,creating=N,consumers=N,\
             creating-consumers=N,api-rates=on,per-day=on]",
    summary: "what the account may have, and how often it may ask",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: parse_quotas,
    preview: line_only,
    undo: "the quotas before",
};

pub(in crate::command) static COMMITMENT: Spec = Spec {
    name: "commitment",
    aliases: &[],
    arguments: &[Argument::required("SWITCH", Kind::Choice(&["on", "off"]))],
    syntax: "commitment on|off",
    summary: "the account's minimum of throughput, for a day at least",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: parse_commitment,
    preview: line_only,
    undo: "the other; it ends a day after it began at the earliest",
};

fn parse_quotas(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("QUOTAS")?;
    let quotas = quotas::parse(&text).map_err(|short| words.short("QUOTAS", short))?;
    Ok(Command::World(WorldCommand::Quotas(quotas)))
}

fn parse_commitment(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("SWITCH")?;
    let switch = quotas::switch(&text).ok_or_else(|| words.bad("SWITCH", &text, "on or off"))?;
    Ok(Command::World(WorldCommand::Commitment(switch)))
}

pub(in crate::command) fn print_quotas(quotas: &Quotas) -> String {
    Line::new(QUOTAS.name).word(quotas::print(quotas)).end()
}

pub(in crate::command) fn print_commitment(switch: Switch) -> String {
    Line::new(COMMITMENT.name).word(quotas::word(switch)).end()
}
