//! Limits of shards in words: `kinesis`, `off`, or four of them apart by commas. The others follow
//! with their names: `kinesis,read-records=2000`.

use crate::command::shorthand::{Shortfall, number};
use crate::model::ShardLimits;

const RULE: &str = "kinesis, off, or WRITE-RECORDS,WRITE-BYTES,READ-BYTES,READ-CALLS a second, \
                    each a number from 1 or off; read-records=N, iterators=N and readers=N may follow";

type Field = fn(&mut ShardLimits) -> &mut Option<u64>;

/// The limits that are given by name.
const NAMED: [(&str, Field); 3] = [
    ("read-records", |limits| &mut limits.read_records_per_s),
    ("iterators", |limits| &mut limits.iterator_calls_per_s),
    ("readers", |limits| &mut limits.readers_per_shard),
];

/// One limit: a number from 1, or `off`.
pub(crate) fn one(text: &str) -> Result<Option<u64>, Shortfall> {
    let rule = "a number from 1, or off";
    match text {
        "off" => Ok(None),
        "0" => Err(Shortfall::new(text, rule)),
        _ => number(text, text, rule).map(Some),
    }
}

pub(crate) fn print_one(limit: Option<u64>) -> String {
    limit.map_or("off".to_owned(), |limit| limit.to_string())
}

pub(crate) fn parse(text: &str) -> Result<ShardLimits, Shortfall> {
    let short = || Shortfall::new(text, RULE);
    let (named, base): (Vec<&str>, Vec<&str>) =
        text.split(',').partition(|piece| piece.contains('='));
    let one = |piece: &str| one(piece).map_err(|_| short());
    let mut limits = match base[..] {
        ["kinesis"] => ShardLimits::KINESIS,
        ["off"] => ShardLimits::OFF,
        [write_records, write_bytes, read_bytes, read_calls] => ShardLimits {
            write_records_per_s: one(write_records)?,
            write_bytes_per_s: one(write_bytes)?,
            read_bytes_per_s: one(read_bytes)?,
            read_calls_per_s: one(read_calls)?,
            ..ShardLimits::OFF
        },
        _ => return Err(short()),
    };
    for piece in named {
        let (name, value) = piece.split_once('=').expect("the piece was found by its sign");
        let (_, field) = NAMED.iter().find(|(known, _)| *known == name).ok_or_else(short)?;
        *field(&mut limits) = one(value)?;
    }
    Ok(limits)
}

pub(crate) fn print(limits: &ShardLimits) -> String {
    let value = |mut of: ShardLimits, field: Field| *field(&mut of);
    let bases = [("kinesis", ShardLimits::KINESIS), ("off", ShardLimits::OFF)];
    let base = bases.into_iter().find(|(_, base)| four(base) == four(limits));
    let (mut text, base) = match base {
        Some((word, base)) => (word.to_owned(), base),
        None => (four(limits).map(print_one).join(","), ShardLimits::OFF),
    };
    for (name, field) in NAMED {
        let limit = value(*limits, field);
        if limit != value(base, field) {
            text = format!("{text},{name}={}", print_one(limit));
        }
    }
    text
}

/// Those that are given without a name.
fn four(limits: &ShardLimits) -> [Option<u64>; 4] {
    let ShardLimits { write_records_per_s, write_bytes_per_s, read_bytes_per_s, .. } = *limits;
    [write_records_per_s, write_bytes_per_s, read_bytes_per_s, limits.read_calls_per_s]
}
