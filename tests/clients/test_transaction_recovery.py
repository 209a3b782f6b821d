"""What each kind of stop leaves of transactions: the last stable offset, what was aborted, and what is open and goes on."""

import unittest

from recovery_case import RecoveryCase
from support.data_directory import lose, partition_directory, pretend_power_loss, tear
from support.errors import Err
from support.topics import append, create_topic, fetch, fetch_body
from support.transactional_producer import CLASSIC, READ_COMMITTED, TransactionalProducer, committed_values, last_stable

# Four of these fill the smallest segment.
LARGE = bytes(240_000)


class TransactionRecovery(RecoveryCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker, segment_bytes=1 << 20)
        self.tell_the_story()

    def write(self, producer, *values):
        self.assertEqual(producer.add_partitions(self.topic, 0), [Err.NONE])
        self.assert_error(producer.produce(self.topic, *values), Err.NONE)

    def tell_the_story(self):
        """Over several segments: one that is aborted, one that is committed, one aborted within it, and one that is open."""
        first, second, self.open = (TransactionalProducer(self.connect(), versions=CLASSIC).start() for _ in range(3))
        append(self.connection, self.topic, b"plain")
        self.write(first, b"aborted 1")
        self.write(second, b"committed")
        self.fill()
        first.finish(False)
        self.fill()
        second.finish(True)
        self.write(first, b"aborted 2")
        self.fill()
        first.finish(False)
        self.write(self.open, b"open")
        self.fill()
        self.stable = last_stable(self.connection, self.topic)
        self.aborted = self.told()
        self.values = [value for value in committed_values(self.broker, self.topic, 0) if value != LARGE]
        self.assertEqual(self.values, [b"plain", b"committed"])
        self.assertEqual(len(self.aborted), 2)

    def fill(self):
        for _ in range(5):
            append(self.connection, self.topic, LARGE)

    def told(self):
        """Aborted transactions, with fetches that begin at every offset."""
        aborted, offset = [], 0
        while offset < self.stable:
            body = {**fetch_body(self.topic, offset, max_bytes=1 << 20), "IsolationLevel": READ_COMMITTED}
            got = self.connection.call("Fetch", 12, body)["Responses"][0]["Partitions"][0]
            for each in got["AbortedTransactions"]:
                pair = (each["ProducerId"], each["FirstOffset"])
                if pair not in aborted:
                    aborted.append(pair)
            offset += 1
        return aborted

    def restart(self):
        super().restart()
        self.open.connection = self.connect()

    def check_all(self):
        """All is as it was; the open transaction goes on, ends, and is seen."""
        self.assertEqual(last_stable(self.connection, self.topic), self.stable)
        self.assertEqual(fetch(self.connection, self.topic, self.stable)["LastStableOffset"], self.stable)
        self.assertEqual(self.told(), self.aborted)
        self.assert_error(self.open.produce(self.topic, b"goes on"), Err.NONE)
        self.assertEqual(self.values, [value for value in committed_values(self.broker, self.topic, 0) if value != LARGE])
        self.assert_error(self.open.end(True), Err.NONE)
        self.assertEqual(last_stable(self.connection, self.topic), fetch(self.connection, self.topic)["HighWatermark"])
        values = [value for value in committed_values(self.broker, self.topic, 0) if value != LARGE]
        self.assertEqual(values, [*self.values, b"open", b"goes on"])

    def indexes(self):
        return sorted(partition_directory(self.data, self.topic).glob("*.txnindex"))

    def test_an_orderly_stop(self):
        self.assertEqual(self.broker.stop(), 0)
        self.restart()
        self.check_all()

    def test_a_kill(self):
        self.broker.kill()
        self.restart()
        self.check_all()

    def test_a_power_loss(self):
        self.broker.kill()
        pretend_power_loss(self.data)
        self.restart()
        self.check_all()

    def test_indexes_of_aborted_transactions_that_are_gone_or_torn_are_made_anew(self):
        for harm in (lose, tear):
            with self.subTest(harm=harm.__name__):
                self.assertEqual(self.broker.stop(), 0)
                before = {path.name: path.read_bytes() for path in self.indexes()}
                self.assertEqual(len(before), 2)
                for path in self.indexes():
                    harm(path)
                self.restart()
                self.assertEqual(self.told(), self.aborted)
                self.assertEqual(self.broker.stop(), 0)
                self.assertEqual({path.name: path.read_bytes() for path in self.indexes()}, before)
                code, said = self.check()
                self.assertEqual(code, 0, said)
                self.restart()
        self.check_all()


if __name__ == "__main__":
    unittest.main()
