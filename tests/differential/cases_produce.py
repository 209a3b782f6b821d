"""Produce: acks, versions, codecs, timestamps, sizes, wrong batches, and idempotent producers."""

from lab import CODECS, LOOK_MS, TIME, Batch, Record, case, each
from support.records import CONTROL, LOG_APPEND_TIME, TRANSACTIONAL, encode_batch
from support.topics import produce_body
from support.wire import encode_request

LAST_SEQUENCE = 2**31 - 1
DAY_MS = 86_400_000


def two():
    return [Record(b"one", timestamp=TIME), Record(b"two", b"key", timestamp=TIME + 5)]


def answer_and_log(lab, topic, records, **more):
    """The log shows what acks=1 wrote once it is synced."""
    lab.see("answer", lab.produce(topic, records, **more))
    lab.see("log", lab.fetch(topic, max_wait_ms=LOOK_MS))


@each([-1, 1, 2, -2])
def acks(lab, value):
    answer_and_log(lab, lab.topic(), Batch(two()), acks=value)


@case
def acks_0_is_written_and_not_answered(lab):
    topic = lab.topic()
    body = produce_body(topic, Batch(two()), acks=0)
    lab.connection.send_frame(encode_request("Produce", 12, body, 7))
    lab.see("log", lab.fetch(topic, max_wait_ms=5000))


@each(range(3, 14))
def version(lab, value):
    topic = lab.topic()
    lab.see("answer", lab.produce(lab.id_of(topic) if value >= 13 else topic, Batch(two()), version=value))
    lab.see("log", lab.fetch(topic))


@each(CODECS)
def codec(lab, value):
    answer_and_log(lab, lab.topic(), Batch(two(), codec=value))


@each([3, 6, 7])
def zstd_in_version(lab, value):
    lab.see("answer", lab.produce(lab.topic(), Batch(two(), codec="zstd"), version=value))


def wrong(**fields):
    return encode_batch(Batch(two(), **fields))


WRONG = {
    "bad_crc": wrong(crc=1),
    "magic_9": wrong(magic=9),
    "base_offset_5": wrong(base_offset=5),
    "count_too_high": wrong(count=3),
    "count_too_low": wrong(count=1),
    "count_0": wrong(count=0),
    "last_delta_too_high": wrong(last_offset_delta=7),
    "last_delta_too_low": wrong(last_offset_delta=0),
    "deltas_backwards": wrong(offset_deltas=[1, 0]),
    "deltas_with_a_gap": wrong(offset_deltas=[0, 2], last_offset_delta=2),
    "control": wrong(attributes=CONTROL),
    "transactional_without_producer": wrong(attributes=TRANSACTIONAL),
    "codec_5": wrong(attributes=5),
    "unknown_attribute": wrong(attributes=0x80),
    "empty": b"",
    "two_batches": wrong() + wrong(),
    "cut_off": wrong()[:-3],
    "short": wrong()[:40],
    "trailing_byte": wrong() + b"x",
    "leader_epoch_9": wrong(leader_epoch=9),
    "record_too_long": wrong(payload=b"\x7f\x00\x00\x00\x01\x02a\x00"),
    "unreadable_gzip": wrong(codec="gzip", payload=b"junk"),
    "unreadable_snappy": wrong(codec="snappy", payload=b"\xff" * 9),
    "unreadable_lz4": wrong(codec="lz4", payload=b"junk"),
    "unreadable_zstd": wrong(codec="zstd", payload=b"junk"),
    "max_timestamp_wrong": wrong(max_timestamp=TIME + 999),
    "negative_producer_id": wrong(producer_id=-7),
    "producer_without_sequence": wrong(producer_id=1, producer_epoch=0),
    "producer_without_epoch": wrong(producer_id=1, base_sequence=0),
}


@each(WRONG)
def batch(lab, value):
    topic = lab.topic()
    lab.see("answer", lab.produce(topic, WRONG[value]))
    lab.see("log", lab.log(topic))
    lab.see("next", lab.produce(topic, Batch(two())))


@case
def nulls_empties_and_headers_come_back(lab):
    records = [
        Record(None, None, timestamp=TIME),
        Record(b"", b"", [("h", None), ("h", b""), ("h", b"x")], timestamp=TIME),
    ]
    answer_and_log(lab, lab.topic(), Batch(records))


