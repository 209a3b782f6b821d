"""Transactions: error codes of each request per version and state, offsets that markers take, aborted lists, descriptions, lists."""

from lab import case, each, error_name, plain
from support.broker import wait_until
from support.errors import EARLIEST, LATEST, Err
from support.groups import await_coordinator, fetch_group, unique_group
from support.records import CONTROL, TRANSACTIONAL, Batch, Record, decode_batches
from support.topics import fetch_body, produce, produce_body
from support.transactional_producer import (
    CLASSIC,
    NEWEST,
    READ_COMMITTED,
    TransactionalProducer,
    last_stable,
    unique_transactional_id,
)

# Of a transactional id: never used; with a producer and nothing open; open; open with the partition or group asked about; ended; taken over.
STATES = ["unknown", "empty", "open", "added", "committed", "aborted", "fenced"]
ENDED = ("Empty", "CompleteCommit", "CompleteAbort")


def producer_of(lab, versions=CLASSIC, **more):
    return TransactionalProducer(lab.connection, versions=versions, **more).start()


def in_state(lab, state, versions=CLASSIC):
    """A producer in the state, a topic of two partitions, and a group: partition 0 and the group are those that were added."""
    topic, group = lab.topic(2), unique_group()
    await_coordinator(lab.connection, group)
    if state == "unknown":
        # Somebody else's, so that the coordinator is there.
        producer_of(lab)
        producer = TransactionalProducer(lab.connection, versions=versions)
        producer.id, producer.epoch = 4_000_000, 0
        return producer, topic, group
    producer = producer_of(lab, versions)
    if state == "open":
        producer.add_partitions(topic, 1)
    if state in ("added", "committed", "aborted"):
        producer.add_partitions(topic, 0)
        producer.add_offsets(group)
    if state in ("committed", "aborted"):
        producer.finish(state == "committed")
    if state == "fenced":
        TransactionalProducer(lab.connect(), producer.name).start()
    return producer, topic, group


def open_one(lab, topic, *values, versions=NEWEST, partition=0):
    """A transaction with records in one partition."""
    producer = producer_of(lab, versions)
    if versions is CLASSIC:
        producer.add_partitions(topic, partition)
    producer.produce(topic, *values, partition=partition)
    return producer


def names(codes):
    return [error_name(code) for code in codes]


# InitProducerId


@each(range(6))
def init_in_version(lab, value):
    producer = producer_of(lab)
    first = producer.epoch
    lab.see("again", [error_name(producer.init(value)["ErrorCode"]), producer.epoch - first])
    if value >= 3:
        own = {"ProducerId": producer.id, "ProducerEpoch": producer.epoch}
        lab.see("with its own epoch", [error_name(producer.init(value, **own)["ErrorCode"]), producer.epoch - first])
        lab.see("with the epoch before", [error_name(producer.init(value, **own)["ErrorCode"]), producer.epoch - first])
        old = {"ProducerId": producer.id, "ProducerEpoch": first}
        lab.see("with an old epoch", error_name(producer.init(value, **old)["ErrorCode"]))
        other = {"ProducerId": producer.id + 1_000_000, "ProducerEpoch": 0}
        lab.see("with another's id", error_name(producer.init(value, **other)["ErrorCode"]))


@each([-1, 0, 1, 900_000, 900_001])
def init_with_timeout(lab, value):
    producer_of(lab)
    answer = TransactionalProducer(lab.connection, timeout_ms=value).init()
    lab.see("error", error_name(answer["ErrorCode"]))


@each(["empty", "open", "added", "committed", "aborted"])
def init_over(lab, value):
    producer, _, _ = in_state(lab, value)
    epoch = producer.epoch
    producer.start()
    lab.see("epochs later", producer.epoch - epoch)
    lab.see("state", producer.state())


# AddPartitionsToTxn


@each([f"v{version}_{state}" for version in range(4) for state in STATES])
def add_partitions(lab, value):
    version, _, state = value[1:].partition("_")
    producer, topic, _ = in_state(lab, state)
    lab.see("errors", names(producer.add_partitions(topic, 0, 1, version=int(version))))
    lab.see("with a partition that is not there", names(producer.add_partitions(topic, 0, 9, version=int(version))))


