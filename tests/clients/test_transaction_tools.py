"""Kafka's transactions tool lists, describes and aborts transactions, and finds those that hang, which only a lost log of their
coordinator can leave."""

import json
import os
import subprocess
import unittest

import agents
from support.broker import open_broker, wait_until
from support.data_directory import SEGMENT_HEADER_BYTES, pretend_power_loss
from support.errors import LATEST, Err
from support.topics import create_topic, list_offset
from support.transactional_producer import CLASSIC, NEWEST, TransactionalProducer, committed_values, last_stable

TOOL = "org.apache.kafka.tools.TransactionsCommand"
RUN_S = 60


def setUpModule():
    global BROKER, COMMANDS
    COMMANDS = agents.load()
    agents.pick(COMMANDS, "java-tools")
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)


def run_tool(*words, broker=None):
    """The rows of the table that the tool prints, each a dictionary."""
    command = [*COMMANDS["java-tools"], TOOL, "--bootstrap-server", (broker or BROKER).bootstrap, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S)
    if done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    lines = [line.split("\t") for line in done.stdout.splitlines() if line.strip()]
    names, *rows = [[cell.strip() for cell in line] for line in lines] or [[]]
    return [dict(zip(names, row)) for row in rows]


class TransactionTools(unittest.TestCase):
    def setUp(self):
        self.connection = BROKER.connect()
        self.addCleanup(self.connection.close)
        self.topic = create_topic(BROKER, 2)
        self.producer = TransactionalProducer(self.connection, versions=NEWEST).start()
        self.write(b"a", b"b")

    def write(self, *values, partition=0):
        answer = self.producer.produce(self.topic, *values, partition=partition)
        self.assertEqual(Err(answer["ErrorCode"]), Err.NONE)

    def row(self):
        rows = [row for row in run_tool("list") if row["TransactionalId"] == self.producer.name]
        self.assertEqual(len(rows), 1)
        return rows[0]

    def test_rule_72_a_transaction_is_listed_with_its_state(self):
        row = self.row()
        self.assertEqual((row["ProducerId"], row["TransactionState"]), (str(self.producer.id), "Ongoing"))
        self.producer.finish(True)
        self.assertEqual(self.row()["TransactionState"], "CompleteCommit")

    def test_rule_72_a_transaction_is_described_with_its_partitions(self):
        self.write(b"c", partition=1)
        shown = run_tool("describe", "--transactional-id", self.producer.name)[0]
        self.assertEqual(shown["TransactionalId"], self.producer.name)
        self.assertEqual((shown["ProducerId"], shown["ProducerEpoch"]), (str(self.producer.id), str(self.producer.epoch)))
        self.assertEqual((shown["TransactionState"], shown["TransactionTimeoutMs"]), ("Ongoing", "60000"))
        self.assertEqual(set(shown["TopicPartitions"].split(",")), {f"{self.topic}-0", f"{self.topic}-1"})
        self.producer.finish(False)
        shown = run_tool("describe", "--transactional-id", self.producer.name)[0]
        self.assertEqual((shown["TransactionState"], shown["TopicPartitions"]), ("CompleteAbort", ""))

    def test_rule_72_the_producers_of_a_partition(self):
        shown = run_tool("describe-producers", "--topic", self.topic, "--partition", "0")
        self.assertEqual([row["ProducerId"] for row in shown], [str(self.producer.id)])
        self.assertEqual((shown[0]["ProducerEpoch"], shown[0]["LastSequence"]), (str(self.producer.epoch), "1"))
        self.assertEqual(shown[0]["CurrentTransactionStartOffset"], "0")
        self.producer.finish(True)
        shown = run_tool("describe-producers", "--topic", self.topic, "--partition", "0")
        self.assertEqual(shown[0]["CurrentTransactionStartOffset"], "None")

    def test_rule_72_nothing_hangs_that_its_coordinator_knows(self):
        shown = run_tool("find-hanging", "--topic", self.topic, "--max-transaction-timeout", "0")
        self.assertEqual(shown, [])

    def test_rule_72_an_administrator_aborts_a_transaction(self):
        for versions in (NEWEST, CLASSIC):
            with self.subTest(versions=versions):
                self.abort(versions)

    def abort(self, versions):
        topic = create_topic(BROKER)
        producer = TransactionalProducer(self.connection, versions=versions).start()
        if versions is CLASSIC:
            self.assertEqual(producer.add_partitions(topic, 0), [Err.NONE])
        self.assertEqual(Err(producer.produce(topic, b"x")["ErrorCode"]), Err.NONE)
        self.assertEqual(last_stable(self.connection, topic), 0)
        run_tool("abort", "--topic", topic, "--partition", "0", "--start-offset", "0")
        wait_until(lambda: last_stable(self.connection, topic) == 2, "the transaction is aborted")
        self.assertEqual(committed_values(BROKER, topic, 0), [])
        # The coordinator does not know; its own end comes all the same.
        self.assertEqual(Err(producer.end(True)["ErrorCode"]), Err.NONE)
        wait_until(lambda: list_offset(self.connection, topic, LATEST)["Offset"] == 3, "the second marker is there")
        self.assertEqual(last_stable(self.connection, topic), 3)
        self.assertEqual(committed_values(BROKER, topic, 0), [])


