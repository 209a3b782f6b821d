"""Rules 1 to 13: framing, headers, ApiVersions, tagged fields, nulls."""

import struct
import unittest

from support.errors import Err
from support.records import Batch, Record
from support.schema import APIS, encode_fields
from support.topics import create_topic, fetch_body, produce_body, unique_topic
from support.wire import decode_response, encode_request, request_header
from wire_case import WireCase, use_module_broker

SOFTWARE = {"ClientSoftwareName": "wire-test", "ClientSoftwareVersion": "1.0"}
# From here on the keys of APIs are our own and not advertised: some clients are strict about what they find there.
FIRST_OF_OURS = 20480


def setUpModule():
    use_module_broker()


def ranges_of(answer):
    return {key["ApiKey"]: (key["MinVersion"], key["MaxVersion"]) for key in answer["ApiKeys"]}


class Framing(WireCase):
    def test_rule_01_pipelined_answers_come_in_request_order(self):
        topic = create_topic(self.broker)
        for number in range(20):
            self.connection.send("Produce", 12, produce_body(topic, Batch([Record(b"%d" % number)])))
            self.connection.send("ApiVersions", 4, SOFTWARE)
            self.connection.send("Fetch", 12, fetch_body(topic, number))
            self.connection.send("Metadata", 12, Topics=[{"Name": topic}])
        for number in range(20):
            produced = self.connection.receive()["Responses"][0]["PartitionResponses"][0]
            self.assertEqual((produced["ErrorCode"], produced["BaseOffset"]), (Err.NONE, number))
            self.assert_error(self.connection.receive(), Err.NONE)
            self.assert_error(self.connection.receive()["Responses"][0]["Partitions"][0], Err.NONE)
            self.assertEqual(self.connection.receive()["Topics"][0]["Name"], topic)

    def test_rule_01_many_frames_in_one_segment_are_all_answered(self):
        frames = [encode_request("ApiVersions", 0, {}, correlation=number) for number in range(200)]
        self.connection.send_bytes(b"".join(struct.pack(">i", len(frame)) + frame for frame in frames))
        got = [struct.unpack(">i", self.connection.receive_frame()[:4])[0] for _ in frames]
        self.assertEqual(got, list(range(200)))

    def test_rule_02_client_id_may_be_null_empty_or_long_in_every_header(self):
        for version in (1, 8, 9, 12):
            for client_id in (None, "", "x" * 5000, "träger"):
                with self.subTest(version=version, client_id=client_id and client_id[:9]):
                    self.connection.send_frame(self.metadata_frame(version, client_id))
                    correlation, _ = decode_response("Metadata", version, self.connection.receive_frame())
                    self.assertEqual(correlation, 5)

    def metadata_frame(self, version, client_id):
        flexible = APIS["Metadata"].is_flexible(version)
        header = struct.pack(">hhi", 3, version, 5)
        data = None if client_id is None else client_id.encode()
        header += b"\xff\xff" if data is None else struct.pack(">h", len(data)) + data
        header += b"\x00" if flexible else b""
        return header + encode_fields(APIS["Metadata"].request, version, flexible, {"Topics": ()})

    def test_rule_03_api_versions_answers_with_header_version_0(self):
        self.connection.send("ApiVersions", 4, SOFTWARE)
        frame = self.connection.receive_frame()
        self.assertEqual(frame[:6], struct.pack(">ih", 1, Err.NONE))

    def test_rule_04_and_14_15_unknown_api_versions_version_gets_version_0_error_35_and_its_range(self):
        for version in (5, 99, 32_767):
            with self.subTest(version=version):
                self.connection.send_frame(request_header(18, version, 3, flexible=True) + b"\x02a\x02b\x00")
                correlation, body = decode_response("ApiVersions", 0, self.connection.receive_frame())
                self.assertEqual(correlation, 3)
                self.assert_error(body, Err.UNSUPPORTED_VERSION)
                self.assertEqual(list(ranges_of(body)), [18])
                self.assertEqual(ranges_of(body)[18][0], 0)
        self.assert_error(self.connection.call("ApiVersions", 0), Err.NONE)

    def test_rule_05_bad_software_names_are_refused(self):
        for name, version in (("", "1"), ("a", ""), ("-a", "1"), ("a-", "1"), ("a b", "1"), ("a", ".1"), ("a", "1/2")):
            with self.subTest(name=name, version=version):
                fields = {"ClientSoftwareName": name, "ClientSoftwareVersion": version}
                answer = self.connection.call("ApiVersions", 3, fields)
                self.assert_error(answer, Err.INVALID_REQUEST)
                self.assertEqual(answer["ApiKeys"], [])

    def test_rule_05_good_software_names_are_taken(self):
        for name in ("a", "9", "apache-kafka-java", "a.b-c.9"):
            fields = {"ClientSoftwareName": name, "ClientSoftwareVersion": "4.3.1-rc.0"}
            self.assert_error(self.connection.call("ApiVersions", 3, fields), Err.NONE)

    def test_rule_06_features_that_start_at_0_need_version_4(self):
        older = self.connection.call("ApiVersions", 3, SOFTWARE)
        self.assertEqual([each for each in older["SupportedFeatures"] if each["MinVersion"] == 0], [])
        newer = self.connection.call("ApiVersions", 4, SOFTWARE)
        self.assertLessEqual({each["Name"] for each in older["SupportedFeatures"]}, {each["Name"] for each in newer["SupportedFeatures"]})

    def test_every_version_of_api_versions_tells_the_same(self):
        answers = [ranges_of(self.connection.call("ApiVersions", version, SOFTWARE)) for version in APIS["ApiVersions"].versions]
        self.assertTrue(all(answer == answers[0] for answer in answers))

    def test_every_api_of_the_tables_is_advertised_in_full(self):
        ranges = ranges_of(self.connection.call("ApiVersions", 0))
        for api in APIS.values():
            with self.subTest(api=api.name):
                if api.key >= FIRST_OF_OURS:
                    self.assertNotIn(api.key, ranges)
                    continue
                # Kafka 4 dropped the oldest ones.
                lowest = ranges[api.key][0] if self.on_kafka else api.versions[0]
                self.assertEqual(ranges.get(api.key), (lowest, api.versions[-1]))

    def test_rule_12_and_13_1_ranges_that_old_librdkafka_looks_for_are_there(self):
        ranges = ranges_of(self.connection.call("ApiVersions", 0))
        self.assertEqual(ranges[0][0], 0)
        for key, versions in {0: (3, 7), 1: (4, 10), 2: (1,), 22: (0,)}.items():
            for version in versions:
                self.assertTrue(ranges[key][0] <= version <= ranges[key][1], f"key {key} version {version}")


