"""Fetch: limits, waiting, positions, versions, isolation, leader epochs, topic ids, and sessions."""

from lab import TIME, Batch, Record, case, each
from support.topics import fetch_body

CLOSE, NEW = -1, 0
SIX = [b"a", b"b", b"c", b"d", b"e", b"f"]


def filled(lab, partitions=1, **configs):
    """Three batches of two records: offsets 0 to 5."""
    topic = lab.topic(partitions, **configs)
    for partition in range(partitions):
        for at in (0, 2, 4):
            lab.write(topic, *SIX[at : at + 2], partition=partition)
    return topic


@case
def an_empty_log(lab):
    topic = lab.topic()
    lab.see("at 0", lab.fetch(topic))
    lab.see("at 1", lab.fetch(topic, 1))


@each([0, 1, 2, 3, 5, 6, 7, -1, -2, 2**62])
def at_offset(lab, value):
    lab.see("answer", lab.fetch(filled(lab), value))


@each(range(4, 19))
def version(lab, value):
    topic = filled(lab)
    lab.see("answer", lab.fetch_parts(value, fetch_body(lab.id_of(topic) if value >= 13 else topic, 1)))


@case
def the_partition_limit_still_gives_the_first_batch(lab):
    topic = filled(lab)
    for limit in (0, 1, 70, 10_000):
        lab.see(f"limit {limit}", [one["base_offset"] for one in lab.fetch(topic, partition_bytes=limit)["batches"]])


@case
def the_response_limit_still_gives_the_first_batch(lab):
    topic = filled(lab)
    for limit in (0, 1, 70, 10_000):
        lab.see(f"limit {limit}", [one["base_offset"] for one in lab.fetch(topic, max_bytes=limit)["batches"]])


@case
def only_the_first_partition_gets_its_batch_beyond_the_limit(lab):
    topic = filled(lab, 3)
    body = fetch_body(topic, max_bytes=1)
    body["Topics"][0]["Partitions"] = [
        {"Partition": at, "FetchOffset": 0, "PartitionMaxBytes": 1} for at in (2, 0, 1)
    ]
    seen = lab.fetch_parts(12, body)["partitions"]
    lab.see("batches", [[part["partition"], len(part["batches"])] for part in seen])


@case
def an_empty_first_partition_leaves_the_batch_to_the_next(lab):
    topic = lab.topic(2)
    lab.write(topic, b"x", partition=1)
    body = fetch_body(topic, max_bytes=1)
    body["Topics"][0]["Partitions"] = [{"Partition": at, "FetchOffset": 0, "PartitionMaxBytes": 1} for at in (0, 1)]
    lab.see("answer", lab.fetch_parts(12, body))


@case
def max_wait_ends_with_what_there_is(lab):
    lab.see("answer", lab.fetch(filled(lab), 4, max_wait_ms=50, min_bytes=1_000_000))


@case
def min_bytes_0_answers_at_once(lab):
    lab.see("answer", lab.fetch(lab.topic(), max_wait_ms=60_000, min_bytes=0))


@case
def negative_min_bytes(lab):
    lab.see("answer", lab.fetch(lab.topic(), max_wait_ms=60_000, min_bytes=-1))


@case
def an_error_answers_at_once(lab):
    lab.see("answer", lab.fetch(filled(lab), 99, max_wait_ms=60_000, min_bytes=1_000_000))


@case
def a_waiting_fetch_gets_what_comes(lab):
    topic, reader = lab.topic(), lab.connect()
    reader.send("Fetch", 12, fetch_body(topic, max_wait_ms=20_000))
    lab.write(topic, b"news")
    lab.see("answer", [lab.fetch_view(part) for each in reader.receive()["Responses"] for part in each["Partitions"]])


@each([0, 1])
def isolation(lab, value):
    lab.see("answer", lab.fetch(filled(lab), 2, top={"IsolationLevel": value}))


@case
def unknown_places(lab):
    topic = filled(lab)
    lab.see("topic", lab.fetch_parts(12, fetch_body("no-such-topic-here")))
    lab.see("partition", lab.fetch(topic, partition=1))
    lab.see("negative partition", lab.fetch(topic, partition=-1))
    lab.see("topic id", lab.fetch_parts(13, fetch_body(b"\x01" * 16)))
    lab.see("zero topic id", lab.fetch_parts(13, fetch_body(bytes(16))))


@each([-1, 0, 1, 5])
def current_leader_epoch(lab, value):
    lab.see("answer", lab.fetch(filled(lab), 4, CurrentLeaderEpoch=value))


@each([-1, 0, 1])
def last_fetched_epoch(lab, value):
    lab.see("answer", lab.fetch(filled(lab), 4, LastFetchedEpoch=value))


@case
def one_partition_asked_twice(lab):
    body = fetch_body(filled(lab), 4)
    body["Topics"][0]["Partitions"] *= 2
    lab.see("answer", lab.fetch_parts(12, body))


@case
def one_topic_asked_twice(lab):
    body = fetch_body(filled(lab, 2), 4)
    body["Topics"] += fetch_body(body["Topics"][0]["Topic"], 4, partition=1)["Topics"]
    lab.see("answer", lab.fetch_parts(12, body))


