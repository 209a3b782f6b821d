"""Creating, describing, growing and deleting topics, and what is refused."""

from lab import case, each, error_name
from support.topics import create_topics, unique_topic

SHOWN = (
    "cleanup.policy compression.type delete.retention.ms file.delete.delay.ms flush.messages flush.ms index.interval.bytes "
    "max.compaction.lag.ms max.message.bytes message.timestamp.after.max.ms message.timestamp.before.max.ms message.timestamp.type "
    "min.cleanable.dirty.ratio min.compaction.lag.ms min.insync.replicas preallocate retention.bytes retention.ms segment.bytes "
    "segment.index.bytes segment.jitter.ms segment.ms unclean.leader.election.enable"
).split()


def create(lab, *topics, version=7, **fields):
    """Topics are dictionaries of CreateTopics fields; answers in the order of the request."""
    asked = [{"NumPartitions": 1, "ReplicationFactor": 1, "Name": unique_topic(), **topic} for topic in topics]
    answers = lab.call("CreateTopics", version, {"Topics": asked, "TimeoutMs": 10_000, **fields})["Topics"]
    found = {}
    for answer in answers:
        view = {"error": error_name(answer["ErrorCode"])}
        if version >= 5:
            view |= {"partitions": answer["NumPartitions"], "replication": answer["ReplicationFactor"]}
            configs = answer["Configs"] or []
            view["configs"] = {each["Name"]: [each["Value"], each["ConfigSource"]] for each in configs if each["Name"] in SHOWN}
            # Only what differs from topic to topic is worth a line.
            view["configs"] = {name: value for name, value in view["configs"].items() if value[1] == 1}
        found[answer["Name"]] = view
    return [found[name] for name in dict.fromkeys(topic["Name"] for topic in asked)]


NAMES = {
    "empty": "",
    "dot": ".",
    "dots": "..",
    "space": "a b",
    "slash": "a/b",
    "unicode": "t\u00f6pic",
    "too_long": "x" * 250,
    "longest": "x" * 249,
    "underscores": "__mine",
}


@each(NAMES)
def name(lab, value):
    lab.see("answer", create(lab, {"Name": NAMES[value]}, ValidateOnly=True))


@each([0, -1, -2, 1])
def partitions(lab, value):
    [seen] = create(lab, {"NumPartitions": value})
    lab.see("answer", {**seen, "partitions": "the default" if value == -1 else seen["partitions"]})


@each([0, -1, -2, 2])
def replication(lab, value):
    lab.see("answer", create(lab, {"ReplicationFactor": value}))


ASSIGNMENTS = {
    "right": [{"PartitionIndex": 0, "BrokerIds": [1]}],
    "unknown_broker": [{"PartitionIndex": 0, "BrokerIds": [7]}],
    "twice_the_same": [{"PartitionIndex": 0, "BrokerIds": [1, 1]}],
    "a_hole": [{"PartitionIndex": 1, "BrokerIds": [1]}],
    "nobody": [{"PartitionIndex": 0, "BrokerIds": []}],
    "a_partition_twice": [{"PartitionIndex": 0, "BrokerIds": [1]}, {"PartitionIndex": 0, "BrokerIds": [1]}],
}


@each(ASSIGNMENTS)
def assignment(lab, value):
    topic = {"NumPartitions": -1, "ReplicationFactor": -1, "Assignments": ASSIGNMENTS[value]}
    lab.see("answer", create(lab, topic))
    lab.see("with counts", create(lab, {**topic, "NumPartitions": 1, "ReplicationFactor": 1}))


CONFIGS = {
    "good": {"retention.ms": "5000", "cleanup.policy": "compact,delete"},
    "unknown_key": {"no.such.key": "1"},
    "no_number": {"retention.ms": "soon"},
    "too_small": {"retention.ms": "-2"},
    "unknown_policy": {"cleanup.policy": "burn"},
    "empty_policy": {"cleanup.policy": ""},
    "ratio_above_1": {"min.cleanable.dirty.ratio": "1.5"},
    "segment_too_small": {"segment.bytes": "10"},
    "unknown_codec": {"compression.type": "rar"},
    "lag_order": {"min.compaction.lag.ms": "10", "max.compaction.lag.ms": "5"},
    "null_value": {"retention.ms": None},
    "boolean": {"preallocate": "yes"},
    "no_time_type": {"message.timestamp.type": "now"},
    "negative_message_bytes": {"max.message.bytes": "-1"},
    "spaces": {"retention.ms": " 5000 "},
}


