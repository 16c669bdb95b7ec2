//! Where the sources of Kinesis law contradict each other or are silent: what is done here, and why.
//!
//! Each row that is a number or a switch names the constant that the code uses; numbers that other
//! floors need too stand in [`crate::model::limits`].
//!
//! ## Control plane
//!
//! | question | one source | another | choice | reason |
//! |---|---|---|---|---|
//! | ListShards a second and stream | 1,000 (model, guide of 2026) | 100 (guide of 2023) | 1,000, [`crate::rules::rate`] | the newer |
//! | scope of 5/s for SplitShard, MergeShards, RegisterStreamConsumer, ListTagsForStream, RemoveTagsFromStream | account (model) | stream (guide) | stream, [`crate::rules::rate`] | the guide's table is the page of quotas; the laxer refuses nobody wrongly |
//! | scope of UpdateShardCount's 10 a second | not said | | account, [`crate::rules::rate`] | as the other calls whose scope the model alone states |
//! | sentence of a rate | `Rate exceeded for stream NAME under account A.` (field report) | | that; without a stream the action's name stands in its place | no other source |
//! | when an on-demand stream gets shards | within 15 minutes (guide) | | looks every 5 minutes at loads of a minute each, [`crate::rules::demand`] | three doublings fit into 15 minutes, and the same run always scales alike |
//! | KB of "500 KB/s" | 1,000 or 1,024 bytes | | 1,024, [`DEMAND_HOT_BYTES_PER_MIB`] | as for puts |
//! | small records in on-demand mode | only bytes are told of | | half of a shard's records a second make it hot too | a shard full of small records refuses as well |
//! | throttling beyond twice the peak | "above 2 x the previous peak within 15 minutes" | | no rule of its own: shards for twice the peak are what there is | it is what that many shards do |
//! | fewer shards in on-demand mode | "scales depending on your throughput" | | one merge a look, when 30 days needed less | else the 30 days would have no meaning |
//! | peaks after a restart | | | what is there counts as built then | it stays for 30 days, and nothing more need be kept |
//! | UpdateStreamMode to the present mode | not said | Terraform asks it at each refresh | nothing is done, and it does not count | as retention |
//! | what only on-demand streams have, at a switch to provisioned | not said | | warm throughput and AUTO distribution are taken away | provisioned streams do not have them |
//! | ceiling of an on-demand stream | 10 GB/s in the largest regions | 200 MB/s elsewhere | 10,000 shards, [`crate::model::limits::SHARDS_PER_STREAM_MAX`] | our region is one of the largest |
//! | shards of on-demand streams | not said | | do not count to the quota of shards | they have a quota of their own, of streams |
//! | DELETING | reads and writes may go on for a while (model) | | reads do, writes do not | what is put into a stream that goes is lost |
//! | DeleteStream of a stream that is CREATING | "if the stream is in the ACTIVE state" (model) | taken (kinesalite, run against AWS) | taken, [`crate::rules::lifecycle`] | seen on AWS |
//! | shards in the description of a stream that is CREATING | not said | none (kinesalite, run against AWS) | none | seen on AWS |
//! | tags, policies and consumers of a stream that is UPDATING | "must be ACTIVE" (text of the exception) | | allowed, [`crate::rules::lifecycle`] | they change no shard |
//! | shards of an account | 20,000 / 6,000 / 1,000 by region (guide of 2026) | 500 / 200 (2023) | 20,000, [`crate::model::Quotas`] | the region of our names is us-east-1; a session can say otherwise |
//! | longest retention | 8,760 h (model) | 168 h (an old text of a member) | 8,760 h, [`crate::model::limits::RETENTION_HOURS_MAX`] | the operation's own text |
//! | RetentionPeriodHours below 1 | any integer (model) | a constraint, 1 or more (kinesalite of 2018) | too short, as all below 24 h, [`crate::rules::retention::changed`] | the newer |
//! | longest value of a tag | 256 (model) | 255 (guide of 2023) | 256, `TAG_VALUE_CHARS_MAX` | the newer |
//! | NewStartingHashKey | any key of the range (model) | above start + 1 and below the end (kinesalite, run against AWS) | the stricter, [`crate::rules::topology::split`] | the sentence of the error states it |
//! | order of shards in MergeShards | silent (model) | the lower first; kinesalite's suite expects `InvalidArgumentException` for the inverted pair | the lower first, [`crate::rules::topology::merge`] | its suite was run against AWS; the console sorts the two for its user |
//! | order of checks | types, constraints, state of the resource (kinesalite) | rates not said | constraints, all that are broken at once; then the rate; then the stream and its state; then what only the stream can tell, [`crate::rules::constraint`] | the order that was seen, and a refused call is a call |
//! | a StartingSequenceNumber that is no number | InvalidArgument (its own sentence) | constraint: a pattern (kinesalite, model) | the constraint, where a request comes from outside | constraints go first |
//! | NextToken with ShardFilter | not among those that exclude each other (model) |  | refused like the others | the token holds the filter |
//! | NextToken with ExclusiveStartStreamName | not said |  | the token | it is the later place |
//! | AT_TRIM_HORIZON of a stream younger than its retention | "open at TRIM_HORIZON" |  | its creation is the horizon, [`crate::rules::shard_filter`] | otherwise no shard would be of it |
//! | most shards in a description | 100 (guide) | 10,000 may be asked for (model) | 100 | the guide tells the effect |
//! | retention periods, when | "must be ACTIVE" (text of ResourceInUse) | no check (kinesalite) | ACTIVE | the operation declares the error |
//! | enhanced monitoring, how | not said |  | at once; a setting that is kept and told | every metric is measured here |
//! | when records are encrypted | up to 5 s after ACTIVE (model) |  | from the end of UPDATING on | the least that is promised |
//! | StopStreamEncryption of a stream that does not encrypt | not said | taken (kinesalite) | taken, and counted | as kinesalite |
//! | KMS errors | six (model) |  | none | there is no key service: a key is a name |
//! | how AUTO distributes | not said |  | open shards in turn, one record each, [`crate::rules::routing::Router::in_turn`] | all shards take the same |
//! | how warm throughput comes and goes | "immediately available"; lower goes to the larger of the wish and the last hour's peak (model) |  | comes by uniform scaling, goes by one merge a look, [`crate::rules::demand::Demand::release`] | growth is asked for, shrinking is not hurried |
//! | policy of a resource that has none | not said | `{}`; deleting it is ResourceNotFound (moto) | those | the only source |
//! | longest policy | not said |  | 20 KiB, [`crate::model::limits::POLICY_BYTES_MAX`] | what anybody can write must have an end |
//! | what a policy does | decides who may do what |  | nothing, it is kept and told | there is one account here and nobody signs |
//! | DryRun | "permission check only" (model) |  | permitted, whatever the arguments | as above |
//! | percent signs in tags | allowed by one sentence of kinesalite | refused by another | refused | seen on AWS |
//! | ranges after UpdateShardCount | of equal size (model, ScalingType) | unequal unless doubled or halved: split all, then merge neighbors (moto); split in order (kinesis-mock) | equal, as those of a new stream, [`crate::rules::topology::uniform_starts`] | the service's own word; splits and merges as few as lead there |
//! | middle of a range | (start + end) / 2 rounded down (guide) | | rounded up, [`crate::rules::topology::halves`] | both halves of a range of even length are equal then |
//! | sentences of UpdateShardCount beyond double and half | InvalidArgument, own words (kinesis-mock) | LimitExceeded, `UpdateShardCount cannot scale up over double ...` (kinesalite; AWS CDK quotes it) | the latter | two sources, one of them AWS's |
//! | sentence of a target above 10,000 | InvalidArgument, own words (kinesis-mock) | LimitExceeded, `Target shard count or number of open shards cannot be greater than ...` (kinesalite) | the latter, [`crate::rules::scaling`] | as above |
//! | sentence of the eleventh UpdateShardCount of a day | | own words (kinesis-mock) | those | the only source |
//! | when a reshard takes effect | UPDATING, then ACTIVE (model) | parents take records until the stream is ACTIVE again (kinesalite, run against AWS) | at the end of UPDATING | seen on AWS |
//! | how long CREATING, UPDATING, DELETING last | seconds to minutes | 500 ms (kinesalite) | 500 ms unless a session says otherwise | short enough for a desk, long enough to be seen |
//! | creation time of the first shards | the stream's, less 2 s (kinesalite imitates an offset) | | the stream's | an offset of AWS's own clocks is no law |
//! | first number of a child | closing time of its parents and 1 s (kinesalite) | | the same, [`CHILD_STARTS_AFTER_MS`] | seen on AWS; numbers of a key never go back |
//!
//! ## Data plane
//!
//! | question | one source | another | choice | reason |
//! |---|---|---|---|---|
//! | bytes of a shard for PutRecord | 10 MiB a second (rows of PutRecord) | 1 MiB a second (rows of PutRecords) | 1 MiB sustained, 10 s of it as burst, [`crate::rules::throttle::WriteGate`] | both hold then |
//! | may ordinary records use the burst | silent: "average 1 MiB/s" | the guide's picture is one tank that a large record drains and smaller ones share | no: it is for records above one second's bytes, and everything drains it | a shard refuses at 1 MiB/s as it always did, large records leave the sustained rate alone, and no mixture comes in faster in the long run |
//! | how PutRecords' one rounding is split over shards | silent | | once for each shard that the call touches | a shard knows its own part only; in one shard it is the guide's rule to the letter, in several it costs less than 1 KiB more each |
//! | KB of the rounding | 1,000 or 1,024 bytes | | 1,024 | 1,000 records of one byte are 1,000 KiB of 1,024: both budgets end together, as the guide says |
//! | largest PutRecords | 10 MiB (model) | 5 MB (guide of 2023) | 10 MiB, [`crate::model::limits::PUT_RECORDS_BYTES_MAX`] | the newer |
//! | largest record | 10 MiB (model, of the blob) | 1 MiB unless the stream says otherwise | the stream's, key included, [`crate::rules::record::check_record`] | the operation's own text |
//! | what a broken constraint shows of data and of records | `Value 'java.nio.HeapByteBuffer[...]' at`, `Value '[...]' at` (kinesalite of 2018) | `Value at` (moto, field reports) | the latter, [`crate::rules::constraint::Constraints::hidden_length`] | the newer |
//! | sentences above these | only those of the 1 MiB and 5 MB days | | the same with the new numbers | no other source |
//! | records a second of shared readers | 2,000 (quota page) | not in the model | off, a limit of the stream switches it on | a reader of small records would be refused where the model lets it read |
//! | lock-outs after reads | 5 s after 10 MB, 1 s after running out | | as long as the answer takes at 2 MiB/s, at least 1 s, [`crate::rules::read_throttle::ReadGate`] | both sentences hold, and answers in between cannot outrun the rate |
//! | GetShardIterator | 5 a second and open shard | | on, a limit of the stream switches it off | every session of ours keeps its promises with it |
//! | number that a shard starts with | index 0 (kinesalite: the first record is then 1, if of the same second) | | index 0, and records are always of a later second than their shard | records are counted from 0 in the log; the starting number must be below all of them |
//! | numbers of version 0 and 1 | read, never written (kinesalite, run against AWS) | | a record may be ordered after them, a position is refused with the shard that they encode, [`crate::rules::any_number`] | seen on AWS |
//! | a position of version 0, of the shard that it encodes | InternalFailure (kinesalite) | `... because it did not come from this stream.` (earlier versions of its suite) | the latter | nothing fails here |
//! | a number to be ordered after from the future | its record's time, not its shard's (kinesalite) | | that, but for the first second of a shard that was opened just now | numbers that were given must be taken back |
//! | readers of a shard | any number (Kinesis) | 2 at once, more "can be throttled" (DynamoDB) | a limit of the stream, off, [`crate::model::ShardLimits::readers_per_shard`] | both services are at home here |
//! | who is a reader, and when do two read at once | "processes" (DynamoDB) | | who goes on from one iterator; in the same second of the clock; who was refused comes first in the next, [`crate::rules::readers::Readers`] | a request says no more of who sends it; a third reader is throttled there, not locked out |
//! | size and cadence of SubscribeToShard events | silent | 200 ms (kinesis-mock) | at once, a second's bytes at most, [`crate::model::limits::PUSH_GAP_MS`] apart | 70 ms from put to event are promised |
//! | events without records | the member Records may be empty (model) | KCL takes 35 s of silence for a dead subscription | one at the start, then one in [`crate::model::limits::PUSH_HEARTBEAT_MS`] of quiet | a reader learns where to go on before anything is put |
//! | a second SubscribeToShard within a second of a first | LimitExceeded: 1 call a second (model) | ResourceInUse: within 5 s of a successful one (model) | ResourceInUse after a success, LimitExceeded after a failure, [`crate::rules::fan_out::SubscribeCalls`] | the reason that lasts longer is told |
//! | is a subscription that was closed kept for its 5 s | silent | yes (Databricks' knowledge base, of AWS) | yes | seen on AWS |
//! | end of a closed shard for subscribers | ContinuationSequenceNumber is required (model) | null ends the shard (KCL) | an event of its own, without records, without a number, with the children | what the client library understands |
//! | sentences of SubscribeToShard | | `Another active subscription exists ...` (Databricks), `... is not in ACTIVE status.` (awslabs/kinesis-hot-shard-advisor#37) | those | seen on AWS |
//! | registered consumers of a stream | 20, and 50 for on-demand streams in Advantage mode (quota page, model) | 20 (the row of RegisterStreamConsumer) | 20; 50 for on-demand streams while the account's commitment holds, [`crate::model::limits::CONSUMERS_COMMITTED_MAX`] | the page of quotas, and the model of the present |
//! | sentences of a consumer too many, of a twin, of a stream with consumers, of an old or wrong NextToken | | | our own | no source |
//!
//! ## Readers and functions
//!
//! The code of these rows stands in `pipeline`.
//!
//! | question | one source | another | choice | reason |
//! |---|---|---|---|---|
//! | order with a ParallelizationFactor | per key (Lambda guide of 2026) | per shard (2023) | per key | the newer |
//! | batches above 10 records | need a window of 1 s (one sentence of the Lambda model) | 100 records and no window are the defaults (the same model) | no such rule for streams | defaults must be allowed |
//! | IteratorAge | age when the batch is sent | age when it is done | when it is sent | the newer |
//! | MillisBehindLatest of a pushed event | from the tip of the shard (2026) | now less the last write (2023) | from the tip, as of GetRecords | the newer |
//! | time from put to get | 200 ms, below 1 s | "about 3 s" (an early text) | none: what is written can be read at once, at level `power` once it is synced | nothing here has to travel |
//! | pauses after errors of a function | "exponential back-off", no figures |  | 1 s doubling to 60 s; without concurrency 100 ms doubling to 5 s; half of each is drawn | a desk sees both |
//! | when the halves of a bisected batch are tried | not said |  | at once, the left one first | a half is another batch; the left one first keeps the order of a shard |
//! | tries of a half | "splitting uses no retries" (guide) |  | each half has all its retries | a record is given up after as many tries of its own as the mapping says |
//! | a partial response without bisecting | tried again "from the lowest" (guide) |  | the try counts, for the rest | what fails again and again must end |
//! | a partial response that names the first record, with bisecting | cut at the lowest (guide) |  | bisected as after an error | a cut before the first record is none, and the batch would be lost with its good records |
//! | an answer that is neither null nor an object, where one is read | not said |  | the batch counts as failed | at least once |
//! | approximateInvokeCount of a half | not said |  | invocations that its records were in, those of larger batches included | it says what these records cost |
//! | on-failure document of records that never reached the function | not said |  | responseContext is null, the count 0 | there was no response |
//! | what is too old, when only a part of a batch is | "discards records older than" (guide) |  | these records alone, before the next try | the letter of it |
//! | age without a MaximumRecordAge | "up to one week" (guide), even with longer retention |  | seven days | as Lambda |
//! | condition of a record whose event is above 6 MB | goes to the destination (guide), without a name |  | `PayloadTooLarge` | it says why |
//! | lane of a key under a ParallelizationFactor | not said |  | a stable hash of the key, modulo the factor | any would fit |
//! | a ParallelizationFactor that changes | not said |  | what runs ends, what waits is dealt anew without its tries | no key is ever in two lanes |
//! | tumbling windows with a ParallelizationFactor | not said |  | each lane has windows of its own | no two invocations share a state |
//! | Records of the last invocation of a window | not said |  | none | a batch is not held back to go along with it |
//! | a window when its length or the factor changes | not said |  | ends early, and says so | its state belongs to it |
//! | children of a closed shard | not said of mappings | after their parents (KCL) | after their parents | order of a key |
//! | a transform in place that fails | not of Kinesis |  | the call is refused with InvalidArgument and nothing of it is put; with a stream of errors the record is told there, and the answer names its place there, [`crate::pipeline::transform::in_place`] | wrong input refuses a call in Kinesis too, and what was put unchanged could not be told from the rest |
//! | a transform in place that drops, or makes several | not of Kinesis |  | the record fails | an answer has one sequence number for each record |
//! | an aggregated record that came into another shard than was predicted | those user records that do not belong there are put again (KPL) | all that was in it is dropped by who reads (KCL) | all are put again | else those that do belong there would be lost |
//! | records while shards are not known to who aggregates | put by themselves (KPL) |  | the same | nothing waits for a list |
//! | a mapping that changes from polling to a registered consumer, or to another one | EventSourceArn is given at creation (model) |  | `tune` changes it, and reading goes on where it is | a desk tries both |
//! | the registered consumer of a mapping | its ARN is given |  | by name; registered when the mapping begins and finds none, waited for when it is deregistered later | one command instead of two; what an operator takes away stays away |
//! | two mappings with one registered consumer | not said | subscriptions would take over from each other every 5 s (model) | refused | it cannot be meant |
//! | an on-failure destination that is an HTTP endpoint | none (SNS can post) |  | gets what a queue gets, without the records; 10 s a try, 20 tries, then lost and told | records may be large, and stand in the stream |
//! | requests a second | 10 for each concurrent instance (quota page) |  | of what is set apart those of its function, of what is shared those of all others; a second's worth at once, and it comes back steadily | the letter of it; how it is measured is not said |
//! | requests above those of provisioned instances | not said |  | spill over to others, within the limits of these | as instances above them do |
//! | reason of a throttle by the scaling rate | none of the six says so (model) |  | ConcurrentInvocationLimitExceeded | it is a limit of how concurrency grows |
//! | records of a stream with AUTO distribution that would be aggregated | not said | keys decide where they belong (KPL, KCL) | refused; where a client switches AUTO on meanwhile, records are put one by one | who takes them apart would pass over them |
//! | numbers in filters | compared as text: 300 is not 300.0 (guide) |  | that; but 1.50 is 1.5, and digits beyond 64 bits are rounded, [`crate::pipeline`] | what the JSON reader keeps of them |
//! | aggregated records that are pushed to a mapping | taken apart first (guide) | not while polling (the same) | as they are, both ways: `deaggregate` in a transform takes them apart | a batch would begin and end within a record |
//! | keys of filters | `data` alone (guide) | other metadata (a table of the guide) | `data` and `partitionKey` | both of a record's own |
//!
//! ## What does no number come from
//!
//! * "Too many" CreateStream, DeleteStream, MergeShards and SplitShard at once are refused (model):
//!   how many is not said, so nobody is.
//! * Sentences of the quotas of on-demand streams and of streams in CREATING are our own; so are
//!   those of mode switches, encryption, warm throughput, AUTO distribution and policies.
//! * Nothing here polls as the client library does or enables streams of DynamoDB: what the sources
//!   say against each other of these is left open.
//! * Queues and channels are not served: the model has their shapes, no source has their law.
//! * Short-lived shards of UpdateShardCount count to the quota of shards (model). Going up, all
//!   shards are split first, so that a request needs room for double the present number.

/// Milliseconds after its parents were closed that a child's sequence numbers begin.
pub const CHILD_STARTS_AFTER_MS: u64 = 1_000;

/// Milliseconds between two looks of the service at an on-demand stream.
pub const DEMAND_LOOK_MS: u64 = 5 * 60_000;
/// Days for which the peak of an on-demand stream is remembered.
pub const DEMAND_PEAK_DAYS: u64 = 30;
/// Bytes a second above which a shard of an on-demand stream is split, for each MiB that it takes.
pub const DEMAND_HOT_BYTES_PER_MIB: u64 = 500 * 1_024;
