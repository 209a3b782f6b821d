"""Rules 98, 100, 101, 103, 105, 107 and 113: members that are late, silent, too many or somebody else's, over raw requests."""

import unittest

from support.broker import wait_until
from support.errors import Err
from support.groups import Member, await_coordinator, commit, committed, describe, state_of, subscription, unique_group
from support.topics import create_topic
from wire_case import WireCase, WireGroupCase, use_module_broker

REBALANCE_MS = 1_500


def setUpModule():
    use_module_broker()


class GroupCase(WireGroupCase):
    def member(self, **more):
        return super().member(**{"rebalance_ms": REBALANCE_MS, **more})

    def joined_pair(self, follower_instance=None):
        """Leader and follower of one generation that nobody has synced yet."""
        leader = self.member().enter()
        follower = self.member(instance=follower_instance)
        if follower_instance is None:
            follower.take_id()
        follower.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears of it")
        self.assert_error(leader.join(), Err.NONE)
        self.assert_error(follower.receive_join(), Err.NONE)
        self.assertEqual(leader.generation, follower.generation)
        return leader, follower

    def stable_pair(self, **more):
        leader, follower = self.joined_pair(**more)
        self.assert_error(leader.sync(assignments={leader.id: b"L", follower.id: b"F"}), Err.NONE)
        self.assertEqual(follower.sync()["Assignment"], b"F")
        return leader, follower


class Late(GroupCase):
    def test_rule_101_who_does_not_rejoin_in_time_is_dropped(self):
        leader, late = self.stable_pair()
        third = self.member()
        third.take_id()
        third.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "a rebalance gathers")
        answer = leader.join()
        self.assert_error(answer, Err.NONE)
        self.assert_error(third.receive_join(), Err.NONE)
        self.assertEqual({each["MemberId"] for each in answer["Members"]}, {leader.id, third.id})
        self.assert_error(late.heartbeat(), Err.UNKNOWN_MEMBER_ID)
        self.assert_error(late.sync(), Err.UNKNOWN_MEMBER_ID)
        self.assert_error(late.commit("t", 1), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_101_a_static_member_is_kept_until_its_session_ends(self):
        leader, late = self.stable_pair(follower_instance="late")
        third = self.member()
        third.take_id()
        third.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "a rebalance gathers")
        answer = leader.join()
        self.assert_error(answer, Err.NONE)
        self.assertEqual({each["MemberId"] for each in answer["Members"]}, {leader.id, third.receive_join()["MemberId"], late.id})

    def test_rule_103_a_member_that_never_syncs_is_dropped_after_the_rebalance_time(self):
        leader, silent = self.joined_pair()
        self.assert_error(leader.sync(assignments={leader.id: b"L", silent.id: b"F"}), Err.NONE)
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears that one is missing")
        self.assert_error(silent.heartbeat(), Err.UNKNOWN_MEMBER_ID)
        answer = leader.join()
        self.assertEqual([each["MemberId"] for each in answer["Members"]], [leader.id])

    def test_rule_103_a_leader_that_dies_between_join_and_sync_is_replaced(self):
        leader, follower = self.joined_pair()
        leader.connection.close()
        follower.send_sync()
        self.assert_error(follower.connection.receive(), Err.REBALANCE_IN_PROGRESS)
        answer = follower.join()
        self.assert_error(answer, Err.NONE)
        self.assertEqual((answer["Leader"], [each["MemberId"] for each in answer["Members"]]), (follower.id, [follower.id]))

    def test_rule_97_an_id_that_nobody_comes_back_with_holds_up_nobody(self):
        leader = self.member().enter()
        self.assert_error(self.member().take_id(), Err.MEMBER_ID_REQUIRED)
        self.assert_error(leader.heartbeat(), Err.NONE)
        leader.send_join()
        self.assert_error(leader.receive_join(), Err.NONE)


