"""Rules 14, 89 and 136: quotas of clients: the answer says how long to wait, then the connection is not read for so long."""

import random
import unittest

from support.broker import wait_until
from support.errors import Err
from support.records import Batch, Record
from support.topics import append, create_topic, fetch_body, produce_body, topic_id, unique_topic
from support.wire import CLIENT_ID, Closed
from wire_case import WireCase

CLIENT, USER, IP = "client-id", "user", "ip"
# A window of one full second: what is above the rate is waited for in seconds.
QUICK = {"quota_window_num": 2, "quota_window_size_seconds": 1, "controller_quota_window_num": 2, "controller_quota_window_size_seconds": 1}
SILENT_S = 0.3
LATEST_S = 20


def set_quota(connection, entity, key, value):
    parts = [{"EntityType": kind, "EntityName": name} for kind, name in entity]
    ops = [{"Key": key, "Value": value or 0.0, "Remove": value is None}]
    return connection.call("AlterClientQuotas", 1, Entries=[{"Entity": parts, "Ops": ops}])["Entries"][0]


def quotas(connection):
    answer = connection.call("DescribeClientQuotas", 1, Components=[])
    return {
        tuple((part["EntityType"], part["EntityName"]) for part in one["Entity"]): {value["Key"]: value["Value"] for value in one["Values"]}
        for one in answer["Entries"]
    }


class QuotaCase(WireCase):
    own_broker = QUICK

    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker)

    def limit(self, key, value, entity=((CLIENT, CLIENT_ID),)):
        self.assert_error(set_quota(self.connection, entity, key, value), Err.NONE)
        wait_until(lambda: key in quotas(self.connection).get(tuple(entity), {}), "it is in force")

    def produce(self, connection, size):
        return connection.call("Produce", 9, produce_body(self.topic, Batch([Record(b"x" * size)])))


class Produce(QuotaCase):
    def test_rule_14_and_136_too_much_is_answered_told_and_then_waited_for(self):
        self.limit("producer_byte_rate", 10_000.0)
        producer = self.connect()
        self.assertEqual(self.produce(producer, 1000)["ThrottleTimeMs"], 0)
        answer = self.produce(producer, 60_000)
        self.assert_error(answer["Responses"][0]["PartitionResponses"][0], Err.NONE)
        self.assertGreater(answer["ThrottleTimeMs"], 1000)
        producer.send("ApiVersions", 0)
        self.assertTrue(producer.is_silent(SILENT_S), "it is not read")
        self.assert_error(self.connection.call("ApiVersions", 0), Err.NONE)
        self.assertFalse(producer.is_silent(LATEST_S), "it is read again")
        self.assert_error(producer.receive(), Err.NONE)

    def test_rule_14_what_was_sent_before_is_not_lost(self):
        self.limit("producer_byte_rate", 10_000.0)
        producer = self.connect()
        count = 4
        for _ in range(count):
            producer.send("Produce", 9, produce_body(self.topic, Batch([Record(b"x" * 8000)])))
        offsets = [producer.receive()["Responses"][0]["PartitionResponses"][0]["BaseOffset"] for _ in range(count)]
        self.assertEqual(offsets, list(range(count)))

    def test_rule_136_the_closest_quota_holds_and_one_that_is_gone_does_not(self):
        self.limit("producer_byte_rate", 1.0, ((USER, None),))
        self.limit("producer_byte_rate", 1e9, ((CLIENT, CLIENT_ID), (USER, None)))
        self.assertEqual(self.produce(self.connect(), 50_000)["ThrottleTimeMs"], 0)
        self.assert_error(set_quota(self.connection, ((CLIENT, CLIENT_ID), (USER, None)), "producer_byte_rate", None), Err.NONE)
        wait_until(lambda: len(quotas(self.connection)) == 1, "it is gone")
        self.assertGreater(self.produce(self.connect(), 50_000)["ThrottleTimeMs"], 1000)
        self.assert_error(set_quota(self.connection, ((USER, None),), "producer_byte_rate", None), Err.NONE)
        wait_until(lambda: not quotas(self.connection), "it is gone")
        self.assertEqual(self.produce(self.connect(), 50_000)["ThrottleTimeMs"], 0)

    def test_acks_0_has_no_answer_and_is_not_read_either(self):
        self.limit("producer_byte_rate", 10_000.0)
        producer = self.connect()
        producer.send("Produce", 9, produce_body(self.topic, Batch([Record(b"x" * 60_000)]), acks=0))
        producer.waiting.pop()
        producer.correlation -= 1
        producer.send("ApiVersions", 0)
        self.assertTrue(producer.is_silent(SILENT_S), "it is not read")
        self.assert_error(producer.receive(), Err.NONE)


