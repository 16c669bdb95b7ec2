//! Every cap and default, Kinesis' and ours, in one file, with the unit in the name.
//! Sources: the Kinesis and Lambda developer guides and service models (2026).

/// Records that one shard takes a second.
pub const SHARD_WRITE_RECORDS_PER_S: u64 = 1_000;
/// Bytes (data and partition key) that one shard takes a second.
pub const SHARD_WRITE_BYTES_PER_S: u64 = 1_048_576;
/// Seconds of a shard's write bytes that records larger than one second's may take at once.
pub const WRITE_BURST_S: u64 = 10;
/// Bytes that all shared readers of a shard get a second.
pub const SHARD_READ_BYTES_PER_S: u64 = 2 * 1_048_576;
/// GetRecords calls that a shard answers a second, all readers together.
pub const SHARD_READ_CALLS_PER_S: u64 = 5;
/// GetShardIterator calls that an open shard answers a second.
pub const SHARD_ITERATOR_CALLS_PER_S: u64 = 5;
/// How long a shard gives nothing, at least, after an answer that spent its read budget.
pub const READ_LOCK_MS_MIN: u64 = 1_000;

/// Most entries in one PutRecords request.
pub const PUT_RECORDS_ENTRIES_MAX: usize = 500;
/// Most bytes (data and keys) in one PutRecords request.
pub const PUT_RECORDS_BYTES_MAX: usize = 10 * 1_048_576;
/// Most records in one GetRecords answer.
pub const GET_RECORDS_MAX: usize = 10_000;
/// Most bytes in one GetRecords answer.
pub const GET_RECORDS_BYTES_MAX: usize = 10 * 1_048_576;
/// Smallest maximum record size (data and partition key) that a stream can be set to, KiB; every
/// stream begins with it unless it says otherwise.
pub const RECORD_KIB_MIN: u32 = 1_024;
/// Largest maximum record size that a stream can be set to, KiB.
pub const RECORD_KIB_MAX: u32 = 10_240;
/// Longest partition key, in characters.
pub const PARTITION_KEY_CHARS_MAX: usize = 256;

/// Longest name of a stream or of a part.
pub const NAME_CHARS_MAX: usize = 128;
/// Most shards in one stream that we serve.
pub const SHARDS_PER_STREAM_MAX: u32 = 10_000;
/// Shards that an on-demand stream starts with.
pub const ON_DEMAND_SHARDS: u32 = 4;
/// Open shards of all provisioned streams of an account, in the largest regions.
pub const SHARDS_PER_ACCOUNT: u32 = 20_000;
/// On-demand streams of an account.
pub const ON_DEMAND_STREAMS_MAX: u32 = 50;
/// Streams of an account that may be CREATING at once.
pub const CREATING_STREAMS_MAX: u32 = 5;
/// Most MiB a second that an on-demand stream can be kept warm for.
pub const WARM_MIB_PER_S_MAX: u32 = 10_240;
/// Changes of the mode of a stream in a rolling day.
pub const MODE_SWITCHES_PER_DAY: usize = 2;
/// Times that encryption of a stream can be started in a rolling day, and be stopped.
pub const ENCRYPTION_CHANGES_PER_DAY: usize = 25;
/// Shortest time between the begin and the end of an account's commitment, milliseconds.
pub const COMMITMENT_MS_MIN: u64 = 24 * 3_600_000;
/// Tags of one resource.
pub const TAGS_MAX: usize = 50;
/// Longest key of a tag, characters.
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Longest value of a tag, characters.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// Most tags in one answer.
pub const TAGS_LISTED_MAX: u32 = 50;
/// Most tags in one request; the service stores fewer for one resource.
pub const TAGS_ASKED_MAX: usize = 200;
/// Longest policy of a resource, bytes: ours.
pub const POLICY_BYTES_MAX: usize = 20_480;
/// Longest name of an encryption key, characters.
pub const KEY_ID_CHARS_MAX: usize = 2_048;
/// Most shards in one answer to ListShards, and how many unless said otherwise.
pub const SHARDS_LISTED_MAX: u32 = 1_000;
/// Most shards in one answer to DescribeStream, and how many unless said otherwise.
pub const SHARDS_DESCRIBED_MAX: u32 = 100;
/// Most streams in one answer to ListStreams, and how many unless said otherwise.
pub const STREAMS_LISTED_MAX: u32 = 100;
/// The largest page that may be asked for, whatever is given.
pub const PAGE_ASKED_MAX: u32 = 10_000;
/// Uniform scalings of a stream in a rolling day.
pub const SCALINGS_PER_DAY: usize = 10;