@each([f"v{version}_{state}" for version in (4, 5) for state in STATES])
def add_partitions_of_several(lab, value):
    version, _, state = value[1:].partition("_")
    producer, topic, _ = in_state(lab, state)
    other = producer_of(lab)
    topics = [{"Name": topic, "Partitions": [0, 1]}]

    def ask(verify_only):
        asked = [{**each.fields(Topics=topics), "VerifyOnly": verify_only} for each in (producer, other)]
        answer = lab.connection.call("AddPartitionsToTxn", int(version), Transactions=asked)
        told = {each["TransactionalId"]: each["TopicResults"][0]["ResultsByPartition"] for each in answer["ResultsByTransaction"]}
        shown = [sorted(error_name(part["PartitionErrorCode"]) for part in told[each.name]) for each in (producer, other)]
        return [error_name(answer["ErrorCode"]), *shown]

    lab.see("verified", ask(True))
    lab.see("added", ask(False))


# AddOffsetsToTxn


@each([f"v{version}_{state}" for version in range(5) for state in STATES])
def add_offsets(lab, value):
    version, _, state = value[1:].partition("_")
    producer, _, group = in_state(lab, state)
    lab.see("error", error_name(producer.add_offsets(group, int(version))))


# TxnOffsetCommit


@each([f"v{version}_{state}" for version in range(6) for state in STATES])
def commit_offset(lab, value):
    version, _, state = value[1:].partition("_")
    producer, topic, group = in_state(lab, state)
    lab.see("error", error_name(producer.commit_offset(group, topic, 5, version=int(version))))
    lab.see("no such partition", error_name(producer.commit_offset(group, topic, 5, partition=9, version=int(version))))
    lab.see("state", producer.state() if state != "unknown" else "")
    answer = fetch_group(lab.connection, group, [(topic, [0])])
    lab.see("committed", answer["Topics"][0]["Partitions"][0]["CommittedOffset"])


# EndTxn


@each([f"v{version}_{state}" for version in range(6) for state in STATES])
def end_transaction(lab, value):
    version, _, state = value[1:].partition("_")
    for committed in (True, False):
        producer, _, _ = in_state(lab, state)
        epoch = producer.epoch
        word = "commit" if committed else "abort"
        answer = producer.end(committed, int(version))
        told = answer.get("ProducerEpoch", -1)
        lab.see(word, [error_name(answer["ErrorCode"]), told - epoch if told >= 0 else "none"])
        if state == "unknown":
            continue
        wait_until(lambda: producer.state() in ENDED or state == "fenced", "it has ended")
        # The same request once more: its answer may have been lost.
        producer.epoch = epoch
        answer = producer.end(committed, int(version))
        told = answer.get("ProducerEpoch", -1)
        lab.see(f"{word} again", [error_name(answer["ErrorCode"]), told - epoch if told >= 0 else "none"])
        producer.epoch = epoch
        lab.see(f"the other after {word}", error_name(producer.end(not committed, int(version))["ErrorCode"]))


# Produce


@each([f"v{version}_{state}" for version in (3, 8, 10, 11, 12) for state in STATES])
def produce_to(lab, value):
    version, _, state = value[1:].partition("_")
    producer, topic, _ = in_state(lab, state)
    answer = producer.produce(topic, b"x", version=int(version))
    lab.see("first", [error_name(answer["ErrorCode"]), answer["BaseOffset"]])
    answer = producer.produce(topic, b"y", version=int(version))
    lab.see("second", [error_name(answer["ErrorCode"]), answer["BaseOffset"]])


@case
def plain_data_within_a_transaction(lab):
    topic = lab.topic()
    producer = open_one(lab, topic, b"x")
    batch = Batch([Record(b"y")], producer_id=producer.id, producer_epoch=producer.epoch, base_sequence=1)
    lab.see("error", error_name(produce(lab.connection, topic, batch)["ErrorCode"]))


