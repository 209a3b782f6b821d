"""Groups of the new protocol: what each heartbeat is answered, epochs, what others are told, and what the older APIs say of them."""

import secrets
import uuid

from lab import case, each, error_name
from support.broker import wait_until
from support.errors import Err
from support.groups import Member as ClassicMember
from support.groups import await_coordinator, commit, describe, fetch_group, unique_group

PARTITIONS = 4
REBALANCE_MS = 10_000
STATES = ["unknown", "empty", "stable", "reconciling"]


class Member:
    def __init__(self, lab, group, topics, **more):
        self.lab = lab
        self.connection = lab.connect()
        self.group = group
        self.id = str(uuid.UUID(bytes=secrets.token_bytes(16)))
        self.more = {"InstanceId": more.pop("instance", None), "ServerAssignor": more.pop("assignor", None)}
        self.topics = topics
        self.epoch = 0
        self.owned = {}

    def body(self):
        body = {"GroupId": self.group, "MemberId": self.id, "MemberEpoch": self.epoch, **self.more}
        if self.epoch == 0:
            return body | {"SubscribedTopicNames": self.topics, "RebalanceTimeoutMs": REBALANCE_MS, "TopicPartitions": []}
        listed = [{"TopicId": topic, "Partitions": parts} for topic, parts in self.owned.items()]
        return body | {"TopicPartitions": listed}

    def send(self, version=1, **more):
        """One heartbeat as it is; nothing is remembered."""
        return self.connection.call("ConsumerGroupHeartbeat", version, {**self.body(), **more})

    def beat(self, **more):
        answer = self.send(**more)
        if answer["ErrorCode"] == Err.NONE:
            self.epoch = answer["MemberEpoch"]
            if answer["Assignment"] is not None:
                self.owned = {each["TopicId"]: sorted(each["Partitions"]) for each in answer["Assignment"]["TopicPartitions"]}
        return answer

    def leave(self, epoch=-1):
        return self.send(MemberEpoch=epoch, TopicPartitions=None)

    def parts(self):
        return sorted(part for parts in self.owned.values() for part in parts)


def shown(lab, group):
    return lab.call("ConsumerGroupDescribe", 1, GroupIds=[group])["Groups"][0]


def settle(lab, group, *members):
    """Heartbeats until everybody has what it is to have; a Kafka computes that a moment later."""

    def settled():
        for member in members:
            member.beat()
        view = shown(lab, group)
        reached = all(each["MemberEpoch"] == view["GroupEpoch"] for each in view["Members"])
        return view["GroupState"] == "Stable" and view["AssignmentEpoch"] == view["GroupEpoch"] and reached

    wait_until(settled, "everybody has settled")


def group_of(lab):
    group = unique_group()
    await_coordinator(lab.connection, group)
    return group


def in_state(lab, state):
    """A group in the state, its topic, and a member that is or was in it."""
    group, topic = group_of(lab), lab.topic(PARTITIONS)
    member = Member(lab, group, [topic])
    if state == "unknown":
        member.epoch = 5
        return group, topic, member
    settle(lab, group, member)
    if state == "empty":
        member.leave()
    if state == "reconciling":
        other = Member(lab, group, [topic])
        other.beat()
        # The first has to give up two partitions, and says that it still owns them.
        wait_until(lambda: shown(lab, group)["GroupState"] == "Reconciling" or not other.send(), "it reconciles")
    return group, topic, member


def answered(answer, member=None):
    """Without ids; the epoch as it is."""
    view = {"error": error_name(answer["ErrorCode"]), "epoch": answer["MemberEpoch"], "id": bool(answer["MemberId"])}
    told = answer["Assignment"]
    view["assignment"] = None if told is None else sum(len(each["Partitions"]) for each in told["TopicPartitions"])
    if member is not None:
        view["own id"] = answer["MemberId"] == member.id
    return view


def error_of(answer):
    return error_name(answer["ErrorCode"])


