"""Rules 56 to 72 and 14.23: transactions as their producers see them, over raw requests."""

import unittest

from support.broker import wait_until
from support.errors import Err
from support.groups import await_coordinator
from support.records import TRANSACTIONAL, Batch, Record
from support.topics import append, create_topic, fetch, fetch_body, produce
from support.transactional_producer import (
    CLASSIC,
    NEWEST,
    READ_COMMITTED,
    TransactionalProducer,
    committed_values,
    find_coordinator,
    last_stable,
    unique_transactional_id,
)
from wire_case import WireCase, use_module_broker

LAST_EPOCH = 32_766
MAX_TIMEOUT_MS = 900_000


def setUpModule():
    use_module_broker()


class TransactionCase(WireCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, 3)

    def producer(self, name=None, versions=CLASSIC, **more):
        return TransactionalProducer(self.connection, name, versions, **more)

    def new_producer(self, **more):
        return self.producer(**more).start()

    def other(self, producer, **changed):
        """Somebody else with the same id and epoch."""
        twin = self.producer(producer.name, producer.versions)
        twin.id, twin.epoch = producer.id, producer.epoch
        for name, value in changed.items():
            setattr(twin, name, value)
        return twin

    def write(self, producer, *values, partition=0):
        """Adds the partition and writes to it, by the classic protocol."""
        self.assertEqual(producer.add_partitions(self.topic, partition), [Err.NONE])
        answer = producer.produce(self.topic, *values, partition=partition)
        self.assert_error(answer, Err.NONE)
        return answer["BaseOffset"]

    def committed(self, partition=0):
        return committed_values(self.broker, self.topic, partition)

    def stable_end(self):
        return last_stable(self.connection, self.topic)

    def assert_added(self, producer, error, partition=0, **more):
        self.assertEqual(producer.add_partitions(self.topic, partition, **more), [error])


class Coordinator(TransactionCase):
    def test_every_version_finds_the_coordinator_of_a_transactional_id(self):
        for version in range(1, 7):
            found = find_coordinator(self.connection, unique_transactional_id(), version)
            self.assertEqual((found["ErrorCode"], found["Port"]), (Err.NONE, self.broker.address[1]))

    def test_a_transaction_shows_its_records_once_it_is_committed(self):
        producer = self.new_producer()
        self.write(producer, b"a", b"b")
        self.write(producer, b"c", partition=1)
        self.assertEqual((self.committed(0), self.committed(1)), ([], []))
        producer.finish(True)
        self.assertEqual((self.committed(0), self.committed(1)), ([b"a", b"b"], [b"c"]))

    def test_an_aborted_transaction_shows_nothing(self):
        producer = self.new_producer()
        self.write(producer, b"gone")
        producer.finish(False)
        append(self.connection, self.topic, b"plain")
        self.assertEqual(self.committed(), [b"plain"])

    def test_rule_14_12_each_end_takes_one_offset_on_every_partition(self):
        producer = self.new_producer()
        for expected in (0, 2, 4):
            self.assertEqual(self.write(producer, b"x"), expected)
            producer.finish(expected != 2)
        self.assertEqual(fetch(self.connection, self.topic)["HighWatermark"], 6)

    def test_rule_64_the_last_stable_offset_stays_at_the_oldest_open_transaction(self):
        first, second = self.new_producer(), self.new_producer()
        append(self.connection, self.topic, b"plain")
        self.write(first, b"one")
        self.write(second, b"two")
        append(self.connection, self.topic, b"more")
        self.assertEqual(self.stable_end(), 1)
        second.finish(True)
        self.assertEqual(self.stable_end(), 1)
        body = {**fetch_body(self.topic), "IsolationLevel": READ_COMMITTED}
        told = self.connection.call("Fetch", 12, body)["Responses"][0]["Partitions"][0]
        self.assertEqual(told["LastStableOffset"], 1)
        first.finish(False)
        self.assertEqual(self.stable_end(), 6)
        self.assertEqual(self.committed(), [b"plain", b"two", b"more"])


