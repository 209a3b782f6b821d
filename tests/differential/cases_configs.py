"""IncrementalAlterConfigs, AlterConfigs and DescribeConfigs of topics: what is taken, what is refused, what stands afterwards."""

from lab import case, each, error_name
from support.groups import unique_group

SET, DELETE, APPEND, SUBTRACT = range(4)
NONE, TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 0, 2, 4, 8, 16, 32
OWN = 1


def topic_of(lab):
    return lab.topic(retention_ms="5000", cleanup_policy="delete")


def settle(lab):
    """A Kafka answers before a change is in force; a topic that came after it and is served tells that it is."""
    if lab.broker.is_peer:
        lab.topic()


def own(lab, topic):
    """What was set on the topic itself."""
    settle(lab)
    asked = [{"ResourceType": TOPIC, "ResourceName": topic, "ConfigurationKeys": None}]
    configs = lab.call("DescribeConfigs", 4, Resources=asked)["Results"][0]["Configs"]
    return {each["Name"]: each["Value"] for each in sorted(configs, key=lambda one: one["Name"]) if each["ConfigSource"] == OWN}


def errors_of(answer):
    return [[each["ResourceType"], error_name(each["ErrorCode"])] for each in answer["Responses"]]


def alteration(name, *changes, kind=TOPIC):
    configs = [{"Name": key, "ConfigOperation": operation, "Value": value} for key, operation, value in changes]
    return {"ResourceType": kind, "ResourceName": name, "Configs": configs}


def alter(lab, *resources, version=1, validate_only=False):
    return errors_of(lab.call("IncrementalAlterConfigs", version, Resources=list(resources), ValidateOnly=validate_only))


def replace(lab, name, configs, kind=TOPIC, version=2, validate_only=False):
    listed = [{"Name": key, "Value": value} for key, value in configs]
    resource = {"ResourceType": kind, "ResourceName": name, "Configs": listed}
    return errors_of(lab.call("AlterConfigs", version, Resources=[resource], ValidateOnly=validate_only))


CHANGES = {
    "set": [("segment.bytes", SET, "2000000")],
    "set_what_is_set": [("retention.ms", SET, "5000")],
    "set_null": [("retention.ms", SET, None)],
    "set_empty": [("retention.ms", SET, "")],
    "set_no_number": [("retention.ms", SET, "soon")],
    "set_below_the_range": [("retention.ms", SET, "-2")],
    "set_unlimited": [("retention.ms", SET, "-1"), ("retention.bytes", SET, "-1")],
    "set_unknown": [("no.such.key", SET, "1")],
    "set_a_broker_key": [("log.retention.ms", SET, "1")],
    "set_several_one_bad": [("segment.bytes", SET, "2000000"), ("retention.bytes", SET, "x")],
    "set_boolean_no": [("preallocate", SET, "no")],
    "set_boolean_upper_case": [("preallocate", SET, "TRUE")],
    "set_list_with_spaces": [("cleanup.policy", SET, "compact, delete")],
    "set_list_twice_the_same": [("cleanup.policy", SET, "compact,compact")],
    "set_list_upper_case": [("cleanup.policy", SET, "COMPACT")],
    "set_codec": [("compression.type", SET, "zstd")],
    "set_codec_upper_case": [("compression.type", SET, "ZSTD")],
    "set_ratio": [("min.cleanable.dirty.ratio", SET, "0.25")],
    "set_ratio_negative": [("min.cleanable.dirty.ratio", SET, "-0.1")],
    "set_number_with_plus": [("retention.ms", SET, "+7")],
    "set_number_beyond_int32": [("segment.bytes", SET, "2147483648")],
    "set_number_beyond_int64": [("retention.ms", SET, "9223372036854775808")],
    "set_number_as_fraction": [("retention.ms", SET, "1.0")],
    "set_lags_in_order": [("min.compaction.lag.ms", SET, "5"), ("max.compaction.lag.ms", SET, "10")],
    "set_lags_out_of_order": [("min.compaction.lag.ms", SET, "10"), ("max.compaction.lag.ms", SET, "5")],
    "set_local_retention": [("local.retention.ms", SET, "100")],
    "set_in_sync_replicas_0": [("min.insync.replicas", SET, "0")],
    "set_time_type": [("message.timestamp.type", SET, "LogAppendTime")],
    "set_throttles": [("leader.replication.throttled.replicas", SET, "*")],
    "delete": [("retention.ms", DELETE, None)],
    "delete_with_a_value": [("retention.ms", DELETE, "5")],
    "delete_what_is_not_set": [("segment.bytes", DELETE, None)],
    "delete_unknown": [("no.such.key", DELETE, None)],
    "append": [("cleanup.policy", APPEND, "compact")],
    "append_what_is_there": [("cleanup.policy", APPEND, "delete")],
    "append_unknown_value": [("cleanup.policy", APPEND, "burn")],
    "append_null": [("cleanup.policy", APPEND, None)],
    "append_to_no_list": [("retention.ms", APPEND, "5")],
    "subtract": [("cleanup.policy", SUBTRACT, "delete")],
    "subtract_what_is_not_there": [("cleanup.policy", SUBTRACT, "compact")],
    "subtract_from_no_list": [("retention.ms", SUBTRACT, "5")],
    "a_key_twice": [("retention.ms", SET, "1"), ("retention.ms", SET, "2")],
    "unknown_operation": [("retention.ms", 9, "1")],
    "nothing": [],
}


