"""The Python side of the client tests: confluent-kafka behind the command line that README.md describes."""

import argparse
import base64
import json
import pathlib
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, OFFSET_BEGINNING, Producer, TopicPartition

TIMEOUT_S = 60
POLL_S = 0.2
PAUSE_S = 0.3
MOST_ORDERS = 10
TIMESTAMP = 1
# Refused connections while the broker is down are expected; what matters comes back as an error.
SILENT = 0


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def decode(text):
    return None if text is None else base64.b64decode(text)


def print_line(**fields):
    print(json.dumps(fields))


def write(arguments):
    records = [json.loads(line) for line in pathlib.Path(arguments.input).read_text().splitlines()]
    for job in arguments.job:
        topic, codec = job.split("=")
        settings = {"compression.type": codec, "linger.ms": 20, "enable.idempotence": True}
        producer = Producer({"bootstrap.servers": arguments.bootstrap, **settings})
        for index, record in enumerate(records):
            producer.produce(topic, on_delivery=reporter(index), **fields_of(record))
            producer.poll(0)
        if producer.flush(TIMEOUT_S):
            sys.exit("records left undelivered")


def fields_of(record):
    fields = {name: decode(record[name]) for name in ("key", "value")}
    fields["headers"] = [(name, decode(value)) for name, value in record["headers"]]
    fields["partition"] = record["partition"]
    if record["timestamp"] is not None:
        fields["timestamp"] = record["timestamp"]
    return fields


def reporter(index):
    def report(error, message):
        if error:
            sys.exit(f"record {index}: {error}")
        print_line(
            topic=message.topic(),
            index=index,
            partition=message.partition(),
            offset=message.offset(),
            timestamp=message.timestamp()[TIMESTAMP],
        )

    return report


def open_consumer(arguments):
    # The client demands a group name; without subscribe and commit it is never used.
    return Consumer(
        {
            "bootstrap.servers": arguments.bootstrap,
            "group.id": "unused",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "reconnect.backoff.max.ms": 200,
            "log_level": SILENT,
        }
    )


def partitions_of(consumer, topics):
    for topic in topics:
        for partition in sorted(consumer.list_topics(topic, TIMEOUT_S).topics[topic].partitions):
            yield TopicPartition(topic, partition, OFFSET_BEGINNING)


def read(arguments):
    consumer = open_consumer(arguments)
    partitions = list(partitions_of(consumer, arguments.topic))
    missing = {}
    for part in partitions:
        begin, end = consumer.get_watermark_offsets(part, TIMEOUT_S)
        if end > begin:
            missing[part.topic, part.partition] = end
    consumer.assign(partitions)
    while missing:
        message = consumer.poll(TIMEOUT_S)
        if message is None or message.error():
            sys.exit(f"reading: {message.error() if message else 'nothing came'}")
        print_message(message)
        if message.offset() + 1 >= missing.get((message.topic(), message.partition()), 1 << 62):
            del missing[message.topic(), message.partition()]
    consumer.close()


def print_message(message):
    print_line(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        timestamp=message.timestamp()[TIMESTAMP],
        key=encode(message.key()),
        value=encode(message.value()),
        headers=[[name, encode(value)] for name, value in message.headers() or []],
    )


def offsets(arguments):
    consumer = open_consumer(arguments)
    for part in partitions_of(consumer, arguments.topic):
        begin, end = consumer.get_watermark_offsets(part, TIMEOUT_S)
        times = {}
        for time in arguments.time:
            query = [TopicPartition(part.topic, part.partition, time)]
            found = consumer.offsets_for_times(query, TIMEOUT_S)[0].offset
            # The client says "end" (-1) for a time after the last record, as the broker does.
            times[time] = found
        print_line(topic=part.topic, partition=part.partition, begin=begin, end=end, times=times)
    consumer.close()


def flood(arguments):
    settings = {
        "enable.idempotence": True,
        "max.in.flight": 5,
        "linger.ms": 1,
        "batch.num.messages": 100,
        "delivery.timeout.ms": 300_000,
        "socket.timeout.ms": 10_000,
        "reconnect.backoff.max.ms": 200,
        "log_level": SILENT,
    }
    producer = Producer({"bootstrap.servers": arguments.bootstrap, **settings})

    def report(error, message):
        index = message.value().split()[0].decode()
        print(f"failed {index} {error}" if error else f"{message.partition()} {message.offset()} {index}")

    for number in range(arguments.count):
        index = number // arguments.partitions
        record = {
            "key": b"%d" % (index % arguments.keys) if arguments.keys else None,
            "value": b"%d %080d" % (index, number),
            "partition": number % arguments.partitions,
        }
        while True:
            try:
                producer.produce(arguments.topic[0], **record, on_delivery=report)
                break
            except BufferError:
                producer.poll(POLL_S)
        producer.poll(0)
    producer.flush()


def follow(arguments):
    consumer = open_consumer(arguments)
    topic = arguments.topic[0]
    consumer.assign([TopicPartition(topic, part, OFFSET_BEGINNING) for part in range(arguments.partitions)])
    missing = arguments.count
    while missing:
        message = consumer.poll(POLL_S)
        # While the broker is down errors come instead of records; the client goes on by itself.
        if message is None or message.error():
            sys.stdout.flush()
            continue
        print(message.partition(), message.offset(), message.value().split()[0].decode())
        missing -= 1
    consumer.close()