class Foreign(GroupCase):
    def test_rule_103_assignments_for_strangers_are_ignored(self):
        leader = self.member()
        leader.join()
        answer = leader.sync(assignments={"stranger": b"x", leader.id: b"mine", "": b"y"})
        self.assertEqual((answer["ErrorCode"], answer["Assignment"]), (Err.NONE, b"mine"))
        self.assertEqual([each["MemberAssignment"] for each in describe(self.connection, self.group)["Members"]], [b"mine"])

    def test_a_leader_that_assigns_nothing_leaves_everybody_with_nothing(self):
        leader, follower = self.joined_pair()
        self.assertEqual(leader.sync()["Assignment"], b"")
        self.assertEqual(follower.sync()["Assignment"], b"")
        self.assertEqual(state_of(self.connection, self.group), "Stable")

    def test_bytes_that_are_no_subscription_are_the_members_own_affair(self):
        if self.on_kafka:
            self.skipTest("Kafka leaves such a JoinGroup without an answer")
        for metadata in (b"", b"\xff", b"\x00\x00\xff\xff\xff\xff", b"\x7f" * 1000):
            member = Member(self.connect(), unique_group(), protocols=[("range", metadata)])
            await_coordinator(self.connection, member.group)
            member.enter()
            shown = describe(self.connection, member.group)["Members"][0]
            self.assertEqual((shown["MemberMetadata"], shown["MemberAssignment"]), (metadata, b"all"))

    def test_rule_105_a_fenced_member_reaches_nothing_of_its_successor(self):
        zombie = self.member(instance="one").enter()
        topic = create_topic(self.broker)
        successor = self.member(instance="one")
        self.assert_error(successor.join(), Err.NONE)
        for error in (
            zombie.heartbeat(),
            zombie.sync(),
            zombie.commit(topic, 1),
            zombie.leave()["Members"][0],
            zombie.join(),
        ):
            self.assert_error(error, Err.FENCED_INSTANCE_ID)
        self.assert_error(successor.heartbeat(), Err.NONE)
        self.assertEqual(committed(self.connection, self.group, topic), -1)

    def test_rule_105_an_instance_with_the_id_of_somebody_else(self):
        self.member(instance="one").enter()
        stranger = self.member(instance="one")
        stranger.id, stranger.generation = "somebody", 1
        self.assert_error(stranger.heartbeat(), Err.FENCED_INSTANCE_ID)
        stranger.instance = "two"
        self.assert_error(stranger.heartbeat(), Err.UNKNOWN_MEMBER_ID)


class Crowd(GroupCase):
    def crowd(self, instances):
        """A group that has settled, of one member for each of the names; the leader is the first. None is no name."""
        members = [self.member(rebalance_ms=10_000, instance=instance) for instance in instances]
        leader, *others = members
        count = len(members)
        leader.enter()
        for member in others:
            if member.instance is None:
                member.take_id()
            member.send_join()
        wait_until(lambda: len(describe(self.connection, self.group)["Members"]) == count, "all are waiting")
        answer = leader.join()
        self.assertEqual(len(answer["Members"]), count)
        for member in others:
            self.assert_error(member.receive_join(), Err.NONE)
            member.send_sync()
        self.assert_error(leader.sync(assignments={member.id: member.id.encode() for member in members}), Err.NONE)
        for member in others:
            self.assertEqual(member.connection.receive()["Assignment"], member.id.encode())
        self.assertEqual({member.generation for member in members}, {leader.generation})
        return members

    def test_a_hundred_members_share_a_generation_and_get_each_its_own(self):
        for member in self.crowd([None] * 100):
            self.assert_error(member.heartbeat(), Err.NONE)

    def test_rule_105_static_members_that_are_restarted_one_by_one_move_nobody(self):
        members = self.crowd([str(number) for number in range(20)])
        generation = members[0].generation
        for at, old in enumerate(list(members)):
            again = self.member(instance=old.instance, rebalance_ms=10_000)
            self.assert_error(again.join(), Err.NONE)
            self.assertNotEqual(again.id, old.id)
            self.assertEqual(again.generation, generation)
            self.assertEqual(again.sync()["Assignment"], old.id.encode())
            members[at] = again
        for member in members:
            self.assert_error(member.heartbeat(), Err.NONE)


