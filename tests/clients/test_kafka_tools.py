"""Kafka's own console producer, verifiable producer and console consumer work against the broker."""

import json
import subprocess
import unittest

import agents
from support.broker import open_broker
from support.topics import create_topic, fetch_batches

TOOLS = "org.apache.kafka.tools."
RUN_S = 60


def setUpModule():
    global BROKER, COMMANDS
    COMMANDS = agents.load()
    agents.pick(COMMANDS, "java-tools")
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)


def run_tool(name, *words, text=""):
    command = [*COMMANDS["java-tools"], TOOLS + name, *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=RUN_S)
    if done.returncode:
        raise AssertionError(f"{name} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def stored(topic, partition=0):
    return [record for batch in fetch_batches(BROKER, topic, partition) for record in batch.records]


class KafkaTools(unittest.TestCase):
    def test_console_producer_writes_keys_headers_and_values(self):
        topic = create_topic(BROKER)
        run_tool(
            "ConsoleProducer",
            *("--bootstrap-server", BROKER.bootstrap, "--topic", topic, "--compression-codec", "gzip"),
            *("--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"),
            text="h:1\tk1\tone\nh:2,g:3\tk2\ttwo\n",
        )
        got = [(record.key, record.value, record.headers) for record in stored(topic)]
        expected = [(b"k1", b"one", [("h", b"1")]), (b"k2", b"two", [("h", b"2"), ("g", b"3")])]
        self.assertEqual(got, expected)

    def test_verifiable_producer_has_every_record_acked(self):
        topic = create_topic(BROKER)
        count = 2000
        words = ("--bootstrap-server", BROKER.bootstrap, "--topic", topic, "--max-messages", str(count), "--acks", "-1")
        events = [json.loads(line) for line in run_tool("VerifiableProducer", *words).splitlines() if line.startswith("{")]
        names = [event["name"] for event in events]
        self.assertEqual(names.count("producer_send_success"), count)
        self.assertEqual(names.count("producer_send_error"), 0)
        data = next(event for event in events if event["name"] == "tool_data")
        self.assertEqual((data["sent"], data["acked"]), (count, count))
        self.assertEqual([record.value for record in stored(topic)], [b"%d" % index for index in range(count)])

    def test_get_offset_tool_agrees_with_the_log(self):
        topic = create_topic(BROKER)
        words = ("--bootstrap-server", BROKER.bootstrap, "--topic", topic)
        run_tool("ConsoleProducer", *words, text="a\nb\nc\n")
        self.assertIn(f"{topic}:0:3", run_tool("GetOffsetShell", *words).split())


if __name__ == "__main__":
    unittest.main()