def group(arguments):
    """A member until standard input ends. It commits what it has printed, record by record."""
    settings = {
        "bootstrap.servers": arguments.bootstrap,
        "group.id": arguments.group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "reconnect.backoff.max.ms": 200,
        "log_level": SILENT,
    }
    if arguments.protocol == "consumer":
        settings |= {"group.protocol": "consumer", "group.remote.assignor": arguments.assignor}
    else:
        settings |= {"partition.assignment.strategy": arguments.assignor, "session.timeout.ms": arguments.session}
        settings["heartbeat.interval.ms"] = 500
    if arguments.instance:
        settings["group.instance.id"] = arguments.instance
    consumer = Consumer(settings)

    def teller(word):
        return lambda _, partitions: tell(word, *sorted(part.partition for part in partitions))

    # A topic that begins with ^ is a regular expression.
    topics = [arguments.pattern] if arguments.pattern else arguments.topic
    consumer.subscribe(topics, on_assign=teller("assigned"), on_revoke=teller("revoked"), on_lost=teller("revoked"))
    ends = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ends.set()), daemon=True).start()
    while not ends.is_set():
        message = consumer.poll(POLL_S)
        if message is None or message.error():
            continue
        tell("record", message.partition(), message.offset())
        try:
            consumer.commit(message=message, asynchronous=False)
            tell("committed", message.partition(), message.offset() + 1)
        except KafkaException as error:
            # The partition may be another's by now, who reads the same record again.
            tell("uncommitted", error)
    consumer.close()


def transfer(arguments):
    """Debits and credits in transactions until standard input ends: README.md."""
    ends = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ends.set()), daemon=True).start()
    while not ends.is_set():
        try:
            transfer_until_fenced(arguments, ends)
        except KafkaException as error:
            # A new producer survives what this one may not, and fences whoever has its name.
            tell("failed", error.args[0].name())
            time.sleep(random.random() * PAUSE_S)


def transfer_until_fenced(arguments, ends):
    common = {"bootstrap.servers": arguments.bootstrap, "reconnect.backoff.max.ms": 200, "log_level": SILENT}
    # Who is held up, in the close of a fenced consumer for one, must not hold up the others' group for its usual five minutes.
    common["socket.timeout.ms"] = 10_000
    # While the broker is away librdkafka would begin anew from its bootstrap servers and give up the broker that it keeps as the group's
    # coordinator: send_offsets_to_transaction then waits for that one for ever (confluentinc/librdkafka#5511, 2.16.0).
    common["metadata.recovery.strategy"] = "none"
    producer = Producer({**common, "transactional.id": arguments.id, "transaction.timeout.ms": 10_000, "linger.ms": 0})
    producer.init_transactions(TIMEOUT_S)
    tell("began")
    settings = {"group.id": arguments.group, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    settings |= {"max.poll.interval.ms": 15_000, "isolation.level": "read_committed", "session.timeout.ms": arguments.session, "heartbeat.interval.ms": 500}
    if arguments.protocol == "consumer":
        settings = {name: value for name, value in settings.items() if not name.startswith(("session.", "heartbeat."))}
        settings["group.protocol"] = "consumer"
    consumer = Consumer({**common, **settings})
    try:
        told = lambda _, partitions: tell("assigned", *sorted(part.partition for part in partitions))
        consumer.subscribe(arguments.topic, on_assign=told)
        while not ends.is_set():
            messages = [each for each in consumer.consume(MOST_ORDERS, POLL_S) if not each.error()]
            if messages:
                transfer_all(arguments, producer, consumer, messages)
    finally:
        consumer.close()


def transfer_all(arguments, producer, consumer, messages):
    producer.begin_transaction()
    for message in messages:
        number, debtor, creditor, amount = message.value().split()
        producer.produce(arguments.out, number + b" -" + amount, partition=int(debtor))
        producer.produce(arguments.out, number + b" " + amount, partition=int(creditor))
    consumed = {(each.topic(), each.partition()): TopicPartition(each.topic(), each.partition(), each.offset() + 1) for each in messages}
    try:
        producer.send_offsets_to_transaction(list(consumed.values()), consumer.consumer_group_metadata(), TIMEOUT_S)
        if random.randrange(100) >= arguments.aborts:
            end_transaction(producer.commit_transaction)
            return tell("committed", len(messages))
    except KafkaException as error:
        if not error.args[0].txn_requires_abort():
            raise
    end_transaction(producer.abort_transaction)
    tell("aborted", len(messages))
    # Back to what is committed.
    for part in consumer.committed(consumer.assignment(), TIMEOUT_S):
        consumer.seek(part if part.offset >= 0 else TopicPartition(part.topic, part.partition, OFFSET_BEGINNING))


def end_transaction(end):
    """An end whose answer did not come in time is asked for again."""
    while True:
        try:
            return end(TIMEOUT_S)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def tell(*words):
    print(*words, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("write", "read", "offsets", "flood", "follow", "group", "transfer"))
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--job", action="append", default=[])
    parser.add_argument("--input")
    parser.add_argument("--time", action="append", type=int, default=[])
    parser.add_argument("--count", type=int)
    parser.add_argument("--partitions", type=int)
    parser.add_argument("--keys", type=int, default=0)
    parser.add_argument("--group")
    parser.add_argument("--assignor", default="range")
    parser.add_argument("--protocol", choices=("classic", "consumer"), default="classic")
    parser.add_argument("--pattern")
    parser.add_argument("--instance")
    parser.add_argument("--session", type=int, default=6000)
    parser.add_argument("--id")
    parser.add_argument("--out")
    parser.add_argument("--aborts", type=int, default=20)
    arguments = parser.parse_args()
    globals()[arguments.command](arguments)


if __name__ == "__main__":
    main()
