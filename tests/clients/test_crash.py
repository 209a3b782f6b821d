"""SIGKILL under load: every acked record is there once, in order, at its offset, while others write and read."""

import collections
import itertools
import os
import queue
import subprocess
import threading
import unittest

import agents
from support.broker import open_broker
from support.topics import create_topic, fetch_batches

LONG = os.environ.get("STREAMLINE_LONG") == "1"
# Per run; the long form has three runs, one led by each client: 1,000 kills in all.
KILLS = 334 if LONG else 30
RECORDS = 2_000 * KILLS if LONG else 200_000
NEIGHBOUR_RECORDS = RECORDS // 4
CLIENTS = ("java", "go", "python")
PARTITIONS = 4
STALL_S = 120


def setUpModule():
    global COMMANDS
    COMMANDS = agents.load()


class Stream(threading.Thread):
    """Collects the "partition offset index" lines of a running agent, and tells how many came."""

    def __init__(self, command, verb, **options):
        super().__init__(daemon=True)
        self.process = agents.start(command, verb, **options)
        self.rows = []
        self.other = []
        self.milestones = queue.Queue()
        self.start()

    def run(self):
        for line in self.process.stdout:
            words = line.split()
            if len(words) == 3 and words[0] != "failed":
                self.rows.append(tuple(int(word) for word in words))
                if len(self.rows) % 1000 == 0:
                    self.milestones.put(len(self.rows))
            else:
                self.other.append(line)
        self.milestones.put(None)

    def wait_for(self, count):
        """Until so many lines came; fails when none comes for long or the agent ended before."""
        reached = 0
        while reached is not None and reached < count:
            reached = self.milestones.get(timeout=STALL_S)
        return reached is not None

    def finish(self):
        try:
            code = self.process.wait(STALL_S)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"stalled after {len(self.rows)} lines; other output {self.other[-3:]}") from error
        self.join()
        return code

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.join()
        self.process.stdin.close()
        self.process.stdout.close()


class Crash(unittest.TestCase):
    def run_under_kills(self, leader):
        """Every client writes a topic and another one follows it while the broker is killed; the leader's records count the kills.

        Gives the broker, and of each topic its name, how many records it has, its writer's acks and its reader's records.
        """
        broker = open_broker(restartable=True)
        self.addCleanup(broker.close)
        first = CLIENTS.index(leader)
        writers = CLIENTS[first:] + CLIENTS[:first]
        readers = writers[1:] + writers[:1]
        topics = []
        for writer, reader in zip(writers, readers):
            count = NEIGHBOUR_RECORDS if topics else RECORDS
            topic = create_topic(broker, PARTITIONS)
            options = {"bootstrap": broker.bootstrap, "topic": topic, "count": count, "partitions": PARTITIONS}
            streams = []
            for client, verb in ((writer, "flood"), (reader, "follow")):
                streams.append(Stream(COMMANDS[client], verb, **options))
                self.addCleanup(streams[-1].end)
            topics.append((topic, count, *streams))
        leading = topics[0][2]
        killed_under_load = 0
        for kill in range(KILLS):
            killed_under_load += leading.wait_for(RECORDS * (kill + 1) // (KILLS + 2))
            broker.kill()
            broker.restart()
        for _, _, writing, reading in topics:
            self.assertEqual(writing.finish(), 0)
            self.assertEqual(reading.finish(), 0)
        self.assertEqual(killed_under_load, KILLS, "the writer was still at it at each kill")
        return broker, topics

    def check_topic(self, broker, topic, count, acks, reads):
        self.assertEqual(acks.other, [], "no record failed")
        self.assertEqual(len(acks.rows), count)
        acked = collections.defaultdict(list)
        for partition, offset, index in acks.rows:
            acked[partition].append((index, offset))
        read = collections.defaultdict(list)
        for partition, offset, index in reads.rows:
            read[partition].append((index, offset))
        for partition in range(PARTITIONS):
            stored = [
                (int(record.value.split()[0]), record.offset)
                for batch in fetch_batches(broker, topic, partition)
                for record in batch.records
            ]
            in_order = list(range(count // PARTITIONS))
            self.check_same([index for index, _ in stored], in_order, f"partition {partition}: each once and in order")
            self.check_same(sorted(acked[partition]), stored, f"partition {partition}: acked where it lies")
            self.check_same(read[partition], stored, f"partition {partition}: the running reader saw the same")

    def check_same(self, got, expected, what):
        """Like assertEqual, with the first difference instead of a page of them."""
        pairs = enumerate(itertools.zip_longest(got, expected))
        self.assertIsNone(next(((at, pair) for at, pair in pairs if pair[0] != pair[1]), None), what)

    def check_leader(self, leader):
        for client in CLIENTS:
            agents.pick(COMMANDS, client)
        broker, topics = self.run_under_kills(leader)
        for topic, count, acks, reads in topics:
            self.check_topic(broker, topic, count, acks, reads)

    def test_rule_13_13_acked_idempotent_records_survive_kills_once_and_in_order(self):
        self.check_leader("java")

    @unittest.skipUnless(LONG, "STREAMLINE_LONG is not set")
    def test_rule_13_13_holds_when_other_clients_lead(self):
        for leader in ("go", "python"):
            with self.subTest(leader=leader):
                self.check_leader(leader)


if __name__ == "__main__":
    unittest.main()
