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
RECORDS = 200_000
NEIGHBOUR_RECORDS = RECORDS // 4
KILLS = 30 if LONG else 10
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
    def run_under_kills(self, writer, neighbour, readers):
        """Two writers and two readers run while the broker is killed; the streams when all are done, and the topics."""
        broker = open_broker(restartable=True)
        self.addCleanup(broker.close)
        topics = [create_topic(broker, PARTITIONS) for _ in range(2)]
        counts = [RECORDS, NEIGHBOUR_RECORDS]
        streams = []
        jobs = [(writer, "flood", 0), (neighbour, "flood", 1), (readers[0], "follow", 0), (readers[1], "follow", 1)]
        for name, verb, which in jobs:
            options = {"bootstrap": broker.bootstrap, "topic": topics[which], "count": counts[which], "partitions": PARTITIONS}
            streams.append(Stream(COMMANDS[name], verb, **options))
            self.addCleanup(streams[-1].end)
        killed_under_load = 0
        for kill in range(KILLS):
            killed_under_load += streams[0].wait_for(RECORDS * (kill + 1) // (KILLS + 2))
            broker.kill()
            broker.restart()
        for stream in streams:
            self.assertEqual(stream.finish(), 0)
        self.assertEqual(killed_under_load, KILLS, "the writer was still at it at each kill")
        return broker, topics, counts, streams

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

    def test_rule_13_13_acked_idempotent_records_survive_kills_once_and_in_order(self):
        for name in ("java", "go", "python"):
            agents.pick(COMMANDS, name)
        broker, topics, counts, streams = self.run_under_kills("java", "go", ("python", "java"))
        self.check_topic(broker, topics[0], counts[0], streams[0], streams[2])
        self.check_topic(broker, topics[1], counts[1], streams[1], streams[3])

    @unittest.skipUnless(LONG, "STREAMLINE_LONG is not set")
    def test_rule_13_13_holds_for_the_other_writers_too(self):
        for writer, neighbour in (("go", "python"), ("python", "java")):
            with self.subTest(writer=writer):
                agents.pick(COMMANDS, writer, neighbour)
                broker, topics, counts, streams = self.run_under_kills(writer, neighbour, ("java", "go"))
                self.check_topic(broker, topics[0], counts[0], streams[0], streams[2])
                self.check_topic(broker, topics[1], counts[1], streams[1], streams[3])


if __name__ == "__main__":
    unittest.main()
