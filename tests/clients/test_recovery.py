"""Starts after unclean stops, over the program: what a power loss and lost, torn or stale files beside the records leave, and what is said."""

import re
import shutil
import time
import unittest

from recovery_case import RecoveryCase
from support.data_directory import SEGMENT_HEADER_BYTES, lose, overwrite, partition_directory, pretend_power_loss, tear
from support.errors import EARLIEST, LATEST, Err
from support.records import Batch, Record, encode_batch
from support.topics import append, create_topic, fetch, list_offset, produce

PARTITIONS = 40
PRODUCER = 5
REMEMBERED = 5
# Four of these fit in the smallest segment, so that its index has entries.
VALUE = bytes(240_000)
CHECK_OK, CHECK_NOTES = 0, 1


class StoppedCase(RecoveryCase):
    def result_of(self, said):
        """The closing line of a recovery as a dictionary."""
        line = re.search(r"storage recovered (.*)", said)
        self.assertIsNotNone(line, said)
        return dict(pair.split("=") for pair in line[1].split())

    def active_segment(self, topic, partition=0):
        return max(partition_directory(self.data, topic, partition).glob("*.segment"))

    def raw(self, topic, partition=0):
        """All bytes of a partition, from its start on."""
        held, offset = b"", list_offset(self.connection, topic, EARLIEST, partition)["Offset"]
        end = list_offset(self.connection, topic, LATEST, partition)["Offset"]
        while offset < end:
            got = fetch(self.connection, topic, offset, partition=partition)
            self.assert_error(got, Err.NONE)
            records, at = got["Records"], 0
            while at < len(records):
                offset = int.from_bytes(records[at : at + 8]) + int.from_bytes(records[at + 23 : at + 27]) + 1
                at += 12 + int.from_bytes(records[at + 8 : at + 12])
            held += records
        return held


class PowerLoss(StoppedCase):
    def test_rule_44_acked_records_of_many_partitions_survive_and_the_start_says_what_it_found(self):
        topic = create_topic(self.broker, PARTITIONS)
        for partition in range(PARTITIONS):
            for number in range(3):
                append(self.connection, topic, b"%d-%d" % (partition, number), partition=partition)
        everything = [self.raw(topic, partition) for partition in range(PARTITIONS)]
        self.broker.kill()
        pretend_power_loss(self.data)
        # The disk took the front of one more batch, which nobody was told of.
        torn = encode_batch(Batch([Record(b"never acked")]))[:50]
        overwrite(self.active_segment(topic), SEGMENT_HEADER_BYTES + len(everything[0]), torn)
        found = self.result_of(self.restart())
        self.assertEqual((found["after"], found["failed"], found["cut"], found["damaged_batches"]), ("power_loss", "0", "1", "0"))
        self.assertGreaterEqual(int(found["partitions"]), PARTITIONS)
        self.assertGreaterEqual(int(found["scanned_bytes"]), sum(map(len, everything)))
        self.assertGreaterEqual(int(found["torn_bytes"]), len(torn))
        self.assertEqual([self.raw(topic, partition) for partition in range(PARTITIONS)], everything)
        self.assertEqual(append(self.connection, topic, b"next"), 3)
        # The same boot from now on.
        self.broker.kill()
        found = self.result_of(self.restart())
        self.assertEqual((found["after"], found["cut"]), ("kill", "0"))
        self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 4)

    def test_records_behind_damage_are_set_aside_with_a_report(self):
        topic = create_topic(self.broker)
        sizes = []
        for number in range(4):
            append(self.connection, topic, b"%d" % number)
            sizes.append(len(self.raw(topic)))
        self.broker.kill()
        pretend_power_loss(self.data)
        overwrite(self.active_segment(topic), SEGMENT_HEADER_BYTES + sizes[0] + 30, b"\xff" * 8)
        found = self.result_of(self.restart())
        self.assertEqual((found["cut"], found["damaged_batches"]), ("1", "2"))
        self.assertEqual(len(self.raw(topic)), sizes[0])
        damaged = self.data / "damaged" / topic / "partition-0"
        report = next(path for path in damaged.iterdir() if path.suffix == ".txt").read_text()
        self.assertIn(f"topic {topic} partition 0", report)
        self.assertTrue(any(path.stat().st_size >= sizes[3] - sizes[0] for path in damaged.iterdir()))

    def test_an_orderly_stop_is_followed_by_no_recovery(self):
        append(self.connection, create_topic(self.broker), b"value")
        self.assertEqual(self.broker.stop(), 0)
        self.assertNotIn("storage recovered", self.restart())


