//! `what-if` and `price`: what set-ups would cost, and what things cost.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::spec::{Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec};
use crate::command::{Command, ParseError, ViewCommand, Words};

/// What a price list holds, as words of a line.
const ITEMS: &[&str] = &[
    "shard-hour",
    "put-units-million",
    "extended-retention-shard-hour",
    "long-retention-gb-month",
    "fan-out-shard-hour",
    "fan-out-gb",
    "on-demand-stream-hour",
    "on-demand-in-gb",
    "on-demand-out-gb",
    "on-demand-fan-out-gb",
    "on-demand-retention-gb-month",
    "function-requests-million",
    "function-gb-second",
    "function-gb",
];

const ON_COSTS: Binding = Binding { on: &[ScreenKind::Costs], key: "", words: "" };

pub(in crate::command) static WHAT_IF: Spec = Spec {
    name: "what-if",
    aliases: &["try"],
    arguments: &[Argument { name: "LINE", kind: Kind::Text, need: Need::OptionalRest }],
    syntax: "what-if [LINE[; LINE]]",
    summary: "run courses ahead on forks of the world and compare them; with a line, that one too",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[Binding { key: "W", ..ON_COSTS }, Binding { key: "n", words: "{typed}", ..ON_COSTS }],
    parse: what_if,
    preview: line_only,
    undo: "",
};

pub(in crate::command) static PRICE: Spec = Spec {
    name: "price",
    aliases: &[],
    arguments: &[
        Argument::required("ITEM", Kind::Choice(ITEMS)),
        Argument::required("DOLLARS", Kind::Number),
    ],
    syntax: "price ITEM DOLLARS",
    summary: "change what a thing costs, in your own dated price list",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[Binding { key: "e", words: "{price} {typed}", ..ON_COSTS }],
    parse: price,
    preview: line_only,
    undo: "",
};

/// Every part of the line must change a world: nothing else can be tried on one.
fn what_if(words: &mut Words) -> Result<Command, ParseError> {
    let line = words.maybe().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    if let Some(line) = &line {
        for part in line.split(';').map(str::trim) {
            match part.parse::<Command>()? {
                Command::World(_) => {}
                Command::View(_) => {
                    return Err(words.bad(
                        "LINE",
                        part,
                        "commands that change the world, apart by `;`",
                    ));
                }
            }
        }
    }
    Ok(Command::View(ViewCommand::WhatIf(line)))
}

fn price(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("ITEM")?;
    let Some(item) = ITEMS.iter().find(|item| **item == text) else {
        return Err(words.bad("ITEM", &text, ITEMS.join(", ")));
    };
    let text = words.word("DOLLARS")?;
    let digits = text.strip_prefix('$').unwrap_or(&text);
    let dollars = words.as_number("DOLLARS", digits, 0.0, 1e6)?;
    Ok(Command::View(ViewCommand::Price { item, dollars }))
}

/// The lines stand as they are: they are the rest of the line.
pub(in crate::command) fn print_what_if(line: Option<&str>) -> String {
    line.map_or(WHAT_IF.name.to_owned(), |line| format!("{} {line}", WHAT_IF.name))
}

pub(in crate::command) fn print_price(item: &str, dollars: f64) -> String {
    Line::new(PRICE.name).word(item).word(dollars).end()
}
