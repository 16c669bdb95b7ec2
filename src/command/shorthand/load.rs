//! Made-up load in words: `uniform:1000`, `ramp:10:60`, `100-400`.

use crate::command::shorthand::{Shortfall, bare, hide, number, pieces_of, split_once};
use crate::model::HashKey;
use crate::pipeline::settings::{
    AggregateSettings, Heavy, KeyRule, Keys, Pace, Payload, Piece, SeenKeys, Shape, Size,
};

/// The payloads and their words.
pub(crate) const PAYLOADS: [(&str, Payload); 5] = [
    ("clicks", Payload::Clicks),
    ("orders", Payload::Orders),
    ("devices", Payload::Devices),
    ("posts", Payload::Posts),
    ("filler", Payload::Filler),
];

const KEYS: &str = "uniform:COUNT, zipf:COUNT:EXPONENT, hot:COUNT:SHARE or \
                    seen:FROM=WEIGHT,..;KEY=WEIGHT,..";
const SHAPE: &str = "constant, ramp:FACTOR:SECONDS, step:FACTOR:AT, sine:DEPTH:PERIOD or \
                     bursts:FACTOR:EVERY:LENGTH";
const SIZE: &str = "natural, BYTES or MIN-MAX";

pub(crate) fn payload(text: &str) -> Result<Payload, Shortfall> {
    let found = PAYLOADS.iter().find(|(word, _)| *word == text);
    let rule = "clicks, orders, devices, posts or filler";
    found.map(|(_, payload)| *payload).ok_or_else(|| Shortfall::new(text, rule))
}

pub(crate) fn print_payload(payload: Payload) -> &'static str {
    match payload {
        Payload::Clicks => "clicks",
        Payload::Orders => "orders",
        Payload::Devices => "devices",
        Payload::Posts => "posts",
        Payload::Filler => "filler",
    }
}

pub(crate) fn keys(text: &str) -> Result<Keys, Shortfall> {
    if let Some(seen) = text.strip_prefix("seen:") {
        return seen_keys(seen).map(Keys::Seen);
    }
    let pieces: Vec<&str> = text.split(':').collect();
    let float = |piece| number(piece, text, KEYS);
    let count = |piece| number(piece, text, KEYS);
    Ok(match pieces[..] {
        ["uniform", n] => Keys::Uniform { count: count(n)? },
        ["zipf", n, exponent] => Keys::Zipf { count: count(n)?, exponent: float(exponent)? },
        ["hot", n, share] => Keys::Hot { count: count(n)?, share: float(share)? },
        _ => return Err(Shortfall::new(text, KEYS)),
    })
}

/// Pieces of the hash-key space with their weights, then heavy keys with theirs.
fn seen_keys(text: &str) -> Result<SeenKeys, Shortfall> {
    let (pieces, heavy) = split_once(text, ';').unwrap_or((text, ""));
    let weighed = |list: &str| -> Result<Vec<(String, f64)>, Shortfall> {
        pieces_of(list, ',')
            .map(|one| {
                let (name, weight) =
                    split_once(one, '=').ok_or_else(|| Shortfall::new(one, KEYS))?;
                Ok((bare(name), number(weight, one, KEYS)?))
            })
            .collect()
    };
    let piece = |(from, weight): (String, f64)| {
        let from = HashKey::parse(&from).ok_or_else(|| Shortfall::new(&from, KEYS))?;
        Ok(Piece { from, weight })
    };
    Ok(SeenKeys {
        pieces: weighed(pieces)?.into_iter().map(piece).collect::<Result<_, Shortfall>>()?,
        heavy: weighed(heavy)?.into_iter().map(|(key, weight)| Heavy { key, weight }).collect(),
    })
}

fn print_seen(SeenKeys { pieces, heavy }: &SeenKeys) -> String {
    let pieces: Vec<String> =
        pieces.iter().map(|Piece { from, weight }| format!("{}={weight}", from.hex())).collect();
    let heavy: Vec<String> = heavy
        .iter()
        .map(|Heavy { key, weight }| format!("{}={weight}", hide(key, ",;=")))
        .collect();
    match heavy.is_empty() {
        true => format!("seen:{}", pieces.join(",")),
        false => format!("seen:{};{}", pieces.join(","), heavy.join(",")),
    }
}

pub(crate) fn print_keys(keys: &Keys) -> String {
    match keys {
        Keys::Seen(seen) => print_seen(seen),
        Keys::Uniform { count } => format!("uniform:{count}"),
        Keys::Zipf { count, exponent } => format!("zipf:{count}:{exponent}"),
        Keys::Hot { count, share } => format!("hot:{count}:{share}"),
    }
}

