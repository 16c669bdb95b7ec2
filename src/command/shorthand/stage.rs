//! A stage of a transform in one word: `parse:combined`, `pick:/a,/b`, `rename:a:b`.

use crate::command::shorthand::{Shortfall, bare, condition, hide, split_all, split_once};
use crate::command::{ParseError, Words};
use crate::model::PartName;
use crate::pipeline::settings::{LineFormat, Stage};

/// How stages begin, for completion.
pub(crate) const STAGES: &[&str] = &[
    "parse:common",
    "parse:combined",
    "parse:logfmt",
    "parse:csv:",
    "keep:",
    "drop:",
    "pick:",
    "rename:",
    "rekey:",
    "jq:",
    "function:",
    "deaggregate",
];

const RULE: &str = "parse:common|combined|logfmt|csv:A,B, keep:CONDITION, drop:CONDITION, \
                    pick:/A,/B, rename:A:B, rekey:/A, jq:PROGRAM, function:NAME or \
                    deaggregate";

/// The rest of the words as stages.
pub(crate) fn many(words: &mut Words) -> Result<Vec<Stage>, ParseError> {
    let texts = words.many("STAGE")?;
    texts.iter().map(|text| parse(text).map_err(|short| words.short("STAGE", short))).collect()
}

pub(crate) fn parse(text: &str) -> Result<Stage, Shortfall> {
    let short = || Shortfall::new(text, RULE);
    if text == "deaggregate" {
        return Ok(Stage::Deaggregate);
    }
    let (kind, rest) = text.split_once(':').ok_or_else(short)?;
    Ok(match kind {
        "keep" => Stage::Keep(condition::parse(rest)?),
        "drop" => Stage::Drop(condition::parse(rest)?),
        "pick" => Stage::Pick(split_all(rest, ',')),
        "rekey" => Stage::Rekey(rest.to_owned()),
        "function" => Stage::Function(PartName::new(rest).map_err(|_| short())?),
        "jq" => Stage::Jq(rest.to_owned()),
        "rename" => {
            let (from, to) = split_once(rest, ':').ok_or_else(short)?;
            Stage::Rename { from: bare(from), to: bare(to) }
        }
        "parse" => Stage::Parse(match rest.split_once(':') {
            Some(("csv", columns)) => LineFormat::Csv(split_all(columns, ',')),
            None if rest == "common" => LineFormat::Common,
            None if rest == "combined" => LineFormat::Combined,
            None if rest == "logfmt" => LineFormat::Logfmt,
            Some(_) | None => return Err(short()),
        }),
        _ => return Err(short()),
    })
}

pub(crate) fn print(stage: &Stage) -> String {
    let list = |items: &[String]| {
        let items: Vec<String> = items.iter().map(|item| hide(item, ",")).collect();
        items.join(",")
    };
    match stage {
        Stage::Keep(condition) => format!("keep:{}", condition::print(condition)),
        Stage::Drop(condition) => format!("drop:{}", condition::print(condition)),
        Stage::Pick(fields) => format!("pick:{}", list(fields)),
        Stage::Rename { from, to } => format!("rename:{}:{}", hide(from, ":"), hide(to, ":")),
        Stage::Rekey(field) => format!("rekey:{field}"),
        Stage::Deaggregate => "deaggregate".to_owned(),
        Stage::Function(name) => format!("function:{name}"),
        Stage::Jq(code) => format!("jq:{code}"),
        Stage::Parse(LineFormat::Common) => "parse:common".to_owned(),
        Stage::Parse(LineFormat::Combined) => "parse:combined".to_owned(),
        Stage::Parse(LineFormat::Logfmt) => "parse:logfmt".to_owned(),
        Stage::Parse(LineFormat::Csv(columns)) => format!("parse:csv:{}", list(columns)),
    }
}
