"""Rules 29 to 45 and what section 14 says of Produce: acks, record checks, limits, timestamps."""

import time
import unittest

from support.errors import Err
from support.records import CODECS, CONTROL, LOG_APPEND_TIME, TRANSACTIONAL, Batch, Record, encode_batch
from support.topics import append, create_topic, fetch, fetch_batches, produce, produce_body, topic_id, unique_topic
from wire_case import WireCase, use_module_broker

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MIB = 1 << 20


def setUpModule():
    use_module_broker()


def now_ms():
    return int(time.time() * 1000)


class ProduceCase(WireCase):
    def assert_refused(self, topic, batch, error, version=12):
        """The error, and nothing in the log."""
        answer = produce(self.connection, topic, batch, version=version)
        self.assert_error(answer, error)
        self.assertEqual(answer["BaseOffset"], -1)
        self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 0)
        return answer


class Acks(ProduceCase):
    def test_rule_29_other_acks_are_refused_for_each_partition(self):
        topic = create_topic(self.broker, 2)
        for acks in (2, -2, 32_767):
            body = produce_body(topic, Batch([Record(b"v")]), acks=acks)
            body["TopicData"][0]["PartitionData"].append({"Index": 1, "Records": encode_batch(Batch([Record(b"v")]))})
            parts = self.connection.call("Produce", 12, body)["Responses"][0]["PartitionResponses"]
            self.assertEqual([part["ErrorCode"] for part in parts], [Err.INVALID_REQUIRED_ACKS] * 2)
            self.assertEqual([part["BaseOffset"] for part in parts], [-1, -1])
        self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 0)

    def test_rule_30_acks_0_gets_no_answer_and_the_next_request_does(self):
        topic = create_topic(self.broker)
        for _ in range(3):
            self.connection.send("Produce", 12, produce_body(topic, Batch([Record(b"v")]), acks=0))
            self.connection.waiting.pop()
        answer = fetch(self.connection, topic, max_wait_ms=5000, min_bytes=3 * len(encode_batch(Batch([Record(b"v")]))))
        self.assertEqual(answer["HighWatermark"], 3)

    def test_rule_30_an_error_under_acks_0_closes_the_connection(self):
        connection = self.connect()
        connection.send("Produce", 12, produce_body(unique_topic(), Batch([Record(b"v")]), acks=0))
        self.assert_dropped(connection)

    def test_acks_1_and_all_give_the_offset(self):
        topic = create_topic(self.broker)
        for offset, acks in enumerate((1, -1, 1, -1)):
            answer = produce(self.connection, topic, Batch([Record(b"v")]), acks=acks)
            self.assertEqual((answer["ErrorCode"], answer["BaseOffset"]), (Err.NONE, offset))

    def test_rule_43_and_13_12_min_insync_replicas_2_on_one_replica_takes_acks_all(self):
        topic = create_topic(self.broker, min_insync_replicas="2")
        self.assertEqual(append(self.connection, topic, b"v"), 0)


