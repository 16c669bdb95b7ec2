//! What the account may have and may ask for.

use std::collections::BTreeSet;

use super::*;
use crate::api::{
    AccountLimits, AddTags, ChangeRetention, CommitmentWish, ConsumerRef, CreateStream,
    DescribeStream, EnhancedMonitoring, LabelOperation, ListShards, ListStreamConsumers,
    ListStreams, ListTags, PutPolicy, RegisterStreamConsumer, RemoveTags, SettingOperation, Tags,
    UpdateWarmThroughput,
};
use crate::model::{Action, ConsumerName, Quotas, Resource, ShardMetric, StreamMode, Switch};
use crate::rules::rate::{Scope, rate_of};
use crate::rules::rolling::DAY_MS;

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
fn a_stream_begins_with_one_shard_or_more_but_not_with_any_number() {
    let mut engine = with(Quotas::default());
    let told = "1 validation error detected: Value '0' at 'shardCount' failed to satisfy \
                constraint: Member must have value greater than or equal to 1";
    let none = make(0, StreamMode::Provisioned, 0);
    assert_eq!(refused(&mut engine, T0, &none), ("ValidationException", told.to_owned()));
    let told = "A stream cannot have more than 10000 shards in us-east-1. 10001 were asked for.";
    let many = make(0, StreamMode::Provisioned, 10_001);
    assert_eq!(refused(&mut engine, T0, &many), (LIMIT, told.to_owned()));
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
    engine.advance(NOW);
    engine.handle(NOW, &delete).expect("it is active");
    assert_eq!(refused(&mut engine, NOW, &delete), (in_use, not_active("DELETING")));
    engine.advance(NOW.plus(500));
    let gone = "Stream orders under account 000000000000 not found.";
    let told = refused(&mut engine, NOW.plus(500), &delete);
    assert_eq!(told, ("ResourceNotFoundException", gone.to_owned()));
}

#[test]
fn a_stream_that_is_deleted_while_it_is_created_never_becomes_active() {
    let mut engine = Engine::in_memory(EngineOptions::default());
    let create = Operation::CreateStream(CreateStream::provisioned(name(), 1, Level::Memory));
    engine.handle(T0, &create).expect("the name is free");
    engine.handle(T0.plus(400), &delete(ConsumerDeletion::Refused)).expect("it is CREATING");
    engine.advance(T0.plus(600));
    assert_eq!(engine.stream(&name()).expect("it is there").status(), StreamStatus::Deleting);
    engine.advance(T0.plus(900));
    engine.handle(T0.plus(900), &create).expect("the name is free again");
}

#[test]
fn a_stream_that_exists_is_not_created_again() {
    let mut engine = engine(1);
    let create = CreateStream::provisioned(name(), 1, Level::Memory);
    let told = "Stream orders under account 000000000000 already exists.";
    let refused = refused(&mut engine, NOW, &Operation::CreateStream(create));
    assert_eq!(refused, ("ResourceInUseException", told.to_owned()));
}

/// One operation of each action of the control plane whose rate is stated.
fn counted() -> Vec<Operation> {
    let consumer = ConsumerName::new("audit").expect("it is a name");
    let which = || ConsumerRef::Name { stream: name(), consumer: consumer.clone() };
    let (resource, key) = (Resource::Stream(name()), "a".to_owned());
    let tags = std::iter::once((key.clone(), key.clone())).collect();
    let change = ChangeRetention { stream: name(), hours: 24 };
    let metrics = ShardMetric::ALL.into_iter().collect();
    let monitoring = EnhancedMonitoring { stream: name(), metrics };
    let (shard, new_starting_hash_key) = (ShardId(0), HashKey(9));
    vec![
        Operation::CreateStream(CreateStream::provisioned(name(), 1, Level::Memory)),
        Operation::DescribeStream(DescribeStream { stream: name(), after: None, limit: None }),
        Operation::DescribeStreamSummary(name()),
        Operation::ListStreams(ListStreams::default()),
        Operation::ListShards(ListShards::of(name())),
        Operation::DescribeLimits,
        Operation::DescribeAccountSettings,
        Operation::UpdateAccountSettings(CommitmentWish::Enabled),
        Operation::RegisterStreamConsumer(RegisterStreamConsumer {
            stream: name(),
            consumer: consumer.clone(),
            tags: Tags::new(),
        }),
        Operation::DeregisterStreamConsumer(which()),
        Operation::DescribeStreamConsumer(which()),
        Operation::ListStreamConsumers(ListStreamConsumers {
            stream: name(),
            stream_created: None,
            max_results: None,
            next_token: None,
        }),
        Operation::SplitShard(SplitShard { stream: name(), shard, new_starting_hash_key }),
        Operation::MergeShards(MergeShards { stream: name(), shard, adjacent: ShardId(1) }),
        Operation::UpdateShardCount(UpdateShardCount { stream: name(), target: 1 }),
        SettingOperation::UpdateStreamWarmThroughput(UpdateWarmThroughput {
            stream: name(),
            mib_per_s: 1,
        })
        .into(),
        SettingOperation::IncreaseStreamRetentionPeriod(change.clone()).into(),
        SettingOperation::DecreaseStreamRetentionPeriod(change).into(),
        SettingOperation::EnableEnhancedMonitoring(monitoring.clone()).into(),
        SettingOperation::DisableEnhancedMonitoring(monitoring).into(),
        LabelOperation::AddTagsToStream(AddTags { resource: resource.clone(), tags }).into(),
        LabelOperation::RemoveTagsFromStream(RemoveTags {
            resource: resource.clone(),
            keys: vec![key],
        })
        .into(),
        LabelOperation::ListTagsForStream(ListTags { stream: name(), after: None, limit: None })
            .into(),
        LabelOperation::PutResourcePolicy(PutPolicy {
            resource: resource.clone(),
            policy: "{}".to_owned(),
        })
        .into(),
        LabelOperation::GetResourcePolicy(resource.clone()).into(),
        LabelOperation::DeleteResourcePolicy(resource).into(),
        delete(ConsumerDeletion::Refused),
    ]
}

