"""Rules 46 to 55: producer ids, sequences, duplicates, epochs; what section 14.18 says of them."""

import time
import unittest

from support.broker import open_broker, wait_until
from support.errors import Err
from support.records import Batch, Record
from support.topics import create_topic, fetch, fetch_batches, produce, produce_body
from wire_case import WireCase, use_module_broker

LAST_SEQUENCE = 2**31 - 1
REMEMBERED = 5


def setUpModule():
    use_module_broker()


class IdempotenceCase(WireCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, 2)
        self.producer, self.epoch = self.new_producer()

    def new_producer(self, version=5, **fields):
        answer = self.connection.call("InitProducerId", version, {"TransactionalId": None, **fields})
        self.assert_error(answer, Err.NONE)
        return answer["ProducerId"], answer["ProducerEpoch"]

    def batch(self, sequence, count=1, producer=None, epoch=None, timestamp=None):
        return Batch(
            [Record(b"%d" % (sequence + at), timestamp=timestamp) for at in range(count)],
            producer_id=self.producer if producer is None else producer,
            producer_epoch=self.epoch if epoch is None else epoch,
            base_sequence=sequence,
        )

    def send(self, sequence, count=1, partition=0, **more):
        return produce(self.connection, self.topic, self.batch(sequence, count, **more), partition)

    def assert_taken(self, answer, offset):
        self.assertEqual((Err(answer["ErrorCode"]), answer["BaseOffset"]), (Err.NONE, offset), answer)

    def end(self, partition=0):
        return fetch(self.connection, self.topic, partition=partition)["HighWatermark"]


class InitProducerId(IdempotenceCase):
    def test_rule_55_every_call_gives_a_fresh_id_with_epoch_0(self):
        ids = []
        for version in range(6):
            producer, epoch = self.new_producer(version)
            self.assertEqual(epoch, 0)
            ids.append(producer)
        self.assertEqual(len(set(ids)), len(ids))
        self.assertTrue(min(ids) >= 0)

    def test_rule_55_ids_differ_across_connections(self):
        ids = set()
        for _ in range(50):
            with self.broker.connect() as connection:
                ids.add(connection.call("InitProducerId", 5, TransactionalId=None)["ProducerId"])
        self.assertEqual(len(ids), 50)

    def test_rule_55_without_a_transactional_id_a_given_producer_gets_a_usable_one(self):
        producer, epoch = self.new_producer(5, ProducerId=self.producer, ProducerEpoch=self.epoch)
        self.assertNotEqual((producer, epoch), (self.producer, self.epoch))
        self.assert_taken(self.send(0, producer=producer, epoch=epoch), 0)

    def test_an_empty_transactional_id_is_refused(self):
        answer = self.connection.call("InitProducerId", 5, TransactionalId="", TransactionTimeoutMs=60_000)
        self.assert_error(answer, Err.INVALID_REQUEST)


