//! What is told of shards.

use crate::api::{ChildShard, ShardDescription, ShardsPage};
use crate::model::HashKeyRange;
use crate::wire::writer::Writer;

fn range(writer: &mut Writer, range: HashKeyRange) {
    writer.key("HashKeyRange").structure(|writer| {
        writer.key("StartingHashKey").plain(range.start);
        writer.key("EndingHashKey").plain(range.end);
    });
}

pub(super) fn shard(writer: &mut Writer, shard: &ShardDescription) {
    writer.structure(|writer| {
        writer.key("ShardId").shard(shard.shard);
        if let Some(parent) = shard.lineage.parent {
            writer.key("ParentShardId").shard(parent);
        }
        if let Some(parent) = shard.lineage.adjacent_parent {
            writer.key("AdjacentParentShardId").shard(parent);
        }
        range(writer, shard.range);
        writer.key("SequenceNumberRange").structure(|writer| {
            writer.key("StartingSequenceNumber").sequence(shard.starting_sequence);
            if let Some(end) = shard.ending_sequence {
                writer.key("EndingSequenceNumber").sequence(end);
            }
        });
    });
}

pub(super) fn page(writer: &mut Writer, page: &ShardsPage) {
    writer.key("Shards").list(&page.shards, shard);
    if let Some(token) = &page.next_token {
        writer.key("NextToken").plain(token);
    }
}

pub(super) fn children(writer: &mut Writer, children: &[ChildShard]) {
    writer.key("ChildShards").list(children, |writer, child| {
        writer.structure(|writer| {
            writer.key("ShardId").shard(child.shard);
            writer.key("ParentShards").list(&child.parents, |writer, parent| writer.shard(*parent));
            range(writer, child.range);
        });
    });
}
