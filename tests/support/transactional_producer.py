"""Transactions over the wire, for tests: a transactional producer as raw requests."""

import secrets

from support.broker import wait_until
from support.errors import LATEST, Err
from support.groups import RETRIED
from support.records import CONTROL, TRANSACTIONAL, Batch, Record, decode_batches
from support.topics import fetch_body, produce_body

TIMEOUT_MS = 60_000
TRANSACTION = 1
READ_COMMITTED = 1
# The newest versions of the classic protocol; from the next ones on transactions are as in KIP-890.
CLASSIC = {"Produce": 11, "TxnOffsetCommit": 4, "EndTxn": 4}
NEWEST = {"Produce": 12, "TxnOffsetCommit": 5, "EndTxn": 5}
CAN_RETRY = (*RETRIED, Err.CONCURRENT_TRANSACTIONS)


def unique_transactional_id(prefix="x"):
    return f"{prefix}-{secrets.token_hex(6)}"


class TransactionalProducer:
    """Calls return the answer, or the error where an answer holds no more. What the broker tells of id and epoch is remembered."""

    def __init__(self, connection, transactional_id=None, versions=None, timeout_ms=TIMEOUT_MS):
        self.connection = connection
        self.name = transactional_id or unique_transactional_id()
        self.versions = versions or NEWEST
        self.timeout_ms = timeout_ms
        self.id = -1
        self.epoch = -1
        self.sequences = {}

    def fields(self, **more):
        return {"TransactionalId": self.name, "ProducerId": self.id, "ProducerEpoch": self.epoch, **more}

    def take(self, answer):
        if answer["ErrorCode"] == Err.NONE and answer.get("ProducerId", -1) >= 0:
            self.id, self.epoch = answer["ProducerId"], answer["ProducerEpoch"]
            self.sequences.clear()
        return answer

    def init(self, version=5, **more):
        """InitProducerId, once; tests of its errors use this."""
        body = {"TransactionalId": self.name, "TransactionTimeoutMs": self.timeout_ms, **more}
        return self.take(self.connection.call("InitProducerId", version, body))

    def start(self, **more):
        """InitProducerId until it succeeds: as a client, through a coordinator that loads or a transaction that still ends."""
        # Who asks for the first one has the topic of transactions made.
        self.connection.call("FindCoordinator", 4, KeyType=TRANSACTION, CoordinatorKeys=[self.name])
        wait_until(lambda: self.init(**more)["ErrorCode"] not in CAN_RETRY, f"{self.name} has a producer id")
        if self.id < 0:
            raise AssertionError(f"no producer id: {self.init(**more)}")
        return self

    def add_partitions(self, topic, *partitions, version=3, verify_only=False):
        """The errors of the partitions, in their order."""
        fields = self.fields(Topics=[{"Name": topic, "Partitions": list(partitions)}])
        body = {f"V3AndBelow{name}": value for name, value in fields.items()}
        body["Transactions"] = [{**fields, "VerifyOnly": verify_only}]
        answer = self.connection.call("AddPartitionsToTxn", version, body)
        topics = answer["ResultsByTransaction"][0]["TopicResults"] if version >= 4 else answer["ResultsByTopicV3AndBelow"]
        told = {each["PartitionIndex"]: Err(each["PartitionErrorCode"]) for each in topics[0]["ResultsByPartition"]}
        return [told[partition] for partition in partitions]

    def add_offsets(self, group, version=4, **more):
        return Err(self.connection.call("AddOffsetsToTxn", version, self.fields(GroupId=group, **more))["ErrorCode"])

    def produce(self, topic, *values, partition=0, version=None, **batch):
        """The partition's part of the answer. Partitions of the classic protocol are to be added before."""
        sequence = self.sequences.get((topic, partition), 0)
        fields = {"attributes": TRANSACTIONAL, "producer_id": self.id, "producer_epoch": self.epoch, "base_sequence": sequence}
        batch = Batch([value if isinstance(value, Record) else Record(value) for value in values], **{**fields, **batch})
        body = produce_body(topic, batch, partition, transactional_id=self.name)
        version = self.versions["Produce"] if version is None else version
        answer = self.connection.call("Produce", version, body)["Responses"][0]["PartitionResponses"][0]
        if answer["ErrorCode"] == Err.NONE:
            self.sequences[topic, partition] = sequence + len(values)
        return answer

    def commit_offset(self, group, topic, offset, partition=0, version=None, **more):
        """The error of a TxnOffsetCommit for one partition; more are fields of the request."""
        part = {"PartitionIndex": partition, "CommittedOffset": offset, "CommittedMetadata": more.pop("Metadata", "")}
        part["CommittedLeaderEpoch"] = more.pop("CommittedLeaderEpoch", -1)
        topics = [{"Name": topic, "Partitions": [part]}]
        version = self.versions["TxnOffsetCommit"] if version is None else version
        body = {**self.fields(GroupId=group, Topics=topics), **more}
        answer = self.connection.call("TxnOffsetCommit", version, body)
        return Err(answer["Topics"][0]["Partitions"][0]["ErrorCode"])

    def end(self, committed, version=None, **more):
        """EndTxn, once."""
        version = self.versions["EndTxn"] if version is None else version
        return self.take(self.connection.call("EndTxn", version, {**self.fields(Committed=committed), **more}))

    def finish(self, committed, **more):
        """EndTxn that must succeed, and its markers written: Apache Kafka answers before (section 14.13)."""
        answer = self.end(committed, **more)
        if answer["ErrorCode"]:
            raise AssertionError(f"end: {Err(answer['ErrorCode']).name}")
        wait_until(lambda: self.state() in ("Empty", "CompleteCommit", "CompleteAbort"), f"{self.name} has ended its transaction")

    def description(self):
        return self.connection.call("DescribeTransactions", 0, TransactionalIds=[self.name])["TransactionStates"][0]

    def state(self):
        return self.description()["TransactionState"]


