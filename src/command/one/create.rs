//! `create`: a new stream.

use crate::api::CreateStream;
use crate::command::line::Line;
use crate::command::preview::plain;
use crate::command::shorthand::{limits, tags};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::limits::{
    ON_DEMAND_SHARDS, RECORD_KIB_MAX, RECORD_KIB_MIN, RETENTION_HOURS_DEFAULT, RETENTION_HOURS_MAX,
    RETENTION_HOURS_MIN, SHARDS_PER_STREAM_MAX, WARM_MIB_PER_S_MAX,
};
use crate::model::{HashKey, Level, RecordDistribution, StreamMode, StreamName};
use crate::snapshot::Snapshot;

const HOUR_MS: u64 = 3_600_000;
const CUTS: &str = "hash keys at which shards begin, ascending from above 0: 0x4,0x8";

pub(in crate::command) static SPEC: Spec = Spec {
    name: "create",
    aliases: &["new"],
    arguments: &[
        Argument::required("STREAM", Kind::NewName),
        Argument::value("--shards", Kind::Number),
        Argument::value("--cuts", Kind::Text),
        Argument::switch("--on-demand"),
        Argument::value("--retention", Kind::Text),
        Argument::value("--level", Kind::Choice(&["memory", "process", "power"])),
        Argument::value("--record-kib", Kind::Number),
        Argument::value("--limits", Kind::Choice(&["kinesis", "off"])),
        Argument::value("--warm", Kind::Number),
        Argument::switch("--auto"),
        Argument::value("--key", Kind::Text),
        Argument::value("--tags", Kind::Text),
    ],
    syntax: "create STREAM [--shards N | --cuts KEY,KEY] [--on-demand [--auto] [--warm MIB]] [--retention 24h] \
             [--level memory|process|power] [--record-kib N] [--limits kinesis|off|A,B,C,D] \
             [--key KEY] [--tags A=1,B=2]",
    summary: "new stream",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("n")],
    parse,
    preview,
    undo: "delete",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    words.at_most_one(&["--shards", "--on-demand"])?;
    words.at_most_one(&["--shards", "--cuts"])?;
    let on_demand = words.switch("--on-demand");
    let shards = words.number_flag("--shards", 1, SHARDS_PER_STREAM_MAX)?;
    let mut create = CreateStream::provisioned(stream, shards.unwrap_or(1), Level::Process);
    if on_demand {
        create.mode = StreamMode::OnDemand;
        create.shards = ON_DEMAND_SHARDS;
    }
    if let Some(text) = words.flag("--cuts") {
        let cuts = cuts(&text).ok_or_else(|| words.bad("--cuts", &text, CUTS))?;
        create.shards = u32::try_from(cuts.len() + 1).unwrap_or(u32::MAX);
        create.cuts = Some(cuts);
    }
    if let Some(text) = words.flag("--retention") {
        create.retention_ms = retention_ms(&text).ok_or_else(|| {
            let rule = "24h to 8760h, or seconds such as 90s for demos";
            words.bad("--retention", &text, rule)
        })?;
    }
    if let Some(text) = words.flag("--level") {
        create.level = Level::parse(&text)
            .ok_or_else(|| words.bad("--level", &text, "memory, process or power"))?;
    }
    if let Some(kib) = words.number_flag("--record-kib", RECORD_KIB_MIN, RECORD_KIB_MAX)? {
        create.record_kib_max = kib;
    }
    if let Some(text) = words.flag("--limits") {
        create.limits = limits::parse(&text).map_err(|short| words.short("--limits", short))?;
    }
    if words.switch("--auto") {
        create.distribution = RecordDistribution::Auto;
    }
    create.warm_mib_per_s = words.number_flag("--warm", 0, WARM_MIB_PER_S_MAX)?;
    create.key = words.flag("--key");
    if let Some(text) = words.flag("--tags") {
        create.tags = tags::parse(&text).map_err(|short| words.short("--tags", short))?;
    }
    Ok(Command::World(WorldCommand::Create(Box::new(create))))
}

/// Where shards begin, the first one aside; none of them is one shard.
fn cuts(text: &str) -> Option<Vec<HashKey>> {
    let words = text.split(',').filter(|word| !word.is_empty());
    let cuts: Vec<HashKey> = words.map(HashKey::parse).collect::<Option<_>>()?;
    let ascending =
        cuts.is_sorted_by(|one, next| one < next) && cuts.first() != Some(&HashKey::MIN);
    (ascending && cuts.len() < SHARDS_PER_STREAM_MAX as usize).then_some(cuts)
}

/// `24h`, `24` or, for demos, `90s`.
fn retention_ms(text: &str) -> Option<u64> {
    if let Some(seconds) = text.strip_suffix('s') {
        let seconds: u64 = seconds.parse().ok()?;
        return (1..=u64::from(RETENTION_HOURS_MAX) * 3_600)
            .contains(&seconds)
            .then_some(seconds * 1_000);
    }
    let hours: u32 = text.strip_suffix('h').unwrap_or(text).parse().ok()?;
    let allowed = RETENTION_HOURS_MIN..=RETENTION_HOURS_MAX;
    allowed.contains(&hours).then_some(u64::from(hours) * HOUR_MS)
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Create(create)) = command else { return Ok(preview) };
    free(snapshot, &create.stream)?;
    let CreateStream { shards, limits, .. } = create.as_ref();
    if let (Some(records), Some(bytes)) = (limits.write_records_per_s, limits.write_bytes_per_s) {
        preview.notes.push(format!(
            "takes {} records and {:.1} MiB a second",
            records.saturating_mul(u64::from(*shards)),
            bytes as f64 * f64::from(*shards) / 1_048_576.0
        ));
    }
    Ok(preview)
}

fn free(snapshot: &Snapshot, name: &StreamName) -> Result<(), CommandError> {
    match snapshot.stream(name.as_str()) {
        Some(_) => Err(CommandError::Taken { name: name.to_string() }),
        None => Ok(()),
    }
}

pub(in crate::command) fn print(create: &CreateStream) -> String {
    let CreateStream { stream, mode, shards, cuts, retention_ms, .. } = create;
    let CreateStream { level, limits, record_kib_max, distribution, .. } = create;
    let CreateStream { warm_mib_per_s, key, tags, .. } = create;
    let line = Line::new("create").word(stream);
    let line = match (mode, cuts) {
        (StreamMode::Provisioned, None) => line.unless(1, "--shards", *shards),
        (StreamMode::Provisioned, Some(_)) => line,
        (StreamMode::OnDemand, _) => line.switch("--on-demand", true),
    };
    let hex = |cuts: &Vec<HashKey>| cuts.iter().map(|cut| cut.hex()).collect::<Vec<_>>().join(",");
    let line = line.option("--cuts", cuts.as_ref().map(hex));
    let retention = match retention_ms / HOUR_MS {
        hours if hours * HOUR_MS == *retention_ms && hours >= u64::from(RETENTION_HOURS_MIN) => {
            format!("{hours}h")
        }
        _ => format!("{}s", retention_ms / 1_000),
    };
    line.unless(format!("{RETENTION_HOURS_DEFAULT}h"), "--retention", retention)
        .unless(Level::Process.word(), "--level", level.word())
        .unless(RECORD_KIB_MIN, "--record-kib", *record_kib_max)
        .unless("kinesis".to_owned(), "--limits", limits::print(limits))
        .switch("--auto", *distribution == RecordDistribution::Auto)
        .option("--warm", *warm_mib_per_s)
        .option("--key", key.as_deref())
        .option("--tags", Some(tags::print(tags)).filter(|tags| !tags.is_empty()))
        .end()
}