@case
def null_key_on_a_compacted_topic(lab):
    topic = lab.topic(cleanup_policy="compact")
    answer_and_log(lab, topic, Batch(two()))
    lab.see("compressed", lab.produce(topic, Batch(two(), codec="gzip")))
    lab.see("with keys", lab.produce(topic, Batch([Record(b"v", b"k", timestamp=TIME)])))


@case
def log_append_time(lab):
    topic = lab.topic(message_timestamp_type="LogAppendTime")
    answer_and_log(lab, topic, Batch(two()))


@case
def producer_claims_log_append_time(lab):
    answer_and_log(lab, lab.topic(), encode_batch(Batch(two(), attributes=LOG_APPEND_TIME)))


@case
def timestamps_beyond_the_limits(lab):
    topic = lab.topic(message_timestamp_after_max_ms=str(DAY_MS), message_timestamp_before_max_ms=str(DAY_MS))
    lab.see("past", lab.produce(topic, Batch(two())))
    lab.see("future", lab.produce(topic, Batch([Record(b"x", timestamp=TIME * 3)])))
    lab.see("none", lab.produce(topic, Batch([Record(b"x", timestamp=-1)], base_timestamp=-1, max_timestamp=-1)))
    lab.see("one of two", lab.produce(topic, Batch([*two(), Record(b"x", timestamp=TIME * 3)], max_timestamp=TIME * 3)))


@case
def no_timestamp(lab):
    answer_and_log(lab, lab.topic(), Batch([Record(b"x", timestamp=-1)], base_timestamp=-1, max_timestamp=-1))


@case
def too_large_for_the_topic(lab):
    topic = lab.topic(max_message_bytes="1000")
    exact = encode_batch(Batch([Record(bytes(1000 - 61 - 10), timestamp=TIME)]))
    lab.see("size", len(exact))
    lab.see("as large as allowed", lab.produce(topic, encode_batch(Batch([Record(bytes(1000 - 61 - 10), timestamp=TIME)]))))
    lab.see("larger", lab.produce(topic, encode_batch(Batch([Record(bytes(1001 - 61 - 10), timestamp=TIME)]))))
    lab.see("much larger", lab.produce(topic, Batch([Record(bytes(5000), timestamp=TIME)])))


@case
def larger_than_a_segment(lab):
    topic = lab.topic(segment_bytes=str(1 << 20), max_message_bytes=str(4 << 20))
    lab.see("answer", lab.produce(topic, Batch([Record(bytes(1 << 21), timestamp=TIME)])))


@each(["gzip", "uncompressed", "lz4", "zstd", "snappy", "producer"])
def topic_codec(lab, value):
    topic = lab.topic(compression_type=value)
    lab.write(topic, b"a", b"b")
    lab.produce(topic, Batch(two(), codec="gzip"))
    seen = lab.fetch(topic)
    lab.see("codecs", [one["codec"] for one in seen["batches"]])
    lab.see("counts", [[one["base_offset"], one["count"]] for one in seen["batches"]])


@case
def unknown_places(lab):
    topic = lab.topic()
    lab.see("topic", lab.produce("no-such-topic-here", Batch(two())))
    lab.see("partition", lab.produce(topic, Batch(two()), partition=1))
    lab.see("negative partition", lab.produce(topic, Batch(two()), partition=-1))
    lab.see("topic id", lab.produce(b"\x01" * 16, Batch(two()), version=13))
    lab.see("zero topic id", lab.produce(bytes(16), Batch(two()), version=13))


@case
def one_failing_partition_does_not_fail_the_others(lab):
    topic = lab.topic(3)
    body = produce_body(topic, Batch(two()))
    parts = body["TopicData"][0]["PartitionData"]
    parts += [{"Index": 1, "Records": wrong(crc=1)}, {"Index": 2, "Records": wrong()}, {"Index": 9, "Records": wrong()}]
    lab.see("answer", sorted(lab.produce_answer(12, body), key=lambda part: part["partition"]))


@case
def no_topics(lab):
    lab.see("answer", lab.call("Produce", 12, Acks=-1, TimeoutMs=1000, TopicData=[])["Responses"])


# Idempotent producers


