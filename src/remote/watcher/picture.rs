//! What a viewer of an endpoint shall see.

use std::sync::Arc;

use super::{Watcher, Way};
use crate::command::Place as At;
use crate::remote::client::now;
use crate::snapshot::{self, FarView, Snapshot, TailView};

impl Watcher {
    /// What a viewer shall see.
    pub(in crate::remote) fn picture(&mut self) -> Arc<Snapshot> {
        let far = Some(self.far());
        match &mut self.way {
            Way::Whole(picture) => {
                if picture.far != far {
                    Arc::make_mut(picture).far = far;
                }
                Arc::clone(picture)
            }
            Way::Unknown | Way::Sampled => Arc::new(Snapshot { far, ..self.sampled() }),
        }
    }

    fn far(&self) -> FarView {
        FarView {
            url: self.client.place().url.clone(),
            sight: match self.way {
                Way::Whole(_) => snapshot::Sight::Whole,
                Way::Unknown | Way::Sampled => snapshot::Sight::Sampled,
            },
            calls_per_s: self.calls.len() as f64 / 5.0,
            calls_per_s_max: self.calls_per_s,
            cloudwatch: match (&self.way, &self.cloudwatch) {
                (Way::Unknown | Way::Sampled, Some(cloudwatch)) => cloudwatch.state().clone(),
                (Way::Whole(_), _) | (_, None) => snapshot::CloudWatch::Absent,
            },
            trouble: self.trouble.as_ref().map(|trouble| trouble.why.clone()),
        }
    }

    fn sampled(&self) -> Snapshot {
        let at = now();
        let records = self.watch.records.as_ref();
        let tail = records.map(|wanted| match &self.page {
            Some((of, page)) if of == wanted => page.clone(),
            _ if wanted.browse.place == At::Newest => {
                self.sight.newest(&wanted.browse, &wanted.terms)
            }
            _ => TailView::default(),
        });
        let heat = self.watch.heat.as_ref().and_then(|heat| self.sight.heat(at, heat));
        Snapshot {
            tail: tail.unwrap_or_default().into(),
            heat: heat.map(Into::into),
            ..self.sight.picture(at)
        }
    }
}