class RecordChecks(ProduceCase):
    def test_rule_31_two_batches_for_one_partition_are_refused(self):
        batch = encode_batch(Batch([Record(b"v")]))
        self.assert_refused(create_topic(self.broker), batch + batch, Err.INVALID_RECORD)

    def test_rule_31_magic_1_and_0_are_refused(self):
        for magic in (0, 1):
            batch = encode_batch(Batch([Record(b"v")], magic=magic))
            self.assert_refused(create_topic(self.broker), batch, Err.INVALID_RECORD)

    def test_rule_31_null_and_empty_record_sets_are_refused(self):
        # Apache Kafka never answers a null set.
        for records in (b"",) if self.on_kafka else (b"", None):
            self.assert_refused(create_topic(self.broker), records, Err.INVALID_RECORD)

    def test_rule_31_zstd_needs_version_7(self):
        topic = create_topic(self.broker)
        batch = Batch([Record(b"v")], "zstd")
        for version in (3, 6):
            self.assert_refused(topic, batch, Err.UNSUPPORTED_COMPRESSION_TYPE, version)
        self.assert_error(produce(self.connection, topic, batch, version=7), Err.NONE)

    def test_every_codec_is_taken_and_kept_as_it_was_sent(self):
        topic = create_topic(self.broker)
        for codec in CODECS:
            append(self.connection, topic, b"one", b"two", codec=codec)
        batches = fetch_batches(self.broker, topic, 0)
        self.assertEqual([batch.codec for batch in batches], list(CODECS))
        for batch in batches:
            sent = encode_batch(Batch([Record(b"one"), Record(b"two")], batch.codec))
            self.assertEqual(batch.payload, sent[61:])

    def test_rule_32_base_offset_other_than_0_is_refused(self):
        self.assert_refused(create_topic(self.broker), Batch([Record(b"v")], base_offset=5), Err.INVALID_RECORD)

    def test_rule_33_counts_that_disagree_are_refused(self):
        two = [Record(b"1"), Record(b"2")]
        for fault in (
            {"count": 0},
            {"count": 3},
            {"count": -1},
            {"last_offset_delta": 0},
            {"last_offset_delta": 5},
            {"last_offset_delta": -1},
            {"count": 3, "last_offset_delta": 2},
            {"count": 1, "last_offset_delta": 0},
        ):
            with self.subTest(fault=fault):
                self.assert_refused(create_topic(self.broker), Batch(two, **fault), Err.INVALID_RECORD)

    def test_rule_33_offset_deltas_must_be_dense(self):
        two = [Record(b"1", key=b"k"), Record(b"2", key=b"k")]
        # Apache Kafka looks only at compressed records, and says -1; here it is plain batches and compacted topics.
        error = Err.UNKNOWN_SERVER_ERROR if self.on_kafka else Err.INVALID_RECORD
        for codec, policy in (("gzip", "compact"),) if self.on_kafka else (("gzip", "compact"), ("none", "delete")):
            for deltas in ([0, 0], [1, 0], [0, 2], [1, 2]):
                with self.subTest(deltas=deltas, codec=codec):
                    topic = create_topic(self.broker, cleanup_policy=policy)
                    self.assert_refused(topic, Batch(two, codec, offset_deltas=deltas), error)

    def test_rule_34_control_batches_are_refused(self):
        batch = Batch([Record(bytes(6), key=bytes(4))], attributes=CONTROL)
        self.assert_refused(create_topic(self.broker), batch, Err.INVALID_RECORD)

    def test_rule_36_crc_mismatch_is_refused(self):
        self.assert_refused(create_topic(self.broker), Batch([Record(b"v")], crc=7), Err.CORRUPT_MESSAGE)

    def test_rule_41_a_compacted_topic_takes_no_record_without_a_key(self):
        topic = create_topic(self.broker, cleanup_policy="compact")
        records = [Record(b"v", key=b"k"), Record(b"v")]
        for codec in ("none", "gzip"):
            answer = self.assert_refused(topic, Batch(records, codec), Err.INVALID_RECORD)
            self.assertEqual([each["BatchIndex"] for each in answer["RecordErrors"]], [1])
        self.assertEqual(append(self.connection, topic, Record(b"v", key=b"")), 0)

    def test_rule_42_a_transactional_batch_without_a_transactional_id_is_refused(self):
        topic = create_topic(self.broker)
        batch = Batch([Record(b"v")], attributes=TRANSACTIONAL, producer_id=1, producer_epoch=0, base_sequence=0)
        answer = produce(self.connection, topic, batch)
        self.assert_error(answer, Err.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)

    def test_rule_14_17_data_refused_carries_the_log_start_and_early_refusals_minus_one(self):
        topic = create_topic(self.broker)
        late = self.assert_refused(topic, Batch([Record(b"v", timestamp=now_ms() + DAY_MS)]), Err.INVALID_TIMESTAMP)
        self.assertEqual(late["LogStartOffset"], 0)
        early = produce(self.connection, topic, Batch([Record(b"v")]), acks=5)
        self.assertEqual(early["LogStartOffset"], -1)

    def test_rule_14_9_a_compressed_payload_that_cannot_be_read_is_refused_where_it_is_looked_at(self):
        topic = create_topic(self.broker, cleanup_policy="compact")
        for codec in ("gzip", "snappy", "lz4", "zstd"):
            answer = produce(self.connection, topic, Batch([Record(b"v", key=b"k")], codec, payload=b"not compressed at all"))
            expected = (Err.UNKNOWN_SERVER_ERROR, Err.CORRUPT_MESSAGE) if self.on_kafka else (Err.CORRUPT_MESSAGE,)
            self.assertIn(answer["ErrorCode"], expected, codec)
        self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 0)