pub(crate) fn shape(text: &str) -> Result<Shape, Shortfall> {
    let pieces: Vec<&str> = text.split(':').collect();
    let float = |piece| number(piece, text, SHAPE);
    Ok(match pieces[..] {
        ["constant"] => Shape::Constant,
        ["ramp", to, over] => Shape::Ramp { to: float(to)?, over_s: float(over)? },
        ["step", to, at] => Shape::Step { to: float(to)?, at_s: float(at)? },
        ["sine", depth, period] => Shape::Sine { depth: float(depth)?, period_s: float(period)? },
        ["bursts", to, every, length] => {
            Shape::Bursts { to: float(to)?, every_s: float(every)?, length_s: float(length)? }
        }
        _ => return Err(Shortfall::new(text, SHAPE)),
    })
}

pub(crate) fn print_shape(shape: Shape) -> String {
    match shape {
        Shape::Constant => "constant".to_owned(),
        Shape::Ramp { to, over_s } => format!("ramp:{to}:{over_s}"),
        Shape::Step { to, at_s } => format!("step:{to}:{at_s}"),
        Shape::Sine { depth, period_s } => format!("sine:{depth}:{period_s}"),
        Shape::Bursts { to, every_s, length_s } => format!("bursts:{to}:{every_s}:{length_s}"),
    }
}

pub(crate) fn size(text: &str) -> Result<Size, Shortfall> {
    if text == "natural" {
        return Ok(Size::Natural);
    }
    Ok(match text.split_once('-') {
        Some((min, max)) => {
            Size::Between { min: number(min, text, SIZE)?, max: number(max, text, SIZE)? }
        }
        None => Size::Fixed { bytes: number(text, text, SIZE)? },
    })
}

pub(crate) fn print_size(size: Size) -> String {
    match size {
        Size::Natural => "natural".to_owned(),
        Size::Fixed { bytes } => bytes.to_string(),
        Size::Between { min, max } => format!("{min}-{max}"),
    }
}

pub(crate) fn key_rule(text: &str) -> Result<KeyRule, Shortfall> {
    Ok(match text {
        "line" => KeyRule::Line,
        pointer if pointer.starts_with('/') => KeyRule::Pointer(pointer.to_owned()),
        column => {
            let rule = "line, a column from 0, or a JSON pointer such as /user/id";
            KeyRule::Column(number(column, text, rule)?)
        }
    })
}

pub(crate) fn print_key_rule(rule: &KeyRule) -> String {
    match rule {
        KeyRule::Line => "line".to_owned(),
        KeyRule::Pointer(pointer) => pointer.clone(),
        KeyRule::Column(column) => column.to_string(),
    }
}

pub(crate) fn pace(text: &str) -> Result<Pace, Shortfall> {
    Ok(match text {
        "full" => Pace::FullSpeed,
        pointer if pointer.starts_with('/') => Pace::TimeField(pointer.to_owned()),
        rate => {
            let rule = "full, lines a second, or the JSON pointer of a time such as /time";
            Pace::Rate(number(rate, text, rule)?)
        }
    })
}

pub(crate) fn print_pace(pace: &Pace) -> String {
    match pace {
        Pace::FullSpeed => "full".to_owned(),
        Pace::TimeField(pointer) => pointer.clone(),
        Pace::Rate(rate) => rate.to_string(),
    }
}

pub(crate) fn aggregate(text: &str) -> Result<AggregateSettings, Shortfall> {
    let rule = "on, or BYTES:RECORDS:MILLISECONDS such as 51200:1000:100";
    let pieces: Vec<&str> = text.split(':').collect();
    let count = |piece| number(piece, text, rule);
    Ok(match pieces[..] {
        ["on"] => AggregateSettings::default(),
        [bytes, records, ms] => AggregateSettings {
            bytes_max: count(bytes)?,
            records_max: count(records)?,
            buffered_ms: count(ms)?,
        },
        _ => return Err(Shortfall::new(text, rule)),
    })
}

pub(crate) fn print_aggregate(settings: AggregateSettings) -> String {
    let AggregateSettings { bytes_max, records_max, buffered_ms } = settings;
    match settings == AggregateSettings::default() {
        true => "on".to_owned(),
        false => format!("{bytes_max}:{records_max}:{buffered_ms}"),
    }
}
