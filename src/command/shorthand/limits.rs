//! Limits of shards in words: `kinesis`, `off`, or four of them apart by commas.

use crate::command::shorthand::{Shortfall, number};
use crate::model::ShardLimits;

const RULE: &str = "kinesis, off, or WRITE-RECORDS,WRITE-BYTES,READ-BYTES,READ-CALLS a second, \
                    each a number from 1 or off";

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
    let pieces: Vec<&str> = text.split(',').collect();
    let one = |piece: &str| one(piece).map_err(|_| short());
    match pieces[..] {
        ["kinesis"] => Ok(ShardLimits::KINESIS),
        ["off"] => Ok(ShardLimits::OFF),
        [write_records, write_bytes, read_bytes, read_calls] => Ok(ShardLimits {
            write_records_per_s: one(write_records)?,
            write_bytes_per_s: one(write_bytes)?,
            read_bytes_per_s: one(read_bytes)?,
            read_calls_per_s: one(read_calls)?,
        }),
        _ => Err(short()),
    }
}

pub(crate) fn print(limits: &ShardLimits) -> String {
    if *limits == ShardLimits::KINESIS {
        return "kinesis".to_owned();
    }
    if *limits == ShardLimits::OFF {
        return "off".to_owned();
    }
    let ShardLimits { write_records_per_s, write_bytes_per_s, read_bytes_per_s, read_calls_per_s } =
        *limits;
    let all = [write_records_per_s, write_bytes_per_s, read_bytes_per_s, read_calls_per_s];
    all.map(print_one).join(",")
}
