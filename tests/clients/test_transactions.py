"""Exactly once by real clients: orders become debits and credits in transactions that commit what was read, while transactions abort at
random, instances fence each other, groups rebalance, and instances and the broker are killed. At the end every order was carried out
once, and the sums agree."""

import collections
import os
import random
import unittest

import agents
from agents import SETTLE_S
from support.broker import open_broker, wait_until
from support.errors import LATEST
from support.groups import await_coordinator, committed, unique_group
from support.records import Record
from support.topics import append, create_topic, list_offset
from support.transactional_producer import committed_values, last_stable, unique_transactional_id

LONG = os.environ.get("STREAMLINE_LONG") == "1"
# Of each kind of client; 30 in all, or 300.
ROUNDS = 60 if LONG else 6
IDS = 2
# Instances that have the same transactional id.
RIVALS = 3
ORDER_PARTITIONS = 4
ACCOUNTS = 3
ORDERS = 40
ABORTED_PERCENT = 20
SEED = int(os.environ.get("STREAMLINE_SEED", random.SystemRandom().randrange(1 << 32)))


def setUpModule():
    global COMMANDS
    COMMANDS = agents.load()
    print(f"STREAMLINE_SEED={SEED}", flush=True)


class Instance(agents.Running):
    def __init__(self, command, **options):
        self.counts = collections.Counter()
        self.failures = collections.Counter()
        super().__init__(agents.start(command, "transfer", **options, aborts=ABORTED_PERCENT))

    def take(self, line):
        words = line.split()
        self.counts[words[0]] += int(words[1]) if words[0] in ("committed", "aborted") else 1
        if words[0] == "failed":
            self.failures[" ".join(words[1:])] += 1

    def leave(self):
        self.process.stdin.close()
        self.finish()


class Transfers(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.broker = open_broker(restartable=True)
        self.addCleanup(self.broker.close)
        self.connect()
        self.orders = create_topic(self.broker, ORDER_PARTITIONS, retention_ms="-1")
        self.accounts = create_topic(self.broker, ACCOUNTS, retention_ms="-1")
        self.group = unique_group("transfers")
        await_coordinator(self.connection, self.group)
        self.ids = [unique_transactional_id() for _ in range(IDS)]
        self.instances = []
        self.ordered = 0

    def connect(self):
        self.connection = self.broker.connect()
        self.addCleanup(self.connection.close)

    def start(self, client, name, **options):
        common = {"bootstrap": self.broker.bootstrap, "topic": self.orders, "out": self.accounts, "group": self.group, "session": 6_000}
        instance = Instance(COMMANDS[client], **common, id=name, **options)
        self.addCleanup(instance.end)
        self.instances.append(instance)
        return instance

    def order(self):
        """So many orders more, over all partitions."""
        for partition in range(ORDER_PARTITIONS):
            lines = []
            for _ in range(ORDERS // ORDER_PARTITIONS):
                debtor, creditor = self.random.sample(range(ACCOUNTS), 2)
                lines.append(b"%d %d %d %d" % (self.ordered, debtor, creditor, 1 + self.random.randrange(100)))
                self.ordered += 1
            append(self.connection, self.orders, *map(Record, lines), partition=partition)

    def booked(self):
        """(order, amount) of everything that a reader of committed records sees."""
        lines = [line for account in range(ACCOUNTS) for line in committed_values(self.broker, self.accounts, account)]
        return [tuple(int(word) for word in line.split()) for line in lines]

    def await_everything(self):
        ends = [list_offset(self.connection, self.orders, LATEST, part)["Offset"] for part in range(ORDER_PARTITIONS)]

        def is_done():
            return [committed(self.connection, self.group, self.orders, part) for part in range(ORDER_PARTITIONS)] == ends

        self.await_that(is_done, "every order is carried out", 2 * SETTLE_S)

    def await_that(self, condition, what, timeout_s=SETTLE_S):
        try:
            wait_until(condition, what, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.figures()}") from error

    def figures(self):
        total = sum((instance.counts for instance in self.instances), collections.Counter())
        return dict(total), dict(sum((instance.failures for instance in self.instances), collections.Counter()))

    def check(self):
        # The group's marker may be there before those of the accounts.
        self.await_that(lambda: len(self.booked()) >= 2 * self.ordered, "everything is booked")
        booked = self.booked()
        self.assertEqual(sum(amount for _, amount in booked), 0)
        times = collections.Counter((order, amount > 0) for order, amount in booked)
        wrong = {key: count for key, count in times.items() if count != 1}
        self.assertEqual(wrong, {}, self.figures())
        self.assertEqual(len(times), 2 * self.ordered, self.figures())

    def check_nothing_is_open(self):
        def is_stable():
            ends = [list_offset(self.connection, self.accounts, LATEST, part)["Offset"] for part in range(ACCOUNTS)]
            return [last_stable(self.connection, self.accounts, part) for part in range(ACCOUNTS)] == ends

        wait_until(is_stable, "no transaction is left open")

    def kill_an_instance(self, client, **options):
        victim = self.random.choice(self.instances[-RIVALS * IDS :])
        if victim.process.poll() is None:
            victim.kill()
        self.start(client, self.random.choice(self.ids), **options)

    def kill_the_broker(self):
        self.broker.kill()
        self.broker.restart()
        self.connect()
        await_coordinator(self.connection, self.group)

    def end_an_instance(self, client, **options):
        """In order, so that its members' partitions move at once."""
        ending = next((each for each in self.instances if each.process.poll() is None), None)
        self.start(client, self.random.choice(self.ids), **options)
        if ending:
            ending.leave()

    def carry_out(self, client, **options):
        agents.pick(COMMANDS, client)
        for name in self.ids:
            self.start(client, name, **options)
        # The broker is killed in every run; Apache Kafka 4.3.1 is spared, as it would lose parts of transactions (section 14.26).
        events = ["nothing", "rival", "instance", "end", "instance", "broker"] * (ROUNDS // 6)
        self.random.shuffle(events)
        for event in events:
            self.order()
            if event == "rival" and sum(each.process.poll() is None for each in self.instances) < RIVALS * IDS:
                self.start(client, self.random.choice(self.ids), **options)
            elif event == "instance":
                self.kill_an_instance(client, **options)
            elif event == "end":
                self.end_an_instance(client, **options)
            elif event == "broker" and self.broker.can_restart and not self.broker.is_peer:
                self.kill_the_broker()
            self.await_everything()
            self.check()
        for instance in self.instances:
            if instance.process.poll() is None:
                instance.leave()
        self.check_nothing_is_open()
        self.check()

    def test_java(self):
        self.carry_out("java")

    def test_java_in_a_group_of_the_new_protocol(self):
        self.carry_out("java", protocol="consumer")

    def test_java_of_the_classic_protocol_of_transactions(self):
        self.carry_out("java-2.8.2")

    def test_go(self):
        self.carry_out("go")

    def test_python(self):
        self.carry_out("python")


if __name__ == "__main__":
    unittest.main()
