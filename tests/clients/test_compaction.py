"""Compacted topics over the wire: what real clients read back, what each batch looks like, restarts, and SIGKILLs in the middle of rounds."""

import base64
import json
import random
import secrets
import tempfile

import agents
from support.broker import open_broker, wait_until
from support.errors import EARLIEST, Err
from support.records import Batch, Record, encode_batch
from support.topics import append, create_topic, fetch, fetch_batches, list_offset, produce
from wire_case import WireCase, use_module_broker

KEYS = 200
VERSIONS = 8
KILLS = 8
SEGMENT_BYTES = 1 << 20
DELETE_HORIZON = 0x40
CLEANED_IN_S = 60


def setUpModule():
    use_module_broker(restartable=True, log_cleaner_backoff_ms=50, log_cleaner_io_max_bytes_per_second=20_000_000)


def compacted_topic(broker, **configs):
    configs = {"min_cleanable_dirty_ratio": "0.0", "segment_bytes": str(SEGMENT_BYTES), **configs}
    return create_topic(broker, prefix="c", cleanup_policy="compact", **configs)


def finish_segment(connection, topic):
    """Everything so far is in complete segments afterwards; two records are added, of which the last lies in the active one."""
    for number in range(2):
        append(connection, topic, Record(secrets.token_bytes(900_000), key=f"pad-{number}".encode()))


def count_records(broker, topic):
    return sum(batch.count for batch in fetch_batches(broker, topic, 0))


def wait_for_records(broker, topic, count):
    wait_until(lambda: count_records(broker, topic) == count, f"{count} records are left", CLEANED_IN_S)


