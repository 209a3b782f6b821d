"""Rule 13.11: a topic's own codec applies whatever comes, at each level, and every client reads it byte for byte."""

import collections
import pathlib
import tempfile
import time
import unittest

import agents
import dataset
from support.broker import open_broker
from support.topics import create_topics, fetch_batches, unique_topic

SEED = 20260605
# compression.type, its level, and the codec in the log.
TARGETS = (
    ("uncompressed", None, "none"),
    ("gzip", None, "gzip"),
    ("gzip", 1, "gzip"),
    ("gzip", 9, "gzip"),
    ("snappy", None, "snappy"),
    ("lz4", None, "lz4"),
    ("lz4", 1, "lz4"),
    ("lz4", 17, "lz4"),
    ("zstd", None, "zstd"),
    ("zstd", -5, "zstd"),
    ("zstd", 19, "zstd"),
)
PRODUCED = ("none", "gzip", "zstd")
# Clients that take messages of formats 0 and 1, or batches without zstd.
OLD_READERS = ("java-0.10.2.2", "java-2.0.1")


def setUpModule():
    global BROKER, RECORDS, TOPICS, READ
    commands = agents.load()
    (writer,) = agents.pick(commands, "java")
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)
    print(f"seed {SEED}")
    RECORDS = dataset.full(SEED, int(time.time() * 1000) - 3_600_000)
    TOPICS = {(target, produced): make_topic(*target[:2]) for target in TARGETS for produced in PRODUCED}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "records"
        dataset.save(RECORDS, path)
        jobs = [f"{topic}={produced}" for (_, produced), topic in TOPICS.items()]
        agents.run(commands[writer], "write", bootstrap=BROKER.bootstrap, input=path, job=jobs)
    everything = list(TOPICS.values())
    without_zstd = [topic for (target, _), topic in TOPICS.items() if target[2] != "zstd"]
    READ = {name: read(commands[name], everything) for name in agents.pick(commands, "java", "go", "python", "kcat")}
    READ |= {name: read(commands[name], without_zstd) for name in OLD_READERS if name in commands}


def make_topic(kind, level):
    name = unique_topic(f"{kind}-{level}")
    configs = {"compression.type": kind} | ({} if level is None else {f"compression.{kind}.level": str(level)})
    create_topics(BROKER, [name], dataset.PARTITIONS, configs)
    return name


def read(command, topics):
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in agents.run(command, "read", bootstrap=BROKER.bootstrap, topic=topics):
        seen[line["topic"]][line["partition"]].append(line)
    return seen


def content(record, reader):
    headers = record.get("headers_text", record.get("headers"))
    if reader == "kcat" and "headers_text" not in record:
        headers = dataset.as_kcat_prints(record["headers"])
    return record["key"], record["value"], [] if reader in OLD_READERS[:1] else headers


class Recompression(unittest.TestCase):
    def test_every_client_reads_what_was_recompressed(self):
        for (target, produced), topic in TOPICS.items():
            for reader, seen in READ.items():
                if reader in OLD_READERS and target[2] == "zstd":
                    continue
                for partition in range(dataset.PARTITIONS):
                    with self.subTest(target=target, produced=produced, reader=reader, partition=partition):
                        sent = [record for record in RECORDS if record["partition"] == partition]
                        self.check(sent, seen[topic][partition], reader)

    def check(self, sent, got, reader):
        self.assertEqual([record["offset"] for record in got], list(range(len(sent))))
        self.assertEqual([record["timestamp"] for record in got], [record["timestamp"] for record in sent])
        for one, other in zip(sent, got):
            # An old reader knows no headers.
            other = other if "headers" in other or "headers_text" in other else other | {"headers": one["headers"]}
            self.assertTrue(content(one, reader) == content(other, reader), f"offset {other['offset']}")

    def test_the_log_holds_the_topics_codec_only(self):
        for (target, produced), topic in TOPICS.items():
            with self.subTest(target=target, produced=produced):
                batches = [batch for part in range(dataset.PARTITIONS) for batch in fetch_batches(BROKER, topic, part)]
                # Where the producer chose the same codec, a batch that would not shrink came plain and is encoded all the same.
                self.assertEqual({batch.codec for batch in batches}, {target[2]})

    def test_a_higher_level_takes_less_room(self):
        for kind, low, high in (("gzip", 1, 9), ("lz4", 1, 17), ("zstd", -5, 19)):
            sizes = [self.size_of(TOPICS[(kind, level, kind), "none"]) for level in (low, high)]
            self.assertGreater(sizes[0], sizes[1], kind)

    def size_of(self, topic):
        return sum(batch.length for part in range(dataset.PARTITIONS) for batch in fetch_batches(BROKER, topic, part))


if __name__ == "__main__":
    unittest.main()
