//! Where the heat screen stands, and what that makes of the heat of a stream.

use crate::console::panel::Panel;
use crate::console::state::State;
use crate::model::ShardId;
use crate::snapshot::Snapshot;
use crate::snapshot::heat::{HeatView, Metric};
use crate::world::{HEAT_SPAN_S_MAX, HeatWatch};

/// Seconds that are shown unless the user says otherwise; narrow screens show the newest of them.
const SPAN_S: u32 = 120;
/// Seconds that the keys choose among.
const NOTCHES_S: [u32; 6] = [30, 60, 120, 300, 600, HEAT_SPAN_S_MAX];
/// More shards than this share rows until the user looks closer.
const FOLD_FROM: usize = 100;
/// Rows of folded shards, about.
const FOLDED_ROWS: usize = 25;

/// Where the heat screen stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeatState {
    /// What is hot.
    pub metric: Metric,
    /// Seconds shown; none is what suits the screen.
    pub span_s: Option<u32>,
    /// Seconds from now back to the cursor.
    pub back_s: u32,
    /// Many shards in a row, or one; none is what suits their number.
    pub folded: Option<bool>,
}

impl HeatState {
    /// Seconds that are asked of the world.
    #[must_use]
    pub fn span_s(&self) -> u32 {
        self.span_s.unwrap_or(SPAN_S)
    }

    /// The next notch of the span; the one in use stays when there is none.
    pub(crate) fn widen(&mut self, wider: bool) {
        let now = self.span_s();
        let next = match wider {
            true => NOTCHES_S.into_iter().find(|notch| *notch > now),
            false => NOTCHES_S.into_iter().rfind(|notch| *notch < now),
        };
        self.span_s = next.or(Some(now));
        self.back_s = self.back_s.min(self.span_s() - 1);
    }

    /// Moves the cursor in time.
    pub(crate) fn step(&mut self, back: bool) {
        let by = self.span_s().div_ceil(SPAN_S);
        self.back_s = match back {
            true => (self.back_s + by).min(self.span_s() - 1),
            false => self.back_s.saturating_sub(by),
        };
    }
}

/// Seconds that a chart shows unless the user says otherwise.
const CHART_S: u32 = 60;

impl State {
    /// Seconds that charts show.
    #[must_use]
    pub fn chart_s(&self) -> u32 {
        self.heat.span_s.unwrap_or(CHART_S)
    }

    /// What a viewer of the stream in view asks of the world.
    pub(super) fn heat_watch(&self, snapshot: &Snapshot, span_s: u32) -> Option<HeatWatch> {
        let stream = self.stream(snapshot)?.name.clone();
        Some(HeatWatch { stream, metric: self.heat.metric, span_s })
    }

    /// The heat of the stream in view.
    #[must_use]
    pub fn heat<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a HeatView> {
        let stream = self.stream(snapshot)?;
        snapshot.heat.as_deref().filter(|heat| heat.stream == stream.name)
    }

    /// The rows of the screen: each the places of one or more shards in `heat`.
    #[must_use]
    pub fn heat_rows(&self, heat: &HeatView) -> Vec<Vec<usize>> {
        let shown: Vec<usize> = (0..heat.rows.len())
            .filter(|at| self.passes(Panel::Heat, "", &heat.rows[*at].shard.to_string()))
            .collect();
        let folded = self.heat.folded.unwrap_or(shown.len() > FOLD_FROM);
        let each = if folded { shown.len().div_ceil(FOLDED_ROWS).max(1) } else { 1 };
        shown.chunks(each).map(<[usize]>::to_vec).collect()
    }

    /// The row under the cursor: that of the selected shard, or the first.
    #[must_use]
    pub fn heat_at(&self, heat: &HeatView, rows: &[Vec<usize>]) -> usize {
        let holds =
            |row: &Vec<usize>| row.iter().any(|at| Some(heat.rows[*at].shard) == self.chosen.shard);
        rows.iter().position(holds).unwrap_or(0)
    }
}

/// The shard of a row that is hottest now.
#[must_use]
pub fn hottest(heat: &HeatView, row: &[usize]) -> Option<ShardId> {
    let now = |at: &&usize| heat.rows[**at].at(0).unwrap_or(-1.0);
    row.iter().max_by(|a, b| now(a).total_cmp(&now(b))).map(|at| heat.rows[*at].shard)
}
