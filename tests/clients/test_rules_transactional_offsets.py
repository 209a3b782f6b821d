"""Rule 69 and its neighbours (23, 61, 108, 110, 111): offsets committed in transactions, over raw requests."""

import unittest

from support.broker import wait_until
from support.errors import Err
from support.groups import Member, await_coordinator, commit, committed, fetch_group, unique_group
from support.topics import create_topic, create_topics, topic_id
from support.transactional_producer import CLASSIC, NEWEST, TransactionalProducer, unique_transactional_id
from wire_case import WireGroupCase, use_module_broker

NEVER = -1


def setUpModule():
    use_module_broker()


class TransactionalOffsetCase(WireGroupCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, 3)
        self.producer = self.new_producer()

    def new_producer(self, name=None, versions=NEWEST, connection=None):
        return TransactionalProducer(connection or self.connection, name, versions).start()

    def member(self, **more):
        return Member(self.connect(), self.group, [self.topic], **more)

    def commit(self, offset, producer=None, **more):
        return (producer or self.producer).commit_offset(self.group, self.topic, offset, **more)

    def plain_commit(self, offset, **more):
        self.assert_error(commit(self.connection, self.group, self.topic, offset, **more), Err.NONE)

    def committed(self, partition=0):
        return committed(self.connection, self.group, self.topic, partition)

    def stable(self, partition=0, version=9):
        """What a reader with require_stable is told: an offset, or the error's name."""
        listed = [{"GroupId": self.group, "Topics": [{"Name": self.topic, "PartitionIndexes": [partition]}]}]
        answer = self.connection.call("OffsetFetch", version, Groups=listed, RequireStable=True)["Groups"][0]
        self.assert_error(answer, Err.NONE)
        part = answer["Topics"][0]["Partitions"][0]
        return Err(part["ErrorCode"]).name if part["ErrorCode"] else part["CommittedOffset"]

    def await_committed(self, offset, partition=0):
        wait_until(lambda: self.stable(partition) == offset, f"the group has {offset}")


class Ending(TransactionalOffsetCase):
    def test_rule_69_offsets_are_there_with_the_commit_and_not_before(self):
        for versions in (NEWEST, CLASSIC):
            producer = self.new_producer(versions=versions)
            if versions is CLASSIC:
                self.assertEqual(producer.add_offsets(self.group), Err.NONE)
            before = self.committed()
            self.assertEqual(self.commit(before + 10, producer), Err.NONE)
            self.assertEqual(self.committed(), before)
            producer.finish(True)
            self.assertEqual(self.committed(), before + 10)

    def test_rule_69_an_abort_drops_them(self):
        self.plain_commit(3)
        self.assertEqual(self.commit(10), Err.NONE)
        self.producer.finish(False)
        self.assertEqual(self.committed(), 3)
        self.assertEqual(self.stable(), 3)

    def test_rule_69_metadata_and_epoch_come_with_them(self):
        self.assertEqual(self.commit(7, Metadata="note", CommittedLeaderEpoch=0), Err.NONE)
        self.producer.finish(True)
        part = fetch_group(self.connection, self.group, [(self.topic, [0])])["Topics"][0]["Partitions"][0]
        self.assertEqual((part["CommittedOffset"], part["Metadata"], part["CommittedLeaderEpoch"]), (7, "note", 0))

    def test_rule_69_the_last_of_several_commits_of_a_transaction_counts(self):
        self.assertEqual(self.commit(7), Err.NONE)
        self.assertEqual(self.commit(5), Err.NONE)
        self.producer.finish(True)
        self.assertEqual(self.committed(), 5)

    def test_rule_69_a_plain_commit_that_came_later_stays(self):
        self.assertEqual(self.commit(10), Err.NONE)
        self.plain_commit(4)
        self.assertEqual(self.committed(), 4)
        self.producer.finish(True)
        self.assertEqual(self.committed(), 4)

    def test_rule_69_a_transactional_commit_after_a_plain_one_wins(self):
        self.plain_commit(20)
        self.assertEqual(self.commit(10), Err.NONE)
        self.producer.finish(True)
        self.assertEqual(self.committed(), 10)

    def test_rule_69_of_two_transactions_the_later_commit_wins_whichever_ends_last(self):
        other = self.new_producer(connection=self.connect())
        self.assertEqual(self.commit(10), Err.NONE)
        self.assertEqual(self.commit(11, other), Err.NONE)
        other.finish(True)
        self.assertEqual(self.committed(), 11)
        self.assertEqual(self.stable(), "UNSTABLE_OFFSET_COMMIT")
        self.producer.finish(True)
        self.assertEqual(self.committed(), 11)

    def test_rule_69_a_newcomer_drops_what_its_predecessor_left(self):
        self.plain_commit(1)
        self.assertEqual(self.commit(10), Err.NONE)
        self.new_producer(self.producer.name)
        self.await_committed(1)
        self.assertEqual(self.producer.end(True)["ErrorCode"], Err.PRODUCER_FENCED)
        self.assertEqual(self.committed(), 1)

    def test_rule_69_several_groups_in_one_transaction(self):
        other = unique_group()
        await_coordinator(self.connection, other)
        self.assertEqual(self.commit(5), Err.NONE)
        self.assertEqual(self.producer.commit_offset(other, self.topic, 6), Err.NONE)
        self.producer.finish(True)
        self.assertEqual((self.committed(), committed(self.connection, other, self.topic)), (5, 6))