JOINS = {
    "plain": {},
    "empty_group": {"GroupId": ""},
    "empty_member": {"MemberId": ""},
    "empty_instance": {"InstanceId": ""},
    "no_time": {"RebalanceTimeoutMs": -1},
    "time_0": {"RebalanceTimeoutMs": 0},
    "time_negative": {"RebalanceTimeoutMs": -2},
    "owned_null": {"TopicPartitions": None},
    "owned_something": {"TopicPartitions": [{"TopicId": bytes(range(16)), "Partitions": [0]}]},
    "no_subscription": {"SubscribedTopicNames": None},
    "empty_subscription": {"SubscribedTopicNames": []},
    "empty_rack": {"RackId": ""},
    "rack": {"RackId": "r1"},
    "assignor_unknown": {"ServerAssignor": "best"},
    "assignor_empty": {"ServerAssignor": ""},
    "assignor_range": {"ServerAssignor": "range"},
    "regex_bad": {"SubscribedTopicNames": None, "SubscribedTopicRegex": "(x"},
    "regex_lookahead": {"SubscribedTopicNames": None, "SubscribedTopicRegex": "(?=x)"},
    "regex_empty": {"SubscribedTopicNames": None, "SubscribedTopicRegex": ""},
    "regex_of_nothing": {"SubscribedTopicNames": None, "SubscribedTopicRegex": "no-such-topic-.*"},
    "regex_and_names": {"SubscribedTopicRegex": "no-such-topic-.*"},
    "epoch_minus_3": {"MemberEpoch": -3},
    "epoch_minus_2_without_instance": {"MemberEpoch": -2},
    "epoch_minus_1": {"MemberEpoch": -1},
    "epoch_7": {"MemberEpoch": 7},
}


@each(JOINS)
def join_of_a_new_group(lab, value):
    group = group_of(lab)
    member = Member(lab, group, ["no-such-topic-here"])
    lab.see("answer", error_of(member.send(**JOINS[value])))
    lab.see("group", error_of(shown(lab, group)))


@each(["plain", "empty_member", "assignor_unknown", "assignor_range", "epoch_7", "epoch_minus_1", "epoch_minus_2_without_instance"])
def join_of_a_settled_group(lab, value):
    group, topic, first = in_state(lab, "stable")
    member = Member(lab, group, [topic])
    lab.see("answer", error_of(member.send(**JOINS[value])))
    lab.see("first", error_of(first.beat()))


@each([0, 1])
def join_in_version(lab, value):
    group, topic = group_of(lab), lab.topic(PARTITIONS)
    member = Member(lab, group, [topic])
    if value == 0:
        member.id = ""
    answer = member.send(value)
    lab.see("answer", {"error": error_of(answer), "id": bool(answer["MemberId"]), "own id": answer["MemberId"] == member.id})


@case
def first_member_gets_everything(lab):
    group, _, member = in_state(lab, "stable")
    lab.see("parts", member.parts())
    view = shown(lab, group)
    lab.see("epochs", [view["GroupEpoch"], view["AssignmentEpoch"], member.epoch])
    lab.see("assignor", view["AssignorName"])
    lab.see("again", answered(member.send(), member))
    full = member.send(SubscribedTopicNames=member.topics, RebalanceTimeoutMs=REBALANCE_MS)
    lab.see("everything is told", answered(full, member))
    lab.see("nothing is told", answered(member.send(TopicPartitions=None), member))


BEATS = {
    "plain": {},
    "later_epoch": {"MemberEpoch": 99},
    "epoch_before": lambda member: {"MemberEpoch": member.epoch - 1},
    "epoch_before_owning_nothing": lambda member: {"MemberEpoch": member.epoch - 1, "TopicPartitions": []},
    "epoch_long_before": {"MemberEpoch": 1, "TopicPartitions": []},
    "unknown_member": {"MemberId": "nobody"},
    "another_instance": {"InstanceId": "i"},
    "owned_foreign_topic": {"TopicPartitions": [{"TopicId": bytes(range(16)), "Partitions": [0]}]},
    "owned_beyond": lambda member: {"TopicPartitions": [{"TopicId": next(iter(member.owned), bytes(16)), "Partitions": [77]}]},
    "owned_nothing": {"TopicPartitions": []},
    "leave": {"MemberEpoch": -1},
    "leave_for_a_while": {"MemberEpoch": -2},
    "subscribes_to_nothing": {"SubscribedTopicNames": []},
    "assignor_unknown": {"ServerAssignor": "best"},
    "time_changes": {"RebalanceTimeoutMs": 20_000},
    "regex_bad": {"SubscribedTopicRegex": "(x"},
}


@each([f"{state}_{name}" for state in STATES for name in BEATS if state != "reconciling"])
def beat_in_state(lab, value):
    state, name = value.split("_", 1)
    group, _, member = in_state(lab, state)
    change = BEATS[name]
    lab.see("answer", error_of(member.send(**(change(member) if callable(change) else change))))
    view = shown(lab, group)
    lab.see("group", [error_of(view), len(view["Members"])])


@case
def two_members_share(lab):
    group, topic, first = in_state(lab, "stable")
    second = Member(lab, group, [topic])
    settle(lab, group, first, second)
    lab.see("counts", sorted([len(first.parts()), len(second.parts())]))
    lab.see("all", sorted(first.parts() + second.parts()))
    lab.see("epochs differ", first.epoch != second.epoch)
    second.leave()
    settle(lab, group, first)
    lab.see("back", first.parts())