@case
def no_partitions(lab):
    lab.see("answer", lab.fetch_parts(12, {"MaxWaitMs": 0, "MinBytes": 1, "Topics": []}))


@each([4, 9, 10, 12])
def zstd_batch_in_version(lab, value):
    topic = lab.topic()
    lab.produce(topic, Batch([Record(b"x", timestamp=TIME)], codec="zstd"))
    lab.see("answer", lab.fetch(topic, version=value))


@each([4, 9, 10, 12])
def zstd_topic_in_version(lab, value):
    topic = lab.topic(compression_type="zstd")
    lab.write(topic, b"x")
    lab.see("answer", lab.fetch(topic, version=value))


@case
def a_large_batch_among_small_ones(lab):
    topic = lab.topic()
    lab.write(topic, b"small")
    lab.write(topic, bytes(20_000))
    lab.write(topic, b"small")
    for offset in (0, 1, 2):
        seen = lab.fetch(topic, offset, partition_bytes=1000)
        lab.see(f"at {offset}", [one["base_offset"] for one in seen["batches"]])


@case
def sizes_are_what_was_sent(lab):
    topic = lab.topic()
    lab.write(topic, b"a", b"b")
    part = lab.connection.call("Fetch", 12, fetch_body(topic))["Responses"][0]["Partitions"][0]
    lab.see("bytes", len(part["Records"]))


# Sessions (KIP-227)


class Session:
    """Fetches of one session over one connection."""

    def __init__(self, lab, version=12, partitions=2):
        self.lab = lab
        self.version = version
        self.topic = filled(lab, partitions)
        self.name = lab.id_of(self.topic) if version >= 13 else self.topic
        self.session = 0

    def ask(self, label, epoch, offsets=None, session=None, forget=()):
        """`offsets`: partition -> fetch offset."""
        key = "TopicId" if self.version >= 13 else "Topic"
        parts = [{"Partition": at, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20} for at, offset in (offsets or {}).items()]
        body = {"MaxWaitMs": 0, "MinBytes": 0, "SessionId": self.session if session is None else session, "SessionEpoch": epoch}
        body["Topics"] = [{key: self.name, "Partitions": parts}] if parts else []
        body["ForgottenTopicsData"] = [{key: self.name, "Partitions": list(forget)}] if forget else []
        seen = self.lab.fetch_parts(self.version, body)
        if self.lab.session:
            self.session = self.lab.session
        seen["partitions"] = [
            [part["partition"], part["error"], part["high_watermark"], [one["base_offset"] for one in part["batches"] or []]]
            for part in seen["partitions"]
        ]
        self.lab.see(label, seen)


@each([7, 12, 13, 18])
def session_in_version(lab, value):
    session = Session(lab, value)
    session.ask("new", NEW, {0: 0, 1: 4})
    session.ask("moved on", 1, {0: 6, 1: 6})
    session.ask("nothing new", 2)
    lab.write(session.topic, b"g", partition=1)
    session.ask("one grew", 3)
    session.ask("close", CLOSE)
    session.ask("after the close", 4)


@case
def session_with_a_wrong_epoch(lab):
    session = Session(lab)
    session.ask("new", NEW, {0: 0})
    session.ask("skipped one", 2)
    session.ask("again the right one", 1, {0: 6})
    session.ask("the same again", 1)


@case
def session_nobody_knows(lab):
    session = Session(lab)
    session.ask("unknown", 1, {0: 0}, session=123_456)
    session.ask("unknown, closing", CLOSE, {0: 6}, session=123_456)
    session.ask("unknown, new", NEW, {0: 6}, session=123_456)


@case
def session_forgets_a_partition(lab):
    session = Session(lab)
    session.ask("new", NEW, {0: 6, 1: 6})
    session.ask("forget", 1, forget=[0])
    for partition in (0, 1):
        lab.write(session.topic, b"g", partition=partition)
    session.ask("only the other", 2)


@case
def session_takes_a_partition_up(lab):
    session = Session(lab)
    session.ask("new", NEW, {0: 6})
    session.ask("more", 1, {1: 4})
    session.ask("then", 2, {1: 6})


@case
def session_repeats_an_error(lab):
    session = Session(lab)
    session.ask("new", NEW, {0: 6, 1: 99})
    session.ask("still", 1)
    session.ask("mended", 2, {1: 6})
    session.ask("quiet", 3)


@case
def session_tells_a_moved_log_start_or_end_only(lab):
    session = Session(lab)
    session.ask("new", NEW, {0: 0, 1: 0})
    session.ask("same offsets again", 1)
    session.ask("one at the end", 2, {0: 6})
    session.ask("the other is still behind", 3)


@case
def session_with_an_unknown_partition(lab):
    session = Session(lab)
    session.ask("new", NEW, {0: 6, 7: 0})
    session.ask("still", 1)


@case
def session_without_partitions(lab):
    session = Session(lab)
    session.ask("new", NEW)


@case
def session_replaced_by_a_new_one(lab):
    session = Session(lab)
    session.ask("first", NEW, {0: 6})
    old = session.session
    session.ask("second", NEW, {1: 6}, session=old)
    session.ask("the first is gone", 1, session=old)
