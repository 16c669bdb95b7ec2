//! How many of something may be taken in some time.

use crate::model::Millis;

/// What was taken comes back steadily, and more than that does not add up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    /// Thousandths of what was taken and has not come back.
    taken_milli: u64,
    at: Millis,
}

impl Rate {
    /// May one more be taken, of so many in that time?
    pub(super) fn has_room(&mut self, now: Millis, most: u32, ms: u64) -> bool {
        let most_milli = u64::from(most) * 1_000;
        let back = now.since(self.at).saturating_mul(most_milli / ms);
        self.taken_milli = self.taken_milli.saturating_sub(back);
        self.at = now;
        self.taken_milli + 1_000 <= most_milli
    }

    /// Takes one.
    pub(super) fn take(&mut self) {
        self.taken_milli += 1_000;
    }
}
