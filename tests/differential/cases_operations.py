"""What an operator asks of a cluster, as one node answers it: elections, reassignments, log directories, quorum, features, credentials."""

from lab import case, each, error_name
from support.broker import wait_until
from support.groups import await_coordinator, unique_group
from support.topics import unique_topic

ALL_ZERO = bytes(16)
NOWHERE = "no-such-topic-here"
PREFERRED, UNCLEAN = 0, 1
UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE = 1, 2, 3
THIS, OTHER = 1, 7


def known(lab, topic, name):
    return "asked" if name == topic else name


# ElectLeaders


def elected(lab, topic, version=2, partitions=(0,), kind=PREFERRED, **more):
    body = {"TopicPartitions": [{"Topic": topic, "Partitions": list(partitions)}], "TimeoutMs": 5000, **more}
    if version >= 1:
        body["ElectionType"] = kind
    answer = lab.call("ElectLeaders", version, body)
    if answer == "closed":
        return answer
    shown = [
        [known(lab, topic, one["Topic"]), sorted([part["PartitionId"], error_name(part["ErrorCode"])] for part in one["PartitionResult"])]
        for one in answer["ReplicaElectionResults"]
    ]
    return {"error": error_name(answer.get("ErrorCode", 0)), "results": shown}


@each([0, 1, 2])
def election_in_version(lab, value):
    topic = lab.topic(2)
    lab.see("one", elected(lab, topic, value))
    lab.see("both", elected(lab, topic, value, [0, 1]))
    lab.see("twice", elected(lab, topic, value, [0, 0]))
    lab.see("none", elected(lab, topic, value, []))
    lab.see("unknown partition", elected(lab, topic, value, [0, 9]))
    lab.see("negative partition", elected(lab, topic, value, [-1]))


@each({"preferred": 0, "unclean": 1, "unknown": 9, "negative": -1})
def election_of_type(lab, value):
    kinds = {"preferred": 0, "unclean": 1, "unknown": 9, "negative": -1}
    topic = lab.topic()
    lab.see("answer", elected(lab, topic, kind=kinds[value]))
    lab.see("unknown topic", elected(lab, NOWHERE, kind=kinds[value]))


@case
def election_of_everything_and_of_nothing(lab):
    lab.topic()
    for name, topics in (("everything", None), ("nothing", [])):
        answer = lab.call("ElectLeaders", 2, ElectionType=PREFERRED, TopicPartitions=topics, TimeoutMs=5000)
        needed = [one["Topic"] for one in answer["ReplicaElectionResults"] if one["PartitionResult"]]
        lab.see(name, [error_name(answer["ErrorCode"]), needed])


@case
def election_of_odd_topics(lab):
    topic = lab.topic()
    lab.see("empty name", elected(lab, ""))
    lab.see("bad name", elected(lab, "a b"))
    twice = [{"Topic": topic, "Partitions": [0]}, {"Topic": topic, "Partitions": [0]}]
    answer = lab.call("ElectLeaders", 2, ElectionType=PREFERRED, TopicPartitions=twice, TimeoutMs=5000)
    results = [
        [part["PartitionId"], error_name(part["ErrorCode"])] for one in answer["ReplicaElectionResults"] for part in one["PartitionResult"]
    ]
    lab.see("twice", results)


# AlterPartitionReassignments, ListPartitionReassignments


def reassigned(lab, topic, *partitions, version=1, **more):
    asked = [{"PartitionIndex": index, "Replicas": replicas} for index, replicas in partitions]
    answer = lab.call("AlterPartitionReassignments", version, Topics=[{"Name": topic, "Partitions": asked}], TimeoutMs=5000, **more)
    if answer == "closed":
        return answer
    shown = [
        [known(lab, topic, one["Name"]), [[part["PartitionIndex"], error_name(part["ErrorCode"])] for part in one["Partitions"]]]
        for one in answer["Responses"]
    ]
    return {"error": error_name(answer["ErrorCode"]), "responses": shown}


def ongoing(lab, topics):
    answer = lab.call("ListPartitionReassignments", 0, Topics=topics, TimeoutMs=5000)
    return answer if answer == "closed" else [error_name(answer["ErrorCode"]), len(answer["Topics"])]


ASSIGNMENTS = {
    "this_broker": [(0, [THIS])],
    "another_broker": [(0, [OTHER])],
    "both_brokers": [(0, [THIS, OTHER])],
    "this_broker_twice": [(0, [THIS, THIS])],
    "no_broker": [(0, [])],
    "negative_broker": [(0, [-1])],
    "cancel": [(0, None)],
    "unknown_partition": [(9, [THIS])],
    "cancel_unknown_partition": [(9, None)],
    "negative_partition": [(-1, [THIS])],
    "good_and_bad": [(0, [THIS]), (1, [OTHER])],
    "partition_twice": [(0, [THIS]), (0, [THIS])],
    "nothing": [],
}