class Reading(TransactionalOffsetCase):
    def test_rule_69_who_wants_stable_offsets_is_told_to_wait(self):
        self.plain_commit(3)
        self.plain_commit(4, partition=1)
        self.assertEqual(self.commit(10), Err.NONE)
        self.assertEqual(self.stable(), "UNSTABLE_OFFSET_COMMIT")
        self.assertEqual(self.stable(1), 4)
        self.producer.finish(True)
        self.assertEqual(self.stable(), 10)

    def test_rule_69_in_every_version_that_can_ask_for_it(self):
        self.plain_commit(3)
        self.assertEqual(self.commit(10), Err.NONE)
        asked = [{"Name": self.topic, "PartitionIndexes": [0, 1]}]
        answer = self.connection.call("OffsetFetch", 7, GroupId=self.group, Topics=asked, RequireStable=True)
        shown = [(part["CommittedOffset"], part["Metadata"], Err(part["ErrorCode"])) for part in answer["Topics"][0]["Partitions"]]
        self.assertEqual(shown, [(NEVER, "", Err.UNSTABLE_OFFSET_COMMIT), (NEVER, "", Err.NONE)])
        self.assertEqual(answer["ErrorCode"], Err.NONE)
        for version in (8, 9):
            self.assertEqual(self.stable(version=version), "UNSTABLE_OFFSET_COMMIT")
        named = [{"GroupId": self.group, "Topics": [{"TopicId": topic_id(self.connection, self.topic), "PartitionIndexes": [0]}]}]
        part = self.connection.call("OffsetFetch", 10, Groups=named, RequireStable=True)["Groups"][0]["Topics"][0]["Partitions"][0]
        self.assert_error(part, Err.UNSTABLE_OFFSET_COMMIT)

    def test_rule_69_all_offsets_of_a_group(self):
        self.plain_commit(3)
        self.plain_commit(4, partition=1)
        self.assertEqual(self.commit(10), Err.NONE)
        self.assertEqual(self.commit(12, partition=2), Err.NONE)

        def shown(stable):
            answer = self.connection.call("OffsetFetch", 8, Groups=[{"GroupId": self.group, "Topics": None}], RequireStable=stable)
            parts = [part for topic in answer["Groups"][0]["Topics"] for part in topic["Partitions"]]
            return sorted((part["PartitionIndex"], part["CommittedOffset"], Err(part["ErrorCode"]).name) for part in parts)

        self.assertEqual(shown(False), [(0, 3, "NONE"), (1, 4, "NONE")])
        self.assertEqual(shown(True), [(0, NEVER, "UNSTABLE_OFFSET_COMMIT"), (1, 4, "NONE")])
        self.producer.finish(True)
        self.assertEqual(shown(True), [(0, 10, "NONE"), (1, 4, "NONE"), (2, 12, "NONE")])

    def test_rule_69_a_plain_commit_does_not_make_a_pending_one_stable(self):
        self.assertEqual(self.commit(10), Err.NONE)
        self.plain_commit(4)
        self.assertEqual(self.stable(), "UNSTABLE_OFFSET_COMMIT")
        self.producer.finish(False)
        self.assertEqual(self.stable(), 4)


