//! A made-up host: the same lines as the real one, moving gently, seeded.

use std::collections::VecDeque;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::model::Millis;
use crate::pipeline::{Source, SourcePoll};

/// One line a sensor each second of engine time.
pub(super) struct SimHost {
    random: Pcg64Mcg,
    next: Millis,
    load: f64,
    lines: VecDeque<String>,
}

impl SimHost {
    pub(super) fn new(seed: u64) -> Self {
        let random = Pcg64Mcg::seed_from_u64(seed);
        Self { random, next: Millis::ZERO, load: 0.3, lines: VecDeque::new() }
    }

    fn sample(&mut self) {
        self.load = (self.load + self.random.random_range(-0.05..0.05)).clamp(0.02, 0.98);
        for core in 0..4 {
            let percent = 100.0 * self.load * self.random.random_range(0.7..1.0);
            self.lines.push_back(format!(
                r#"{{"sensor":"cpu","name":"cpu{core}","percent":{percent:.1}}}"#
            ));
        }
        let used = 6.0 + 4.0 * self.load;
        self.lines.push_back(format!(
            r#"{{"sensor":"memory","name":"ram","used_gib":{used:.2},"total_gib":16.00}}"#
        ));
        let bytes = (1e6 * self.load * self.random.random_range(0.5..1.5)) as u64;
        self.lines.push_back(format!(
            r#"{{"sensor":"network","name":"eth0","in_bytes":{bytes},"out_bytes":{}}}"#,
            bytes / 3
        ));
    }
}

impl Source for SimHost {
    fn poll(&mut self, now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        if self.lines.is_empty() && now >= self.next {
            self.next = now.plus(1_000);
            self.sample();
        }
        match self.lines.pop_front() {
            Some(line) => {
                into.push_str(&line);
                Ok(SourcePoll::Line)
            }
            None => Ok(SourcePoll::Pending),
        }
    }
}
