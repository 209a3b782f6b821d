"""DeleteRecords, retention and the APIs that change configs: rules 27, 49, 77, 96, 13.9, 14.8, 14.20, 14.24, 138."""

import os
import time
import unittest

from support.broker import wait_until
from support.errors import EARLIEST, LATEST, Err
from support.records import Batch, Record
from support.topics import append, create_topic, fetch, list_offset, produce, unique_topic
from wire_case import WireCase, use_module_broker

TOPIC, BROKER, LOGGER = 2, 4, 8
SET, DELETE, APPEND, SUBTRACT = range(4)
TO_END = -1
WEEK_MS = 7 * 24 * 3600 * 1000


def setUpModule():
    # A running peer has to be started with these properties.
    options = {"log_retention_check_interval_ms": 200}
    if os.environ.get("STREAMLINE_PEER_COMMAND"):
        options["log_initial_task_delay_ms"] = 0
    elif os.environ.get("STREAMLINE_PEER"):
        options = {}
    use_module_broker(**options)


def alteration(name, changes, kind=TOPIC):
    configs = [{"Name": key, "ConfigOperation": operation, "Value": value} for key, operation, value in changes]
    return {"ResourceType": kind, "ResourceName": name, "Configs": configs}


def new_topic(partitions=1, **configs):
    """Keeps its records, whatever they are dated, unless told otherwise."""
    wanted = {"retention_ms": -1, **configs}
    return create_topic(WireCase.broker, partitions, **{key: str(value) for key, value in wanted.items()})


class RetentionCase(WireCase):
    def delete(self, topic, offset, partition=0, version=2):
        parts = [{"PartitionIndex": partition, "Offset": offset}]
        body = {"Topics": [{"Name": topic, "Partitions": parts}], "TimeoutMs": 10_000}
        answer = self.connection.call("DeleteRecords", version, body)["Topics"][0]
        self.assertEqual(answer["Name"], topic)
        [part] = answer["Partitions"]
        return Err(part["ErrorCode"]), part["LowWatermark"]

    def alter_all(self, *resources, version=1, validate_only=False):
        body = {"Resources": resources, "ValidateOnly": validate_only}
        answers = self.connection.call("IncrementalAlterConfigs", version, body)["Responses"]
        return [(Err(each["ErrorCode"]), each["ErrorMessage"]) for each in answers]

    def alter(self, topic, *changes, **more):
        [answer] = self.alter_all(alteration(topic, changes), **more)
        return answer

    def own_configs(self, topic):
        resource = {"ResourceType": TOPIC, "ResourceName": topic, "ConfigurationKeys": None}
        described = self.connection.call("DescribeConfigs", 4, Resources=[resource])["Results"][0]["Configs"]
        own = {each["Name"]: each["Value"] for each in described if each["ConfigSource"] == 1}
        return {key: value for key, value in own.items() if (key, value) != ("retention.ms", "-1")}

    def assert_own(self, topic, configs):
        if self.on_kafka:  # where DescribeConfigs shows a change a moment later
            wait_until(lambda: self.own_configs(topic) == configs, f"{topic} has {configs}")
        self.assertEqual(self.own_configs(topic), configs)

    def start_of(self, topic):
        return list_offset(self.connection, topic, EARLIEST)["Offset"]

    def wait_for_start(self, topic, start):
        wait_until(lambda: self.start_of(topic) == start, f"{topic} starts at {start}")