class Producer:
    def __init__(self, lab, **configs):
        self.lab = lab
        self.topic = lab.topic(2, **configs)
        self.id, self.epoch = lab.producer()

    def send(self, sequence, count=1, partition=0, epoch=None, producer=None):
        records = [Record(b"%d" % (sequence + at), timestamp=TIME) for at in range(count)]
        batch = Batch(records, base_sequence=sequence)
        batch.producer_id = self.id if producer is None else producer
        batch.producer_epoch = self.epoch if epoch is None else epoch
        answer = self.lab.produce(self.topic, batch, partition)
        return [answer["error"], answer["base_offset"], answer["append_time"], answer["log_start"]]

    def run(self, *steps):
        """Steps are (sequence, count) or dictionaries of send()."""
        named = [step if isinstance(step, dict) else dict(zip(("sequence", "count"), step)) for step in steps]
        self.lab.see("answers", [self.send(**step) for step in named])
        self.lab.see("end", self.lab.offsets(self.topic, -1)["offset"])


@case
def sequence_duplicate_of_the_last(lab):
    Producer(lab).run((0, 3), (0, 3), (3, 1), (3, 1), (3, 1))


@case
def sequence_duplicates_among_the_last_five(lab):
    Producer(lab).run(*[(at, 1) for at in range(5)], *[(at, 1) for at in range(5)])


@case
def sequence_older_than_the_last_five(lab):
    Producer(lab).run(*[(at, 1) for at in range(7)], (0, 1), (1, 1), (2, 1), (7, 1))


@case
def sequence_gap(lab):
    Producer(lab).run((0, 1), (2, 1), (1, 1), (500, 2), (2, 1))


@case
def sequence_partial_overlaps(lab):
    Producer(lab).run((0, 4), (0, 2), (2, 2), (3, 4), (0, 6), (4, 1))


@case
def sequence_wraps(lab):
    Producer(lab).run((LAST_SEQUENCE - 1, 1), (LAST_SEQUENCE, 1), (0, 1), (1, 1), (LAST_SEQUENCE, 1))


@case
def sequence_wraps_inside_a_batch(lab):
    Producer(lab).run((LAST_SEQUENCE - 1, 4), (LAST_SEQUENCE - 1, 4), (2, 1), (3, 1))


@case
def sequence_wraps_to_1(lab):
    Producer(lab).run((LAST_SEQUENCE, 1), (1, 1))


@case
def sequence_starts_anywhere(lab):
    Producer(lab).run((99, 2), (101, 1), (0, 1))


@case
def epoch_rises(lab):
    Producer(lab).run((0, 2), {"sequence": 0, "epoch": 1}, {"sequence": 2}, {"sequence": 1, "epoch": 1}, {"sequence": 0, "epoch": 1})


@case
def epoch_rises_with_a_sequence_above_0(lab):
    Producer(lab).run((0, 2), {"sequence": 2, "epoch": 1}, {"sequence": 2})


@case
def epoch_jumps(lab):
    Producer(lab).run((0, 1), {"sequence": 0, "epoch": 7}, {"sequence": 0, "epoch": 6}, {"sequence": 1, "epoch": 7})


@case
def epoch_of_a_stranger(lab):
    Producer(lab).run({"sequence": 5, "epoch": 3, "producer": 987_654}, {"sequence": 6, "epoch": 3, "producer": 987_654})


@case
def producers_do_not_disturb_each_other(lab):
    one = Producer(lab)
    other, epoch = lab.producer()
    one.run((0, 1), {"sequence": 0, "producer": other, "epoch": epoch}, (1, 1), (0, 1), {"sequence": 0, "producer": other, "epoch": epoch})


@case
def partitions_count_for_themselves(lab):
    Producer(lab).run((0, 1), {"sequence": 0, "partition": 1}, {"sequence": 1, "partition": 1}, {"sequence": 2, "partition": 0})


@case
def a_duplicate_keeps_its_log_append_time(lab):
    Producer(lab, message_timestamp_type="LogAppendTime").run((0, 1), (0, 1))


@case
def transactional_batch_without_a_transactional_id(lab):
    producer, epoch = lab.producer()
    fields = {"producer_id": producer, "producer_epoch": epoch, "base_sequence": 0}
    lab.see("answer", lab.produce(lab.topic(), Batch(two(), attributes=TRANSACTIONAL, **fields)))
