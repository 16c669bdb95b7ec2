//! How long is waited before something is tried again.

use rand::{Rng, RngExt};

/// A pause after so many tries, milliseconds: `first` doubles with each further one up to `most`, and
/// half of it is left to chance, so that those who were refused together do not come back together.
pub(in crate::pipeline) fn pause_ms(rng: &mut impl Rng, first: u64, most: u64, tries: u32) -> u64 {
    let full = first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(most);
    full / 2 + rng.random_range(0..=full / 2)
}
