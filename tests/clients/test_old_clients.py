"""Old clients, real ones: what they write today's clients read, and the other way round, byte for byte.

The Java clients of Kafka 0.9 to 2.0, and librdkafka told to speak as to brokers of that age. They assign themselves
partitions: no groups.
"""

import collections
import itertools
import pathlib
import struct
import sys
import tempfile
import time
import unittest

import agents
import dataset
from support.broker import open_broker
from support.topics import create_topics, fetch_batches, unique_topic
from support.wire import request_header

SEED = 20260317
OLD_JAVA = ("java-0.9.0.1", "java-0.10.2.2", "java-1.1.1", "java-2.0.1")
# librdkafka takes the broker's word for nothing and these releases for its age: message formats 0, 0 and 1.
OLD_KCAT = ("kcat-0.8.2.2", "kcat-0.9.0.1", "kcat-0.10.1.0")
OLD_CODECS = ("none", "gzip", "snappy", "lz4")
# They speak message format 0 only.
WITHOUT_TIMES = ("java-0.9.0.1", "kcat-0.8.2.2", "kcat-0.9.0.1")


def setUpModule():
    global BROKER, COMMANDS, WRITTEN, READ, WRITERS, READERS
    COMMANDS = agents.load()
    if "kcat" in COMMANDS:
        COMMANDS |= {name: [*COMMANDS["kcat"], "--broker-version", name.removeprefix("kcat-")] for name in OLD_KCAT}
    old = agents.pick(COMMANDS, *OLD_JAVA, *OLD_KCAT)
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)
    print(f"seed {SEED}")
    new = agents.pick(COMMANDS, "java", "go", "python", "kcat")
    WRITERS, READERS = old + new[:1], old + new
    if not has_coordinator():
        # Its consumer asks for one before each fetch, with or without a group.
        print("left out: reading with java-0.9.0.1, which needs a group coordinator", file=sys.stderr)
        READERS = [name for name in READERS if name != "java-0.9.0.1"]
    WRITTEN = {key: value for name in WRITERS for key, value in write(name).items()}
    READ = {name: read(name) for name in READERS}


def has_coordinator():
    with BROKER.connect() as connection:
        connection.send_frame(request_header(10, 0, 1, flexible=False) + struct.pack(">h", 1) + b"g")
        return struct.unpack(">ih", connection.receive_frame()[:6])[1] == 0


def records_for(name):
    if name.startswith("kcat"):
        records = dataset.plain(SEED)
    else:
        records = dataset.full(SEED, int(time.time() * 1000) - 3_600_000)
    for record in records:
        record["headers"] = []
        if name in WITHOUT_TIMES:
            record["timestamp"] = None
    return records


def write(name):
    """(writer, codec) -> topic, records."""
    records = records_for(name)
    topics = {codec: unique_topic(f"{name}-{codec}") for codec in OLD_CODECS}
    create_topics(BROKER, topics.values(), partitions=dataset.PARTITIONS)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "records"
        save_lines(records, path) if name in OLD_JAVA else dataset.save(records, path)
        jobs = [f"{topic}={codec}" for codec, topic in topics.items()]
        acks = agents.run(COMMANDS[name], "write", bootstrap=BROKER.bootstrap, input=path, job=jobs)
    if len(acks) != len(records) * len(topics):
        raise AssertionError(f"{name}: {len(acks)} acks for {len(records)} records in {len(topics)} topics")
    return {(name, codec): (topic, records) for codec, topic in topics.items()}


def save_lines(records, path):
    field = lambda text: "-" if text is None else f"b:{text}"
    lines = (
        (str(each["partition"]), "-" if each["timestamp"] is None else str(each["timestamp"]), field(each["key"]), field(each["value"]))
        for each in records
    )
    path.write_text("".join("\t".join(line) + "\n" for line in lines))


def read(name):
    """topic -> partition -> records as the reader saw them."""
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    topics = [topic for topic, _ in WRITTEN.values()]
    for line in agents.run(COMMANDS[name], "read", bootstrap=BROKER.bootstrap, topic=topics):
        seen[line["topic"]][line["partition"]].append(line)
    return seen


class OldClients(unittest.TestCase):
    def check_each(self, check):
        for (writer, codec), reader in itertools.product(WRITTEN, READ):
            with self.subTest(writer=writer, codec=codec, reader=reader):
                topic, records = WRITTEN[writer, codec]
                for partition in range(dataset.PARTITIONS):
                    sent = [record for record in records if record["partition"] == partition]
                    check(writer, reader, sent, READ[reader][topic][partition])

    def test_every_reader_gets_what_every_writer_sent(self):
        self.check_each(self.check_content)

    def check_content(self, _, __, sent, got):
        self.assertEqual([record["offset"] for record in got], list(range(len(sent))))
        for one, other in zip(sent, got):
            self.assertTrue((one["key"], one["value"]) == (other["key"], other["value"]), f"offset {other['offset']}")

    def test_timestamps_are_those_sent_and_minus_one_from_clients_that_send_none(self):
        self.check_each(self.check_times)

    def check_times(self, writer, reader, sent, got):
        if reader in WITHOUT_TIMES:
            return
        for one, other in zip(sent, got):
            if writer in WITHOUT_TIMES:
                self.assertEqual(other["timestamp"], -1)
            elif one["timestamp"] is not None:
                self.assertEqual(other["timestamp"], one["timestamp"])

    def test_the_log_holds_the_codec_of_each_writer_and_no_times_of_format_0(self):
        for (writer, codec), (topic, _) in WRITTEN.items():
            with self.subTest(writer=writer, codec=codec):
                batches = [batch for part in range(dataset.PARTITIONS) for batch in fetch_batches(BROKER, topic, part)]
                self.assertIn(codec, {batch.codec for batch in batches})
                self.assertLessEqual({batch.codec for batch in batches}, {codec, "none"})
                self.assertEqual({batch.max_timestamp < 0 for batch in batches}, {writer in WITHOUT_TIMES})

    def test_nulls_and_empties_were_among_them(self):
        for writer, _ in WRITTEN:
            records = WRITTEN[writer, "none"][1]
            for name in ("key", "value"):
                self.assertTrue({None, ""} <= {record[name] for record in records}, f"{writer}: {name}")


class Ends(unittest.TestCase):
    def test_old_clients_find_begin_and_end(self):
        for name in READERS:
            if name not in OLD_JAVA:
                continue
            topic, records = WRITTEN[name, "gzip"] if (name, "gzip") in WRITTEN else next(iter(WRITTEN.values()))
            for line in agents.run(COMMANDS[name], "offsets", bootstrap=BROKER.bootstrap, topic=[topic]):
                count = sum(record["partition"] == line["partition"] for record in records)
                self.assertEqual((line["begin"], line["end"]), (0, count), name)


if __name__ == "__main__":
    unittest.main()
