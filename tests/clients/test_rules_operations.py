"""Rules 14.7, 138 and 139: what a node of its own answers to those who operate a cluster; features that outlast a kill."""

import unittest

from support.broker import wait_until
from support.errors import Err
from support.groups import await_coordinator, unique_group
from support.topics import create_topic
from wire_case import WireCase, use_module_broker

UPGRADE, SAFE_DOWNGRADE = 1, 2
NOWHERE = "no-such-topic-here"


def setUpModule():
    use_module_broker()


class OneNode(WireCase):
    def test_rule_138_no_election_is_needed(self):
        topic = create_topic(self.broker)
        answer = self.connection.call("ElectLeaders", 2, TopicPartitions=[{"Topic": topic, "Partitions": [0, 5]}])
        codes = {part["PartitionId"]: part["ErrorCode"] for part in answer["ReplicaElectionResults"][0]["PartitionResult"]}
        self.assertEqual(codes, {0: Err.ELECTION_NOT_NEEDED, 5: Err.UNKNOWN_TOPIC_OR_PARTITION})

    def test_rule_14_7_and_138_a_partition_stays_on_the_one_broker(self):
        topic = create_topic(self.broker)
        for replicas, error in (
            ([1], Err.NONE),
            ([2], Err.INVALID_REPLICA_ASSIGNMENT),
            ([1, 2], Err.INVALID_REPLICA_ASSIGNMENT),
            ([], Err.INVALID_REPLICA_ASSIGNMENT),
            (None, Err.NO_REASSIGNMENT_IN_PROGRESS),
        ):
            asked = [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "Replicas": replicas}]}]
            answer = self.connection.call("AlterPartitionReassignments", 1, Topics=asked)
            self.assert_error(answer["Responses"][0]["Partitions"][0], error)
        self.assertEqual(self.connection.call("ListPartitionReassignments", 0, Topics=None)["Topics"], [])

    def test_rule_138_a_replica_lies_in_the_one_directory(self):
        topic = create_topic(self.broker)
        here = self.connection.call("DescribeLogDirs", 4, Topics=None)["Results"][0]["LogDir"]
        for path, error in ((here, Err.NONE), (here + "/other", Err.LOG_DIR_NOT_FOUND)):
            asked = [{"Path": path, "Topics": [{"Name": topic, "Partitions": [0]}]}]
            answer = self.connection.call("AlterReplicaLogDirs", 2, Dirs=asked)
            self.assert_error(answer["Results"][0]["Partitions"][0], error)

    def test_the_node_leads_its_quorum_of_one(self):
        asked = [{"TopicName": "__cluster_metadata", "Partitions": [{"PartitionIndex": 0}]}]
        answer = self.connection.call("DescribeQuorum", 2, Topics=asked)
        part = answer["Topics"][0]["Partitions"][0]
        self.assertEqual((part["ErrorCode"], part["LeaderId"]), (Err.NONE, 1))
        self.assertEqual([voter["ReplicaId"] for voter in part["CurrentVoters"]], [1])
        self.assertEqual(part["CurrentVoters"][0]["LogEndOffset"], part["HighWatermark"])
        self.assertEqual([node["NodeId"] for node in answer["Nodes"]], [1])

    def test_the_one_broker_is_not_unregistered(self):
        self.assert_error(self.connection.call("UnregisterBroker", 0, BrokerId=9), Err.BROKER_ID_NOT_REGISTERED)
        if not self.on_kafka:
            self.assert_error(self.connection.call("UnregisterBroker", 0, BrokerId=1), Err.INVALID_REQUEST)

    def test_rule_139_a_user_named_twice_is_refused(self):
        answer = self.connection.call("DescribeUserScramCredentials", 0, Users=[{"Name": "a"}, {"Name": "a"}, {"Name": "b"}])
        codes = {one["User"]: one["ErrorCode"] for one in answer["Results"]}
        self.assertEqual(codes, {"a": Err.DUPLICATE_RESOURCE, "b": Err.RESOURCE_NOT_FOUND})

    def test_no_token_is_given_kept_or_shown_where_nobody_has_a_name(self):
        asked = self.connection
        for answer in (
            asked.call("CreateDelegationToken", 3, Renewers=[], MaxLifetimeMs=-1),
            asked.call("RenewDelegationToken", 2, Hmac=b"none", RenewPeriodMs=-1),
            asked.call("ExpireDelegationToken", 2, Hmac=b"none", ExpiryTimePeriodMs=-1),
            asked.call("DescribeDelegationToken", 3, Owners=None),
        ):
            self.assert_error(answer, Err.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)

    def test_no_password_is_kept_that_nobody_would_ask_for(self):
        password = {"Name": "alice", "Mechanism": 1, "Iterations": 4096, "Salt": b"salt", "SaltedPassword": b"p" * 32}
        for change, error in (
            ({"Deletions": [{"Name": "alice", "Mechanism": 1}], "Upsertions": []}, Err.RESOURCE_NOT_FOUND),
            ({"Deletions": [], "Upsertions": [{**password, "Iterations": 5}]}, Err.UNACCEPTABLE_CREDENTIAL),
            ({"Deletions": [], "Upsertions": [{**password, "Mechanism": 9}]}, Err.UNSUPPORTED_SASL_MECHANISM),
        ):
            self.assert_error(self.connection.call("AlterUserScramCredentials", 0, **change)["Results"][0], error)
        if not self.on_kafka:
            answer = self.connection.call("AlterUserScramCredentials", 0, Deletions=[], Upsertions=[password])
            self.assert_error(answer["Results"][0], Err.SECURITY_DISABLED)
            self.assert_error(self.connection.call("DescribeUserScramCredentials", 0, Users=[{"Name": "alice"}])["Results"][0], Err.RESOURCE_NOT_FOUND)


