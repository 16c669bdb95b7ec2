//! Which partition key a record gets. Keys are written once, when the maker is made.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use rand_pcg::Pcg64;

use crate::pipeline::settings::{Heavy, Keys, Piece, SeenKeys};
use crate::rules::routing::hash_key_of;

/// Keys that stand for a piece of the hash-key space: so many that none of them is heavy.
const KEYS_PER_PIECE: usize = 64;
/// Keys that are tried at most, until each piece has some.
const TRIED_MAX: usize = 2_000_000;

#[derive(Clone, Debug)]
enum Law {
    Uniform,
    Zipf(Zipf<f64>),
    Hot(f64),
    Weighted(Vec<Share>),
}

/// Keys that share a weight.
#[derive(Clone, Debug)]
struct Share {
    /// The weights up to here, this one included.
    sum: f64,
    /// The keys, by number.
    keys: Range<usize>,
}

/// Draws keys: `user-0` is the most frequent where the law has one.
#[derive(Clone, Debug)]
pub struct KeyMaker {
    law: Law,
    text: String,
    ends: Vec<u32>,
    rng: Pcg64,
}

impl KeyMaker {
    /// Keys by this law; a law outside its bounds becomes uniform.
    #[must_use]
    pub fn new(keys: &Keys, seed: u64) -> Self {
        let (count, law) = match *keys {
            Keys::Uniform { count } => (count, Law::Uniform),
            Keys::Zipf { count, exponent } => {
                let law = Zipf::new(f64::from(count.max(1)), exponent);
                (count, law.map_or(Law::Uniform, Law::Zipf))
            }
            Keys::Hot { count, share } => (count.max(2), Law::Hot(share)),
            Keys::Seen(ref seen) => return Self::seen(seen, seed),
        };
        let mut maker = Self::empty(law, seed);
        (0..count.max(1)).for_each(|number| maker.add(&format!("user-{number}")));
        maker
    }

    fn empty(law: Law, seed: u64) -> Self {
        let rng = Pcg64::seed_from_u64(seed);
        Self { law, text: String::new(), ends: Vec::new(), rng }
    }

    fn add(&mut self, key: &str) {
        self.text.push_str(key);
        let end = u32::try_from(self.text.len()).expect("a million short keys stay below 4 GiB");
        self.ends.push(end);
    }

    /// Keys that lie as they were seen.
    fn seen(seen: &SeenKeys, seed: u64) -> Self {
        let mut maker = Self::empty(Law::Uniform, seed);
        let mut shares = Vec::new();
        let mut sum = 0.0;
        let mut share = |maker: &mut Self, weight: f64, keys: &[String]| {
            let first = maker.ends.len();
            keys.iter().for_each(|key| maker.add(key));
            sum += if keys.is_empty() { 0.0 } else { weight };
            shares.push(Share { sum, keys: first..maker.ends.len() });
        };
        for Heavy { key, weight } in &seen.heavy {
            share(&mut maker, *weight, std::slice::from_ref(key));
        }
        for (piece, keys) in seen.pieces.iter().zip(inside(&seen.pieces)) {
            share(&mut maker, piece.weight, &keys);
        }
        if maker.ends.is_empty() || sum <= 0.0 {
            return Self::new(&Keys::default(), seed);
        }
        maker.law = Law::Weighted(shares);
        maker
    }

    /// The next key.
    pub fn draw(&mut self) -> &str {
        let count = self.ends.len();
        let index = match &self.law {
            Law::Uniform => self.rng.random_range(0..count),
            Law::Zipf(zipf) => (zipf.sample(&mut self.rng) as usize).clamp(1, count) - 1,
            Law::Hot(share) if self.rng.random::<f64>() < *share => 0,
            Law::Hot(_) => self.rng.random_range(1..count),
            Law::Weighted(shares) => {
                let sum = shares.last().map_or(0.0, |last| last.sum);
                let place = self.rng.random::<f64>() * sum;
                let at = shares.partition_point(|share| share.sum <= place);
                let keys = shares.get(at).map_or(0..count, |share| share.keys.clone());
                self.rng.random_range(keys)
            }
        };
        let from = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from as usize..self.ends[index] as usize]
    }
}

/// Some keys of each piece; a piece that is too small to be met by chance has none.
fn inside(pieces: &[Piece]) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new(); pieces.len()];
    let mut wanting = pieces.len();
    for key in (0..TRIED_MAX).map(|number| format!("seen-{number}")) {
        if wanting == 0 {
            break;
        }
        let hash = hash_key_of(&key);
        let after = pieces.partition_point(|piece| piece.from <= hash);
        let Some(keys) = after.checked_sub(1).map(|at| &mut found[at]) else { continue };
        if keys.len() < KEYS_PER_PIECE {
            keys.push(key);
            wanting -= usize::from(keys.len() == KEYS_PER_PIECE);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HashKey;

    fn share_of_first(keys: &Keys) -> f64 {
        let mut keys = KeyMaker::new(keys, 42);
        let hits = (0..100_000).filter(|_| keys.draw() == "user-0").count();
        hits as f64 / 1e5
    }

    #[test]
    fn laws_give_the_first_key_its_share() {
        for (keys, share) in [
            (Keys::Uniform { count: 10 }, 0.1),
            (Keys::Hot { count: 10, share: 0.6 }, 0.6),
            (Keys::Zipf { count: 10, exponent: 1.0 }, 0.341),
            (Keys::Zipf { count: 10, exponent: 0.0 }, 0.1),
        ] {
            let found = share_of_first(&keys);
            assert!((found - share).abs() < 0.01, "{keys:?}: {found}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_keys() {
        let draw = |seed| {
            let mut keys = KeyMaker::new(&Keys::default(), seed);
            (0..50).map(|_| keys.draw().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn keys_lie_where_they_were_seen() {
        let half = HashKey(1 << 127);
        let piece = |from, weight| Piece { from, weight };
        let pieces = vec![piece(HashKey::MIN, 1.0), piece(half, 3.0)];
        let heavy = vec![Heavy { key: "vip".to_owned(), weight: 4.0 }];
        let mut keys = KeyMaker::new(&Keys::Seen(SeenKeys { pieces, heavy }), 42);
        let drawn: Vec<String> = (0..80_000).map(|_| keys.draw().to_owned()).collect();
        let share = |holds: &dyn Fn(&str) -> bool| {
            drawn.iter().filter(|key| holds(key)).count() as f64 / drawn.len() as f64
        };
        assert!((share(&|key| key == "vip") - 0.5).abs() < 0.01);
        let upper = share(&|key| key != "vip" && hash_key_of(key) >= half);
        assert!((upper - 0.375).abs() < 0.01, "{upper}");
        // The rest has no heavy key of its own.
        assert!(share(&|key| key == drawn[0] && key != "vip") < 0.02);
        let nothing = KeyMaker::new(&Keys::Seen(SeenKeys::default()), 42).draw().to_owned();
        assert!(nothing.starts_with("user-"), "outside of its bounds it is uniform: {nothing}");
    }
}