class Init(TransactionCase):
    def test_every_version_gives_an_id_with_epoch_0_and_the_next_epoch_to_the_next(self):
        for version in range(6):
            producer = self.producer().start(version=version)
            self.assertEqual(producer.epoch, 0)
            successor = self.producer(producer.name).start(version=version)
            self.assertEqual((successor.id, successor.epoch), (producer.id, 1))

    def test_timeouts_out_of_range_and_empty_ids_are_refused(self):
        producer = self.new_producer()
        for timeout_ms in (0, -1, MAX_TIMEOUT_MS + 1):
            producer.timeout_ms = timeout_ms
            self.assert_error(producer.init(), Err.INVALID_TRANSACTION_TIMEOUT)
        nobody = self.producer()
        nobody.name = ""
        self.assert_error(nobody.init(), Err.INVALID_REQUEST)

    def test_rule_57_a_successor_aborts_what_is_open_and_comes_two_epochs_later(self):
        producer = self.new_producer()
        self.write(producer, b"open")
        successor = self.producer(producer.name)
        self.assert_error(successor.init(), Err.CONCURRENT_TRANSACTIONS)
        successor.start()
        self.assertEqual((successor.id, successor.epoch), (producer.id, 2))
        self.assertEqual((self.committed(), self.stable_end()), ([], 2))

    def test_rule_14_23_who_was_succeeded_is_fenced_everywhere(self):
        producer = self.new_producer()
        self.write(producer, b"open")
        self.producer(producer.name).start()
        self.assert_error(producer.produce(self.topic, b"late"), Err.INVALID_PRODUCER_EPOCH)
        await_coordinator(self.connection, "g")
        for version, expected in ((1, Err.INVALID_PRODUCER_EPOCH), (2, Err.PRODUCER_FENCED), (3, Err.PRODUCER_FENCED)):
            self.assert_added(producer, expected, 1, version=version)
            self.assertEqual(producer.add_offsets("g", version), expected)
            self.assert_error(producer.end(True, version), expected)
        held = {"ProducerId": producer.id, "ProducerEpoch": producer.epoch}
        self.assert_error(producer.init(3, **held), Err.INVALID_PRODUCER_EPOCH)
        self.assert_error(producer.init(4, **held), Err.PRODUCER_FENCED)

    def test_rule_59_a_producer_goes_on_with_the_next_epoch_and_its_retry_gets_the_same(self):
        producer = self.new_producer()
        held = {"ProducerId": producer.id, "ProducerEpoch": producer.epoch}
        for _ in range(3):
            answer = producer.init(5, **held)
            self.assert_error(answer, Err.NONE)
            self.assertEqual((answer["ProducerId"], answer["ProducerEpoch"]), (held["ProducerId"], 1))

    def test_two_producers_with_one_id_take_it_from_each_other(self):
        one = self.new_producer()
        other = self.producer(one.name)
        for round_number in range(5):
            other.start()
            self.assert_added(one, Err.PRODUCER_FENCED)
            self.write(other, b"%d" % round_number)
            other.finish(True)
            one, other = other, one
        self.assertEqual(self.committed(), [b"0", b"1", b"2", b"3", b"4"])

    def test_rule_58_the_epoch_after_the_last_is_the_first_of_a_new_id(self):
        producer = self.new_producer()
        body = {"TransactionalId": producer.name, "TransactionTimeoutMs": 60_000}
        answers = []
        while len(answers) < LAST_EPOCH:
            count = min(200, LAST_EPOCH - len(answers))
            for _ in range(count):
                self.connection.send("InitProducerId", 5, body)
            answers += [self.connection.receive() for _ in range(count)]
        self.assertEqual({each["ErrorCode"] for each in answers}, {Err.NONE})
        self.assertEqual((answers[-1]["ProducerId"], answers[-1]["ProducerEpoch"]), (producer.id, LAST_EPOCH))
        before = producer.id
        self.assertEqual(producer.start().epoch, 0)
        self.assertNotEqual(producer.id, before)


