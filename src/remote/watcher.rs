//! The one who asks: what there is, what it is like, what comes. Within a budget of calls.

mod page;
mod picture;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::ShardDescription;
use crate::command::Place as At;
use crate::meter::series::SECONDS_KEPT;
use crate::model::{Action, Level, Millis, ShardId, StreamName, StreamStatus};
use crate::remote::answer::{self, Batch};
use crate::remote::client::now;
use crate::remote::cloudwatch::CloudWatch;
use crate::remote::plan::{Budget, Task, Wanted, stalest};
use crate::remote::sight::Sight;
use crate::remote::{AskError, Client};
use crate::snapshot::{Snapshot, TailView};
use crate::world::{FarWatch, LOOK_TARGET, RecordsWatch, Watch, read_picture};

/// How often streams are named and looked at.
const LIST_EVERY_MS: u64 = 5_000;
/// The same while one changes.
const CHANGE_EVERY_MS: u64 = 1_000;
/// How often shards are listed when nothing says that they changed.
const SHARDS_EVERY_MS: u64 = 60_000;
/// How often a shard is read.
const READ_EVERY_MS: u64 = 1_000;
/// The same while somebody looks at another stream.
const ASIDE_EVERY_MS: u64 = 2_000;
/// How often a page of records that is not the newest is read again.
const PAGE_EVERY_MS: u64 = 10_000;
/// A reader that is so far behind goes on at the tip.
const BEHIND_MS_MAX: u64 = 10_000;
/// Pages of a list, at most. There are that many only where an endpoint does not know where to go on.
const PAGES_MAX: usize = 100;
/// How long a trouble is told after the last time that it was met.
const TROUBLE_MS: u64 = 5_000;

/// An endpoint that answers nothing for so long is silent: what flowed may flow no more.
const SILENT_MS: u64 = 3_000;

/// Who did not look for so long has slept with its machine: what flowed meanwhile is not known.
const SLEPT_MS: u64 = 30_000;
/// How far back seconds are made up for: as many as are kept.
const KEPT_MS: u64 = SECONDS_KEPT as u64 * 1_000;

/// How often whoever serves pictures is asked for one.
const LOOK_EVERY_MS: u64 = 1_000;

/// How an endpoint is seen.
enum Way {
    /// Nobody has tried to get a picture yet.
    Unknown,
    /// It gives pictures: the last one.
    Whole(Arc<Snapshot>),
    /// It gives none.
    Sampled,
}

/// Where a shard is being read.
struct Reading {
    iterator: String,
    since: Millis,
}

/// What stands in the way.
struct Trouble {
    why: String,
    at: Millis,
    /// When it was met first without an answer in between.
    since: Millis,
    /// How often it was met without an answer in between.
    times: u32,
}

/// Watches an endpoint.
pub(super) struct Watcher {
    client: Client,
    budget: Budget,
    calls_per_s: u32,
    way: Way,
    sight: Sight,
    done: BTreeMap<Task, Millis>,
    readings: BTreeMap<(StreamName, ShardId), Reading>,
    /// The one stream that is watched, when others are none of ours.
    only: Option<StreamName>,
    cloudwatch: Option<CloudWatch>,
    watch: Watch,
    page: Option<(RecordsWatch, TailView)>,
    /// Which records the last whole picture was asked for.
    pictured: Option<RecordsWatch>,
    trouble: Option<Trouble>,
    /// When the calls of the last seconds were made.
    calls: Vec<Millis>,
    next_second: Millis,
}

impl Watcher {
    pub(super) fn new(
        client: Client,
        calls_per_s: u32,
        only: Option<StreamName>,
        cloudwatch: Option<CloudWatch>,
    ) -> Self {
        let now = now();
        let level = if client.place().is_aws() { Level::Power } else { Level::Memory };
        let sight = Sight::new(now, client.place().url.clone(), level);
        let way = if only_samples(&client, only.as_ref()) { Way::Sampled } else { Way::Unknown };
        Self {
            client,
            way,
            budget: Budget::new(calls_per_s, now),
            calls_per_s,
            sight,
            done: BTreeMap::new(),
            readings: BTreeMap::new(),
            only,
            cloudwatch,
            watch: Watch::default(),
            page: None,
            pictured: None,
            trouble: None,
            calls: Vec::new(),
            next_second: now.plus(1_000),
        }
    }

    /// A viewer wants to see this.
    pub(super) fn look_at(&mut self, watch: Watch) {
        if self.watch.records != watch.records {
            self.done.remove(&Task::Page);
            self.page = None;
        }
        if self.watch != watch {
            self.done.remove(&Task::Look);
        }
        self.watch = watch;
    }

