//! What a picture cannot tell, and why: one that is held is not asked anything any more, and an endpoint
//! that is silent answers nothing.

use crate::command::Terms;
use crate::console::state::State;
use crate::snapshot::Snapshot;
use crate::snapshot::heat::Metric;

impl State {
    /// What shows the present again: a key, or a line where no key does.
    #[must_use]
    pub fn way_to_now(&self) -> String {
        let key = self.keys.key_of_line(self.screen.kind(), "time live");
        key.map_or(":time live".to_owned(), |key| key.to_string())
    }

    /// Why a picture may lack what is asked for, if there is a reason.
    #[must_use]
    pub fn unseen(&self, snapshot: &Snapshot) -> Option<String> {
        match self.frozen {
            Some(_) => Some(format!("not in this picture: {} goes to now", self.way_to_now())),
            None if snapshot.is_silent() => Some("not known: the endpoint is silent".to_owned()),
            None => None,
        }
    }

    /// Why the records that are asked for are not known, if they are not.
    #[must_use]
    pub fn records_unseen(&self, snapshot: &Snapshot) -> Option<String> {
        let known = match self.frozen {
            Some(_) => self.has_records(),
            None => !self.tail(snapshot).records.is_empty(),
        };
        self.unseen(snapshot).filter(|_| !known)
    }

    /// Are the records of the picture in view those that are asked for? A picture that is held was asked
    /// for others, if for any. A filter that came since then finds what it lets through among them.
    pub(super) fn has_records(&self) -> bool {
        if self.frozen.is_none() || self.records.held.is_some() {
            return true;
        }
        let (Some(asked), Some(has)) = (self.records_watch(), &self.pictured) else { return false };
        asked.browse == has.browse && (has.terms == asked.terms || has.terms == Terms::parse(""))
    }

    /// Why the heat of that metric is not known, if it is not: only who serves the streams can tell it,
    /// or who samples them.
    #[must_use]
    pub fn metric_unseen(&self, metric: Metric, snapshot: &Snapshot) -> Option<String> {
        let known = self.heat(snapshot).is_some_and(|heat| heat.metric == metric);
        let told = self.frozen.is_none() && snapshot.shows_streams_alone();
        self.unseen(snapshot).filter(|_| !known && !told)
    }
}
