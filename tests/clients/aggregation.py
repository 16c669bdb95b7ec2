"""The aggregating producer and the de-aggregating reader of PyPI's aws-kinesis-agg, as they are. The arguments are
`put` or `get`, and the endpoint."""

import base64
import sys
import time

import boto3
from aws_kinesis_agg import aggregator, deaggregator

COUNT = 1000
kinesis = boto3.client(
    "kinesis",
    endpoint_url=sys.argv[2],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="secret",
)


def put():
    """Some keys, half of the records with a hash key of its own, packed by 8 KiB."""
    kinesis.create_stream(StreamName="packed", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="packed", WaiterConfig={"Delay": 1})
    packer = aggregator.RecordAggregator(8192)
    full = []
    for n in range(COUNT):
        record = packer.add_user_record(f"key-{n % 7}", f"line {n}", str(n) if n % 2 else None)
        full += [record] if record else []
    full.append(packer.clear_and_get())
    assert 2 < len(full) < 50, len(full)
    for record in full:
        key, hash_key, data = record.get_contents()
        more = {"ExplicitHashKey": hash_key} if hash_key else {}
        kinesis.put_record(StreamName="packed", PartitionKey=key, Data=data, **more)


def get():
    """Whatever a producer of ours packed: every line, once, in the order of its file, by its own key."""
    kinesis.get_waiter("stream_exists").wait(StreamName="packed", WaiterConfig={"Delay": 1})
    shard = kinesis.list_shards(StreamName="packed")["Shards"][0]["ShardId"]
    start = kinesis.get_shard_iterator(StreamName="packed", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator, records, users = start["ShardIterator"], 0, []
    until = time.time() + 60
    while len(users) < COUNT and time.time() < until:
        page = kinesis.get_records(ShardIterator=iterator)
        iterator = page["NextShardIterator"]
        records += len(page["Records"])
        users += deaggregator.iter_deaggregate_records(page["Records"], data_format="Boto3")
        time.sleep(0 if page["Records"] else 0.2)
    lines = [base64.b64decode(user["kinesis"]["data"]).decode() for user in users]
    assert lines == [f"line {n}" for n in range(COUNT)], (len(lines), lines[:5])
    assert [user["kinesis"]["partitionKey"] for user in users] == lines
    assert all(user["kinesis"]["aggregated"] for user in users)
    assert records < COUNT / 10, records


{"put": put, "get": get}[sys.argv[1]]()
print("done")