class Members(TransactionalOffsetCase):
    """KIP-447: whoever says which member it is, is checked as one."""

    def as_member(self, member, **more):
        return {"MemberId": member.id, "GenerationId": member.generation, "GroupInstanceId": member.instance, **more}

    def test_rule_69_a_member_commits_in_its_generation_only(self):
        member = self.member().enter()
        self.assertEqual(self.commit(1, **self.as_member(member)), Err.NONE)
        self.assertEqual(self.commit(2, **self.as_member(member, GenerationId=9)), Err.ILLEGAL_GENERATION)
        self.assertEqual(self.commit(3, **self.as_member(member, MemberId="nobody")), Err.UNKNOWN_MEMBER_ID)
        self.producer.finish(True)
        self.assertEqual(self.committed(), 1)

    def test_rule_69_a_zombie_of_an_older_generation_is_refused(self):
        member = self.member().enter()
        zombie = self.as_member(member)
        second = self.member()
        second.take_id()
        second.send_join()
        wait_until(lambda: member.heartbeat() == Err.REBALANCE_IN_PROGRESS, "a rebalance gathers")
        self.assertEqual(self.commit(1, **zombie), Err.NONE)
        member.join()
        second.receive_join()
        self.assertEqual(self.commit(2, **zombie), Err.ILLEGAL_GENERATION)
        # Between the join and the sync a plain commit would have to wait.
        self.assertEqual(self.commit(3, **self.as_member(member)), Err.NONE)

    def test_rule_69_an_instance_that_was_replaced_is_fenced(self):
        member = self.member(instance="i").enter()
        zombie = self.as_member(member)
        self.member(instance="i").enter()
        self.assertEqual(self.commit(1, **zombie), Err.FENCED_INSTANCE_ID)
        self.assertEqual(self.commit(1, GroupInstanceId="nobody"), Err.UNKNOWN_MEMBER_ID)

    def test_rule_69_who_does_not_say_who_it_is_may_commit_to_a_group_with_members(self):
        self.member().enter()
        for version in range(6):
            if version < 5:
                self.assertEqual(self.producer.add_offsets(self.group), Err.NONE)
            self.assertEqual(self.commit(version, version=version), Err.NONE)
        self.producer.finish(True)
        self.assertEqual(self.committed(), 5)

    def test_rule_69_a_generation_of_a_group_nobody_knows(self):
        for version in (3, 4, 5):
            self.assertEqual(self.producer.add_offsets(self.group), Err.NONE)
            self.assertEqual(self.commit(1, version=version, MemberId="m", GenerationId=1), Err.ILLEGAL_GENERATION)

    def test_rule_69_members_of_the_new_protocol(self):
        connection = self.connect()
        body = {"GroupId": self.group, "MemberId": "m1", "RebalanceTimeoutMs": 10_000, "TopicPartitions": []}
        epoch = connection.call("ConsumerGroupHeartbeat", 1, MemberEpoch=0, SubscribedTopicNames=[self.topic], **body)["MemberEpoch"]
        member = {"MemberId": "m1", "GenerationId": epoch}
        self.assertEqual(self.commit(1), Err.NONE)
        self.assertEqual(self.commit(2, **member), Err.NONE)
        self.assertEqual(self.commit(3, **member | {"GenerationId": epoch + 1}), Err.ILLEGAL_GENERATION)
        self.assertEqual(self.commit(4, **member | {"MemberId": "m2"}), Err.UNKNOWN_MEMBER_ID)
        self.assertEqual(self.commit(5, **member | {"GenerationId": -1}), Err.ILLEGAL_GENERATION)
        self.assertEqual(self.producer.add_offsets(self.group), Err.NONE)
        self.assertEqual(self.commit(6, version=3, **member), Err.NONE)
        self.producer.finish(True)
        self.assertEqual(self.committed(), 6)


