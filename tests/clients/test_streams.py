"""Kafka Streams, whose instances are members of a classic group: a count per key, while an instance and the broker are killed; at least
once, and with its transactions exactly once."""

import os
import unittest

import agents
from agents import SETTLE_S
from support.broker import open_broker, wait_until
from support.groups import await_coordinator, describe, unique_group
from support.records import Record
from support.topics import append, create_topic, fetch_batches
from support.transactional_producer import committed_batches

SESSION_MS = 6_000
PARTITIONS = 4
KEYS = 12
LONG = os.environ.get("STREAMLINE_LONG") == "1"
KILLS = ["instance", "broker"] * (10 if LONG else 1)


def setUpModule():
    global COMMANDS
    COMMANDS = agents.load()
    agents.pick(COMMANDS, "java")


class Instance(agents.Running):
    def __init__(self, **options):
        self.lines = []
        super().__init__(agents.start(COMMANDS["java"], "streams", **options, session=SESSION_MS))

    def take(self, line):
        self.lines.append(line.strip())

    def leave(self):
        self.process.stdin.close()
        self.finish()


class StreamsCase(unittest.TestCase):
    guarantee = "at_least_once"

    def setUp(self):
        self.broker = open_broker(restartable=True)
        self.addCleanup(self.broker.close)
        self.connection = self.connect()
        self.topic = create_topic(self.broker, PARTITIONS, retention_ms="-1")
        self.out = create_topic(self.broker, PARTITIONS, retention_ms="-1")
        self.group = unique_group("streams")
        await_coordinator(self.connection, self.group)
        self.written = 0

    def connect(self):
        connection = self.broker.connect()
        self.addCleanup(connection.close)
        return connection

    def start(self):
        common = {"bootstrap": self.broker.bootstrap, "topic": self.topic, "out": self.out, "group": self.group}
        instance = Instance(**common, guarantee=self.guarantee)
        self.addCleanup(instance.end)
        return instance

    def write(self, rounds):
        """Each key once more, so many times."""
        for _ in range(rounds):
            for key in range(KEYS):
                append(self.connection, self.topic, Record(b"x", key=b"%d" % key), partition=key % PARTITIONS)
        self.written += rounds

    def counts(self):
        """The last count of each key."""
        latest = {}
        for partition in range(PARTITIONS):
            for batch in fetch_batches(self.broker, self.out, partition):
                latest.update({record.key.decode(): int(record.value) for record in batch.records})
        return latest

    def await_counts(self, holds, what):
        keys = {f"n{key}" for key in range(KEYS)}

        def counted():
            counts = self.counts()
            return set(counts) == keys and all(holds(count) for count in counts.values())

        wait_until(counted, what, SETTLE_S)

    def await_members(self, count):
        def settled():
            shown = describe(self.connection, self.group)
            return (shown["GroupState"], len(shown["Members"])) == ("Stable", count)

        wait_until(settled, f"{count} members have settled", SETTLE_S)


class Counting(StreamsCase):
    def test_instances_come_and_go_and_each_record_counts_once(self):
        first = self.start()
        self.write(5)
        self.await_counts(lambda count: count == 5, "everything is counted")
        second = self.start()
        self.await_members(2)
        self.write(5)
        self.await_counts(lambda count: count == 10, "everything is counted by two")
        first.leave()
        # An instance that closes stays a member until its session ends, so that a quick restart moves nothing.
        self.await_members(1)
        self.write(5)
        self.await_counts(lambda count: count == 15, "everything is counted by the other")
        second.leave()
        self.assertEqual([line for line in first.lines + second.lines if line.startswith("failed")], [])

    def test_kills_of_an_instance_and_of_the_broker_lose_no_record(self):
        first, second = self.start(), self.start()
        self.await_members(2)
        self.write(5)
        self.await_counts(lambda count: count >= 5, "everything is counted")
        second.process.kill()
        self.write(5)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        await_coordinator(self.connection, self.group)
        self.write(5)
        # At least once: what was counted and not committed is counted again.
        self.await_counts(lambda count: count >= self.written, "everything is counted after the kills")
        first.leave()
        self.assertEqual([line for line in first.lines if line.startswith("failed")], [])


class CountingExactlyOnce(StreamsCase):
    guarantee = "exactly_once_v2"

    def counts(self):
        """The last count of each key that a reader of committed records sees; the counts before it must be there, once each."""
        seen = {}
        for partition in range(PARTITIONS):
            for batch in committed_batches(self.broker, self.out, partition):
                for record in batch.records:
                    seen.setdefault(record.key.decode(), []).append(int(record.value))
        for key, counts in seen.items():
            self.assertEqual(counts, list(range(1, len(counts) + 1)), key)
        return {key: counts[-1] for key, counts in seen.items()}

    def await_exactly(self, what):
        self.await_counts(lambda count: count == self.written, what)

    def test_rounds_with_kills_count_each_record_once(self):
        instances = [self.start(), self.start()]
        self.await_members(2)
        self.write(5)
        self.await_exactly("everything is counted")
        for kill in KILLS:
            self.write(3)
            if kill == "instance":
                instances.pop(0).process.kill()
                instances.append(self.start())
            elif not self.broker.is_peer:
                # Apache Kafka 4.3.1 would lose parts of transactions (section 14.26).
                self.broker.kill()
                self.broker.restart()
                self.connection = self.connect()
                await_coordinator(self.connection, self.group)
            self.write(3)
            self.await_exactly(f"everything is counted after a kill of the {kill}")
        for instance in instances:
            instance.leave()
        self.assertEqual([line for instance in instances for line in instance.lines if line.startswith("failed")], [])


if __name__ == "__main__":
    unittest.main()