@each(CHANGES)
def change(lab, value):
    topic = topic_of(lab)
    lab.see("answer", alter(lab, alteration(topic, *CHANGES[value])))
    lab.see("own", own(lab, topic))


@case
def a_list_grows_and_shrinks(lab):
    topic = topic_of(lab)
    for step, what in (("append", (APPEND, "compact")), ("subtract", (SUBTRACT, "delete")), ("delete", (DELETE, None))):
        lab.see(step, [alter(lab, alteration(topic, ("cleanup.policy", *what))), own(lab, topic)])


@case
def only_validated(lab):
    topic = topic_of(lab)
    lab.see("good", alter(lab, alteration(topic, ("retention.ms", SET, "1")), validate_only=True))
    lab.see("bad", alter(lab, alteration(topic, ("retention.ms", SET, "x")), validate_only=True))
    lab.see("own", own(lab, topic))


@each([0, 1])
def change_in_version(lab, value):
    topic = topic_of(lab)
    lab.see("answer", alter(lab, alteration(topic, ("retention.ms", SET, "9")), version=value))
    lab.see("own", own(lab, topic))


@case
def good_and_bad_resources_in_one_request(lab):
    one, two = topic_of(lab), topic_of(lab)
    bad = alteration(one, ("retention.ms", SET, "x"))
    lab.see("answer", sorted(alter(lab, bad, alteration(two, ("retention.ms", SET, "6")))))
    lab.see("own", [own(lab, one), own(lab, two)])


@case
def a_resource_twice(lab):
    topic = topic_of(lab)
    same = alteration(topic, ("retention.ms", SET, "6"))
    lab.see("answer", alter(lab, same, same))
    lab.see("own", own(lab, topic))


@case
def places_nobody_knows(lab):
    to = ("retention.ms", SET, "6")
    for label, name in (("unknown", "no-such-topic-here"), ("empty", ""), ("bad", "a b")):
        lab.see(label, alter(lab, alteration(name, to)))
    for label, kind in (("kind 0", NONE), ("kind 3", 3), ("kind 77", 77)):
        lab.see(label, alter(lab, alteration("x", to, kind=kind)))
    lab.see("another broker", alter(lab, alteration("9", ("log.cleaner.threads", SET, "1"), kind=BROKER)))
    lab.see("no number as broker", alter(lab, alteration("x", ("log.cleaner.threads", SET, "1"), kind=BROKER)))


REPLACEMENTS = {
    "one_key": [("segment.bytes", "2000000")],
    "nothing": [],
    "bad_value": [("retention.ms", "x")],
    "unknown_key": [("no.such.key", "1")],
    "null_value": [("retention.ms", None)],
    "a_key_twice": [("retention.ms", "1"), ("retention.ms", "2")],
}


@each(REPLACEMENTS)
def replacement(lab, value):
    topic = topic_of(lab)
    lab.see("answer", replace(lab, topic, REPLACEMENTS[value]))
    lab.see("own", own(lab, topic))