#[test]
fn each_stated_rate_of_the_control_plane_is_kept_to_the_call() {
    let mut seen = BTreeSet::new();
    for operation in counted() {
        let action = operation.control().expect("it is of the control plane").action;
        assert!(seen.insert(action), "{} stands twice", action.name());
        let rate = rate_of(action).expect("its rate is stated");
        let mut engine = with(Quotas { api_rates: Switch::On, ..Quotas::OFF });
        create(&mut engine, 1, Level::Memory);
        let mut calls = 0;
        loop {
            let told = engine.handle(NOW, &operation);
            let limit =
                matches!(&told, Err(ApiError::LimitExceeded(why)) if why.starts_with("Rate"));
            if limit {
                break;
            }
            calls += 1;
        }
        assert_eq!(calls, rate.per_s, "{}", action.name());
    }
    // What is left is counted by the gates of shards and subscriptions.
    let gates = |action: &&Action| {
        rate_of(**action)
            .is_some_and(|rate| matches!(rate.scope, Scope::Shard | Scope::ConsumerAndShard))
    };
    let stated = Action::ALL.iter().filter(|action| rate_of(**action).is_some()).count();
    assert_eq!(seen.len() + Action::ALL.iter().filter(gates).count(), stated);
}

#[test]
fn an_account_tells_what_it_may_have_and_has() {
    let quotas = Quotas { shards: Some(9), on_demand_streams: Some(3), ..Quotas::OFF };
    let mut engine = with(quotas);
    for (n, mode, shards) in [(0, StreamMode::Provisioned, 2), (1, StreamMode::OnDemand, 1)] {
        engine.handle(T0, &make(n, mode, shards)).expect("there is room");
    }
    let told = engine.handle(NOW, &Operation::DescribeLimits);
    let Ok(Answer::Limits(limits)) = told else { panic!("{told:?}") };
    let expected =
        AccountLimits { shard_limit: 9, open_shards: 6, on_demand_streams: 1, on_demand_limit: 3 };
    assert_eq!(limits, expected);
}

/// May a stream have one more consumer?
fn registers(engine: &mut Engine, stream: u32, n: u32) -> bool {
    let consumer = ConsumerName::new(&format!("c{n}")).expect("it is a name");
    let register = RegisterStreamConsumer { stream: named(stream), consumer, tags: Tags::new() };
    engine.handle(NOW, &Operation::RegisterStreamConsumer(register)).is_ok()
}

/// All streams of a committed account had room for fifty.
#[test]
fn a_provisioned_stream_has_twenty_consumers_whatever_the_account_commits_to() {
    let mut engine = with(Quotas { creating_consumers: None, ..Quotas::default() });
    engine.handle(T0, &make(0, StreamMode::Provisioned, 1)).expect("the name is free");
    let commit = Operation::UpdateAccountSettings(CommitmentWish::Enabled);
    engine.handle(T0, &commit).expect("it may always begin");
    engine.advance(NOW);
    assert_eq!((0..60).filter(|n| registers(&mut engine, 0, *n)).count(), 20);
}

#[test]
fn a_commitment_lasts_a_day_and_gives_room_for_fifty_consumers() {
    let mut engine = with(Quotas { creating_consumers: None, ..Quotas::default() });
    engine.handle(T0, &make(0, StreamMode::OnDemand, 1)).expect("the name is free");
    engine.advance(NOW);
    let register = |engine: &mut Engine, n: u32| registers(engine, 0, n);
    let some = (0..60).filter(|n| register(&mut engine, *n)).count();
    assert_eq!(some, 20);
    let settings = |engine: &mut Engine, now, operation: Operation| match engine
        .handle(now, &operation)
        .expect("it is told")
    {
        Answer::Account(settings) => settings,
        other => panic!("{other:?}"),
    };
    let wish = Operation::UpdateAccountSettings;
    let begun = settings(&mut engine, NOW, wish(CommitmentWish::Enabled));
    assert_eq!((begun.status.word(), begun.started), ("ENABLED", Some(NOW)));
    assert_eq!(begun.earliest_end, Some(NOW.plus(DAY_MS)));
    let more = (20..90).filter(|n| register(&mut engine, *n)).count();
    assert_eq!(some + more, 50);
    let ending = settings(&mut engine, NOW, wish(CommitmentWish::Disabled));
    assert_eq!(ending.status.word(), "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
    assert!(!register(&mut engine, 99) && engine.committed());
    let over = NOW.plus(DAY_MS);
    let ended = settings(&mut engine, over, Operation::DescribeAccountSettings);
    assert_eq!((ended.status.word(), ended.ended), ("DISABLED", Some(over)));
    assert!(!engine.committed());
}

#[test]
fn a_dry_run_is_permitted_and_does_nothing() {
    let mut engine = engine(1);
    for action in Action::ALL {
        let (code, told) = refused(&mut engine, NOW, &Operation::DryRun(*action));
        let has = ["GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard"];
        let expected = match has.contains(&action.name()) {
            true => "DryRunOperationException",
            false => "ValidationException",
        };
        assert!(code == expected && told.starts_with(action.name()), "{code} {told}");
    }
}
