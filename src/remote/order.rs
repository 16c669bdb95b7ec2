//! What an operator's command asks of an endpoint.

use serde_json::{Value, json};

use base64_simd::STANDARD;

use crate::api::{CreateStream, Tags};
use crate::command::{ELSEWHERE, Outcome, SplitAt, WorldCommand};
use crate::model::{Action, ShardId, StreamMode, StreamName, many};
use crate::snapshot::{ShardView, Snapshot, StreamView};
use crate::world::RunError;

/// An operation, and what is said when it was done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) action: Action,
    pub(super) body: Value,
    pub(super) outcome: Outcome,
    /// The stream that `body` names is asked for by its ARN alone.
    pub(super) by_arn: bool,
}

impl Order {
    fn new(action: Action, body: Value, said: String) -> Self {
        Self { action, body, outcome: Outcome { said, undo: None }, by_arn: false }
    }

    fn by_arn(self) -> Self {
        Self { by_arn: true, ..self }
    }

    fn undone_by(mut self, undo: WorldCommand) -> Self {
        self.outcome.undo = Some(undo);
        self
    }
}

/// What `command` asks, by what was last seen of the endpoint.
///
/// # Errors
/// When it is about what an endpoint does not have: parts, functions and the clock are of worlds in this
/// program; and when a stream or shard was not seen.
pub(super) fn order(command: &WorldCommand, seen: &Snapshot) -> Result<Order, RunError> {
    match command {
        WorldCommand::Create(create) => create_stream(create),
        WorldCommand::Delete(stream) => Ok(delete(stream)),
        WorldCommand::Split { stream, shard, at } => split(find(seen, stream)?, *shard, *at),
        WorldCommand::Merge { stream, first, second } => {
            merge(find(seen, stream)?, [*first, *second])
        }
        WorldCommand::Scale { stream, shards } => scale(find(seen, stream)?, *shards),
        WorldCommand::Retention { stream, hours } => retention(find(seen, stream)?, *hours),
        WorldCommand::RecordSize { stream, kib } => Ok(Order::new(
            Action::UpdateMaxRecordSize,
            json!({"StreamName": stream.as_str(), "MaxRecordSizeInKiB": kib}),
            format!("{stream} takes records of up to {kib} KiB"),
        )
        .by_arn()),
        WorldCommand::Encrypt { stream, key } => encrypt(find(seen, stream)?, key.as_deref()),
        WorldCommand::Tag { stream, tags } => Ok(tag(stream, tags)),
        WorldCommand::Untag { stream, keys } => Ok(Order::new(
            Action::RemoveTagsFromStream,
            json!({"StreamName": stream.as_str(), "TagKeys": keys}),
            format!("{stream} has lost tags: {}", keys.join(", ")),
        )),
        WorldCommand::Put { stream, key, data } => Ok(Order::new(
            Action::PutRecord,
            json!({
                "StreamName": stream.as_str(), "PartitionKey": key,
                "Data": STANDARD.encode_to_string(data.as_bytes()),
            }),
            format!("record put into {stream}"),
        )),
        WorldCommand::SplitHot { .. }
        | WorldCommand::Policy { .. }
        | WorldCommand::Limits { .. }
        | WorldCommand::Mode { .. }
        | WorldCommand::Distribute { .. }
        | WorldCommand::Warm { .. }
        | WorldCommand::Register { .. }
        | WorldCommand::Deregister { .. }
        | WorldCommand::Quotas(_)
        | WorldCommand::Commitment(_)
        | WorldCommand::Produce(_)
        | WorldCommand::Transform(_)
        | WorldCommand::Stages { .. }
        | WorldCommand::Function(_)
        | WorldCommand::Attach(_)
        | WorldCommand::Read(_)
        | WorldCommand::Tune(_)
        | WorldCommand::Interval { .. }
        | WorldCommand::FanOut { .. }
        | WorldCommand::Detach(_)
        | WorldCommand::Pause(_)
        | WorldCommand::Resume(_)
        | WorldCommand::Rate { .. }
        | WorldCommand::Concurrency { .. }
        | WorldCommand::Provision { .. }
        | WorldCommand::Application(_)
        | WorldCommand::KillWorker { .. }
        | WorldCommand::StartWorker { .. }
        | WorldCommand::Caption(_)
        | WorldCommand::Calls(_)
        | WorldCommand::Clock(_) => Err(RunError::Unfit(format!(
            "`{command}` is for streams in this program: at an endpoint there are {}",
            ELSEWHERE.join(", ")
        ))),
    }
}

fn find<'a>(seen: &'a Snapshot, stream: &StreamName) -> Result<&'a StreamView, RunError> {
    let unknown = || RunError::Unknown { what: "stream", name: stream.to_string() };
    seen.stream(stream.as_str()).ok_or_else(unknown)
}

