"""What Kafka 3.9 still served and Kafka 4 dropped: message formats 0 and 1, and the request versions that go with them.

`run.py --peer` against a Kafka 3.9 shows the same; Kafka 4 is left out.
"""

import struct
import time
import unittest

from support.broker import lacking
from support.errors import Err
from support.message_sets import decode_messages, decode_set, encode_message, encode_set, encode_wrapper
from support.records import LOG_APPEND_TIME, Batch, Record, encode_batch
from support.topics import create_topic, fetch, fetch_batches, list_offset, produce, produce_body, unique_topic
from support.wire import Closed
from wire_case import WireCase, use_module_broker

BATCH_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
OLD_CODECS = ("none", "gzip", "snappy", "lz4")
FETCHES = range(4)


def setUpModule():
    use_module_broker()
    with WireCase.broker.connect() as connection:
        ranges = connection.call("ApiVersions", 0)["ApiKeys"]
    if next(each for each in ranges if each["ApiKey"] == 1)["MinVersion"] > 0:
        raise lacking("this Kafka has dropped the old versions")


def now_ms():
    return int(time.time() * 1000)


def plain(records):
    return [(record.key, record.value, record.timestamp) for record in records]


def message_format(fetch_version):
    return 0 if fetch_version < 2 else 1


class OldCase(WireCase):
    def put(self, topic, data, version=2, **options):
        return produce(self.connection, topic, data, version=version, **options)

    def append(self, topic, *values, **batch):
        records = [value if isinstance(value, Record) else Record(value) for value in values]
        self.assert_error(produce(self.connection, topic, Batch(records, **batch), version=9), Err.NONE)

    def stored(self, topic):
        return fetch_batches(self.broker, topic, 0)


