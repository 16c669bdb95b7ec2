//! The endpoint by raw HTTP, operation by operation: types of fields, constraints, states of the
//! stream, meaning. What is expected is AWS's, as kinesalite and the service's model have it.

#![allow(clippy::disallowed_types, reason = "clients have sockets")]

mod cbor;
pub(crate) mod endpoint;
mod protocol;

mod accounts;
mod consumers;
mod create_stream;
mod delete_stream;
mod describe_stream;
mod describe_stream_summary;
mod encryption;
mod enhanced_monitoring;
mod get_records;
mod get_shard_iterator;
mod list_shards;
mod list_streams;
mod max_record_size;
mod merge_shards;
mod policies;
mod put_record;
mod put_records;
mod retention;
mod split_shard;
mod stream_mode;
mod subscribe_to_shard;
mod tags_of_resources;
mod tags_of_streams;
mod update_shard_count;

pub(crate) use endpoint::{CBOR, Endpoint, JSON, NAME, Type, arn, fault, null, receive, shard};
