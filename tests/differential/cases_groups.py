"""Classic groups: error codes of each request per version and state of the group, committed offsets, descriptions, lists."""

from lab import case, each, error_name, plain
from support.broker import wait_until
from support.errors import Err
from support.groups import Member, await_coordinator, commit, describe, fetch_group, state_of, unique_group
from support.topics import unique_topic

STATES = ["unknown", "empty", "joined", "stable", "rebalancing"]


def group_of(lab):
    group = unique_group()
    await_coordinator(lab.connection, group)
    return group


def member_of(lab, group, **more):
    return Member(lab.connect(), group, **more)


def joined(answer, member):
    """A join's answer without ids."""
    if answer["ErrorCode"]:
        return [error_name(answer["ErrorCode"]), answer["GenerationId"], "id" if answer["MemberId"] else "", len(answer["Members"])]
    return {
        "generation": answer["GenerationId"],
        "type": answer.get("ProtocolType"),
        "protocol": answer["ProtocolName"],
        "leads": answer["Leader"] == member.id,
        "skip": answer.get("SkipAssignment", False),
        "members": [[plain(each["Metadata"]), each.get("GroupInstanceId")] for each in answer["Members"]],
    }


def synced(answer):
    return [error_name(answer["ErrorCode"]), answer.get("ProtocolType"), answer.get("ProtocolName"), plain(answer["Assignment"])]


def left(answer):
    return [error_name(answer["ErrorCode"]), [[each["GroupInstanceId"], error_name(each["ErrorCode"])] for each in answer.get("Members", [])]]


def in_state(lab, state):
    """A group in the state, and its first member; of a group nobody knows a member that never joined."""
    group = group_of(lab)
    member = member_of(lab, group)
    if state == "unknown":
        member.id, member.generation = "nobody", 1
        return group, member
    member.join()
    if state == "joined":
        return group, member
    member.sync(assignments={member.id: b"all"})
    if state == "empty":
        member.leave()
    if state == "rebalancing":
        other = member_of(lab, group)
        other.take_id()
        other.send_join()
        wait_until(lambda: member.heartbeat() == Err.REBALANCE_IN_PROGRESS, "it rebalances")
    return group, member


# JoinGroup


@each(range(10))
def join_in_version(lab, value):
    member = member_of(lab, group_of(lab))
    member.send_join(value)
    lab.see("first", joined(member.receive_join(), member))
    if value >= 4:
        member.send_join(value)
        lab.see("second", joined(member.receive_join(), member))


JOINS = {
    "empty_group": {"GroupId": ""},
    "session_too_short": {"SessionTimeoutMs": 5_999},
    "session_shortest": {"SessionTimeoutMs": 6_000},
    "session_longest": {"SessionTimeoutMs": 1_800_000},
    "session_too_long": {"SessionTimeoutMs": 1_800_001},
    "unknown_id": {"MemberId": "nobody"},
    "no_protocols": {"Protocols": []},
    "no_protocol_type": {"ProtocolType": ""},
    "another_type": {"ProtocolType": "connect"},
    "instance_without_id": {"GroupInstanceId": "i"},
    "instance_with_unknown_id": {"GroupInstanceId": "i", "MemberId": "nobody"},
    "rebalance_time_0": {"RebalanceTimeoutMs": 0},
}


@each(JOINS)
def join_of_a_new_group(lab, value):
    member = member_of(lab, group_of(lab))
    member.send_join(9, **JOINS[value])
    lab.see("answer", joined(member.receive_join(), member))


@each(["unknown_id", "no_protocols", "no_protocol_type", "another_type", "instance_with_unknown_id"])
def join_of_a_settled_group(lab, value):
    group, _ = in_state(lab, "stable")
    member = member_of(lab, group)
    member.send_join(9, **JOINS[value])
    lab.see("answer", joined(member.receive_join(), member))
    lab.see("state", state_of(lab.connection, group))