class Produce(OldCase):
    def test_both_formats_become_batches_of_format_2_and_keep_their_codec(self):
        for magic in (0, 1):
            for codec in OLD_CODECS:
                with self.subTest(magic=magic, codec=codec):
                    topic = create_topic(self.broker)
                    times = (None, None, None) if magic == 0 else (now_ms(), now_ms() + 7, now_ms() - 9)
                    records = [
                        Record(b"first", b"key", timestamp=times[0]),
                        Record(None, b"", timestamp=times[1]),
                        Record(b"", None, timestamp=times[2]),
                    ]
                    answer = self.put(topic, encode_set(records, magic, codec), version=magic + 1)
                    self.assertEqual((answer["ErrorCode"], answer["BaseOffset"]), (Err.NONE, 0))
                    (batch,) = self.stored(topic)
                    self.assertEqual((batch.codec, batch.count, batch.producer_id), (codec, 3, -1))
                    if codec in ("none", "gzip"):
                        expected = [(each.key, each.value, -1 if magic == 0 else each.timestamp) for each in records]
                        self.assertEqual(plain(batch.records), expected)
                    self.assertEqual(batch.max_timestamp, -1 if magic == 0 else times[1])

    def test_every_version_takes_every_format(self):
        topic = create_topic(self.broker)
        sets = (encode_set([Record(b"0")], 0), encode_set([Record(b"1")], 1), encode_batch(Batch([Record(b"2")])))
        for version in range(3):
            for number, data in enumerate(sets):
                answer = self.put(topic, data, version)
                self.assertEqual((answer["ErrorCode"], answer["BaseOffset"]), (Err.NONE, version * 3 + number))

    def test_pipelined_requests_keep_their_order(self):
        topic = create_topic(self.broker)
        count = 60
        for number in range(count):
            value = bytes(200_000 if number % 7 == 0 else 10) + b"%d" % number
            self.connection.send("Produce", 2, produce_body(topic, encode_set([Record(value)], 1, "gzip")))
        answers = [self.connection.receive()["Responses"][0]["PartitionResponses"][0]["BaseOffset"] for _ in range(count)]
        self.assertEqual(answers, list(range(count)))
        values = [int(record.value.lstrip(b"\0")) for batch in self.stored(topic) for record in batch.records]
        self.assertEqual(values, list(range(count)))

    def test_rule_30_acks_0_is_never_answered_and_survives_the_end_of_its_connection(self):
        topic = create_topic(self.broker)
        data = encode_set([Record(b"v")])
        with self.broker.connect() as passing:
            for version in range(3):
                passing.send("Produce", version, produce_body(topic, data, acks=0))
        bytes_wanted = 3 * len(encode_batch(Batch([Record(b"v")])))
        self.assertEqual(fetch(self.connection, topic, max_wait_ms=10_000, min_bytes=bytes_wanted)["HighWatermark"], 3)
        failing = self.connect()
        failing.send("Produce", 1, produce_body(unique_topic(), data, acks=0))
        self.assert_dropped(failing)

    def test_rule_40_one_failing_partition_does_not_fail_the_others(self):
        topic = create_topic(self.broker, 2)
        body = produce_body(topic, encode_message(b"bad", crc=1))
        parts = [{"Index": index, "Records": encode_message(b"v")} for index in (1, 9)]
        body["TopicData"][0]["PartitionData"] += parts
        answers = self.connection.call("Produce", 1, body)["Responses"][0]["PartitionResponses"]
        expected = {0: Err.CORRUPT_MESSAGE, 1: Err.NONE, 9: Err.UNKNOWN_TOPIC_OR_PARTITION}
        self.assertEqual({each["Index"]: each["ErrorCode"] for each in answers}, expected)

    def test_a_set_without_a_whole_message_is_nothing_and_no_error(self):
        topic = create_topic(self.broker)
        for data in (b"", encode_message(b"abc")[:-1]):
            answer = self.put(topic, data)
            self.assertEqual((answer["ErrorCode"], answer["BaseOffset"]), (Err.NONE, -1))
        self.assertEqual(self.put(topic, encode_message(b"whole") + encode_message(b"cut")[:-1])["BaseOffset"], 0)
        self.assertEqual([record.value for record in self.stored(topic)[0].records], [b"whole"])

    def test_damaged_message_sets_are_refused(self):
        message, wrapper = encode_message(b"a"), encode_wrapper(encode_message(b"a"))
        faults = {
            "checksum": (encode_message(b"a", crc=5), Err.CORRUPT_MESSAGE),
            "magic": (encode_message(b"a", magic=9), Err.CORRUPT_MESSAGE),
            "size": (struct.pack(">qiIbb", 0, 6, 0, 1, 0) + bytes(20), Err.CORRUPT_MESSAGE),
            "checksum inside": (encode_wrapper(encode_message(b"a", crc=4)), Err.CORRUPT_MESSAGE),
            "two wrappers": (wrapper + wrapper, Err.INVALID_RECORD),
            "a message before a wrapper": (message + wrapper, Err.INVALID_RECORD),
            "a message behind a wrapper": (wrapper + message, Err.INVALID_RECORD),
            "a wrapper in a wrapper": (encode_wrapper(wrapper), Err.INVALID_RECORD),
            "nothing inside": (encode_wrapper(b""), Err.INVALID_RECORD),
            "no value": (encode_message(None, attributes=1), Err.INVALID_RECORD),
            "another format inside": (encode_wrapper(encode_message(b"a", magic=0)), Err.INVALID_RECORD),
            "zstd": (encode_message(b"abcdefgh", attributes=4), Err.INVALID_RECORD),
        }
        if not self.on_kafka:
            # Kafka drops what is cut inside a wrapper without a word, and says -1 to what no codec can read.
            faults["cut inside"] = encode_wrapper(message + message[:-1]), Err.INVALID_RECORD
            faults["no gzip"] = encode_message(b"abcdefgh", attributes=1), Err.CORRUPT_MESSAGE
            faults["codec 6"] = encode_message(b"abcdefgh", attributes=6), Err.INVALID_RECORD
        topic = create_topic(self.broker)
        for name, (data, error) in faults.items():
            with self.subTest(name):
                answer = self.put(topic, data)
                self.assert_error(answer, error)
                self.assertEqual(answer["BaseOffset"], -1)
        self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 0)

    def test_rule_41_a_compacted_topic_wants_keys(self):
        topic = create_topic(self.broker, cleanup_policy="compact")
        for codec in ("none", "gzip"):
            records = [Record(b"v", b"k"), Record(b"v")]
            self.assert_error(self.put(topic, encode_set(records, 1, codec)), Err.INVALID_RECORD)
            self.assert_error(self.put(topic, encode_set(records[:1], 0, codec)), Err.NONE)

    def test_rule_35_limits_hold_for_what_is_sent_and_for_what_is_stored(self):
        topic = create_topic(self.broker, max_message_bytes="200")
        self.assert_error(self.put(topic, encode_message(bytes(300))), Err.MESSAGE_TOO_LARGE)
        self.assert_error(self.put(topic, encode_message(bytes(80)) * 3), Err.MESSAGE_TOO_LARGE)
        self.assert_error(self.put(topic, encode_message(bytes(100))), Err.NONE)

    def test_rule_37_limits_on_timestamps(self):
        limits = {"message_timestamp_before_max_ms": str(HOUR_MS), "message_timestamp_after_max_ms": str(HOUR_MS)}
        topic = create_topic(self.broker, **limits)
        for timestamp in (now_ms() - 2 * HOUR_MS, now_ms() + 2 * HOUR_MS):
            for codec in ("none", "gzip"):
                data = encode_set([Record(b"v", timestamp=timestamp)], 1, codec)
                self.assert_error(self.put(topic, data), Err.INVALID_TIMESTAMP)
        # Format 0 has none, and -1 says the same in format 1.
        for magic in (0, 1):
            self.assert_error(self.put(topic, encode_set([Record(b"v")], magic)), Err.NONE)

    def test_rule_38_log_append_time(self):
        topic = create_topic(self.broker, message_timestamp_type="LogAppendTime")
        before = now_ms()
        for codec in ("none", "gzip"):
            answer = self.put(topic, encode_set([Record(b"v", timestamp=5)], 1, codec))
            self.assert_error(answer, Err.NONE)
            self.assertTrue(before <= answer["LogAppendTimeMs"] <= now_ms())
            batch = self.stored(topic)[-1]
            self.assertEqual((batch.attributes, batch.max_timestamp), (LOG_APPEND_TIME, answer["LogAppendTimeMs"]))
            # Format 1 tells readers so, by an attribute and the time of the message, or of the wrapper.
            message = decode_messages(fetch(self.connection, topic, batch.base_offset, version=2)["Records"])[0]
            self.assertEqual(message[1] & LOG_APPEND_TIME, LOG_APPEND_TIME)
            self.assertEqual(message[2].timestamp, answer["LogAppendTimeMs"])
        self.assertEqual(self.put(create_topic(self.broker), encode_message(b"v"))["LogAppendTimeMs"], -1)

    def test_rule_13_11_the_topics_codec_applies(self):
        topic = create_topic(self.broker, compression_type="gzip")
        for magic in (0, 1):
            for codec in OLD_CODECS:
                self.assert_error(self.put(topic, encode_set([Record(b"v", b"k")], magic, codec)), Err.NONE)
        batches = self.stored(topic)
        self.assertEqual({batch.codec for batch in batches}, {"gzip"})
        self.assertEqual({(record.key, record.value) for batch in batches for record in batch.records}, {(b"k", b"v")})


