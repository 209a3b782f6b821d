"""Limits, codec and time of the broker's own configuration apply to topics that do not say otherwise (rules 35, 37, 38, 13.11)."""

import time
import unittest

from support.errors import Err
from support.records import LOG_APPEND_TIME, Batch, Record, encode_batch
from support.topics import create_topic, fetch_batches, produce
from wire_case import WireCase, use_module_broker

LARGEST = 2000
HOUR_MS = 3_600_000


def setUpModule():
    use_module_broker(
        message_max_bytes=str(LARGEST),
        compression_type="gzip",
        compression_gzip_level="9",
        log_message_timestamp_type="LogAppendTime",
        log_message_timestamp_after_max_ms=str(HOUR_MS),
    )


def batch_of(size):
    """A plain batch of exactly so many bytes."""
    batch = encode_batch(Batch([Record(bytes(size - 80))]))
    return encode_batch(Batch([Record(bytes(size - 80 + size - len(batch)))]))


class Defaults(WireCase):
    def test_rule_35_message_max_bytes_is_the_limit_of_topics_without_their_own(self):
        topic = create_topic(self.broker)
        self.assert_error(produce(self.connection, topic, batch_of(LARGEST)), Err.NONE)
        self.assert_error(produce(self.connection, topic, batch_of(LARGEST + 1)), Err.MESSAGE_TOO_LARGE)
        larger = create_topic(self.broker, max_message_bytes=str(2 * LARGEST))
        self.assert_error(produce(self.connection, larger, batch_of(LARGEST + 1)), Err.NONE)

    def test_rule_13_11_the_brokers_codec_applies_and_a_topic_may_keep_the_producers(self):
        text = Record(b"the same words again " * 20)
        for configs, codec in (({}, "gzip"), ({"compression_type": "producer"}, "none"), ({"compression_type": "snappy"}, "snappy")):
            topic = create_topic(self.broker, **configs)
            self.assert_error(produce(self.connection, topic, Batch([text])), Err.NONE)
            self.assertEqual([batch.codec for batch in fetch_batches(self.broker, topic, 0)], [codec])

    def test_rule_38_the_brokers_append_time_applies_and_a_topic_may_keep_the_producers(self):
        before = int(time.time() * 1000)
        stamped = produce(self.connection, create_topic(self.broker), Batch([Record(b"v", timestamp=5)]))
        self.assertGreaterEqual(stamped["LogAppendTimeMs"], before)
        topic = create_topic(self.broker, message_timestamp_type="CreateTime")
        self.assertEqual(produce(self.connection, topic, Batch([Record(b"v", timestamp=5)]))["LogAppendTimeMs"], -1)
        (batch,) = fetch_batches(self.broker, topic, 0)
        self.assertEqual((batch.attributes & LOG_APPEND_TIME, batch.max_timestamp), (0, 5))

    def test_rule_37_the_brokers_limit_on_time_holds_where_the_producers_time_counts(self):
        ahead = Batch([Record(b"v", timestamp=int(time.time() * 1000) + 2 * HOUR_MS)])
        self.assert_error(produce(self.connection, create_topic(self.broker), ahead), Err.NONE)
        topic = create_topic(self.broker, message_timestamp_type="CreateTime")
        self.assert_error(produce(self.connection, topic, ahead), Err.INVALID_TIMESTAMP)
        further = create_topic(self.broker, message_timestamp_type="CreateTime", message_timestamp_after_max_ms=str(3 * HOUR_MS))
        self.assert_error(produce(self.connection, further, ahead), Err.NONE)


if __name__ == "__main__":
    unittest.main()