    /// So many calls a second may be made from now on.
    pub(super) fn allow(&mut self, calls_per_s: u32) {
        self.calls_per_s = calls_per_s;
        self.budget = Budget::new(calls_per_s, now());
    }

    /// Something was changed: everything is looked at again.
    pub(super) fn look_again(&mut self) {
        self.done.retain(|task, _| matches!(task, Task::Read(..) | Task::Page | Task::Metrics));
    }

    /// Asks what is due, as far as the budget goes; how long may the next round wait?
    pub(super) fn round(&mut self, go_on: &dyn Fn() -> bool) -> u64 {
        while go_on() {
            let at = now();
            self.second(at);
            let Some(next) = self.next(at) else { break };
            if self.trouble.as_ref().is_some_and(|trouble| trouble.rests(at))
                || !self.budget.allows(at)
            {
                break;
            }
            self.done.insert(next.clone(), at);
            match self.perform(&next, at) {
                Ok(()) => self.met_nothing(at),
                Err(why) => self.met(at, &next, &why),
            }
        }
        self.next_second.since(now()).clamp(20, 250)
    }

    /// Seconds that are over.
    fn second(&mut self, at: Millis) {
        if self.next_second.plus(SLEPT_MS) <= at {
            self.sight.silence();
            self.next_second = self.next_second.max(at.minus(KEPT_MS - 1_000));
        }
        while self.next_second <= at {
            self.next_second = self.next_second.plus(1_000);
            if self.trouble.as_ref().is_some_and(|trouble| trouble.silent_ms(at).is_some()) {
                self.sight.silence();
            }
            self.sight.tick(at);
        }
        self.calls.retain(|call| call.plus(5_000) > at);
    }

    /// What is to be asked next, if anything is.
    fn next(&self, at: Millis) -> Option<Task> {
        let wanted = self.wanted();
        // However many reads are waiting, one call in a minute may save most of them.
        let metrics = wanted.iter().position(|wanted| wanted.task == Task::Metrics);
        let first = metrics.and_then(|metrics| stalest(&wanted[metrics..=metrics], at));
        first.or_else(|| stalest(&wanted, at)).map(|wanted| wanted.task.clone())
    }

    /// What is to be asked, and how often.
    fn wanted(&self) -> Vec<Wanted> {
        let all = match self.way {
            Way::Unknown | Way::Whole(_) => vec![(Task::Look, LOOK_EVERY_MS)],
            Way::Sampled => self.samples(),
        };
        let with = |(task, every_ms): (Task, u64)| {
            let done = self.done.get(&task).copied();
            Wanted { task, every_ms, done }
        };
        all.into_iter().map(with).collect()
    }

    /// What is to be asked of one who gives no pictures, and how often.
    fn samples(&self) -> Vec<(Task, u64)> {
        let looked_at = self.watch.records.as_ref().map(|records| &records.browse.stream);
        let looked_at = looked_at.or(self.watch.heat.as_ref().map(|heat| &heat.stream));
        let records = self.watch.records.as_ref();
        let newest = records.filter(|records| records.browse.place == At::Newest);
        let mut all = vec![(Task::List, LIST_EVERY_MS)];
        if let Some(cloudwatch) = self.cloudwatch.as_ref().filter(|_| self.sight.is_listed()) {
            all.push((Task::Metrics, cloudwatch.every_ms()));
        }
        for name in self.sight.names() {
            let (status, fits) = self.sight.state(name).unwrap_or((StreamStatus::Active, false));
            let calm = status == StreamStatus::Active;
            all.push((
                Task::Describe(name.clone()),
                if calm { LIST_EVERY_MS } else { CHANGE_EVERY_MS },
            ));
            all.push((
                Task::Shards(name.clone()),
                if fits { SHARDS_EVERY_MS } else { CHANGE_EVERY_MS },
            ));
            let is_aside = looked_at.is_some_and(|looked_at| looked_at != name);
            let every_ms = if is_aside { ASIDE_EVERY_MS } else { READ_EVERY_MS };
            let readable = !matches!(status, StreamStatus::Creating | StreamStatus::Deleting);
            // What is told need not be read, but by who wants to see the records.
            let wants = newest.is_some_and(|newest| newest.browse.stream == *name);
            let open = self.sight.open(name).into_iter().filter(|_| readable);
            let open = open.filter(|id| wants || !self.sight.is_told(name, *id));
            all.extend(open.map(|id| (Task::Read(name.clone(), id), every_ms)));
        }
        if records.is_some() && newest.is_none() {
            all.push((Task::Page, PAGE_EVERY_MS));
        }
        all
    }