class Fetch(QuotaCase):
    def fetch(self, connection, offset=0, **session):
        body = {**fetch_body(self.topic, offset, max_wait_ms=100), **session}
        return connection.call("Fetch", 12, body)

    @staticmethod
    def size(answer):
        return sum(len(part["Records"]) for topic in answer["Responses"] for part in topic["Partitions"])

    def test_rule_89_what_is_too_much_comes_later_and_the_session_stays_where_it_is(self):
        if self.on_kafka:
            self.skipTest("it counts what is around the records too, and fills the limit with a part of a batch")
        for _ in range(4):
            append(self.connection, self.topic, b"x" * 20_000)
        self.limit("consumer_byte_rate", 50_000.0)
        consumer = self.connect()
        first = self.fetch(consumer, SessionId=0, SessionEpoch=0)
        self.assertEqual(first["ThrottleTimeMs"], 0)
        got, epoch, throttled = self.size(first), 1, 0
        self.assertLessEqual(got, 50_000)
        offset = 2
        while got < 80_000:
            body = fetch_body(self.topic, offset, max_wait_ms=100)
            answer = consumer.call("Fetch", 12, {**body, "SessionId": first["SessionId"], "SessionEpoch": epoch})
            epoch += 1
            self.assert_error(answer, Err.NONE)
            if answer["ThrottleTimeMs"]:
                throttled += 1
                self.assertEqual(answer["Responses"], [])
                self.assertEqual(answer["SessionId"], first["SessionId"])
                continue
            got += self.size(answer)
            offset += 2
        self.assertGreater(throttled, 0)

    def test_a_batch_larger_than_the_quota_ever_allows_still_comes(self):
        if self.on_kafka:
            self.skipTest("Apache Kafka 4.3.1 never sends it")
        append(self.connection, self.topic, b"x" * 50_000)
        self.limit("consumer_byte_rate", 10_000.0)
        consumer = self.connect()
        self.assertGreater(self.size(self.fetch(consumer)), 50_000)
        self.assertGreater(self.fetch(consumer)["ThrottleTimeMs"], 0)


