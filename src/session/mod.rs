//! Floor 3: the session file. RON in, settings and commands out, with errors that say where.
//!
//! A session is a whole set-up with its load, its timeline and what must hold: a live demo and a
//! test. Version 1.

mod check;
mod error;
mod lines;
mod placing;
mod quotas;
mod schema;
mod settings;
mod size;
mod story;
mod stream;
pub mod text;
mod write;

pub use error::SessionError;

pub use quotas::QuotaSettings;
pub use schema::schema_of;
pub use settings::{Delays, Session};
pub use story::{Cue, Expectation, Metric, Subject, screen};
pub use stream::{Distribution, LevelWord, Limits, StreamMode, StreamSettings};

/// The sessions that are compiled in: name and text.
#[must_use]
pub const fn builtin() -> &'static [(&'static str, &'static str)] {
    &[
        ("autoscale", include_str!("../../sessions/autoscale.ron")),
        ("black-friday", include_str!("../../sessions/black-friday.ron")),
        ("concurrency-wall", include_str!("../../sessions/concurrency-wall.ron")),
        ("first-light", include_str!("../../sessions/first-light.ron")),
        ("hot-shard", include_str!("../../sessions/hot-shard.ron")),
        ("poison-pill", include_str!("../../sessions/poison-pill.ron")),
        ("retention-cliff", include_str!("../../sessions/retention-cliff.ron")),
        ("scale-out", include_str!("../../sessions/scale-out.ron")),
        ("social-trends", include_str!("../../sessions/social-trends.ron")),
        ("too-many-readers", include_str!("../../sessions/too-many-readers.ron")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::WorldCommand;
    use crate::model::{HashKey, Quotas, ShardLimits, Switch};

    const GOOD: &str = r#"(
    version: 1,
    title: "t",
    streams: [(name: "orders", shards: 2)],
    functions: [(name: "f", kind: Simulated)],
    producers: [(name: "p", stream: "orders", source: Synthetic((rate: 10)))],
    mappings: [(name: "m", stream: "orders", function: "f")],
)"#;

    #[test]
    fn every_built_in_session_is_good() {
        for (name, text) in builtin() {
            if let Err(error) = Session::parse(name, text) {
                panic!("{error}");
            }
        }
    }

    #[test]
    fn a_session_becomes_the_commands_that_set_it_up() {
        let session = Session::parse("good", GOOD).expect("it is good");
        assert_eq!(session.commands().len(), 4);
    }

    #[test]
    fn what_a_stream_allows_is_read_and_written_back() {
        let allowed = "readers_per_shard: 2, record_kib_max: 2048, mode: OnDemand, \
                       distribution: Auto, key: \"k\", tags: {\"team\": \"shop\"}";
        let text = GOOD.replace("shards: 2", allowed);
        let session = Session::parse("limits", &text).expect("it is good");
        let WorldCommand::Create(create) = &session.commands()[0] else {
            panic!("a stream comes first");
        };
        let limits = ShardLimits { readers_per_shard: Some(2), ..ShardLimits::KINESIS };
        assert_eq!((create.limits, create.record_kib_max), (limits, 2_048));
        let tags = std::iter::once(("team".to_owned(), "shop".to_owned())).collect();
        assert_eq!((&create.tags, create.key.as_deref()), (&tags, Some("k")));
        assert_eq!(StreamSettings::of(create, 1), session.streams[0]);
        let again = Session::parse("again", &session.to_ron()).expect("it was written so");
        assert_eq!(again, session);
    }

    #[test]
    fn shards_and_keys_as_they_were_seen_are_read_and_written_back() {
        let keys = "keys: Seen((pieces: [(from: \"0\", weight: 1.5), (from: \"0x8\", weight: 2.0)], \
                    heavy: [(key: \"a, b\", weight: 0.5)]))";
        let text = GOOD.replace("shards: 2", "shards: 3, cuts: [\"0x4\", \"0x5\"]");
        let text = text.replace("rate: 10", &format!("rate: 10, {keys}"));
        let session = Session::parse("seen", &text).expect("it is good");
        let again = Session::parse("again", &session.to_ron()).expect("it was written so");
        assert_eq!(again, session);
        let WorldCommand::Create(create) = &session.commands()[0] else {
            panic!("a stream comes first");
        };
        let cuts = ["0x4", "0x5"].map(|key| HashKey::parse(key).expect("it is one"));
        assert_eq!(create.cuts.as_deref(), Some(&cuts[..]));
    }

    #[test]
    fn the_account_comes_before_the_streams_that_need_it() {
        let stream = "mode: OnDemand, warm_mib_per_s: 9";
        let account = "quotas: Each(shards: 7), committed: true, streams";
        let text = GOOD.replace("shards: 2", stream).replacen("streams", account, 1);
        let session = Session::parse("account", &text).expect("it is good");
        assert_eq!(session.commands()[0], WorldCommand::Commitment(Switch::On));
        let quotas = Quotas { shards: Some(7), ..Quotas::OFF };
        assert_eq!(session.quotas.quotas(), quotas);
    }

    #[test]
    fn a_producer_that_aggregates_needs_keys_that_decide() {
        let text = GOOD.replace("source: Syn", "aggregate: (), source: Syn");
        Session::parse("packed", &text).expect("keys decide");
        let text = text.replace("shards: 2", "mode: OnDemand, distribution: Auto");
        let why = Session::parse("packed", &text).expect_err("they do not").to_string();
        assert!(why.contains("but `distribution` of `orders` is `Auto`"), "{why}");
    }

    #[test]
    fn what_the_timeline_makes_may_be_looked_at() {
        let made = "timeline: [(at_s: 1, run: \"create late\")], view: \"stream late\", expect: \
                    [(from_s: 1, to_s: 2, metric: OpenShards(\"late\"), above: 0)], title";
        Session::parse("late", &GOOD.replacen("title", made, 1)).expect("it is there in time");
    }

    #[test]
    fn the_line_of_a_fault_is_not_that_of_a_namesake() {
        let text = GOOD.replace("rate: 10", "rate: 10, shape: Step(to: 2, at_s: 25)");
        let text = text.replacen("(\n", "( // version, \"orders\", at_s: 1\n", 1);
        let text = text.replace("\n)", "\n    timeline: [\n(at_s: 1, run: \"splt\")],\n)");
        let error = Session::parse("bad.ron", &text).expect_err("no such command");
        assert_eq!(error.line, 9, "{error}");
        let text = text.replace("shards: 2", "shards: 0");
        assert_eq!(Session::parse("bad.ron", &text).expect_err("no shards").line, 4);
        let text = GOOD.replace("name: \"p\"", "name: \"orders\"").replace("rate: 10", "rate: -1");
        assert_eq!(Session::parse("bad.ron", &text).expect_err("a negative rate").line, 6);
    }

    #[test]
    fn a_wrong_session_names_file_line_value_and_rule() {
        for (from, to, line, wanted) in [
            ("version: 1", "version: 2", 2, "version"),
            ("shards: 2", "shards: 0", 4, "1 to 10000"),
            ("shards: 2", "shard: 2", 4, "shard"),
            ("shards: 2", "shards: 2, cuts: []", 4, "one less than `shards`"),
            ("shards: 2", "shards: 2, cuts: [\"0\"]", 4, "ascending from above 0"),
            ("shards: 2", "shards: 2, cuts: [\"8\", \"x\"]", 4, "no hash key"),
            ("rate: 10", "rate: 10, keys: Seen((pieces: []))", 6, "above 0 for at least one"),
            ("shards: 2", "readers_per_shard: 0", 4, "1 or more"),
            (
                "shards: 2",
                "limits: Each(write_records_per_s: 0)",
                4,
                "1 or more; one that is left out is off",
            ),
            ("shards: 2", "record_kib_max: 10241", 4, "1024 to 10240"),
            ("shards: 2", "distribution: Auto", 4, "unless `mode` is `OnDemand`"),
            ("shards: 2", "warm_mib_per_s: 9", 4, "only where `mode` is `OnDemand`"),
            ("shards: 2", "mode: OnDemand, warm_mib_per_s: 9", 4, "set `committed: true`"),
            ("shards: 2", "key: \"\"", 4, "1 to 2048 characters"),
            ("shards: 2", "tags: {\"aws:a\": \"b\"}", 4, "none begins with `aws:`"),
            ("shards: 2", "tags: {\"\": \"b\"}", 4, "keys of 1 to 128"),
            ("name: \"orders\"", "name: \"or ders\"", 4, "or ders"),
            ("rate: 10", "rate: -1", 6, "rate"),
            ("function: \"f\"", "function: \"g\"", 7, "g"),
            ("stream: \"orders\", source", "stream: \"order\", source", 6, "order"),
            ("name: \"m\"", "name: \"p\"", 7, "p"),
            ("kind: Simulated", "kind: Magic", 5, "Magic"),
            ("title: \"t\",", "title: \"t\"", 4, "comma"),
            ("title", "concurrency: 0, title", 3, "1 or more"),
            ("version: 1,", "version: 1, quotas: Each(shards: 1),", 2, "streams have 2"),
            ("title", "view: \"stream order\", title", 3, "did you mean `orders`?"),
            (
                "title",
                "expect: [(from_s: 1, to_s: 2, metric: Notifications, above: 2, below: 2)], title",
                3,
                "more than `above`, 2",
            ),
            (
                "shards: 2",
                "mode: OnDemand, policy: Target(percent: 70, min: 1, max: 8, cooldown_s: 60)",
                4,
                "for provisioned streams",
            ),
        ] {
            let text = GOOD.replacen(from, to, 1);
            let error = Session::parse("bad.ron", &text).expect_err(to);
            let told = error.to_string();
            assert!(told.starts_with("bad.ron:"), "{told}");
            assert!(told.to_lowercase().contains(&wanted.to_lowercase()), "{to}: {told}");
            assert!(error.line.abs_diff(line) <= 1, "{to}: {told}");
        }
    }
}