class Partitions(TransactionCase):
    def test_rule_60_one_unknown_partition_keeps_all_others_out(self):
        producer = self.new_producer()
        for version in range(6):
            told = producer.add_partitions(self.topic, 0, 99, version=version)
            self.assertEqual(told, [Err.OPERATION_NOT_ATTEMPTED, Err.UNKNOWN_TOPIC_OR_PARTITION])
        self.assertEqual(producer.state(), "Empty")

    def test_rule_60_every_version_adds_and_from_version_4_on_asks_too(self):
        for version in range(6):
            producer = self.new_producer()
            if version >= 4:
                self.assert_added(producer, Err.TRANSACTION_ABORTABLE, version=version, verify_only=True)
            self.assert_added(producer, Err.NONE, version=version)
            if version >= 4:
                self.assert_added(producer, Err.NONE, version=version, verify_only=True)
            self.assertEqual(producer.state(), "Ongoing")
            producer.finish(False)

    def test_rule_61_data_of_a_partition_that_was_not_added_is_refused(self):
        producer = self.new_producer()
        self.assert_added(producer, Err.NONE, 1)
        self.assert_error(producer.produce(self.topic, b"x", version=11), Err.TRANSACTION_ABORTABLE)
        self.assert_error(producer.produce(self.topic, b"x", version=10), Err.INVALID_TXN_STATE)
        producer.finish(False)
        self.assertEqual(fetch(self.connection, self.topic)["HighWatermark"], 0)

    def test_rule_61_data_of_an_unknown_id_is_refused(self):
        stranger = self.other(self.new_producer(), name=unique_transactional_id())
        for version in (11, 12):
            self.assert_error(stranger.produce(self.topic, b"x", version=version), Err.INVALID_PRODUCER_ID_MAPPING)

    def test_rule_61_new_data_adds_its_partition_itself(self):
        producer = self.new_producer(versions=NEWEST)
        self.assert_error(producer.produce(self.topic, b"a"), Err.NONE)
        self.assert_error(producer.produce(self.topic, b"b"), Err.NONE)
        self.assertEqual((producer.state(), self.stable_end()), ("Ongoing", 0))
        producer.finish(True)
        self.assertEqual(self.committed(), [b"a", b"b"])

    def test_rule_49_the_first_data_of_a_partition_has_the_first_sequence_of_its_epoch(self):
        producer = self.new_producer(versions=NEWEST)
        producer.sequences[self.topic, 0] = 5
        self.assert_error(producer.produce(self.topic, b"later"), Err.OUT_OF_ORDER_SEQUENCE_NUMBER)
        producer.sequences[self.topic, 0] = 0
        self.assert_error(producer.produce(self.topic, b"first"), Err.NONE)
        producer.finish(True)
        self.assertEqual(self.committed(), [b"first"])

    def test_rule_70_plain_data_of_the_producer_waits_for_the_end(self):
        producer = self.new_producer()
        self.write(producer, b"open")
        plain = Batch([Record(b"p")], producer_id=producer.id, producer_epoch=producer.epoch, base_sequence=1)
        self.assert_error(produce(self.connection, self.topic, plain), Err.INVALID_TXN_STATE)

    def test_transactional_data_without_a_transactional_id_is_refused(self):
        producer = self.new_producer()
        self.assert_added(producer, Err.NONE)
        who = {"producer_id": producer.id, "producer_epoch": producer.epoch, "base_sequence": 0}
        answer = produce(self.connection, self.topic, Batch([Record(b"x")], attributes=TRANSACTIONAL, **who))
        self.assert_error(answer, Err.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)

    def test_every_version_of_add_offsets_opens_the_transaction(self):
        for version in range(5):
            producer = self.new_producer()
            self.assert_error(producer.add_offsets("some-group", version), Err.NONE)
            told = producer.description()
            self.assertEqual(told["TransactionState"], "Ongoing")
            self.assertEqual([each["Topic"] for each in told["Topics"]], ["__consumer_offsets"])
            producer.finish(False)


