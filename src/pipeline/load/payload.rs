//! What a made-up record holds. JSON is written by hand: a record costs about 100 ns.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use rand_pcg::Pcg64;

use crate::model::Millis;
use crate::pipeline::settings::Payload;

const PAGES: [&str; 8] =
    ["/", "/cart", "/search", "/item", "/login", "/checkout", "/help", "/account"];
const STATUSES: [&str; 16] = [
    "200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "301", "304",
    "404", "404", "500",
];
const COUNTRIES: [&str; 8] = ["US", "DE", "FR", "GB", "IN", "JP", "BR", "NG"];
const TEXTS: [&str; 6] = [
    "what a day",
    "you have to see this",
    "reading about it now",
    "can not believe it",
    "good morning all",
    "who else is here",
];
const TAGS: [&str; 40] = [
    "news", "music", "football", "travel", "food", "art", "science", "space", "weather", "film",
    "books", "games", "fashion", "health", "climate", "coffee", "photo", "nature", "cats", "dogs",
    "rust", "linux", "cloud", "data", "ai", "robots", "chess", "cycling", "running", "tennis",
    "history", "garden", "design", "jazz", "opera", "theatre", "politics", "economy", "startup",
    "monday",
];
/// How long one hashtag leads before the order moves on by one.
const TREND_MS: u64 = 60_000;

/// Writes payloads.
#[derive(Clone, Debug)]
pub struct PayloadMaker {
    payload: Payload,
    rng: Pcg64,
    tags: Zipf<f64>,
    serial: u64,
}

impl PayloadMaker {
    /// Payloads of this kind.
    #[must_use]
    pub fn new(payload: Payload, seed: u64) -> Self {
        let tags = Zipf::new(TAGS.len() as f64, 1.1).expect("1.1 and 40 are a Zipf law");
        Self { payload, rng: Pcg64::seed_from_u64(seed), tags, serial: 0 }
    }

    /// Appends one payload, made at `now`, `bytes` long: padded, never cut.
    pub fn write(&mut self, now: Millis, bytes: Option<usize>, into: &mut Vec<u8>) {
        let from = into.len();
        match self.payload {
            Payload::Clicks => self.click(now, into),
            Payload::Orders => self.order(now, into),
            Payload::Devices => self.device(now, into),
            Payload::Posts => self.post(now, into),
            Payload::Filler => {
                into.resize(from + bytes.unwrap_or(100), b'x');
                return;
            }
        }
        pad(from, bytes, into);
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.random_range(0..from.len())]
    }

    fn number(&mut self, below: u64) -> u64 {
        self.rng.random_range(0..below)
    }

    fn click(&mut self, now: Millis, into: &mut Vec<u8>) {
        number_field(into, b"{\"time\":", now.0);
        number_field(into, b",\"user\":", self.number(10_000));
        text_field(into, b",\"page\":\"", self.pick(&PAGES));
        text(into, "\",\"status\":");
        text(into, self.pick(&STATUSES));
        let quick = 2 + self.number(80);
        let slow = if self.number(20) == 0 { self.number(900) } else { 0 };
        number_field(into, b",\"ms\":", quick + slow);
        into.push(b'}');
    }

    fn order(&mut self, now: Millis, into: &mut Vec<u8>) {
        self.serial += 1;
        number_field(into, b"{\"time\":", now.0);
        number_field(into, b",\"order\":", self.serial);
        number_field(into, b",\"sku\":\"sku-", self.number(500));
        number_field(into, b"\",\"amount\":", 1 + self.number(200));
        hundredths(into, self.number(100));
        text_field(into, b",\"country\":\"", self.pick(&COUNTRIES));
        text(into, "\"}");
    }

    fn device(&mut self, now: Millis, into: &mut Vec<u8>) {
        number_field(into, b"{\"time\":", now.0);
        number_field(into, b",\"device\":\"dev-", self.number(1_000));
        number_field(into, b"\",\"temperature\":", 15 + self.number(15));
        hundredths(into, self.number(100));
        number_field(into, b",\"battery\":", self.number(101));
        into.push(b'}');
    }

    fn post(&mut self, now: Millis, into: &mut Vec<u8>) {
        number_field(into, b"{\"time\":", now.0);
        number_field(into, b",\"user\":\"u", self.number(50_000));
        text_field(into, b"\",\"text\":\"", self.pick(&TEXTS));
        text(into, "\",\"hashtags\":[");
        let first = self.tag(now);
        text_field(into, b"\"", first);
        into.push(b'"');
        let second = self.tag(now);
        if second != first {
            text_field(into, b",\"", second);
            into.push(b'"');
        }
        let likes = self.number(30) * self.number(30);
        number_field(into, b"],\"likes\":", likes);
        into.push(b'}');
    }

    fn tag(&mut self, now: Millis) -> &'static str {
        let rank = self.tags.sample(&mut self.rng) as u64;
        // The order turns by one place each minute: the leader changes, the law stays.
        let place = rank.max(1) - 1 + now.0 / TREND_MS;
        TAGS[(place % TAGS.len() as u64) as usize]
    }
}

