// The JavaScript side of the client tests: kafkajs as a member of a consumer group, behind the command line that README.md describes.
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { Kafka, logLevel } = createRequire(process.env.AGENT_MODULES)("kafkajs");

const text = { type: "string" };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { bootstrap: text, topic: { ...text, multiple: true }, group: text, session: text, assignor: text },
});

async function group() {
  const kafka = new Kafka({
    brokers: [values.bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 1000 },
  });
  let consumer;
  const start = async () => {
    consumer = kafka.consumer({
      groupId: values.group,
      sessionTimeout: Number(values.session),
      heartbeatInterval: 500,
      maxWaitTimeInMs: 100,
    });
    const { commitOffsets, events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) =>
      console.log(["assigned", ...(payload.memberAssignment[values.topic[0]] ?? [])].join(" ")),
    );
    consumer.on(events.REBALANCING, () => console.log("revoked"));
    // kafkajs gives up when a heartbeat hears before a fetch does that the coordinator forgot it: the application begins anew.
    consumer.on(events.CRASH, ({ payload }) => payload.restart || setTimeout(start, 100));
    await consumer.connect();
    await consumer.subscribe({ topics: values.topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        console.log(`record ${partition} ${message.offset}`);
        const next = String(BigInt(message.offset) + 1n);
        await commitOffsets([{ topic, partition, offset: next }]);
        console.log(`committed ${partition} ${next}`);
      },
    });
  };
  await start();
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await consumer.disconnect();
    process.exit(0);
  });
}

await { group }[positionals[0]]();
