"""boto3 as it is: waiters, paginators, retries, errors, SubscribeToShard. The endpoint is the argument."""

import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

kinesis = boto3.client(
    "kinesis",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="secret",
    config=Config(retries={"mode": "standard", "max_attempts": 8}),
)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert len(error.response["ResponseMetadata"]["RequestId"]) == 36, error.response
        return error
    raise AssertionError(f"{arguments} is not refused")


def wait(name):
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})


kinesis.create_stream(StreamName="orders", ShardCount=2, Tags={"team": "a"})
wait("orders")
arn = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamARN"]

# Every byte comes back, in order, through keys of any script.
numbers = {}
for key in ("a", "\u043a\u043b\u044e\u0447", 'q"\\'):
    put = kinesis.put_record(StreamName="orders", Data=bytes(range(256)), PartitionKey=key)
    numbers[key] = (put["ShardId"], put["SequenceNumber"])
batch = [{"Data": b"%d" % n, "PartitionKey": f"k{n}"} for n in range(500)]
put = kinesis.put_records(StreamARN=arn, Records=batch)
assert put["FailedRecordCount"] == 0 and len(put["Records"]) == 500
read = []
# The client's own paginator of list_shards names the stream beside the token. AWS refuses that (botocore's
# issue 2009), and so do we: a program that works here shall work there.
paginator = kinesis.get_paginator("list_shards")
refused("InvalidArgumentException", lambda **of: list(paginator.paginate(**of)), StreamName="orders", PaginationConfig={"PageSize": 1})
page = kinesis.list_shards(StreamName="orders", MaxResults=1)
while True:
    for shard in page["Shards"]:
        start = kinesis.get_shard_iterator(
            StreamName="orders", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = kinesis.get_records(ShardIterator=start)["Records"]
        sequence = [int(record["SequenceNumber"]) for record in records]
        assert sequence == sorted(sequence)
        read += [(shard["ShardId"], record) for record in records]
    if "NextToken" not in page:
        break
    page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=1)
assert len(read) == 503
for shard, record in read:
    if record["PartitionKey"] in numbers:
        assert numbers[record["PartitionKey"]] == (shard, record["SequenceNumber"])
        assert record["Data"] == bytes(range(256))
        assert abs(record["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 600
assert sorted(record["Data"] for _, record in read if record["PartitionKey"].startswith("k")) == sorted(
    entry["Data"] for entry in batch
)

# Positions in time.
at = kinesis.get_shard_iterator(
    StreamName="orders", ShardId="shardId-000000000000", ShardIteratorType="AT_TIMESTAMP", Timestamp=time.time() - 300
)
assert kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]

# Errors are the client's own classes.
refused("ResourceNotFoundException", kinesis.describe_stream, StreamName="absent")
refused("ResourceInUseException", kinesis.create_stream, StreamName="orders", ShardCount=1)
refused("ValidationException", kinesis.split_shard, StreamName="orders", ShardToSplit="0", NewStartingHashKey="x")
error = refused("InvalidArgumentException", kinesis.get_records, ShardIterator="x")
assert isinstance(error, kinesis.exceptions.InvalidArgumentException)

# A shard's fifth GetShardIterator in a second is its last; the client's retries get through.
for _ in range(12):
    kinesis.get_shard_iterator(StreamName="orders", ShardId="1", ShardIteratorType="LATEST")

# Splits and merges, children after parents.
middle = str(2**126)
kinesis.split_shard(StreamName="orders", ShardToSplit="shardId-000000000000", NewStartingHashKey=middle)
wait("orders")
while True:
    shards = kinesis.list_shards(StreamName="orders", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    if len(shards) == 3:
        break
    time.sleep(0.1)
assert {shard.get("ParentShardId") for shard in shards} == {None, "shardId-000000000000"}

# Streams in pages.
for name in ("clicks", "views"):
    kinesis.create_stream(StreamName=name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    wait(name)
pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2}))
assert [page["StreamNames"] for page in pages] == [["clicks", "orders"], ["views"]], pages

# Records are pushed to a registered consumer.
consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="audit")["Consumer"]["ConsumerARN"]
while True:
    told = kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]
    if told["ConsumerStatus"] == "ACTIVE":
        break
    time.sleep(0.1)
events = kinesis.subscribe_to_shard(
    ConsumerARN=consumer, ShardId="shardId-000000000001", StartingPosition={"Type": "TRIM_HORIZON"}
)["EventStream"]
pushed = 0
expected = sum(shard == "shardId-000000000001" for shard, _ in read)
for event in events:
    pushed += len(event["SubscribeToShardEvent"]["Records"])
    if pushed >= expected:
        break
events.close()
assert pushed == expected, (pushed, expected)

tags = kinesis.list_tags_for_stream(StreamName="orders")["Tags"]
assert tags == [{"Key": "team", "Value": "a"}], tags
for name in ("orders", "clicks", "views"):
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
    kinesis.get_waiter("stream_not_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
print("done")
