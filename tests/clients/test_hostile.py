"""What no client sends: requests whose answers would outgrow a string, a reply or the frame that they refer to."""

import struct
import threading
import unittest

from support.broker import open_broker
from support.errors import Err
from support.records import Batch, Record
from support.topics import append, create_topic, fetch_body, produce, produce_body
from support.wire import Closed, encode_request
from wire_case import WireCase

LONGEST = 32_767
WAIT_MS = 20_000


def setUpModule():
    # One event loop, so that everybody shares one landing buffer.
    WireCase.broker = open_broker(num_network_threads="1")
    unittest.addModuleCleanup(WireCase.broker.close)


def in_one_segment(*requests):
    frames = [encode_request(name, version, body, number) for number, (name, version, body) in enumerate(requests, 1)]
    return b"".join(struct.pack(">i", len(frame)) + frame for frame in frames)


class LongTexts(WireCase):
    def create(self, version=7, **topic):
        body = {"Topics": [{"Name": "t", "NumPartitions": 1, "ReplicationFactor": 1, "Configs": [], **topic}], "TimeoutMs": 5000}
        return self.connection.call("CreateTopics", version, body)["Topics"][0]

    def test_a_refused_name_of_the_longest_length_is_answered(self):
        with self.unharmed_neighbour():
            for version in (2, 4, 5, 7):
                self.assert_error(self.create(version, Name="a" * LONGEST), Err.INVALID_TOPIC_EXCEPTION)

    def test_a_refused_config_of_the_longest_length_is_answered(self):
        with self.unharmed_neighbour():
            for config in ({"Name": "c" * LONGEST, "Value": "1"}, {"Name": "retention.ms", "Value": "9" * LONGEST}):
                self.assert_error(self.create(Configs=[config]), Err.INVALID_CONFIG)


class Order(WireCase):
    def test_what_follows_a_failed_produce_without_acks_harms_nobody(self):
        topic = create_topic(self.broker)
        producer = self.connection.call("InitProducerId", 5, TransactionalId=None)["ProducerId"]

        def unacked(sequence):
            batch = Batch([Record(b"v")], producer_id=producer, producer_epoch=0, base_sequence=sequence)
            return ("Produce", 12, produce_body(topic, batch, acks=0))

        for last in (("ApiVersions", 0, {}), ("Fetch", 11, fetch_body(topic, max_wait_ms=100))):
            with self.unharmed_neighbour():
                sender = self.connect()
                sender.send_bytes(in_one_segment(unacked(0), unacked(5), last))
                self.assertTrue(sender.is_closed(within_s=20))

    def test_a_parked_fetch_answers_with_its_own_topic_though_the_frame_is_long_gone(self):
        topic = create_topic(self.broker)
        other = create_topic(self.broker)
        consumer, producer = self.connect(), self.connect()
        consumer.send("Fetch", 11, fetch_body(topic, max_wait_ms=WAIT_MS))
        # The landing buffer is written over many times before the fetch ends.
        for _ in range(50):
            append(producer, other, b"\xee" * 20_000)
        append(producer, topic, b"v")
        answered = consumer.receive()["Responses"][0]
        self.assertEqual(answered["Topic"], topic)


class Repetition(WireCase):
    def test_a_topic_asked_for_many_times_is_answered_once(self):
        topic = create_topic(self.broker, partitions=50)
        body = {"Topics": [{"Name": topic, "TopicId": bytes(16)}] * 20_000, "AllowAutoTopicCreation": False}
        self.assertEqual(len(self.connection.call("Metadata", 12, body)["Topics"]), 1)

    def test_a_resource_asked_for_many_times_is_answered_once(self):
        topic = create_topic(self.broker)
        resource = {"ResourceType": 2, "ResourceName": topic, "ConfigurationKeys": None}
        body = {"Resources": [resource] * 20_000, "IncludeSynonyms": True, "IncludeDocumentation": True}
        self.assertEqual(len(self.connection.call("DescribeConfigs", 4, body)["Results"]), 1)


class End(WireCase):
    def test_an_orderly_stop_under_load_ends_with_0(self):
        broker = open_broker(restartable=True)
        self.addCleanup(broker.close)
        topic = create_topic(broker, partitions=4)
        stopping = threading.Event()

        def load(partition):
            with broker.connect() as connection:
                try:
                    while not stopping.is_set():
                        produce(connection, topic, Batch([Record(b"v" * 1000)]), partition, acks=1)
                except (Closed, OSError):
                    pass

        writers = [threading.Thread(target=load, args=(partition,)) for partition in range(4)]
        for writer in writers:
            writer.start()
        append(broker.connect(), topic, b"v")
        self.assertEqual(broker.stop(), 0)
        stopping.set()
        for writer in writers:
            writer.join()
