"""Real clients as members of consumer groups: joining, leaving, crashing, with the broker crashing under them.

What holds for all: every record is processed at least once, and what a member was told is committed never goes back.
"""

import collections
import itertools
import json
import signal
import subprocess
import tempfile
import unittest

import agents
from agents import SETTLE_S
from support.broker import open_broker, wait_until
from support.groups import Member as RawMember
from support.groups import await_coordinator, committed, describe, unique_group
from support.topics import append, create_topic

PARTITIONS = 6
SESSION_MS = 6_000


def setUpModule():
    global COMMANDS
    COMMANDS = agents.load()


class Member(agents.Running):
    """A running agent: what it owns, what it has processed and committed."""

    def __init__(self, name, **options):
        self.name = name
        self.changes = []
        self.owned = set()
        self.records = []
        self.committed = []
        self.other = []
        super().__init__(agents.start(COMMANDS[name], "group", **options))

    def take(self, line):
        word, *rest = line.split()
        if word in ("assigned", "revoked"):
            self.changes.append((word, tuple(int(part) for part in rest)))
        elif word == "record":
            self.records.append((int(rest[0]), int(rest[1])))
        elif word == "committed":
            self.committed.append((int(rest[0]), int(rest[1])))
        else:
            self.other.append(line)

    def has_joined(self):
        return any(word == "assigned" for word, _ in self.changes) or bool(self.records)

    def leave(self):
        if self.name == "kcat":
            self.process.terminate()
        else:
            self.process.stdin.close()
        self.finish()
        # kcat ends by its signal's number in some releases.
        return self.process.returncode in (0, -signal.SIGTERM)


class GroupCase(unittest.TestCase):
    broker_options = {}
    partitions = PARTITIONS

    def setUp(self):
        self.broker = open_broker(**self.broker_options)
        self.addCleanup(self.broker.close)
        self.connection = self.connect()
        self.topic = create_topic(self.broker, self.partitions)
        self.group = unique_group()
        await_coordinator(self.connection, self.group)
        self.members = []
        self.written = 0

    def connect(self):
        connection = self.broker.connect()
        self.addCleanup(connection.close)
        return connection

    def join(self, name, assignor="range", **more):
        options = {"bootstrap": self.broker.bootstrap, "topic": self.topic, "group": self.group}
        member = Member(name, **options, assignor=assignor, session=SESSION_MS, **more)
        self.members.append(member)
        self.addCleanup(member.end)
        return member

    def write(self, rounds):
        """One record to each partition, so many times."""
        for number in range(self.written, self.written + rounds):
            for partition in range(self.partitions):
                self.assertEqual(append(self.connection, self.topic, b"%d" % number, partition=partition), number)
        self.written += rounds

    def processed(self):
        return {record for member in self.members for record in list(member.records)}

    def await_processed(self):
        expected = set(itertools.product(range(self.partitions), range(self.written)))
        wait_until(lambda: self.processed() >= expected, "every record is processed", SETTLE_S)
        self.assertEqual(self.processed(), expected)

    def await_members(self, count):
        wait_until(lambda: self.is_settled(count), f"{count} members have settled", SETTLE_S)

    def is_settled(self, count):
        shown = describe(self.connection, self.group)
        return (shown["GroupState"], len(shown["Members"])) == ("Stable", count)

    def check_committed(self):
        """What lies there at the end is everything, and nobody was told more."""
        for partition in range(self.partitions):
            last = committed(self.connection, self.group, self.topic, partition)
            self.assertEqual(last, self.written, f"partition {partition}")
        for member in self.members:
            self.check_forward(member)

    def check_forward(self, member):
        told = collections.defaultdict(list)
        for partition, offset in member.committed:
            told[partition].append(offset)
        for partition, offsets in told.items():
            self.assertLessEqual(max(offsets), committed(self.connection, self.group, self.topic, partition))

    def survive_kills(self, kills, count):
        """Kills the broker under `count` members: they go on, and no commit that was told is forgotten."""
        told = {}
        for kill in range(kills):
            self.write(20)
            self.broker.kill()
            for member in self.members:
                for partition, offset in list(member.committed):
                    told[partition] = max(told.get(partition, 0), offset)
            self.broker.restart()
            self.connection = self.connect()
            await_coordinator(self.connection, self.group)
            for partition, offset in told.items():
                now = committed(self.connection, self.group, self.topic, partition)
                self.assertGreaterEqual(now, offset, f"partition {partition} after kill {kill}")
        self.write(20)
        self.await_processed()
        self.await_members(count)

    def survive_stall(self, stalls):
        """The member stands still for longer than its session, another one goes on, and it comes back without harm."""
        self.await_members(2)
        self.write(20)
        self.await_processed()
        stalls.process.send_signal(signal.SIGSTOP)
        self.write(20)
        self.await_members(1)
        self.await_processed()
        stalls.process.send_signal(signal.SIGCONT)
        self.await_members(2)
        self.write(20)
        self.await_processed()

    def leave_all(self):
        for member in self.members:
            if member.process.returncode is None:
                self.assertTrue(member.leave(), f"{member.name} ends: {member.other[-3:]}")


