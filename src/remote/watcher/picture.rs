//! What a viewer of an endpoint shall see.

use std::sync::Arc;

use super::{Watcher, Way};
use crate::command::Place as At;
use crate::remote::client::now;
use crate::snapshot::{self, FarView, Rates, Snapshot, TailView};

/// Of an endpoint that is silent the last picture stays, but for what would flow on in it: viewers say of
/// a silent one that this is not known.
pub(super) fn quieten(picture: &mut Snapshot) {
    if !picture.is_silent() {
        return;
    }
    for stream in &mut picture.streams {
        stream.rates = Rates::default();
        let shards = Arc::make_mut(&mut stream.shards).iter_mut();
        for traffic in shards.filter_map(|shard| shard.traffic.as_mut()) {
            (traffic.rates, traffic.held) = (Rates::default(), Rates::default());
        }
    }
    for producer in &mut picture.producers {
        (producer.offered_per_s, producer.accepted_per_s) = (0.0, 0.0);
        (producer.refused_per_s, producer.dropped_held_per_s) = (0.0, 0.0);
    }
}

impl Watcher {
    /// What a viewer shall see.
    pub(in crate::remote) fn picture(&mut self) -> Arc<Snapshot> {
        let far = Some(self.far());
        match &mut self.way {
            Way::Whole(picture) => {
                if picture.far != far {
                    let picture = Arc::make_mut(picture);
                    picture.far = far;
                    quieten(picture);
                    // The records of another place are not those that are asked for by now.
                    if picture.is_silent() && self.pictured != self.watch.records {
                        picture.tail = Arc::default();
                    }
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
            silent_ms: self.trouble.as_ref().and_then(|trouble| trouble.silent_ms(now())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PartName, ProducerTally, StreamName};
    use crate::snapshot::{PartState, ProducerView};

    #[test]
    fn the_last_picture_of_a_silent_endpoint_has_no_rates() {
        let producer = ProducerView {
            name: PartName::new("shop").expect("it is a name"),
            stream: StreamName::new("orders").expect("it is a name"),
            kind: String::new(),
            state: PartState::Running,
            rate_factor: 1.0,
            offered_per_s: 7.0,
            accepted_per_s: 7.0,
            refused_per_s: 0.0,
            backlog: 0,
            dropped_held_per_s: 0.0,
            tally: ProducerTally::default(),
            last_error: None,
            expired: None,
        };
        let far = FarView { trouble: Some("no".to_owned()), ..FarView::default() };
        let mut picture =
            Snapshot { producers: vec![producer], far: Some(far), ..Snapshot::default() };
        quieten(&mut picture);
        assert_eq!(picture.producers[0].accepted_per_s, 7.0, "a hiccup");
        picture.far.as_mut().expect("it is set").silent_ms = Some(3_000);
        quieten(&mut picture);
        assert_eq!(picture.producers[0].accepted_per_s, 0.0);
    }
}