@case
def who_owns_still_keeps_it_from_others(lab):
    group, topic, first = in_state(lab, "stable")
    owned = dict(first.owned)
    second = Member(lab, group, [topic])

    def is_told():
        second.beat()
        answer = first.send()
        first.epoch = answer["MemberEpoch"]
        if answer["Assignment"] is not None:
            first.owned = {each["TopicId"]: sorted(each["Partitions"]) for each in answer["Assignment"]["TopicPartitions"]}
        return len(first.parts()) == 2

    wait_until(is_told, "the first is told to give up")
    kept = first.owned
    first.owned = owned
    lab.see("first says that it owns all", answered(first.send()))
    lab.see("second has nothing", second.beat() and second.parts())
    lab.see("state", shown(lab, group)["GroupState"])
    first.owned = kept
    settle(lab, group, first, second)
    lab.see("shared", sorted(first.parts() + second.parts()))


@each(["range", "uniform"])
def assignor(lab, value):
    """Two topics of three partitions for two members: range gives each topic's first to the first."""
    group, topics = group_of(lab), [lab.topic(3), lab.topic(3)]
    members = [Member(lab, group, topics, assignor=value) for _ in range(2)]
    settle(lab, group, *members)
    lab.see("counts", sorted(len(member.parts()) for member in members))
    lab.see("by topic", sorted(sorted(len(parts) for parts in member.owned.values()) for member in members))
    lab.see("assignor", shown(lab, group)["AssignorName"])


SUBSCRIPTIONS = {
    "same": [[0, 1], [0, 1], [0, 1]],
    "one_has_less": [[0, 1], [0, 1], [0]],
    "disjoint": [[0], [1], [0]],
    "nested": [[0, 1, 2], [0, 1], [0]],
    "one_alone": [[0, 1, 2], [2], [2]],
    "chain": [[0, 1], [1, 2], [2, 0]],
}


@each([f"{kind}_{name}" for kind in ("uniform", "range") for name in SUBSCRIPTIONS])
def subscriptions(lab, value):
    """Three topics of four partitions and members that subscribe to some of them: how many partitions of each topic everybody has."""
    kind, name = value.split("_", 1)
    group, topics = group_of(lab), [lab.topic(PARTITIONS) for _ in range(3)]
    ids = [lab.id_of(topic) for topic in topics]
    members = [Member(lab, group, [topics[number] for number in wanted], assignor=kind) for wanted in SUBSCRIPTIONS[name]]
    for number, member in enumerate(members):
        member.id = f"member-{number}"
    settle(lab, group, *members)
    held = [{str(number): len(member.owned[one]) for number, one in enumerate(ids) if one in member.owned} for member in members]
    if kind == "range":
        lab.see("held", held)
    lab.see("counts", sorted(sum(each.values()) for each in held))


@case
def racks_are_no_reason_to_differ_on_one_broker(lab):
    group, topic = group_of(lab), lab.topic(PARTITIONS)
    members = [Member(lab, group, [topic]) for _ in range(2)]
    for number, member in enumerate(members):
        member.more["RackId"] = f"r{number}"
    settle(lab, group, *members)
    lab.see("counts", sorted(len(member.parts()) for member in members))


@case
def static_members(lab):
    group, topic = group_of(lab), lab.topic(PARTITIONS)
    holder = Member(lab, group, [topic], instance="i")
    settle(lab, group, holder)
    rival = Member(lab, group, [topic], instance="i")
    lab.see("rival joins", error_of(rival.send()))
    lab.see("holder goes on", error_of(holder.beat()))
    lab.see("leaves for a while", answered(holder.leave(-2)))
    view = shown(lab, group)
    lab.see("while it is away", [view["GroupState"], len(view["Members"])])
    lab.see("holder beats", error_of(holder.send()))
    lab.see("rival takes over", error_of(rival.send()))
    settle(lab, group, rival)
    lab.see("has", rival.parts())
    lab.see("holder is fenced", error_of(holder.send()))
    lab.see("rival leaves as another", error_of(rival.send(MemberEpoch=-1, MemberId=holder.id)))
    lab.see("rival leaves", error_of(rival.leave()))
    lab.see("group", shown(lab, group)["GroupState"])


COMMITS = {
    "own": lambda member: {"member": member.id, "generation": member.epoch},
    "old_epoch": lambda member: {"member": member.id, "generation": member.epoch - 1},
    "later_epoch": lambda member: {"member": member.id, "generation": 99},
    "nobody": lambda member: {"member": "nobody", "generation": member.epoch},
    "outsider": lambda member: {},
    "instance": lambda member: {"member": member.id, "generation": member.epoch, "instance": "i"},
}