class RebuiltFiles(StoppedCase):
    """Whatever lies beside the records may be missing, torn, or older than they are."""

    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, segment_bytes=1 << 20)
        self.now_ms = int(time.time() * 1000)
        self.sent = []
        self.send(6)
        self.assertEqual(self.broker.stop(), 0)
        self.old = self.broker.directory / "old"
        shutil.copytree(self.data, self.old)
        self.restart()
        self.send(5)
        self.assertEqual(self.broker.stop(), 0)
        self.stopped = self.broker.directory / "stopped"
        shutil.copytree(self.data, self.stopped)
        self.stopped_raw = None
        self.restart()
        self.stopped_raw = self.raw(self.topic)
        self.send(1)
        self.killed_raw = self.raw(self.topic)
        self.broker.kill()
        self.killed = self.broker.directory / "killed"
        shutil.copytree(self.data, self.killed)

    def send(self, count):
        for _ in range(count):
            record = Record(VALUE, timestamp=self.now_ms)
            fields = {"producer_id": PRODUCER, "producer_epoch": 0, "base_sequence": len(self.sent)}
            self.sent.append(encode_batch(Batch([record], **fields)))
            self.assert_error(produce(self.connection, self.topic, self.sent[-1]), Err.NONE)

    def put(self, directory):
        shutil.rmtree(self.data)
        shutil.copytree(directory, self.data)

    def files(self, pattern):
        found = sorted(partition_directory(self.data, self.topic).glob(pattern))
        self.assertTrue(found, pattern)
        return found

    def old_file(self, path):
        """The same file as it was before half of the records came, or one of its kind."""
        same = self.old / path.relative_to(self.data)
        return same if same.exists() else min(same.parent.glob(f"*{path.suffix}"))

    def make_stale(self, path):
        path.write_bytes(self.old_file(path).read_bytes())

    def start_and_check(self, what, says, state, raw, count):
        """Every record and the last five batches of the producer are there; afterwards nothing is wrong with any file."""
        code, findings = self.check()
        self.assertIn(code, (CHECK_OK, CHECK_NOTES), findings)
        if what:
            self.assertRegex(findings, what)
        said = self.restart()
        self.assertEqual(self.raw(self.topic), raw)
        for number in range(count - REMEMBERED, count):
            answer = produce(self.connection, self.topic, self.sent[number])
            self.assertEqual((Err(answer["ErrorCode"]), answer["BaseOffset"]), (Err.NONE, number))
        self.assertEqual(list_offset(self.connection, self.topic, LATEST)["Offset"], count)
        self.assertEqual(self.broker.stop(), 0)
        if says:
            self.assertRegex(said + self.broker.log_tail(), says)
        self.assertEqual(self.check()[0], CHECK_OK, state)

    def run_cases(self, pattern, damages, says):
        states = (("killed", self.killed, self.killed_raw, 12), ("stopped", self.stopped, self.stopped_raw, 11))
        for name, directory, raw, count in states:
            for damage, what in damages:
                with self.subTest(state=name, damage=damage.__name__, files=pattern):
                    self.put(directory)
                    for path in self.files(pattern) if pattern else [self.data / "manifest"]:
                        damage(path)
                    self.start_and_check(what, says, name, raw, count)

    def test_the_manifest(self):
        self.run_cases(None, [(lose, "manifest"), (tear, "manifest")], "manifest is unreadable, every log is read in full")
        # An older one is what a kill leaves; after an orderly stop none can be.
        self.put(self.killed)
        self.make_stale(self.data / "manifest")
        self.start_and_check(None, None, "stale", self.killed_raw, 12)

    def test_segment_headers(self):
        def lose_header(path):
            overwrite(path, 0, bytes(SEGMENT_HEADER_BYTES))

        def tear_header(path):
            overwrite(path, SEGMENT_HEADER_BYTES // 2, b"\xa5" * (SEGMENT_HEADER_BYTES // 2))

        self.run_cases("*.segment", [(lose_header, "segment_header"), (tear_header, "segment_header")], "header was damaged and is made anew")

        def stale_header(path):
            if (self.old / path.relative_to(self.data)).exists():
                overwrite(path, 0, self.old_file(path).read_bytes()[:SEGMENT_HEADER_BYTES])

        self.run_cases("*.segment", [(stale_header, None)], None)

    def test_indexes(self):
        self.run_cases("*.index", [(lose, None), (tear, "index"), (self.make_stale, None)], "index was missing or damaged and is made anew")

    def test_producer_snapshots(self):
        self.run_cases("*.producers", [(lose, None)], "producers are read from the batches")
        self.run_cases("*.producers", [(tear, "producers"), (self.make_stale, "producers")], "snapshot is unreadable")

    def test_the_epoch_file(self):
        def empty(path):
            path.write_bytes(b"")

        self.run_cases("epochs", [(lose, "epochs"), (tear, "epochs"), (empty, "epochs")], "epoch file was missing or damaged and is made anew")


if __name__ == "__main__":
    unittest.main()