class OneKind(GroupCase):
    """Three members of one client: one more joins, one leaves, one is killed."""

    def run_members(self, name, assignor="range"):
        if name not in COMMANDS:
            self.skipTest(f"no {name} client here")
        first = self.join(name, assignor)
        self.write(20)
        self.await_processed()
        self.await_members(1)
        second = self.join(name, assignor)
        self.await_members(2)
        third = self.join(name, assignor)
        self.await_members(3)
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
        self.leave_all()
        self.assertEqual(describe(self.connection, self.group)["GroupState"], "Empty")
        self.check_committed()
        return third

    def test_java_range(self):
        self.run_members("java")

    def test_java_round_robin(self):
        self.run_members("java", "roundrobin")

    def test_java_cooperative(self):
        self.run_members("java", "cooperative-sticky")

    def test_go_range(self):
        self.run_members("go")

    def test_go_cooperative(self):
        self.run_members("go", "cooperative-sticky")

    def test_python_range(self):
        self.run_members("python")

    def test_python_round_robin(self):
        self.run_members("python", "roundrobin")

    def test_python_cooperative(self):
        self.run_members("python", "cooperative-sticky")

    def test_kcat_range(self):
        self.run_members("kcat")

    def test_kafkajs(self):
        self.run_members("node")


class Mixed(GroupCase):
    """Members of different clients in one group agree on an assignor and share the partitions."""

    def run_mix(self, names, assignor):
        names = [name for name in names if name in COMMANDS]
        if len(set(names)) < 2:
            self.skipTest("fewer than two clients here")
        for name in names:
            self.join(name, assignor)
        self.await_members(len(names))
        self.write(20)
        self.await_processed()
        self.members[0].kill()
        self.members[1].leave()
        self.await_members(len(names) - 2)
        self.write(20)
        self.await_processed()
        self.leave_all()
        self.check_committed()

    def test_six_eager_members(self):
        self.run_mix(["java", "go", "python", "kcat", "go", "python"], "range")

    def test_four_cooperative_members(self):
        self.run_mix(["java", "go", "python", "go"], "cooperative-sticky")


class StaticMembers(GroupCase):
    def test_a_static_member_that_is_killed_and_comes_back_moves_nobody(self):
        name = agents.pick(COMMANDS, "java", "python")[0]
        stays = self.join(name, instance="stays")
        self.await_members(1)
        returns = self.join(name, instance="returns")
        self.await_members(2)
        self.write(20)
        self.await_processed()
        changes = list(stays.changes)
        returns.kill()
        again = self.join(name, instance="returns")
        wait_until(again.has_joined, "it is back", SETTLE_S)
        self.write(20)
        self.await_processed()
        self.assertEqual(stays.changes, changes, "the other member kept what it had")
        self.assertTrue(again.records, "it got its partitions again")


class BrokerCrash(GroupCase):
    """The broker is killed while members work: they go on, and no commit that was told is forgotten."""

    broker_options = {"restartable": True}
    KILLS = 4

    def run_kills(self, names, assignor="range"):
        names = [name for name in names if name in COMMANDS]
        if not names:
            self.skipTest("none of the clients is here")
        for name in names:
            self.join(name, assignor)
        self.await_members(len(names))
        self.survive_kills(self.KILLS, len(names))
        self.leave_all()
        self.check_committed()

    def test_java(self):
        self.run_kills(["java", "java"])

    def test_go_and_python(self):
        self.run_kills(["go", "python", "go"])

    def test_kafkajs(self):
        self.run_kills(["node"])


