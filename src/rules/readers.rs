//! DynamoDB's rule for those who read a shard: only so many at once.
//!
//! A reader is told apart by the iterator that it goes on from: GetShardIterator begins a reader,
//! the next iterator of each answer carries it on. In each second of the clock so many readers are
//! answered, and the others are refused until it is over. Who was refused, and asks again, comes
//! before those who were refused later or not at all: readers take turns.

use crate::model::{Millis, ReaderId};

/// Those who read a shard.
#[derive(Clone, Debug, Default)]
pub struct Readers {
    /// Now, in seconds.
    second: u64,
    /// Answered in this second.
    answered: Vec<ReaderId>,
    /// Refused and not answered since, who waits longest first.
    waiting: Vec<Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    reader: ReaderId,
    since_s: u64,
    asked_s: u64,
}

impl Readers {
    /// May `reader` be answered, when only so many may be?
    #[must_use]
    pub fn admit(&mut self, now: Millis, most: u64, reader: ReaderId) -> bool {
        self.turn(now.seconds());
        let second = self.second;
        let place = self.waiting.iter().position(|waiting| waiting.reader == reader);
        let ahead = &self.waiting[..place.unwrap_or(self.waiting.len())];
        let ahead = ahead.iter().filter(|waiting| waiting.since_s < second).count();
        let others = self.answered.iter().filter(|id| **id != reader).count() + ahead;
        let admitted = (others as u64) < most;
        match place {
            Some(place) => self.waiting[place].asked_s = second,
            None if admitted => {}
            None => self.waiting.push(Waiting { reader, since_s: second, asked_s: second }),
        }
        admitted
    }

    /// It is answered.
    pub fn answer(&mut self, reader: ReaderId) {
        self.waiting.retain(|waiting| waiting.reader != reader);
        if !self.answered.contains(&reader) {
            self.answered.push(reader);
        }
    }

    /// Who did not ask for a whole second has gone away.
    fn turn(&mut self, second: u64) {
        if second != self.second {
            self.second = second;
            self.answered.clear();
            self.waiting.retain(|waiting| waiting.asked_s + 1 >= second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);

    /// Who of these asks in vain, each a hundred milliseconds after the one before?
    fn refused(most: u64, asking: &[u64]) -> Vec<usize> {
        let mut readers = Readers::default();
        let mut refused = Vec::new();
        for (nth, id) in asking.iter().enumerate() {
            let now = NOW.plus(100 * nth as u64);
            if readers.admit(now, most, ReaderId(*id)) {
                readers.answer(ReaderId(*id));
            } else {
                refused.push(nth);
            }
        }
        refused
    }

    #[test]
    fn two_readers_read_a_shard_and_a_third_does_not() {
        assert_eq!(refused(2, &[1, 2, 1, 2, 2, 1, 1]), [0; 0]);
        assert_eq!(refused(2, &[1, 2, 3, 1, 3, 2]), [2, 4]);
        assert_eq!(refused(1, &[1, 2, 1]), [1]);
    }

    #[test]
    fn each_second_is_for_those_who_come_first() {
        assert_eq!(refused(2, &[1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 3, 2, 1, 3]), [2, 5, 8, 12]);
    }

    #[test]
    fn readers_that_poll_in_step_take_turns() {
        for count in [3, 5, 9] {
            let mut readers = Readers::default();
            let mut answers = vec![0; count as usize];
            for second in 0..90 {
                for id in 0..count {
                    let now = NOW.plus(1_000 * second + 10 * id);
                    if readers.admit(now, 2, ReaderId(id)) {
                        readers.answer(ReaderId(id));
                        answers[id as usize] += 1;
                    }
                }
            }
            let fewest = answers.iter().min().expect("there are some");
            assert!(*fewest >= 90 / count, "{answers:?}");
        }
    }
}
