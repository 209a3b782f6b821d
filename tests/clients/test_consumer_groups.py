"""Real clients as members of groups of the new protocol (group.protocol=consumer), alone, mixed and with classic members.

What holds for all is what holds in test_groups: every record is processed, and what a member was told is committed never goes back.
"""

import itertools
import subprocess
import unittest

import agents
import test_groups
from support.broker import wait_until
from support.errors import Err
from support.groups import committed
from support.topics import create_topics
from test_groups import SETTLE_S, GroupCase

QUICK = {
    "group_consumer_session_timeout_ms": 6000,
    "group_consumer_heartbeat_interval_ms": 500,
    # The last two are for a Kafka as the peer, which would not take the first two otherwise.
    "group_consumer_min_session_timeout_ms": 6000,
    "group_consumer_min_heartbeat_interval_ms": 500,
}


def setUpModule():
    test_groups.setUpModule()


def describe(connection, group):
    return connection.call("ConsumerGroupDescribe", 1, GroupIds=[group])["Groups"][0]


class NewProtocolCase(GroupCase):
    broker_options = QUICK

    def enter(self, name, assignor="uniform", **more):
        return self.join(name, assignor, protocol="consumer", **more)

    def is_settled(self, count):
        shown = describe(self.connection, self.group)
        return (shown["GroupState"], len(shown["Members"])) == ("Stable", count)

    def is_even(self):
        """Each partition has one owner, and nobody has two more than another."""
        owned = [
            [partition for topic in member["Assignment"]["TopicPartitions"] for partition in topic["Partitions"]]
            for member in describe(self.connection, self.group)["Members"]
        ]
        counts = [len(each) for each in owned]
        return sorted(itertools.chain(*owned)) == list(range(self.partitions)) and max(counts) - min(counts) <= 1

    def need(self, *names):
        agents.pick(test_groups.COMMANDS, *names)
        for name in names:
            if name not in test_groups.COMMANDS:
                self.skipTest(f"no {name} client here")

    def end_group(self):
        self.leave_all()
        self.assertEqual(describe(self.connection, self.group)["GroupState"], "Empty")
        self.check_committed()


class OneKind(NewProtocolCase):
    """Three members of one client: one more joins, one leaves, one is killed."""

    def run_members(self, name, assignor):
        self.need(name)
        first = self.enter(name, assignor)
        self.write(20)
        self.await_processed()
        self.await_members(1)
        second = self.enter(name, assignor)
        self.await_members(2)
        self.enter(name, assignor)
        self.await_members(3)
        self.assertTrue(self.is_even())
        self.assertEqual(describe(self.connection, self.group)["AssignorName"], assignor)
        self.write(20)
        self.await_processed()
        self.assertTrue(first.leave(), first.other[-3:])
        self.await_members(2)
        self.write(20)
        self.await_processed()
        second.kill()
        self.await_members(1)
        self.write(20)
        self.await_processed()
        self.end_group()

    def test_java_uniform(self):
        self.run_members("java", "uniform")

    def test_java_range(self):
        self.run_members("java", "range")

    def test_python_uniform(self):
        self.run_members("python", "uniform")

    def test_python_range(self):
        self.run_members("python", "range")


class Together(NewProtocolCase):
    def test_java_and_python_share_the_partitions(self):
        self.need("java", "python")
        for name in ("java", "python", "python"):
            self.enter(name)
        self.await_members(3)
        wait_until(self.is_even, "the partitions are shared evenly", SETTLE_S)
        self.write(20)
        self.await_processed()
        self.end_group()


class Patterns(NewProtocolCase):
    """A regular expression is resolved here, and a topic that comes later is noticed."""

    def run_pattern(self, name, begin):
        self.need(name)
        self.enter(name, pattern=f"{begin}{self.topic}.*")
        self.write(20)
        self.await_processed()
        later = f"{self.topic}-later"
        create_topics(self.broker, [later], 2)

        def topics():
            return {
                topic["TopicName"]
                for member in describe(self.connection, self.group)["Members"]
                for topic in member["Assignment"]["TopicPartitions"]
            }

        wait_until(lambda: topics() == {self.topic, later}, "the later topic is assigned", SETTLE_S)
        self.leave_all()

    def test_java(self):
        self.run_pattern("java", "")

    def test_python(self):
        self.run_pattern("python", "^")


class StaticMembers(NewProtocolCase):
    def run_static(self, name):
        self.need(name)
        stays = self.enter(name, instance="stays")
        self.await_members(1)
        returns = self.enter(name, instance="returns")
        self.await_members(2)
        self.write(20)
        self.await_processed()
        changes = list(stays.changes)
        self.assertTrue(returns.leave())
        again = self.enter(name, instance="returns")
        wait_until(again.has_joined, "it is back", SETTLE_S)
        self.write(20)
        self.await_processed()
        self.assertEqual(stays.changes, changes, "the other member kept what it had")
        self.assertTrue(again.records, "it got its partitions again")

    def test_a_java_member_that_leaves_for_a_while_moves_nobody(self):
        self.run_static("java")

    def test_a_python_member_that_leaves_for_a_while_moves_nobody(self):
        self.run_static("python")