    fn ask(&mut self, action: Action, body: &Value) -> Result<Value, AskError> {
        self.budget.spend();
        self.calls.push(now());
        self.client.ask_once(action, body)
    }

    fn perform(&mut self, task: &Task, at: Millis) -> Result<(), AskError> {
        match task {
            Task::Look => self.look(),
            Task::Metrics => {
                self.measure(at);
                Ok(())
            }
            Task::List => self.list(at),
            Task::Describe(stream) => self.describe(at, stream),
            Task::Shards(stream) => {
                let shards = self.list_shards(stream)?;
                self.sight.describe_shards(at, stream, &shards);
                Ok(())
            }
            Task::Read(stream, shard) => self.read(at, stream, *shard),
            Task::Page => self.read_page(at),
        }
    }

    /// Asks for a whole picture. Who refuses that is sampled from then on.
    fn look(&mut self) -> Result<(), AskError> {
        self.budget.spend();
        self.calls.push(now());
        let wanted = FarWatch::from(&self.watch).to_json();
        let records = self.watch.records.clone();
        let told = match self.client.post_once(LOOK_TARGET, &wanted) {
            Err(why @ AskError::Refused { .. }) if !why.wants_keys() => Err(why.to_string()),
            told => Ok(told?),
        };
        let picture = told.and_then(|json| {
            read_picture(&json).inspect_err(|why| {
                let url = &self.client.place().url;
                log::warn!(target: "remote", "`{url}` gives pictures of another version: {why}");
            })
        });
        self.way = match picture {
            Ok(picture) => {
                self.pictured = records;
                Way::Whole(Arc::new(picture))
            }
            Err(_) => Way::Sampled,
        };
        Ok(())
    }

    /// Asks what was measured. What stands in the way of that stands in the way of nothing else.
    fn measure(&mut self, at: Millis) {
        let Some(cloudwatch) = &mut self.cloudwatch else { return };
        let spend = || {
            self.budget.spend();
            self.calls.push(now());
        };
        for (whose, history) in cloudwatch.ask(at, &self.sight.metrics(), spend) {
            self.sight.told(at, &whose, &history);
        }
    }

    fn list_streams(&mut self) -> Result<Vec<StreamName>, AskError> {
        let mut all: BTreeSet<StreamName> = BTreeSet::new();
        let mut asked = json!({});
        for _ in 0..PAGES_MAX {
            let (names, more) = answer::names(&self.ask(Action::ListStreams, &asked)?);
            if let Some(last) = names.last() {
                asked = json!({"ExclusiveStartStreamName": last.as_str()});
            }
            let before = all.len();
            all.extend(names);
            // A page of what is known already is that of one who does not look where to go on. By the
            // order of names it cannot be told: some list by age.
            if !more || all.len() == before {
                break;
            }
        }
        Ok(all.into_iter().collect())
    }

    fn list(&mut self, at: Millis) -> Result<(), AskError> {
        let mut all = self.list_streams()?;
        all.retain(|stream| self.only.as_ref().is_none_or(|only| only == stream));
        self.sight.list(at, &all);
        self.readings.retain(|(stream, _), _| all.contains(stream));
        let known: Vec<StreamName> = self.sight.names().cloned().collect();
        let mut told: Result<(), AskError> = Ok(());
        for stream in all.iter().filter(|stream| !known.contains(stream)) {
            let described = self.describe(at, stream);
            if described.as_ref().is_err_and(AskError::is_unheard) {
                return described;
            }
            // Who may not describe this one may describe others.
            told = told.and(described);
        }
        self.sight.is_whole();
        told
    }

    fn describe(&mut self, at: Millis, stream: &StreamName) -> Result<(), AskError> {
        let told =
            self.ask(Action::DescribeStreamSummary, &json!({"StreamName": stream.as_str()}))?;
        if let Some(summary) = answer::summary(&told) {
            self.sight.describe(at, summary);
        }
        Ok(())
    }

    fn list_shards(&mut self, stream: &StreamName) -> Result<Vec<ShardDescription>, AskError> {
        // Each once: a page may come again.
        let mut all: BTreeMap<ShardId, ShardDescription> = BTreeMap::new();
        let mut asked = json!({"StreamName": stream.as_str()});
        for _ in 0..PAGES_MAX {
            let (shards, token) = answer::shards(&self.ask(Action::ListShards, &asked)?);
            all.extend(shards.into_iter().map(|shard| (shard.shard, shard)));
            let Some(token) = token else { break };
            if asked["NextToken"] == token.as_str() {
                break;
            }
            asked = json!({"NextToken": token});
        }
        Ok(all.into_values().collect())
    }

