"""Rules 16, 27, 35 and 38: configs of brokers that clients change are in force at once, for what is there already, and after a kill."""

import json
import random
import time
import unittest

from support.broker import wait_until
from support.errors import EARLIEST, Err
from support.records import LOG_APPEND_TIME, Batch, Record
from support.topics import append, create_topic, fetch_batches, list_offset, produce
from support.wire import Closed
from wire_case import WireCase, use_module_broker

SET, DELETE = 0, 1
TOPIC, BROKER = 2, 4
THIS, ALL = "1", ""
# Of topics whose records must not go by age: the kit's are of 2023.
FOR_EVER = "-1"
LARGE = Batch([Record(b"x" * 20_000)])


def setUpModule():
    # A running peer has to be started with these.
    use_module_broker(log_cleaner_backoff_ms=600_000, log_retention_check_interval_ms=100)


def alter(connection, name, *changes, validate_only=False):
    configs = [{"Name": key, "ConfigOperation": SET if value is not None else DELETE, "Value": value} for key, value in changes]
    resource = {"ResourceType": BROKER, "ResourceName": name, "Configs": configs}
    return connection.call("IncrementalAlterConfigs", 1, Resources=[resource], ValidateOnly=validate_only)["Responses"][0]


def described(connection, name, key, kind=BROKER):
    asked = {"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": [key]}
    configs = connection.call("DescribeConfigs", 4, Resources=[asked])["Results"][0]["Configs"]
    return (configs[0]["Value"], configs[0]["ConfigSource"]) if configs else None


class BrokerConfigCase(WireCase):
    def set(self, *changes, name=THIS):
        self.assert_error(alter(self.connection, name, *changes), Err.NONE)
        self.addCleanup(self.unset, name, [key for key, _ in changes])

    def unset(self, name, keys):
        with self.broker.connect() as connection:
            self.assert_error(alter(connection, name, *((key, None) for key in keys)), Err.NONE)


class Dynamic(BrokerConfigCase):
    def test_rule_35_the_largest_batch_of_topics_that_are_there(self):
        topic = create_topic(self.broker)
        self.set(("message.max.bytes", "10000"))
        wait_until(lambda: produce(self.connection, topic, LARGE)["ErrorCode"] == Err.MESSAGE_TOO_LARGE, "it is in force")
        own = create_topic(self.broker, max_message_bytes="30000")
        self.assert_error(produce(self.connection, own, LARGE), Err.NONE)
        self.unset(THIS, ["message.max.bytes"])
        wait_until(lambda: produce(self.connection, topic, LARGE)["ErrorCode"] == Err.NONE, "the default is back")

    def test_rule_38_whose_clock_dates_records(self):
        topic = create_topic(self.broker, retention_ms=FOR_EVER)
        self.set(("log.message.timestamp.type", "LogAppendTime"))

        def is_dated_by_the_log():
            append(self.connection, topic, Record(b"v", timestamp=1000))
            return fetch_batches(self.broker, topic, 0)[-1].attributes & LOG_APPEND_TIME

        wait_until(is_dated_by_the_log, "it is in force")

    def test_the_codec_of_topics_that_have_none_of_their_own(self):
        topic = create_topic(self.broker, retention_ms=FOR_EVER)
        self.set(("compression.type", "gzip"))

        def is_compressed():
            append(self.connection, topic, b"v" * 1000)
            return fetch_batches(self.broker, topic, 0)[-1].codec == "gzip"

        wait_until(is_compressed, "it is in force")

    def test_how_old_records_may_become(self):
        topic = create_topic(self.broker)
        append(self.connection, topic, Record(b"old", timestamp=int(time.time() * 1000) - 3_600_000))
        self.assertEqual(list_offset(self.connection, topic, EARLIEST)["Offset"], 0)
        self.set(("log.retention.ms", "60000"))
        wait_until(lambda: list_offset(self.connection, topic, EARLIEST)["Offset"] == 1, "the record is gone")

    def test_how_much_a_partition_may_hold(self):
        topic = create_topic(self.broker, segment_bytes="1048576", retention_ms=FOR_EVER)
        for _ in range(3):
            append(self.connection, topic, b"x" * 900_000)
        self.set(("log.retention.bytes", "1000000"))
        wait_until(lambda: list_offset(self.connection, topic, EARLIEST)["Offset"] > 0, "the oldest segment is gone")

    def test_when_a_segment_is_full(self):
        topic = create_topic(self.broker, retention_ms=FOR_EVER)
        self.set(("log.segment.bytes", "1048576"), ("log.retention.bytes", "1000000"))
        for _ in range(3):
            append(self.connection, topic, b"x" * 900_000)
        wait_until(lambda: list_offset(self.connection, topic, EARLIEST)["Offset"] > 0, "the oldest segment is gone")

    def test_compaction_wakes_up_and_takes_new_topics(self):
        topic = create_topic(self.broker, segment_bytes="1048576", retention_ms=FOR_EVER)
        for number in range(3):
            append(self.connection, topic, Record(b"%d" % number, key=b"same"), Record(b"x" * 900_000, key=b"pad%d" % number))
        self.set(("log.cleanup.policy", "compact"), ("log.cleaner.min.cleanable.ratio", "0"), ("log.cleaner.backoff.ms", "20"))

        def values():
            return [record.value for batch in fetch_batches(self.broker, topic, 0) for record in batch.records if record.key == b"same"]

        wait_until(lambda: b"0" not in values(), "the oldest record of the key is gone", timeout_s=60)

    def test_the_broker_wins_over_all_brokers_and_the_file_stands_behind_both(self):
        key = "log.segment.delete.delay.ms"
        for name, value, expected in (
            (ALL, "5000", ("5000", 3)),
            (THIS, "6000", ("6000", 2)),
            (THIS, None, ("5000", 3)),
            (ALL, None, ("60000", 5)),
        ):
            self.assert_error(alter(self.connection, name, (key, value)), Err.NONE)
            wait_until(lambda expected=expected: described(self.connection, THIS, key) == expected, f"{expected}")

    def test_what_cannot_change_is_refused_and_nothing_else_of_the_request_is_done(self):
        for key in ("num.partitions", "log.dirs", "listeners", "socket.request.max.bytes", "process.roles"):
            if self.on_kafka and key == "listeners":
                continue
            self.assert_error(alter(self.connection, THIS, ("message.max.bytes", "5000"), (key, "9")), Err.INVALID_REQUEST)
        self.assertEqual(described(self.connection, THIS, "message.max.bytes"), ("1048588", 5))