@case
def join_with_no_protocol_in_common(lab):
    group, _ = in_state(lab, "stable")
    lab.see("answer", joined(member_of(lab, group, protocols=[("mine", b"")]).take_id(), None))


@each(STATES)
def join_again_in_state(lab, value):
    group, member = in_state(lab, value)
    member.send_join()
    lab.see("answer", {**joined(member.receive_join(), member), "members": []} if value == "rebalancing" else joined(member.receive_join(), member))
    lab.see("state", state_of(lab.connection, group))


@case
def join_of_an_instance_that_is_there(lab):
    group = group_of(lab)
    first = member_of(lab, group, instance="i").enter()
    second = member_of(lab, group, instance="i")
    answer = second.join()
    lab.see("second", joined(answer, second))
    lab.see("another id", first.id != second.id)
    lab.see("second syncs", synced(second.sync(assignments={second.id: b"new"})))
    lab.see("first beats", error_name(first.heartbeat()))
    first.send_join()
    lab.see("first joins", joined(first.receive_join(), first))
    lab.see("first leaves", left(first.leave()))


@case
def a_pair(lab):
    group, leader = in_state(lab, "stable")
    follower = member_of(lab, group)
    follower.take_id()
    follower.send_join()
    wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears of it")
    lab.see("commit while it gathers", error_name(leader.commit(lab.topic(), 4)))
    leader.send_join()
    lab.see("leader", {**joined(leader.receive_join(), leader), "members": 2})
    lab.see("follower", joined(follower.receive_join(), follower))
    lab.see("follower beats", error_name(follower.heartbeat()))
    follower.send_sync(assignments={leader.id: b"wrong", follower.id: b"wrong"})
    lab.see("leader syncs", synced(leader.sync(assignments={leader.id: b"L", follower.id: b"F"})))
    lab.see("follower syncs", synced(follower.connection.receive()))
    lab.see("follower joins again", joined(follower.join(), follower))
    lab.see("follower leaves", left(follower.leave()))
    lab.see("leader beats", error_name(leader.heartbeat()))


# SyncGroup, Heartbeat, LeaveGroup

SYNCS = {
    "plain": {},
    "old_generation": {"GenerationId": 0},
    "later_generation": {"GenerationId": 7},
    "unknown_id": {"MemberId": "stranger"},
    "empty_group": {"GroupId": ""},
    "another_type": {"ProtocolType": "connect"},
    "another_protocol": {"ProtocolName": "roundrobin"},
    "instance": {"GroupInstanceId": "i"},
}


@each([f"{state}_{name}" for state in STATES for name in SYNCS])
def sync(lab, value):
    state, _, name = value.partition("_")
    _, member = in_state(lab, state)
    lab.see("answer", synced(member.sync(assignments={member.id: b"mine"}, **SYNCS[name])))


@each(range(6))
def sync_in_version(lab, value):
    _, member = in_state(lab, "joined")
    lab.see("answer", synced(member.sync(value, assignments={member.id: b"mine"})))


BEATS = {name: fields for name, fields in SYNCS.items() if not name.startswith("another")}


@each(STATES)
def heartbeat_in_state(lab, value):
    _, member = in_state(lab, value)
    for name, fields in BEATS.items():
        lab.see(name, error_name(member.heartbeat(**fields)))


@each(range(5))
def heartbeat_in_version(lab, value):
    _, member = in_state(lab, "stable")
    lab.see("answer", error_name(member.heartbeat(value)))


@each(range(6))
def leave_in_version(lab, value):
    group, member = in_state(lab, "stable")
    lab.see("answer", left(member.leave(value)))
    lab.see("state", state_of(lab.connection, group))
    lab.see("again", left(member.leave(value)))


@each(STATES)
def leave_in_state(lab, value):
    group, member = in_state(lab, value)
    lab.see("answer", left(member.leave()))
    if value != "rebalancing":
        lab.see("state", state_of(lab.connection, group))