class Migration(NewProtocolCase):
    """A group that works moves to the new protocol, member by member, and back."""

    def run_migration(self, names, assignor):
        self.need(*names)
        classic = [self.join(name, assignor) for name in names]
        wait_until(lambda: GroupCase.is_settled(self, len(names)), "the classic members have settled", SETTLE_S)
        self.write(20)
        self.await_processed()
        modern = []
        for number, name in enumerate(names):
            modern.append(self.enter(name))
            self.await_members(len(names) + 1)
            self.write(5)
            self.await_processed()
            self.assertTrue(classic[number].leave(), classic[number].other[-3:])
            self.await_members(len(names))
            self.write(5)
            self.await_processed()
        self.assertEqual({member["MemberType"] for member in describe(self.connection, self.group)["Members"]}, {1})
        back = [self.join(name, assignor) for name in names]
        self.await_members(2 * len(names))
        for member in modern:
            self.assertTrue(member.leave(), member.other[-3:])
        wait_until(lambda: GroupCase.is_settled(self, len(back)), "the group is a classic one again", SETTLE_S)
        self.assertEqual(describe(self.connection, self.group)["ErrorCode"], Err.GROUP_ID_NOT_FOUND)
        self.write(20)
        self.await_processed()
        self.leave_all()
        self.check_committed()

    def test_java_eager(self):
        self.run_migration(["java", "java"], "range")

    def test_java_cooperative(self):
        self.run_migration(["java", "java"], "cooperative-sticky")

    def test_python_eager(self):
        self.run_migration(["python", "python"], "range")

    def test_python_cooperative(self):
        self.run_migration(["python", "python"], "cooperative-sticky")


class BrokerCrash(NewProtocolCase):
    """The broker is killed while members work: they go on, and no commit that was told is forgotten."""

    broker_options = {**QUICK, "restartable": True}
    KILLS = 3

    def run_kills(self, names):
        self.need(*names)
        for name in names:
            self.enter(name)
        self.await_members(len(names))
        self.survive_kills(self.KILLS, len(names))
        self.end_group()

    def test_java(self):
        self.run_kills(["java", "java"])

    def test_python(self):
        self.run_kills(["python", "python"])


class Crowd(NewProtocolCase):
    """Ten members share a hundred partitions; some leave, some are killed."""

    partitions = 100
    MEMBERS = 10

    def test_python(self):
        self.need("python")
        for _ in range(self.MEMBERS):
            self.enter("python")
        self.await_members(self.MEMBERS)
        wait_until(self.is_even, "the partitions are shared evenly", SETTLE_S)
        self.write(5)
        self.await_processed()
        for member in self.members[:3]:
            self.assertTrue(member.leave(), member.other[-3:])
        for member in self.members[3:5]:
            member.kill()
        self.await_members(self.MEMBERS - 5)
        wait_until(self.is_even, "the partitions are shared evenly again", SETTLE_S)
        self.write(5)
        self.await_processed()
        self.end_group()


class Stalling(NewProtocolCase):
    """A member that stands still for longer than its session loses its partitions, and comes back without harm."""

    def run_stall(self, name):
        self.need(name)
        stalls = self.enter(name)
        self.await_members(1)
        self.enter(name)
        self.survive_stall(stalls)
        self.end_group()

    def test_java(self):
        self.run_stall("java")

    def test_python(self):
        self.run_stall("python")


class GroupTool(NewProtocolCase):
    """Kafka's kafka-consumer-groups and kafka-groups on a group of the new protocol."""

    def setUp(self):
        agents.pick(test_groups.COMMANDS, "java-tools")
        self.need("python")
        super().setUp()

    def run_tool(self, name, *words):
        command = [*test_groups.COMMANDS["java-tools"], name, "--bootstrap-server", self.broker.bootstrap, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def tool(self, *words):
        return self.run_tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", *words)

    def offsets(self):
        return [committed(self.connection, self.group, self.topic, partition) for partition in range(self.partitions)]

    def test_list_describe_reset_and_delete(self):
        member = self.enter("python")
        self.write(5)
        self.await_processed()
        self.await_members(1)
        self.assertRegex(self.tool("--list", "--type", "consumer"), rf"{self.group}\s+Consumer")
        self.assertRegex(self.tool("--list", "--state", "stable"), rf"{self.group}\s+Stable")
        rows = [line.split() for line in self.tool("--describe", "--group", self.group).splitlines() if self.topic in line]
        self.assertEqual(len(rows), self.partitions)
        self.assertEqual({row[-4] for row in rows}, {"0"}, rows)
        self.assertIn("0,1,2,3,4,5", self.tool("--describe", "--group", self.group, "--members", "--verbose"))
        self.assertRegex(self.tool("--describe", "--group", self.group, "--state"), r"uniform\s+Stable")
        self.assertIn("not empty", self.tool("--delete", "--group", self.group))
        reset = ("--reset-offsets", "--group", self.group, "--topic", self.topic, "--execute")
        self.tool(*reset, "--to-earliest")
        self.assertEqual(self.offsets(), [5] * self.partitions, "the group is in use")
        self.assertTrue(member.leave())
        self.await_members_gone()
        self.tool(*reset, "--to-offset", "2")
        self.assertEqual(self.offsets(), [2] * self.partitions)
        self.tool("--delete-offsets", "--group", self.group, "--topic", self.topic)
        self.assertEqual(self.offsets(), [-1] * self.partitions)
        groups = self.run_tool("org.apache.kafka.tools.GroupsCommand", "--list", "--consumer")
        self.assertRegex(groups, rf"{self.group}\s+Consumer")
        self.assertIn("successful", self.tool("--delete", "--group", self.group))
        self.assertNotIn(self.group, self.tool("--list"))

    def await_members_gone(self):
        wait_until(lambda: describe(self.connection, self.group)["GroupState"] == "Empty", "the group is empty", SETTLE_S)


if __name__ == "__main__":
    unittest.main()