LOGGER = 8


def set_logger(connection, name, level):
    change = {"Name": name, "ConfigOperation": DELETE if level is None else SET, "Value": level}
    resource = {"ResourceType": LOGGER, "ResourceName": THIS, "Configs": [change]}
    return connection.call("IncrementalAlterConfigs", 1, Resources=[resource], ValidateOnly=False)["Responses"][0]


class Loggers(BrokerConfigCase):
    own_broker = {}

    def setUp(self):
        super().setUp()
        # A component of the log here, a class there.
        self.logger = "org.apache.kafka.common.utils.AppInfoParser" if self.on_kafka else "net"

    def level(self):
        return described(self.connection, THIS, self.logger, kind=LOGGER)

    def test_a_level_holds_at_once_and_is_shown(self):
        root = described(self.connection, THIS, "root", kind=LOGGER)
        self.assertEqual(self.level(), root)
        self.assert_error(set_logger(self.connection, self.logger, "DEBUG"), Err.NONE)
        self.assertEqual(self.level(), ("DEBUG", 6))
        if not self.on_kafka:
            self.connect().close()
            wait_until(lambda: " DEBUG net closed " in self.broker.log_path.read_text(errors="replace"), "the log tells more")
        self.assert_error(set_logger(self.connection, self.logger, None), Err.NONE)
        self.assertEqual(self.level(), root)

    def test_what_is_no_logger_or_no_level_is_refused(self):
        for name, level in (("no.such", "INFO"), ("no.such", None), (self.logger, "LOUD"), (self.logger, "debug")):
            self.assert_error(set_logger(self.connection, name, level), Err.INVALID_CONFIG)
        self.assert_error(set_logger(self.connection, "root", None), Err.INVALID_REQUEST)