class HangingTransactions(unittest.TestCase):
    """The partition has its data, and the coordinator's log is gone."""

    def setUp(self):
        if "STREAMLINE_PEER_COMMAND" in os.environ:
            self.skipTest("changes our own files")
        self.broker = open_broker(restartable=True, durability="always")
        self.addCleanup(self.broker.close)
        connection = self.broker.connect()
        self.topic = create_topic(self.broker, 1)
        self.producer = TransactionalProducer(connection, versions=NEWEST).start()
        self.assertEqual(Err(self.producer.produce(self.topic, b"hangs")["ErrorCode"]), Err.NONE)
        connection.close()
        self.broker.kill()
        data = self.broker.directory / "data"
        for log in data.glob("topics/__transaction_state/*/*.segment"):
            with log.open("r+b") as file:
                file.truncate(SEGMENT_HEADER_BYTES)
        pretend_power_loss(data)
        self.broker.restart()
        self.connection = self.broker.connect()
        self.addCleanup(self.connection.close)

    def await_end(self):
        wait_until(lambda: last_stable(self.connection, self.topic) == 2, "the transaction is aborted")
        self.assertEqual(committed_values(self.broker, self.topic, 0), [])

    def test_rule_72_kafkas_tool_finds_and_aborts_what_hangs(self):
        self.assertEqual(last_stable(self.connection, self.topic), 0)
        [found] = run_tool("find-hanging", "--topic", self.topic, "--max-transaction-timeout", "0", broker=self.broker)
        self.assertEqual((found["Topic"], found["Partition"], found["ProducerId"]), (self.topic, "0", str(self.producer.id)))
        run_tool("abort", "--topic", self.topic, "--partition", "0", "--start-offset", found["StartOffset"], broker=self.broker)
        self.await_end()

    def test_rule_72_our_tool_finds_and_aborts_what_hangs(self):
        def tool(*words):
            command = [os.environ["STREAMLINE_BIN"] + "-cli", "-b", self.broker.bootstrap, "transactions", *words, "-o", "json"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)

        [found] = tool("find-hanging", "--older-than", "0ms")
        self.assertEqual((found["topic"], found["partition"], found["producer_id"]), (self.topic, 0, self.producer.id))
        tool("abort", "-t", self.topic, "-p", "0", "--start-offset", str(found["start_offset"]), "--yes")
        self.await_end()
        self.assertEqual(tool("find-hanging", "--older-than", "0ms"), [])


if __name__ == "__main__":
    unittest.main()