@case
def a_first_batch_with_a_later_sequence(lab):
    topic = lab.topic()
    producer = producer_of(lab, NEWEST)
    producer.sequences[topic, 0] = 5
    answer = producer.produce(topic, b"x")
    lab.see("answer", [error_name(answer["ErrorCode"]), answer["BaseOffset"]])


@case
def data_under_another_name(lab):
    topic = lab.topic()
    producer = producer_of(lab, NEWEST)
    batch = Batch([Record(b"x")], attributes=TRANSACTIONAL, producer_id=producer.id, producer_epoch=producer.epoch, base_sequence=0)
    body = produce_body(topic, batch, transactional_id=unique_transactional_id())
    lab.see("error", error_name(lab.connection.call("Produce", 12, body)["Responses"][0]["PartitionResponses"][0]["ErrorCode"]))


# What the log shows


def fetched(lab, topic, offset=0, isolation=READ_COMMITTED, version=12, **more):
    """All that there is from the offset on, in as many fetches as it takes: Kafka ends one where markers follow upon data."""
    records, aborted = b"", []
    while True:
        body = {**fetch_body(topic, offset, **more), "IsolationLevel": isolation}
        got = lab.connection.call("Fetch", version, body)["Responses"][0]["Partitions"][0]
        listed = got["AbortedTransactions"]
        aborted += [each for each in listed or [] if each not in aborted]
        batches = decode_batches(got["Records"] or b"")
        if not batches:
            return {**got, "Records": records, "AbortedTransactions": None if listed is None else aborted}
        records += got["Records"]
        offset = batches[-1].base_offset + batches[-1].last_offset_delta + 1


def batches_of(got):
    """[base, last, kind, value or marker] of each batch."""
    shown = []
    for batch in decode_batches(got["Records"] or b""):
        last = batch.base_offset + batch.last_offset_delta
        if batch.attributes & CONTROL:
            shown.append([batch.base_offset, last, "marker", batch.records[0].key.hex(), batch.base_sequence])
        else:
            kind = "transactional" if batch.attributes & TRANSACTIONAL else "plain"
            shown.append([batch.base_offset, last, kind, plain(batch.records[0].value), batch.base_sequence])
    return shown


def aborted_of(got, producers):
    """The list in the order of the offsets, which no client relies on, with the producers' places in `producers` for their ids."""
    if got["AbortedTransactions"] is None:
        return None
    ids = [producer.id for producer in producers]
    listed = sorted(got["AbortedTransactions"], key=lambda each: each["FirstOffset"])
    return [[ids.index(each["ProducerId"]), each["FirstOffset"]] for each in listed]


def positions(got):
    return [got["HighWatermark"], got["LastStableOffset"], got["LogStartOffset"]]


@each(["classic_commit", "classic_abort", "newest_commit", "newest_abort"])
def offsets_of_a_transaction(lab, value):
    versions = CLASSIC if value.startswith("classic") else NEWEST
    topic = lab.topic()
    producer = open_one(lab, topic, b"a", b"b", versions=versions)
    producer.produce(topic, b"c")
    got = fetched(lab, topic)
    lab.see("open", [positions(got), batches_of(got), aborted_of(got, [producer])])
    got = fetched(lab, topic, isolation=0)
    lab.see("open, uncommitted", [positions(got), batches_of(got), aborted_of(got, [producer])])
    id_before = producer.id
    producer.finish(value.endswith("commit"))
    lab.see("keeps its id", producer.id == id_before)
    for name, isolation in (("ended", READ_COMMITTED), ("ended, uncommitted", 0)):
        got = fetched(lab, topic, isolation=isolation)
        lab.see(name, [positions(got), batches_of(got), aborted_of(got, [producer])])


@each(range(3))
def aborted_lists_before_the_end_of(lab, value):
    """Three transactions one within the other, the outer and the inner one aborted; asked from every offset."""
    topic = lab.topic()
    producers = [open_one(lab, topic, b"outer")]
    producers.append(open_one(lab, topic, b"middle"))
    producers.append(open_one(lab, topic, b"inner"))
    first_id = [producer.id for producer in producers]
    for number, committed in ((2, False), (1, True), (0, False)):
        if number == value:
            got = fetched(lab, topic)
            lab.see("before the end", [positions(got), batches_of(got), aborted_of(got, producers)])
        producers[number].finish(committed)
    lab.see("ids stay", [producer.id for producer in producers] == first_id)
    for offset in range(6):
        got = fetched(lab, topic, offset)
        lab.see(f"from {offset}", [positions(got), batches_of(got), aborted_of(got, producers)])