/// Shortest retention that the API accepts.
pub const RETENTION_HOURS_MIN: u32 = 24;
/// Longest retention that the API accepts.
pub const RETENTION_HOURS_MAX: u32 = 8_760;
/// Retention unless said otherwise.
pub const RETENTION_HOURS_DEFAULT: u32 = 24;

/// How long a shard iterator is valid after it was returned.
pub const ITERATOR_LIFETIME_MS: u64 = 300_000;

/// How long a token of a page is valid after it was returned.
pub const NEXT_TOKEN_LIFETIME_MS: u64 = 300_000;

/// Longest token of a page that is read, characters.
pub const NEXT_TOKEN_CHARS_MAX: usize = 1_048_576;

/// Registered consumers of one stream.
pub const CONSUMERS_PER_STREAM_MAX: u32 = 20;
/// Registered consumers of one on-demand stream while the account's commitment holds.
pub const CONSUMERS_COMMITTED_MAX: u32 = 50;
/// Registered consumers of one stream that may be CREATING at the same time.
pub const CREATING_CONSUMERS_MAX: u32 = 5;
/// Consumers in one answer of ListStreamConsumers unless asked for.
pub const LIST_CONSUMERS_DEFAULT: u32 = 100;
/// How long a subscription lives.
pub const SUBSCRIPTION_MS: u64 = 300_000;
/// How long a subscription keeps others of its consumer and shard away.
pub const SUBSCRIPTION_KEPT_MS: u64 = 5_000;
/// Time between two SubscribeToShard calls of one consumer for one shard.
pub const SUBSCRIBE_CALL_MS: u64 = 1_000;
/// Bytes that each registered consumer gets from each shard a second.
pub const PUSH_BYTES_PER_S: u64 = 2 * 1_048_576;
/// Time between two events of one subscription, at least: ours.
pub const PUSH_GAP_MS: u64 = 20;
/// Time after which a subscription without records is told so: ours.
pub const PUSH_HEARTBEAT_MS: u64 = 5_000;

/// How long CREATING lasts unless configured.
pub const CREATE_DELAY_MS_DEFAULT: u64 = 500;
/// How long UPDATING lasts unless configured.
pub const UPDATE_DELAY_MS_DEFAULT: u64 = 500;
/// How long DELETING lasts unless configured.
pub const DELETE_DELAY_MS_DEFAULT: u64 = 500;

/// Concurrent function instances of an account unless raised.
pub const ACCOUNT_CONCURRENCY_DEFAULT: u32 = 1_000;
/// Concurrency that reservations must leave unreserved.
pub const UNRESERVED_CONCURRENCY_MIN: u32 = 100;
/// Requests a second that each concurrent instance which is allowed stands for.
pub const REQUESTS_PER_INSTANCE: u32 = 10;

/// Most records in a batch of an event source mapping.
pub const MAPPING_BATCH_SIZE_MAX: u32 = 10_000;
/// Batch size of an event source mapping unless said otherwise.
pub const MAPPING_BATCH_SIZE_DEFAULT: u32 = 100;
/// Longest batching window of a mapping.
pub const MAPPING_WINDOW_MS_MAX: u64 = 300_000;
/// Most concurrent batches of one shard.
pub const PARALLELIZATION_FACTOR_MAX: u32 = 10;
/// Most retries that a mapping can be told to make; -1 means without end.
pub const MAPPING_RETRIES_MAX: i32 = 10_000;
/// Youngest age at which a mapping can be told to give records up.
pub const RECORD_AGE_S_MIN: i32 = 60;
/// Greatest age at which a mapping can be told to give records up: a week.
pub const RECORD_AGE_S_MAX: i32 = 604_800;
/// Longest tumbling window of a mapping.
pub const TUMBLING_WINDOW_S_MAX: u32 = 900;
/// Largest state that a function hands on inside of a tumbling window.
pub const WINDOW_STATE_BYTES_MAX: usize = 1_048_576;
/// How long a tumbling window without traffic stays open behind its end.
pub const WINDOW_QUIET_MS: u64 = 120_000;
/// Most streams that a transform routes to beside its output.
pub const ROUTES_MAX: usize = 10;
/// Most patterns of a mapping.
pub const FILTERS_MAX: usize = 5;
/// Longest pattern of a mapping.
pub const FILTER_CHARS_MAX: usize = 4_096;
/// Least memory that a function can be given, and what it has unless said otherwise.
pub const MEMORY_MB_MIN: u32 = 128;
/// Most memory that a function can be given.
pub const MEMORY_MB_MAX: u32 = 10_240;
/// Longest timeout of a function.
pub const TIMEOUT_S_MAX: u32 = 900;
/// Largest event that a function is invoked with.
pub const EVENT_BYTES_MAX: usize = 6 * 1_048_576;
/// How often a mapping polls a shard that has nothing new.
pub const MAPPING_POLL_MS: u64 = 1_000;