class Compaction(WireCase):
    def restart(self):
        self.connection.close()
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()

    def test_rules_of_one_round_batch_by_batch(self):
        topic = compacted_topic(self.broker)
        send = lambda *records, **batch: append(self.connection, topic, *records, **batch)
        send(Record(b"1", b"a", timestamp=5000), Record(b"1", b"b", timestamp=4000), Record(b"1", b"c", timestamp=9000))
        send(Record(b"1", b"d", timestamp=6000), Record(b"1", b"e", timestamp=7000))
        send(Record(None, b"b", timestamp=8000), Record(b"2", b"c", timestamp=3000))
        send(Record(b"1", b"p", timestamp=1), producer_id=77, producer_epoch=0, base_sequence=0)
        send(Record(b"2", b"p", timestamp=2), Record(b"2", b"q", timestamp=2), producer_id=77, producer_epoch=0, base_sequence=1)
        send(Record(b"3", b"p", timestamp=3), Record(b"3", b"q", timestamp=3))
        send(Record(b"1", b"z", timestamp=10), Record(b"2", b"z", timestamp=11), codec="gzip")
        finish_segment(self.connection, topic)
        wait_for_records(self.broker, topic, 10)
        batches = fetch_batches(self.broker, topic, 0)
        found = [(r.offset, r.key, r.value, r.timestamp) for batch in batches for r in batch.records][:-2]
        self.assertEqual(
            found,
            [
                (0, b"a", b"1", 5000),
                (3, b"d", b"1", 6000),
                (4, b"e", b"1", 7000),
                (5, b"b", None, 8000),
                (6, b"c", b"2", 3000),
                (10, b"p", b"3", 3),
                (11, b"q", b"3", 3),
                (13, b"z", b"2", 11),
            ],
        )
        shape = [(b.base_offset, b.last_offset_delta, b.count, b.max_timestamp, b.codec) for b in batches][:-2]
        self.assertEqual(
            shape,
            [
                (0, 2, 1, 5000, "none"),
                (3, 1, 2, 7000, "none"),
                (5, 1, 2, 8000, "none"),
                (8, 1, 0, 2, "none"),
                (10, 1, 2, 3, "none"),
                (12, 1, 1, 11, "gzip"),
            ],
        )
        bare = batches[3]
        self.assertEqual((bare.producer_id, bare.producer_epoch, bare.base_sequence), (77, 0, 1))
        self.assertEqual([bool(b.attributes & DELETE_HORIZON) for b in batches[:6]], [False, False, True, False, False, False])
        self.assertEqual(list_offset(self.connection, topic, EARLIEST)["Offset"], 0)
        self.assertEqual(list_offset(self.connection, topic, 7001)["Offset"], 5)
        self.assertEqual(fetch(self.connection, topic, 1)["ErrorCode"], 0)

    def test_tombstone_leaves_once_its_horizon_has_passed(self):
        topic = compacted_topic(self.broker, delete_retention_ms="100")
        append(self.connection, topic, Record(b"1", b"gone"), Record(b"1", b"stays"))
        append(self.connection, topic, Record(None, b"gone"))
        finish_segment(self.connection, topic)

        def keys():
            return {r.key for batch in fetch_batches(self.broker, topic, 0) for r in batch.records}

        def has_gone():
            # Only a further round removes it, and only new records make one.
            finish_segment(self.connection, topic)
            return b"gone" not in keys()

        wait_until(has_gone, "the tombstone is gone", CLEANED_IN_S)
        self.assertIn(b"stays", keys())

    def test_retries_are_known_when_a_bare_header_is_all_that_is_left(self):
        topic = compacted_topic(self.broker)
        old = Batch([Record(b"1", b"p")], producer_id=4242, producer_epoch=0, base_sequence=0)
        base = produce(self.connection, topic, old)["BaseOffset"]
        append(self.connection, topic, Record(b"2", b"p"))
        finish_segment(self.connection, topic)
        wait_for_records(self.broker, topic, 3)
        self.restart()
        again = produce(self.connection, topic, old)
        self.assert_error(again, Err.NONE)
        self.assertEqual(again["BaseOffset"], base)
        ahead = Batch([Record(b"3", b"p")], producer_id=4242, producer_epoch=0, base_sequence=5)
        self.assert_error(produce(self.connection, topic, ahead), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)

    def test_clients_read_the_newest_record_of_each_key(self):
        commands = agents.load()
        for name in agents.pick(commands, "python", "java", "go"):
            for codec in ("none", "zstd"):
                with self.subTest(client=name, codec=codec):
                    self.read_back(commands[name], codec)

    def read_back(self, command, codec):
        topic = compacted_topic(self.broker)
        newest = {}
        lines = []
        for version in range(VERSIONS):
            for key in range(KEYS):
                value = secrets.token_bytes(1000)
                newest[f"key-{key}"] = value
                record = {"key": base64.b64encode(f"key-{key}".encode()).decode(), "value": base64.b64encode(value).decode()}
                lines.append(json.dumps({**record, "headers": [], "partition": 0, "timestamp": 1_700_000_000_000 + version}))
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("\n".join(lines))
            file.flush()
            acks = agents.run(command, "write", bootstrap=self.broker.bootstrap, input=file.name, job=f"{topic}={codec}")
        self.assertEqual(len(acks), len(lines))
        finish_segment(self.connection, topic)
        wait_for_records(self.broker, topic, KEYS + 2)
        for _ in range(2):
            rows = agents.run(command, "read", bootstrap=self.broker.bootstrap, topic=topic)
            found = {base64.b64decode(row["key"]).decode(): row for row in rows}
            self.assertEqual(len(rows), KEYS + 2)
            for key, value in newest.items():
                self.assertEqual(base64.b64decode(found[key]["value"]), value)
                self.assertGreaterEqual(found[key]["offset"], KEYS * (VERSIONS - 1))
            self.restart()

    def test_sigkill_during_compaction_loses_no_key_and_brings_nothing_back(self):
        topic = compacted_topic(self.broker, delete_retention_ms="0")
        randomness = random.Random(7)
        written = {}
        newest = {}
        for _ in range(KILLS):
            for _ in range(40):
                self.write_some(topic, randomness, written, newest)
            # The rounds go at 20 MB/s over some megabytes, so most of these moments lie in one.
            fetch(self.connection, topic, list_offset(self.connection, topic, -1)["Offset"], max_wait_ms=randomness.randrange(300))
            self.restart()
            self.check(topic, written, newest)

    def write_some(self, topic, randomness, written, newest):
        records = []
        for _ in range(20):
            value = None if randomness.random() < 0.2 else randomness.randbytes(3000)
            records.append(Record(value, key=f"key-{randomness.randrange(300)}".encode()))
        base = append(self.connection, topic, *records)
        for offset, record in enumerate(records, base):
            written[offset] = (record.key, record.value)
            newest[record.key] = offset

    def check(self, topic, written, newest):
        found = {}
        last = -1
        for batch in fetch_batches(self.broker, topic, 0):
            self.assertGreater(batch.base_offset, last)
            last = batch.base_offset + batch.last_offset_delta
            for record in batch.records:
                self.assertEqual(written[record.offset], (record.key, record.value))
                found[record.key] = record.offset
        for key, offset in newest.items():
            if written[offset][1] is not None or key in found:
                self.assertEqual(found.get(key), offset, key)

    def test_a_batch_that_cannot_be_read_is_refused(self):
        topic = compacted_topic(self.broker)
        garbage = encode_batch(Batch([Record(b"1", b"a")], codec="gzip", payload=b"\x5a" * 100))
        self.assertIn(Err(produce(self.connection, topic, garbage)["ErrorCode"]), (Err.CORRUPT_MESSAGE, Err.INVALID_RECORD))