def levels(connection):
    answer = connection.call("ApiVersions", 4, ClientSoftwareName="t", ClientSoftwareVersion="1")
    return {one["Name"]: one["MaxVersionLevel"] for one in answer["FinalizedFeatures"]}, answer["FinalizedFeaturesEpoch"]


def update(connection, feature, level, kind, validate_only=False):
    updates = [{"Feature": feature, "MaxVersionLevel": level, "UpgradeType": kind}]
    return connection.call("UpdateFeatures", 2, FeatureUpdates=updates, ValidateOnly=validate_only)


class Features(WireCase):
    own_broker = {}

    def join(self):
        group = unique_group()
        # Asking for the coordinator is what makes it, on Kafka.
        await_coordinator(self.connection, group)
        body = {"GroupId": group, "MemberId": "m" * 22, "MemberEpoch": 0, "RebalanceTimeoutMs": 5000}
        return self.connection.call("ConsumerGroupHeartbeat", 1, **body, SubscribedTopicNames=[NOWHERE], TopicPartitions=[])["ErrorCode"]

    def test_a_level_holds_at_once_and_after_a_kill(self):
        before, epoch = levels(self.connection)
        self.assertEqual(before["group.version"], 1)
        self.assert_error(update(self.connection, "group.version", 0, SAFE_DOWNGRADE, validate_only=True), Err.NONE)
        self.assert_error(update(self.connection, "group.version", 0, UPGRADE), Err.INVALID_UPDATE_VERSION)
        self.assert_error(update(self.connection, "group.version", 2, UPGRADE), Err.INVALID_UPDATE_VERSION)
        self.assertEqual(levels(self.connection), (before, epoch))
        self.assert_error(update(self.connection, "group.version", 0, SAFE_DOWNGRADE), Err.NONE)
        wait_until(lambda: "group.version" not in levels(self.connection)[0], "the level is in force")
        self.assertGreater(levels(self.connection)[1], epoch)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        self.assertNotIn("group.version", levels(self.connection)[0])
        self.assertEqual(self.join(), Err.UNSUPPORTED_VERSION)
        self.assert_error(update(self.connection, "group.version", 1, UPGRADE), Err.NONE)
        wait_until(lambda: self.join() == Err.NONE, "groups of the new protocol may be again")

    def test_the_level_of_transactions_outlasts_a_stop_and_a_kill(self):
        self.assertEqual(levels(self.connection)[0]["transaction.version"], 2)
        for level, kind, ends in ((1, SAFE_DOWNGRADE, self.broker.kill), (0, SAFE_DOWNGRADE, self.broker.stop), (2, UPGRADE, self.broker.kill)):
            epoch = levels(self.connection)[1]
            self.assert_error(update(self.connection, "transaction.version", level, kind), Err.NONE)
            wait_until(lambda level=level: levels(self.connection)[0].get("transaction.version", 0) == level, "the level is in force")
            ends()
            self.broker.restart()
            self.connection = self.connect()
            wait_until(lambda level=level: levels(self.connection)[0].get("transaction.version", 0) == level, "the level is there")
            self.assertGreater(levels(self.connection)[1], epoch)

    def test_a_torn_file_of_levels_does_no_harm_and_is_not_written_over(self):
        if self.on_kafka:
            self.skipTest("its metadata lies elsewhere")
        self.assert_error(update(self.connection, "group.version", 0, SAFE_DOWNGRADE), Err.NONE)
        self.broker.kill()
        file = self.broker.directory / "data" / "features.json"
        torn = file.read_bytes()[:-9]
        file.write_bytes(torn)
        self.broker.restart()
        self.connection = self.connect()
        self.assertEqual(levels(self.connection)[0]["group.version"], 1)
        answer = update(self.connection, "transaction.version", 1, SAFE_DOWNGRADE)
        self.assert_error(answer, Err.KAFKA_STORAGE_ERROR)
        self.assertIn("features.json: not a whole JSON object", answer["ErrorMessage"])
        self.assertEqual(file.read_bytes(), torn)


if __name__ == "__main__":
    unittest.main()
