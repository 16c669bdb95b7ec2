//! Describing and listing streams and their shards, page by page.

use std::ops::Bound;

use crate::api::{
    ApiError, Control, DescribeStream, ListShards, ListStreams, ListedStream, ShardDescription,
    ShardsPage, StreamDescription, StreamSummary, StreamsPage, WarmThroughput,
};
use crate::engine::stream::{Shard, Stream};
use crate::engine::{Engine, error};
use crate::model::limits::{SHARDS_DESCRIBED_MAX, SHARDS_LISTED_MAX, STREAMS_LISTED_MAX};
use crate::model::{Action, Millis, ShardFilter, ShardId, StreamMode, StreamName, StreamStatus};
use crate::rules::page::{NextTokenError, Page};
use crate::rules::shard_filter::{Life, lets_through};

/// Shards that are asked for.
struct Asked {
    stream: StreamName,
    filter: ShardFilter,
    after: Option<ShardId>,
}

impl Engine {
    pub(super) fn describe(&self, asked: &DescribeStream) -> Result<StreamDescription, ApiError> {
        let DescribeStream { stream, after, limit } = asked;
        let stream = self.known(stream)?;
        let most = page(*limit, SHARDS_DESCRIBED_MAX);
        // Shards of a stream that is being created are not told yet.
        let are_told = stream.status != StreamStatus::Creating;
        let told = |shard: &&Shard| are_told && after.is_none_or(|after| shard.id > after);
        let mut rest = stream.live().filter(told);
        let shards = rest.by_ref().take(most).map(Shard::describe).collect();
        let has_more_shards = rest.next().is_some();
        Ok(StreamDescription { shards, has_more_shards, ..stream.describe() })
    }

    pub(super) fn summarize(&self, name: &StreamName) -> Result<StreamSummary, ApiError> {
        let stream = self.known(name)?;
        let Stream { settings, extras, status, created, .. } = stream;
        let open_shards = stream.open_count();
        let may_be_warm = settings.mode == StreamMode::OnDemand && self.committed();
        let warm = || WarmThroughput {
            target: settings.warm_mib_per_s.unwrap_or(open_shards),
            current: open_shards,
        };
        Ok(StreamSummary {
            settings: settings.clone(),
            status: *status,
            created: *created,
            open_shards,
            consumers: stream.consumer_count(),
            monitored: extras.monitored.clone(),
            warm: may_be_warm.then(warm),
        })
    }

    pub(super) fn list_streams(&self, list: &ListStreams) -> Result<StreamsPage, ApiError> {
        let ListStreams { after, limit, next_token } = list;
        let after = match next_token.as_deref().map(|token| Page::of(token, self.now)) {
            Some(Ok(Page::Streams { after })) => Some(after),
            Some(Ok(Page::Shards { .. } | Page::Consumers { .. })) => {
                return Err(NextTokenError::Invalid.into());
            }
            Some(Err(why)) => return Err(why.into()),
            None => after.clone(),
        };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.streams.range((start, Bound::Unbounded));
        let most = page(*limit, STREAMS_LISTED_MAX);
        let streams: Vec<ListedStream> = rest.by_ref().take(most).map(listed).collect();
        let last = streams.last().filter(|_| rest.next().is_some());
        let token =
            |last: &ListedStream| Page::Streams { after: last.name.clone() }.token(self.now);
        let next_token = last.map(token);
        Ok(StreamsPage { streams, next_token })
    }

    pub(super) fn list_shards(&mut self, list: &ListShards) -> Result<ShardsPage, ApiError> {
        let Asked { stream: name, filter, after } = self.asked(list)?;
        let stream = self.known(&name)?;
        let horizon = self.now.minus(stream.settings.retention_ms).max(stream.created);
        let through = |shard: &&Shard| {
            let life =
                Life { shard: shard.id, opened: shard.rest.created, closed: shard.rest.closed };
            after.is_none_or(|after| shard.id > after) && lets_through(filter, life, horizon)
        };
        let mut rest = stream.live().filter(through);
        let most = page(list.max_results, SHARDS_LISTED_MAX);
        let shards: Vec<ShardDescription> = rest.by_ref().take(most).map(Shard::describe).collect();
        let last = shards.last().filter(|_| rest.next().is_some());
        let created = stream.created;
        let next_token = last.map(|last| {
            let after = last.shard;
            Page::Shards { stream: name, created, filter, after }.token(self.now)
        });
        Ok(ShardsPage { shards, next_token })
    }

    /// What a request is about: a token says it all, otherwise the request does.
    fn asked(&mut self, list: &ListShards) -> Result<Asked, ApiError> {
        let Some(token) = &list.next_token else {
            let missing = || ApiError::InvalidArgument(NEITHER.to_owned());
            let stream = list.stream.clone().ok_or_else(missing)?;
            self.check_created(&stream, list.stream_created)?;
            let filter = list.filter.unwrap_or_default();
            return Ok(Asked { stream, filter, after: list.after });
        };
        let both = [
            (list.stream.is_some(), "StreamName"),
            (list.stream_created.is_some(), "StreamCreationTimestamp"),
            (list.after.is_some(), "ExclusiveStartShardId"),
            (list.filter.is_some(), "ShardFilter"),
        ];
        if let Some((_, field)) = both.iter().find(|(is, _)| *is) {
            let why = format!("NextToken and {field} cannot be provided together.");
            return Err(ApiError::InvalidArgument(why));
        }
        let Page::Shards { stream, created, filter, after } = Page::of(token, self.now)? else {
            return Err(NextTokenError::Invalid.into());
        };
        self.admit(Control { action: Action::ListShards, stream: Some(&stream) })?;
        if self.known(&stream)?.created != created {
            return Err(error::no_stream(&stream));
        }
        Ok(Asked { stream, filter, after: Some(after) })
    }

    /// Is the stream of that name the one that was created then? Times on the wire are whole
    /// seconds, at times.
    pub(super) fn check_created(
        &self,
        name: &StreamName,
        created: Option<Millis>,
    ) -> Result<(), ApiError> {
        let stream = self.known(name)?;
        match created {
            Some(created) if created.seconds() != stream.created.seconds() => {
                Err(error::no_stream(name))
            }
            Some(_) | None => Ok(()),
        }
    }
}

const NEITHER: &str = "Either NextToken or StreamName should be provided.";

/// How many a page holds: as many as were asked for, and not more than may be.
pub(super) fn page(asked: Option<u32>, most: u32) -> usize {
    asked.map_or(most, |asked| asked.min(most)) as usize
}

fn listed((name, stream): (&StreamName, &Stream)) -> ListedStream {
    let Stream { settings, status, created, .. } = stream;
    ListedStream { name: name.clone(), status: *status, mode: settings.mode, created: *created }
}