class Connections(BrokerConfigCase):
    own_broker = {}

    def can_enter(self):
        """Whether a further connection is served."""
        connection = self.broker.connect()
        self.addCleanup(connection.close)
        try:
            connection.socket.settimeout(0.3)
            connection.call("ApiVersions", 0)
        except (Closed, TimeoutError):
            return False
        return True

    def test_rule_16_how_many_may_come_from_one_address(self):
        self.set(("max.connections.per.ip", "1"))
        wait_until(lambda: not self.can_enter(), "the second one is turned away")
        self.assert_error(alter(self.connection, THIS, ("max.connections.per.ip", None)), Err.NONE)
        wait_until(self.can_enter, "it may come again")

    def test_rule_16_those_that_wait_enter_when_more_may(self):
        self.set(("max.connections", "3"))
        waiting = []

        def waits():
            # Where one more came in before the limit was in force, Kafka closes the one that has been idle longest.
            self.assertEqual(self.connection.call("ApiVersions", 0)["ErrorCode"], 0)
            waiting.append(self.connect())
            waiting[-1].send("ApiVersions", 0)
            return waiting[-1].is_silent(0.3)

        wait_until(waits, "one waits")
        self.assert_error(alter(self.connection, THIS, ("max.connections", "1000")), Err.NONE)
        self.assert_error(waiting[-1].receive(), Err.NONE)


class Kept(BrokerConfigCase):
    own_broker = {"message_max_bytes": "2000000"}

    def test_after_a_kill_they_are_there_above_the_file(self):
        topic = create_topic(self.broker)
        self.set(("message.max.bytes", "10000"))
        self.set(("log.retention.bytes", "123456"), name=ALL)
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        wait_until(lambda: described(self.connection, THIS, "message.max.bytes") == ("10000", 2), "it is there")
        self.assertEqual(described(self.connection, THIS, "log.retention.bytes"), ("123456", 3))
        self.assertEqual(described(self.connection, topic, "retention.bytes", TOPIC), ("123456", 3))
        self.assert_error(produce(self.connection, topic, LARGE), Err.MESSAGE_TOO_LARGE)
        self.unset(THIS, ["message.max.bytes"])
        wait_until(lambda: described(self.connection, THIS, "message.max.bytes") == ("2000000", 4), "the file's value holds")

    def test_a_torn_file_stops_the_start_and_is_named_with_the_place(self):
        if self.on_kafka:
            self.skipTest("its metadata lies elsewhere")
        # A default would let go what an operator wanted kept.
        self.set(("log.retention.ms", "-1"), name=ALL)
        self.broker.kill()
        file = self.broker.directory / "data" / "brokers.json"
        whole = file.read_bytes()
        file.write_bytes(whole[:-5])
        with self.assertRaises(AssertionError) as failed:
            self.broker.restart()
        self.assertIn(f"brokers.json: not a whole JSON object: it goes wrong at byte {len(whole) - 5} of {len(whole) - 5}", str(failed.exception))
        self.assertEqual(file.read_bytes(), whole[:-5])
        file.write_bytes(whole)
        self.broker.restart()
        self.connection = self.connect()
        self.assertEqual(described(self.connection, THIS, "log.retention.ms"), ("-1", 3))


    def test_a_key_that_this_version_refuses_is_named_at_each_start_and_can_be_taken_away(self):
        if self.on_kafka:
            self.skipTest("its metadata lies elsewhere")
        self.set(("message.max.bytes", "10000"))
        self.broker.kill()
        file = self.broker.directory / "data" / "brokers.json"
        kept = json.loads(file.read_text())
        kept["brokers"][THIS]["key.of.a.newer.version"] = "1"
        file.write_text(json.dumps(kept))
        self.broker.restart()
        self.connection = self.connect()
        told = r"ERROR config what was set on brokers does not count, .* file=brokers.json cause=.*key\.of\.a\.newer\.version"
        self.assertRegex(self.broker.log_tail(), told)
        self.assertEqual(described(self.connection, THIS, "message.max.bytes"), ("10000", 2))
        self.unset(THIS, ["key.of.a.newer.version"])
        self.assertEqual(json.loads(file.read_text())["brokers"][THIS], {"message.max.bytes": "10000"})


class Killed(BrokerConfigCase):
    """What is on disk after a kill at any moment is what was answered, or the one change that was under way."""

    own_broker = {}
    ROUNDS = 5

    def test_a_kill_in_the_midst_of_changes_loses_none_that_was_answered(self):
        rng = random.Random(7)
        for _ in range(self.ROUNDS):

            def change(number, connection=self.connection):
                self.assert_error(alter(connection, THIS, ("message.max.bytes", str(1_000_001 + number))), Err.NONE)

            answered = self.kill_during(change, rng.randrange(2, 40))
            wait_until(lambda: described(self.connection, THIS, "message.max.bytes")[1] == 2, "it is there")
            value = int(described(self.connection, THIS, "message.max.bytes")[0]) - 1_000_000
            self.assertIn(value, (answered, answered + 1))


if __name__ == "__main__":
    unittest.main()
