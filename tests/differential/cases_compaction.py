"""Compaction: which records are left once the cleaner has nothing more to do.

The active segment is never compacted. So records under a key of their own are written until nothing changes any more: each is an hour
younger than the last, for Kafka rolls by the times in records, and some time after it, for we roll by the clock.
"""

import itertools
import time

from lab import TIME, Batch, Record, case, each
from support.broker import wait_until
from support.errors import EARLIEST

SEGMENT_MS = 100
BETWEEN_S = 0.12
QUIET_S = 1.2
HOUR_MS = 3_600_000


def topic_of(lab):
    return lab.topic(
        cleanup_policy="compact",
        segment_ms=str(SEGMENT_MS),
        min_cleanable_dirty_ratio="0.01",
        min_compaction_lag_ms="0",
        delete_retention_ms="86400000",
    )


def put(lab, topic, *pairs, **batch):
    """Pairs of key and value as one batch."""
    lab.write(topic, *[Record(value, key, timestamp=TIME) for key, value in pairs], **batch)


def view(lab, topic):
    return [[offset, key, value] for offset, key, value in lab.contents(topic) if key != "roller"]


def settled(lab, topic):
    """What is left when something went and then nothing more did for a while."""
    first = last = view(lab, topic)
    hours = itertools.count(1)
    rolled = changed = time.monotonic()

    def quiet():
        nonlocal last, rolled, changed
        now = time.monotonic()
        if now - rolled > BETWEEN_S:
            lab.write(topic, Record(b"", b"roller", timestamp=TIME + next(hours) * HOUR_MS))
            rolled = now
        seen = view(lab, topic)
        if seen != last:
            last, changed = seen, now
        return seen != first and now - changed > QUIET_S

    wait_until(quiet, "the cleaner is done")
    return last


def see(lab, topic):
    lab.see("left", settled(lab, topic))
    lab.see("earliest", lab.offsets(topic, EARLIEST))


@case
def the_newest_of_each_key_is_left(lab):
    topic = topic_of(lab)
    put(lab, topic, (b"a", b"1"), (b"b", b"1"), (b"a", b"2"))
    put(lab, topic, (b"b", b"2"), (b"c", b"1"))
    see(lab, topic)


@case
def a_tombstone_takes_older_values_and_stays_a_while(lab):
    topic = topic_of(lab)
    put(lab, topic, (b"a", b"1"), (b"b", b"1"))
    put(lab, topic, (b"a", None))
    see(lab, topic)


@case
def empty_keys_and_values_count(lab):
    topic = topic_of(lab)
    put(lab, topic, (b"", b"1"), (b"", b""), (b"x", b""), (b"x", b"2"), (b"y", b""))
    see(lab, topic)


@each(["gzip", "none"])
def batches_keep_their_offsets(lab, value):
    topic = topic_of(lab)
    put(lab, topic, (b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"c", b"1"), codec=value)
    put(lab, topic, (b"c", b"2"), (b"d", b"1"), codec=value)
    see(lab, topic)
    seen = [one for one in lab.fetch(topic)["batches"] if one["base_offset"] < 6]
    lab.see("batches", [[one["base_offset"], one["last_offset_delta"], one["count"], one["codec"]] for one in seen])


@case
def a_fetch_at_a_vanished_offset_gets_the_next_one(lab):
    topic = topic_of(lab)
    put(lab, topic, (b"a", b"1"))
    put(lab, topic, (b"a", b"2"))
    put(lab, topic, (b"b", b"1"))
    see(lab, topic)
    for offset in (0, 1, 2):
        seen = lab.fetch(topic, offset)
        lab.see(f"at {offset}", [seen["error"], seen["batches"][0]["base_offset"]])
    lab.see("time", lab.offsets(topic, TIME))


@case
def a_producers_last_sequence_outlives_its_records(lab):
    topic = topic_of(lab)
    producer, epoch = lab.producer()
    fields = {"producer_id": producer, "producer_epoch": epoch}
    for sequence in range(3):
        put(lab, topic, (b"a", b"%d" % sequence), base_sequence=sequence, **fields)
    put(lab, topic, (b"a", b"last"))
    see(lab, topic)
    lab.see("duplicate", lab.produce(topic, Batch([Record(b"2", b"a", timestamp=TIME)], base_sequence=2, **fields)))
    lab.see("next", lab.produce(topic, Batch([Record(b"3", b"a", timestamp=TIME)], base_sequence=3, **fields))["error"])


@case
def a_record_in_the_active_segment_is_left_alone(lab):
    topic = topic_of(lab)
    put(lab, topic, (b"a", b"1"), (b"a", b"2"))
    see(lab, topic)
    put(lab, topic, (b"b", b"3"), (b"b", b"4"))
    lab.see("the newest batch", [[key, value] for _, key, value in view(lab, topic)[-2:]])
