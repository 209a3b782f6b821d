"""Bad input to groups: Kafka's error to that client, no state damaged, no other group delayed."""

import time
import unittest

from support.errors import Err
from support.groups import Member as ClassicMember
from support.groups import await_coordinator, commit, committed, describe, fetch_group, subscription, unique_group
from support.topics import create_topic, create_topics, topic_id, unique_topic
from test_rules_consumer_groups import Member
from wire_case import WireCase, use_module_broker

MIB = 1 << 20
# What a client waits for an answer at most; far more than anything here takes.
PATIENCE_S = 10


def setUpModule():
    use_module_broker()


class BadInputCase(WireCase):
    def setUp(self):
        super().setUp()
        self.group = unique_group()
        await_coordinator(self.connection, self.group)
        self.topic = create_topic(self.broker, 4)
        self.neighbour = Member(self.connect(), unique_group(), [self.topic])
        await_coordinator(self.connection, self.neighbour.group)
        self.assert_error(self.neighbour.beat(), Err.NONE)

    def tearDown(self):
        """The neighbour is as it was."""
        begin = time.monotonic()
        self.assert_error(self.neighbour.beat(), Err.NONE)
        self.assertLess(time.monotonic() - begin, PATIENCE_S)
        shown = self.connection.call("ConsumerGroupDescribe", 1, GroupIds=[self.neighbour.group])["Groups"][0]
        self.assertEqual(len(shown["Members"]), 1)

    def member(self, **more):
        return Member(self.connect(), self.group, [self.topic], **more)

    def group_error(self):
        return self.connection.call("ConsumerGroupDescribe", 1, GroupIds=[self.group])["Groups"][0]["ErrorCode"]


class Patterns(BadInputCase):
    def test_patterns_that_explode_are_refused_or_harmless(self):
        create_topics(self.broker, [unique_topic("a" * 100) for _ in range(20)])
        for pattern in ("((a{1000}){1000}){1000}", "(x", "a{2,1}", "[z-a]", "*", "(?=a)", "\\1"):
            with self.subTest(pattern=pattern[:20]):
                answer = self.member(SubscribedTopicRegex=pattern).beat(SubscribedTopicNames=None)
                self.assert_error(answer, Err.INVALID_REGULAR_EXPRESSION)
                self.assertEqual(self.group_error(), Err.GROUP_ID_NOT_FOUND)
        for pattern in ("(a+)+$", "(a|aa)+b", "(a?){50}a{50}", "(.*)*x", "(" * 900 + "a" + ")" * 900):
            with self.subTest(pattern=pattern[:20]):
                begin = time.monotonic()
                self.assert_error(self.member(SubscribedTopicRegex=pattern).beat(SubscribedTopicNames=None), Err.NONE)
                self.assertLess(time.monotonic() - begin, PATIENCE_S)


class Owning(BadInputCase):
    def settled_pair(self):
        members = [self.member(), self.member()]
        for _ in range(8):
            for member in members:
                self.assert_error(member.beat(), Err.NONE)
        self.assertEqual(sorted(members[0].parts() + members[1].parts()), [0, 1, 2, 3])
        return members

    def test_partitions_of_others_that_a_member_claims_stay_theirs(self):
        first, second = self.settled_pair()
        before = second.parts()
        topic = topic_id(self.connection, self.topic)
        for claimed in ({topic: [0, 1, 2, 3]}, {topic: [-1, 99, 2_000_000_000]}, {bytes(range(16)): [0]}, {topic: [0] * 1000}):
            honest, first.owned = first.owned, claimed
            self.assert_error(first.beat(), Err.NONE)
            first.owned = honest
            self.assert_error(second.beat(), Err.NONE)
            self.assertEqual(second.parts(), before)
        shown = self.connection.call("ConsumerGroupDescribe", 1, GroupIds=[self.group])["Groups"][0]
        held = [part for one in shown["Members"] for topic in one["Assignment"]["TopicPartitions"] for part in topic["Partitions"]]
        self.assertEqual(sorted(held), [0, 1, 2, 3])

    def test_zombies_of_an_epoch_long_gone_are_fenced_and_disturb_nobody(self):
        first, second = self.settled_pair()
        for change in ({"MemberEpoch": 1, "TopicPartitions": []}, {"MemberEpoch": first.epoch + 1}):
            self.assert_error(first.connection.call("ConsumerGroupHeartbeat", 1, GroupId=self.group, MemberId=first.id, **change),
                              Err.FENCED_MEMBER_EPOCH)
        self.assert_error(commit(self.connection, self.group, self.topic, 1, member=first.id, generation=1), Err.STALE_MEMBER_EPOCH)
        self.assert_error(first.beat(), Err.NONE)
        self.assert_error(second.beat(), Err.NONE)


