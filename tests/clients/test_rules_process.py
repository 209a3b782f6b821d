"""Rules 15, 16, 54, 55, 141, 145 and 13.13: what a stop, a kill and a second start leave; each test has its own broker."""

import re
import subprocess
import time
import unittest
from pathlib import Path

from support.broker import answers, free_port, open_broker, wait_until
from support.errors import Err
from support.records import Batch, Record
from support.topics import append, create_topic, create_topics, fetch, fetch_body, metadata_of, produce, topic_id, unique_topic
from support.wire import Closed
from wire_case import WireCase

IDLE_MS = 1000
SECOND_START_S = 20
REFUSED_LIMIT_S = 5
PARTITIONS = 5000
IDLE_CONNECTIONS = 1000
TOPICS = 1000
RESIDENT_KIB = 64 * 1024
GROWTH_KIB = 4 * 1024


class OwnBroker(WireCase):
    options = {}

    def setUp(self):
        self.broker = open_broker(restartable=True, **self.options)
        self.addCleanup(self.broker.close)
        super().setUp()

    def restart(self, kill):
        if kill:
            self.broker.kill()
        else:
            self.assertEqual(self.broker.stop(), 0)
        self.broker.restart()
        self.connection = self.connect()

    def new_producer(self):
        answer = self.connection.call("InitProducerId", 5, TransactionalId=None)
        while self.on_kafka and answer["ErrorCode"] == Err.COORDINATOR_LOAD_IN_PROGRESS:
            answer = self.connection.call("InitProducerId", 5, TransactionalId=None)
        self.assert_error(answer, Err.NONE)
        return answer["ProducerId"]

    def send(self, topic, producer, sequence):
        fields = {"producer_id": producer, "producer_epoch": 0, "base_sequence": sequence}
        # A producer whose last record is older than producer.id.expiration.ms may be forgotten at a start.
        record = Record(b"%d" % sequence, timestamp=int(time.time() * 1000))
        return produce(self.connection, topic, Batch([record], **fields))


class Restart(OwnBroker):
    def test_rule_54_and_13_13_producers_topics_and_records_survive_kill_and_stop(self):
        topic = create_topic(self.broker, 2, max_message_bytes="7777")
        known, producer = topic_id(self.connection, topic), self.new_producer()
        for sequence in range(3):
            self.assert_error(self.send(topic, producer, sequence), Err.NONE)
        for restarts, kill in enumerate((True, False)):
            self.restart(kill)
            self.assertEqual(topic_id(self.connection, topic), known)
            self.assertEqual(fetch(self.connection, topic)["HighWatermark"], 3 + restarts)
            again = self.send(topic, producer, 2 + restarts)
            self.assertEqual((Err(again["ErrorCode"]), again["BaseOffset"]), (Err.NONE, 2 + restarts))
            self.assert_error(self.send(topic, producer, 9), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)
            self.assertEqual(self.send(topic, producer, 3 + restarts)["BaseOffset"], 3 + restarts)
        too_large = produce(self.connection, topic, Batch([Record(bytes(8000))]))
        self.assert_error(too_large, Err.MESSAGE_TOO_LARGE)

    def test_rule_55_and_13_13_producer_ids_never_repeat(self):
        ids = [self.new_producer() for _ in range(5)]
        for kill in (True, True, False):
            self.restart(kill)
            ids += [self.new_producer() for _ in range(5)]
        self.assertEqual(len(set(ids)), len(ids))

    def test_a_thousand_topics_of_one_request_are_all_there_after_a_kill(self):
        names = [unique_topic() for _ in range(TOPICS)]
        made = create_topics(self.broker, names)
        self.restart(kill=True)
        self.assertEqual({each["Name"]: each["TopicId"] for each in metadata_of(self.connection, names)["Topics"]}, made)
        self.assertEqual(append(self.connection, names[0], b"v"), 0)
        self.assertEqual(append(self.connection, names[-1], b"v"), 0)

    def test_deleted_topics_stay_deleted(self):
        topic = create_topic(self.broker)
        append(self.connection, topic, b"v")
        body = {"Topics": [{"Name": topic}], "TimeoutMs": 5000}
        self.assert_error(self.connection.call("DeleteTopics", 6, body)["Responses"][0], Err.NONE)
        self.restart(kill=True)
        self.assert_error(fetch(self.connection, topic), Err.UNKNOWN_TOPIC_OR_PARTITION)


class Stop(OwnBroker):
    def test_rule_141_an_orderly_stop_ends_with_0_though_a_fetch_is_parked(self):
        topic = create_topic(self.broker)
        append(self.connection, topic, b"v")
        self.connection.send("Fetch", 12, fetch_body(topic, 1, max_wait_ms=60_000))
        start = time.monotonic()
        self.assertEqual(self.broker.stop(), 0)
        if not self.on_kafka:
            self.assertLess(time.monotonic() - start, REFUSED_LIMIT_S)
        self.broker.restart()
        with self.broker.connect() as connection:
            self.assertEqual(fetch(connection, topic)["HighWatermark"], 1)

    def test_rule_145_a_second_broker_on_the_directory_is_refused_with_a_line_that_names_it(self):
        if self.on_kafka:
            self.skipTest("the peer's script has no second start")
        directory = self.broker.directory / "data"
        command = [self.broker.binary, "--listen", f"127.0.0.1:{free_port()}", "--data-dir", str(directory)]
        second = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECOND_START_S)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(directory), second.stderr)
        self.assertEqual(append(self.connection, create_topic(self.broker), b"v"), 0)

    def test_a_port_in_use_is_refused_with_a_line_that_names_it(self):
        if self.on_kafka:
            self.skipTest("the peer's script has no second start")
        directory = self.broker.directory / "other"
        command = [self.broker.binary, "--listen", self.broker.bootstrap, "--data-dir", str(directory)]
        second = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECOND_START_S)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(self.broker.address[1]), second.stderr)