@each([f"{state}_{name}" for state in ("empty", "stable") for name in COMMITS])
def commit_in_state(lab, value):
    state, name = value.split("_", 1)
    group, topic, member = in_state(lab, state)
    lab.see("answer", error_name(commit(lab.connection, group, topic, 3, **COMMITS[name](member))))


@each(range(2, 9))
def commit_in_version(lab, value):
    group, topic, member = in_state(lab, "stable")
    lab.see("own", error_name(commit(lab.connection, group, topic, 3, value, member=member.id, generation=member.epoch)))
    lab.see("old", error_name(commit(lab.connection, group, topic, 3, value, member=member.id, generation=member.epoch - 1)))


FETCHES = {
    "own": lambda member: {"MemberId": member.id, "MemberEpoch": member.epoch},
    "old_epoch": lambda member: {"MemberId": member.id, "MemberEpoch": member.epoch - 1},
    "later_epoch": lambda member: {"MemberId": member.id, "MemberEpoch": 99},
    "nobody": lambda member: {"MemberId": "nobody", "MemberEpoch": member.epoch},
    "outsider": lambda member: {},
}


@each([f"{state}_{name}" for state in ("empty", "stable") for name in FETCHES])
def fetch_in_state(lab, value):
    state, name = value.split("_", 1)
    group, topic, member = in_state(lab, state)
    commit(lab.connection, group, topic, 3, member=member.id, generation=member.epoch)
    answer = fetch_group(lab.connection, group, [(topic, [0])], 9, **FETCHES[name](member))
    lab.see("answer", [error_of(answer), [part["CommittedOffset"] for one in answer["Topics"] for part in one["Partitions"]]])


@each(["empty", "stable"])
def older_apis_in_state(lab, value):
    group, topic, _ = in_state(lab, value)
    view = describe(lab.connection, group)
    lab.see("described", [error_of(view), view["GroupState"], len(view["Members"])])
    view = describe(lab.connection, group, 5)
    lab.see("described before version 6", [error_of(view), view["GroupState"]])
    listed = {one["GroupId"]: one for one in lab.call("ListGroups", 5)["Groups"]}[group]
    lab.see("listed", [listed["ProtocolType"], listed["GroupState"], listed["GroupType"]])
    lab.see("deleted", error_of(lab.call("DeleteGroups", 2, GroupsNames=[group])["Results"][0]))


@each(["heartbeat", "sync", "leave"])
def classic_request_of_a_stranger(lab, value):
    group, _, _ = in_state(lab, "stable")
    stranger = ClassicMember(lab.connect(), group)
    stranger.id, stranger.generation = "nobody", 1
    if value == "heartbeat":
        lab.see("answer", error_name(stranger.heartbeat()))
    if value == "sync":
        lab.see("answer", error_of(stranger.sync()))
    if value == "leave":
        answer = stranger.leave()
        lab.see("answer", [error_of(answer), [error_of(one) for one in answer["Members"]]])


@case
def classic_member_with_another_protocol_type(lab):
    group, _, _ = in_state(lab, "stable")
    stranger = ClassicMember(lab.connect(), group, protocol_type="connect")
    lab.see("answer", error_of(stranger.join()))


@case
def delete_offsets_of_a_subscribed_topic(lab):
    group, topic, member = in_state(lab, "stable")
    commit(lab.connection, group, topic, 3, member=member.id, generation=member.epoch)
    listed = [{"Name": topic, "Partitions": [{"PartitionIndex": 0}]}]
    answer = lab.call("OffsetDelete", 0, GroupId=group, Topics=listed)
    lab.see("with a member", [error_of(answer), [error_of(part) for one in answer["Topics"] for part in one["Partitions"]]])
    member.leave()
    answer = lab.call("OffsetDelete", 0, GroupId=group, Topics=listed)
    lab.see("without", [error_of(answer), [error_of(part) for one in answer["Topics"] for part in one["Partitions"]]])


@case
def describe_odd_ones(lab):
    group, _, _ = in_state(lab, "stable")
    answer = lab.call("ConsumerGroupDescribe", 1, GroupIds=[group, group, ""])["Groups"]
    lab.see("twice and empty", sorted([error_of(one), one["GroupState"]] for one in answer))
    view = lab.call("ConsumerGroupDescribe", 1, GroupIds=[group], IncludeAuthorizedOperations=True)["Groups"][0]
    lab.see("operations", view["AuthorizedOperations"])
    member = view["Members"][0]
    shown_of_it = [member[name] for name in ("MemberType", "RackId", "InstanceId", "SubscribedTopicRegex")]
    lab.see("member", [*shown_of_it, len(member["SubscribedTopicNames"])])
    lab.see("nobody", lab.call("ConsumerGroupDescribe", 1, GroupIds=[])["Groups"])