class Fetch(OldCase):
    def test_rule_85_batches_come_as_messages_of_the_versions_format(self):
        topic = create_topic(self.broker)
        sent = [
            Record(b"one", b"k", [("name", b"is lost")], timestamp=BATCH_MS),
            Record(None, b"", timestamp=BATCH_MS + 5),
            Record(b"", None, timestamp=BATCH_MS - 5),
        ]
        for codec in ("none", "gzip"):
            self.append(topic, *sent, codec=codec)
        for version in FETCHES:
            with self.subTest(version=version):
                answer = fetch(self.connection, topic, version=version)
                self.assertEqual((answer["ErrorCode"], answer["HighWatermark"]), (Err.NONE, 6))
                records = decode_set(answer["Records"])
                self.assertEqual([record.offset for record in records], list(range(6)))
                old = message_format(version) == 0
                expected = [(record.key, record.value, -1 if old else record.timestamp) for record in sent]
                self.assertEqual(plain(records), expected * 2)
                messages = decode_messages(answer["Records"])
                self.assertEqual([each[:2] for each in messages], [(message_format(version), 0)] * 3 + [(message_format(version), 1)])
                self.assertEqual(messages[-1][2].timestamp, -1 if old else BATCH_MS + 5)

    def test_an_offset_inside_leaves_plain_records_out_and_keeps_wrappers_whole(self):
        topic = create_topic(self.broker)
        self.append(topic, b"0", b"1", b"2")
        self.append(topic, b"3", b"4", b"5", codec="gzip")
        for version in FETCHES:
            offsets = [record.offset for record in decode_set(fetch(self.connection, topic, 1, version=version)["Records"])]
            self.assertEqual(offsets, [1, 2, 3, 4, 5])
            offsets = [record.offset for record in decode_set(fetch(self.connection, topic, 4, version=version)["Records"])]
            self.assertEqual(offsets, [3, 4, 5])

    def test_rule_75_a_message_over_the_limit_is_whole_in_version_3_and_shows_a_part_before(self):
        topic = create_topic(self.broker)
        for codec in ("none", "gzip"):
            self.append(topic, bytes(range(250)), codec=codec)
        for offset in (0, 1):
            whole = fetch(self.connection, topic, offset, version=3, partition_bytes=50)["Records"]
            self.assertEqual([record.offset for record in decode_set(whole)], [offset])
            for version in range(3):
                part = fetch(self.connection, topic, offset, version=version, partition_bytes=50)["Records"]
                # Kafka 3.9 gives nothing, and its client waits for ever; the part is what makes clients raise their limit.
                self.assertEqual((len(part), decode_set(part)), (0 if self.on_kafka else 50, []))

    def test_limits_cut_between_messages(self):
        topic = create_topic(self.broker)
        self.append(topic, *[b"%03d" % number for number in range(50)])
        for version in FETCHES:
            size = len(encode_message(b"000", magic=message_format(version)))
            got = fetch(self.connection, topic, 7, version=version, partition_bytes=10 * size + 3)["Records"]
            if self.on_kafka:
                continue  # it reads whole batches first, so that this limit is below the only one
            self.assertEqual([record.offset for record in decode_set(got)], list(range(7, 17)))
            self.assertEqual(len(got), 10 * size)

    def test_rule_75_the_limit_of_the_whole_answer_counts_from_version_3(self):
        topics = [create_topic(self.broker) for _ in range(3)]
        for topic in topics:
            self.append(topic, bytes(1000))
        parts = [{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 5000}]
        body = {"MaxWaitMs": 0, "MinBytes": 1, "Topics": [{"Topic": topic, "Partitions": parts} for topic in topics]}
        sizes = lambda answer: [len(decode_set(each["Partitions"][0]["Records"])) for each in answer["Responses"]]
        self.assertEqual(sizes(self.connection.call("Fetch", 3, body, MaxBytes=1200)), [1, 0, 0])
        self.assertEqual(sizes(self.connection.call("Fetch", 2, body)), [1, 1, 1])

    def test_rule_84_zstd_is_unsupported_where_it_comes_first_and_ends_the_answer_elsewhere(self):
        topic = create_topic(self.broker)
        self.append(topic, b"0")
        self.append(topic, b"1", codec="zstd")
        self.append(topic, b"2")
        of_topic = create_topic(self.broker, compression_type="zstd")
        self.append(of_topic, b"v")
        for version in FETCHES:
            self.assertEqual([each.offset for each in decode_set(fetch(self.connection, topic, 0, version=version)["Records"])], [0])
            self.assertEqual([each.offset for each in decode_set(fetch(self.connection, topic, 2, version=version)["Records"])], [2])
            for answer in (fetch(self.connection, topic, 1, version=version), fetch(self.connection, of_topic, version=version)):
                self.assert_error(answer, Err.UNSUPPORTED_COMPRESSION_TYPE)
                self.assertEqual(answer["HighWatermark"], -1)

    def test_nothing_new_is_an_empty_set_and_an_offset_outside_an_error(self):
        topic = create_topic(self.broker)
        self.append(topic, b"v")
        for version in FETCHES:
            at_end = fetch(self.connection, topic, 1, version=version)
            self.assertEqual((at_end["ErrorCode"], at_end["HighWatermark"], at_end["Records"]), (Err.NONE, 1, b""))
            self.assert_error(fetch(self.connection, topic, 2, version=version), Err.OFFSET_OUT_OF_RANGE)
            self.assert_error(fetch(self.connection, unique_topic(), version=version), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_74_a_waiting_fetch_is_answered_when_records_come(self):
        topic = create_topic(self.broker)
        waiting = self.connect()
        waiting.send("Fetch", 1, fetch_body_of(topic))
        self.append(topic, b"v")
        answer = waiting.receive()["Responses"][0]["Partitions"][0]
        self.assertEqual([record.value for record in decode_set(answer["Records"])], [b"v"])

    def test_rule_01_converted_answers_keep_their_place_among_others(self):
        topic = create_topic(self.broker)
        self.append(topic, bytes(500_000), codec="gzip")
        for version in (0, 12, 3, 12, 1, 2):
            body = {"MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1 << 30}
            part = {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 30}
            self.connection.send("Fetch", version, body, Topics=[{"Topic": topic, "Partitions": [part]}])
        for _ in range(6):
            self.assert_error(self.connection.receive()["Responses"][0]["Partitions"][0], Err.NONE)


def fetch_body_of(topic):
    part = {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20}
    return {"MaxWaitMs": 20_000, "MinBytes": 1, "Topics": [{"Topic": topic, "Partitions": [part]}]}


class Others(OldCase):
    def offsets(self, topic, timestamp, most=10):
        answer = list_offset(self.connection, topic, timestamp, version=0, MaxNumOffsets=most)
        return Err(answer["ErrorCode"]), answer["OldStyleOffsets"]

    def test_rule_92_version_0_of_list_offsets_lists_segments(self):
        topic = create_topic(self.broker, segment_bytes=str(1 << 20))
        self.assertEqual(self.offsets(topic, -1), (Err.NONE, [0]))
        self.assertEqual(self.offsets(topic, -2), (Err.NONE, [0]))
        for _ in range(3):
            self.append(topic, bytes(900_000))
        self.assertEqual(self.offsets(topic, -1), (Err.NONE, [3, 2, 1, 0]))
        self.assertEqual(self.offsets(topic, -1, 2), (Err.NONE, [3, 2]))
        self.assertEqual(self.offsets(topic, -1, 0), (Err.NONE, []))
        self.assertEqual(self.offsets(topic, -2), (Err.NONE, [0]))
        self.assertEqual(self.offsets(topic, now_ms() + HOUR_MS), (Err.NONE, [3, 2, 1, 0]))
        self.assertEqual(self.offsets(topic, BATCH_MS - 1), (Err.NONE, []))
        self.assertEqual(self.offsets(topic, -3), (Err.UNSUPPORTED_VERSION, []))
        self.assertEqual(self.offsets(unique_topic(), -1), (Err.UNKNOWN_TOPIC_OR_PARTITION, []))

    def test_first_versions_of_topic_requests(self):
        name = unique_topic()
        topics = [{"Name": each, "NumPartitions": 1, "ReplicationFactor": 1} for each in (name, "a b")]
        tried = self.connection.call("CreateTopics", 1, Topics=topics[:1], TimeoutMs=5000, ValidateOnly=True)
        self.assertEqual([(each["ErrorCode"], each["ErrorMessage"]) for each in tried["Topics"]], [(Err.NONE, None)])
        made = self.connection.call("CreateTopics", 0, Topics=topics, TimeoutMs=5000)["Topics"]
        self.assertEqual([each["ErrorCode"] for each in made], [Err.NONE, Err.INVALID_TOPIC_EXCEPTION])
        unknown = unique_topic()
        gone = self.connection.call("DeleteTopics", 0, TopicNames=[name, unknown], TimeoutMs=5000)["Responses"]
        expected = {name: Err.NONE, unknown: Err.UNKNOWN_TOPIC_OR_PARTITION}
        self.assertEqual({each["Name"]: each["ErrorCode"] for each in gone}, expected)

    def test_version_0_of_describe_configs_tells_defaults_by_a_flag(self):
        topic = create_topic(self.broker, segment_bytes=str(1 << 20))
        resource = {"ResourceType": 2, "ResourceName": topic, "ConfigurationKeys": ["segment.bytes", "retention.ms"]}
        configs = self.connection.call("DescribeConfigs", 0, Resources=[resource])["Results"][0]["Configs"]
        # Kafka 3.9 leaves the flag false always.
        expected = {"segment.bytes": False, "retention.ms": not self.on_kafka}
        self.assertEqual({each["Name"]: each["IsDefault"] for each in configs}, expected)

    def test_first_versions_of_offset_for_leader_epoch(self):
        topic = create_topic(self.broker)
        self.append(topic, b"0", b"1")
        for version in (0, 1):
            asked = [{"Topic": topic, "Partitions": [{"Partition": 0, "LeaderEpoch": 0}]}]
            answer = self.connection.call("OffsetForLeaderEpoch", version, Topics=asked)["Topics"][0]["Partitions"][0]
            self.assertEqual((answer["ErrorCode"], answer["EndOffset"], answer.get("LeaderEpoch")), (Err.NONE, 2, (None, 0)[version]))

    def test_a_body_that_cannot_be_read_drops_that_connection_only(self):
        topic = create_topic(self.broker)
        connection = self.connect()
        frame = struct.pack(">hhih", 0, 2, 1, -1) + struct.pack(">hii", -1, 1000, 1)
        frame += struct.pack(">h", len(topic)) + topic.encode() + struct.pack(">iii", 1, 0, 1 << 30)
        connection.send_frame(frame)
        with self.assertRaises(Closed):
            connection.receive_frame()
        self.assert_error(self.put(topic, encode_message(b"v")), Err.NONE)


if __name__ == "__main__":
    unittest.main()
