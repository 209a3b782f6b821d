"""What each client writes with each codec, every client reads back byte for byte; offsets and time look-ups agree."""

import collections
import itertools
import pathlib
import tempfile
import time
import unittest

import agents
import dataset
from support.broker import open_broker
from support.topics import create_topics, fetch_batches, unique_topic

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
SEED = 20260117
HOUR_MS = 3_600_000


def setUpModule():
    global BROKER, COMMANDS, WRITTEN, READ, TIMES, FOUND
    COMMANDS = agents.load()
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)
    print(f"seed {SEED}")
    base_ms = int(time.time() * 1000) - HOUR_MS
    TIMES = [base_ms - 1, base_ms + 100, base_ms + 605, base_ms + 1111, base_ms + 2400, base_ms + HOUR_MS * 24]
    WRITTEN = write_all(base_ms)
    READ = {name: read_all(name) for name in agents.pick(COMMANDS, "java", "go", "python", "kcat")}
    FOUND = {name: offsets_of(name) for name in READ}


def write_all(base_ms):
    """(writer, codec) -> topic, the records given, and the acks the writer got."""
    written = {}
    for name in agents.pick(COMMANDS, "java", "go", "python", "kcat"):
        records = dataset.plain(SEED) if name == "kcat" else dataset.full(SEED, base_ms)
        topics = {codec: unique_topic(f"{name}-{codec}") for codec in CODECS}
        create_topics(BROKER, topics.values(), partitions=dataset.PARTITIONS)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "records"
            dataset.save(records, path)
            jobs = [f"{topic}={codec}" for codec, topic in topics.items()]
            lines = agents.run(COMMANDS[name], "write", bootstrap=BROKER.bootstrap, input=path, job=jobs)
        for codec, topic in topics.items():
            written[name, codec] = topic, records, [line for line in lines if line["topic"] == topic]
    return written


def topics_written():
    return [topic for topic, _, _ in WRITTEN.values()]


def read_all(name):
    """topic -> partition -> records as the reader saw them."""
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in agents.run(COMMANDS[name], "read", bootstrap=BROKER.bootstrap, topic=topics_written()):
        seen[line["topic"]][line["partition"]].append(line)
    return seen


def offsets_of(name):
    """(topic, partition) -> begin, end and the answers for TIMES."""
    # kcat asks one question per process, so it is asked about one topic of each writer.
    topics = [WRITTEN[key][0] for key in WRITTEN if name != "kcat" or key[1] == "zstd"]
    found = {}
    for line in agents.run(COMMANDS[name], "offsets", bootstrap=BROKER.bootstrap, topic=topics, time=TIMES):
        times = [line["times"][str(moment)] for moment in TIMES]
        found[line["topic"], line["partition"]] = line["begin"], line["end"], times
    return found


def content(record, reader):
    headers = record.get("headers_text")
    if headers is None:
        headers = dataset.as_kcat_prints(record["headers"]) if reader == "kcat" else record["headers"]
    return record["key"], record["value"], headers


def first_at_or_after(records, moment):
    return next((record["offset"] for record in records if record["timestamp"] >= moment), -1)


class RoundTrip(unittest.TestCase):
    def check_each(self, check):
        for (writer, codec), reader in itertools.product(WRITTEN, READ):
            with self.subTest(writer=writer, codec=codec, reader=reader):
                check(writer, codec, reader)

    def test_every_reader_gets_what_every_writer_sent(self):
        self.check_each(self.check_content)

    def check_content(self, writer, codec, reader):
        topic, records, _ = WRITTEN[writer, codec]
        for partition in range(dataset.PARTITIONS):
            sent = [content(record, reader) for record in records if record["partition"] == partition]
            got = [content(record, reader) for record in READ[reader][topic][partition]]
            self.assertTrue(sent == got, first_difference(sent, got))

    def test_offsets_and_timestamps_are_those_acked(self):
        self.check_each(self.check_acks)

    def check_acks(self, writer, codec, reader):
        topic, records, acks = WRITTEN[writer, codec]
        self.assertEqual(len(acks), len(records))
        acked = collections.defaultdict(list)
        for ack in sorted(acks, key=lambda ack: ack["offset"]):
            sent = records[ack["index"]]
            self.assertEqual(ack["partition"], sent["partition"])
            acked[ack["partition"]].append((ack["offset"], sent["timestamp"] or ack["timestamp"]))
        for partition, expected in acked.items():
            got = READ[reader][topic][partition]
            self.assertEqual([record["offset"] for record in got], [offset for offset, _ in expected])
            for record, (_, timestamp) in zip(got, expected):
                # kcat neither sets timestamps nor learns them from an ack.
                self.assertEqual(record["timestamp"], record["timestamp"] if timestamp is None else timestamp)

    def test_rule_13_17_headers_nulls_and_empties_were_among_them(self):
        records = dataset.full(SEED, 0)
        names = [[name for name, _ in record["headers"]] for record in records]
        self.assertTrue(any(len(set(each)) < len(each) for each in names), "repeated header keys")
        values = {value for record in records for _, value in record["headers"]}
        self.assertTrue({None, ""} <= values, "null and empty header values")
        for field in ("key", "value"):
            self.assertTrue({None, ""} <= {record[field] for record in records}, f"null and empty {field}")

    def test_every_client_sees_the_same_begin_and_end(self):
        for reader, found in FOUND.items():
            for (topic, partition), (begin, end, _) in found.items():
                count = len(READ["kcat" if "kcat" in READ else reader][topic][partition])
                self.assertEqual((begin, end), (0, count), f"{reader} on {topic}-{partition}")

    def test_rule_13_5_time_look_ups_find_the_exact_record_in_any_codec(self):
        for reader, found in FOUND.items():
            for (topic, partition), (_, _, times) in found.items():
                records = READ[reader][topic][partition]
                expected = [first_at_or_after(records, moment) for moment in TIMES]
                self.assertEqual(times, expected, f"{reader} on {topic}-{partition}")

    def test_the_codec_of_each_writer_is_in_the_log(self):
        for (writer, codec), (topic, _, _) in WRITTEN.items():
            with self.subTest(writer=writer, codec=codec):
                used = {batch.codec for part in range(dataset.PARTITIONS) for batch in fetch_batches(BROKER, topic, part)}
                # A client leaves a batch alone that would not shrink. librdkafka drops a codec whose APIs it misses:
                # lz4 wants FindCoordinator 0, zstd Produce 7 and Fetch 10 (rule 13.1).
                self.assertIn(codec, used)
                self.assertLessEqual(used, {codec, "none"})


def first_difference(sent, got):
    for index, pair in enumerate(itertools.zip_longest(sent, got)):
        if pair[0] != pair[1]:
            parts = [f"{one} against {other}"[:400] for one, other in zip(pair[0] or (), pair[1] or ()) if one != other]
            return f"record {index} of {len(sent)} sent and {len(got)} read: {parts}"
    return "none"


if __name__ == "__main__":
    unittest.main()
