"""ListOffsets and OffsetForLeaderEpoch: special values, times, versions, errors."""

from lab import TIME, Batch, Record, case, each, error_name
from support.errors import EARLIEST, LATEST, MAX_TIMESTAMP

SPECIAL = range(-8, 0)


def at(*minutes, codec="none"):
    """A batch with a record per minute after TIME."""
    return Batch([Record(b"%d" % minute, timestamp=TIME + minute * 60_000) for minute in minutes], codec=codec)


def filled(lab, **configs):
    """Times 10 20 | 15 40 | 40 30 (minutes), offsets 0 to 5."""
    topic = lab.topic(**configs)
    for batch in (at(10, 20), at(15, 40), at(40, 30)):
        lab.produce(topic, batch)
    return topic


def versions_of(special):
    return {-3: 7, -4: 8, -5: 9, -6: 11}.get(special, 1)


@each(SPECIAL)
def special_on_an_empty_log(lab, value):
    lab.see("answer", lab.offsets(lab.topic(), value, version=11))


@each(SPECIAL)
def special_on_records(lab, value):
    lab.see("answer", lab.offsets(filled(lab), value, version=11))


@each([-3, -4, -5, -6])
def special_below_its_version(lab, value):
    lab.see("answer", lab.offsets(filled(lab), value, version=versions_of(value) - 1))


@each(range(1, 12))
def version(lab, value):
    topic = filled(lab)
    lab.see("latest", lab.offsets(topic, LATEST, version=value))
    lab.see("earliest", lab.offsets(topic, EARLIEST, version=value))
    lab.see("time", lab.offsets(topic, TIME + 15 * 60_000, version=value))


@each([0, 9, 10, 11, 15, 20, 21, 30, 40, 41])
def time_in_minutes(lab, value):
    lab.see("answer", lab.offsets(filled(lab), TIME + value * 60_000))


@case
def time_zero_finds_the_first(lab):
    lab.see("answer", lab.offsets(filled(lab), 0))


@case
def time_on_an_empty_log(lab):
    lab.see("answer", lab.offsets(lab.topic(), TIME))


@each(["gzip", "snappy", "lz4", "zstd"])
def time_inside_a_compressed_batch(lab, value):
    topic = lab.topic()
    lab.produce(topic, at(1, 2, 3, 2, codec=value))
    lab.see("time", lab.offsets(topic, TIME + 2 * 60_000))
    lab.see("max", lab.offsets(topic, MAX_TIMESTAMP))


@case
def the_highest_time_twice(lab):
    topic = lab.topic()
    for batch in (at(5, 9), at(9, 1)):
        lab.produce(topic, batch)
    lab.see("answer", lab.offsets(topic, MAX_TIMESTAMP))


@case
def log_append_times(lab):
    topic = lab.topic(message_timestamp_type="LogAppendTime")
    lab.write(topic, b"a", b"b")
    seen = lab.offsets(topic, MAX_TIMESTAMP)
    lab.see("max", [seen["error"], seen["offset"], seen["time"] > 0])
    seen = lab.offsets(topic, TIME)
    lab.see("first", [seen["error"], seen["offset"]])


@case
def records_without_a_time(lab):
    topic = lab.topic()
    lab.produce(topic, Batch([Record(b"x", timestamp=-1)], base_timestamp=-1, max_timestamp=-1))
    lab.see("max", lab.offsets(topic, MAX_TIMESTAMP))
    lab.see("zero", lab.offsets(topic, 0))
    lab.see("later", lab.offsets(topic, TIME))


@each([LATEST, EARLIEST, MAX_TIMESTAMP, TIME])
def read_committed(lab, value):
    lab.see("answer", lab.offsets(filled(lab), value, isolation=1))


@each([-1, 0, 1])
def current_leader_epoch(lab, value):
    lab.see("answer", lab.offsets(filled(lab), LATEST, CurrentLeaderEpoch=value))


@case
def unknown_places(lab):
    topic = lab.topic()
    lab.see("topic", lab.offsets("no-such-topic-here", LATEST))
    lab.see("partition", lab.offsets(topic, LATEST, partition=1))
    lab.see("negative partition", lab.offsets(topic, LATEST, partition=-1))


@case
def one_partition_asked_twice(lab):
    topic = lab.topic()
    part = {"PartitionIndex": 0, "Timestamp": LATEST}
    answer = lab.call("ListOffsets", 9, ReplicaId=-1, Topics=[{"Name": topic, "Partitions": [part, part]}])
    lab.see("answer", [lab.offset_view(each) for each in answer["Topics"][0]["Partitions"]])


@case
def no_topics(lab):
    lab.see("answer", lab.call("ListOffsets", 9, ReplicaId=-1, Topics=[])["Topics"])


@each([-1, 0, 1, 5])
def end_of_epoch(lab, value):
    for name, topic in (("records", filled(lab)), ("empty", lab.topic())):
        part = {"Partition": 0, "LeaderEpoch": value}
        answer = lab.call("OffsetForLeaderEpoch", 4, ReplicaId=-1, Topics=[{"Topic": topic, "Partitions": [part]}])
        part = answer["Topics"][0]["Partitions"][0]
        lab.see(name, [error_name(part["ErrorCode"]), part["LeaderEpoch"], part["EndOffset"]])


@case
def end_of_epoch_of_unknown_places(lab):
    topic = lab.topic()
    for name, where, partition, current in (
        ("topic", "no-such-topic-here", 0, -1),
        ("partition", topic, 3, -1),
        ("fenced", topic, 0, 0),
        ("unknown epoch", topic, 0, 9),
    ):
        part = {"Partition": partition, "LeaderEpoch": 0, "CurrentLeaderEpoch": current}
        answer = lab.call("OffsetForLeaderEpoch", 4, ReplicaId=-1, Topics=[{"Topic": where, "Partitions": [part]}])
        part = answer["Topics"][0]["Partitions"][0]
        lab.see(name, [error_name(part["ErrorCode"]), part["LeaderEpoch"], part["EndOffset"]])