class Delay(WireGroupCase):
    """Rule 100: an empty group waits for more members after its first."""

    own_broker = {"group_initial_rebalance_delay_ms": 2_000}

    def test_rule_100_members_that_come_within_the_delay_share_the_first_generation(self):
        members = [Member(self.connect(), self.group) for _ in range(3)]
        for member in members:
            member.take_id()
        for member in members:
            member.send_join()
        answers = [member.receive_join() for member in members]
        self.assertEqual([(answer["ErrorCode"], answer["GenerationId"]) for answer in answers], [(0, 1)] * 3)
        self.assertEqual(sorted(len(answer["Members"]) for answer in answers), [0, 0, 3])

    def test_rule_100_the_delay_is_no_longer_than_the_rebalance_time(self):
        member = Member(self.connect(), self.group, rebalance_ms=10)
        self.assert_error(member.join(), Err.NONE)
        self.assertEqual(member.generation, 1)


class Size(WireGroupCase):
    own_broker = {"group_max_size": 2}

    def test_rule_107_one_member_more_than_allowed(self):
        leader = Member(self.connect(), self.group).enter()
        second = Member(self.connect(), self.group)
        second.take_id()
        second.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears of it")
        self.assert_error(leader.join(), Err.NONE)
        self.assert_error(second.receive_join(), Err.NONE)
        self.assert_error(Member(self.connect(), self.group).join(), Err.GROUP_MAX_SIZE_REACHED)
        self.assert_error(leader.sync(assignments={leader.id: b"L", second.id: b"S"}), Err.NONE)
        self.assert_error(leader.heartbeat(), Err.NONE)


class Sessions(WireGroupCase):
    own_broker = {"group_min_session_timeout_ms": 100, "group_max_session_timeout_ms": 60_000}

    def test_rule_98_the_range_of_sessions_is_the_brokers(self):
        self.assert_error(Member(self.connect(), self.group, session_ms=99).take_id(), Err.INVALID_SESSION_TIMEOUT)
        self.assert_error(Member(self.connect(), self.group, session_ms=60_001).take_id(), Err.INVALID_SESSION_TIMEOUT)
        self.assert_error(Member(self.connect(), self.group, session_ms=100).take_id(), Err.MEMBER_ID_REQUIRED)

    def test_rule_113_a_member_that_is_gone_when_the_broker_comes_back_is_dropped_after_its_session(self):
        Member(self.connect(), self.group, session_ms=1_000).enter()
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        await_coordinator(self.connection, self.group)
        wait_until(lambda: state_of(self.connection, self.group) == "Empty", "its session ends")