@case
def leave_of_strangers(lab):
    group, member = in_state(lab, "stable")
    who = [
        {"MemberId": "stranger"},
        {"MemberId": "", "GroupInstanceId": "nobody"},
        {"MemberId": member.id, "GroupInstanceId": "nobody"},
        {"MemberId": ""},
    ]
    lab.see("answer", left(lab.call("LeaveGroup", 5, GroupId=group, Members=who)))
    lab.see("nobody", left(lab.call("LeaveGroup", 5, GroupId=group, Members=[])))
    lab.see("empty group", left(lab.call("LeaveGroup", 5, GroupId="", Members=who[:1])))


# OffsetCommit and OffsetFetch

COMMITS = {
    "outside": {"generation": -1, "member": ""},
    "member": {},
    "old_generation": {"generation": 0},
    "later_generation": {"generation": 9},
    "unknown_id": {"member": "stranger"},
    "generation_without_id": {"member": ""},
    "instance": {"instance": "i"},
}


@each(STATES)
def commit_in_state(lab, value):
    _, member = in_state(lab, value)
    topic = lab.topic()
    for name, fields in COMMITS.items():
        lab.see(name, error_name(member.commit(topic, 5, **fields)))


@each(range(2, 11))
def commit_in_version(lab, value):
    group, topic = group_of(lab), lab.topic()
    lab.see("answer", error_name(commit(lab.connection, group, lab.id_of(topic) if value >= 10 else topic, 5, value)))
    lab.see("committed", offsets_of(lab, group, [(topic, [0])]))


VALUES = {
    "zero": {"offset": 0},
    "negative": {"offset": -1},
    "very_negative": {"offset": -5},
    "beyond_the_end": {"offset": 1000},
    "metadata": {"offset": 1, "metadata": "mine"},
    "metadata_null": {"offset": 1, "metadata": None},
    "metadata_longest": {"offset": 1, "metadata": "x" * 4096},
    "metadata_too_long": {"offset": 1, "metadata": "x" * 4097},
    "epoch": {"offset": 1, "epoch": 3},
    "partition_unknown": {"offset": 1, "partition": 4},
    "partition_negative": {"offset": 1, "partition": -1},
}


@each(VALUES)
def commit_of(lab, value):
    group, topic = group_of(lab), lab.topic()
    fields = dict(VALUES[value])
    lab.see("answer", error_name(commit(lab.connection, group, topic, fields.pop("offset"), **fields)))
    seen = offsets_of(lab, group)
    lab.see("committed", [seen[0], [part[:2] + [len(part[2] or ""), *part[3:]] for part in seen[1]]])


@case
def commit_to_unknown_places(lab):
    group = group_of(lab)
    lab.see("topic", error_name(commit(lab.connection, group, unique_topic(), 1)))
    lab.see("topic id", error_name(commit(lab.connection, group, b"\x01" * 16, 1, 10)))
    lab.see("empty group", error_name(commit(lab.connection, "", lab.topic(), 1)))


def offsets_of(lab, group, topics=None, version=8, **more):
    answer = fetch_group(lab.connection, group, topics, version, **more)
    parts = [part for topic in answer["Topics"] for part in topic["Partitions"]]
    fields = ("PartitionIndex", "CommittedOffset", "Metadata", "CommittedLeaderEpoch")
    return [error_name(answer["ErrorCode"]), [[part[name] for name in fields] + [error_name(part["ErrorCode"])] for part in parts]]