class DeleteRecords(RetentionCase):
    def setUp(self):
        super().setUp()
        self.topic = new_topic()
        for value in (b"a", b"b", b"c", b"d"):
            append(self.connection, self.topic, value)

    def test_rule_96_records_below_the_offset_are_gone_at_once(self):
        for version, offset in ((0, 1), (1, 2), (2, 3)):
            self.assertEqual(self.delete(self.topic, offset, version=version), (Err.NONE, offset))
            self.assertEqual(self.start_of(self.topic), offset)
            self.assert_error(fetch(self.connection, self.topic, offset - 1), Err.OFFSET_OUT_OF_RANGE)
            self.assertEqual(fetch(self.connection, self.topic, offset)["LogStartOffset"], offset)

    def test_rule_96_minus_one_deletes_up_to_the_high_watermark(self):
        self.assertEqual(self.delete(self.topic, TO_END), (Err.NONE, 4))
        self.assertEqual((self.start_of(self.topic), list_offset(self.connection, self.topic, LATEST)["Offset"]), (4, 4))
        self.assertEqual(append(self.connection, self.topic, b"e"), 4)

    def test_rule_96_a_lower_offset_changes_nothing(self):
        self.delete(self.topic, 3)
        self.assertEqual(self.delete(self.topic, 1), (Err.NONE, 3))
        self.assertEqual(self.start_of(self.topic), 3)

    def test_rule_96_offsets_outside_are_refused(self):
        for offset in (5, -2, 2**62):
            self.assertEqual(self.delete(self.topic, offset), (Err.OFFSET_OUT_OF_RANGE, -1), offset)
        self.assertEqual(self.start_of(self.topic), 0)

    def test_rule_96_unknown_partitions_are_refused(self):
        self.assertEqual(self.delete(self.topic, 1, partition=7), (Err.UNKNOWN_TOPIC_OR_PARTITION, -1))
        self.assertEqual(self.delete(unique_topic(), 1), (Err.UNKNOWN_TOPIC_OR_PARTITION, -1))

    def test_rule_14_20_compaction_alone_decides_what_a_compacted_topic_keeps(self):
        compacted = new_topic(cleanup_policy="compact")
        append(self.connection, compacted, Record(b"v", key=b"k"))
        self.assertEqual(self.delete(compacted, 1), (Err.POLICY_VIOLATION, -1))
        both = new_topic(cleanup_policy="compact,delete")
        append(self.connection, both, Record(b"v", key=b"k"))
        self.assertEqual(self.delete(both, 1), (Err.NONE, 1))

    def test_rule_96_it_holds_over_a_kill(self):
        if not self.broker.can_restart:
            self.skipTest("this broker cannot be killed")
        self.delete(self.topic, 3)
        self.broker.kill()
        self.broker.start()
        self.connection = self.connect()
        self.assertEqual(self.start_of(self.topic), 3)
        self.assertEqual(append(self.connection, self.topic, b"e"), 4)

    def test_rule_49_a_producer_whose_records_were_deleted_is_still_known(self):
        topic = new_topic()
        batch = {"producer_id": 77_000_001, "producer_epoch": 0}
        first = Batch([Record(b"x")], base_sequence=0, **batch)
        self.assert_error(produce(self.connection, topic, first), Err.NONE)
        self.delete(topic, TO_END)
        again = produce(self.connection, topic, first)
        self.assertEqual((again["ErrorCode"], again["BaseOffset"]), (Err.NONE, 0))
        after = produce(self.connection, topic, Batch([Record(b"y")], base_sequence=1, **batch))
        self.assertEqual((after["ErrorCode"], after["BaseOffset"]), (Err.NONE, 1))


