"""Rule 126: configs of single groups, set, described, listed, in force at once and after a kill; and the features of rule 14.2."""

import unittest

from support.broker import open_broker, wait_until
from support.errors import Err
from support.groups import await_coordinator, unique_group
from support.topics import create_topic
from test_rules_consumer_groups import Member
from wire_case import WireCase, use_module_broker

SET, DELETE, APPEND, SUBTRACT = range(4)
TOPIC, BROKER, CLIENT_METRICS, GROUP = 2, 4, 16, 32
OWN, STATIC, DEFAULT = 8, 4, 5
SESSION = "consumer.session.timeout.ms"
HEARTBEAT = "consumer.heartbeat.interval.ms"
# The last one is the default; said, because whoever starts a Kafka to compare with may have said another.
QUICK = {
    "group_consumer_min_session_timeout_ms": 500,
    "group_consumer_min_heartbeat_interval_ms": 100,
    "group_consumer_heartbeat_interval_ms": 5000,
}


def setUpModule():
    use_module_broker(**QUICK)


def alter(connection, group, *changes, validate_only=False):
    configs = [{"Name": key, "ConfigOperation": operation, "Value": value} for key, operation, value in changes]
    resource = {"ResourceType": GROUP, "ResourceName": group, "Configs": configs}
    return connection.call("IncrementalAlterConfigs", 1, Resources=[resource], ValidateOnly=validate_only)["Responses"][0]


def describe(connection, group, keys=(SESSION, HEARTBEAT)):
    asked = {"ResourceType": GROUP, "ResourceName": group, "ConfigurationKeys": list(keys)}
    return connection.call("DescribeConfigs", 4, Resources=[asked], IncludeSynonyms=True)["Results"][0]


def values(connection, group):
    return {each["Name"]: (each["Value"], each["ConfigSource"]) for each in describe(connection, group)["Configs"]}


def listed(connection, *types):
    answer = connection.call("ListConfigResources", 1, ResourceTypes=list(types))
    return {(each["ResourceType"], each["ResourceName"]) for each in answer["ConfigResources"]}


class GroupConfigCase(WireCase):
    def setUp(self):
        super().setUp()
        self.group = unique_group()

    def set(self, key, value):
        self.assert_error(alter(self.connection, self.group, (key, SET, value)), Err.NONE)
        # A Kafka answers before it is in force.
        wait_until(lambda: values(self.connection, self.group)[key] == (value, OWN), "it is set")


class Setting(GroupConfigCase):
    def test_rule_126_what_is_set_is_described_with_what_would_hold_without_it(self):
        self.assertEqual(values(self.connection, self.group), {SESSION: ("45000", DEFAULT), HEARTBEAT: ("5000", STATIC)})
        self.set(SESSION, "50000")
        shown = describe(self.connection, self.group, [SESSION])["Configs"][0]
        synonyms = [(each["Name"], each["Value"], each["Source"]) for each in shown["Synonyms"]]
        self.assertEqual(synonyms[0], (SESSION, "50000", OWN))
        self.assertEqual(synonyms[-1], ("group." + SESSION, "45000", DEFAULT))
        self.assertFalse(shown["ReadOnly"])
        self.assert_error(alter(self.connection, self.group, (SESSION, DELETE, None)), Err.NONE)
        wait_until(lambda: values(self.connection, self.group)[SESSION] == ("45000", DEFAULT), "it is removed")

    def test_rule_126_refusals_change_nothing(self):
        self.set(SESSION, "50000")
        for changes, error in (
            ([(SESSION, SET, "499")], Err.INVALID_CONFIG),
            ([(SESSION, SET, "60001")], Err.INVALID_CONFIG),
            ([(HEARTBEAT, SET, "99")], Err.INVALID_CONFIG),
            ([(HEARTBEAT, SET, "15001")], Err.INVALID_CONFIG),
            ([(SESSION, SET, "600"), (HEARTBEAT, SET, "600")], Err.INVALID_CONFIG),
            ([(SESSION, SET, "soon")], Err.INVALID_CONFIG),
            ([(SESSION, APPEND, "1")], Err.INVALID_CONFIG),
            ([(SESSION, SUBTRACT, "1")], Err.INVALID_CONFIG),
            ([("no.such.key", SET, "1")], Err.INVALID_CONFIG),
            ([(HEARTBEAT, SET, "6000"), ("no.such.key", SET, "1")], Err.INVALID_CONFIG),
            ([(SESSION, SET, None)], Err.INVALID_REQUEST),
            ([(SESSION, SET, "51000"), (SESSION, SET, "52000")], Err.INVALID_REQUEST),
        ):
            with self.subTest(changes=changes):
                answer = alter(self.connection, self.group, *changes)
                self.assert_error(answer, error)
                self.assertTrue(answer["ErrorMessage"])
        self.assertEqual(values(self.connection, self.group), {SESSION: ("50000", OWN), HEARTBEAT: ("5000", STATIC)})
        self.assert_error(alter(self.connection, "", (SESSION, SET, "50000")), Err.INVALID_REQUEST)
        self.assert_error(describe(self.connection, ""), Err.INVALID_REQUEST)

    def test_only_validated(self):
        self.assert_error(alter(self.connection, self.group, (SESSION, SET, "50000"), validate_only=True), Err.NONE)
        self.assert_error(alter(self.connection, self.group, (SESSION, SET, "1"), validate_only=True), Err.INVALID_CONFIG)
        self.assertEqual(values(self.connection, self.group)[SESSION], ("45000", DEFAULT))

    def test_replacing_forgets_what_was_set_before(self):
        self.set(HEARTBEAT, "6000")
        resource = {"ResourceType": GROUP, "ResourceName": self.group, "Configs": [{"Name": SESSION, "Value": "55000"}]}
        self.assert_error(self.connection.call("AlterConfigs", 2, Resources=[resource])["Responses"][0], Err.NONE)
        expected = {SESSION: ("55000", OWN), HEARTBEAT: ("5000", STATIC)}
        wait_until(lambda: values(self.connection, self.group) == expected, "it is replaced")

    def test_resources_with_configs_are_listed_by_type(self):
        self.assertNotIn((GROUP, self.group), listed(self.connection, GROUP))
        self.set(SESSION, "50000")
        topic = create_topic(self.broker)
        self.assertIn((GROUP, self.group), listed(self.connection, GROUP))
        self.assertEqual({kind for kind, _ in listed(self.connection, GROUP)}, {GROUP})
        everything = listed(self.connection)
        self.assertIn((GROUP, self.group), everything)
        self.assertIn((TOPIC, topic), everything)
        self.assertEqual({kind for kind, _ in listed(self.connection, TOPIC, BROKER)}, {TOPIC, BROKER})
        self.assertEqual(listed(self.connection, CLIENT_METRICS), set())
        self.assert_error(self.connection.call("ListConfigResources", 1, ResourceTypes=[99]), Err.UNSUPPORTED_VERSION)
        self.assertEqual(self.connection.call("ListConfigResources", 0)["ConfigResources"], [])