@each(range(1, 11))
def offsets_in_version(lab, value):
    group, topic = group_of(lab), lab.topic(2)
    commit(lab.connection, group, topic, 5, metadata="m", epoch=0)
    if value >= 8:
        name = lab.id_of(topic) if value >= 10 else topic
        lab.see("some", offsets_of(lab, group, [(name, [0, 1, 7])], value))
        lab.see("all", offsets_of(lab, group, None, value))
        lab.see("none", offsets_of(lab, group, [], value))
        return
    asked = [{"Name": topic, "PartitionIndexes": [0, 1, 7]}]
    for name, topics in (("some", asked), ("none", []), *((("all", None),) if value >= 2 else ())):
        answer = lab.call("OffsetFetch", value, GroupId=group, Topics=topics)
        parts = [part for one in answer["Topics"] for part in one["Partitions"]]
        shown = [[error_name(part["ErrorCode"]), part["CommittedOffset"], part["Metadata"], part.get("CommittedLeaderEpoch")] for part in parts]
        lab.see(name, [error_name(answer.get("ErrorCode", 0)), shown])


@case
def offsets_of_unknown_places(lab):
    group, topic = group_of(lab), lab.topic()
    lab.see("group", offsets_of(lab, group, [(topic, [0])]))
    lab.see("group, all", offsets_of(lab, group))
    lab.see("topic", offsets_of(lab, group, [("no-such-topic-here", [0])]))
    lab.see("topic id", offsets_of(lab, group, [(b"\x01" * 16, [0])], 10))
    lab.see("zero topic id", offsets_of(lab, group, [(bytes(16), [0])], 10))
    lab.see("empty group", offsets_of(lab, "", [(topic, [0])]))


@case
def offsets_for_a_member(lab):
    group, member = in_state(lab, "stable")
    topic = lab.topic()
    for label, who, epoch in (("member", member.id, 1), ("stranger", "stranger", 1), ("old epoch", member.id, 0), ("later", member.id, 9)):
        lab.see(label, offsets_of(lab, group, [(topic, [0])], 9, MemberId=who, MemberEpoch=epoch))


# DescribeGroups, ListGroups, DeleteGroups, OffsetDelete, FindCoordinator


def description(answer):
    return {
        "error": error_name(answer["ErrorCode"]),
        "state": answer["GroupState"],
        "type": answer["ProtocolType"],
        "protocol": answer["ProtocolData"],
        "members": [
            [each.get("GroupInstanceId"), each["ClientId"] != "", plain(each["MemberMetadata"]), plain(each["MemberAssignment"])]
            for each in answer["Members"]
        ],
        "operations": answer.get("AuthorizedOperations"),
    }


@each([f"{state}_{version}" for state in ("unknown", "stable") for version in range(7)])
def describe_version(lab, value):
    state, _, version = value.partition("_")
    group, _ = in_state(lab, state)
    lab.see("answer", description(describe(lab.connection, group, int(version))))


@each(STATES)
def describe_in_state(lab, value):
    group, _ = in_state(lab, value)
    view = description(describe(lab.connection, group))
    lab.see("answer", {**view, "members": sorted(view["members"], key=str)})


@case
def describe_before_the_second_assignment(lab):
    group, member = in_state(lab, "stable")
    member.join()
    lab.see("answer", description(describe(lab.connection, group)))


@case
def describe_odd_ones(lab):
    group, _ = in_state(lab, "stable")
    lab.see("empty id", description(describe(lab.connection, "")))
    lab.see("with operations", description(describe(lab.connection, group, IncludeAuthorizedOperations=True)))
    answer = lab.call("DescribeGroups", 6, Groups=[group, group])["Groups"]
    lab.see("twice", [description(one) for one in answer])
    lab.see("nobody", lab.call("DescribeGroups", 6, Groups=[])["Groups"])


@case
def describe_a_group_of_offsets_alone(lab):
    group = group_of(lab)
    commit(lab.connection, group, lab.topic(), 1)
    lab.see("answer", description(describe(lab.connection, group)))


def listed(lab, group, version=5, **filters):
    answer = lab.call("ListGroups", version, **filters)
    shown = [[each["ProtocolType"], each.get("GroupState"), each.get("GroupType")] for each in answer["Groups"] if each["GroupId"] == group]
    return [error_name(answer["ErrorCode"]), shown]


