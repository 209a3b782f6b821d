"""Rules 61 to 65, 70 and 72 at the log: what may be written in a transaction, and what readers of committed records get."""

import unittest

from support.broker import wait_until
from support.errors import EARLIEST, LATEST, MAX_TIMESTAMP, Err
from support.records import CONTROL, TRANSACTIONAL, Record, decode_batches
from support.topics import append, create_topic, fetch, fetch_body, list_offset
from support.transactional_producer import CLASSIC, READ_COMMITTED, TransactionalProducer
from wire_case import WireCase, use_module_broker


def setUpModule():
    use_module_broker()


class TransactionCase(WireCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, 2)
        self.producer = self.new_producer()

    def new_producer(self):
        return TransactionalProducer(self.connect(), versions=CLASSIC).start()

    def write(self, *values, partition=0, producer=None, **batch):
        """Adds the partition, as the classic protocol has it, and appends; the base offset."""
        producer = producer or self.producer
        # While the last transaction's markers are on their way a new one has to wait.
        wait_until(lambda: producer.add_partitions(self.topic, partition) == [Err.NONE], "the partition is added")
        answer = producer.produce(self.topic, *values, partition=partition, **batch)
        self.assert_error(answer, Err.NONE)
        return answer["BaseOffset"]

    def end(self, committed, producer=None):
        self.assert_error((producer or self.producer).end(committed), Err.NONE)

    def committed(self, offset=0, **more):
        body = {**fetch_body(self.topic, offset, **more), "IsolationLevel": READ_COMMITTED}
        return self.connection.call("Fetch", 12, body)["Responses"][0]["Partitions"][0]

    def latest(self, isolation=READ_COMMITTED, timestamp=LATEST):
        part = {"PartitionIndex": 0, "Timestamp": timestamp}
        body = {"ReplicaId": -1, "IsolationLevel": isolation, "Topics": [{"Name": self.topic, "Partitions": [part]}]}
        return self.connection.call("ListOffsets", 9, body)["Topics"][0]["Partitions"][0]["Offset"]

    def await_stable(self, offset):
        """Kafka writes markers after it has answered."""
        wait_until(lambda: self.latest() == offset, f"the last stable offset is {offset}")

    def aborted(self, answer):
        return [(each["ProducerId"], each["FirstOffset"]) for each in answer["AbortedTransactions"]]


class Writing(TransactionCase):
    def test_rule_61_data_of_a_partition_that_was_not_added_is_refused(self):
        answer = self.producer.produce(self.topic, b"v")
        self.assert_error(answer, Err.TRANSACTION_ABORTABLE)
        self.assertEqual(self.latest(), 0)

    def test_rule_61_another_partition_of_the_transaction_does_not_count(self):
        self.write(b"v", partition=1)
        self.assert_error(self.producer.produce(self.topic, b"v"), Err.TRANSACTION_ABORTABLE)

    def test_rule_61_data_after_the_end_is_refused(self):
        self.write(b"v")
        self.end(True)
        self.await_stable(2)
        self.assert_error(self.producer.produce(self.topic, b"v"), Err.TRANSACTION_ABORTABLE)
        self.assertEqual(self.latest(), 2)

    def test_rule_46_a_duplicate_in_the_transaction_is_answered_with_its_offset(self):
        self.write(b"a")
        self.assertEqual(self.write(b"b"), 1)
        answer = self.producer.produce(self.topic, b"a", base_sequence=0)
        self.assertEqual((Err(answer["ErrorCode"]), answer["BaseOffset"]), (Err.NONE, 0))

    def test_rule_70_plain_data_of_the_producer_is_refused_in_its_transaction(self):
        self.write(b"v")
        self.assert_error(self.producer.produce(self.topic, b"w", attributes=0), Err.INVALID_TXN_STATE)
        self.end(True)
        self.await_stable(2)
        self.assert_error(self.producer.produce(self.topic, b"w", attributes=0), Err.NONE)

    def test_rule_62_clients_write_no_markers(self):
        self.producer.add_partitions(self.topic, 0)
        answer = self.producer.produce(self.topic, b"v", attributes=TRANSACTIONAL | CONTROL)
        self.assert_error(answer, Err.INVALID_RECORD)

    def test_rule_62_a_marker_takes_an_offset_in_every_partition_of_the_transaction(self):
        self.write(b"v")
        self.write(b"w", partition=1)
        self.end(True)
        self.await_stable(2)
        for partition in (0, 1):
            wait_until(lambda at=partition: list_offset(self.connection, self.topic, LATEST, at)["Offset"] == 2, "a marker")
            batches = decode_batches(fetch(self.connection, self.topic, 1, partition=partition)["Records"])
            self.assertEqual([batch.attributes for batch in batches], [TRANSACTIONAL | CONTROL])
            self.assertEqual(batches[0].producer_id, self.producer.id)
            self.assertEqual(batches[0].records[0].key, b"\0\0\0\1")

    def test_rule_29_transactional_data_without_a_transactional_id_is_refused(self):
        self.producer.name = None
        self.assert_error(self.producer.produce(self.topic, b"v"), Err.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)