@each(range(4, 13))
def aborted_list_in_version(lab, value):
    topic = lab.topic()
    producer = open_one(lab, topic, b"x")
    producer.finish(False)
    got = fetched(lab, topic, version=value)
    lab.see("shown", [aborted_of(got, [producer]), got["LastStableOffset"]])


@case
def several_transactions_of_one_producer(lab):
    topic = lab.topic()
    producer = producer_of(lab, NEWEST)
    epochs = []
    for number, committed in enumerate((True, False, True, False)):
        producer.produce(topic, b"%d" % number)
        epochs.append(producer.epoch)
        producer.finish(committed)
    lab.see("epochs", [epoch - epochs[0] for epoch in epochs])
    got = fetched(lab, topic)
    lab.see("shown", [positions(got), batches_of(got), aborted_of(got, [producer])])


@case
def positions_under_isolation(lab):
    topic = lab.topic()
    produce(lab.connection, topic, Batch([Record(b"plain", timestamp=1_000)]))

    def look(name):
        def offset(timestamp, isolation):
            parts = [{"PartitionIndex": 0, "Timestamp": timestamp}]
            body = {"ReplicaId": -1, "IsolationLevel": isolation, "Topics": [{"Name": topic, "Partitions": parts}]}
            part = lab.connection.call("ListOffsets", 7, body)["Topics"][0]["Partitions"][0]
            return [error_name(part["ErrorCode"]), part["Offset"]]

        asked = {"earliest": EARLIEST, "latest": LATEST, "largest time": -3, "of a time": 1_000, "of a later time": 1_001}
        lab.see(name, {what: [offset(time, isolation) for isolation in (0, READ_COMMITTED)] for what, time in asked.items()})

    look("nothing open")
    producer = open_one(lab, topic, b"x")
    look("open")
    producer.finish(True)
    wait_until(lambda: last_stable(lab.connection, topic) == 3, "it has ended")
    look("committed")


@case
def a_transaction_over_two_partitions(lab):
    topic = lab.topic(2)
    producer = open_one(lab, topic, b"x")
    producer.produce(topic, b"y", partition=1)
    other = open_one(lab, topic, b"z", partition=1)
    producer.finish(True)
    lab.see("first", batches_of(fetched(lab, topic)))
    got = fetched(lab, topic, partition=1)
    lab.see("second, held up by the other", [positions(got), batches_of(got)])
    other.finish(False)
    got = fetched(lab, topic, partition=1)
    lab.see("second", [positions(got), batches_of(got), aborted_of(got, [producer, other])])


@case
def a_partition_that_got_nothing_has_its_marker_too(lab):
    topic = lab.topic(2)
    producer = producer_of(lab)
    lab.see("added", names(producer.add_partitions(topic, 0, 1)))
    producer.produce(topic, b"x")
    producer.finish(False)
    for partition in (0, 1):
        got = fetched(lab, topic, partition=partition)
        lab.see(f"partition {partition}", [positions(got), batches_of(got), aborted_of(got, [producer])])


# WriteTxnMarkers


def write_marker(lab, topic, producer, version=1, **more):
    marker = {"ProducerId": producer.id, "ProducerEpoch": producer.epoch, "TransactionResult": False, "CoordinatorEpoch": 0}
    marker |= {"Topics": [{"Name": topic, "PartitionIndexes": more.pop("partitions", [0])}], **more}
    answer = lab.connection.call("WriteTxnMarkers", version, Markers=[marker])["Markers"][0]
    return [error_name(part["ErrorCode"]) for part in answer["Topics"][0]["Partitions"]]


