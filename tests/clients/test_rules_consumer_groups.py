"""Rules 115 to 126 and 13.16, 14.11, 14.21: groups of KIP-848, over raw requests."""

import secrets
import unittest
import uuid

from support.broker import wait_until
from support.errors import Err
from support.groups import Member as ClassicMember
from support.groups import await_coordinator, commit, committed, describe, fetch_group, state_of, subscription, unique_group
from support.topics import create_topic, topic_id
from wire_case import WireCase, WireGroupCase, use_module_broker

LEAVE, LEAVE_FOR_A_WHILE = -1, -2


def setUpModule():
    use_module_broker()


class Member:
    """One member that tells what it owns as a real one does: it gives up at once what is taken from it."""

    def __init__(self, connection, group, topics, **more):
        self.connection = connection
        self.group = group
        self.topics = topics
        self.id = more.pop("id", str(uuid.UUID(bytes=secrets.token_bytes(16))))
        self.instance = more.pop("instance", None)
        self.rebalance_ms = more.pop("rebalance_ms", 10_000)
        self.more = more
        self.epoch = 0
        self.owned = {}

    def beat(self, version=1, **more):
        """The answer to one heartbeat; epoch and partitions are remembered from it."""
        body = {"GroupId": self.group, "MemberId": self.id, "MemberEpoch": self.epoch, "InstanceId": self.instance, **self.more}
        if self.epoch == 0:
            body |= {"SubscribedTopicNames": self.topics, "RebalanceTimeoutMs": self.rebalance_ms, "TopicPartitions": []}
        else:
            body["TopicPartitions"] = [{"TopicId": topic, "Partitions": parts} for topic, parts in self.owned.items()]
        answer = self.connection.call("ConsumerGroupHeartbeat", version, {**body, **more})
        if answer["ErrorCode"] == Err.NONE:
            self.epoch = answer["MemberEpoch"]
            if answer["Assignment"] is not None:
                self.owned = {each["TopicId"]: list(each["Partitions"]) for each in answer["Assignment"]["TopicPartitions"]}
        return answer

    def parts(self):
        return sorted(part for parts in self.owned.values() for part in parts)

    def leave(self, epoch=LEAVE):
        return self.connection.call(
            "ConsumerGroupHeartbeat", 1, GroupId=self.group, MemberId=self.id, MemberEpoch=epoch, InstanceId=self.instance
        )


class GroupCase(WireCase):
    PARTITIONS = 4

    def setUp(self):
        super().setUp()
        self.group = unique_group()
        await_coordinator(self.connection, self.group)
        self.topic = create_topic(self.broker, self.PARTITIONS)

    def member(self, **more):
        return Member(self.connect(), self.group, [self.topic], **more)

    def shown(self, version=1):
        return self.connection.call("ConsumerGroupDescribe", version, GroupIds=[self.group])["Groups"][0]

    def settle(self, *members):
        """Beats until every partition has an owner and the group says that it is stable."""

        def settled():
            for member in members:
                self.assert_error(member.beat(), Err.NONE)
            owned = sorted(part for member in members for part in member.parts())
            return owned == list(range(self.PARTITIONS)) and self.shown()["GroupState"] == "Stable"

        wait_until(settled, "all have what they are to have")