class Retention(RetentionCase):
    def aged(self, topic, *ages_ms):
        """One batch for each age."""
        now = int(time.time() * 1000)
        for age in ages_ms:
            batch = Batch([Record(b"v")], base_timestamp=now - age)
            self.assert_error(produce(self.connection, topic, batch), Err.NONE)

    def test_rule_14_8_old_records_go_and_the_active_segment_too(self):
        topic = new_topic(retention_ms=WEEK_MS // 7, segment_ms=WEEK_MS)
        self.aged(topic, WEEK_MS, WEEK_MS - 1000)
        self.wait_for_start(topic, 2)
        self.assertEqual(list_offset(self.connection, topic, LATEST)["Offset"], 2)
        self.aged(topic, 0)
        self.assertEqual(fetch(self.connection, topic, 2)["LogStartOffset"], 2)

    def test_records_of_seconds_are_gone_after_seconds(self):
        topic = new_topic(retention_ms=1500, segment_ms=WEEK_MS)
        self.aged(topic, 0, 0)
        self.assertEqual(self.start_of(topic), 0)
        self.wait_for_start(topic, 2)

    def test_a_record_dated_ahead_keeps_its_segment(self):
        topic = new_topic(retention_ms=1000, message_timestamp_after_max_ms=WEEK_MS, segment_ms=10 * WEEK_MS)
        # The first one is there before a check may come between.
        self.aged(topic, -WEEK_MS // 2, WEEK_MS)
        other = new_topic(retention_ms=1000)
        self.aged(other, WEEK_MS)
        self.wait_for_start(other, 1)
        self.assertEqual(self.start_of(topic), 0)

    def test_a_shorter_retention_is_in_force_at_once(self):
        topic = new_topic()
        self.aged(topic, WEEK_MS // 2)
        self.assertEqual(self.start_of(topic), 0)
        self.assertEqual(self.alter(topic, ("retention.ms", SET, "1000"))[0], Err.NONE)
        self.wait_for_start(topic, 1)

    def test_a_topic_without_delete_keeps_old_records(self):
        kept = new_topic(retention_ms=1000, cleanup_policy="compact")
        self.assert_error(produce(self.connection, kept, Batch([Record(b"v", key=b"k")], base_timestamp=1000)), Err.NONE)
        other = new_topic(retention_ms=1000)
        self.aged(other, WEEK_MS)
        self.wait_for_start(other, 1)
        self.assertEqual(self.start_of(kept), 0)

    def test_retention_bytes_keeps_about_that_much(self):
        topic = new_topic(segment_bytes=1 << 20, retention_bytes=2 << 20)
        for _ in range(6):
            self.assert_error(produce(self.connection, topic, Batch([Record(bytes(700_000))])), Err.NONE)
        self.wait_for_start(topic, 3)


class AlterConfigs(RetentionCase):
    def test_rule_27_set_and_delete_change_single_keys(self):
        topic = new_topic(flush_ms="1000")
        for version in (0, 1):
            answer = self.alter(topic, ("segment.ms", SET, "5000000"), ("preallocate", SET, "true"), version=version)
            self.assertEqual(answer, (Err.NONE, None))
            self.assert_own(topic, {"flush.ms": "1000", "preallocate": "true", "segment.ms": "5000000"})
            answer = self.alter(topic, ("segment.ms", DELETE, None), ("preallocate", DELETE, None), version=version)
            self.assertEqual(answer, (Err.NONE, None))
            self.assert_own(topic, {"flush.ms": "1000"})

    def test_rule_27_append_and_subtract_work_on_lists(self):
        topic = new_topic()
        self.assertEqual(self.alter(topic, ("cleanup.policy", APPEND, "compact"))[0], Err.NONE)
        self.assert_own(topic, {"cleanup.policy": "delete,compact"})
        self.assertEqual(self.alter(topic, ("cleanup.policy", SUBTRACT, "delete"))[0], Err.NONE)
        self.assert_own(topic, {"cleanup.policy": "compact"})
        self.assertEqual(self.alter(topic, ("retention.ms", APPEND, "5"))[0], Err.INVALID_CONFIG)
        self.assertEqual(self.alter(topic, ("retention.ms", SUBTRACT, "5"))[0], Err.INVALID_CONFIG)

    def test_rule_14_24_subtracting_what_is_not_there_is_accepted(self):
        topic = new_topic()
        self.assertEqual(self.alter(topic, ("cleanup.policy", SUBTRACT, "compact"))[0], Err.NONE)

    def test_rule_27_a_key_or_a_resource_given_twice_is_refused(self):
        topic, other = new_topic(), new_topic()
        twice = self.alter(topic, ("retention.ms", SET, "1"), ("retention.ms", SET, "2"))
        self.assertEqual(twice[0], Err.INVALID_REQUEST)
        one = alteration(topic, [("retention.ms", SET, "5000000")])
        answers = self.alter_all(one, one, alteration(other, [("flush.ms", SET, "5")]))
        self.assertEqual([code for code, _ in answers], [Err.INVALID_REQUEST, Err.INVALID_REQUEST, Err.NONE])
        self.assert_own(other, {"flush.ms": "5"})
        self.assert_own(topic, {})

    def test_rule_13_9_bad_changes_are_refused_as_a_whole(self):
        topic = new_topic()
        good = ("flush.ms", SET, "5")
        for bad, error in (
            (("no.such.key", SET, "1"), Err.INVALID_CONFIG),
            (("retention.ms", SET, "soon"), Err.INVALID_CONFIG),
            (("cleanup.policy", APPEND, "burn"), Err.INVALID_CONFIG),
            (("retention.ms", SET, None), Err.INVALID_REQUEST),
            # Apache Kafka has no answer for an operation that does not exist.
            (("retention.ms", 9, "1"), Err.UNKNOWN_SERVER_ERROR if self.on_kafka else Err.INVALID_REQUEST),
        ):
            with self.subTest(bad=bad):
                self.assertEqual(self.alter(topic, good, bad)[0], error)
                self.assert_own(topic, {})

    def test_rule_27_validate_only_changes_nothing(self):
        topic = new_topic()
        self.assertEqual(self.alter(topic, ("flush.ms", SET, "5"), validate_only=True), (Err.NONE, None))
        self.assertEqual(self.alter(topic, ("flush.ms", SET, "x"), validate_only=True)[0], Err.INVALID_CONFIG)
        self.assert_own(topic, {})

    def test_rule_27_unknown_topics_are_refused(self):
        self.assertEqual(self.alter(unique_topic(), ("flush.ms", SET, "5"))[0], Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assertEqual(self.alter("a b", ("flush.ms", SET, "5"))[0], Err.INVALID_TOPIC_EXCEPTION)

    def test_rule_27_brokers_other_resources_and_unknown_ones_are_refused(self):
        for resource in (
            alteration("7", [("log.retention.ms", SET, "5")], BROKER),
            alteration("1", [("node.id", SET, "5")], BROKER),
            alteration("1", [], 99),
        ):
            [(code, _)] = self.alter_all(resource)
            self.assertEqual(code, Err.INVALID_REQUEST, resource)

    def test_alter_configs_replaces_everything_that_was_set(self):
        topic = new_topic(flush_ms="1000")
        for version in range(3):
            configs = [{"Name": "retention.ms", "Value": "5000000"}]
            resource = {"ResourceType": TOPIC, "ResourceName": topic, "Configs": configs}
            body = {"Resources": [resource], "ValidateOnly": False}
            self.assert_error(self.connection.call("AlterConfigs", version, body)["Responses"][0], Err.NONE)
            self.assert_own(topic, {"retention.ms": "5000000"})

    def test_changes_hold_over_a_kill(self):
        if not self.broker.can_restart:
            self.skipTest("this broker cannot be killed")
        topic = new_topic()
        self.alter(topic, ("flush.ms", SET, "5"))
        self.broker.kill()
        self.broker.start()
        self.connection = self.connect()
        self.assert_own(topic, {"flush.ms": "5"})


class LogDirs(RetentionCase):
    def sizes(self, topics, version=4):
        answer = self.connection.call("DescribeLogDirs", version, Topics=topics)
        [place] = answer["Results"]
        self.assert_error(place, Err.NONE)
        sizes = {(t["Name"], p["PartitionIndex"]): p["PartitionSize"] for t in place["Topics"] for p in t["Partitions"]}
        return place, sizes

    def test_rule_138_sizes_are_those_of_the_records(self):
        topic = new_topic(2)
        append(self.connection, topic, bytes(10_000))
        for version in (1, 2, 3, 4):
            _, sizes = self.sizes([{"Topic": topic, "Partitions": [0, 1]}], version)
            self.assertEqual(set(sizes), {(topic, 0), (topic, 1)})
            self.assertGreater(sizes[topic, 0], 10_000)
            self.assertLess(sizes[topic, 0], 11_000)
            self.assertLess(sizes[topic, 1], 100)

    def test_rule_138_null_is_every_topic_and_unknown_ones_are_left_out(self):
        topic = new_topic()
        self.assertIn((topic, 0), self.sizes(None)[1])
        self.assertEqual(self.sizes([{"Topic": unique_topic(), "Partitions": [0]}])[1], {})

    def test_rule_138_the_room_that_is_left_is_told(self):
        place, _ = self.sizes(None)
        self.assertTrue(place["LogDir"].startswith("/"), place["LogDir"])
        self.assertGreater(place["UsableBytes"], 0)


if __name__ == "__main__":
    unittest.main()
