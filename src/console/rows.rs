//! The rows of every panel by their ids: which there are, which is chosen. The cursor, marks and
//! clicks all go by these, so that each holds on to the thing and not to its place.

use crate::command::{Screen, ScreenKind};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::shown::lane_id;
use crate::cost::{bill, by_kind};
use crate::model::{PartName, ShardId, StreamName};
use crate::problem::Problem;
use crate::snapshot::Snapshot;

impl State {
    /// Ids of the rows of a panel, in the order shown.
    #[must_use]
    pub fn ids(&self, panel: Panel, snapshot: &Snapshot) -> Vec<String> {
        let names = |names: Vec<PartName>| names.iter().map(ToString::to_string).collect();
        let stream = || match &self.screen {
            Screen::Stream(name) => snapshot.stream(name.as_str()),
            _ => None,
        };
        match panel {
            Panel::Streams | Panel::Flow => {
                self.streams(snapshot).iter().map(|stream| stream.name.to_string()).collect()
            }
            Panel::Shards => stream()
                .map(|s| self.shards(s).iter().map(|shard| shard.id.short()).collect())
                .unwrap_or_default(),
            Panel::Map => stream()
                .map(|s| s.open_by_range().iter().map(|shard| shard.id.short()).collect())
                .unwrap_or_default(),
            Panel::Lineage => stream()
                .map(|s| s.shards.iter().map(|shard| shard.id.short()).collect())
                .unwrap_or_default(),
            Panel::Consumers => names(self.consumers(snapshot)),
            Panel::Lanes if self.screen.kind() == ScreenKind::Consumers => self
                .mapping(snapshot)
                .map(|mapping| self.lanes(mapping).into_iter().map(lane_id).collect())
                .unwrap_or_default(),
            Panel::Producers => names(self.producers(snapshot)),
            Panel::Transforms | Panel::Stages | Panel::Sample => names(self.transforms(snapshot)),
            Panel::Producer => names(self.producers(snapshot)),
            Panel::Functions => names(self.functions(snapshot)),
            Panel::Problems => self.problems(snapshot).iter().map(Problem::id).collect(),
            Panel::Costs => {
                let sums = by_kind(&bill(snapshot, &self.prices));
                sums.into_iter().map(|(kind, ..)| kind.word().to_owned()).collect()
            }
            Panel::Courses => self.courses.all.iter().map(|course| course.title.clone()).collect(),
            Panel::Log => self.logs.shown().iter().map(|line| line.serial.to_string()).collect(),
            Panel::Targets => {
                let mut names: Vec<String> = (self.logs.speakers())
                    .map(|(name, _)| name.clone())
                    .filter(|name| self.passes(panel, name, name))
                    .collect();
                self.arrange(panel, &mut names, Clone::clone);
                names
            }
            Panel::Sessions => self.sessions().iter().map(|one| one.name.clone()).collect(),
            Panel::Session => {
                let lines = self.session().map_or(0, |one| one.summary(snapshot).len());
                (0..lines).map(|line| line.to_string()).collect()
            }
            Panel::Themes | Panel::ThemeSample => self.themes(),
            Panel::Events
            | Panel::Details
            | Panel::Errors
            | Panel::History
            | Panel::Spent
            | Panel::System
            | Panel::Heat
            | Panel::Lanes
            | Panel::Age
            | Panel::Top
            | Panel::Account
            | Panel::Why
            | Panel::Records
            | Panel::Record
            | Panel::Help => Vec::new(),
        }
    }

    /// The id of the chosen row of a panel, which need not be shown.
    #[must_use]
    pub fn row_of(&self, panel: Panel) -> Option<String> {
        let chosen = &self.chosen;
        match panel {
            Panel::Streams | Panel::Flow => chosen.stream.as_ref().map(ToString::to_string),
            Panel::Shards | Panel::Map | Panel::Lineage => chosen.shard.map(ShardId::short),
            Panel::Consumers | Panel::Transforms | Panel::Stages | Panel::Sample => {
                chosen.consumer.as_ref().map(ToString::to_string)
            }
            Panel::Producers | Panel::Producer => chosen.producer.as_ref().map(ToString::to_string),
            Panel::Functions => chosen.function.as_ref().map(ToString::to_string),
            Panel::Records => {
                chosen.record.as_ref().map(|(shard, number)| format!("{shard} {number}"))
            }
            Panel::Log => {
                let last = || self.logs.shown().last().map(|line| line.serial);
                self.logs.at.or_else(last).map(|serial| serial.to_string())
            }
            Panel::Themes | Panel::ThemeSample => Some(self.theme.clone()),
            other => chosen.rows.get(&other).cloned(),
        }
    }

    /// Chooses a row of a panel.
    pub fn choose(&mut self, panel: Panel, id: &str) {
        let chosen = &mut self.chosen;
        match panel {
            Panel::Streams | Panel::Flow => chosen.stream = StreamName::new(id).ok(),
            Panel::Shards | Panel::Map | Panel::Lineage => chosen.shard = ShardId::parse(id),
            Panel::Consumers | Panel::Transforms | Panel::Stages | Panel::Sample => {
                chosen.consumer = PartName::new(id).ok();
            }
            Panel::Producers | Panel::Producer => chosen.producer = PartName::new(id).ok(),
            Panel::Functions => chosen.function = PartName::new(id).ok(),
            Panel::Records => {
                let parts = id.split_once(' ');
                chosen.record = parts
                    .and_then(|(shard, number)| Some((ShardId::parse(shard)?, number.to_owned())));
            }
            Panel::Log => self.logs.at = id.parse().ok(),
            Panel::Themes | Panel::ThemeSample => id.clone_into(&mut self.theme),
            Panel::Sessions => {
                // Another one is read from its beginning.
                chosen.rows.remove(&Panel::Session);
                chosen.rows.insert(panel, id.to_owned());
            }
            other => {
                chosen.rows.insert(other, id.to_owned());
            }
        }
    }

    /// The row under the cursor: the chosen one while it is shown, else the first.
    #[must_use]
    pub fn at_cursor(&self, panel: Panel, snapshot: &Snapshot) -> Option<String> {
        let ids = self.ids(panel, snapshot);
        let chosen = self.row_of(panel).filter(|id| ids.contains(id));
        chosen.or_else(|| ids.into_iter().next())
    }
}