class GroupTool(GroupCase):
    """Kafka's kafka-consumer-groups, each thing that it does."""

    def setUp(self):
        agents.pick(COMMANDS, "java-tools")
        super().setUp()

    def tool(self, *words):
        command = [*COMMANDS["java-tools"], "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"]
        done = subprocess.run([*command, "--bootstrap-server", self.broker.bootstrap, *words], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def records_of_groups(self, formatter):
        """The keys and values of this group in the topic of the groups, as Kafka's formatter reads them."""
        command = [*COMMANDS["java-tools"], "org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", "__consumer_offsets"]
        command += ["--bootstrap-server", self.broker.bootstrap, "--from-beginning", "--timeout-ms", "4000"]
        command += ["--formatter", f"org.apache.kafka.tools.consumer.{formatter}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        # One object behind the other, with nothing between them.
        found = [json.loads(each) for each in done.stdout.strip().replace('}{"key"', '}\n{"key"').splitlines()]
        return [(each["key"], each["value"]) for each in found if each["key"]["data"]["group"] == self.group]

    def reset(self, *words):
        self.tool("--reset-offsets", "--group", self.group, "--topic", self.topic, "--execute", *words)
        return [committed(self.connection, self.group, self.topic, partition) for partition in range(PARTITIONS)]

    def test_list_describe_and_refusals_with_a_live_member(self):
        member = self.join(agents.pick(COMMANDS, "go", "python", "java")[0])
        self.write(5)
        self.await_processed()
        self.await_members(1)
        self.assertIn(self.group, self.tool("--list"))
        self.assertRegex(self.tool("--list", "--state"), rf"{self.group}\s+Classic\s+Stable|{self.group}\s+Stable")
        rows = [line.split() for line in self.tool("--describe", "--group", self.group).splitlines() if self.topic in line]
        # group, topic, partition, (leader epoch,) committed, end, lag
        self.assertEqual(len(rows), PARTITIONS)
        self.assertEqual({row[-4] for row in rows}, {"0"}, rows)
        members = self.tool("--describe", "--group", self.group, "--members", "--verbose")
        self.assertIn(f"{self.topic}:0,1,2,3,4,5", members.replace("(", ":").replace(")", ""))
        self.assertIn("Stable", self.tool("--describe", "--group", self.group, "--state"))
        deleted = subprocess.run(
            [*COMMANDS["java-tools"], "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"]
            + ["--bootstrap-server", self.broker.bootstrap, "--delete", "--group", self.group],
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertIn("not empty", deleted.stdout + deleted.stderr)
        member.leave()

    def test_reset_in_every_mode_then_delete(self):
        self.write(10)
        self.assertEqual(self.reset("--to-earliest"), [0] * PARTITIONS)
        self.assertEqual(self.reset("--to-latest"), [10] * PARTITIONS)
        self.assertEqual(self.reset("--shift-by", "-3"), [7] * PARTITIONS)
        self.assertEqual(self.reset("--to-current"), [7] * PARTITIONS)
        self.assertEqual(self.reset("--to-offset", "4"), [4] * PARTITIONS)
        self.assertEqual(self.reset("--to-datetime", "2020-01-01T00:00:00.000"), [0] * PARTITIONS)
        self.assertEqual(self.reset("--by-duration", "PT0S"), [10] * PARTITIONS)
        self.tool("--delete-offsets", "--group", self.group, "--topic", self.topic)
        self.assertEqual([committed(self.connection, self.group, self.topic, part) for part in range(PARTITIONS)], [-1] * PARTITIONS)
        self.assertEqual(self.reset("--to-earliest"), [0] * PARTITIONS)
        self.assertIn("successful", self.tool("--delete", "--group", self.group))
        self.assertNotIn(self.group, self.tool("--list"))

    def test_reset_by_a_plan_from_a_file_and_a_dry_run(self):
        self.write(10)
        self.reset("--to-offset", "4")
        words = ("--reset-offsets", "--group", self.group, "--topic", self.topic, "--to-earliest", "--dry-run")
        plan = self.tool(*words, "--export")
        self.assertEqual([committed(self.connection, self.group, self.topic, part) for part in range(PARTITIONS)], [4] * PARTITIONS)
        self.assertIn(f"{self.topic},0,0", plan)
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("".join(f"{self.topic},{part},{part}\n" for part in range(PARTITIONS)))
            file.flush()
            self.tool("--reset-offsets", "--group", self.group, "--from-file", file.name, "--execute")
        self.assertEqual([committed(self.connection, self.group, self.topic, part) for part in range(PARTITIONS)], list(range(PARTITIONS)))
        everything = self.tool("--reset-offsets", "--all-groups", "--all-topics", "--to-latest", "--execute")
        self.assertIn(self.group, everything)
        self.assertEqual(committed(self.connection, self.group, self.topic), 10)

    def test_kafka_groups_lists_it(self):
        self.reset("--to-earliest")
        command = [*COMMANDS["java-tools"], "org.apache.kafka.tools.GroupsCommand", "--bootstrap-server", self.broker.bootstrap, "--list"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertRegex(done.stdout, rf"{self.group}\s+Classic")

    def test_the_records_of_groups_are_kafkas(self):
        member = RawMember(self.connect(), self.group, [self.topic], instance="one", session_ms=120_000).enter()
        self.assertEqual(member.commit(self.topic, 7, epoch=3, metadata="text", partition=2), 0)
        ((key, value),) = self.records_of_groups("OffsetsMessageFormatter")
        self.assertEqual(key["data"], {"group": self.group, "topic": self.topic, "partition": 2})
        shown = [value["data"][name] for name in ("offset", "leaderEpoch", "metadata")]
        self.assertEqual(shown, [7, 3, "text"])
        key, value = self.records_of_groups("GroupMetadataMessageFormatter")[-1]
        shown = [value["data"][name] for name in ("protocolType", "generation", "protocol", "leader")]
        self.assertEqual(shown, ["consumer", 1, "range", member.id])
        (kept,) = value["data"]["members"]
        self.assertEqual([kept[name] for name in ("memberId", "groupInstanceId", "clientId")], [member.id, "one", "wire-test"])
        static = {"MemberId": member.id, "GroupInstanceId": "one"}
        member.connection.call("LeaveGroup", 5, GroupId=self.group, Members=[static])
        self.connection.call("DeleteGroups", 2, GroupsNames=[self.group])
        self.assertIsNone(self.records_of_groups("OffsetsMessageFormatter")[-1][1])
        self.assertIsNone(self.records_of_groups("GroupMetadataMessageFormatter")[-1][1])


if __name__ == "__main__":
    unittest.main()