class ValidationModes(ProduceCase):
    """validation.mode is ours: Apache Kafka opens every compressed batch."""

    def setUp(self):
        super().setUp()
        if self.on_kafka:
            self.skipTest("Kafka has no validation.mode")

    def wrong_batches(self):
        """Right outside and wrong inside: only whoever opens them can tell."""
        two = [Record(b"1", key=b"k"), Record(b"2", key=b"k")]
        return (
            (Batch(two, "gzip", payload=b"not compressed at all"), Err.CORRUPT_MESSAGE),
            (Batch(two, "gzip", offset_deltas=[0, 2]), Err.INVALID_RECORD),
            (Batch(two, "gzip", count=3, last_offset_delta=2), Err.INVALID_RECORD),
        )

    def test_header_trusts_a_compressed_batch_under_a_right_checksum(self):
        topic = create_topic(self.broker, validation_mode="header")
        for batch, _ in self.wrong_batches():
            self.assert_error(produce(self.connection, topic, batch), Err.NONE)

    def test_full_opens_every_batch_and_so_do_compacted_and_recompressed_topics(self):
        for configs in ({"validation_mode": "full"}, {"cleanup_policy": "compact"}, {"compression_type": "lz4"}):
            topic = create_topic(self.broker, **{"validation_mode": "header"} | configs)
            for batch, error in self.wrong_batches():
                with self.subTest(configs=configs, error=error):
                    self.assert_refused(topic, batch, error)


class Limits(ProduceCase):
    def test_rule_35_a_batch_over_max_message_bytes_is_refused(self):
        topic = create_topic(self.broker, max_message_bytes="1000")
        self.assert_refused(topic, Batch([Record(bytes(1000))]), Err.MESSAGE_TOO_LARGE)
        self.assertEqual(append(self.connection, topic, bytes(900)), 0)

    def test_rule_35_exactly_max_message_bytes_is_taken(self):
        batch = encode_batch(Batch([Record(bytes(900))]))
        exact = create_topic(self.broker, max_message_bytes=str(len(batch)))
        self.assert_error(produce(self.connection, exact, batch), Err.NONE)
        short = create_topic(self.broker, max_message_bytes=str(len(batch) - 1))
        self.assert_refused(short, batch, Err.MESSAGE_TOO_LARGE)

    def test_rule_35_a_batch_over_the_segment_size_is_refused(self):
        topic = create_topic(self.broker, segment_bytes=str(MIB), max_message_bytes=str(4 * MIB))
        self.assert_refused(topic, Batch([Record(bytes(MIB))]), Err.RECORD_LIST_TOO_LARGE)

    def test_rule_40_one_failing_partition_does_not_fail_the_others(self):
        topic, unknown = create_topic(self.broker, 2), unique_topic()
        body = produce_body(topic, Batch([Record(b"bad")], crc=1))
        body["TopicData"][0]["PartitionData"] += [
            {"Index": 1, "Records": encode_batch(Batch([Record(b"good")]))},
            {"Index": 9, "Records": encode_batch(Batch([Record(b"nowhere")]))},
        ]
        body["TopicData"] += produce_body(unknown, Batch([Record(b"v")]))["TopicData"]
        answer = {
            (each["Name"], part["Index"]): Err(part["ErrorCode"])
            for each in self.connection.call("Produce", 12, body)["Responses"]
            for part in each["PartitionResponses"]
        }
        expected = {
            (topic, 0): Err.CORRUPT_MESSAGE,
            (topic, 1): Err.NONE,
            (topic, 9): Err.UNKNOWN_TOPIC_OR_PARTITION,
            (unknown, 0): Err.UNKNOWN_TOPIC_OR_PARTITION,
        }
        self.assertEqual(answer, expected)

    def test_rule_42_version_13_takes_topic_ids(self):
        topic = create_topic(self.broker)
        known = topic_id(self.connection, topic)
        body = produce_body(known, Batch([Record(b"v")]))
        answer = self.connection.call("Produce", 13, body)["Responses"][0]
        self.assertEqual((answer["TopicId"], answer["PartitionResponses"][0]["ErrorCode"]), (known, Err.NONE))
        unknown = produce(self.connection, bytes(range(16)), Batch([Record(b"v")]), version=13)
        self.assert_error(unknown, Err.UNKNOWN_TOPIC_ID)


