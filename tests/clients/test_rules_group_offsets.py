"""Rules 108 to 113, 13.2, 13.13, 13.14, 14.4, 14.5 and 14.21: committed offsets and groups that end, over raw requests."""

import unittest

from support.broker import wait_until
from support.errors import Err
from support.groups import Member, await_coordinator, commit, committed, describe, fetch_group, state_of, unique_group
from support.topics import append, create_topic, create_topics, topic_id
from wire_case import WireGroupCase, use_module_broker

NEVER = -1


def setUpModule():
    use_module_broker()


class OffsetCase(WireGroupCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, 3)

    def member(self, **more):
        return Member(self.connect(), self.group, [self.topic], **more)

    def commit(self, offset=5, version=9, **more):
        return Err(commit(self.connection, self.group, self.topic, offset, version, **more))

    def committed(self, partition=0):
        return committed(self.connection, self.group, self.topic, partition)


class Committing(OffsetCase):
    def test_rule_108_every_version_commits_from_outside_of_an_empty_group(self):
        self.assertEqual(self.commit(1), Err.NONE)
        for version in range(2, 10):
            self.assertEqual(self.commit(version, version), Err.NONE)
            self.assertEqual(self.committed(), version)
        self.assertEqual(Err(commit(self.connection, self.group, topic_id(self.connection, self.topic), 10, 10)), Err.NONE)
        self.assertEqual(self.committed(), 10)

    def test_rule_13_1_the_versions_of_old_clients(self):
        if self.on_kafka:
            self.skipTest("Kafka 4 has dropped them")
        for version in (0, 1):
            self.assertEqual(self.commit(20 + version, version), Err.NONE)
            self.assertEqual(self.committed(), 20 + version)

    def test_rule_108_from_outside_while_members_live(self):
        self.member().enter()
        self.assertEqual(self.commit(), Err.UNKNOWN_MEMBER_ID)

    def test_rule_108_a_member_commits_in_its_generation_only(self):
        member = self.member().enter()
        self.assertEqual(member.commit(self.topic, 3), Err.NONE)
        self.assert_error(member.commit(self.topic, 3, generation=9), Err.ILLEGAL_GENERATION)
        self.assert_error(member.commit(self.topic, 3, member="nobody"), Err.UNKNOWN_MEMBER_ID)
        self.assertEqual(self.committed(), 3)

    def test_rule_108_and_14_21_between_join_and_sync(self):
        member = self.member()
        member.join()
        self.assert_error(member.commit(self.topic, 1), Err.REBALANCE_IN_PROGRESS)

    def test_rule_13_6_a_commit_while_a_rebalance_gathers_is_accepted(self):
        member = self.member().enter()
        second = self.member()
        second.take_id()
        second.send_join()
        wait_until(lambda: member.heartbeat() == Err.REBALANCE_IN_PROGRESS, "a rebalance gathers")
        self.assert_error(member.commit(self.topic, 4), Err.NONE)
        self.assertEqual(self.committed(), 4)

    def test_rule_108_and_14_21_a_generation_of_a_group_nobody_knows(self):
        self.assertEqual(self.commit(generation=1, member="m", version=8), Err.ILLEGAL_GENERATION)
        self.assertEqual(self.commit(generation=1, member="m", version=9), Err.GROUP_ID_NOT_FOUND)

    def test_rule_108_metadata_that_is_too_long(self):
        self.assertEqual(self.commit(metadata="m" * 4096), Err.NONE)
        self.assertEqual(self.commit(metadata="m" * 4097), Err.OFFSET_METADATA_TOO_LARGE)

    def test_topics_and_partitions_that_are_not_there(self):
        self.assertEqual(self.commit(partition=3), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assertEqual(Err(commit(self.connection, self.group, "no-such-topic", 1)), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assertEqual(Err(commit(self.connection, self.group, bytes(15) + b"\x01", 1, 10)), Err.UNKNOWN_TOPIC_ID)

    def test_a_thousand_commits_in_a_row_are_answered_in_order(self):
        part = {"PartitionIndex": 0, "CommittedMetadata": ""}
        for offset in range(1000):
            topics = [{"Name": self.topic, "Partitions": [{**part, "CommittedOffset": offset}]}]
            self.connection.send("OffsetCommit", 8, GroupId=self.group, Topics=topics, GenerationIdOrMemberEpoch=-1)
        for _ in range(1000):
            self.assert_error(self.connection.receive()["Topics"][0]["Partitions"][0], Err.NONE)
        self.assertEqual(self.committed(), 999)


class Fetching(OffsetCase):
    def test_rule_109_and_13_2_what_was_never_committed(self):
        for version in range(1 if self.on_kafka else 0, 8):
            asked = [{"Name": self.topic, "PartitionIndexes": [0, 7]}]
            answer = self.connection.call("OffsetFetch", version, GroupId=self.group, Topics=asked)
            shown = [(part["CommittedOffset"], part["Metadata"], part["ErrorCode"]) for part in answer["Topics"][0]["Partitions"]]
            self.assertEqual(shown, [(NEVER, "", 0)] * 2)
        for version in (8, 9):
            answer = fetch_group(self.connection, self.group, [(self.topic, [0])], version)
            self.assertEqual(answer["Topics"][0]["Partitions"][0]["CommittedOffset"], NEVER)

    def test_rule_109_everything_that_was_committed(self):
        self.commit(5, epoch=0, metadata="text")
        self.commit(6, partition=2)
        for version in range(2, 8):
            answer = self.connection.call("OffsetFetch", version, GroupId=self.group, Topics=None)
            parts = [(part["PartitionIndex"], part["CommittedOffset"], part["Metadata"]) for part in answer["Topics"][0]["Partitions"]]
            self.assertEqual(sorted(parts), [(0, 5, "text"), (2, 6, "")])
        answer = fetch_group(self.connection, self.group)
        self.assertEqual([topic["Name"] for topic in answer["Topics"]], [self.topic])
        first = min(answer["Topics"][0]["Partitions"], key=lambda part: part["PartitionIndex"])
        self.assertEqual((first["CommittedOffset"], first["CommittedLeaderEpoch"], first["Metadata"]), (5, 0, "text"))

    def test_rule_109_many_groups_at_once_by_name_and_by_id(self):
        other = unique_group()
        await_coordinator(self.connection, other)
        self.commit(5)
        commit(self.connection, other, self.topic, 6)
        by_name = [{"GroupId": group, "Topics": [{"Name": self.topic, "PartitionIndexes": [0]}]} for group in (self.group, other)]
        answer = self.connection.call("OffsetFetch", 9, Groups=by_name, RequireStable=True)
        shown = [(each["GroupId"], each["Topics"][0]["Partitions"][0]["CommittedOffset"]) for each in answer["Groups"]]
        self.assertEqual(shown, [(self.group, 5), (other, 6)])
        found = fetch_group(self.connection, self.group, [(topic_id(self.connection, self.topic), [0])], 10)
        self.assertEqual(found["Topics"][0]["Partitions"][0]["CommittedOffset"], 5)
        lost = fetch_group(self.connection, self.group, [(bytes(15) + b"\x01", [0])], 10)
        self.assert_error(lost["Topics"][0]["Partitions"][0], Err.UNKNOWN_TOPIC_ID)


class Ending(OffsetCase):
    def delete(self, version=2):
        return self.connection.call("DeleteGroups", version, GroupsNames=[self.group])["Results"][0]["ErrorCode"]

    def delete_offset(self, partition=0):
        topics = [{"Name": self.topic, "Partitions": [{"PartitionIndex": partition}]}]
        return self.connection.call("OffsetDelete", 0, GroupId=self.group, Topics=topics)

    def test_rule_111_and_14_5_a_group_is_deleted_when_nobody_is_in_it(self):
        self.assert_error(self.delete(), Err.GROUP_ID_NOT_FOUND)
        member = self.member().enter()
        member.commit(self.topic, 3)
        self.assert_error(self.delete(), Err.NON_EMPTY_GROUP)
        member.leave()
        self.assert_error(self.delete(), Err.NONE)
        self.assert_error(self.delete(0), Err.GROUP_ID_NOT_FOUND)
        self.assertEqual((self.committed(), state_of(self.connection, self.group)), (NEVER, "Dead"))

    def test_rule_111_and_14_5_offsets_of_a_subscribed_topic_stay(self):
        self.assert_error(self.delete_offset(), Err.GROUP_ID_NOT_FOUND)
        member = self.member().enter()
        member.commit(self.topic, 3)
        refused = self.delete_offset()
        self.assert_error(refused["Topics"][0]["Partitions"][0], Err.GROUP_SUBSCRIBED_TO_TOPIC)
        member.leave()
        self.assert_error(self.delete_offset()["Topics"][0]["Partitions"][0], Err.NONE)
        self.assertEqual(self.committed(), NEVER)

    def test_rule_13_14_a_deleted_topic_loses_its_offsets(self):
        self.commit(9)
        gone = self.connection.call("DeleteTopics", 5, TopicNames=[self.topic], TimeoutMs=10_000)["Responses"][0]
        self.assert_error(gone, Err.NONE)
        wait_until(lambda: not fetch_group(self.connection, self.group)["Topics"], "the offsets are gone", 10)
        if not self.on_kafka:
            create_topics(self.broker, [self.topic], 3)
            self.assertEqual(self.committed(), NEVER)


class Restarting(WireGroupCase):
    """Rules 113 and 13.13: what a group was is there again after SIGKILL, and its members notice nothing but the pause."""

    own_broker = {}

    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker)

    def come_back(self, stop):
        stop()
        self.broker.restart()
        self.connection = self.connect()
        await_coordinator(self.connection, self.group)

    def described(self):
        """Without our tagged field: why the group rebalanced last is not kept."""
        return {name: value for name, value in describe(self.connection, self.group).items() if name != "_tags"}

    def check_survival(self, stop):
        member = Member(self.connect(), self.group, [self.topic]).enter()
        self.assert_error(member.commit(self.topic, 7, metadata="m", epoch=0), Err.NONE)
        before = self.described()
        self.come_back(stop)
        member.connection = self.connect()
        self.assertEqual(self.described(), before)
        self.assertEqual(committed(self.connection, self.group, self.topic), 7)
        self.assert_error(member.heartbeat(), Err.NONE)
        self.assertEqual(member.sync()["Assignment"], b"all")
        self.assert_error(member.commit(self.topic, 8), Err.NONE)
        self.assertEqual(committed(self.connection, self.group, self.topic), 8)

    def test_rule_113_and_13_13_after_a_kill(self):
        self.check_survival(self.broker.kill)

    def test_rule_113_after_an_orderly_stop(self):
        self.check_survival(self.broker.stop)

    def test_deleted_groups_and_offsets_stay_deleted(self):
        commit(self.connection, self.group, self.topic, 7)
        self.connection.call("DeleteGroups", 2, GroupsNames=[self.group])
        self.come_back(self.broker.kill)
        self.assertEqual(committed(self.connection, self.group, self.topic), NEVER)
        self.assertEqual(state_of(self.connection, self.group), "Dead")

    def test_a_topic_deleted_before_its_groups_were_loaded_loses_its_offsets(self):
        commit(self.connection, self.group, self.topic, 7)
        self.broker.kill()
        self.broker.restart()
        with self.broker.connect() as connection:
            connection.call("DeleteTopics", 5, TopicNames=[self.topic], TimeoutMs=10_000)
        self.connection = self.connect()
        create_topics(self.broker, [self.topic])
        append(self.connection, self.topic, b"new")
        await_coordinator(self.connection, self.group)
        self.assertEqual(committed(self.connection, self.group, self.topic), NEVER)

    def test_a_stop_answers_those_who_wait_and_does_not_hang(self):
        leader = Member(self.connect(), self.group, [self.topic]).enter()
        waits = Member(self.connect(), self.group, [self.topic])
        waits.take_id()
        waits.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "it waits")
        if self.on_kafka:
            self.broker.stop()
            return
        self.assertEqual(self.broker.stop(), 0)
        self.assert_error(waits.connection.receive(), Err.NOT_COORDINATOR)


if __name__ == "__main__":
    unittest.main()