class TooLarge(BadInputCase):
    """What does not fit into one record of the log is refused before anything changes."""

    def test_what_a_member_says_of_itself(self):
        large = self.member(ServerAssignor=None)
        large.topics = [unique_topic("t" * 200) for _ in range(6000)]
        self.assert_error(large.beat(), Err.UNKNOWN_SERVER_ERROR)
        self.assertEqual(self.group_error(), Err.GROUP_ID_NOT_FOUND)
        self.assert_error(self.member().beat(), Err.NONE)

    def test_metadata_of_a_classic_member(self):
        settled = ClassicMember(self.connect(), self.group).enter()
        large = ClassicMember(self.connect(), self.group, protocols=[("range", subscription("t") + bytes(2 * MIB))], rebalance_ms=500)
        answer = large.join()
        self.assertNotEqual(answer["ErrorCode"], Err.MEMBER_ID_REQUIRED)
        members = [each["MemberId"] for each in describe(self.connection, self.group)["Members"]]
        self.assertEqual(large.id in members, not answer["ErrorCode"])
        self.assertIn(settled.heartbeat(), (Err.NONE, Err.REBALANCE_IN_PROGRESS))

    def test_an_assignment_of_a_classic_leader(self):
        leader = ClassicMember(self.connect(), self.group)
        self.assert_error(leader.join(), Err.NONE)
        self.assertNotEqual(leader.sync(assignments={leader.id: bytes(2 * MIB)})["ErrorCode"], Err.NONE)
        # It can do better.
        self.assert_error(leader.join(), Err.NONE)
        self.assert_error(leader.sync(assignments={leader.id: b"small"}), Err.NONE)
        self.assertEqual(leader.heartbeat(), Err.NONE)

    def test_names_as_long_as_names_can_be(self):
        group = "g" * 32_000
        await_coordinator(self.connection, group)
        self.assert_error(commit(self.connection, group, self.topic, 5), Err.NONE)
        self.assertEqual(committed(self.connection, group, self.topic), 5)
        self.assert_error(self.connection.call("DeleteGroups", 2, GroupsNames=[group])["Results"][0], Err.NONE)

    def test_a_commit_of_more_partitions_than_a_record_has_room_for(self):
        listed = [{"PartitionIndex": number % 4, "CommittedOffset": number, "CommittedMetadata": "m" * 4096} for number in range(2000)]
        answer = self.connection.call("OffsetCommit", 8, GroupId=self.group, GenerationIdOrMemberEpoch=-1, MemberId="",
                                      Topics=[{"Name": self.topic, "Partitions": listed}])
        self.assertEqual({part["ErrorCode"] for part in answer["Topics"][0]["Partitions"]}, {0})
        found = fetch_group(self.connection, self.group, [(self.topic, [0, 1, 2, 3])])["Topics"][0]["Partitions"]
        self.assertEqual([part["CommittedOffset"] for part in found], [1996, 1997, 1998, 1999])


class Crowds(BadInputCase):
    def test_ids_that_nobody_comes_back_with(self):
        for _ in range(2000):
            self.assert_error(ClassicMember(self.connection, self.group, session_ms=6000).take_id(), Err.MEMBER_ID_REQUIRED)
        # They hold up a rebalance until they are forgotten, and nobody else.
        other = unique_group()
        await_coordinator(self.connection, other)
        ClassicMember(self.connect(), other).enter()

    def test_five_hundred_members_of_four_partitions(self):
        connection = self.connect()
        for _ in range(500):
            self.assert_error(Member(connection, self.group, [self.topic]).beat(), Err.NONE)
        shown = self.connection.call("ConsumerGroupDescribe", 1, GroupIds=[self.group])["Groups"][0]
        self.assertEqual(len(shown["Members"]), 500)


if __name__ == "__main__":
    unittest.main()
