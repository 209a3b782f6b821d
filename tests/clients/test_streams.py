"""Kafka Streams, whose instances are members of a classic group: a count per key, while an instance and the broker are killed."""

import unittest

import agents
from agents import SETTLE_S
from support.broker import open_broker, wait_until
from support.groups import await_coordinator, describe, unique_group
from support.records import Record
from support.topics import append, create_topic, fetch_batches

SESSION_MS = 6_000
PARTITIONS = 4
KEYS = 12


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


class Counting(unittest.TestCase):
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
        instance = Instance(bootstrap=self.broker.bootstrap, topic=self.topic, out=self.out, group=self.group)
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


if __name__ == "__main__":
    unittest.main()