class Joining(GroupCase):
    def test_rule_115_the_first_member_gets_everything(self):
        member = self.member()
        answer = member.beat()
        self.assert_error(answer, Err.NONE)
        self.assertEqual(answer["MemberId"], member.id)
        self.assertGreater(answer["HeartbeatIntervalMs"], 0)
        self.settle(member)
        self.assertEqual(member.owned, {topic_id(self.connection, self.topic): [0, 1, 2, 3]})
        self.assertGreaterEqual(member.epoch, 1)

    def test_rule_115_version_0_is_given_an_id(self):
        answer = self.member(id="").beat(0)
        self.assert_error(answer, Err.NONE)
        self.assertTrue(answer["MemberId"])

    def test_rule_115_a_join_needs_subscription_time_and_no_partitions(self):
        for wrong in (
            {"SubscribedTopicNames": None},
            {"RebalanceTimeoutMs": -1},
            {"TopicPartitions": None},
            {"TopicPartitions": [{"TopicId": bytes(15) + b"\x01", "Partitions": [0]}]},
            {"MemberId": ""},
            {"GroupId": ""},
            {"MemberEpoch": -3},
            {"InstanceId": ""},
            {"RackId": ""},
        ):
            self.assert_error(self.member().beat(**wrong), Err.INVALID_REQUEST)

    def test_rule_119_an_unknown_assignor(self):
        self.assert_error(self.member().beat(ServerAssignor="mine"), Err.UNSUPPORTED_ASSIGNOR)

    def test_rule_115_a_member_that_leaves_frees_what_it_had(self):
        first, second = self.member(), self.member()
        self.settle(first)
        second.beat()
        self.settle(first, second)
        self.assertEqual(len(first.parts()), 2)
        answer = first.leave()
        self.assertEqual((answer["ErrorCode"], answer["MemberEpoch"]), (0, LEAVE))
        self.settle(second)
        self.assertEqual(second.leave()["ErrorCode"], 0)
        self.assertEqual(self.shown()["GroupState"], "Empty")


class Reconciling(GroupCase):
    def test_rule_117_what_the_other_still_owns_is_withheld(self):
        first, second = self.member(), self.member()
        self.settle(first)
        second.beat()
        taken = first.parts()
        for _ in range(3):
            second.beat()
        self.assertEqual(second.parts(), [])
        wait_until(lambda: first.beat() and len(first.parts()) == 2, "the first is told to give up two")
        self.settle(first, second)
        self.assertEqual(sorted(first.parts() + second.parts()), taken)

    def test_rule_116_wrong_epochs_and_strangers(self):
        member = self.member()
        self.settle(member)
        self.assert_error(member.beat(MemberEpoch=member.epoch + 1), Err.FENCED_MEMBER_EPOCH)
        self.assert_error(member.beat(MemberId="stranger"), Err.UNKNOWN_MEMBER_ID)
        self.assert_error(member.beat(), Err.NONE)

    def test_rule_118_a_member_that_does_not_give_up_is_fenced(self):
        first, second = self.member(rebalance_ms=1_500), self.member()
        self.settle(first)
        kept = dict(first.owned)
        second.beat()

        def is_fenced():
            second.beat()
            more = [{"TopicId": topic, "Partitions": parts} for topic, parts in kept.items()]
            return first.beat(TopicPartitions=more)["ErrorCode"] in (Err.UNKNOWN_MEMBER_ID, Err.FENCED_MEMBER_EPOCH)

        wait_until(is_fenced, "it is fenced")
        self.settle(second)

    def test_rule_121_an_assignment_is_repeated_only_when_everything_is_told(self):
        member = self.member()
        self.settle(member)
        self.assertIsNone(member.beat(TopicPartitions=None)["Assignment"])
        full = {"SubscribedTopicNames": [self.topic], "RebalanceTimeoutMs": 10_000}
        self.assertIsNotNone(member.beat(**full)["Assignment"])

    def test_a_topic_that_grows_or_comes_into_being_is_noticed(self):
        later = f"{self.topic}-later"
        member = Member(self.connect(), self.group, [self.topic, later])
        self.settle(member)
        self.connection.call("CreatePartitions", 3, Topics=[{"Name": self.topic, "Count": 6, "Assignments": None}], TimeoutMs=10_000)
        wait_until(lambda: member.beat() and member.parts() == [0, 1, 2, 3, 4, 5], "the new partitions come")
        self.connection.call("CreateTopics", 7, Topics=[{"Name": later, "NumPartitions": 1, "ReplicationFactor": 1}], TimeoutMs=10_000)
        wait_until(lambda: member.beat() and len(member.owned) == 2, "the new topic comes")
        self.connection.call("DeleteTopics", 5, TopicNames=[later], TimeoutMs=10_000)
        wait_until(lambda: member.beat() and len(member.owned) == 1, "it goes")

    def test_rule_120_regular_expressions(self):
        member = Member(self.connect(), self.group, [], SubscribedTopicRegex=f"{self.topic[:-1]}.*")
        self.settle(member)
        bad = Member(self.connect(), self.group, [], SubscribedTopicRegex="a(b")
        self.assert_error(bad.beat(), Err.INVALID_REGULAR_EXPRESSION)