@each([1, 2])
def markers_by_an_administrator_in_version(lab, value):
    topic = lab.topic()
    producer = open_one(lab, topic, b"x", versions=CLASSIC)
    lab.see("of an old epoch", write_marker(lab, topic, producer, value, ProducerEpoch=producer.epoch - 1))
    lab.see("of nobody", write_marker(lab, topic, producer, value, ProducerId=producer.id + 1_000_000))
    lab.see("written", write_marker(lab, topic, producer, value, CoordinatorEpoch=5))
    lab.see("of an older coordinator", write_marker(lab, topic, producer, value, CoordinatorEpoch=4))
    lab.see("again", write_marker(lab, topic, producer, value, CoordinatorEpoch=5))
    lab.see("nowhere", write_marker(lab, topic, producer, value, partitions=[7]))
    got = fetched(lab, topic)
    lab.see("shown", [positions(got), batches_of(got)])


# DescribeTransactions, ListTransactions, DescribeProducers


@each(STATES)
def describe(lab, value):
    producer, topic, group = in_state(lab, value)
    if value == "fenced":
        producer.state()
    shown = producer.description()
    topics = {topic: "the topic", "__consumer_offsets": "the groups'"}
    lab.see("error", error_name(shown["ErrorCode"]))
    lab.see("state", shown["TransactionState"])
    lab.see("timeout", shown["TransactionTimeoutMs"])
    lab.see("has begun", shown["TransactionStartTimeMs"] >= 0)
    parts = [[topics[each["Topic"]], sorted(each["Partitions"]) if each["Topic"] == topic else len(each["Partitions"])] for each in shown["Topics"]]
    lab.see("partitions", sorted(parts))
    lab.see("is its own", [shown["ProducerId"] == producer.id, shown["ProducerEpoch"] - producer.epoch if value != "unknown" else shown["ProducerEpoch"]])


@each(range(3))
def list_in_version(lab, value):
    producer, _, _ = in_state(lab, "open")
    ended, _, _ = in_state(lab, "committed")
    mine = {producer.name: "open", ended.name: "ended"}

    def ask(**filters):
        answer = lab.connection.call("ListTransactions", value, **filters)
        shown = sorted(
            [mine[each["TransactionalId"]], each["TransactionState"]] for each in answer["TransactionStates"] if each["TransactionalId"] in mine
        )
        return [error_name(answer["ErrorCode"]), list(answer["UnknownStateFilters"]), shown]

    lab.see("all", ask())
    lab.see("open", ask(StateFilters=["Ongoing"]))
    lab.see("ended", ask(StateFilters=["CompleteCommit", "CompleteAbort"]))
    lab.see("no such state", ask(StateFilters=["Nonsense"]))
    lab.see("one of two states", ask(StateFilters=["Nonsense", "Ongoing"]))
    lab.see("in small letters", ask(StateFilters=["ongoing"]))
    lab.see("of a producer", ask(ProducerIdFilters=[ended.id]))
    if value >= 1:
        lab.see("open for long", ask(DurationFilter=3_600_000))
        lab.see("open for any time", ask(DurationFilter=0))
    if value >= 2:
        lab.see("by a pattern", ask(TransactionalIdPattern=f"{producer.name[:5]}.*|{ended.name}"))
        lab.see("by no pattern", ask(TransactionalIdPattern=""))
        lab.see("by a bad pattern", ask(TransactionalIdPattern="(" if value == 2 else ""))


@each(["classic", "newest"])
def producers_of_a_partition(lab, value):
    topic = lab.topic()
    producer = open_one(lab, topic, b"x", b"y", versions=CLASSIC if value == "classic" else NEWEST)

    def look():
        asked = [{"Name": topic, "PartitionIndexes": [0, 9]}]
        parts = lab.connection.call("DescribeProducers", 0, Topics=asked)["Topics"][0]["Partitions"]
        keys = ("LastSequence", "CurrentTxnStartOffset")
        active = parts[0]["ActiveProducers"]
        shown = [[each["ProducerId"] == producer.id, each["CoordinatorEpoch"] >= 0, *(each[key] for key in keys)] for each in active]
        return [[error_name(part["ErrorCode"]) for part in parts], shown]

    lab.see("open", look())
    producer.finish(True)
    lab.see("ended", look())
    producer.add_partitions(topic, 0)
    producer.produce(topic, b"z")
    lab.see("open again", look())
