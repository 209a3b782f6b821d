"""Rules 17 to 28 and 140: Metadata, making, growing and deleting topics, their configs, the cluster."""

import unittest

from support.broker import wait_until
from support.errors import NO_TOPIC_ID, Err
from support.records import Batch, Record
from support.topics import all_serve, append, create_topic, create_topics, fetch, metadata_of, produce, topic_id, unique_topic
from wire_case import WireCase, use_module_broker

NO_OPERATIONS = -(2**31)
TOPIC, BROKER = 2, 4
ALL_CONFIG_KEYS = None
# Bits of the operations on a topic: read 3, write 4, create 5, delete 6, alter 7, describe 8, describe and alter configs 10, 11.
ALL_TOPIC_OPERATIONS = 0b1101_1111_1000


def setUpModule():
    use_module_broker()


def new_topic(name, partitions=1, replication=1, **more):
    return {"Name": name, "NumPartitions": partitions, "ReplicationFactor": replication, **more}


class TopicCase(WireCase):
    def create(self, *topics, version=7, **more):
        answer = self.connection.call("CreateTopics", version, Topics=topics, TimeoutMs=10_000, **more)
        return {topic["Name"]: topic for topic in answer["Topics"]}

    def create_one(self, topic, **more):
        return self.create(topic, **more)[topic["Name"]]

    def settle(self, condition):
        """True at once here; a moment later on Apache Kafka (section 14.13 and 14.27)."""
        if self.on_kafka:
            wait_until(condition, "the change shows")
        else:
            self.assertTrue(condition())

    def one(self, name, version=12):
        return metadata_of(self.connection, [name], version)["Topics"][0]

    def grow(self, *topics, validate_only=False):
        answer = self.connection.call("CreatePartitions", 3, Topics=topics, TimeoutMs=5000, ValidateOnly=validate_only)
        return [(each["Name"], Err(each["ErrorCode"])) for each in answer["Results"]]

    def delete(self, *names):
        topics = [{"Name": name} for name in names]
        answer = self.connection.call("DeleteTopics", 6, Topics=topics, TimeoutMs=10_000)
        return {each["Name"]: each for each in answer["Responses"]}