class Timestamps(ProduceCase):
    def test_rule_37_and_14_8_a_timestamp_too_far_ahead_names_the_record(self):
        topic = create_topic(self.broker, message_timestamp_after_max_ms=str(HOUR_MS))
        now = now_ms()
        records = [Record(b"now", timestamp=now), Record(b"ahead", timestamp=now + 2 * HOUR_MS)]
        for codec in ("none", "gzip"):
            answer = self.assert_refused(topic, Batch(records, codec), Err.INVALID_TIMESTAMP)
            self.assertEqual([each["BatchIndex"] for each in answer["RecordErrors"]], [1])
            self.assertTrue(answer["ErrorMessage"])

    def test_rule_37_a_timestamp_too_far_back_is_refused(self):
        topic = create_topic(self.broker, message_timestamp_before_max_ms=str(HOUR_MS))
        records = [Record(b"old", timestamp=now_ms() - 2 * HOUR_MS), Record(b"new", timestamp=now_ms())]
        for codec in ("none", "gzip"):
            answer = self.assert_refused(topic, Batch(records, codec), Err.INVALID_TIMESTAMP)
            self.assertEqual([each["BatchIndex"] for each in answer["RecordErrors"]], [0])
        self.assertEqual(append(self.connection, topic, Record(b"new", timestamp=now_ms())), 0)

    def test_rule_37_older_versions_get_the_error_without_details(self):
        topic = create_topic(self.broker, message_timestamp_after_max_ms=str(HOUR_MS))
        ahead = Batch([Record(b"ahead", timestamp=now_ms() + DAY_MS)])
        self.assert_refused(topic, ahead, Err.INVALID_TIMESTAMP, version=7)

    def test_rule_38_create_time_answers_minus_one(self):
        answer = produce(self.connection, create_topic(self.broker), Batch([Record(b"v")]))
        self.assertEqual(answer["LogAppendTimeMs"], -1)

    def test_rule_38_log_append_time_is_one_time_for_all(self):
        topic = create_topic(self.broker, message_timestamp_type="LogAppendTime")
        before = now_ms()
        for codec in ("none", "gzip"):
            records = [Record(b"a", timestamp=5), Record(b"b", timestamp=9), Record(b"c", timestamp=7)]
            answer = produce(self.connection, topic, Batch(records, codec))
            self.assert_error(answer, Err.NONE)
            self.assertTrue(before <= answer["LogAppendTimeMs"] <= now_ms())
            batch = fetch_batches(self.broker, topic, 0)[-1]
            self.assertEqual(batch.attributes & LOG_APPEND_TIME, LOG_APPEND_TIME)
            self.assertEqual(batch.max_timestamp, answer["LogAppendTimeMs"])

    def test_rule_38_a_client_that_claims_log_append_time_does_not_reach_readers_with_it(self):
        topic = create_topic(self.broker)
        answer = produce(self.connection, topic, Batch([Record(b"v")], attributes=LOG_APPEND_TIME))
        # Apache Kafka takes the batch and clears the mark; to refuse it is as good.
        self.assertIn(answer["ErrorCode"], (Err.NONE, Err.INVALID_TIMESTAMP))
        stored = fetch_batches(self.broker, topic, 0)
        self.assertEqual(len(stored), answer["ErrorCode"] == Err.NONE)
        self.assertEqual([batch.attributes for batch in stored if batch.attributes & LOG_APPEND_TIME], [])

    def test_rule_39_log_start_offset_from_version_5_on(self):
        topic = create_topic(self.broker)
        for version in range(3, 13):
            answer = produce(self.connection, topic, Batch([Record(b"v")]), version=version)
            self.assertEqual(answer.get("LogStartOffset"), 0 if version >= 5 else None)

    def test_the_leader_epoch_is_written_into_the_batch(self):
        topic = create_topic(self.broker)
        append(self.connection, topic, b"v", leader_epoch=77)
        self.assertLess(fetch_batches(self.broker, topic, 0)[0].leader_epoch, 77)


if __name__ == "__main__":
    unittest.main()
