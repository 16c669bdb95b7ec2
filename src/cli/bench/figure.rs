//! One measured figure, and how it is told.

use serde_json::{Value, json};

use crate::console::format::grouped;

/// Which side of the target is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    /// A speed.
    Higher,
    /// A cost.
    Lower,
}

/// What was measured, and what was hoped for.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    /// The bench, and which of its figures where it has several.
    pub(super) name: String,
    /// In `unit`.
    pub(super) value: f64,
    /// Of `value` and `target`.
    pub(super) unit: &'static str,
    /// The bound that is wanted; none for a bench whose point is its check.
    pub(super) target: Option<(Better, f64)>,
    /// What was run and checked, in a few words.
    pub(super) detail: String,
}

impl Figure {
    fn met(&self) -> Option<bool> {
        self.target.map(|(better, bound)| match better {
            Better::Higher => self.value >= bound,
            Better::Lower => self.value <= bound,
        })
    }

    /// The figure for people.
    pub(super) fn line(&self) -> String {
        let Self { name, value, unit, target, detail } = self;
        let value = format!("{} {unit}", number(*value));
        let wanted = target.map(|(_, bound)| format!("target {}", number(bound)));
        let verdict = match self.met() {
            Some(true) | None => "PASS",
            Some(false) => "over target",
        };
        format!(
            "{name:<14} {value:>22}  {:<16} {verdict:<11}  {detail}\n",
            wanted.unwrap_or_default()
        )
    }

    fn json(&self) -> Value {
        json!({
            "bench": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target.map(|(_, bound)| bound),
            "met": self.met(),
            "detail": self.detail,
        })
    }
}

/// All figures for programs.
pub(super) fn json(figures: &[Figure]) -> Value {
    Value::Array(figures.iter().map(Figure::json).collect())
}

/// Three digits that say something; thousands apart.
pub(super) fn number(value: f64) -> String {
    if value < 100.0 {
        let text = format!("{value:.3}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    grouped(value.round() as u64)
}

/// The value that `share` of all samples do not exceed; sorts them.
pub(super) fn quantile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    samples.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        for (value, text) in [
            (0.0, "0"),
            (0.12345, "0.123"),
            (42.5, "42.5"),
            (999.6, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_quantile_is_one_of_the_samples() {
        let mut samples = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert!(
            [(0.0, 1.0), (0.5, 3.0), (0.99, 5.0), (1.0, 5.0)]
                .iter()
                .all(|(share, value)| quantile(&mut samples, *share) == *value)
        );
        assert!(quantile(&mut [], 0.5).is_nan());
    }

    #[test]
    fn a_figure_over_its_target_says_so() {
        let mut figure = Figure {
            name: "x".into(),
            value: 2.0,
            unit: "ms",
            target: Some((Better::Lower, 1.0)),
            detail: String::new(),
        };
        assert!(figure.line().contains("over target"));
        figure.target = Some((Better::Higher, 1.0));
        assert!(figure.line().contains("PASS"));
    }
}
