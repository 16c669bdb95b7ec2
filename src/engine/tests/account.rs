//! What the account may have and may ask for.

use super::*;
use crate::api::CreateStream;
use crate::model::{Quotas, StreamMode, Switch};

const NOW: Millis = T0.plus(2_000);

fn named(n: u32) -> StreamName {
    StreamName::new(&format!("stream-{n}")).expect("it is a name")
}

fn make(n: u32, mode: StreamMode, shards: u32) -> Operation {
    let create = CreateStream::provisioned(named(n), shards, Level::Memory);
    Operation::CreateStream(CreateStream { mode, ..create })
}

fn with(quotas: Quotas) -> Engine {
    Engine::in_memory(EngineOptions { quotas, ..EngineOptions::default() })
}

fn refused(engine: &mut Engine, now: Millis, operation: &Operation) -> (&'static str, String) {
    let error = engine.handle(now, operation).expect_err("it is too much");
    (error.code(), error.to_string())
}

const LIMIT: &str = "LimitExceededException";

#[test]
fn five_streams_are_created_at_once_and_no_sixth() {
    let mut engine = with(Quotas { api_rates: Switch::Off, ..Quotas::KINESIS });
    for n in 0..5 {
        engine.handle(T0, &make(n, StreamMode::Provisioned, 1)).expect("it is one of five");
    }
    let told = "Account 000000000000 cannot have more than 5 streams in state CREATING at the same \
                time.";
    for mode in [StreamMode::Provisioned, StreamMode::OnDemand] {
        assert_eq!(refused(&mut engine, T0, &make(5, mode, 1)), (LIMIT, told.to_owned()));
    }
    engine.advance(T0.plus(500));
    engine.handle(T0.plus(500), &make(5, StreamMode::Provisioned, 1)).expect("they are ACTIVE");
}

#[test]
fn a_session_may_create_all_its_streams_at_once() {
    let mut engine = with(Quotas::default());
    for n in 0..40 {
        engine.handle(T0, &make(n, StreamMode::Provisioned, 1)).expect("nobody counts");
    }
}

#[test]
fn on_demand_streams_have_a_quota_of_their_own() {
    let quotas = Quotas { shards: Some(3), on_demand_streams: Some(2), ..Quotas::default() };
    let mut engine = with(quotas);
    for n in 0..2 {
        engine.handle(T0, &make(n, StreamMode::OnDemand, 1)).expect("their shards do not count");
    }
    let told = "Account 000000000000 cannot have more than 2 on-demand streams in us-east-1.";
    let third = make(2, StreamMode::OnDemand, 1);
    assert_eq!(refused(&mut engine, T0, &third), (LIMIT, told.to_owned()));
    engine.handle(T0, &make(3, StreamMode::Provisioned, 3)).expect("there is room for three");
    let (code, told) = refused(&mut engine, T0, &make(4, StreamMode::Provisioned, 1));
    assert_eq!(code, LIMIT);
    assert!(told.contains("shard count for the account: 3. Limit: 3."), "{told}");
    assert!(told.contains("would have resulted from this request: 1."), "{told}");
}

#[test]
fn a_stream_begins_with_one_shard_or_more() {
    let mut engine = with(Quotas::default());
    for (shards, rule) in
        [(0, "greater than or equal to 1"), (10_001, "less than or equal to 10000")]
    {
        let told = format!(
            "1 validation error detected: Value '{shards}' at 'shardCount' failed to satisfy \
             constraint: Member must have value {rule}"
        );
        let create = make(0, StreamMode::Provisioned, shards);
        assert_eq!(refused(&mut engine, T0, &create), ("ValidationException", told));
    }
}

#[test]
fn calls_over_their_rate_are_refused_in_the_service_s_words() {
    let mut engine = with(Quotas { api_rates: Switch::On, ..Quotas::default() });
    for n in 0..5 {
        engine.handle(T0, &make(n, StreamMode::Provisioned, 1)).expect("it is one of five");
    }
    let told = "Rate exceeded for CreateStream under account 000000000000.";
    let sixth = make(5, StreamMode::Provisioned, 1);
    assert_eq!(refused(&mut engine, T0, &sixth), (LIMIT, told.to_owned()));
    engine.handle(T0.plus(200), &sixth).expect("a fifth of a second gives one of five");

    engine.advance(NOW);
    let merge = |n| {
        let (shard, adjacent) = (ShardId(0), ShardId(9));
        Operation::MergeShards(MergeShards { stream: named(n), shard, adjacent })
    };
    for n in [0, 1] {
        for _ in 0..5 {
            let (code, _) = refused(&mut engine, NOW, &merge(n));
            assert_eq!(code, "ResourceNotFoundException", "it was a call all the same");
        }
        let told = format!("Rate exceeded for stream stream-{n} under account 000000000000.");
        assert_eq!(refused(&mut engine, NOW, &merge(n)), (LIMIT, told));
    }
    let (code, _) = refused(&mut engine, NOW, &merge(77));
    assert_eq!(code, "ResourceNotFoundException");
}

#[test]
fn a_stream_is_deleted_when_it_lives_and_only_once() {
    let mut engine = Engine::in_memory(EngineOptions::default());
    let create = CreateStream::provisioned(name(), 1, Level::Memory);
    engine.handle(T0, &Operation::CreateStream(create)).expect("the name is free");
    let not_active = |state| {
        format!("Stream orders under account 000000000000 not ACTIVE, instead in state {state}")
    };
    let delete = delete(ConsumerDeletion::Refused);
    let in_use = "ResourceInUseException";
    assert_eq!(refused(&mut engine, T0, &delete), (in_use, not_active("CREATING")));
    engine.advance(NOW);
    engine.handle(NOW, &delete).expect("it is active");
    assert_eq!(refused(&mut engine, NOW, &delete), (in_use, not_active("DELETING")));
    engine.advance(NOW.plus(500));
    let gone = "Stream orders under account 000000000000 not found.";
    let told = refused(&mut engine, NOW.plus(500), &delete);
    assert_eq!(told, ("ResourceNotFoundException", gone.to_owned()));
}

#[test]
fn a_stream_that_exists_is_not_created_again() {
    let mut engine = engine(1);
    let create = CreateStream::provisioned(name(), 1, Level::Memory);
    let told = "Stream orders under account 000000000000 already exists.";
    let refused = refused(&mut engine, NOW, &Operation::CreateStream(create));
    assert_eq!(refused, ("ResourceInUseException", told.to_owned()));
}