class Reading(TransactionCase):
    def test_rule_64_the_last_stable_offset_is_the_first_of_the_oldest_open_transaction(self):
        append(self.connection, self.topic, b"plain")
        self.write(b"v", b"w")
        other = self.new_producer()
        self.write(b"x", producer=other)
        append(self.connection, self.topic, b"plain")
        got = fetch(self.connection, self.topic)
        self.assertEqual((got["HighWatermark"], got["LastStableOffset"]), (5, 1))
        self.assertIsNone(got["AbortedTransactions"])
        self.end(True, other)
        wait_until(lambda: fetch(self.connection, self.topic)["HighWatermark"] == 6, "the other's marker")
        self.assertEqual(self.latest(), 1)
        self.end(False)
        self.await_stable(7)

    def test_rule_78_committed_readers_get_records_below_the_last_stable_offset(self):
        append(self.connection, self.topic, b"plain")
        self.write(b"v")
        append(self.connection, self.topic, b"plain")
        got = self.committed()
        self.assertEqual([batch.base_offset for batch in decode_batches(got["Records"])], [0])
        self.assertEqual((got["HighWatermark"], got["LastStableOffset"], got["AbortedTransactions"]), (3, 1, []))
        self.assertEqual(self.committed(1)["Records"], b"")
        self.assert_error(self.committed(2), Err.NONE)
        self.assertEqual(self.committed(2)["Records"], b"")
        self.assert_error(self.committed(4), Err.OFFSET_OUT_OF_RANGE)

    def test_rule_65_aborted_transactions_are_told_by_first_offset_where_they_have_records(self):
        other = self.new_producer()
        self.write(b"a")
        self.write(b"b", producer=other)
        self.write(b"c")
        self.end(False)
        wait_until(lambda: fetch(self.connection, self.topic)["HighWatermark"] == 4, "a marker")
        append(self.connection, self.topic, b"plain")
        self.end(False, other)
        self.await_stable(6)
        append(self.connection, self.topic, b"plain")
        mine, others = (self.producer.id, 0), (other.id, 1)
        self.assertEqual(self.aborted(self.committed()), [mine, others])
        self.assertEqual(self.aborted(self.committed(3)), [mine, others])
        self.assertEqual(self.aborted(self.committed(4)), [others])
        self.assertEqual(self.aborted(self.committed(6)), [])
        self.assertIsNone(fetch(self.connection, self.topic)["AbortedTransactions"])

    def test_rule_65_committed_transactions_are_not_told(self):
        self.write(b"a")
        self.end(True)
        self.await_stable(2)
        self.assertEqual(self.aborted(self.committed()), [])

    def test_rule_74_a_waiting_reader_wakes_when_the_transaction_ends(self):
        self.write(b"v")
        reader = self.connect()
        body = {**fetch_body(self.topic, max_wait_ms=60_000), "IsolationLevel": READ_COMMITTED}
        reader.send("Fetch", 12, body)
        self.end(True)
        got = reader.receive()["Responses"][0]["Partitions"][0]
        self.assertEqual(decode_batches(got["Records"])[0].base_offset, 0)

    def test_rule_81_a_session_hears_of_the_last_stable_offset(self):
        self.write(b"v")
        first = {**fetch_body(self.topic), "IsolationLevel": READ_COMMITTED, "SessionId": 0, "SessionEpoch": 0}
        session = self.connection.call("Fetch", 12, first)["SessionId"]
        again = {"MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1 << 20, "IsolationLevel": READ_COMMITTED, "Topics": []}
        got = self.connection.call("Fetch", 12, {**again, "SessionId": session, "SessionEpoch": 1})
        self.assertEqual(got["Responses"], [])
        self.end(False)
        self.await_stable(2)
        got = self.connection.call("Fetch", 12, {**again, "SessionId": session, "SessionEpoch": 2})
        part = got["Responses"][0]["Partitions"][0]
        self.assertEqual(part["LastStableOffset"], 2)
        self.assertEqual(self.aborted(part), [(self.producer.id, 0)])

    def test_rule_90_list_offsets_tells_committed_readers_of_nothing_they_may_not_read(self):
        append(self.connection, self.topic, Record(b"plain", timestamp=1_700_000_000_000))
        self.write(Record(b"v", timestamp=1_700_000_001_000))
        self.assertEqual((self.latest(), self.latest(isolation=0)), (1, 2))
        self.assertEqual(self.latest(timestamp=EARLIEST), 0)
        self.assertEqual(self.latest(timestamp=1_700_000_000_000), 0)
        self.assertEqual(self.latest(timestamp=1_700_000_000_500), -1)
        self.assertEqual(self.latest(0, 1_700_000_000_500), 1)
        self.assertEqual((self.latest(timestamp=MAX_TIMESTAMP), self.latest(0, MAX_TIMESTAMP)), (-1, 1))

    def test_deleted_records_hold_nobody_back(self):
        self.write(b"a", b"b", b"c")
        parts = [{"PartitionIndex": 0, "Offset": 2}]
        body = {"Topics": [{"Name": self.topic, "Partitions": parts}], "TimeoutMs": 10_000}
        answer = self.connection.call("DeleteRecords", 2, body)["Topics"][0]["Partitions"][0]
        self.assertEqual((Err(answer["ErrorCode"]), answer["LowWatermark"]), (Err.NONE, 2))
        # Kafka leaves it below the log start until the next append.
        if not self.on_kafka:
            self.assertEqual(self.latest(), 2)
        self.end(False)
        self.await_stable(4)
        self.assertEqual(self.aborted(self.committed(2)), [(self.producer.id, 0)])


class DescribeProducers(TransactionCase):
    def describe(self, topic=None, partition=0):
        topics = [{"Name": topic or self.topic, "PartitionIndexes": [partition]}]
        return self.connection.call("DescribeProducers", 0, Topics=topics)["Topics"][0]["Partitions"][0]

    def test_rule_72_producers_are_described_with_their_open_transactions(self):
        append(self.connection, self.topic, b"plain")
        self.write(b"a", b"b")
        answer = self.describe()
        self.assert_error(answer, Err.NONE)
        (state,) = answer["ActiveProducers"]
        self.assertEqual((state["ProducerId"], state["ProducerEpoch"]), (self.producer.id, self.producer.epoch))
        self.assertEqual((state["LastSequence"], state["CoordinatorEpoch"], state["CurrentTxnStartOffset"]), (1, -1, 1))
        self.end(True)
        self.await_stable(4)
        (state,) = self.describe()["ActiveProducers"]
        self.assertEqual((state["LastSequence"], state["CoordinatorEpoch"], state["CurrentTxnStartOffset"]), (1, 0, -1))

    def test_a_partition_without_producers_has_none(self):
        append(self.connection, self.topic, b"plain")
        self.assertEqual(self.describe()["ActiveProducers"], [])

    def test_unknown_topics_and_partitions(self):
        for topic, partition in (("no-such-topic", 0), (self.topic, 7)):
            answer = self.describe(topic, partition)
            self.assert_error(answer, Err.UNKNOWN_TOPIC_OR_PARTITION)
            self.assertEqual(answer["ActiveProducers"], [])


if __name__ == "__main__":
    unittest.main()
