"""Consumer groups over the wire, for tests: a classic member as raw requests, offsets, and what a group looks like."""

import secrets
import struct

from support.broker import wait_until
from support.errors import Err

SESSION_MS = 10_000
REBALANCE_MS = 10_000
RETRIED = (Err.COORDINATOR_NOT_AVAILABLE, Err.COORDINATOR_LOAD_IN_PROGRESS, Err.NOT_COORDINATOR)


def unique_group(prefix="g"):
    return f"{prefix}-{secrets.token_hex(6)}"


def await_coordinator(connection, group, version=4):
    """Asks until the group has a coordinator that is loaded; the answer about it."""
    found = {}

    def is_there():
        answer = connection.call("FindCoordinator", version, KeyType=0, Key=group, CoordinatorKeys=[group])
        found.update(answer["Coordinators"][0] if version >= 4 else answer)
        return not found["ErrorCode"] and fetch_group(connection, group)["ErrorCode"] not in RETRIED

    wait_until(is_there, f"{group} has a coordinator")
    return found


def subscription(*topics):
    """Version 0 of the consumer protocol's subscription."""
    names = b"".join(struct.pack(">h", len(name)) + name.encode() for name in topics)
    return struct.pack(">hi", 0, len(topics)) + names + struct.pack(">i", -1)


class Member:
    """One member of a classic group. Each call returns the answer and remembers ids and generation from it."""

    def __init__(self, connection, group, topics=("t",), **more):
        self.connection = connection
        self.group = group
        self.id = ""
        self.instance = more.pop("instance", None)
        self.generation = -1
        self.protocols = more.pop("protocols", [("range", subscription(*topics))])
        self.protocol_type = more.pop("protocol_type", "consumer")
        self.session_ms = more.pop("session_ms", SESSION_MS)
        self.rebalance_ms = more.pop("rebalance_ms", REBALANCE_MS)

    def send_join(self, version=9, **more):
        listed = [{"Name": name, "Metadata": metadata} for name, metadata in self.protocols]
        body = {"GroupId": self.group, "SessionTimeoutMs": self.session_ms, "RebalanceTimeoutMs": self.rebalance_ms}
        body |= {"MemberId": self.id, "GroupInstanceId": self.instance, "ProtocolType": self.protocol_type}
        self.connection.send("JoinGroup", version, {**body, "Protocols": listed, **more})

    def receive_join(self):
        answer = self.connection.receive()
        if answer["ErrorCode"] in (Err.NONE, Err.MEMBER_ID_REQUIRED):
            self.id = answer["MemberId"]
        if answer["ErrorCode"] == Err.NONE:
            self.generation = answer["GenerationId"]
        return answer

    def join(self, version=9, **more):
        """Joins; where the broker wants an id first, with the one it gave."""
        self.send_join(version, **more)
        answer = self.receive_join()
        if answer["ErrorCode"] != Err.MEMBER_ID_REQUIRED:
            return answer
        self.send_join(version, **more)
        return self.receive_join()

    def take_id(self):
        """Gets an id, and leaves it at that."""
        self.send_join()
        return self.receive_join()

    def send_sync(self, version=5, assignments=None, **more):
        listed = [{"MemberId": member, "Assignment": data} for member, data in (assignments or {}).items()]
        body = {"GroupId": self.group, "GenerationId": self.generation, "MemberId": self.id, "GroupInstanceId": self.instance}
        body |= {"ProtocolType": self.protocol_type, "ProtocolName": self.protocols[0][0]}
        self.connection.send("SyncGroup", version, {**body, "Assignments": listed, **more})

    def sync(self, version=5, assignments=None, **more):
        self.send_sync(version, assignments, **more)
        return self.connection.receive()

    def enter(self, version=9):
        """Joins and syncs as the leader of a group of its own."""
        answer = self.join(version)
        if answer["ErrorCode"]:
            raise AssertionError(f"join: {answer}")
        answer = self.sync(assignments={self.id: b"all"})
        if answer["ErrorCode"]:
            raise AssertionError(f"sync: {answer}")
        return self

    def heartbeat(self, version=4, **more):
        body = {"GroupId": self.group, "GenerationId": self.generation, "MemberId": self.id, "GroupInstanceId": self.instance}
        return self.connection.call("Heartbeat", version, {**body, **more})["ErrorCode"]

    def leave(self, version=5):
        who = {"MemberId": self.id, "GroupInstanceId": self.instance}
        return self.connection.call("LeaveGroup", version, GroupId=self.group, MemberId=self.id, Members=[who])

    def commit(self, topic, offset, version=9, **more):
        more = {"generation": self.generation, "member": self.id, "instance": self.instance} | more
        return commit(self.connection, self.group, topic, offset, version, **more)


def commit(connection, group, topic, offset, version=9, **more):
    """The error of a commit for one partition. Without more it comes from outside of the group."""
    part = {"PartitionIndex": more.pop("partition", 0), "CommittedOffset": offset}
    part |= {"CommittedMetadata": more.pop("metadata", ""), "CommittedLeaderEpoch": more.pop("epoch", -1)}
    name = {"TopicId": topic} if isinstance(topic, bytes) else {"Name": topic}
    body = {"GroupId": group, "GenerationIdOrMemberEpoch": more.pop("generation", -1), "MemberId": more.pop("member", "")}
    body |= {"GroupInstanceId": more.pop("instance", None), "Topics": [{**name, "Partitions": [part]}]}
    if more:
        raise TypeError(f"no such fields: {more}")
    return connection.call("OffsetCommit", version, body)["Topics"][0]["Partitions"][0]["ErrorCode"]


def fetch_group(connection, group, topics=None, version=8, **more):
    """OffsetFetch of one group from version 8 on; `topics` as (name or id, partitions), or all."""

    def named(topic, partitions):
        return {"TopicId" if isinstance(topic, bytes) else "Name": topic, "PartitionIndexes": partitions}

    listed = None if topics is None else [named(*each) for each in topics]
    asked = {"GroupId": group, "Topics": listed, **more}
    return connection.call("OffsetFetch", version, Groups=[asked])["Groups"][0]


def committed(connection, group, topic, partition=0):
    """The offset that the group has committed there, -1 without one."""
    answer = fetch_group(connection, group, [(topic, [partition])])
    if answer["ErrorCode"] or answer["Topics"][0]["Partitions"][0]["ErrorCode"]:
        raise AssertionError(f"offset fetch: {answer}")
    return answer["Topics"][0]["Partitions"][0]["CommittedOffset"]


def describe(connection, group, version=6, **more):
    return connection.call("DescribeGroups", version, Groups=[group], **more)["Groups"][0]


def state_of(connection, group):
    return describe(connection, group)["GroupState"]