@each([0, 1, 2])
def replacement_in_version(lab, value):
    topic = topic_of(lab)
    lab.see("answer", replace(lab, topic, [("retention.bytes", "9")], version=value))
    lab.see("own", own(lab, topic))


@case
def replacement_only_validated(lab):
    topic = topic_of(lab)
    lab.see("answer", replace(lab, topic, [("retention.bytes", "9")], validate_only=True))
    lab.see("own", own(lab, topic))


@case
def replacement_of_places_nobody_knows(lab):
    for label, name in (("unknown", "no-such-topic-here"), ("empty", ""), ("bad", "a b")):
        lab.see(label, replace(lab, name, [("retention.ms", "6")]))


def describe(lab, name, kind=TOPIC, keys=None, version=4):
    asked = [{"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": keys}]
    results = lab.call("DescribeConfigs", version, Resources=asked)["Results"]
    return [[each["ResourceType"], error_name(each["ErrorCode"]), [one["Name"] for one in each["Configs"]]] for each in results]


@each([1, 2, 3, 4])
def describe_in_version(lab, value):
    topic = topic_of(lab)
    asked = [{"ResourceType": TOPIC, "ResourceName": topic, "ConfigurationKeys": ["retention.ms"]}]
    [config] = lab.call("DescribeConfigs", value, Resources=asked, IncludeSynonyms=True)["Results"][0]["Configs"]
    config["Documentation"] = "none" if config.get("Documentation") is None else "given"
    lab.see("answer", config)


@case
def describe_places_nobody_knows(lab):
    for label, name in (("unknown", "no-such-topic-here"), ("empty", ""), ("bad", "a b")):
        lab.see(label, describe(lab, name))
    for label, kind in (("kind 0", NONE), ("kind 3", 3), ("kind 77", 77)):
        lab.see(label, describe(lab, "x", kind=kind))
    lab.see("another broker", describe(lab, "9", kind=BROKER))
    lab.see("no number as broker", describe(lab, "x", kind=BROKER))


@case
def describe_no_keys_is_all_of_them(lab):
    topic = topic_of(lab)
    lab.see("empty list", len(describe(lab, topic, keys=[])[0][2]) > 20)
    lab.see("unknown key", describe(lab, topic, keys=["no.such.key"]))


@case
def describe_a_resource_twice(lab):
    same = {"ResourceType": TOPIC, "ResourceName": topic_of(lab), "ConfigurationKeys": ["retention.ms"]}
    lab.see("answers", len(lab.call("DescribeConfigs", 4, Resources=[same, same])["Results"]))


@case
def a_change_of_max_message_bytes_is_in_force(lab):
    topic = lab.topic()
    lab.write(topic, bytes(2000))
    lab.see("smaller", alter(lab, alteration(topic, ("max.message.bytes", SET, "1000"))))
    settle(lab)
    lab.see("refused", lab.produce(topic, lab.batch_of(bytes(2000)))["error"])
    lab.see("back", alter(lab, alteration(topic, ("max.message.bytes", DELETE, None))))
    settle(lab)
    lab.see("taken", lab.produce(topic, lab.batch_of(bytes(2000)))["error"])


@case
def a_change_to_compact_asks_for_keys(lab):
    topic = lab.topic()
    lab.see("to compact", alter(lab, alteration(topic, ("cleanup.policy", SET, "compact"))))
    settle(lab)
    lab.see("without a key", lab.produce(topic, lab.batch_of(b"x"))["error"])


# Groups

SESSION, HEARTBEAT = "consumer.session.timeout.ms", "consumer.heartbeat.interval.ms"
OF_GROUP = 8


def own_of_group(lab, group):
    settle(lab)
    asked = [{"ResourceType": GROUP, "ResourceName": group, "ConfigurationKeys": [SESSION, HEARTBEAT]}]
    configs = lab.call("DescribeConfigs", 4, Resources=asked)["Results"][0]["Configs"]
    return {each["Name"]: each["Value"] for each in sorted(configs, key=lambda one: one["Name"]) if each["ConfigSource"] == OF_GROUP}