class WithoutDeletion(OwnBroker):
    options = {"delete_topic_enable": "false"}

    def test_topics_stay_where_deletion_is_disabled(self):
        if self.on_kafka:
            self.skipTest("the peer's script takes no such option")
        topic = create_topic(self.broker)
        for name in (topic, unique_topic()):
            for version in range(1, 7):
                body = {"Topics": [{"Name": name}]} if version == 6 else {"TopicNames": [name]}
                answer = self.connection.call("DeleteTopics", version, TimeoutMs=5000, **body)["Responses"][0]
                self.assert_error(answer, Err.TOPIC_DELETION_DISABLED if version >= 3 else Err.INVALID_REQUEST)
        self.assertEqual(append(self.connection, topic, b"v"), 0)


class Idle(OwnBroker):
    options = {"connections_max_idle_ms": str(IDLE_MS)}

    def test_rule_15_an_idle_connection_is_closed_but_not_while_an_answer_is_due(self):
        topic = create_topic(self.broker)
        idle, due = self.connect(), self.connect()
        self.assert_error(idle.call("ApiVersions", 0), Err.NONE)
        due.send("Fetch", 12, fetch_body(topic, max_wait_ms=4 * IDLE_MS))
        self.assertTrue(idle.is_closed(within_s=20))
        try:
            self.assert_error(due.receive()["Responses"][0]["Partitions"][0], Err.NONE)
        except Closed:
            # Apache Kafka 4.3.1 does close it.
            self.assertTrue(self.on_kafka, "closed while an answer was due")


class Crowd(OwnBroker):
    options = {"max_connections": "2"}

    def test_rule_16_a_connection_too_many_waits_and_is_served_when_another_leaves(self):
        if self.on_kafka:
            self.skipTest("the peer's script takes no such option")
        # One of the two is the test's own.
        second = self.connect()
        self.assert_error(second.call("ApiVersions", 0), Err.NONE)
        third = self.connect()
        third.send("ApiVersions", 0)
        self.assertTrue(third.is_silent(for_s=0.3))
        self.assert_error(self.connection.call("ApiVersions", 0), Err.NONE)
        second.close()
        self.assert_error(third.receive(), Err.NONE)


class PerAddress(OwnBroker):
    options = {"max_connections_per_ip": "2"}

    def test_rule_16_a_connection_too_many_of_one_address_is_closed(self):
        if self.on_kafka:
            self.skipTest("the peer's script takes no such option")
        second = self.connect()
        self.assert_error(second.call("ApiVersions", 0), Err.NONE)
        self.assert_dropped(self.connect())
        self.assert_error(self.connection.call("ApiVersions", 0), Err.NONE)
        second.close()
        wait_until(lambda: answers(self.broker.address), "the place is free again")


class CreationRate(OwnBroker):
    options = {"max_connection_creation_rate": "5"}

    def test_rule_16_connections_faster_than_the_rate_wait_and_are_all_served(self):
        if self.on_kafka:
            self.skipTest("the peer's script takes no such option")
        start = time.monotonic()
        crowd = [self.connect() for _ in range(10)]
        for connection in crowd:
            self.assert_error(connection.call("ApiVersions", 0), Err.NONE)
        # Five come at once at most; never less than this, however slow the machine.
        self.assertGreaterEqual(time.monotonic() - start, (10 - 5) / 5 - 0.1)


class ManyPartitions(OwnBroker):
    def resident_kib(self):
        status = Path(f"/proc/{self.broker.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def test_an_idle_connection_costs_less_than_a_kibibyte(self):
        if self.on_kafka:
            self.skipTest("memory is measured of our own process")
        resident = []
        for _ in range(2):
            for connection in [self.connect() for _ in range(IDLE_CONNECTIONS)]:
                self.assert_error(connection.call("ApiVersions", 0), Err.NONE)
            resident.append(self.resident_kib())
        self.assertLess(resident[1] - resident[0], IDLE_CONNECTIONS)

    def test_rule_13_18_5000_partitions_and_1000_idle_connections_keep_memory_flat(self):
        if self.on_kafka:
            self.skipTest("memory is measured of our own process")
        topic = create_topic(self.broker, partitions=PARTITIONS)
        idle = [self.connect() for _ in range(IDLE_CONNECTIONS)]
        for connection in idle:
            self.assert_error(connection.call("ApiVersions", 0), Err.NONE)
        self.look_around(topic, 10)
        before = self.resident_kib()
        self.look_around(topic, 200)
        self.assertLess(self.resident_kib() - before, GROWTH_KIB)
        self.assertLess(before, RESIDENT_KIB)

    def look_around(self, topic, times):
        described = metadata_of(self.connection, [topic])["Topics"][0]
        self.assertEqual(len(described["Partitions"]), PARTITIONS)
        # The others need no reading here: that would take longer than answering.
        for _ in range(times):
            self.connection.send("Metadata", 12, Topics=[{"Name": topic}], AllowAutoTopicCreation=False)
            self.assertGreater(self.connection.skip(), PARTITIONS)


if __name__ == "__main__":
    unittest.main()