class Static(GroupCase):
    def test_rule_123_and_14_11_a_second_holder_is_refused_and_the_first_stays(self):
        first = self.member(instance="one")
        self.settle(first)
        self.assert_error(self.member(instance="one").beat(), Err.UNRELEASED_INSTANCE_ID)
        self.assert_error(first.beat(), Err.NONE)

    def test_rule_115_a_static_member_that_leaves_for_a_while_gets_its_own_back(self):
        first, other = self.member(instance="one"), self.member()
        self.settle(first)
        other.beat()
        self.settle(first, other)
        had = first.parts()
        answer = first.leave(LEAVE_FOR_A_WHILE)
        self.assertEqual((answer["ErrorCode"], answer["MemberEpoch"]), (0, LEAVE_FOR_A_WHILE))
        other.beat()
        self.assertEqual(len(other.parts()), 2)
        again = self.member(instance="one")
        self.settle(again, other)
        self.assertEqual(again.parts(), had)


class Offsets(GroupCase):
    def commit(self, member, epoch=None, version=9):
        epoch = member.epoch if epoch is None else epoch
        return Err(commit(self.connection, self.group, self.topic, 3, version, member=member.id, generation=epoch))

    def test_rule_122_members_commit_in_their_epoch(self):
        member = self.member()
        self.settle(member)
        self.assertEqual(self.commit(member), Err.NONE)
        self.assertEqual(committed(self.connection, self.group, self.topic), 3)
        self.assertEqual(self.commit(member, member.epoch + 1), Err.STALE_MEMBER_EPOCH)
        stranger = self.member()
        self.assertEqual(self.commit(stranger, 1), Err.UNKNOWN_MEMBER_ID)

    def test_rule_14_21_version_8_does_not_know_stale_epochs(self):
        member = self.member()
        self.settle(member)
        self.assertEqual(self.commit(member, member.epoch + 1, version=8), Err.UNSUPPORTED_VERSION)

    def test_rule_109_members_fetch_in_their_epoch(self):
        member = self.member()
        self.settle(member)
        for epoch, error in ((member.epoch, Err.NONE), (member.epoch + 1, Err.STALE_MEMBER_EPOCH)):
            self.assert_error(fetch_group(self.connection, self.group, None, 9, MemberId=member.id, MemberEpoch=epoch), error)
        self.assert_error(fetch_group(self.connection, self.group, None, 9, MemberId="x", MemberEpoch=1), Err.UNKNOWN_MEMBER_ID)


