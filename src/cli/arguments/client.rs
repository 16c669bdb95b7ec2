//! What clients of an endpoint are told on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{parse_region, parse_time};

/// Which endpoint, and who asks.
#[derive(Debug, Args)]
pub(in crate::cli) struct AtEndpoint {
    /// Where: http://HOST:PORT or https://HOST, else what AWS_ENDPOINT_URL_KINESIS or AWS_ENDPOINT_URL says, else
    /// AWS where a region or a profile is named, else http://127.0.0.1:4567
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) endpoint: Option<String>,
    /// The region of AWS, instead of the environment's or the profile's
    #[arg(long, value_name = "REGION", value_parser = parse_region)]
    pub(in crate::cli) region: Option<String>,
    /// The profile whose keys and region are used, instead of the environment's
    #[arg(long, value_name = "PROFILE")]
    pub(in crate::cli) profile: Option<String>,
    /// Trust the authorities in this file (PEM) and no other, instead of AWS_CA_BUNDLE's or the system's
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) ca: Option<PathBuf>,
}

/// `watershed describe`.
#[derive(Debug, Args)]
pub(in crate::cli) struct DescribeTask {
    /// The stream
    pub(in crate::cli) stream: String,
    /// Watch it, and write a session with its shards, its load and its keys as they were seen, for
    /// `watershed simulate FILE` and `watershed what-if FILE --load x10`
    #[arg(long)]
    pub(in crate::cli) session: bool,
    /// How long it is watched for that: `20s`, `5m`
    #[arg(long = "for", value_name = "TIME", default_value = "20s", value_parser = parse_time, requires = "session")]
    pub(in crate::cli) watch_ms: u64,
    #[command(flatten)]
    pub(in crate::cli) at: AtEndpoint,
}

/// `watershed put`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PutTask {
    /// The stream
    pub(in crate::cli) stream: String,
    /// Partition key of every record; without it each line has another
    #[arg(long)]
    pub(in crate::cli) key: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) at: AtEndpoint,
}

/// `watershed tail`.
#[derive(Debug, Args)]
pub(in crate::cli) struct TailTask {
    /// The stream
    pub(in crate::cli) stream: String,
    /// Where to begin
    #[arg(long, value_enum, default_value_t = TailFrom::Latest)]
    pub(in crate::cli) from: TailFrom,
    /// How records are shown
    #[arg(long, value_enum, default_value_t = TailShape::Text)]
    pub(in crate::cli) format: TailShape,
    /// Show aggregated records of the Producer Library as they are, instead of the records that are in them
    #[arg(long)]
    pub(in crate::cli) whole: bool,
    /// End after so many records
    #[arg(long, value_name = "N")]
    pub(in crate::cli) count: Option<u64>,
    #[command(flatten)]
    pub(in crate::cli) at: AtEndpoint,
}

/// Where `tail` begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TailFrom {
    /// With records that come from now on
    Latest,
    /// With the oldest records, parents before their children
    TrimHorizon,
}

/// How `tail` shows a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TailShape {
    /// Its data alone
    Data,
    /// Shard, partition key and data, apart by tabs
    Text,
    /// The service's JSON, with ShardId and Text
    Json,
}

/// What changes a stream; each comes back when it is done.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum StreamTask {
    /// Create a stream
    Create {
        /// Its name
        stream: String,
        /// Shards to begin with; without it, it is on-demand
        #[arg(long)]
        shards: Option<u32>,
        #[command(flatten)]
        at: AtEndpoint,
    },
    /// Divide a shard in two
    Split {
        /// The stream
        stream: String,
        /// The shard: `shardId-000000000003`, or `3`
        shard: String,
        /// First hash key of the upper half; the middle unless given
        #[arg(long, value_name = "HASH-KEY")]
        key: Option<String>,
        #[command(flatten)]
        at: AtEndpoint,
    },
    /// Unite two neighboring shards
    Merge {
        /// The stream
        stream: String,
        /// The lower shard
        shard: String,
        /// The one above it
        adjacent: String,
        #[command(flatten)]
        at: AtEndpoint,
    },
    /// Change the number of open shards
    Scale {
        /// The stream
        stream: String,
        /// Open shards wanted, half to double of those that there are
        shards: u32,
        #[command(flatten)]
        at: AtEndpoint,
    },
    /// Delete a stream and its records
    Delete {
        /// The stream
        stream: String,
        /// Its registered consumers may go with it
        #[arg(long)]
        enforce_consumer_deletion: bool,
        /// The stream's name once more: on AWS it is asked for otherwise
        #[arg(long, value_name = "STREAM")]
        yes_delete: Option<String>,
        #[command(flatten)]
        at: AtEndpoint,
    },
}

impl StreamTask {
    /// The endpoint that is asked.
    pub(in crate::cli) fn at(&self) -> &AtEndpoint {
        match self {
            Self::Create { at, .. }
            | Self::Split { at, .. }
            | Self::Merge { at, .. }
            | Self::Scale { at, .. }
            | Self::Delete { at, .. } => at,
        }
    }
}