def find_coordinator(connection, transactional_id, version=4):
    """Asks until there is one; the answer about it."""
    found = {}

    def is_there():
        answer = connection.call(
            "FindCoordinator", version, KeyType=TRANSACTION, Key=transactional_id, CoordinatorKeys=[transactional_id]
        )
        found.update(answer["Coordinators"][0] if version >= 4 else answer)
        return found["ErrorCode"] not in RETRIED

    wait_until(is_there, f"{transactional_id} has a coordinator")
    return found


def committed_batches(broker, topic, partition):
    """The data batches of a partition that a reader of committed records is to see: aborted ones are told apart by the list that came
    with them, as clients do. Ends at the last stable offset."""
    batches = []
    with broker.connect() as connection:
        offset = 0
        while True:
            body = {**fetch_body(topic, offset, partition), "IsolationLevel": READ_COMMITTED}
            got = connection.call("Fetch", 12, body)["Responses"][0]["Partitions"][0]
            if got["ErrorCode"]:
                raise AssertionError(f"fetch: {Err(got['ErrorCode']).name}")
            came = decode_batches(got["Records"] or b"")
            batches += visible(came, got["AbortedTransactions"] or [], offset)
            if not came:
                return batches
            offset = came[-1].base_offset + came[-1].last_offset_delta + 1


def last_stable(connection, topic, partition=0):
    """Where readers of committed records have to stop."""
    parts = [{"PartitionIndex": partition, "Timestamp": LATEST}]
    body = {"ReplicaId": -1, "IsolationLevel": READ_COMMITTED, "Topics": [{"Name": topic, "Partitions": parts}]}
    return connection.call("ListOffsets", 9, body)["Topics"][0]["Partitions"][0]["Offset"]


def visible(batches, aborted, offset):
    """What of one fetch's batches is committed data: from its first offset on, until its marker, an aborted transaction is not."""
    left = sorted(aborted, key=lambda each: each["FirstOffset"])
    hidden = set()
    for batch in batches:
        while left and left[0]["FirstOffset"] <= batch.base_offset + batch.last_offset_delta:
            hidden.add(left.pop(0)["ProducerId"])
        if batch.attributes & CONTROL:
            hidden.discard(batch.producer_id)
        elif not (batch.attributes & TRANSACTIONAL and batch.producer_id in hidden) and batch.base_offset + batch.last_offset_delta >= offset:
            yield batch


def committed_values(broker, topic, partition):
    batches = committed_batches(broker, topic, partition)
    for batch in batches:
        if len(batch.records) != batch.count:
            raise AssertionError(f"{topic}/{partition}: the batch at {batch.base_offset} is packed with {batch.codec}, which is not read here")
    return [record.value for batch in batches for record in batch.records]