class Metadata(TopicCase):
    def test_rule_17_null_is_all_and_empty_is_none_but_all_in_version_0(self):
        topic = create_topic(self.broker)
        for version in range(14):
            everything = self.connection.call("Metadata", version, Topics=None if version else ())
            self.assertIn(topic, [each["Name"] for each in everything["Topics"]], f"version {version}")
            if version:
                self.assertEqual(self.connection.call("Metadata", version, Topics=())["Topics"], [])

    def test_rule_18_unknown_topic_is_made_when_the_request_says_so(self):
        topic = unique_topic("auto")
        first = self.connection.call("Metadata", 12, Topics=[{"Name": topic}])["Topics"][0]
        self.assertIn(first["ErrorCode"], (Err.NONE, Err.UNKNOWN_TOPIC_OR_PARTITION, Err.LEADER_NOT_AVAILABLE))
        wait_until(lambda: self.one(topic)["ErrorCode"] == Err.NONE, "the topic is there")
        self.assertGreater(len(self.one(topic)["Partitions"]), 0)

    def test_rule_18_unknown_topic_is_not_made_without_the_flag(self):
        topic = unique_topic("auto")
        self.assert_error(self.one(topic), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assert_error(self.one(topic), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_18_invalid_name_is_not_made(self):
        answer = self.connection.call("Metadata", 12, Topics=[{"Name": "no/such"}])["Topics"][0]
        self.assert_error(answer, Err.INVALID_TOPIC_EXCEPTION)

    def test_rule_20_topics_are_found_by_id(self):
        topic = create_topic(self.broker, 2)
        known = self.one(topic)
        self.assertNotEqual(known["TopicId"], NO_TOPIC_ID)
        by_id = self.connection.call("Metadata", 12, Topics=[{"TopicId": known["TopicId"], "Name": None}])["Topics"][0]
        self.assertEqual(by_id, known)

    def test_rule_20_unknown_id_is_error_100(self):
        answer = self.connection.call("Metadata", 12, Topics=[{"TopicId": bytes(range(16)), "Name": None}])["Topics"][0]
        self.assert_error(answer, Err.UNKNOWN_TOPIC_ID)
        self.assertIsNone(answer["Name"])
        self.assertEqual(answer["TopicId"], bytes(range(16)))

    def test_rule_21_authorised_operations_only_when_asked(self):
        topic = create_topic(self.broker)
        for version in (8, 10, 12, 13):
            answer = self.connection.call("Metadata", version, Topics=[{"Name": topic}])
            self.assertEqual(answer["Topics"][0]["TopicAuthorizedOperations"], NO_OPERATIONS)
            asked = self.connection.call("Metadata", version, Topics=[{"Name": topic}], IncludeTopicAuthorizedOperations=True)
            self.assertEqual(asked["Topics"][0]["TopicAuthorizedOperations"], ALL_TOPIC_OPERATIONS)

    def test_rule_21_cluster_operations_in_versions_8_to_10(self):
        for version in (8, 9, 10):
            self.assertEqual(self.connection.call("Metadata", version, Topics=())["ClusterAuthorizedOperations"], NO_OPERATIONS)
            asked = self.connection.call("Metadata", version, Topics=(), IncludeClusterAuthorizedOperations=True)
            self.assertGreater(asked["ClusterAuthorizedOperations"], 0)

    def test_rule_23_produce_to_an_internal_topic_is_refused(self):
        answer = produce(self.connection, "__consumer_offsets", Batch([Record(b"v", key=b"k")]))
        # Where the topic does not exist yet, it is unknown.
        self.assertIn(answer["ErrorCode"], (Err.INVALID_TOPIC_EXCEPTION, Err.UNKNOWN_TOPIC_OR_PARTITION))

    def test_partitions_have_leader_epoch_replicas_and_isr(self):
        topic = create_topic(self.broker, 3)
        parts = sorted(self.one(topic)["Partitions"], key=lambda part: part["PartitionIndex"])
        self.assertEqual([part["PartitionIndex"] for part in parts], [0, 1, 2])
        for part in parts:
            fields = (part["ErrorCode"], part["LeaderId"], part["ReplicaNodes"], part["IsrNodes"], part["OfflineReplicas"])
            self.assertEqual(fields, (Err.NONE, 1, [1], [1], []))
            self.assertGreaterEqual(part["LeaderEpoch"], 0)

    def test_rule_140_and_13_7_metadata_and_describe_cluster_give_one_address(self):
        answer = self.connection.call("Metadata", 12, Topics=())
        cluster = self.connection.call("DescribeCluster", 1)
        self.assertEqual(answer["ClusterId"], cluster["ClusterId"])
        self.assertEqual((answer["ControllerId"], cluster["ControllerId"]), (1, 1))
        node = answer["Brokers"][0]
        self.assertEqual([(node["NodeId"], node["Host"], node["Port"])], [
            (each["BrokerId"], each["Host"], each["Port"]) for each in cluster["Brokers"]
        ])
        self.assertEqual((node["NodeId"], node["Port"]), (1, self.broker.address[1]))
        if not self.on_kafka:
            self.assertEqual(node["Host"], self.broker.address[0])

    def test_describe_cluster_of_an_unknown_endpoint_type_is_refused(self):
        answer = self.connection.call("DescribeCluster", 1, EndpointType=7)
        self.assert_error(answer, Err.UNSUPPORTED_ENDPOINT_TYPE)


class CreateTopics(TopicCase):
    def test_rule_19_bad_names_are_refused(self):
        for name in ("", ".", "..", "a b", "a/b", "a:b", "\N{SNOWMAN}", "x" * 250):
            with self.subTest(name=name):
                self.assert_error(self.create_one(new_topic(name)), Err.INVALID_TOPIC_EXCEPTION)

    def test_rule_19_longest_name_and_every_allowed_character_are_taken(self):
        for name in (unique_topic("x" * 230)[:249].ljust(249, "y"), unique_topic("Az09._-")):
            self.assert_error(self.create_one(new_topic(name)), Err.NONE)

    def test_rule_19_names_that_differ_by_dot_and_underscore_collide(self):
        name = unique_topic("a.b_c")
        self.assert_error(self.create_one(new_topic(name)), Err.NONE)
        self.settle(lambda: self.one(name)["ErrorCode"] == Err.NONE)
        self.assert_error(self.create_one(new_topic(name.replace("_", "."))), Err.INVALID_TOPIC_EXCEPTION)
        self.assert_error(self.create_one(new_topic(name.replace(".", "_"))), Err.INVALID_TOPIC_EXCEPTION)

    def test_rule_14_6_one_request_may_answer_0_17_36_37_38_and_40_side_by_side(self):
        there = create_topic(self.broker)
        good = unique_topic()
        bad_config = new_topic(unique_topic(), Configs=[{"Name": "no.such.key", "Value": "1"}])
        none, two = unique_topic(), unique_topic()
        made = self.create(
            new_topic(good, 2), new_topic("a b"), new_topic(there), new_topic(none, 0), new_topic(two, 1, 2), bad_config
        )
        codes = {
            good: Err.NONE,
            "a b": Err.INVALID_TOPIC_EXCEPTION,
            there: Err.TOPIC_ALREADY_EXISTS,
            none: Err.INVALID_PARTITIONS,
            two: Err.INVALID_REPLICATION_FACTOR,
            bad_config["Name"]: Err.INVALID_CONFIG,
        }
        self.assertEqual({name: Err(topic["ErrorCode"]) for name, topic in made.items()}, codes)
        self.assertEqual((made[good]["NumPartitions"], made[good]["ReplicationFactor"]), (2, 1))
        configs = {config["Name"]: config["Value"] for config in made[good]["Configs"]}
        self.assertLessEqual({"cleanup.policy": "delete", "retention.ms": "604800000"}.items(), configs.items())

    def test_rule_13_9_a_value_that_does_not_parse_is_refused_and_nothing_is_made(self):
        for key, value in (("retention.ms", "soon"), ("cleanup.policy", "burn"), ("segment.bytes", "-5"), ("compression.type", "zip")):
            with self.subTest(key=key):
                topic = new_topic(unique_topic(), Configs=[{"Name": key, "Value": value}])
                self.assert_error(self.create_one(topic), Err.INVALID_CONFIG)
                self.assert_error(self.one(topic["Name"]), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_25_counts_of_minus_one_take_the_defaults(self):
        made = self.create_one(new_topic(unique_topic(), -1, -1))
        self.assert_error(made, Err.NONE)
        self.assertGreater(made["NumPartitions"], 0)
        self.assertEqual(made["ReplicationFactor"], 1)

    def test_rule_25_validate_only_answers_and_makes_nothing(self):
        topic = new_topic(unique_topic(), 3)
        self.assert_error(self.create_one(topic, ValidateOnly=True), Err.NONE)
        self.assert_error(self.one(topic["Name"]), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_25_assignment_decides_the_count_and_excludes_it(self):
        both = [{"PartitionIndex": part, "BrokerIds": [1]} for part in (0, 1)]
        made = self.create_one(new_topic(unique_topic(), -1, -1, Assignments=both))
        self.assertEqual((made["ErrorCode"], made["NumPartitions"]), (Err.NONE, 2))
        refused = self.create_one(new_topic(unique_topic(), 2, 1, Assignments=both))
        self.assert_error(refused, Err.INVALID_REQUEST)

    def test_rule_25_bad_assignments_are_refused(self):
        for assignment in ([(0, [9])], [(0, [1, 1])], [(1, [1])], [(0, [])]):
            with self.subTest(assignment=assignment):
                given = [{"PartitionIndex": part, "BrokerIds": brokers} for part, brokers in assignment]
                made = self.create_one(new_topic(unique_topic(), -1, -1, Assignments=given))
                self.assert_error(made, Err.INVALID_REPLICA_ASSIGNMENT)

    def test_rule_25_a_name_given_twice_is_refused_and_the_others_are_made(self):
        twice, once = unique_topic(), unique_topic()
        made = self.create(new_topic(twice), new_topic(once), new_topic(twice))
        self.assert_error(made[twice], Err.INVALID_REQUEST)
        self.assert_error(made[once], Err.NONE)
        self.assert_error(self.one(twice), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_25_a_request_for_more_than_ten_thousand_partitions_makes_nothing(self):
        names = [unique_topic() for _ in range(2)]
        seen = self.create(new_topic(names[0], 1), new_topic(names[1], 10_000))
        self.assertEqual({each["ErrorCode"] for each in seen.values()}, {Err.POLICY_VIOLATION})
        self.assertEqual({self.one(name)["ErrorCode"] for name in names}, {Err.UNKNOWN_TOPIC_OR_PARTITION})

    def test_rule_25_configs_come_from_version_5_on(self):
        for version in range(2, 8):
            made = self.create_one(new_topic(unique_topic()), version=version)
            self.assert_error(made, Err.NONE)
            self.assertEqual("Configs" in made and bool(made["Configs"]), version >= 5)

    def test_rule_14_13_and_14_27_a_made_topic_is_known_when_the_answer_is_sent(self):
        topic = new_topic(unique_topic(), 2)
        self.assert_error(self.create_one(topic), Err.NONE)
        self.settle(lambda: len(self.one(topic["Name"])["Partitions"]) == 2)


class Growing(TopicCase):
    def test_rule_26_partitions_only_grow(self):
        topic = create_topic(self.broker, 2)
        self.assertEqual(self.grow({"Name": topic, "Count": 4, "Assignments": None}), [(topic, Err.NONE)])
        self.settle(lambda: all_serve(self.connection, [topic], 4))
        for count in (4, 3, 0, -1):
            answer = self.grow({"Name": topic, "Count": count, "Assignments": None})
            self.assertEqual(answer, [(topic, Err.INVALID_PARTITIONS)], count)
        self.assertEqual(append(self.connection, topic, b"v", partition=3), 0)

    def test_rule_26_unknown_topics_and_names_given_twice_are_refused(self):
        topic, unknown = create_topic(self.broker), unique_topic()
        grown = {"Name": topic, "Count": 2, "Assignments": None}
        self.assertEqual(self.grow({**grown, "Name": unknown}), [(unknown, Err.UNKNOWN_TOPIC_OR_PARTITION)])
        self.assertEqual(set(self.grow(grown, grown)), {(topic, Err.INVALID_REQUEST)})

    def test_rule_26_validate_only_grows_nothing(self):
        topic = create_topic(self.broker)
        answer = self.grow({"Name": topic, "Count": 3, "Assignments": None}, validate_only=True)
        self.assertEqual(answer, [(topic, Err.NONE)])
        self.assertEqual(len(self.one(topic)["Partitions"]), 1)

    def test_rule_26_assignments_must_fit_the_new_partitions(self):
        topic = create_topic(self.broker)
        for brokers, error in (
            ([[1]], Err.INVALID_REPLICA_ASSIGNMENT),
            ([[1], [9]], Err.INVALID_REPLICA_ASSIGNMENT),
            ([[1], [1]], Err.NONE),
        ):
            given = [{"BrokerIds": ids} for ids in brokers]
            self.assertEqual(self.grow({"Name": topic, "Count": 3, "Assignments": given}), [(topic, error)])


class Deleting(TopicCase):
    def test_rule_24_a_topic_made_again_has_a_new_id_and_the_old_id_is_unknown(self):
        topic = create_topic(self.broker)
        old = topic_id(self.connection, topic)
        append(self.connection, topic, b"old")
        self.assert_error(self.delete(topic)[topic], Err.NONE)
        self.settle(lambda: self.one(topic)["ErrorCode"] == Err.UNKNOWN_TOPIC_OR_PARTITION)
        new = create_topics(self.broker, [topic])[topic]
        self.assertNotEqual(new, old)
        self.assert_error(fetch(self.connection, old, version=13), Err.UNKNOWN_TOPIC_ID)
        self.assert_error(produce(self.connection, old, Batch([Record(b"v")]), version=13), Err.UNKNOWN_TOPIC_ID)
        self.assertEqual(fetch(self.connection, new, version=13)["HighWatermark"], 0)

    def test_rule_13_14_a_running_producer_and_consumer_see_error_3(self):
        topic = create_topic(self.broker)
        append(self.connection, topic, b"v")
        self.delete(topic)
        self.settle(lambda: self.one(topic)["ErrorCode"] == Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.settle(lambda: fetch(self.connection, topic)["ErrorCode"] == Err.UNKNOWN_TOPIC_OR_PARTITION)
        answer = produce(self.connection, topic, Batch([Record(b"v")]))
        self.assert_error(answer, Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_topics_are_deleted_by_id_too(self):
        topic = create_topic(self.broker)
        known = topic_id(self.connection, topic)
        body = {"Topics": [{"Name": None, "TopicId": known}], "TimeoutMs": 5000}
        answer = self.connection.call("DeleteTopics", 6, body)["Responses"][0]
        self.assertEqual((answer["ErrorCode"], answer["Name"], answer["TopicId"]), (Err.NONE, topic, known))

    def test_unknown_names_and_ids_are_refused_each_for_itself(self):
        topic, unknown = create_topic(self.broker), unique_topic()
        answer = self.delete(topic, unknown)
        self.assert_error(answer[topic], Err.NONE)
        self.assert_error(answer[unknown], Err.UNKNOWN_TOPIC_OR_PARTITION)
        body = {"Topics": [{"Name": None, "TopicId": bytes(range(16))}], "TimeoutMs": 5000}
        self.assert_error(self.connection.call("DeleteTopics", 6, body)["Responses"][0], Err.UNKNOWN_TOPIC_ID)

    def delete_all(self, *asked, version=6):
        body = {"Topics": [{"Name": None, **one} for one in asked], "TimeoutMs": 10_000}
        answers = self.connection.call("DeleteTopics", version, body)["Responses"]
        return sorted((each["Name"] or "", Err(each["ErrorCode"]).name) for each in answers)

    def test_rule_24_a_topic_that_is_named_twice_stays_and_the_others_go(self):
        twice, once = create_topic(self.broker, prefix="a"), create_topic(self.broker, prefix="b")
        known = topic_id(self.connection, twice)
        seen = self.delete_all({"Name": twice}, {"Name": once}, {"Name": twice})
        self.assertEqual(seen, [(twice, "INVALID_REQUEST"), (once, "NONE")])
        self.assertEqual(self.delete_all({"TopicId": known}, {"TopicId": known}), [("", "INVALID_REQUEST")])
        by_both = self.delete_all({"Name": twice}, {"TopicId": known})
        self.assertEqual({error for _, error in by_both}, {"INVALID_REQUEST"})
        old = self.connection.call("DeleteTopics", 5, TopicNames=[twice, twice], TimeoutMs=5000)["Responses"]
        self.assertEqual([each["ErrorCode"] for each in old], [Err.INVALID_REQUEST])
        self.assertEqual(topic_id(self.connection, twice), known)

    def test_rule_24_a_topic_is_named_by_name_or_by_id_and_by_one_of_them(self):
        topic = create_topic(self.broker)
        known = topic_id(self.connection, topic)
        self.assertEqual(self.delete_all({"Name": topic, "TopicId": known}), [(topic, "INVALID_REQUEST")])
        self.assertEqual(self.delete_all({}), [("", "INVALID_REQUEST")])
        self.assertEqual(topic_id(self.connection, topic), known)

    def test_older_versions_delete_by_name(self):
        for version in range(1, 6):
            topic = create_topic(self.broker)
            answer = self.connection.call("DeleteTopics", version, TopicNames=[topic], TimeoutMs=5000)["Responses"]
            self.assertEqual([(each["Name"], each["ErrorCode"]) for each in answer], [(topic, Err.NONE)])


class DescribeConfigs(TopicCase):
    def describe(self, kind, name, keys=ALL_CONFIG_KEYS, version=4, **more):
        resource = {"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": keys}
        return self.connection.call("DescribeConfigs", version, Resources=[resource], **more)["Results"][0]

    def configs(self, *words, **more):
        answer = self.describe(*words, **more)
        self.assert_error(answer, Err.NONE)
        return {config["Name"]: config for config in answer["Configs"]}

    def test_rule_27_source_type_and_sensitivity_are_told(self):
        topic = create_topic(self.broker, max_message_bytes="5555")
        configs = self.configs(TOPIC, topic)
        own = configs["max.message.bytes"]
        told = own["Value"], own["ConfigSource"], own["IsSensitive"], own["ReadOnly"], own["ConfigType"]
        self.assertEqual(told, ("5555", 1, False, False, 3))
        default = configs["retention.ms"]
        told = default["Value"], default["ConfigSource"], default["ConfigType"]
        self.assertEqual(told, ("604800000", 5, 5))
        self.assertEqual([each["Synonyms"] for each in configs.values() if each["Synonyms"]], [])

    def test_rule_27_synonyms_when_asked(self):
        topic = create_topic(self.broker, max_message_bytes="5555")
        synonyms = self.configs(TOPIC, topic, IncludeSynonyms=True)["max.message.bytes"]["Synonyms"]
        told = [(each["Name"], each["Value"], each["Source"]) for each in synonyms]
        self.assertEqual(told, [("max.message.bytes", "5555", 1), ("message.max.bytes", "1048588", 5)])

    def test_rule_27_documentation_only_when_asked(self):
        topic = create_topic(self.broker)
        silent = self.configs(TOPIC, topic, ["retention.ms"])["retention.ms"]
        told = self.configs(TOPIC, topic, ["retention.ms"], IncludeDocumentation=True)["retention.ms"]
        self.assertFalse(silent["Documentation"])
        self.assertGreater(len(told["Documentation"]), 20)

    def test_rule_27_only_the_keys_that_are_named(self):
        topic = create_topic(self.broker)
        configs = self.configs(TOPIC, topic, ["cleanup.policy", "no.such.key"])
        self.assertEqual(list(configs), ["cleanup.policy"])

    def test_rule_27_unknown_topics_and_bad_names_are_refused(self):
        self.assert_error(self.describe(TOPIC, unique_topic()), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assert_error(self.describe(TOPIC, "a b"), Err.INVALID_TOPIC_EXCEPTION)

    def test_rule_14_24_an_unknown_broker_is_an_invalid_request(self):
        for name in ("77", "one"):
            self.assert_error(self.describe(BROKER, name), Err.INVALID_REQUEST)

    def test_rule_14_24_min_insync_replicas_is_1(self):
        topic = create_topic(self.broker)
        self.assertEqual(self.configs(TOPIC, topic, ["min.insync.replicas"])["min.insync.replicas"]["Value"], "1")

    def test_rule_13_9_every_topic_key_of_kafka_is_described(self):
        expected = {
            "cleanup.policy", "compression.type", "delete.retention.ms", "flush.messages", "flush.ms", "index.interval.bytes",
            "max.compaction.lag.ms", "max.message.bytes", "message.timestamp.after.max.ms", "message.timestamp.before.max.ms",
            "message.timestamp.type", "min.cleanable.dirty.ratio", "min.compaction.lag.ms", "min.insync.replicas",
            "preallocate", "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes", "segment.jitter.ms",
            "segment.ms", "unclean.leader.election.enable", "file.delete.delay.ms",
        }  # fmt: skip
        self.assertLessEqual(expected, set(self.configs(TOPIC, create_topic(self.broker))))

    def test_broker_configs_are_described(self):
        configs = self.configs(BROKER, "1")
        self.assertLessEqual({"num.partitions", "auto.create.topics.enable", "message.max.bytes"}, set(configs))
        secrets = [each for each in configs.values() if each["IsSensitive"]]
        self.assertEqual([each["Value"] for each in secrets if each["Value"] is not None], [])


class AccessRules(TopicCase):
    def test_rule_13_10_and_14_3_without_an_authoriser_each_rule_is_answered_with_security_disabled(self):
        where = {"ResourceTypeFilter": TOPIC, "ResourceNameFilter": None, "PrincipalFilter": None, "HostFilter": None}
        wanted = {**where, "Operation": 1, "PermissionType": 1}
        rule = {"ResourceType": TOPIC, "ResourceName": "t", "Principal": "User:a", "Host": "*", "Operation": 3, "PermissionType": 3}
        for version in range(1 if self.on_kafka else 0, 4):
            described = self.connection.call("DescribeAcls", version, **wanted)
            self.assert_error(described, Err.SECURITY_DISABLED)
            self.assertEqual(described["Resources"], [])
            made = self.connection.call("CreateAcls", version, Creations=[rule, rule])["Results"]
            deleted = self.connection.call("DeleteAcls", version, Filters=[wanted, wanted])["FilterResults"]
            self.assertEqual([each["ErrorCode"] for each in made + deleted], [Err.SECURITY_DISABLED] * 4)


class DescribeTopicPartitions(TopicCase):
    def page(self, names, limit, cursor=None):
        topics = [{"Name": name} for name in names]
        return self.connection.call("DescribeTopicPartitions", 0, Topics=topics, ResponsePartitionLimit=limit, Cursor=cursor)

    def test_rule_28_pages_cover_every_partition_once_in_order_of_names(self):
        names = sorted(create_topic(self.broker, 3) for _ in range(3))
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            answer = self.page(reversed(names), 2, cursor)
            for topic in answer["Topics"]:
                seen += [(topic["Name"], part["PartitionIndex"]) for part in topic["Partitions"]]
            cursor, pages = answer["NextCursor"], pages + 1
            self.assertLessEqual(pages, 6)
        self.assertEqual(seen, [(name, part) for name in names for part in range(3)])
        self.assertEqual(pages, 5)

    def test_rule_28_a_page_has_2000_partitions_at_most(self):
        if self.on_kafka:
            self.skipTest("it takes a minute to make so many there")
        topic = create_topic(self.broker, 2001)
        first = self.page([topic], 2**31 - 1)
        self.assertEqual(len(first["Topics"][0]["Partitions"]), 2000)
        self.assertEqual((first["NextCursor"]["TopicName"], first["NextCursor"]["PartitionIndex"]), (topic, 2000))
        second = self.page([topic], 2**31 - 1, {"TopicName": topic, "PartitionIndex": 2000})
        self.assertEqual([part["PartitionIndex"] for part in second["Topics"][0]["Partitions"]], [2000])
        self.assertIsNone(second["NextCursor"])

    def test_rule_28_unknown_topic_is_told_and_the_rest_answered(self):
        topic, unknown = create_topic(self.broker), unique_topic()
        topics = {each["Name"]: each for each in self.page([topic, unknown], 100)["Topics"]}
        self.assert_error(topics[unknown], Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assert_error(topics[topic], Err.NONE)
        part = topics[topic]["Partitions"][0]
        self.assertEqual((part["LeaderId"], part["ReplicaNodes"], part["IsrNodes"]), (1, [1], [1]))
        self.assertEqual(topics[topic]["TopicId"], topic_id(self.connection, topic))

    def test_rule_28_a_cursor_of_no_partition_is_refused_for_each_topic(self):
        names = [create_topic(self.broker), unique_topic()]
        answer = self.page(names, 100, {"TopicName": names[0], "PartitionIndex": -1})
        self.assertEqual([(each["Name"], each["ErrorCode"]) for each in answer["Topics"]], [(name, Err.INVALID_REQUEST) for name in names])
        self.assertIsNone(answer["NextCursor"])

    def test_rule_28_no_names_means_all_topics(self):
        topic = create_topic(self.broker)
        names, cursor, first = [], None, True
        while first or cursor:
            answer = self.page([], 2000, cursor)
            names += [each["Name"] for each in answer["Topics"]]
            cursor, first = answer["NextCursor"], False
        self.assertIn(topic, names)


if __name__ == "__main__":
    unittest.main()
