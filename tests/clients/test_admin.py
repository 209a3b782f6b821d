"""Topics made, described, grown and deleted by Java's AdminClient, and seen alike by the other clients."""

import json
import unittest

import agents
from support.broker import open_broker, wait_until
from support.topics import append, create_topic, fetch, unique_topic


def setUpModule():
    global BROKER, COMMANDS
    COMMANDS = agents.load()
    agents.pick(COMMANDS, "java")
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = agents.start(COMMANDS["java"], "admin", bootstrap=BROKER.bootstrap)

    @classmethod
    def tearDownClass(cls):
        cls.process.communicate(timeout=30)

    def ask(self, do, topic="", **more):
        self.process.stdin.write(json.dumps({"do": do, "topic": topic, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def get(self, *words, **more):
        answer = self.ask(*words, **more)
        self.assertIn("ok", answer, answer)
        return answer["ok"]

    def create(self, **options):
        topic = unique_topic("admin")
        made = self.get("create", topic, **options)
        self.settle(lambda: "ok" in self.ask("describe", topic))
        return topic, made

    def settle(self, condition):
        """At once here; Apache Kafka answers before Metadata shows the change (section 14.27)."""
        if BROKER.is_peer:
            wait_until(condition, "the change shows")
        else:
            self.assertTrue(condition())

    def test_created_topic_is_described_with_its_id_partitions_and_configs(self):
        topic, made = self.create(partitions=3, replication=1, configs={"max.message.bytes": "12345"})
        self.assertEqual((made["partitions"], made["replication"], made["configs"]["max.message.bytes"]), (3, 1, "12345"))
        described = self.get("describe", topic)
        self.assertEqual((described["name"], described["id"], described["internal"]), (topic, made["id"], False))
        expected = [{"partition": part, "leader": 1, "replicas": [1], "isr": [1]} for part in range(3)]
        self.assertEqual(described["partitions"], expected)
        config = self.get("configs", topic)["max.message.bytes"]
        named = {"value": "12345", "source": "DYNAMIC_TOPIC_CONFIG", "type": "INT", "sensitive": False, "default": False}
        self.assertEqual(config, named)

    def test_rule_25_defaults_apply_where_counts_are_absent(self):
        _, made = self.create()
        defaults = self.get("broker-configs", "1")
        self.assertEqual(made["partitions"], int(defaults["num.partitions"]["value"]))
        self.assertEqual(made["replication"], 1)

    def test_rule_25_validate_only_makes_nothing(self):
        topic = unique_topic("admin")
        self.get("create", topic, partitions=1, replication=1, validate_only=True)
        self.assertNotIn(topic, self.get("list"))

    def test_a_second_topic_of_the_same_name_is_refused(self):
        topic, _ = self.create(partitions=1, replication=1)
        self.assertEqual(self.ask("create", topic, partitions=1, replication=1)["error"], "TopicExistsException")

    def test_rule_13_9_unknown_config_is_refused_and_nothing_is_made(self):
        topic = unique_topic("admin")
        answer = self.ask("create", topic, partitions=1, replication=1, configs={"no.such.config": "1"})
        self.assertEqual(answer["error"], "InvalidConfigurationException")
        self.assertNotIn(topic, self.get("list"))

    def test_rule_19_bad_names_are_refused(self):
        for name in ("..", "a b", "x" * 250, "naïve"):
            answer = self.ask("create", name, partitions=1, replication=1)
            self.assertEqual(answer["error"], "InvalidTopicException", name)

    def test_rule_26_a_topic_grows_and_never_shrinks(self):
        topic, _ = self.create(partitions=2, replication=1)
        self.assertTrue(self.get("grow", topic, partitions=5))
        self.settle(lambda: len(self.get("describe", topic)["partitions"]) == 5)
        self.assertEqual(self.ask("grow", topic, partitions=3)["error"], "InvalidPartitionsException")

    def alter(self, topic, *changes, **more):
        named = [dict(zip(("op", "key", "value"), change)) for change in changes]
        return self.ask("alter", topic, changes=named, **more)

    def test_rule_27_configs_are_altered_by_all_four_operations(self):
        topic, _ = self.create(partitions=1, replication=1, configs={"flush.ms": "1000"})
        altered = self.alter(
            topic, ("SET", "retention.ms", "7000000"), ("DELETE", "flush.ms"), ("APPEND", "cleanup.policy", "compact")
        )
        self.assertEqual(altered, {"ok": True})
        self.settle(lambda: self.get("configs", topic)["retention.ms"]["value"] == "7000000")
        configs = self.get("configs", topic)
        self.assertEqual(configs["cleanup.policy"]["value"], "delete,compact")
        self.assertTrue(configs["flush.ms"]["default"])
        self.assertEqual(self.alter(topic, ("SUBTRACT", "cleanup.policy", "delete")), {"ok": True})
        self.settle(lambda: self.get("configs", topic)["cleanup.policy"]["value"] == "compact")

    def test_rule_27_and_13_9_refused_alterations_change_nothing(self):
        topic, _ = self.create(partitions=1, replication=1)
        unknown = self.alter(topic, ("SET", "flush.ms", "5"), ("SET", "no.such.key", "1"))
        self.assertEqual(unknown["error"], "InvalidConfigurationException")
        self.assertEqual(self.alter(topic, ("APPEND", "retention.ms", "1"))["error"], "InvalidConfigurationException")
        self.assertEqual(self.alter(topic, ("SET", "flush.ms", "5"), validate_only=True), {"ok": True})
        self.assertEqual(self.alter(unique_topic(), ("SET", "flush.ms", "5"))["error"], "UnknownTopicOrPartitionException")
        self.assertTrue(self.get("configs", topic)["flush.ms"]["default"])

    def test_rule_126_configs_of_a_group_are_set_shown_listed_and_removed(self):
        group, key = unique_topic("group"), "consumer.session.timeout.ms"
        self.assertEqual(self.alter(group, ("SET", key, "50000"), type="GROUP"), {"ok": True})
        self.settle(lambda: self.get("group-configs", group)[key]["value"] == "50000")
        self.assertFalse(self.get("group-configs", group)[key]["default"])
        self.assertIn(group, self.get("group-resources"))
        self.assertEqual(self.alter(group, ("SET", key, "1"), type="GROUP")["error"], "InvalidConfigurationException")
        self.assertEqual(self.alter(group, ("DELETE", key), type="GROUP"), {"ok": True})
        self.settle(lambda: self.get("group-configs", group)[key]["value"] == "45000")
        self.assertNotIn(group, self.get("group-resources"))

    def test_rules_96_and_138_deleted_records_are_gone_for_every_client(self):
        topic, _ = self.create(partitions=2, replication=1, configs={"retention.ms": "-1"})
        with BROKER.connect() as connection:
            for value in (b"a", b"b", b"c"):
                append(connection, topic, value, partition=1)
        self.assertGreater(self.get("sizes", topic)["1"], self.get("sizes", topic)["0"])
        self.assertEqual(self.get("trim", topic, partition=1, before=2), 2)
        self.assertEqual(self.ask("trim", topic, partition=1, before=4)["error"], "OffsetOutOfRangeException")
        self.assertEqual(self.get("trim", topic, partition=1, before=-1), 3)
        for name in agents.pick(COMMANDS, "java", "go", "python", "kcat"):
            lines = agents.run(COMMANDS[name], "offsets", bootstrap=BROKER.bootstrap, topic=topic)
            self.assertEqual([(line["begin"], line["end"]) for line in lines], [(0, 0), (3, 3)], name)

    def test_listing_holds_each_topic_until_it_is_deleted(self):
        topic, _ = self.create(partitions=1, replication=1)
        self.settle(lambda: topic in self.get("list"))
        self.assertTrue(self.get("delete", topic))
        self.settle(lambda: topic not in self.get("list"))
        self.assertEqual(self.ask("describe", topic)["error"], "UnknownTopicOrPartitionException")
        self.assertEqual(self.ask("delete", topic)["error"], "UnknownTopicOrPartitionException")

    def test_rule_13_14_a_topic_made_again_is_empty_under_a_new_id(self):
        topic, first = self.create(partitions=1, replication=1)
        with BROKER.connect() as connection:
            append(connection, topic, b"old")
            self.get("delete", topic)
            self.settle(lambda: "error" in self.ask("describe", topic))
            second = self.get("create", topic, partitions=1, replication=1)
            self.settle(lambda: "ok" in self.ask("describe", topic))
            self.assertNotEqual(second["id"], first["id"])
            self.assertEqual(fetch(connection, topic)["HighWatermark"], 0)

    def test_rule_13_8_and_13_7_the_cluster_has_one_node_at_the_advertised_address(self):
        cluster = self.get("cluster")
        self.assertEqual([node["id"] for node in cluster["nodes"]], [1])
        self.assertEqual(cluster["controller"], 1)
        self.assertEqual(cluster["nodes"][0]["port"], BROKER.address[1])
        if not BROKER.is_peer:
            self.assertEqual(cluster["nodes"][0]["host"], "127.0.0.1")

    def test_every_client_sees_the_same_partitions(self):
        topic = create_topic(BROKER, 5)
        for name in agents.pick(COMMANDS, "java", "go", "python", "kcat"):
            lines = agents.run(COMMANDS[name], "offsets", bootstrap=BROKER.bootstrap, topic=topic)
            self.assertEqual([line["partition"] for line in lines], list(range(5)), name)
            self.assertEqual({(line["begin"], line["end"]) for line in lines}, {(0, 0)}, name)


if __name__ == "__main__":
    unittest.main()