fn find_shard(stream: &StreamView, shard: ShardId) -> Result<&ShardView, RunError> {
    let name = format!("{} of {}", shard.short(), stream.name);
    stream.shard(shard).ok_or(RunError::Unknown { what: "shard", name })
}

fn create_stream(create: &CreateStream) -> Result<Order, RunError> {
    let CreateStream { stream, mode, shards, .. } = create;
    if create.cuts.is_some() {
        let why =
            "an endpoint begins with equal shards: create the stream without `--cuts`, then split";
        return Err(RunError::Unfit(why.to_owned()));
    }
    let mut body = json!({
        "StreamName": stream.as_str(), "StreamModeDetails": {"StreamMode": mode.wire()},
    });
    let with = match mode {
        StreamMode::Provisioned => {
            body["ShardCount"] = json!(shards);
            format!(" with {}", many(*shards, "shard"))
        }
        StreamMode::OnDemand => String::new(),
    };
    if !create.tags.is_empty() {
        body["Tags"] = json!(create.tags);
    }
    let order = Order::new(Action::CreateStream, body, format!("stream {stream} requested{with}"));
    Ok(order.undone_by(WorldCommand::Delete(stream.clone())))
}

fn delete(stream: &StreamName) -> Order {
    let body = json!({"StreamName": stream.as_str()});
    Order::new(Action::DeleteStream, body, format!("stream {stream} is being deleted"))
}

fn split(stream: &StreamView, shard: ShardId, at: SplitAt) -> Result<Order, RunError> {
    let found = find_shard(stream, shard)?;
    let key = at.key(found.range, &stream.limits, found.mix());
    let name = &stream.name;
    let [first, second] = [1, 2].map(|more| ShardId(newest(stream).0 + more));
    let body = json!({
        "StreamName": name.as_str(), "ShardToSplit": shard.to_string(),
        "NewStartingHashKey": key.to_string(),
    });
    let said = format!(
        "shard {} of {name} splits into {} and {}",
        shard.short(),
        first.short(),
        second.short()
    );
    let undo = WorldCommand::Merge { stream: name.clone(), first, second };
    Ok(Order::new(Action::SplitShard, body, said).undone_by(undo))
}

fn merge(stream: &StreamView, pair: [ShardId; 2]) -> Result<Order, RunError> {
    let [one, other] = pair;
    let (one, other) = (find_shard(stream, one)?, find_shard(stream, other)?);
    let (lower, upper) =
        if one.range.start <= other.range.start { (one, other) } else { (other, one) };
    let (name, child) = (&stream.name, ShardId(newest(stream).0 + 1));
    let body = json!({
        "StreamName": name.as_str(), "ShardToMerge": lower.id.to_string(),
        "AdjacentShardToMerge": upper.id.to_string(),
    });
    let said = format!(
        "shards {} and {} of {name} merge into {}",
        lower.id.short(),
        upper.id.short(),
        child.short()
    );
    let at = SplitAt::Key(upper.range.start);
    let undo = WorldCommand::Split { stream: name.clone(), shard: child, at };
    Ok(Order::new(Action::MergeShards, body, said).undone_by(undo))
}

/// The newest shard: numbers are handed out in order.
fn newest(stream: &StreamView) -> ShardId {
    stream.shards.last().map(|shard| shard.id).unwrap_or_default()
}

fn scale(stream: &StreamView, target: u32) -> Result<Order, RunError> {
    let name = &stream.name;
    let before = u32::try_from(stream.open_shards()).unwrap_or(u32::MAX);
    let body = json!({
        "StreamName": name.as_str(), "TargetShardCount": target,
        "ScalingType": "UNIFORM_SCALING",
    });
    let said = format!("{name} scales from {before} to {}", many(target, "shard"));
    let undo = WorldCommand::Scale { stream: name.clone(), shards: before };
    Ok(Order::new(Action::UpdateShardCount, body, said).undone_by(undo))
}

fn retention(stream: &StreamView, hours: u32) -> Result<Order, RunError> {
    let before = u32::try_from(stream.retention_ms / 3_600_000).unwrap_or(u32::MAX);
    let longer = hours > before;
    let action = match longer {
        true => Action::IncreaseStreamRetentionPeriod,
        false => Action::DecreaseStreamRetentionPeriod,
    };
    let name = &stream.name;
    let body = json!({"StreamName": name.as_str(), "RetentionPeriodHours": hours});
    let order = Order::new(action, body, format!("{name} keeps records for {hours} h"));
    // What was dropped by keeping less does not come back.
    let undo = WorldCommand::Retention { stream: name.clone(), hours: before };
    Ok(if longer { order.undone_by(undo) } else { order })
}