@each(STATES)
def list_in_state(lab, value):
    group, _ = in_state(lab, value)
    lab.see("all", listed(lab, group))
    for state in ("Stable", "stable", "Empty", "PreparingRebalance", "CompletingRebalance", "Dead", "nonsense"):
        lab.see(f"state {state}", listed(lab, group, StatesFilter=[state]))
    for kind in ("classic", "Classic", "consumer", "nonsense"):
        lab.see(f"type {kind}", listed(lab, group, TypesFilter=[kind]))


@each(range(6))
def list_in_version(lab, value):
    group, _ = in_state(lab, "stable")
    lab.see("answer", listed(lab, group, value))


@each(STATES)
def delete_in_state(lab, value):
    group, _ = in_state(lab, value)
    for time in ("first", "second"):
        answer = lab.call("DeleteGroups", 2, GroupsNames=[group])["Results"]
        lab.see(time, [error_name(each["ErrorCode"]) for each in answer])
    lab.see("state", state_of(lab.connection, group))


@case
def delete_odd_ones(lab):
    group, _ = in_state(lab, "empty")
    for name, groups in (("empty id", [""]), ("nobody", []), ("twice", [group, group])):
        lab.see(name, [error_name(each["ErrorCode"]) for each in lab.call("DeleteGroups", 2, GroupsNames=groups)["Results"]])


@case
def a_deleted_group_forgets_its_offsets(lab):
    group, topic = group_of(lab), lab.topic()
    commit(lab.connection, group, topic, 1)
    lab.see("deleted", [error_name(each["ErrorCode"]) for each in lab.call("DeleteGroups", 2, GroupsNames=[group])["Results"]])
    lab.see("offsets", offsets_of(lab, group))


@each(STATES)
def delete_offsets_in_state(lab, value):
    group, member = in_state(lab, value)
    topic = lab.topic()
    member.commit(topic, 3)
    for name, where, partition in (("there", topic, 0), ("again", topic, 0), ("partition", topic, 5), ("topic", "no-such-topic-here", 0)):
        answer = lab.call("OffsetDelete", 0, GroupId=group, Topics=[{"Name": where, "Partitions": [{"PartitionIndex": partition}]}])
        parts = [error_name(part["ErrorCode"]) for one in answer["Topics"] for part in one["Partitions"]]
        lab.see(name, [error_name(answer["ErrorCode"]), parts])


@case
def delete_offsets_of_a_subscribed_topic(lab):
    topic = lab.topic()
    member = member_of(lab, group_of(lab), topics=(topic,)).enter()
    member.commit(topic, 3)
    answer = lab.call("OffsetDelete", 0, GroupId=member.group, Topics=[{"Name": topic, "Partitions": [{"PartitionIndex": 0}]}])
    lab.see("answer", [error_name(answer["ErrorCode"]), [error_name(one["Partitions"][0]["ErrorCode"]) for one in answer["Topics"]]])
    lab.see("left", offsets_of(lab, member.group))


@each(range(7))
def coordinator_in_version(lab, value):
    group = group_of(lab)
    answer = lab.call("FindCoordinator", value, Key=group, KeyType=0, CoordinatorKeys=[group])
    found = answer["Coordinators"] if value >= 4 else [answer]
    lab.see("answer", [[error_name(one["ErrorCode"]), one["NodeId"], one["Port"] == lab.broker.address[1]] for one in found])


@case
def coordinator_of_odd_keys(lab):
    for name, kind, keys in (("empty", 0, [""]), ("kind 5", 5, ["x"]), ("kind -1", -1, ["x"]), ("none", 0, []), ("share", 2, ["x"])):
        answer = lab.call("FindCoordinator", 6, KeyType=kind, CoordinatorKeys=keys)
        if answer != "closed":
            answer = [[each["Key"], error_name(each["ErrorCode"]), each["NodeId"]] for each in answer["Coordinators"]]
        lab.see(name, answer)
