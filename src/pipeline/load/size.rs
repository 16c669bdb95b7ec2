//! How long a record shall be.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::pipeline::settings::Size;

/// Draws sizes.
#[derive(Clone, Debug)]
pub struct SizeMaker {
    size: Size,
    rng: Pcg64,
}

impl SizeMaker {
    /// Sizes by this law.
    #[must_use]
    pub fn new(size: Size, seed: u64) -> Self {
        Self { size, rng: Pcg64::seed_from_u64(seed) }
    }

    /// The length of the next record, bytes; `None` is as long as it happens to be.
    pub fn draw(&mut self) -> Option<usize> {
        match self.size {
            Size::Natural => None,
            Size::Fixed { bytes } => Some(bytes as usize),
            Size::Between { min, max } => Some(self.rng.random_range(min..=max.max(min)) as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_between_their_bounds_and_reach_them() {
        let mut sizes = SizeMaker::new(Size::Between { min: 3, max: 6 }, 1);
        let drawn: Vec<_> = (0..200).filter_map(|_| sizes.draw()).collect();
        assert_eq!(drawn.iter().min().zip(drawn.iter().max()), Some((&3, &6)));
        assert_eq!(SizeMaker::new(Size::Fixed { bytes: 9 }, 1).draw(), Some(9));
        assert_eq!(SizeMaker::new(Size::Natural, 1).draw(), None);
    }
}
