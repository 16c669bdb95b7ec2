//! A shard refuses records: more is offered than one of its two write limits allows.

use crate::model::{Severity, ShardState, many};
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{HeavyKey, ShardView, Snapshot, Source, StreamView};

use super::heavy_key;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let hot: Vec<&ShardView> = stream
            .shards
            .iter()
            .filter(|shard| shard.state == ShardState::Open && shard.held().write_throttled > 0.0)
            .collect();
        if hot.is_empty() && stream.rates.write_throttled > 0.0 {
            found.extend(somewhere(stream));
            continue;
        }
        match cure::together(stream, &hot) {
            true => found.push(many_shards(snapshot, stream, &hot)),
            false => found.extend(hot.iter().map(|shard| one_shard(snapshot, stream, shard))),
        }
    }
}

/// Records are refused, and it is not known on which shards: CloudWatch tells of the stream as a whole.
fn somewhere(stream: &StreamView) -> Option<Problem> {
    let Source::CloudWatch { .. } = stream.source else { return None };
    Some(Problem {
        lint: "writes-refused",
        severity: Severity::Critical,
        subject: Subject::Stream(stream.name.clone()),
        word: "REFUSES",
        sentence: format!("some shards refuse {:.0} records/s", stream.rates.write_throttled),
        why: "CloudWatch tells of the stream as a whole. Where enhanced monitoring has IncomingBytes, \
              IncomingRecords and WriteProvisionedThroughputExceeded switched on, it tells which shards \
              refuse them."
            .into(),
        cure: None,
    })
}

fn many_shards(snapshot: &Snapshot, stream: &StreamView, hot: &[&ShardView]) -> Problem {
    let refused: f64 = hot.iter().map(|shard| shard.held().write_throttled).sum();
    let open = stream.open_shards();
    let half = 2 * hot.len() >= open;
    Problem {
        lint: "writes-refused",
        severity: Severity::Critical,
        subject: Subject::Stream(stream.name.clone()),
        word: "REFUSES",
        sentence: format!("{} of {open} shards refuse {refused:.0} records/s", hot.len()),
        why: match half {
            true => "The stream as a whole has too little room: more shards give it more.".into(),
            false => format!(
                "Some shards get more than they take while {} have room: each of the hot ones is \
                 to be split where its load halves.",
                many(open - hot.len(), "other")
            ),
        },
        cure: cure::room(snapshot, stream, hot),
    }
}

fn one_shard(snapshot: &Snapshot, stream: &StreamView, shard: &ShardView) -> Problem {
    let share = cure::offered(stream, shard);
    let refused = shard.held().write_throttled;
    let heavy = shard.mix().and_then(|mix| mix.heavy.first());
    let told = heavy.map(|key| format!("; {}", told(key))).unwrap_or_default();
    let hopeless = heavy.is_some_and(|key| heavy_key::fills_a_shard(stream, shard, key));
    Problem {
        lint: "writes-refused",
        severity: Severity::Critical,
        subject: Subject::Shard(stream.name.clone(), shard.id),
        word: "REFUSES",
        sentence: format!(
            "refuses {refused:.0} records/s{told}; offered {:.0}% of its limit",
            share * 100.0
        ),
        why: match heavy {
            None => "Its keys bring more than one shard takes. A split where the load halves, not \
                     the range, gives them two."
                .into(),
            Some(key) => format!(
                "Records of one key stay on one shard: a split moves {}, cannot divide it. What \
                 else is there gets a shard of its own.",
                key.key
            ),
        },
        cure: cure::room(snapshot, stream, &[shard]).filter(|_| !hopeless),
    }
}

/// `sku-77 is 62%`.
fn told(key: &HeavyKey) -> String {
    format!("{} is {:.0}%", key.key, key.share.records.max(key.share.bytes) * 100.0)
}
