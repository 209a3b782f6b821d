"""Metadata, DescribeCluster, DescribeTopicPartitions, ApiVersions, InitProducerId, and the odd corners of growing and deleting topics."""

from lab import case, each, error_name
from support.topics import create_topic, unique_topic

ALL_ZERO = bytes(16)
NOWHERE = "no-such-topic-here"  # nobody may make it


def shown_partition(part):
    return {
        "error": error_name(part["ErrorCode"]),
        "index": part["PartitionIndex"],
        "leader": part["LeaderId"],
        "epoch": part.get("LeaderEpoch"),
        "replicas": [part["ReplicaNodes"], part["IsrNodes"], part.get("OfflineReplicas")],
    }


def shown_topic(topic, wanted):
    return {
        "error": error_name(topic["ErrorCode"]),
        "name": "asked" if topic["Name"] == wanted else topic["Name"],
        "id": "none" if topic.get("TopicId", ALL_ZERO) == ALL_ZERO else "given",
        "internal": topic.get("IsInternal"),
        "operations": topic.get("TopicAuthorizedOperations"),
        "partitions": sorted((shown_partition(part) for part in topic["Partitions"]), key=lambda one: one["index"]),
    }


def metadata(lab, topics, wanted="", version=12, **more):
    answer = lab.call("Metadata", version, Topics=topics, **{"AllowAutoTopicCreation": False, **more})
    return answer if answer == "closed" else [shown_topic(topic, wanted) for topic in answer["Topics"]]


@each(range(14))
def metadata_version(lab, value):
    topic = lab.topic(2)
    answer = lab.call("Metadata", value, Topics=[{"Name": topic}], AllowAutoTopicCreation=False)
    lab.see("topics", [shown_topic(one, topic) for one in answer["Topics"]])
    lab.see("brokers", [[one["NodeId"], one["Port"] == lab.broker.address[1], one.get("Rack")] for one in answer["Brokers"]])
    lab.see("controller", answer.get("ControllerId"))
    lab.see("cluster", [bool(answer.get("ClusterId")), answer.get("ClusterAuthorizedOperations"), answer.get("ErrorCode")])


# Versions 0 to 3 make it: at once here, a moment later on Kafka.
@each([4, 9, 12, 13])
def metadata_of_an_unknown_topic(lab, value):
    lab.see("answer", metadata(lab, [{"Name": NOWHERE}], NOWHERE, value))


NAMES = {"empty": "", "dots": "..", "space": "a b", "too_long": "x" * 250}


@each(NAMES)
def metadata_of_a_bad_name(lab, value):
    lab.see("answer", metadata(lab, [{"Name": NAMES[value]}], NAMES[value]))
    lab.see("allowed to make it", metadata(lab, [{"Name": NAMES[value]}], NAMES[value], AllowAutoTopicCreation=True))


@case
def metadata_by_id(lab):
    topic = lab.topic()
    known = lab.id_of(topic)
    lab.see("known", metadata(lab, [{"Name": None, "TopicId": known}], topic))
    lab.see("unknown", metadata(lab, [{"Name": None, "TopicId": b"\x09" * 16}], topic))
    lab.see("with a name", metadata(lab, [{"Name": topic, "TopicId": known}], topic))
    lab.see("zero and no name", metadata(lab, [{"Name": None, "TopicId": ALL_ZERO}], topic))


@case
def metadata_of_none_and_twice(lab):
    topic = lab.topic()
    lab.see("none", metadata(lab, []))
    lab.see("twice", metadata(lab, [{"Name": topic}, {"Name": topic}], topic))
    lab.see("all has it", [one["name"] for one in metadata(lab, None, topic)].count("asked"))


@case
def metadata_with_operations(lab):
    topic = lab.topic()
    answer = lab.call("Metadata", 10, Topics=[{"Name": topic}], IncludeClusterAuthorizedOperations=True, IncludeTopicAuthorizedOperations=True)
    lab.see("cluster", answer["ClusterAuthorizedOperations"])
    lab.see("topic", answer["Topics"][0]["TopicAuthorizedOperations"])


