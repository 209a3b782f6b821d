"""AdminClients of older releases: each method once, and each ends as it does on Apache Kafka."""

import unittest

import agents
from support.broker import open_broker
from support.groups import await_coordinator, unique_group
from support.topics import create_topic, unique_topic

OLDEST, MIDDLE, LAST = "2.4.1", "2.8.2", "3.9.1"
RELEASES = (OLDEST, MIDDLE, LAST)
NO_LOGIN = "UnsupportedByAuthenticationException"
ALL = {
    "describeCluster": "1 node, controller 1",
    "createTopics": "null",
    "describeTopics": "2",
    "createPartitions": "null",
    "incrementalAlterConfigs": "null",
    "alterConfigs": "null",
    "describeConfigs": "4321",
    "electLeaders": "ElectionNotNeededException",
    "alterPartitionReassignments": "NoReassignmentInProgressException",
    "listPartitionReassignments": "0",
    "deleteRecords": "0",
    "describeLogDirs": "1 directory, NONE",
    "alterReplicaLogDirs": "LogDirNotFoundException",
    "describeReplicaLogDirs": "0",
    "listConsumerGroups": "true",
    "describeConsumerGroups": "Empty",
    "listConsumerGroupOffsets": "0",
    "deleteConsumerGroupOffsets": "null",
    "deleteConsumerGroups": "null",
    "deleteConsumerGroups again": "GroupIdNotFoundException",
    "describeAcls": "SecurityDisabledException",
    "deleteAcls": "SecurityDisabledException",
    "createDelegationToken": NO_LOGIN,
    "describeDelegationToken": NO_LOGIN,
    "renewDelegationToken": NO_LOGIN,
    "expireDelegationToken": NO_LOGIN,
    "deleteTopics": "null",
}
FROM_MIDDLE = {
    "describeClientQuotas": "{}",
    "describeUserScramCredentials": "{nobody-of-that-name=UserScramCredentialsDescription{name='nobody-of-that-name', credentialInfos=[]}}",
    "describeFeatures": "FeatureMetadata",
    "unregisterBroker": "BrokerIdNotRegisteredException",
}
FROM_LAST = {
    "listTransactions": "ArrayList",
    "describeTransactions": "TransactionalIdNotFoundException",
    "describeMetadataQuorum": "1",
    "listClientMetricsResources": "[]",
}
EXPECTED = {OLDEST: ALL, MIDDLE: ALL | FROM_MIDDLE, LAST: ALL | FROM_MIDDLE | FROM_LAST}


class OldAdmins(unittest.TestCase):
    def test_every_method_ends_as_it_should(self):
        commands = agents.load()
        there = agents.pick(commands, *(f"java-admin-{release}" for release in RELEASES))
        broker = open_broker()
        self.addCleanup(broker.close)
        for name in there:
            with self.subTest(client=name):
                group, kept = unique_group(), create_topic(broker)
                with broker.connect() as connection:
                    await_coordinator(connection, group)
                lines = agents.run(commands[name], "admins", bootstrap=broker.bootstrap, topic=unique_topic(), group=group, commit=kept)
                ends = {line["call"]: line.get("ok", line.get("error")) for line in lines}
                self.assertEqual(ends, EXPECTED[name.removeprefix("java-admin-")])


if __name__ == "__main__":
    unittest.main()
