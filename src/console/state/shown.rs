//! What a screen shows of the world, in its order, and what of it is selected.

use std::cmp::Reverse;

use crate::command::{Command, CommandError, Preview, ScreenKind};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::model::{PartName, ShardState};
use crate::snapshot::{Consumer, LaneView, MappingView, ShardView, Snapshot, StreamView};

impl State {
    /// What a command would do. It is done in the present, so that is told of the newest picture while
    /// an older one is in view.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn preview(&self, command: &Command, view: &Snapshot) -> Result<Preview, CommandError> {
        let newest = self.frozen.as_ref().and_then(|_| self.past.latest());
        command.preview(newest.as_deref().unwrap_or(view))
    }

    /// The stream that is meant, by keys, charts and screens alike: the screen's own, else the one
    /// under the cursor. What the filter hides is never meant.
    #[must_use]
    pub fn stream<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a StreamView> {
        if let Some(name) = self.screen.stream() {
            return snapshot.stream(name.as_str());
        }
        let chosen = self.chosen.stream.as_ref();
        let found = chosen.and_then(|name| snapshot.stream(name.as_str()));
        let selected = found.filter(|stream| self.lets_through(stream));
        selected.or_else(|| self.streams(snapshot).into_iter().next())
    }

    fn lets_through(&self, stream: &StreamView) -> bool {
        self.passes(Panel::Streams, stream.name.as_str(), stream.name.as_str())
    }

    /// The streams that the filter lets through, in the order shown.
    #[must_use]
    pub fn streams<'a>(&self, snapshot: &'a Snapshot) -> Vec<&'a StreamView> {
        let all = snapshot.streams.iter();
        let mut shown: Vec<_> = all.filter(|stream| self.lets_through(stream)).collect();
        self.arrange(Panel::Streams, &mut shown, |stream| stream.name.to_string());
        shown
    }

    /// The shards of `stream` that the filter lets through, in the order shown: unless sorted, open
    /// ones in order of their ranges, then closed ones, newest first.
    #[must_use]
    pub fn shards<'a>(&self, stream: &'a StreamView) -> Vec<&'a ShardView> {
        let closed = stream.shards.iter().rev().filter(|shard| shard.state == ShardState::Closed);
        let all = stream.open_by_range().into_iter().chain(closed);
        let mut shown: Vec<_> = all
            .filter(|shard| self.passes(Panel::Shards, &shard.id.short(), &shard.id.to_string()))
            .collect();
        self.arrange(Panel::Shards, &mut shown, |shard| shard.id.short());
        shown
    }

    /// The shard of `stream` that somebody points at: the selected one, or the first of those that
    /// the filter lets through when it hides that one.
    #[must_use]
    pub fn pointed<'a>(&self, stream: &'a StreamView) -> Option<&'a ShardView> {
        let screen = self.screen.kind();
        if !matches!(screen, ScreenKind::Stream | ScreenKind::Heat) {
            return None;
        }
        let chosen = self.chosen.shard.and_then(|id| stream.shard(id));
        let shown: Vec<&ShardView> = match self.panel() {
            _ if self.filter.is_empty() => return chosen,
            Panel::Shards => self.shards(stream),
            Panel::Heat => {
                let passes =
                    |shard: &&ShardView| self.passes(Panel::Heat, "", &shard.id.to_string());
                stream.shards.iter().filter(passes).collect()
            }
            _ => return chosen,
        };
        let selected = chosen.filter(|chosen| shown.iter().any(|shard| shard.id == chosen.id));
        selected.or(shown.first().copied())
    }

    /// The shard of `stream` that is meant: the one that is pointed at, else the hottest open one.
    #[must_use]
    pub fn shard<'a>(&self, stream: &'a StreamView) -> Option<&'a ShardView> {
        let heat = |shard: &ShardView| (shard.rates().write_throttled, shard.rates().in_bytes);
        let open = || stream.open_by_range().into_iter();
        let hottest = || open().max_by(|a, b| heat(a).partial_cmp(&heat(b)).expect("no NaN"));
        // With a filter that lets none through nothing is pointed at, and nothing is meant.
        let hidden = self.panel() == Panel::Shards && self.shards(stream).is_empty();
        self.pointed(stream).or_else(|| if hidden { None } else { hottest() })
    }

    /// The consumers that the filter lets through, in the order shown.
    #[must_use]
    pub fn consumers(&self, snapshot: &Snapshot) -> Vec<PartName> {
        self.named(Panel::Consumers, snapshot.consumers().map(Consumer::name))
    }

    /// Names that the filter lets through, in the order shown.
    pub(super) fn named<'a>(
        &self,
        panel: Panel,
        all: impl Iterator<Item = &'a PartName>,
    ) -> Vec<PartName> {
        let mut shown: Vec<_> =
            all.filter(|name| self.passes(panel, name.as_str(), name.as_str())).cloned().collect();
        self.arrange(panel, &mut shown, ToString::to_string);
        shown
    }

    /// The producers that the filter lets through, in the order shown.
    #[must_use]
    pub fn producers(&self, snapshot: &Snapshot) -> Vec<PartName> {
        self.named(Panel::Producers, snapshot.producers.iter().map(|producer| &producer.name))
    }

    /// The selected consumer, or the first.
    #[must_use]
    pub fn consumer(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.consumers(snapshot), self.chosen.consumer.as_ref())
    }

    /// The lanes of a mapping, the oldest first unless they are sorted.
    #[must_use]
    pub fn lanes<'a>(&self, mapping: &'a MappingView) -> Vec<&'a LaneView> {
        let mut lanes: Vec<&LaneView> = mapping.lanes.iter().collect();
        lanes.sort_by_key(|lane| (Reverse(lane.age_ms), lane.shard, lane.lane));
        self.arrange(Panel::Lanes, &mut lanes, |lane| lane_id(lane));
        if !self.filter.is_empty() {
            lanes.retain(|lane| {
                let id = lane_id(lane);
                self.passes(Panel::Lanes, &id, &format!("{id} {}", lane.state.word()))
            });
        }
        lanes
    }

    /// The mapping in view, if the selected consumer is one.
    #[must_use]
    pub fn mapping<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a MappingView> {
        let name = self.consumer(snapshot)?;
        snapshot.mappings.iter().find(|mapping| mapping.name == name)
    }

    /// The selected producer, or the first.
    #[must_use]
    pub fn producer(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.producers(snapshot), self.chosen.producer.as_ref())
    }

    /// The themes that the filter lets through, in the order shown.
    #[must_use]
    pub fn themes(&self) -> Vec<String> {
        let all = self.known.themes.iter();
        let mut shown: Vec<String> =
            all.filter(|name| self.passes(Panel::Themes, name, name)).cloned().collect();
        self.arrange(Panel::Themes, &mut shown, Clone::clone);
        shown
    }

    /// The functions that the filter lets through, in the order shown.
    #[must_use]
    pub fn functions(&self, snapshot: &Snapshot) -> Vec<PartName> {
        self.named(Panel::Functions, snapshot.functions.iter().map(|function| &function.name))
    }

    /// The selected function, or the first.
    #[must_use]
    pub fn function(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.functions(snapshot), self.chosen.function.as_ref())
    }
}

/// What a lane is held on to by: its shard and slot.
#[must_use]
pub fn lane_id(lane: &LaneView) -> String {
    format!("{}/{}", lane.shard.short(), lane.lane)
}

/// The selected one while it is shown, else the first.
fn selected_of(shown: Vec<PartName>, selected: Option<&PartName>) -> Option<PartName> {
    let selected = selected.filter(|name| shown.contains(name)).cloned();
    selected.or_else(|| shown.into_iter().next())
}