@each(CONFIGS)
def configs(lab, value):
    lab.see("answer", create(lab, {"Configs": [{"Name": key, "Value": text} for key, text in CONFIGS[value].items()]}))


@case
def config_given_twice(lab):
    lab.see("answer", create(lab, {"Configs": [{"Name": "retention.ms", "Value": text} for text in ("1", "2")]}))


@case
def name_taken(lab):
    taken = lab.topic()
    lab.see("same", create(lab, {"Name": taken}))
    lab.see("same, only validated", create(lab, {"Name": taken}, ValidateOnly=True))


@case
def name_given_twice(lab):
    twice = {"Name": unique_topic()}
    lab.see("answer", create(lab, twice, twice, {}))


@case
def names_that_collide(lab):
    base = unique_topic()
    lab.see("answers", create(lab, {"Name": base + ".a"}))
    create_topics(lab.broker, [base + ".b"])
    lab.see("other", create(lab, {"Name": base + "_b"}))


@case
def good_and_bad_in_one_request(lab):
    lab.see("answers", create(lab, {}, {"NumPartitions": 0}, {"ReplicationFactor": 9}, {"Configs": [{"Name": "x", "Value": "1"}]}))


@case
def validate_only_makes_nothing(lab):
    name = unique_topic()
    lab.see("first", create(lab, {"Name": name}, ValidateOnly=True))
    lab.see("second", create(lab, {"Name": name}, ValidateOnly=True))


@each(range(2, 8))
def version(lab, value):
    lab.see("answer", create(lab, {}, {"NumPartitions": 0}, version=value))


def described(lab, topic, keys=None, version=4):
    asked = [{"ResourceType": 2, "ResourceName": topic, "ConfigurationKeys": keys}]
    result = lab.call("DescribeConfigs", version, Resources=asked, IncludeSynonyms=True)["Results"][0]
    fields = ("Value", "ReadOnly", "ConfigSource", "IsSensitive", "ConfigType")
    configs = {each["Name"]: [each[field] for field in fields] for each in result["Configs"] if each["Name"] in SHOWN}
    return {"error": error_name(result["ErrorCode"]), "configs": dict(sorted(configs.items()))}


@case
def describe_every_key(lab):
    lab.see("answer", described(lab, lab.topic(segment_ms="100000")))


@case
def describe_some_keys(lab):
    lab.see("answer", described(lab, lab.topic(), ["retention.ms", "no.such.key", "cleanup.policy"]))


@case
def describe_an_unknown_topic(lab):
    lab.see("answer", described(lab, "no-such-topic-here"))


@each([0, 1, 2, 3, 5, -1])
def grow_from_2_to(lab, value):
    topic = lab.topic(2)
    answer = lab.call("CreatePartitions", 3, Topics=[{"Name": topic, "Count": value, "Assignments": None}], TimeoutMs=10_000)
    result = answer["Results"][0]
    lab.see("answer", error_name(result["ErrorCode"]))


@case
def grow_an_unknown_topic(lab):
    answer = lab.call("CreatePartitions", 3, Topics=[{"Name": "no-such-topic-here", "Count": 3, "Assignments": None}], TimeoutMs=10_000)
    lab.see("answer", error_name(answer["Results"][0]["ErrorCode"]))


@case
def delete_and_delete_again(lab):
    topic = lab.topic()
    for time in ("first", "second"):
        answer = lab.call("DeleteTopics", 6, Topics=[{"Name": topic}], TimeoutMs=10_000)["Responses"][0]
        lab.see(time, [error_name(answer["ErrorCode"]), answer["Name"] == topic])


@case
def delete_by_an_unknown_id(lab):
    answer = lab.call("DeleteTopics", 6, Topics=[{"Name": None, "TopicId": b"\x05" * 16}], TimeoutMs=10_000)["Responses"][0]
    lab.see("answer", [error_name(answer["ErrorCode"]), answer["Name"]])


@case
def delete_by_name_and_id(lab):
    topic = lab.topic()
    answer = lab.call("DeleteTopics", 6, Topics=[{"Name": topic, "TopicId": lab.id_of(topic)}], TimeoutMs=10_000)["Responses"][0]
    lab.see("answer", error_name(answer["ErrorCode"]))


@case
def a_topic_made_again_starts_at_0(lab):
    topic = lab.topic()
    lab.write(topic, b"a", b"b")
    before = lab.id_of(topic)
    lab.call("DeleteTopics", 6, Topics=[{"Name": topic}], TimeoutMs=10_000)
    create_topics(lab.broker, [topic])
    lab.see("another id", lab.id_of(topic) != before)
    lab.see("end", lab.offsets(topic, -1))
