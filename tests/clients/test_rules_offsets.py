"""Rules 90 to 95 and what section 14.20 says of ListOffsets; OffsetForLeaderEpoch."""

import time
import unittest

from support.errors import (
    EARLIEST,
    EARLIEST_LOCAL,
    EARLIEST_PENDING_UPLOAD,
    LATEST,
    LATEST_TIERED,
    MAX_TIMESTAMP,
    Err,
)
from support.records import Record
from support.topics import append, create_topic, fetch_batches, list_offset, unique_topic
from wire_case import WireCase, use_module_broker

HOUR_MS = 3_600_000
NONE_FOUND = (Err.NONE, -1, -1)


def setUpModule():
    use_module_broker()


class ListOffsets(WireCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker)
        self.base = int(time.time() * 1000) - HOUR_MS

    def append_at(self, *deltas, **more):
        return append(self.connection, self.topic, *(Record(b"v", timestamp=self.base + delta) for delta in deltas), **more)

    def ask(self, timestamp, version=11, **more):
        answer = list_offset(self.connection, self.topic, timestamp, version=version, **more)
        return Err(answer["ErrorCode"]), answer["Offset"], answer["Timestamp"]

    def ask_delta(self, delta, **more):
        error, offset, timestamp = self.ask(self.base + delta, **more)
        return offset, timestamp if timestamp < 0 else timestamp - self.base

    def test_rule_90_and_91_earliest_and_latest_in_every_version(self):
        self.append_at(0, 1, 2)
        for version in range(1, 12):
            self.assertEqual(self.ask(LATEST, version), (Err.NONE, 3, -1))
            self.assertEqual(self.ask(EARLIEST, version), (Err.NONE, 0, -1))

    def test_rule_90_latest_under_read_committed(self):
        self.append_at(0, 1, 2)
        part = {"PartitionIndex": 0, "Timestamp": LATEST}
        body = {"ReplicaId": -1, "IsolationLevel": 1, "Topics": [{"Name": self.topic, "Partitions": [part]}]}
        answer = self.connection.call("ListOffsets", 9, body)["Topics"][0]["Partitions"][0]
        self.assertEqual(answer["Offset"], 3)

    def test_rule_90_and_14_10_max_timestamp_is_the_record_with_the_highest(self):
        self.append_at(10, 50, 20)
        self.append_at(30, 5)
        for version in range(7, 12):
            self.assertEqual(self.ask(MAX_TIMESTAMP, version), (Err.NONE, 1, self.base + 50))

    def test_rule_90_max_timestamp_inside_a_compressed_batch(self):
        self.append_at(10, 50, 20, codec="gzip")
        self.assertEqual(self.ask(MAX_TIMESTAMP), (Err.NONE, 1, self.base + 50))

    def test_rule_14_20_max_timestamp_of_an_empty_log_is_nothing(self):
        self.assertEqual(self.ask(MAX_TIMESTAMP), NONE_FOUND)

    def test_rule_90_earliest_local_is_the_log_start(self):
        self.append_at(0)
        for version in range(8, 12):
            self.assertEqual(self.ask(EARLIEST_LOCAL, version)[:2], (Err.NONE, 0))

    def test_rule_14_20_tiered_offsets_are_minus_one_without_error(self):
        self.append_at(0)
        self.assertEqual(self.ask(LATEST_TIERED, 9)[:2], (Err.NONE, -1))
        self.assertEqual(self.ask(EARLIEST_PENDING_UPLOAD, 11)[:2], (Err.NONE, -1))

    def test_rule_90_other_negative_times_are_unsupported(self):
        for timestamp in (-7, -100, -(2**63)):
            self.assertEqual(self.ask(timestamp)[0], Err.UNSUPPORTED_VERSION)

    def test_rule_90_special_times_need_their_versions(self):
        self.append_at(0)
        for timestamp, version in ((MAX_TIMESTAMP, 6), (EARLIEST_LOCAL, 7), (LATEST_TIERED, 8)):
            self.assertEqual(self.ask(timestamp, version)[0], Err.UNSUPPORTED_VERSION, (timestamp, version))

    def test_rule_91_a_time_after_the_last_record_finds_nothing(self):
        self.append_at(0, 10)
        self.assertEqual(self.ask(self.base + 11), NONE_FOUND)
        self.assertEqual(self.ask(2**62), NONE_FOUND)

    def test_rule_91_an_empty_log_finds_nothing_and_starts_and_ends_at_0(self):
        self.assertEqual(self.ask(0), NONE_FOUND)
        self.assertEqual((self.ask(EARLIEST)[1], self.ask(LATEST)[1]), (0, 0))

    def test_rule_93_the_first_record_at_or_after_the_time_is_found(self):
        self.append_at(0, 10, 20)
        self.append_at(30, 40)
        for delta, expected in ((-5, (0, 0)), (0, (0, 0)), (1, (1, 10)), (20, (2, 20)), (21, (3, 30)), (40, (4, 40))):
            self.assertEqual(self.ask_delta(delta), expected, delta)

    def test_rule_93_with_times_in_disorder_log_order_decides(self):
        self.append_at(50, 10, 60)
        self.append_at(20, 70, 55)
        for delta, expected in ((10, (0, 50)), (51, (2, 60)), (60, (2, 60)), (61, (4, 70)), (71, (-1, -1))):
            self.assertEqual(self.ask_delta(delta), expected, delta)

    def test_rule_13_5_look_ups_are_exact_inside_compressed_batches(self):
        for codec in ("gzip", "snappy", "lz4", "zstd"):
            with self.subTest(codec=codec):
                self.topic = create_topic(self.broker)
                self.append_at(0, 10, 20, 30, codec=codec)
                self.append_at(40, 50, 60, codec=codec)
                for delta, offset in ((0, 0), (5, 1), (25, 3), (31, 4), (45, 5), (60, 6)):
                    self.assertEqual(self.ask_delta(delta)[0], offset, delta)

    def test_rule_93_look_ups_reach_across_many_batches(self):
        for number in range(300):
            self.append_at(number * 10, number * 10 + 5)
        for delta, offset in ((0, 0), (1, 1), (1501, 301), (2995, 599), (1490, 298)):
            self.assertEqual(self.ask_delta(delta)[0], offset, delta)

    def test_rule_93_with_log_append_time_the_time_of_the_append_counts(self):
        self.topic = create_topic(self.broker, message_timestamp_type="LogAppendTime")
        before = int(time.time() * 1000)
        self.append_at(-HOUR_MS, -HOUR_MS, codec="gzip")
        error, offset, timestamp = self.ask(before)
        self.assertEqual((error, offset), (Err.NONE, 0))
        self.assertGreaterEqual(timestamp, before)

    def test_rule_94_a_partition_given_twice_is_an_invalid_request(self):
        part = {"PartitionIndex": 0, "Timestamp": LATEST}
        body = {"ReplicaId": -1, "Topics": [{"Name": self.topic, "Partitions": [part, part]}]}
        answers = self.connection.call("ListOffsets", 9, body)["Topics"][0]["Partitions"]
        self.assertEqual({Err(each["ErrorCode"]) for each in answers}, {Err.INVALID_REQUEST})

    def test_unknown_topics_and_partitions_are_error_3(self):
        self.assertEqual(self.ask(LATEST, partition=5)[0], Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.topic = unique_topic()
        self.assertEqual(self.ask(LATEST)[0], Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_leader_epochs_are_checked_and_told(self):
        self.append_at(0)
        self.assertEqual(self.ask(LATEST, CurrentLeaderEpoch=99)[0], Err.UNKNOWN_LEADER_EPOCH)
        epoch = fetch_batches(self.broker, self.topic, 0)[0].leader_epoch
        self.assertEqual(list_offset(self.connection, self.topic, LATEST)["LeaderEpoch"], epoch)
        self.assertEqual(list_offset(self.connection, self.topic, self.base)["LeaderEpoch"], epoch)


class OffsetForLeaderEpoch(WireCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker)

    def ask(self, epoch, version=4, **more):
        part = {"Partition": 0, "LeaderEpoch": epoch, **more}
        body = {"Topics": [{"Topic": self.topic, "Partitions": [part]}]}
        if version >= 3:
            body["ReplicaId"] = -1
        answer = self.connection.call("OffsetForLeaderEpoch", version, body)["Topics"][0]["Partitions"][0]
        return Err(answer["ErrorCode"]), answer["LeaderEpoch"], answer["EndOffset"]

    def test_rule_95_the_current_epoch_ends_at_the_log_end(self):
        append(self.connection, self.topic, b"a", b"b")
        epoch = fetch_batches(self.broker, self.topic, 0)[0].leader_epoch
        for version in (2, 3, 4):
            self.assertEqual(self.ask(epoch, version), (Err.NONE, epoch, 2))

    def test_rule_95_an_undefined_epoch_is_minus_one(self):
        append(self.connection, self.topic, b"a")
        self.assertEqual(self.ask(-1), (Err.NONE, -1, -1))
        self.assertEqual(self.ask(1000), (Err.NONE, -1, -1))

    def test_rule_95_the_callers_epoch_is_checked(self):
        append(self.connection, self.topic, b"a")
        self.assertEqual(self.ask(0, CurrentLeaderEpoch=99)[0], Err.UNKNOWN_LEADER_EPOCH)

    def test_rule_95_unknown_topic_is_error_3(self):
        self.topic = unique_topic()
        self.assertEqual(self.ask(0)[0], Err.UNKNOWN_TOPIC_OR_PARTITION)


if __name__ == "__main__":
    unittest.main()