    fn iterator(
        &mut self,
        stream: &StreamName,
        shard: ShardId,
        mut asked: Value,
    ) -> Result<String, AskError> {
        asked["StreamName"] = json!(stream.as_str());
        asked["ShardId"] = json!(shard.to_string());
        let told = self.ask(Action::GetShardIterator, &asked)?;
        Ok(told["ShardIterator"].as_str().unwrap_or_default().to_owned())
    }

    fn get(&mut self, iterator: &str, limit: usize) -> Result<Batch, AskError> {
        let asked = json!({"ShardIterator": iterator, "Limit": limit});
        Ok(answer::batch(&self.ask(Action::GetRecords, &asked)?))
    }

    /// Reads what came to a shard since the last time. Who begins, or is too far behind, begins at the tip.
    fn read(&mut self, at: Millis, stream: &StreamName, shard: ShardId) -> Result<(), AskError> {
        let key = (stream.clone(), shard);
        let Some(Reading { iterator, since }) = self.readings.remove(&key) else {
            let iterator = self.iterator(stream, shard, json!({"ShardIteratorType": "LATEST"}))?;
            self.readings.insert(key, Reading { iterator, since: at });
            return Ok(());
        };
        let batch = match self.get(&iterator, 10_000) {
            Ok(batch) => batch,
            Err(why) => {
                // One that was looked at and refused is good no longer: it is too old, or of one who
                // answered there before.
                if why.is_unheard() {
                    self.readings.insert(key, Reading { iterator, since });
                }
                if why.code() == Some("ProvisionedThroughputExceededException") {
                    self.sight.refused(stream, shard);
                }
                return Err(why);
            }
        };
        self.sight.read(stream, shard, &batch, at.since(since));
        match batch.next {
            Some(iterator) if batch.behind_ms <= BEHIND_MS_MAX => {
                self.readings.insert(key, Reading { iterator, since: at });
            }
            Some(_) => {}
            // It was closed: its children are to be seen.
            None => {
                self.done.remove(&Task::Shards(stream.clone()));
            }
        }
        Ok(())
    }

    /// An answer came.
    fn met_nothing(&mut self, at: Millis) {
        if self.trouble.as_ref().is_some_and(|trouble| trouble.at.plus(TROUBLE_MS) <= at) {
            self.trouble = None;
        } else if let Some(trouble) = &mut self.trouble {
            trouble.times = 0;
        }
    }

    fn met(&mut self, at: Millis, task: &Task, why: &AskError) {
        match why.code() {
            // It went away since it was listed.
            Some("ResourceNotFoundException") => {
                self.done.remove(&Task::List);
                return;
            }
            Some("ExpiredIteratorException") => return,
            _ => {}
        }
        // Nobody answers, or nobody is known: nothing else has a better chance.
        let times = match (why.code(), &self.trouble) {
            (Some(_), _) if !why.wants_keys() => 0,
            (_, Some(trouble)) => trouble.times + 1,
            (_, None) => 1,
        };
        if times > 0 {
            self.done.remove(task);
            // Another one may answer there next.
            if matches!(self.way, Way::Sampled) && !only_samples(&self.client, self.only.as_ref()) {
                self.way = Way::Unknown;
            }
        }
        if self.trouble.as_ref().is_none_or(|trouble| trouble.why != why.to_string()) {
            log::warn!(target: "remote", "{why}");
        }
        let before = self.trouble.as_ref().filter(|trouble| trouble.times > 0);
        let since = before.map_or(at, |trouble| trouble.since);
        self.trouble = Some(Trouble { why: why.to_string(), at, since, times });
    }
}

impl Trouble {
    /// For how long nothing was answered, in whole seconds, when the endpoint is silent.
    fn silent_ms(&self, at: Millis) -> Option<u64> {
        let ms = at.since(self.since) / 1_000 * 1_000;
        (self.times > 0 && ms >= SILENT_MS).then_some(ms)
    }

    /// Is it too early to ask again? Longer from time to time, ten seconds at most.
    fn rests(&self, at: Millis) -> bool {
        let ms = match self.times {
            0 => 0,
            times => (250 << times.min(6)).min(10_000),
        };
        self.at.plus(ms) > at
    }
}

/// AWS has no pictures, and logs who asks it for something else; who wants one stream reads it.
fn only_samples(client: &Client, only: Option<&StreamName>) -> bool {
    client.place().is_aws() || only.is_some()
}

#[cfg(test)]
mod tests;