class Mutations(QuotaCase):
    def create(self, partitions, version=7, connection=None):
        topic = {"Name": unique_topic(), "NumPartitions": partitions, "ReplicationFactor": 1}
        answer = (connection or self.connect()).call("CreateTopics", version, Topics=[topic], TimeoutMs=10_000)
        return Err(answer["Topics"][0]["ErrorCode"]), answer["ThrottleTimeMs"], topic["Name"]

    def test_rule_136_topics_beyond_the_quota_are_refused_with_the_time_to_wait(self):
        self.limit("controller_mutation_rate", 1.0)
        error, throttle, name = self.create(10)
        self.assertEqual((error, throttle), (Err.NONE, 0))
        error, throttle, refused = self.create(1)
        self.assertEqual(error, Err.THROTTLING_QUOTA_EXCEEDED)
        self.assertGreater(throttle, 1000)
        answer = self.connect().call("CreatePartitions", 3, Topics=[{"Name": name, "Count": 11, "Assignments": None}], TimeoutMs=10_000)
        self.assert_error(answer["Results"][0], Err.THROTTLING_QUOTA_EXCEEDED)
        answer = self.connect().call("DeleteTopics", 6, Topics=[{"Name": name, "TopicId": bytes(16)}], TimeoutMs=10_000)
        self.assert_error(answer["Responses"][0], Err.THROTTLING_QUOTA_EXCEEDED)
        self.assertNotEqual(topic_id(self.connection, name), bytes(16))
        self.assertEqual(topic_id(self.connection, refused), bytes(16))

    def test_rule_136_old_clients_are_not_refused_but_wait(self):
        self.limit("controller_mutation_rate", 1.0)
        self.assertEqual(self.create(10, 5)[0], Err.NONE)
        connection = self.connect()
        error, throttle, _ = self.create(1, 5, connection)
        self.assertEqual(error, Err.NONE)
        self.assertGreater(throttle, 1000)
        connection.send("ApiVersions", 0)
        self.assertTrue(connection.is_silent(SILENT_S), "it is not read")

    def test_what_is_refused_anyway_costs_nothing(self):
        self.limit("controller_mutation_rate", 1.0)
        for _ in range(10):
            topic = {"Name": "bad name", "NumPartitions": 100, "ReplicationFactor": 1}
            answer = self.connection.call("CreateTopics", 7, Topics=[topic], TimeoutMs=10_000)
            self.assert_error(answer["Topics"][0], Err.INVALID_TOPIC_EXCEPTION)
        self.assertEqual(self.create(1)[0], Err.NONE)


class RequestTime(QuotaCase):
    def test_rule_136_time_on_threads_is_metered(self):
        self.limit("request_percentage", 0.0001)
        busy = self.connect()

        def is_throttled():
            return busy.call("Metadata", 12, Topics=None)["ThrottleTimeMs"] > 0

        wait_until(is_throttled, "it has to wait")
        busy.send("ApiVersions", 0)
        self.assertTrue(busy.is_silent(SILENT_S), "it is not read")
        self.assert_error(busy.receive(), Err.NONE)


class Connections(QuotaCase):
    def test_rule_136_connections_of_an_address_that_come_too_fast_are_closed_after_a_while(self):
        self.limit("connection_creation_rate", 2.0, ((IP, "127.0.0.1"),))
        refused = 0
        for _ in range(10):
            connection = self.broker.connect()
            self.addCleanup(connection.close)
            try:
                connection.call("ApiVersions", 0)
            except Closed:
                refused += 1
        self.assertGreater(refused, 0)
        self.assert_error(self.connection.call("ApiVersions", 0), Err.NONE)