class Fields(WireCase):
    def test_rule_09_unknown_tagged_fields_are_skipped(self):
        topic = create_topic(self.broker)
        tags = {"_tags": {5: b"five", 4000: bytes(300)}}
        answer = self.connection.call("Metadata", 12, {"Topics": [{"Name": topic, **tags}], **tags})
        self.assertEqual(answer["Topics"][0]["Name"], topic)
        body = fetch_body(topic)
        body["Topics"][0]["Partitions"][0].update(tags)
        self.assert_error(self.connection.call("Fetch", 12, {**body, **tags})["Responses"][0]["Partitions"][0], Err.NONE)

    def test_rule_09_unknown_tagged_fields_in_the_header_are_skipped(self):
        header = request_header(3, 12, 9, flexible=True, tags={0: b"x", 77: b"yy"})
        self.connection.send_frame(header + encode_fields(APIS["Metadata"].request, 12, True, {"Topics": ()}))
        correlation, body = decode_response("Metadata", 12, self.connection.receive_frame())
        self.assertEqual((correlation, body["Topics"]), (9, []))

    def test_rule_09_tags_that_come_twice_or_out_of_order_are_malformed(self):
        if self.on_kafka:
            self.skipTest("Kafka does not look at the order of tags that it does not know")
        body = encode_fields(APIS["Metadata"].request, 12, True, {"Topics": ()})
        good = bytes([2, 5, 1, 0, 9, 1, 0])
        for tags in (bytes([2, 5, 1, 0, 5, 1, 0]), bytes([2, 9, 1, 0, 5, 1, 0])):
            for header_tags, body_tags in ((tags, good), (good, tags)):
                with self.subTest(header=header_tags, body=body_tags):
                    connection = self.connect()
                    connection.send_frame(request_header(3, 12, 1, flexible=False) + header_tags + body[:-1] + body_tags)
                    self.assert_dropped(connection)
        self.connection.send_frame(request_header(3, 12, 1, flexible=False) + good + body[:-1] + good)
        self.assertEqual(decode_response("Metadata", 12, self.connection.receive_frame())[0], 1)

    def test_rule_10_null_where_no_null_may_be_drops_the_connection(self):
        for payload in (
            # CreateTopics 5 with a null array of topics.
            request_header(19, 5, 1, flexible=True) + b"\x00" + struct.pack(">ib", 1000, 0) + b"\x00",
            # Metadata 9 with a null name.
            request_header(3, 9, 1, flexible=True) + b"\x02\x00\x00" + b"\x00\x00\x00\x00",
            # Metadata 0 with a null array.
            request_header(3, 0, 1, flexible=False) + struct.pack(">i", -1),
        ):
            with self.subTest(payload=payload):
                connection = self.connect()
                connection.send_frame(payload)
                self.assert_dropped(connection)

    def test_rule_10_null_and_empty_compact_arrays_differ(self):
        create_topic(self.broker)
        self.assertEqual(self.connection.call("Metadata", 12, Topics=())["Topics"], [])
        self.assertGreater(len(self.connection.call("Metadata", 12, Topics=None)["Topics"]), 0)

    def test_rule_14_15_trailing_bytes_after_a_valid_body_are_accepted(self):
        self.connection.send_frame(encode_request("Metadata", 12, {"Topics": ()}, correlation=4) + b"trailing")
        correlation, _ = decode_response("Metadata", 12, self.connection.receive_frame())
        self.assertEqual(correlation, 4)

    def test_every_version_of_every_api_is_answered_in_its_own_layout(self):
        topic = create_topic(self.broker)
        bodies = {
            "Fetch": fetch_body(topic),
            "ListOffsets": {"ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [{"Timestamp": -1}]}]},
            "Metadata": {"Topics": [{"Name": topic}]},
            "ApiVersions": SOFTWARE,
            "CreateTopics": {"TimeoutMs": 5000},
            "DeleteTopics": {"TimeoutMs": 5000},
            "InitProducerId": {"TransactionalId": None},
            "OffsetForLeaderEpoch": {"Topics": [{"Topic": topic, "Partitions": [{"LeaderEpoch": 0}]}]},
            "DescribeConfigs": {"Resources": [{"ResourceType": 2, "ResourceName": topic, "ConfigurationKeys": None}]},
            "CreatePartitions": {"TimeoutMs": 5000},
            "DescribeCluster": {},
            "DescribeTopicPartitions": {"Topics": [{"Name": topic}]},
        }
        ids = {"Fetch": 13}
        with self.broker.connect() as connection:
            ranges = ranges_of(connection.call("ApiVersions", 0))
            for name, body in bodies.items():
                for version in APIS[name].versions:
                    if ranges[APIS[name].key][0] <= version < ids.get(name, 99):
                        with self.subTest(name=name, version=version):
                            connection.call(name, version, body)

    def test_every_version_of_produce_from_3_is_answered_in_its_own_layout(self):
        topic = create_topic(self.broker)
        for version in range(3, 13):
            with self.subTest(version=version):
                body = produce_body(topic, Batch([Record(b"v")]))
                answer = self.connection.call("Produce", version, body)["Responses"][0]["PartitionResponses"][0]
                self.assertEqual((answer["ErrorCode"], answer["BaseOffset"]), (Err.NONE, version - 3))

    def test_rule_13_codes_by_version_unknown_topics_are_error_3_in_every_version_by_name(self):
        topic = unique_topic()
        for version in range(4, 13):
            answer = self.connection.call("Fetch", version, fetch_body(topic))["Responses"][0]["Partitions"][0]
            self.assert_error(answer, Err.UNKNOWN_TOPIC_OR_PARTITION)


if __name__ == "__main__":
    unittest.main()