class Describing(GroupCase):
    def test_rule_125_a_group_is_described_with_its_members(self):
        member = self.member()
        self.settle(member)
        for version in (0, 1):
            shown = self.shown(version)
            self.assertEqual((shown["ErrorCode"], shown["GroupState"], shown["AssignorName"]), (0, "Stable", "uniform"))
            self.assertEqual((shown["GroupEpoch"], shown["AssignmentEpoch"]), (member.epoch, member.epoch))
            (each,) = shown["Members"]
            self.assertEqual((each["MemberId"], each["MemberEpoch"], each["SubscribedTopicNames"]), (member.id, member.epoch, [self.topic]))
            (assigned,) = each["Assignment"]["TopicPartitions"]
            self.assertEqual((assigned["TopicName"], sorted(assigned["Partitions"])), (self.topic, [0, 1, 2, 3]))
        self.assertEqual(shown["Members"][0]["MemberType"], 1)

    def test_rule_125_each_api_knows_its_own_groups(self):
        self.assert_error(self.shown(), Err.GROUP_ID_NOT_FOUND)
        member = self.member()
        self.settle(member)
        old = describe(self.connection, self.group)
        self.assertEqual((old["ErrorCode"], old["GroupState"]), (Err.GROUP_ID_NOT_FOUND, "Dead"))
        classic = unique_group()
        await_coordinator(self.connection, classic)
        ClassicMember(self.connect(), classic).enter()
        shown = self.connection.call("ConsumerGroupDescribe", 0, GroupIds=[classic])["Groups"][0]
        self.assert_error(shown, Err.GROUP_ID_NOT_FOUND)

    def test_rule_112_it_is_listed_by_its_type(self):
        self.settle(self.member())
        found = {each["GroupId"]: each for each in self.connection.call("ListGroups", 5, TypesFilter=["consumer"])["Groups"]}
        shown = [found[self.group][name] for name in ("ProtocolType", "GroupState", "GroupType")]
        self.assertEqual(shown, ["consumer", "Stable", "consumer"])

    def test_rule_111_it_is_deleted_when_nobody_is_in_it(self):
        member = self.member()
        self.settle(member)
        delete = {"GroupsNames": [self.group]}
        self.assert_error(self.connection.call("DeleteGroups", 2, delete)["Results"][0], Err.NON_EMPTY_GROUP)
        member.leave()
        self.assert_error(self.connection.call("DeleteGroups", 2, delete)["Results"][0], Err.NONE)


class Migrating(GroupCase):
    def test_rule_124_an_empty_classic_group_becomes_a_new_one_and_back(self):
        commit(self.connection, self.group, self.topic, 3)
        member = self.member()
        self.settle(member)
        self.assertEqual(committed(self.connection, self.group, self.topic), 3)
        member.leave()
        ClassicMember(self.connect(), self.group, [self.topic]).enter()
        self.assertEqual(state_of(self.connection, self.group), "Stable")
        self.assertEqual(committed(self.connection, self.group, self.topic), 3)

    def test_rule_124_a_live_classic_group_is_upgraded_by_a_new_member(self):
        protocols = [("range", subscription(self.topic))]
        old = ClassicMember(self.connect(), self.group, [self.topic], protocols=protocols).join()
        self.assert_error(old, Err.NONE)
        classic = ClassicMember(self.connect(), self.group, [self.topic], protocols=protocols)
        classic.id, classic.generation = old["MemberId"], old["GenerationId"]
        # Version 0 of an assignment of nothing.
        self.assert_error(classic.sync(assignments={classic.id: bytes(2) + bytes(4) + b"\xff" * 4}), Err.NONE)
        member = self.member()
        self.assert_error(member.beat(), Err.NONE)
        shown = self.shown()
        self.assertEqual({each["MemberType"] for each in shown["Members"]}, {0, 1})


class Restarting(WireGroupCase):
    PARTITIONS = 4
    own_broker = {"group_consumer_session_timeout_ms": 20_000}

    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, self.PARTITIONS)

    def test_rule_113_and_13_13_members_go_on_after_a_kill(self):
        member = Member(self.connect(), self.group, [self.topic])
        wait_until(lambda: member.beat() and len(member.parts()) == self.PARTITIONS, "it owns all")
        epoch, owned = member.epoch, dict(member.owned)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        await_coordinator(self.connection, self.group)
        member.connection = self.connect()
        self.assert_error(member.beat(), Err.NONE)
        self.assertEqual((member.epoch, member.owned), (epoch, owned))


if __name__ == "__main__":
    unittest.main()
