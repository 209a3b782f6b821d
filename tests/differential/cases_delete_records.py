"""DeleteRecords: how far it goes, what readers see afterwards, and what is refused."""

from lab import TIME, Batch, Record, case, each
from support.errors import EARLIEST, LATEST


def filled(lab, partitions=1, **configs):
    """Three batches of two records: offsets 0 to 5."""
    topic = lab.topic(partitions, **configs)
    for values in ((b"a", b"b"), (b"c", b"d"), (b"e", b"f")):
        lab.write(topic, *values)
    return topic


def look(lab, topic):
    lab.see("earliest", lab.offsets(topic, EARLIEST))
    lab.see("latest", lab.offsets(topic, LATEST))
    lab.see("time 0", lab.offsets(topic, 0))
    for offset in range(7):
        lab.see(f"fetch at {offset}", lab.fetch(topic, offset))


@each([0, 1, 2, 3, 5, 6, -1])
def up_to(lab, value):
    topic = filled(lab)
    lab.see("answer", lab.delete_records(topic, value))
    look(lab, topic)


@each([7, 1000, -2, -5])
def refused_offset(lab, value):
    topic = filled(lab)
    lab.see("answer", lab.delete_records(topic, value))
    lab.see("earliest", lab.offsets(topic, EARLIEST))


@each([0, 1, 2])
def version(lab, value):
    topic = filled(lab)
    lab.see("answer", lab.delete_records(topic, 3, version=value))


@case
def never_goes_back(lab):
    topic = filled(lab)
    lab.see("to 4", lab.delete_records(topic, 4))
    lab.see("to 2", lab.delete_records(topic, 2))
    lab.see("earliest", lab.offsets(topic, EARLIEST))


@case
def an_emptied_log_goes_on_at_its_end(lab):
    topic = filled(lab)
    lab.see("all", lab.delete_records(topic, -1))
    lab.see("all again", lab.delete_records(topic, -1))
    lab.see("next", lab.write(topic, b"g"))
    look(lab, topic)


@case
def an_empty_log(lab):
    topic = lab.topic()
    lab.see("to 0", lab.delete_records(topic, 0))
    lab.see("to the end", lab.delete_records(topic, -1))
    lab.see("to 1", lab.delete_records(topic, 1))


@case
def a_new_start_shows_in_produce_and_fetch(lab):
    topic = filled(lab)
    lab.delete_records(topic, 3)
    lab.see("produce", lab.produce(topic, Batch([Record(b"x", timestamp=TIME)])))
    lab.see("fetch", lab.fetch(topic, 6))


@case
def a_producer_is_still_known(lab):
    topic = lab.topic()
    producer, epoch = lab.producer()
    fields = {"producer_id": producer, "producer_epoch": epoch}
    for sequence in range(3):
        lab.produce(topic, Batch([Record(b"x", timestamp=TIME)], base_sequence=sequence, **fields))
    lab.see("deleted", lab.delete_records(topic, -1))
    lab.see("duplicate", lab.produce(topic, Batch([Record(b"x", timestamp=TIME)], base_sequence=2, **fields)))
    lab.see("gap", lab.produce(topic, Batch([Record(b"x", timestamp=TIME)], base_sequence=4, **fields)))
    lab.see("next", lab.produce(topic, Batch([Record(b"x", timestamp=TIME)], base_sequence=3, **fields)))


@each(["compact", "compact,delete", "delete"])
def policy(lab, value):
    topic = lab.topic(cleanup_policy=value)
    lab.write(topic, Record(b"v", b"k", timestamp=TIME))
    lab.see("answer", lab.delete_records(topic, 1))


@case
def unknown_places(lab):
    topic = filled(lab)
    lab.see("topic", lab.delete_records("no-such-topic-here", 0))
    lab.see("partition", lab.delete_records(topic, 0, partition=4))


@case
def a_waiting_session_hears_of_the_new_start(lab):
    topic = filled(lab)
    body = {"MaxWaitMs": 0, "MinBytes": 0, "SessionId": 0, "SessionEpoch": 0}
    part = {"Partition": 0, "FetchOffset": 6, "PartitionMaxBytes": 1 << 20}
    lab.fetch_parts(12, {**body, "Topics": [{"Topic": topic, "Partitions": [part]}]})
    lab.delete_records(topic, 4)
    lab.see("session", lab.fetch_parts(12, {**body, "SessionId": lab.session, "SessionEpoch": 1})["partitions"])