class Refusals(TransactionalOffsetCase):
    def test_rule_61_a_classic_commit_needs_its_group_in_the_transaction(self):
        for version in range(4):
            self.assertEqual(self.commit(1, version=version), Err.INVALID_TXN_STATE)
        self.assertEqual(self.commit(1, version=4), Err.TRANSACTION_ABORTABLE)
        self.assertEqual(self.committed(), NEVER)
        self.assertEqual(self.stable(), NEVER)

    def test_rule_61_from_version_5_on_it_is_added_by_the_commit(self):
        self.assertEqual(self.commit(1), Err.NONE)
        self.assertEqual(self.producer.state(), "Ongoing")
        topics = [each["Topic"] for each in self.producer.description()["Topics"]]
        self.assertEqual(topics, ["__consumer_offsets"])

    def test_wrong_ids_and_epochs(self):
        wrong = [
            ({"ProducerEpoch": self.producer.epoch + 1}, Err.INVALID_PRODUCER_EPOCH),
            ({"ProducerEpoch": -1}, Err.INVALID_PRODUCER_EPOCH),
            ({"ProducerId": self.producer.id + 1000}, Err.INVALID_PRODUCER_ID_MAPPING),
            ({"ProducerId": -1, "ProducerEpoch": -1}, Err.INVALID_PRODUCER_ID_MAPPING),
            ({"TransactionalId": unique_transactional_id()}, Err.INVALID_PRODUCER_ID_MAPPING),
            ({"TransactionalId": ""}, Err.INVALID_REQUEST),
        ]
        for fields, error in wrong:
            for version in range(6):
                with self.subTest(fields=fields, version=version):
                    self.assertEqual(self.commit(1, version=version, **fields), error)
        self.assertEqual(self.committed(), NEVER)

    def test_a_zombie_of_an_older_epoch(self):
        self.assertEqual(self.commit(1), Err.NONE)
        new = self.new_producer(self.producer.name, connection=self.connect())
        self.await_committed(NEVER)
        for version in range(6):
            with self.subTest(version=version):
                self.assertEqual(self.commit(2, version=version), Err.INVALID_PRODUCER_EPOCH)
        self.assertEqual(self.commit(3, new), Err.NONE)
        new.finish(True)
        self.assertEqual(self.committed(), 3)

    def test_rule_61_a_transaction_that_has_ended_takes_no_more(self):
        producer = self.new_producer(versions=CLASSIC)
        self.assertEqual(producer.add_offsets(self.group), Err.NONE)
        self.assertEqual(self.commit(1, producer), Err.NONE)
        producer.finish(True)
        for version in range(4):
            self.assertEqual(self.commit(2, producer, version=version), Err.INVALID_TXN_STATE)
        self.assertEqual(self.commit(2, producer), Err.TRANSACTION_ABORTABLE)
        self.assertEqual(self.stable(), 1)

    def test_topics_and_partitions_that_are_not_there(self):
        self.assertEqual(self.commit(1, partition=3), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assertEqual(self.producer.commit_offset(self.group, "no-such-topic", 1), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_108_metadata_that_is_too_long(self):
        self.assertEqual(self.commit(1, Metadata="m" * 4097), Err.OFFSET_METADATA_TOO_LARGE)
        self.assertEqual(self.commit(1, Metadata=None), Err.NONE)

    def test_rule_98_a_group_without_a_name(self):
        self.assertEqual(self.producer.commit_offset("", self.topic, 1), Err.INVALID_GROUP_ID)


class Removing(TransactionalOffsetCase):
    def test_rule_111_a_deleted_offset_does_not_come_back_with_the_commit(self):
        self.plain_commit(3)
        self.assertEqual(self.commit(10), Err.NONE)
        topics = [{"Name": self.topic, "Partitions": [{"PartitionIndex": 0}]}]
        self.assert_error(self.connection.call("OffsetDelete", 0, GroupId=self.group, Topics=topics), Err.NONE)
        self.assertEqual(self.stable(), NEVER)
        self.producer.finish(True)
        self.assertEqual(self.committed(), NEVER)

    def test_rule_111_a_deleted_group_does_not_come_back_with_the_commit(self):
        self.assertEqual(self.commit(10), Err.NONE)
        answer = self.connection.call("DeleteGroups", 2, GroupsNames=[self.group])["Results"][0]
        self.assert_error(answer, Err.NONE)
        self.producer.finish(True)
        self.assertEqual(self.committed(), NEVER)

    def test_rule_110_a_deleted_topic_takes_pending_offsets_along(self):
        self.assertEqual(self.commit(10), Err.NONE)
        self.assert_error(self.connection.call("DeleteTopics", 6, Topics=[{"Name": self.topic}], TimeoutMs=10_000)["Responses"][0], Err.NONE)
        create_topics(self.broker, [self.topic], 3)
        self.producer.finish(True)
        self.assertEqual(self.committed(), NEVER)


class Restarting(TransactionalOffsetCase):
    """13.13: what was pending is pending after a SIGKILL, and what ended has ended."""

    own_broker = {}

    def kill(self):
        self.broker.kill()
        self.broker.restart()
        self.connection = self.producer.connection = self.connect()
        await_coordinator(self.connection, self.group)
        wait_until(lambda: self.producer.description()["ErrorCode"] == Err.NONE, "the transaction's coordinator is there")

    def test_rule_13_13_an_open_transaction_goes_on_after_a_kill(self):
        for committed, expected in ((True, 10), (False, 3)):
            with self.subTest(committed=committed):
                self.plain_commit(3)
                self.assertEqual(self.commit(10), Err.NONE)
                self.kill()
                self.assertEqual(self.stable(), "UNSTABLE_OFFSET_COMMIT")
                self.assertEqual(self.committed(), 3)
                self.producer.finish(committed)
                self.assertEqual(self.stable(), expected)
                self.kill()
                self.assertEqual(self.stable(), expected)

    def test_rule_69_which_commit_was_the_later_is_known_after_a_kill(self):
        self.assertEqual(self.commit(10), Err.NONE)
        self.plain_commit(4)
        self.kill()
        self.producer.finish(True)
        self.assertEqual(self.stable(), 4)

    def test_rule_68_a_transaction_whose_producer_is_gone_is_aborted(self):
        producer = TransactionalProducer(self.connection, timeout_ms=1000).start()
        self.plain_commit(3)
        self.assertEqual(self.commit(10, producer), Err.NONE)
        self.kill()
        wait_until(lambda: self.stable() == 3, "the transaction is aborted", 60)


if __name__ == "__main__":
    unittest.main()