GROUP_CHANGES = {
    "set": [(SESSION, SET, "50000")],
    "set_shortest": [(SESSION, SET, "45000")],
    "set_longest": [(SESSION, SET, "60000")],
    "set_too_short": [(SESSION, SET, "44999")],
    "set_too_long": [(SESSION, SET, "60001")],
    "set_interval_too_long": [(HEARTBEAT, SET, "15001")],
    "set_both": [(SESSION, SET, "50000"), (HEARTBEAT, SET, "6000")],
    "set_one_bad": [(SESSION, SET, "50000"), (HEARTBEAT, SET, "x")],
    "set_no_number": [(SESSION, SET, "soon")],
    "set_empty": [(SESSION, SET, "")],
    "set_null": [(SESSION, SET, None)],
    "set_0": [(SESSION, SET, "0")],
    "set_with_plus_and_spaces": [(SESSION, SET, " +50000 ")],
    "set_beyond_int32": [(SESSION, SET, "2147483648")],
    "set_unknown": [("no.such.key", SET, "1")],
    "set_a_topic_key": [("retention.ms", SET, "1")],
    "set_a_broker_key": [("group.consumer.session.timeout.ms", SET, "50000")],
    "delete_what_is_not_set": [(SESSION, DELETE, None)],
    "delete_unknown": [("no.such.key", DELETE, None)],
    "append": [(SESSION, APPEND, "1")],
    "subtract": [(SESSION, SUBTRACT, "1")],
    "a_key_twice": [(SESSION, SET, "50000"), (SESSION, SET, "50001")],
    "nothing": [],
}


@each(GROUP_CHANGES)
def change_of_a_group(lab, value):
    group = unique_group()
    lab.see("answer", alter(lab, alteration(group, *GROUP_CHANGES[value], kind=GROUP)))
    lab.see("own", own_of_group(lab, group))


@case
def change_of_a_group_and_back(lab):
    group = unique_group()
    lab.see("set", alter(lab, alteration(group, (SESSION, SET, "50000"), (HEARTBEAT, SET, "6000"), kind=GROUP)))
    lab.see("is set", own_of_group(lab, group))
    lab.see("deleted", alter(lab, alteration(group, (SESSION, DELETE, None), kind=GROUP)))
    lab.see("is deleted", own_of_group(lab, group))
    lab.see("replaced", replace(lab, group, [(SESSION, "51000")], kind=GROUP))
    lab.see("is replaced", own_of_group(lab, group))
    lab.see("emptied", replace(lab, group, [], kind=GROUP))
    lab.see("is empty", own_of_group(lab, group))


@case
def change_of_a_group_only_validated(lab):
    group = unique_group()
    lab.see("good", alter(lab, alteration(group, (SESSION, SET, "50000"), kind=GROUP), validate_only=True))
    lab.see("bad", alter(lab, alteration(group, (SESSION, SET, "1"), kind=GROUP), validate_only=True))
    lab.see("own", own_of_group(lab, group))


@case
def groups_without_a_name(lab):
    lab.see("changed", alter(lab, alteration("", (SESSION, SET, "50000"), kind=GROUP)))
    lab.see("described", describe(lab, "", kind=GROUP))


@case
def resources_are_listed(lab):
    def listed(*types):
        answer = lab.call("ListConfigResources", 1, ResourceTypes=list(types))
        return [error_name(answer["ErrorCode"]), {(one["ResourceType"], one["ResourceName"]) for one in answer["ConfigResources"]}]

    group, topic = unique_group(), lab.topic()
    lab.see("before", (GROUP, group) in listed(GROUP)[1])
    alter(lab, alteration(group, (SESSION, SET, "50000"), kind=GROUP))
    settle(lab)
    lab.see("after", (GROUP, group) in listed(GROUP)[1])
    lab.see("among all", {(GROUP, group), (TOPIC, topic), (BROKER, "1")} <= listed()[1])
    lab.see("kinds", sorted({kind for kind, _ in listed(TOPIC, BROKER, CLIENT_METRICS)[1]}))
    lab.see("unknown kind", listed(99)[0])
    lab.see("unknown kind among others", [listed(GROUP, 99)[0], len(listed(GROUP, 99)[1])])
    lab.see("version 0", lab.call("ListConfigResources", 0))