class TopicOfGroups(WireCase):
    """However the topic comes into being, offsets stay until they are compacted, and groups where they are."""

    own_broker = {}

    def config(self, name):
        asked = [{"ResourceType": 2, "ResourceName": "__consumer_offsets", "ConfigurationKeys": [name]}]
        (found,) = self.connection.call("DescribeConfigs", 4, Resources=asked)["Results"]
        return found["Configs"][0]["Value"]

    def partitions(self):
        (topic,) = self.connection.call("Metadata", 12, Topics=[{"Name": "__consumer_offsets"}])["Topics"]
        return len(topic["Partitions"])

    def test_a_client_that_looks_for_the_topic_makes_it_as_the_broker_does(self):
        asked = [{"Name": "__consumer_offsets"}]
        self.connection.call("Metadata", 9, Topics=asked, AllowAutoTopicCreation=True)
        wait_until(lambda: self.partitions() > 1, "the topic is there")
        self.assertEqual(self.config("cleanup.policy"), "compact")
        group, topic = unique_group(), create_topic(self.broker)
        await_coordinator(self.connection, group)
        self.assertEqual(commit(self.connection, group, topic, 3), 0)

    def test_a_client_that_creates_the_topic_leaves_it_compacted(self):
        if self.on_kafka:
            self.skipTest("Kafka takes num.partitions and cleanup.policy=delete")
        topics = [{"Name": "__consumer_offsets", "NumPartitions": 3, "ReplicationFactor": 1}]
        self.assert_error(self.connection.call("CreateTopics", 7, Topics=topics, TimeoutMs=10_000)["Topics"][0], Err.NONE)
        self.assertEqual((self.partitions(), self.config("cleanup.policy")), (3, "compact"))
        group, topic = unique_group(), create_topic(self.broker)
        await_coordinator(self.connection, group)
        self.assertEqual(commit(self.connection, group, topic, 3), 0)

    def test_the_topic_does_not_grow(self):
        if self.on_kafka:
            self.skipTest("Kafka lets it grow, and loses sight of the groups")
        await_coordinator(self.connection, unique_group())
        before = self.partitions()
        grown = self.connection.call("CreatePartitions", 3, Topics=[{"Name": "__consumer_offsets", "Count": 100, "Assignments": None}], TimeoutMs=10_000)
        self.assert_error(grown["Results"][0], Err.INVALID_TOPIC_EXCEPTION)
        self.assertEqual(self.partitions(), before)


class Many(WireCase):
    """Ten thousand groups: all are kept, listed and found again, and the broker stays small."""

    GROUPS = 10_000
    GROWTH_KIB = 20 * 1024

    own_broker = {}

    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker)
        self.groups = [f"group-{number}" for number in range(self.GROUPS)]
        await_coordinator(self.connection, "first")
        commit(self.connection, "first", self.topic, 1)

    def resident_kib(self):
        with open(f"/proc/{self.broker.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def commit_all(self):
        part = {"PartitionIndex": 0, "CommittedMetadata": ""}
        for begin in range(0, self.GROUPS, 500):
            chunk = range(begin, begin + 500)
            for number in chunk:
                topics = [{"Name": self.topic, "Partitions": [{**part, "CommittedOffset": number}]}]
                self.connection.send("OffsetCommit", 8, GroupId=self.groups[number], Topics=topics, GenerationIdOrMemberEpoch=-1)
            for _ in chunk:
                self.assert_error(self.connection.receive()["Topics"][0]["Partitions"][0], Err.NONE)

    def listed(self):
        return {each["GroupId"] for each in self.connection.call("ListGroups", 4)["Groups"]}

    def test_ten_thousand_groups_that_committed(self):
        before = None if self.on_kafka else self.resident_kib()
        self.commit_all()
        if not self.on_kafka:
            self.assertLess(self.resident_kib() - before, self.GROWTH_KIB)
        self.assertEqual(self.listed(), {"first", *self.groups})
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        await_coordinator(self.connection, "first")
        for number in range(0, self.GROUPS, 997):
            await_coordinator(self.connection, self.groups[number])
            self.assertEqual(committed(self.connection, self.groups[number], self.topic), number)
        wait_until(lambda: len(self.listed()) == self.GROUPS + 1, "every partition is loaded")

    def test_many_open_groups_of_one_connection_and_one_that_works_beside_them(self):
        self.connection.close()
        flood = self.connect()
        protocols = [{"Name": "range", "Metadata": subscription(self.topic)}]
        for number in range(2_000):
            body = {"GroupId": f"open-{number}", "SessionTimeoutMs": 10_000, "RebalanceTimeoutMs": 10_000, "MemberId": ""}
            flood.send("JoinGroup", 9, {**body, "ProtocolType": "consumer", "Protocols": protocols})
        worker_connection = self.connect()
        group = unique_group()
        await_coordinator(worker_connection, group)
        worker = Member(worker_connection, group, [self.topic]).enter()
        self.assert_error(worker.commit(self.topic, 3), Err.NONE)
        for _ in range(2_000):
            self.assert_error(flood.receive(), Err.MEMBER_ID_REQUIRED)


if __name__ == "__main__":
    unittest.main()