class Ending(TransactionCase):
    def test_out_of_the_blue(self):
        producer = self.new_producer()
        for version in range(6):
            fenced = Err.INVALID_PRODUCER_EPOCH if version < 2 else Err.PRODUCER_FENCED
            for changed, expected in (
                ({"name": unique_transactional_id()}, Err.INVALID_PRODUCER_ID_MAPPING),
                ({"id": producer.id + 1}, Err.INVALID_PRODUCER_ID_MAPPING),
                ({"epoch": 7}, fenced),
            ):
                self.assert_error(self.other(producer, **changed).end(True, version), expected)
        for version in range(5):
            self.assert_error(producer.end(True, version), Err.INVALID_TXN_STATE)
            self.assert_error(producer.end(False, version), Err.INVALID_TXN_STATE)

    def test_rule_66_an_end_may_be_asked_for_again_but_not_the_other_one(self):
        for commit in (True, False):
            producer = self.new_producer()
            self.write(producer, b"x")
            producer.finish(commit)
            producer.finish(commit)
            self.assert_error(producer.end(not commit), Err.INVALID_TXN_STATE)

    def test_rule_67_every_new_end_gives_an_epoch_and_its_retry_the_same(self):
        for commit in (True, False):
            producer = self.new_producer(versions=NEWEST)
            self.assert_error(producer.produce(self.topic, b"x"), Err.NONE)
            before = self.other(producer)
            producer.finish(commit)
            self.assertEqual((producer.id, producer.epoch), (before.id, before.epoch + 1))
            retry = self.other(before)
            self.assert_error(retry.end(commit), Err.NONE)
            self.assertEqual((retry.id, retry.epoch), (producer.id, producer.epoch))
            self.assert_error(before.end(not commit), Err.INVALID_TXN_STATE)

    def test_rule_14_23_with_nothing_open_a_new_abort_gives_an_epoch_and_a_commit_is_refused(self):
        producer = self.new_producer(versions=NEWEST)
        self.assert_error(producer.end(True), Err.INVALID_TXN_STATE)
        before = self.other(producer)
        producer.finish(False)
        self.assertEqual(producer.epoch, before.epoch + 1)
        self.assert_error(before.end(False), Err.NONE)
        self.assertEqual(before.epoch, producer.epoch)

    def test_the_next_transaction_begins_at_once(self):
        if self.on_kafka:
            self.skipTest("Apache Kafka answers an end before its markers are written (section 14.13)")
        producer = self.new_producer(versions=NEWEST)
        for value in range(20):
            self.assert_error(producer.produce(self.topic, b"%d" % value), Err.NONE)
            self.assert_error(producer.end(True), Err.NONE)
        self.assertEqual(self.committed(), [b"%d" % value for value in range(20)])

    def test_rule_68_a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced(self):
        producer = self.new_producer(timeout_ms=200)
        self.write(producer, b"slow")
        wait_until(lambda: producer.state() == "CompleteAbort", "the transaction is aborted")
        self.assertEqual(producer.description()["ProducerEpoch"], producer.epoch + 1)
        self.assertEqual((self.committed(), self.stable_end()), ([], 2))
        self.assert_error(producer.produce(self.topic, b"late"), Err.INVALID_PRODUCER_EPOCH)
        self.assert_error(producer.end(True), Err.PRODUCER_FENCED)
        producer.start()
        self.write(producer, b"again")
        producer.finish(True)
        self.assertEqual(self.committed(), [b"again"])