fn text(into: &mut Vec<u8>, text: &str) {
    into.extend_from_slice(text.as_bytes());
}

fn text_field(into: &mut Vec<u8>, before: &[u8], value: &str) {
    into.extend_from_slice(before);
    text(into, value);
}

fn number_field(into: &mut Vec<u8>, before: &[u8], mut value: u64) {
    into.extend_from_slice(before);
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    into.extend_from_slice(&digits[at..]);
}

fn hundredths(into: &mut Vec<u8>, value: u64) {
    into.extend_from_slice(&[b'.', b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]);
}

/// Fills the object that begins at `from` up with a field `pad`, or with blanks when less than
/// such a field is missing.
fn pad(from: usize, bytes: Option<usize>, into: &mut Vec<u8>) {
    const FIELD: &[u8] = b",\"pad\":\"";
    let missing = bytes.unwrap_or(0).saturating_sub(into.len() - from);
    let end = into.len() + missing;
    if missing < FIELD.len() + 1 {
        into.resize(end, b' ');
        return;
    }
    into.pop();
    into.extend_from_slice(FIELD);
    into.resize(end - 2, b'x');
    into.extend_from_slice(b"\"}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const KINDS: [Payload; 4] =
        [Payload::Clicks, Payload::Orders, Payload::Devices, Payload::Posts];

    fn made(payload: Payload, bytes: Option<usize>) -> Vec<Vec<u8>> {
        let mut maker = PayloadMaker::new(payload, 42);
        let mut make = |_| {
            let mut data = Vec::new();
            maker.write(Millis(1_700_000_000_000), bytes, &mut data);
            data
        };
        (0..300).map(&mut make).collect()
    }

    #[test]
    fn every_payload_is_a_json_object() {
        for kind in KINDS {
            for data in made(kind, None) {
                let value: Value = serde_json::from_slice(&data).expect("it is JSON");
                assert!(value.is_object() && data.len() < 200, "{value}");
            }
        }
    }

    #[test]
    fn padding_reaches_the_size_and_stays_json() {
        for kind in KINDS {
            for bytes in 100..400 {
                let data = &made(kind, Some(bytes))[0];
                assert!(data.len() == bytes || made(kind, None)[0].len() > bytes);
                assert!(serde_json::from_slice::<Value>(data).is_ok());
            }
        }
        assert_eq!(made(Payload::Filler, Some(7))[0], b"xxxxxxx");
    }

    #[test]
    fn the_trend_moves_from_minute_to_minute() {
        let leader = |now| {
            let mut maker = PayloadMaker::new(Payload::Posts, 7);
            let mut counts = [0; TAGS.len()];
            for _ in 0..5_000 {
                let tag = maker.tag(now);
                counts[TAGS.iter().position(|known| *known == tag).expect("known")] += 1;
            }
            TAGS[(0..TAGS.len()).max_by_key(|index| counts[*index]).expect("some")]
        };
        assert_eq!(leader(Millis(0)), "news");
        assert_eq!(leader(Millis(60_000)), "music");
    }
}