class InForce(GroupConfigCase):
    def member(self, connection, group, topic):
        await_coordinator(connection, group)
        return Member(connection, group, [topic])

    def test_rule_126_members_are_told_with_the_next_heartbeat(self):
        topic = create_topic(self.broker)
        member = self.member(self.connection, self.group, topic)
        other = self.member(self.connect(), unique_group(), topic)
        for each in (member, other):
            self.assertEqual(each.beat()["HeartbeatIntervalMs"], 5000)
        self.set(HEARTBEAT, "300")
        wait_until(lambda: member.beat()["HeartbeatIntervalMs"] == 300, "the member is told")
        self.assertEqual(other.beat()["HeartbeatIntervalMs"], 5000)

    def test_rule_126_a_silent_member_is_out_after_the_groups_own_session(self):
        topic = create_topic(self.broker)
        self.set(HEARTBEAT, "200")
        self.set(SESSION, "600")
        member = self.member(self.connection, self.group, topic)
        self.assert_error(member.beat(), Err.NONE)

        def is_out():
            shown = self.connection.call("ConsumerGroupDescribe", 1, GroupIds=[self.group])["Groups"][0]
            return shown["GroupState"] == "Empty"

        wait_until(is_out, "it is out")
        self.assert_error(member.beat(), Err.UNKNOWN_MEMBER_ID)

    def test_rule_126_a_kill_forgets_nothing(self):
        broker = open_broker(restartable=True, **QUICK)
        self.addCleanup(broker.close)
        with broker.connect() as connection:
            topic = create_topic(broker)
            member = self.member(connection, self.group, topic)
            self.assert_error(member.beat(), Err.NONE)
            self.assert_error(alter(connection, self.group, (HEARTBEAT, SET, "300")), Err.NONE)
            wait_until(lambda: values(connection, self.group)[HEARTBEAT] == ("300", OWN), "it is set")
        broker.kill()
        broker.restart()
        with broker.connect() as connection:
            self.assertEqual(values(connection, self.group)[HEARTBEAT], ("300", OWN))
            await_coordinator(connection, self.group)
            member.connection = connection
            self.assertEqual(member.beat()["HeartbeatIntervalMs"], 300)


class Features(WireCase):
    def test_rule_14_2_the_level_of_the_consumer_protocol(self):
        for version in (3, 4):
            answer = self.connection.call("ApiVersions", version, ClientSoftwareName="t", ClientSoftwareVersion="1")
            levels = {each["Name"]: (each["MinVersionLevel"], each["MaxVersionLevel"]) for each in answer["FinalizedFeatures"]}
            self.assertEqual(levels["group.version"], (1, 1))
            self.assertGreaterEqual(answer["FinalizedFeaturesEpoch"], 0)
        supported = {each["Name"]: (each["MinVersion"], each["MaxVersion"]) for each in answer["SupportedFeatures"]}
        self.assertEqual(supported["group.version"], (0, 1))


if __name__ == "__main__":
    unittest.main()