class Sequences(IdempotenceCase):
    def test_rule_46_and_14_18_a_duplicate_is_answered_with_its_first_offset(self):
        for sequence in range(REMEMBERED):
            self.assert_taken(self.send(sequence * 3, 3), sequence * 3)
        for sequence in range(REMEMBERED):
            self.assert_taken(self.send(sequence * 3, 3), sequence * 3)
        self.assertEqual(self.end(), 3 * REMEMBERED)

    def test_rule_46_a_batch_older_than_the_last_five_is_out_of_order(self):
        for sequence in range(REMEMBERED + 1):
            self.assert_taken(self.send(sequence), sequence)
        self.assert_error(self.send(0), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)
        self.assert_taken(self.send(1), 1)
        self.assertEqual(self.end(), REMEMBERED + 1)

    def test_rule_14_18_a_partial_overlap_is_out_of_order(self):
        self.assert_taken(self.send(0, 4), 0)
        for sequence, count in ((0, 2), (2, 2), (3, 4), (0, 6)):
            self.assert_error(self.send(sequence, count), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)
        self.assertEqual(self.end(), 4)

    def test_rule_48_a_gap_is_out_of_order_and_nothing_is_written(self):
        self.assert_taken(self.send(0), 0)
        for sequence in (2, 50, LAST_SEQUENCE):
            self.assert_error(self.send(sequence), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)
        self.assertEqual(self.end(), 1)
        self.assert_taken(self.send(1), 1)

    def test_rule_47_zero_follows_the_greatest_sequence(self):
        self.assert_taken(self.send(LAST_SEQUENCE - 1), 0)
        self.assert_taken(self.send(LAST_SEQUENCE), 1)
        self.assert_taken(self.send(0), 2)
        self.assert_taken(self.send(1), 3)

    def test_rule_47_a_batch_may_wrap_itself(self):
        self.assert_taken(self.send(LAST_SEQUENCE - 1, 4), 0)
        self.assert_taken(self.send(LAST_SEQUENCE - 1, 4), 0)
        self.assert_taken(self.send(2), 4)

    def test_rule_49_and_14_18_an_unknown_producer_may_start_anywhere(self):
        self.assert_taken(self.send(1234, producer=self.producer + 777_777), 0)
        self.assert_taken(self.send(99), 1)
        self.assert_taken(self.send(100), 2)
        self.assert_error(self.send(102), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)

    def test_each_partition_counts_for_itself(self):
        self.assert_taken(self.send(0), 0)
        self.assert_taken(self.send(0, partition=1), 0)
        self.assert_taken(self.send(1), 1)
        self.assert_error(self.send(2, partition=1), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)

    def test_rule_50_a_higher_epoch_starts_at_0_and_fences_the_older(self):
        self.assert_taken(self.send(0), 0)
        self.assert_error(self.send(1, epoch=1), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)
        self.assert_taken(self.send(0, epoch=1), 1)
        self.assert_error(self.send(1, epoch=0), Err.INVALID_PRODUCER_EPOCH)
        self.assert_error(self.send(0, epoch=0), Err.INVALID_PRODUCER_EPOCH)
        self.assert_taken(self.send(1, epoch=1), 2)
        self.assertEqual(self.end(), 3)

    def test_rule_52_five_batches_in_flight_are_checked_one_after_the_other(self):
        for sequence in range(5):
            self.connection.send("Produce", 12, produce_body(self.topic, self.batch(sequence)))
        for sequence in range(5):
            self.assert_taken(self.connection.receive()["Responses"][0]["PartitionResponses"][0], sequence)

    def test_rule_52_a_gap_among_batches_in_flight_fails_all_after_it(self):
        sequences = (0, 2, 3, 1, 2)
        for sequence in sequences:
            self.connection.send("Produce", 12, produce_body(self.topic, self.batch(sequence)))
        answers = [self.connection.receive()["Responses"][0]["PartitionResponses"][0] for _ in sequences]
        refused = Err.OUT_OF_ORDER_SEQUENCE_NUMBER
        self.assertEqual([Err(each["ErrorCode"]) for each in answers], [Err.NONE, refused, refused, Err.NONE, Err.NONE])
        self.assertEqual(self.end(), 3)

    def test_rule_52_a_duplicate_right_behind_its_original_is_one_record(self):
        for _ in range(5):
            self.connection.send("Produce", 12, produce_body(self.topic, self.batch(0)))
        for _ in range(5):
            self.assert_taken(self.connection.receive()["Responses"][0]["PartitionResponses"][0], 0)
        self.assertEqual(self.end(), 1)

    def test_rule_51_a_refused_batch_leaves_the_state_as_it_was(self):
        self.assert_taken(self.send(0), 0)
        broken = self.batch(1)
        broken.crc = 5
        self.assert_error(produce(self.connection, self.topic, broken), Err.CORRUPT_MESSAGE)
        self.assert_taken(self.send(1), 1)

    def test_producer_fields_are_kept_in_the_batch(self):
        self.send(0, 2)
        stored = fetch_batches(self.broker, self.topic, 0)[0]
        self.assertEqual((stored.producer_id, stored.producer_epoch, stored.base_sequence), (self.producer, self.epoch, 0))

    def test_a_producer_without_an_id_is_never_checked(self):
        for offset in range(3):
            self.assert_taken(self.send(-1, producer=-1, epoch=-1), offset)


class Expiration(IdempotenceCase):
    def setUp(self):
        self.broker = open_broker(restartable=True, producer_id_expiration_ms="500", log_retention_check_interval_ms="50")
        self.addCleanup(self.broker.close)
        super().setUp()

    def test_rule_53_a_producer_that_was_idle_for_long_is_forgotten(self):
        if self.on_kafka:
            self.skipTest("it looks every ten minutes there")

        def taken(sequence):
            return self.send(sequence, timestamp=int(time.time() * 1000))["ErrorCode"] == Err.NONE

        self.assertTrue(taken(0))
        # A gap for as long as it is known; then any sequence is a beginning (49).
        wait_until(lambda: taken(9), "the producer is forgotten")
        self.assertEqual(self.end(), 2)


if __name__ == "__main__":
    unittest.main()
