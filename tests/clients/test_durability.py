"""What an answered acks=all survives: kill -9 in every durability mode, of the server and of a single topic (rule 44)."""

import os
import unittest

from support.broker import open_broker
from support.errors import LATEST
from support.topics import append, create_topic, fetch, fetch_batches, list_offset
from wire_case import WireCase

MODES = ("always", "interval", "none")
ROUNDS = 3
APPENDS = 40


class Durability(WireCase):
    def open(self, **options):
        self.broker = open_broker(restartable=True, **options)
        self.addCleanup(self.broker.close)
        self.connection = self.connect()

    def setUp(self):
        if "STREAMLINE_PEER_COMMAND" in os.environ:
            self.skipTest("durability is not a property of Apache Kafka")

    def values(self, topic):
        return [record.value for batch in fetch_batches(self.broker, topic, 0) for record in batch.records]

    def check_kills(self, topics):
        acked = {topic: [] for topic in topics}
        for kill in range(ROUNDS):
            for number in range(APPENDS):
                for topic in topics:
                    value = b"%d-%d" % (kill, number)
                    self.assertEqual(append(self.connection, topic, value), len(acked[topic]))
                    acked[topic].append(value)
            self.broker.kill()
            self.broker.restart()
            self.connection = self.connect()
            for topic in topics:
                self.assertEqual(self.values(topic), acked[topic])
                self.assertEqual(list_offset(self.connection, topic, LATEST)["Offset"], len(acked[topic]))

    def test_rule_44_acked_records_survive_kills_in_every_mode_of_the_server(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.open(durability=mode)
                # Small segments: kills fall between a roll and what a checkpoint writes for it.
                self.check_kills([create_topic(self.broker), create_topic(self.broker, segment_bytes=1_048_576)])

    def test_rule_44_acked_records_survive_kills_in_every_mode_of_a_topic(self):
        self.open(durability="interval")
        self.check_kills([create_topic(self.broker, durability=mode) for mode in MODES])

    def test_a_topic_with_flush_messages_and_one_with_flush_ms_answer_at_once(self):
        self.open(durability="interval")
        for configs in ({"flush_messages": "1"}, {"flush_ms": "1"}):
            topic = create_topic(self.broker, **configs)
            for number in range(20):
                self.assertEqual(append(self.connection, topic, b"%d" % number), number)
            self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 20)

    def test_segments_that_rolled_just_before_a_kill_are_whole(self):
        self.open(durability="always")
        topic = create_topic(self.broker, segment_bytes=1_048_576)
        value = b"v" * 300_000
        for number in range(12):
            self.assertEqual(append(self.connection, topic, value), number)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        self.assertEqual(self.values(topic), [value] * 12)
        self.assertEqual(append(self.connection, topic, b"next"), 12)


if __name__ == "__main__":
    unittest.main()
