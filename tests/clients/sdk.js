// The AWS SDK for JavaScript as it is, which subscribes over HTTP/2. The endpoint is the argument.
const assert = require('node:assert');
const kinesis = require('@aws-sdk/client-kinesis');

const client = new kinesis.KinesisClient({
  endpoint: process.argv[2],
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'secret' },
});
const ask = (Command, input) => client.send(new Command(input));

async function main() {
  const StreamName = 'orders';
  await ask(kinesis.CreateStreamCommand, { StreamName, ShardCount: 1 });
  await kinesis.waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1 }, { StreamName });
  const told = await ask(kinesis.DescribeStreamSummaryCommand, { StreamName });
  const StreamARN = told.StreamDescriptionSummary.StreamARN;
  const Records = Array.from({ length: 100 }, (_, n) => ({ Data: Buffer.from(`${n}`), PartitionKey: `k${n}` }));
  const put = await ask(kinesis.PutRecordsCommand, { StreamName, Records });
  assert.equal(put.FailedRecordCount, 0);
  await assert.rejects(ask(kinesis.DescribeStreamCommand, { StreamName: 'absent' }), kinesis.ResourceNotFoundException);

  const registered = await ask(kinesis.RegisterStreamConsumerCommand, { StreamARN, ConsumerName: 'audit' });
  const { ConsumerARN } = registered.Consumer;
  for (;;) {
    const { ConsumerDescription } = await ask(kinesis.DescribeStreamConsumerCommand, { ConsumerARN });
    if (ConsumerDescription.ConsumerStatus === 'ACTIVE') break;
  }
  const { EventStream } = await ask(kinesis.SubscribeToShardCommand, {
    ConsumerARN,
    ShardId: 'shardId-000000000000',
    StartingPosition: { Type: 'TRIM_HORIZON' },
  });
  const read = [];
  for await (const event of EventStream) {
    read.push(...event.SubscribeToShardEvent.Records.map((record) => Buffer.from(record.Data).toString()));
    if (read.length >= 100) break;
  }
  assert.deepEqual(read, Records.map((record) => record.Data.toString()));
  console.log('done');
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