fn encrypt(stream: &StreamView, key: Option<&str>) -> Result<Order, RunError> {
    let name = &stream.name;
    let present = stream.details.key.as_deref();
    let (action, said) = match key {
        Some(key) => (Action::StartStreamEncryption, format!("{name} encrypts with {key}")),
        None => (Action::StopStreamEncryption, format!("{name} encrypts no more")),
    };
    let body = json!({
        "StreamName": name.as_str(), "EncryptionType": "KMS",
        "KeyId": key.or(present).unwrap_or("alias/aws/kinesis"),
    });
    let undo = WorldCommand::Encrypt { stream: name.clone(), key: present.map(str::to_owned) };
    Ok(Order::new(action, body, said).undone_by(undo))
}

fn tag(stream: &StreamName, tags: &Tags) -> Order {
    let body = json!({"StreamName": stream.as_str(), "Tags": tags});
    let keys: Vec<&str> = tags.keys().map(String::as_str).collect();
    Order::new(Action::AddTagsToStream, body, format!("{stream} has tags: {}", keys.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::model::{Level, Millis};
    use crate::remote::answer;
    use crate::remote::sight::Sight;

    /// `orders` with two shards.
    fn seen() -> Snapshot {
        let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
        let summary = json!({"StreamDescriptionSummary": {
            "StreamName": "orders", "RetentionPeriodHours": 24, "OpenShardCount": 2,
        }});
        sight.describe(Millis(0), answer::summary(&summary).expect("it is one"));
        let half = 1_u128 << 127;
        let shard = |id: u32, start: u128, end: u128| {
            json!({
                "ShardId": ShardId(id).to_string(),
                "HashKeyRange": {"StartingHashKey": start.to_string(), "EndingHashKey": end.to_string()},
            })
        };
        let page = json!({"Shards": [shard(0, 0, half - 1), shard(1, half, u128::MAX)]});
        let name = StreamName::new("orders").expect("it is a name");
        sight.describe_shards(Millis(0), &name, &answer::shards(&page).0);
        sight.picture(Millis(1_000))
    }

    fn ordered(line: &str) -> Result<Order, RunError> {
        let Ok(Command::World(command)) = line.parse() else { panic!("{line} is no command") };
        order(&command, &seen())
    }

    #[test]
    fn commands_ask_what_the_service_calls_them_and_can_be_taken_back() {
        let table = [
            ("create clicks --shards 3", Action::CreateStream, "delete clicks"),
            ("split orders 0", Action::SplitShard, "merge orders 2 3"),
            ("merge orders 1 0", Action::MergeShards, "split orders 2 --at 0x8"),
            ("scale orders 4", Action::UpdateShardCount, "scale orders 2"),
            ("retention orders 48", Action::IncreaseStreamRetentionPeriod, "retention orders 24"),
        ];
        for (line, action, undo) in table {
            let order = ordered(line).expect(line);
            assert_eq!(order.action, action, "{line}");
            let Ok(Command::World(undo)) = undo.parse() else { panic!("{undo} is no command") };
            assert_eq!(order.outcome.undo, Some(undo), "{line}");
        }
        let body = ordered("split orders 0").expect("it is there").body;
        assert_eq!(body["NewStartingHashKey"], (1_u128 << 126).to_string());
        let body = ordered("merge orders 1 0").expect("they are there").body;
        assert_eq!(body["ShardToMerge"], "shardId-000000000000", "the lower one");
        let put = ordered("put orders k a b").expect("it is there");
        assert_eq!((put.body["Data"].as_str(), put.outcome.undo), (Some("YSBi"), None));
    }

    /// `calls` is the console's own: it asks an endpoint nothing.
    #[test]
    fn what_is_said_to_be_there_at_an_endpoint_is_asked_of_it() {
        let lines = [
            "create clicks",
            "delete orders",
            "split orders 0",
            "merge orders 0 1",
            "scale orders 4",
            "retention orders 48",
            "record-size orders 2048",
            "encrypt orders alias/orders",
            "tag orders team=billing",
            "untag orders team",
            "put orders k a",
        ];
        let names = lines.map(|line| line.split(' ').next().unwrap_or_default());
        assert_eq!([&names[..], &["calls"]].concat(), ELSEWHERE);
        for line in lines {
            ordered(line).expect(line);
        }
    }

    #[test]
    fn what_is_not_there_or_not_of_an_endpoint_is_refused() {
        for (line, told) in [
            ("split clicks 0", "there is no stream `clicks`"),
            ("split orders 7", "there is no shard `007 of orders`"),
            ("clock pause", "`clock pause` is for streams in this program"),
            ("create clicks --cuts 0x4", "an endpoint begins with equal shards"),
        ] {
            let why = ordered(line).expect_err(line).to_string();
            assert!(why.starts_with(told), "{why}");
        }
    }
}