@each(ASSIGNMENTS)
def reassignment_to(lab, value):
    topic = lab.topic(2)
    lab.see("answer", reassigned(lab, topic, *ASSIGNMENTS[value]))
    lab.see("ongoing", ongoing(lab, [{"Name": topic, "PartitionIndexes": [0, 1]}]))


@each([0, 1])
def reassignment_in_version(lab, value):
    topic = lab.topic()
    lab.see("good", reassigned(lab, topic, (0, [THIS]), version=value))
    lab.see("bad", reassigned(lab, topic, (0, [OTHER]), version=value))


@case
def reassignment_without_leave_to_change_the_replication(lab):
    topic = lab.topic()
    for name, replicas in (("same", [THIS]), ("other", [OTHER]), ("more", [THIS, OTHER]), ("none", []), ("cancel", None)):
        lab.see(name, reassigned(lab, topic, (0, replicas), AllowReplicationFactorChange=False))


@case
def reassignment_of_odd_topics(lab):
    lab.see("unknown", reassigned(lab, NOWHERE, (0, [THIS])))
    lab.see("unknown cancelled", reassigned(lab, NOWHERE, (0, None)))
    lab.see("unknown to nobody", reassigned(lab, NOWHERE, (0, [OTHER])))
    lab.see("empty name", reassigned(lab, "", (0, [THIS])))
    answer = lab.call("AlterPartitionReassignments", 1, Topics=[], TimeoutMs=5000)
    lab.see("no topics", [error_name(answer["ErrorCode"]), answer["Responses"]])
    topic = lab.topic()
    one = {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Replicas": [THIS]}]}
    answer = lab.call("AlterPartitionReassignments", 1, Topics=[one, one], TimeoutMs=5000)
    lab.see(
        "a topic twice",
        [error_name(answer["ErrorCode"]), [[error_name(part["ErrorCode"]) for part in each["Partitions"]] for each in answer["Responses"]]],
    )


@case
def reassignments_are_listed(lab):
    topic = lab.topic()
    lab.see("all", ongoing(lab, None))
    lab.see("none", ongoing(lab, []))
    lab.see("known", ongoing(lab, [{"Name": topic, "PartitionIndexes": [0]}]))
    lab.see("unknown partition", ongoing(lab, [{"Name": topic, "PartitionIndexes": [9]}]))
    lab.see("unknown topic", ongoing(lab, [{"Name": NOWHERE, "PartitionIndexes": [0]}]))


# AlterReplicaLogDirs


def moved(lab, path, topic, *partitions, version=2):
    asked = [{"Path": path, "Topics": [{"Name": topic, "Partitions": list(partitions)}]}]
    answer = lab.call("AlterReplicaLogDirs", version, Dirs=asked)
    if answer == "closed":
        return answer
    return [
        [known(lab, topic, one["TopicName"]), sorted([part["PartitionIndex"], error_name(part["ErrorCode"])] for part in one["Partitions"])]
        for one in answer["Results"]
    ]


def log_dir(lab):
    return lab.call("DescribeLogDirs", 4, Topics=None)["Results"][0]["LogDir"]


@each([1, 2])
def log_dirs_in_version(lab, value):
    topic, here = lab.topic(2), log_dir(lab)
    lab.see("where it is", moved(lab, here, topic, 0, 1, version=value))
    lab.see("nowhere", moved(lab, "/no/such/directory", topic, 0, version=value))


@case
def log_dirs_of_odd_replicas(lab):
    topic, here = lab.topic(), log_dir(lab)
    lab.see("unknown topic", moved(lab, here, NOWHERE, 0))
    lab.see("unknown topic nowhere", moved(lab, "/no/such/directory", NOWHERE, 0))
    lab.see("unknown partition", moved(lab, here, topic, 9))
    lab.see("relative path", moved(lab, "data", topic, 0))
    lab.see("empty path", moved(lab, "", topic, 0))
    lab.see("no partitions", moved(lab, here, topic))
    lab.see("nothing", lab.call("AlterReplicaLogDirs", 2, Dirs=[])["Results"])


# DescribeQuorum


def replica_view(replica):
    return [
        replica["ReplicaId"],
        replica.get("ReplicaDirectoryId", ALL_ZERO) != ALL_ZERO,
        replica["LogEndOffset"] >= 0,
        replica.get("LastFetchTimestamp", -1) > 0,
        replica.get("LastCaughtUpTimestamp", -1) > 0,
    ]


def quorum(lab, topic="__cluster_metadata", partitions=(0,), version=2):
    asked = [{"TopicName": topic, "Partitions": [{"PartitionIndex": index} for index in partitions]}]
    answer = lab.call("DescribeQuorum", version, Topics=asked)
    if answer == "closed":
        return answer
    parts = [
        {
            "topic": one["TopicName"],
            "index": part["PartitionIndex"],
            "error": error_name(part["ErrorCode"]),
            "leader": part["LeaderId"],
            "epoch": part["LeaderEpoch"] > 0,
            "high_watermark": part["HighWatermark"] > 0,
            "voters": [replica_view(replica) for replica in part["CurrentVoters"]],
            "observers": [replica_view(replica) for replica in part["Observers"]],
        }
        for one in answer["Topics"]
        for part in one["Partitions"]
    ]
    return {"error": error_name(answer["ErrorCode"]), "partitions": parts, "nodes": [node["NodeId"] for node in answer.get("Nodes", [])]}


@each([0, 1, 2])
def quorum_in_version(lab, value):
    lab.see("answer", quorum(lab, version=value))


@case
def quorum_of_other_partitions(lab):
    lab.see("another partition", quorum(lab, partitions=[1]))
    lab.see("another topic", quorum(lab, topic=lab.topic()) and "asked")
    lab.see("unknown topic", quorum(lab, topic=NOWHERE))
    lab.see("both", quorum(lab, partitions=[0, 1]))
    lab.see("no partition", quorum(lab, partitions=[]))
    answer = lab.call("DescribeQuorum", 2, Topics=[])
    lab.see("nothing", [error_name(answer["ErrorCode"]), len(answer["Topics"])])


# UnregisterBroker


@each([OTHER, 0, -1])
def unregistering(lab, value):
    answer = lab.call("UnregisterBroker", 0, BrokerId=value)
    lab.see("answer", error_name(answer["ErrorCode"]))


# UpdateFeatures


def updated(lab, *updates, version=2, validate_only=False):
    asked = []
    for feature, level, kind in updates:
        one = {"Feature": feature, "MaxVersionLevel": level}
        asked.append({**one, "AllowDowngrade": kind != UPGRADE} if version == 0 else {**one, "UpgradeType": kind})
    body = {"FeatureUpdates": asked, "TimeoutMs": 5000}
    if version >= 1:
        body["ValidateOnly"] = validate_only
    answer = lab.call("UpdateFeatures", version, body)
    if answer == "closed":
        return answer
    results = sorted([one["Feature"], error_name(one["ErrorCode"])] for one in answer.get("Results", []))
    return {"error": error_name(answer["ErrorCode"]), "results": results}


FEATURES = {
    "group_as_it_is": [("group.version", 1, UPGRADE)],
    "group_up": [("group.version", 2, UPGRADE)],
    "group_far_up": [("group.version", 99, UPGRADE)],
    "group_negative": [("group.version", -1, UPGRADE)],
    "group_down_without_leave": [("group.version", 0, UPGRADE)],
    "group_down": [("group.version", 0, SAFE_DOWNGRADE)],
    "group_down_unsafe": [("group.version", 0, UNSAFE_DOWNGRADE)],
    "group_as_it_is_by_downgrade": [("group.version", 1, SAFE_DOWNGRADE)],
    "group_up_by_downgrade": [("group.version", 2, SAFE_DOWNGRADE)],
    "unknown": [("no.such.feature", 1, UPGRADE)],
    "unknown_down": [("no.such.feature", 0, SAFE_DOWNGRADE)],
    "good_and_bad": [("group.version", 1, UPGRADE), ("no.such.feature", 1, UPGRADE)],
    "twice": [("group.version", 1, UPGRADE), ("group.version", 1, UPGRADE)],
    "unknown_kind": [("group.version", 1, 9)],
    "nothing": [],
}


@each(FEATURES)
def feature_validated(lab, value):
    for version in (1, 2):
        lab.see(f"version {version}", updated(lab, *FEATURES[value], version=version, validate_only=True))


@case
def feature_in_version_0(lab):
    lab.see("as it is", updated(lab, ("group.version", 1, UPGRADE), version=0))
    lab.see("too high", updated(lab, ("group.version", 9, UPGRADE), version=0))
    lab.see("unknown", updated(lab, ("no.such.feature", 1, UPGRADE), version=0))


def group_level(lab):
    answer = lab.call("ApiVersions", 4, ClientSoftwareName="lab", ClientSoftwareVersion="1")
    return [[one["MinVersionLevel"], one["MaxVersionLevel"]] for one in answer["FinalizedFeatures"] if one["Name"] == "group.version"]


def heartbeat(lab):
    body = {
        "GroupId": unique_group(),
        "MemberId": "m" * 22,
        "MemberEpoch": 0,
        "RebalanceTimeoutMs": 5000,
        "SubscribedTopicNames": [NOWHERE],
        "TopicPartitions": [],
    }
    await_coordinator(lab.connection, body["GroupId"])
    return error_name(lab.call("ConsumerGroupHeartbeat", 1, body)["ErrorCode"])


def described_group(lab):
    answer = lab.call("ConsumerGroupDescribe", 1, GroupIds=[NOWHERE])
    return error_name(answer["Groups"][0]["ErrorCode"])


@case
def feature_goes_down_and_up_again(lab):
    lab.see("before", [group_level(lab), heartbeat(lab), described_group(lab)])
    lab.see("without leave", [updated(lab, ("group.version", 0, UPGRADE)), group_level(lab)])
    for name, level, kind in (("down", 0, SAFE_DOWNGRADE), ("up", 1, UPGRADE)):
        lab.see(name, updated(lab, ("group.version", level, kind)))
        wait_until(
            lambda level=level: group_level(lab) == ([[level, level]] if level else []) or group_level(lab) == [[level, level]],
            "the level is in force",
        )
        lab.see(f"after {name}", [group_level(lab), heartbeat(lab), described_group(lab)])


# SCRAM credentials


def credentials(lab, users):
    answer = lab.call("DescribeUserScramCredentials", 0, Users=None if users is None else [{"Name": name} for name in users])
    if answer == "closed":
        return answer
    results = sorted([one["User"], error_name(one["ErrorCode"]), len(one["CredentialInfos"])] for one in answer["Results"])
    return {"error": error_name(answer["ErrorCode"]), "results": results}


@case
def credentials_are_described(lab):
    lab.see("all", credentials(lab, None))
    lab.see("none", credentials(lab, []))
    lab.see("unknown", credentials(lab, ["nobody"]))
    lab.see("two", credentials(lab, ["nobody", "noone"]))
    lab.see("twice", credentials(lab, ["nobody", "nobody"]))
    lab.see("empty name", credentials(lab, [""]))


def upsertion(name, mechanism=1, iterations=4096, salt=b"salt", password=b"x" * 32):
    return {"Name": name, "Mechanism": mechanism, "Iterations": iterations, "Salt": salt, "SaltedPassword": password}


def altered(lab, upsertions=(), deletions=()):
    answer = lab.call(
        "AlterUserScramCredentials",
        0,
        Upsertions=list(upsertions),
        Deletions=[{"Name": name, "Mechanism": kind} for name, kind in deletions],
    )
    return answer if answer == "closed" else sorted([one["User"], error_name(one["ErrorCode"])] for one in answer["Results"])


@case
def credentials_are_altered(lab):
    user = unique_topic("user")
    lab.see("nothing", altered(lab))
    made = altered(lab, [upsertion(user)])
    lab.see("made", [error for _, error in made])
    lab.see("removed", [error for _, error in altered(lab, deletions=[(user, 1)])])


@case
def credentials_that_make_no_sense(lab):
    lab.see("removed unknown", altered(lab, deletions=[("nobody", 1)]))
    lab.see("unknown mechanism", altered(lab, [upsertion("nobody", mechanism=9)]))
    lab.see("unknown mechanism removed", altered(lab, deletions=[("nobody", 9)]))
    lab.see("few iterations", altered(lab, [upsertion("nobody", iterations=1)]))
    lab.see("many iterations", altered(lab, [upsertion("nobody", iterations=100_000)]))
    lab.see("empty name", altered(lab, [upsertion("")]))
    lab.see("twice", altered(lab, [upsertion("nobody"), upsertion("nobody")]))
    lab.see("made and removed", altered(lab, [upsertion("nobody")], [("nobody", 1)]))


# Delegation tokens


@each([1, 2, 3])
def token_in_version(lab, value):
    answer = lab.call("CreateDelegationToken", value, Renewers=[], MaxLifetimeMs=-1)
    lab.see(
        "create",
        [
            error_name(answer["ErrorCode"]),
            answer["IssueTimestampMs"],
            answer["ExpiryTimestampMs"],
            answer["MaxTimestampMs"],
            answer["TokenId"],
        ],
    )
    lab.see("create for", [answer["PrincipalType"], answer["PrincipalName"], answer.get("TokenRequesterPrincipalName")])
    answer = lab.call("DescribeDelegationToken", value, Owners=None)
    lab.see("describe", [error_name(answer["ErrorCode"]), len(answer["Tokens"])])
    if value <= 2:
        answer = lab.call("RenewDelegationToken", value, Hmac=b"x", RenewPeriodMs=1)
        lab.see("renew", [error_name(answer["ErrorCode"]), answer["ExpiryTimestampMs"]])
        answer = lab.call("ExpireDelegationToken", value, Hmac=b"x", ExpiryTimePeriodMs=1)
        lab.see("expire", [error_name(answer["ErrorCode"]), answer["ExpiryTimestampMs"]])
