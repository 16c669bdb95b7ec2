//! Quotas of the account in words: `desk`, `kinesis` or `off`, and what differs from it behind a
//! comma: `kinesis,shards=200,api-rates=off`.

use crate::command::shorthand::Shortfall;
use crate::command::shorthand::limits::{one, print_one};
use crate::model::{Quotas, Switch};

const RULE: &str = "desk, kinesis or off; shards=N, on-demand=N, creating=N, consumers=N and \
                    creating-consumers=N may follow, each a number from 1 or off, and api-rates=on \
                    and per-day=on, each on or off";

type Number = fn(&mut Quotas) -> &mut Option<u32>;
type Toggle = fn(&mut Quotas) -> &mut Switch;

const NUMBERS: [(&str, Number); 5] = [
    ("shards", |quotas| &mut quotas.shards),
    ("on-demand", |quotas| &mut quotas.on_demand_streams),
    ("creating", |quotas| &mut quotas.creating_streams),
    ("consumers", |quotas| &mut quotas.consumers),
    ("creating-consumers", |quotas| &mut quotas.creating_consumers),
];
const SWITCHES: [(&str, Toggle); 2] =
    [("api-rates", |quotas| &mut quotas.api_rates), ("per-day", |quotas| &mut quotas.per_day)];

/// Bases by their words: a desk is not refused what a set-up does in one moment.
fn base(word: &str) -> Option<Quotas> {
    match word {
        "desk" => Some(Quotas::default()),
        "kinesis" => Some(Quotas::KINESIS),
        "off" => Some(Quotas::OFF),
        _ => None,
    }
}

pub(crate) const fn word(switch: Switch) -> &'static str {
    match switch {
        Switch::On => "on",
        Switch::Off => "off",
    }
}

pub(crate) fn switch(word: &str) -> Option<Switch> {
    match word {
        "on" => Some(Switch::On),
        "off" => Some(Switch::Off),
        _ => None,
    }
}

pub(crate) fn parse(text: &str) -> Result<Quotas, Shortfall> {
    let short = || Shortfall::new(text, RULE);
    let mut pieces = text.split(',');
    let mut quotas = pieces.next().and_then(base).ok_or_else(short)?;
    for piece in pieces {
        let (name, value) = piece.split_once('=').ok_or_else(short)?;
        if let Some((_, field)) = NUMBERS.iter().find(|(known, _)| *known == name) {
            let number = one(value).map_err(|_| short())?;
            *field(&mut quotas) = number.map(u32::try_from).transpose().map_err(|_| short())?;
        } else {
            let (_, field) = SWITCHES.iter().find(|(known, _)| *known == name).ok_or_else(short)?;
            *field(&mut quotas) = switch(value).ok_or_else(short)?;
        }
    }
    Ok(quotas)
}

pub(crate) fn print(quotas: &Quotas) -> String {
    let written = ["desk", "kinesis", "off"].map(|word| {
        let base = base(word).expect("invariant: it is a base");
        word.to_owned() + &difference(*quotas, base)
    });
    written.into_iter().min_by_key(String::len).expect("invariant: there are three")
}

/// What differs from `base`, each behind a comma.
fn difference(mut quotas: Quotas, mut base: Quotas) -> String {
    let mut text = String::new();
    for (name, field) in NUMBERS {
        let (is, was) = (*field(&mut quotas), *field(&mut base));
        if is != was {
            text = format!("{text},{name}={}", print_one(is.map(u64::from)));
        }
    }
    for (name, field) in SWITCHES {
        let (is, was) = (*field(&mut quotas), *field(&mut base));
        if is != was {
            text = format!("{text},{name}={}", word(is));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_read_back_as_they_are_written() {
        for text in [
            "desk",
            "kinesis",
            "off",
            "desk,shards=3",
            "off,api-rates=on",
            "kinesis,shards=200,on-demand=2,creating=off,consumers=7,creating-consumers=1,per-day=off",
        ] {
            let quotas = parse(text).expect("they are quotas");
            assert_eq!(parse(&print(&quotas)), Ok(quotas), "{text}");
        }
        assert_eq!(print(&parse("kinesis,shards=20000").expect("they are quotas")), "kinesis");
        for wrong in [
            "",
            "all",
            "desk,",
            "desk,shards",
            "desk,shards=0",
            "desk,api-rates=7",
            "desk,shards=4294967296",
            "desk,x=1",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