class Kept(QuotaCase):
    def test_after_a_kill_the_quotas_are_there_and_in_force(self):
        self.limit("producer_byte_rate", 10_000.0)
        self.limit("consumer_byte_rate", 5.0, ((CLIENT, None), (USER, "alice")))
        before = quotas(self.connection)
        self.assertEqual(len(before), 2)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        wait_until(lambda: quotas(self.connection) == before, "they are there")
        self.assertGreater(self.produce(self.connect(), 60_000)["ThrottleTimeMs"], 1000)

    def test_a_torn_file_is_named_and_not_written_over(self):
        if self.on_kafka:
            self.skipTest("its metadata lies elsewhere")
        self.limit("producer_byte_rate", 10_000.0)
        self.broker.kill()
        file = self.broker.directory / "data" / "quotas.json"
        whole = file.read_bytes()
        torn = whole[: len(whole) // 2]
        file.write_bytes(torn)
        self.broker.restart()
        self.connection = self.connect()
        self.assertEqual(quotas(self.connection), {})
        answer = set_quota(self.connection, ((CLIENT, "c"),), "producer_byte_rate", 5.0)
        self.assert_error(answer, Err.KAFKA_STORAGE_ERROR)
        self.assertIn(f"quotas.json: not a whole JSON object: it goes wrong at byte {len(torn)} of {len(torn)}", answer["ErrorMessage"])
        self.assertEqual(file.read_bytes(), torn)
        file.write_bytes(whole)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        self.assertEqual(len(quotas(self.connection)), 1)

    def test_a_kill_in_the_midst_of_changes_loses_none_that_was_answered(self):
        rng = random.Random(11)
        for turn in range(4):

            def change(number, connection=self.connection, turn=turn):
                self.assert_error(set_quota(connection, ((CLIENT, f"{turn}-{number}"),), "producer_byte_rate", 1e9), Err.NONE)

            answered = {f"{turn}-{number}" for number in range(self.kill_during(change, rng.randrange(2, 30)))}
            kept = {entity[0][1] for entity in quotas(self.connection) if entity[0][1].startswith(f"{turn}-")}
            self.assertLessEqual(answered, kept)
            self.assertLessEqual(len(kept - answered), 1, "the one that was under way")


def client_quota(name, value):
    """An entry of AlterClientQuotas."""
    return {
        "Entity": [{"EntityType": CLIENT, "EntityName": name}],
        "Ops": [{"Key": "producer_byte_rate", "Value": value, "Remove": False}],
    }


class Many(QuotaCase):
    COUNT = 2000

    def test_thousands_of_entities_are_set_in_one_request_and_kept(self):
        entries = [client_quota(f"client-{number}", 1000.0 + number) for number in range(self.COUNT)]
        entries.insert(17, client_quota("wrong", -1.0))
        answer = self.connection.call("AlterClientQuotas", 1, Entries=entries)
        # Kafka answers in an order of its own.
        refused = [one["Entity"][0]["EntityName"] for one in answer["Entries"] if one["ErrorCode"] != Err.NONE]
        self.assertEqual((refused, len(answer["Entries"])), (["wrong"], self.COUNT + 1))
        wait_until(lambda: len(quotas(self.connection)) == self.COUNT, "they are in force")
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        wait_until(lambda: len(quotas(self.connection)) == self.COUNT, "they are there")
        self.assertEqual(quotas(self.connection)[((CLIENT, "client-1711"),)], {"producer_byte_rate": 2711.0})

    def test_more_than_the_file_may_hold_is_refused_and_what_was_stays(self):
        if self.on_kafka:
            self.skipTest("it has no bound")
        self.limit("producer_byte_rate", 1e9)
        entries = [client_quota("x" * 30_000 + str(number), 5.0) for number in range(200)]
        answer = self.connection.call("AlterClientQuotas", 1, Entries=entries)
        for one in answer["Entries"]:
            self.assert_error(one, Err.INVALID_REQUEST)
            self.assertIn("are allowed", one["ErrorMessage"])
        self.assertEqual(len(quotas(self.connection)), 1)

    def test_an_entity_named_twice_is_refused(self):
        answer = self.connection.call("AlterClientQuotas", 1, Entries=[client_quota("a", 5.0), client_quota("b", 5.0), client_quota("a", 6.0)])
        refused = [one for one in answer["Entries"] if one["Entity"][0]["EntityName"] == "a"]
        for one in refused:
            self.assert_error(one, Err.INVALID_REQUEST)
        self.assertGreater(len(refused), 0)
        wait_until(lambda: ((CLIENT, "b"),) in quotas(self.connection), "the other one is set")
        if not self.on_kafka:
            self.assertEqual(list(quotas(self.connection)), [((CLIENT, "b"),)])

    def test_names_that_are_no_utf_8_are_refused(self):
        if self.on_kafka:
            self.skipTest("it reads them as other names")
        answer = self.connection.call("AlterClientQuotas", 1, Entries=[client_quota("caf\udce9", 5.0), client_quota("café", 5.0)])
        self.assert_error(answer["Entries"][0], Err.INVALID_REQUEST)
        self.assert_error(answer["Entries"][1], Err.NONE)
        self.assertEqual(list(quotas(self.connection)), [((CLIENT, "café"),)])


if __name__ == "__main__":
    unittest.main()
