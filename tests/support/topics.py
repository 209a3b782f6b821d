"""The usual things done to topics over the wire: create, write, read. Errors are failures here."""

import secrets

from support.broker import wait_until
from support.errors import LATEST, Err
from support.records import Batch, Record, decode_batches, encode_batch

REQUEST_MS = 10_000
WHOLE = 1 << 30


def unique_topic(prefix="t"):
    return f"{prefix}-{secrets.token_hex(6)}"


def create_topics(broker, names, partitions=1, configs=None):
    """Creates topics that can be used at once; name -> id."""
    names = list(names)
    topic = {"NumPartitions": partitions, "ReplicationFactor": 1, "Configs": config_list(configs or {})}
    with broker.connect() as connection:
        body = {"Topics": [{"Name": name, **topic} for name in names], "TimeoutMs": REQUEST_MS}
        made = connection.call("CreateTopics", 7, body)["Topics"]
        failed = [(each["Name"], each["ErrorCode"], each["ErrorMessage"]) for each in made if each["ErrorCode"]]
        if failed:
            raise AssertionError(f"create: {failed}")
        # Apache Kafka answers before Metadata and the leaders know (section 14.13, 14.27); the first look must do here.
        if broker.is_peer:
            wait_until(lambda: all_serve(connection, names, partitions), f"{names} are served")
    return {each["Name"]: each["TopicId"] for each in made}


def create_topic(broker, partitions=1, prefix="t", **configs):
    """A topic of a fresh name; configs in Kafka's names with `_` for `.`."""
    name = unique_topic(prefix)
    create_topics(broker, [name], partitions, {key.replace("_", "."): value for key, value in configs.items()})
    return name


def config_list(configs):
    return [{"Name": name, "Value": None if value is None else str(value)} for name, value in configs.items()]


def metadata_of(connection, names, version=12):
    topics = [{"Name": name} for name in names]
    return connection.call("Metadata", version, Topics=topics, AllowAutoTopicCreation=False)


def all_serve(connection, names, partitions):
    """Whether Metadata shows the topics and their leaders answer for every partition."""
    shown = metadata_of(connection, names)["Topics"]
    if any(topic["ErrorCode"] or len(topic["Partitions"]) != partitions for topic in shown):
        return False
    parts = [{"PartitionIndex": part, "Timestamp": LATEST} for part in range(partitions)]
    asked = [{"Name": name, "Partitions": parts} for name in names]
    answer = connection.call("ListOffsets", 9, ReplicaId=-1, Topics=asked)["Topics"]
    return not any(part["ErrorCode"] for topic in answer for part in topic["Partitions"])


def topic_id(connection, name):
    return metadata_of(connection, [name])["Topics"][0]["TopicId"]


def produce_body(topic, records, partition=0, acks=-1, transactional_id=None):
    """A Produce body for one partition; records are encoded bytes or a Batch."""
    data = encode_batch(records) if isinstance(records, Batch) else records
    parts = [{"Index": partition, "Records": data}]
    names = {"TopicId": topic} if isinstance(topic, bytes) else {"Name": topic}
    return {
        "TransactionalId": transactional_id,
        "Acks": acks,
        "TimeoutMs": REQUEST_MS,
        "TopicData": [{**names, "PartitionData": parts}],
    }


def produce(connection, topic, records, partition=0, version=12, acks=-1):
    """Sends one batch; the answer for its partition, whatever it is."""
    body = produce_body(topic, records, partition, acks)
    return connection.call("Produce", version, body)["Responses"][0]["PartitionResponses"][0]


def append(connection, topic, *values, partition=0, **batch):
    """Appends values as one batch that must be taken; its base offset."""
    records = [value if isinstance(value, Record) else Record(value) for value in values]
    answer = produce(connection, topic, Batch(records, **batch), partition)
    if answer["ErrorCode"]:
        raise AssertionError(f"append: {Err(answer['ErrorCode']).name} {answer['ErrorMessage']}")
    return answer["BaseOffset"]


def fetch_body(topic, offset=0, partition=0, max_wait_ms=0, min_bytes=1, max_bytes=WHOLE, partition_bytes=WHOLE, **more):
    names = {"TopicId": topic} if isinstance(topic, bytes) else {"Topic": topic}
    part = {"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": partition_bytes, **more}
    return {
        "MaxWaitMs": max_wait_ms,
        "MinBytes": min_bytes,
        "MaxBytes": max_bytes,
        "Topics": [{**names, "Partitions": [part]}],
    }


def fetch(connection, topic, offset=0, version=12, **options):
    """One partition's part of a Fetch answer."""
    return connection.call("Fetch", version, fetch_body(topic, offset, **options))["Responses"][0]["Partitions"][0]


def fetch_batches(broker, topic, partition):
    """All batches of a partition."""
    batches = []
    with broker.connect() as connection:
        while True:
            offset = batches[-1].base_offset + batches[-1].last_offset_delta + 1 if batches else 0
            got = fetch(connection, topic, offset, partition=partition)
            if got["ErrorCode"]:
                raise AssertionError(f"fetch: {Err(got['ErrorCode']).name}")
            if not got["Records"]:
                return batches
            batches += decode_batches(got["Records"])


def list_offset(connection, topic, timestamp, partition=0, version=9, **more):
    """One partition's part of a ListOffsets answer."""
    part = {"PartitionIndex": partition, "Timestamp": timestamp, **more}
    body = {"ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [part]}]}
    return connection.call("ListOffsets", version, body)["Topics"][0]["Partitions"][0]
