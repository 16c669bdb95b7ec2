//! Which partition key a record gets. Keys are written once, when the maker is made.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use rand_pcg::Pcg64;

use crate::pipeline::settings::Keys;

#[derive(Clone, Debug)]
enum Law {
    Uniform,
    Zipf(Zipf<f64>),
    Hot(f64),
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
    pub fn new(keys: Keys, seed: u64) -> Self {
        let (count, law) = match keys {
            Keys::Uniform { count } => (count, Law::Uniform),
            Keys::Zipf { count, exponent } => {
                let law = Zipf::new(f64::from(count.max(1)), exponent);
                (count, law.map_or(Law::Uniform, Law::Zipf))
            }
            Keys::Hot { count, share } => (count.max(2), Law::Hot(share)),
        };
        let mut text = String::new();
        let ends = (0..count.max(1))
            .map(|number| {
                text.push_str("user-");
                text.push_str(&number.to_string());
                u32::try_from(text.len()).expect("a million short keys stay below 4 GiB")
            })
            .collect();
        Self { law, text, ends, rng: Pcg64::seed_from_u64(seed) }
    }

    /// The next key.
    pub fn draw(&mut self) -> &str {
        let count = self.ends.len();
        let index = match &self.law {
            Law::Uniform => self.rng.random_range(0..count),
            Law::Zipf(zipf) => (zipf.sample(&mut self.rng) as usize).clamp(1, count) - 1,
            Law::Hot(share) if self.rng.random::<f64>() < *share => 0,
            Law::Hot(_) => self.rng.random_range(1..count),
        };
        let from = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from as usize..self.ends[index] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share_of_first(keys: Keys) -> f64 {
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
            let found = share_of_first(keys);
            assert!((found - share).abs() < 0.01, "{keys:?}: {found}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_keys() {
        let draw = |seed| {
            let mut keys = KeyMaker::new(Keys::default(), seed);
            (0..50).map(|_| keys.draw().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