@each([0, 1, 2])
def describe_cluster_version(lab, value):
    answer = lab.call("DescribeCluster", value, IncludeClusterAuthorizedOperations=True)
    lab.see("error", error_name(answer["ErrorCode"]))
    lab.see("brokers", [[one["BrokerId"], one["Port"] == lab.broker.address[1], one["Rack"]] for one in answer["Brokers"]])
    lab.see("others", [answer["ControllerId"], bool(answer["ClusterId"]), answer["ClusterAuthorizedOperations"], answer.get("EndpointType")])


@each([0, 1, 2, 3])
def describe_cluster_endpoint_type(lab, value):
    lab.see("error", error_name(lab.call("DescribeCluster", 1, EndpointType=value)["ErrorCode"]))


def described_partitions(lab, names, **more):
    answer = lab.call("DescribeTopicPartitions", 0, Topics=[{"Name": name} for name in names], **more)
    cursor = answer["NextCursor"]
    view = [[error_name(one["ErrorCode"]), names.index(one["Name"]), [part["PartitionIndex"] for part in one["Partitions"]]] for one in answer["Topics"]]
    return [view, cursor and [names.index(cursor["TopicName"]), cursor["PartitionIndex"]]]


@case
def describe_partitions_page_by_page(lab):
    names = [create_topic(lab.broker, 3, prefix="a"), create_topic(lab.broker, 2, prefix="b")]
    for limit in (0, 1, 3, 4, 5, 6, -1):
        lab.see(f"limit {limit}", described_partitions(lab, names, ResponsePartitionLimit=limit))


@case
def describe_partitions_from_a_cursor(lab):
    topic = lab.topic(4)
    for name, index in (("start", 0), ("middle", 2), ("end", 4), ("beyond", 9), ("negative", -1)):
        lab.see(name, described_partitions(lab, [topic], Cursor={"TopicName": topic, "PartitionIndex": index}))
    lab.see("limited", described_partitions(lab, [topic], ResponsePartitionLimit=2, Cursor={"TopicName": topic, "PartitionIndex": 1}))
    names = [topic, topic + "-b"]
    lab.see("negative of two", described_partitions(lab, names, Cursor={"TopicName": topic, "PartitionIndex": -1}))


@case
def describe_partitions_of_unknown_places(lab):
    lab.see("unknown", described_partitions(lab, [NOWHERE]))
    lab.see("bad", described_partitions(lab, ["a b"]))
    topic = lab.topic()
    answer = lab.call("DescribeTopicPartitions", 0, Topics=[{"Name": topic}, {"Name": topic}])
    lab.see("twice", [[error_name(one["ErrorCode"]), len(one["Partitions"])] for one in answer["Topics"]])


@each(range(5))
def api_versions_version(lab, value):
    answer = lab.call("ApiVersions", value, ClientSoftwareName="name", ClientSoftwareVersion="1.0")
    lab.see("answer", [error_name(answer["ErrorCode"]), len(answer["ApiKeys"]) > 20])


SOFTWARE = {"empty": ("", "1"), "space": ("a b", "1"), "no_version": ("a", ""), "dash_at_the_end": ("a-", "1"), "dots": ("a.b-c", "1.0-x")}


@each(SOFTWARE)
def api_versions_of_software(lab, value):
    name, version = SOFTWARE[value]
    answer = lab.call("ApiVersions", 3, ClientSoftwareName=name, ClientSoftwareVersion=version)
    lab.see("answer", [error_name(answer["ErrorCode"]), len(answer["ApiKeys"]) > 20])


@each(range(6))
def producer_id_in_version(lab, value):
    lab.producer()
    first, second = (lab.call("InitProducerId", value, TransactionalId=None) for _ in range(2))
    lab.see("answer", [error_name(first["ErrorCode"]), first["ProducerId"] >= 0, first["ProducerEpoch"]])
    lab.see("another", first["ProducerId"] != second["ProducerId"])


PRODUCERS = {
    "id_and_epoch": {"ProducerId": 5, "ProducerEpoch": 0},
    "id_alone": {"ProducerId": 5},
    "epoch_alone": {"ProducerEpoch": 3},
    "timeout_0": {"TransactionTimeoutMs": 0},
    "timeout_negative": {"TransactionTimeoutMs": -1},
}


@each(PRODUCERS)
def producer_id_with(lab, value):
    lab.producer()
    answer = lab.call("InitProducerId", 4, TransactionalId=None, **PRODUCERS[value])
    lab.see("answer", [error_name(answer["ErrorCode"]), answer["ProducerId"] >= 0, answer["ProducerEpoch"]])