class Administration(TransactionCase):
    def write_marker(self, producer, version=1, coordinator_epoch=0, topic=None, partition=0):
        """An abort; the error."""
        topics = [{"Name": topic or self.topic, "PartitionIndexes": [partition]}]
        marker = {"ProducerId": producer.id, "ProducerEpoch": producer.epoch, "TransactionResult": False, "Topics": topics}
        answer = self.connection.call("WriteTxnMarkers", version, Markers=[{**marker, "CoordinatorEpoch": coordinator_epoch}])
        return Err(answer["Markers"][0]["Topics"][0]["Partitions"][0]["ErrorCode"])

    def test_rule_72_an_administrator_ends_what_hangs(self):
        producer = self.new_producer()
        self.write(producer, b"hangs")
        self.assert_error(self.write_marker(producer), Err.NONE)
        self.assertEqual((self.committed(), self.stable_end()), ([], 2))

    def test_rule_63_markers_of_an_older_coordinator_or_epoch_are_refused(self):
        before = self.new_producer()
        producer = self.other(before).start()
        self.write(producer, b"x")
        self.assert_error(self.write_marker(producer, coordinator_epoch=7), Err.NONE)
        self.assert_error(self.write_marker(producer, coordinator_epoch=6), Err.TRANSACTION_COORDINATOR_FENCED)
        self.assert_error(self.write_marker(before, coordinator_epoch=7), Err.INVALID_PRODUCER_EPOCH)

    def test_markers_for_what_is_not_there(self):
        producer = self.new_producer()
        self.assert_error(self.write_marker(producer, topic="never-made"), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assert_error(self.write_marker(producer, partition=99), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_72_descriptions(self):
        producer = self.new_producer()
        told = producer.description()
        self.assertEqual((told["TransactionState"], told["ProducerId"], told["ProducerEpoch"]), ("Empty", producer.id, 0))
        self.assertEqual((told["TransactionStartTimeMs"], told["TransactionTimeoutMs"], told["Topics"]), (-1, 60_000, []))
        self.write(producer, b"x", partition=2)
        told = producer.description()
        self.assertEqual((told["TransactionState"], told["Topics"]), ("Ongoing", [{"Topic": self.topic, "Partitions": [2]}]))
        self.assertGreater(told["TransactionStartTimeMs"], 0)
        self.assert_error(self.producer().description(), Err.TRANSACTIONAL_ID_NOT_FOUND)

    def listed(self, version=2, **filters):
        answer = self.connection.call("ListTransactions", version, filters)
        self.assert_error(answer, Err.NONE)
        return {each["TransactionalId"]: each["TransactionState"] for each in answer["TransactionStates"]}

    def test_rule_72_lists(self):
        idle, busy = self.new_producer(), self.new_producer()
        self.write(busy, b"x")
        for version in range(3):
            everything = self.listed(version)
            self.assertEqual((everything[idle.name], everything[busy.name]), ("Empty", "Ongoing"))
            self.assertNotIn(idle.name, self.listed(version, StateFilters=["Ongoing"]))
            self.assertEqual(list(self.listed(version, ProducerIdFilters=[busy.id])), [busy.name])
        self.assertNotIn(busy.name, self.listed(1, DurationFilter=600_000))
        self.assertEqual(list(self.listed(2, TransactionalIdPattern=busy.name[:-1] + ".")), [busy.name])
        answer = self.connection.call("ListTransactions", 0, StateFilters=["Nonsense"])
        self.assertEqual(answer["UnknownStateFilters"], ["Nonsense"])

    def test_nobody_deletes_grows_or_writes_to_the_topic_of_transactions(self):
        self.new_producer()
        name = "__transaction_state"
        refused = produce(self.connection, name, Batch([Record(b"x", b"y")]))
        self.assert_error(refused, Err.INVALID_TOPIC_EXCEPTION)
        if self.on_kafka:
            self.skipTest("Apache Kafka deletes it, and has no coordinator from then on")
        deleted = self.connection.call("DeleteTopics", 5, TopicNames=[name], TimeoutMs=10_000)
        self.assert_error(deleted["Responses"][0], Err.INVALID_TOPIC_EXCEPTION)
        wanted = [{"Name": name, "Count": 60, "Assignments": None}]
        grown = self.connection.call("CreatePartitions", 3, Topics=wanted, TimeoutMs=10_000)
        self.assert_error(grown["Results"][0], Err.INVALID_TOPIC_EXCEPTION)


class Restarts(TransactionCase):
    own_broker = {}

    def begin_again(self, producer):
        self.broker.restart()
        self.connection = producer.connection = self.connect()

    def test_an_open_transaction_goes_on_after_a_kill(self):
        producer = self.new_producer()
        self.write(producer, b"before")
        self.broker.kill()
        self.begin_again(producer)
        find_coordinator(self.connection, producer.name)
        self.assertEqual((producer.state(), self.committed()), ("Ongoing", []))
        self.assert_error(producer.produce(self.topic, b"after"), Err.NONE)
        producer.finish(True)
        self.assertEqual(self.committed(), [b"before", b"after"])

    def test_an_open_transaction_that_nobody_asks_for_is_aborted_after_a_kill(self):
        producer = self.new_producer(timeout_ms=1_000)
        self.write(producer, b"forgotten")
        self.broker.kill()
        self.begin_again(producer)
        wait_until(lambda: self.stable_end() == 2, "the transaction is aborted")
        self.assertEqual(self.committed(), [])

    def test_a_torn_log_of_transactions_loses_what_was_torn_only(self):
        if self.on_kafka:
            self.skipTest("the files of a Kafka are its own")
        producer = self.new_producer()
        self.write(producer, b"whole")
        self.broker.kill()
        files = self.broker.directory.glob("data/topics/__transaction_state/*/*.segment")
        [log] = [file for file in files if producer.name.encode() in file.read_bytes()]
        # The last record may end with zeros of its own.
        end = len(log.read_bytes().rstrip(b"\0")) + 16
        with log.open("r+b") as file:
            file.seek(end)
            file.write(b"\x7f" * 40)
        self.begin_again(producer)
        find_coordinator(self.connection, producer.name)
        producer.finish(True)
        self.assertEqual(self.committed(), [b"whole"])


class Width(TransactionCase):
    def test_a_transaction_over_10000_partitions_ends_everywhere(self):
        if self.on_kafka:
            self.skipTest("takes minutes there")
        wide = create_topic(self.broker, 10_000, durability="none")
        producer = self.new_producer()
        self.assertEqual(set(producer.add_partitions(wide, *range(10_000))), {Err.NONE})
        written = (0, 5_000, 9_999)
        for partition in written:
            self.assert_error(producer.produce(wide, b"x", partition=partition), Err.NONE)
        producer.finish(True)
        for partition in written:
            self.assertEqual(committed_values(self.broker, wide, partition), [b"x"])
        self.assertEqual(fetch(self.connection, wide, partition=1)["HighWatermark"], 1)


if __name__ == "__main__":
    unittest.main()