def grow(lab, *topics, version=3, **more):
    answer = lab.call("CreatePartitions", version, Topics=list(topics), TimeoutMs=10_000, **more)
    return [error_name(one["ErrorCode"]) for one in answer["Results"]]


GROWTHS = {
    "right": [[1], [1]],
    "too_few": [[1]],
    "too_many": [[1], [1], [1]],
    "unknown_broker": [[1], [7]],
    "nobody": [[1], []],
    "twice_the_same": [[1], [1, 1]],
    "empty": [],
}


@each(GROWTHS)
def grow_with_assignments(lab, value):
    topic = lab.topic()
    lab.see("answer", grow(lab, {"Name": topic, "Count": 3, "Assignments": [{"BrokerIds": ids} for ids in GROWTHS[value]]}))


@each([0, 1, 2, 3])
def grow_in_version(lab, value):
    lab.see("answer", grow(lab, {"Name": lab.topic(), "Count": 2, "Assignments": None}, version=value))


@case
def grow_odd_ones(lab):
    topic = lab.topic()
    once = {"Name": topic, "Count": 2, "Assignments": None}
    lab.see("only validated", grow(lab, once, ValidateOnly=True))
    lab.see("twice", grow(lab, once, once))
    lab.see("then", grow(lab, once))
    lab.see("nothing", grow(lab))


@each(range(1, 7))
def delete_in_version(lab, value):
    topic = lab.topic()
    body = {"Topics": [{"Name": topic}, {"Name": NOWHERE}]} if value >= 6 else {"TopicNames": [topic, NOWHERE]}
    answer = lab.call("DeleteTopics", value, TimeoutMs=10_000, **body)["Responses"]
    lab.see("answer", sorted([one["Name"] == topic, error_name(one["ErrorCode"])] for one in answer))


@case
def delete_twice_in_one_request(lab):
    topic, other = lab.topic(), lab.topic()
    known = lab.id_of(topic)

    def delete(*asked):
        answer = lab.call("DeleteTopics", 6, Topics=[{"Name": None, **one} for one in asked], TimeoutMs=10_000)["Responses"]
        return sorted([name_of(one["Name"]), id_of(one["TopicId"]), error_name(one["ErrorCode"])] for one in answer)

    def name_of(name):
        return {topic: "topic", other: "other"}.get(name, str(name))

    def id_of(topic_id):
        return {ALL_ZERO: "none", known: "known"}.get(topic_id, "another")

    lab.see("name", delete({"Name": topic}, {"Name": topic}, {"Name": other}))
    lab.see("id", delete({"TopicId": known}, {"TopicId": known}))
    lab.see("name and id in one", delete({"Name": topic, "TopicId": known}))
    lab.see("neither", delete({}, {}))
    lab.see("unknown", delete({"Name": NOWHERE}, {"Name": NOWHERE}))
    lab.see("unknown id", delete({"TopicId": b"\x09" * 16}))
    lab.see("still there", metadata(lab, [{"Name": topic}], topic)[0]["error"])
    lab.see("name and id", delete({"Name": topic}, {"TopicId": known})[:1])
    lab.see("still", metadata(lab, [{"Name": topic}], topic)[0]["error"])
    lab.see("once", delete({"TopicId": known}))


@case
def a_name_that_was_deleted_is_free(lab):
    name = unique_topic()
    for time in ("first", "second"):
        made = lab.call("CreateTopics", 7, Topics=[{"Name": name, "NumPartitions": 1, "ReplicationFactor": 1}], TimeoutMs=10_000)
        gone = lab.call("DeleteTopics", 6, Topics=[{"Name": name}], TimeoutMs=10_000)
        lab.see(time, [error_name(made["Topics"][0]["ErrorCode"]), error_name(gone["Responses"][0]["ErrorCode"])])


# Between these two Kafka counts what it writes about the topics too.
@each([9_000, 10_001])
def make_many_partitions(lab, value):
    topics = [{"Name": unique_topic(), "NumPartitions": count, "ReplicationFactor": 1} for count in (1, value - 1)]
    answer = lab.call("CreateTopics", 7, Topics=topics, TimeoutMs=60_000, ValidateOnly=True)["Topics"]
    lab.see("answer", sorted([one["NumPartitions"] > 1, error_name(one["ErrorCode"])] for one in answer))
