"""Every version of every API that ApiVersions names is driven by a foreign client: franz-go, told which version to speak, encodes each
request and decodes each answer. That nothing is advertised without it is what docs/compatibility.md says.

The bodies have franz-go's names of fields. What an answer means is for other tests; here it must be whole, and have the errors it should.
"""

import json
import unittest
import uuid

import agents
from support.broker import open_broker, wait_until
from support.errors import Err
from support.groups import await_coordinator, unique_group
from support.topics import create_topic, unique_topic

WAIT_MS = 10_000
NO_ID = [0] * 16
NOBODY = "nobody-of-that-name"


def setUpModule():
    global BROKER, AGENT, CLIENT
    commands = agents.load()
    agents.pick(commands, "go")
    BROKER = open_broker()
    unittest.addModuleCleanup(BROKER.close)
    CLIENT = Client(commands["go"])
    unittest.addModuleCleanup(CLIENT.close)


def advertised():
    with BROKER.connect() as connection:
        answer = connection.call("ApiVersions", 4, ClientSoftwareName="t", ClientSoftwareVersion="1")
    return {one["ApiKey"]: (one["MinVersion"], one["MaxVersion"]) for one in answer["ApiKeys"]}


def find_codes(answer):
    """Every error in an answer, wherever it stands."""
    if isinstance(answer, list):
        return set().union(*map(find_codes, answer))
    if not isinstance(answer, dict):
        return set()
    own = {Err(answer["ErrorCode"]).name} if answer.get("ErrorCode") else set()
    return own.union(*map(find_codes, answer.values()))


class Client:
    """The agent, and which (key, version) it has driven."""

    def __init__(self, command):
        self.process = agents.start(command, "requests", bootstrap=BROKER.bootstrap)
        self.versions = advertised()
        self.driven = set()

    def close(self):
        self.process.communicate(timeout=agents.SETTLE_S)

    def ask(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{order}: {answer['error']}")
        return answer

    def call(self, key, version, **body):
        answer = self.ask(key=key, version=version, body=body)
        if answer["version"] != version:
            raise AssertionError(f"{key} was to be driven in version {version}, and was in {answer['version']}")
        self.driven.add((key, version))
        return answer["answer"]

    def nearest(self, key, wanted):
        low, high = self.versions[key]
        return max(low, min(high, wanted))

    def all_of(self, *keys):
        """As many rounds as it takes to have each version of each of these APIs: every round names a version for each key."""
        there = [key for key in keys if key in self.versions]
        for wanted in range(max((self.versions[key][1] for key in there), default=-1) + 1):
            yield {key: self.nearest(key, wanted) for key in there}


def part_0(topic, **more):
    return [{"Topic": topic, "Partitions": [{"Partition": 0, **more}]}]


class EachVersion(unittest.TestCase):
    def setUp(self):
        self.topic = create_topic(BROKER)

    def new_group(self):
        group = unique_group()
        with BROKER.connect() as connection:
            await_coordinator(connection, group)
        return group

    def topic_id(self):
        return CLIENT.call(3, CLIENT.versions[3][1], Topics=[{"Topic": self.topic, "TopicID": NO_ID}])["Topics"][0]["TopicID"]

    def drive(self, key, *errors, **body):
        """The same request in every version: the errors are all that the answer has."""
        for versions in CLIENT.all_of(key):
            version = versions[key]
            with self.subTest(key=key, version=version):
                answer = CLIENT.call(key, version, **body)
                self.assertEqual(find_codes(answer), {error.name for error in errors}, answer)

    def test_records(self):
        (low, high), (first, last) = CLIENT.versions[0], CLIENT.versions[1]
        # Kafka names versions of Produce that it does not serve: older clients ask for them (section 12).
        low = max(low, 3) if BROKER.is_peer else low
        produced = range(low, high + 1)
        for count, version in enumerate(produced):
            with self.subTest(produce=version):
                self.assertEqual(CLIENT.ask(produce=self.topic, version=version)["answer"], count)
                CLIENT.driven.add((0, version))
        for version in range(first, last + 1):
            with self.subTest(fetch=version):
                self.assertEqual(CLIENT.ask(fetch=self.topic, version=version, key=len(produced))["answer"], list(produced))
                CLIENT.driven.add((1, version))
        self.drive(2, Topics=part_0(self.topic, CurrentLeaderEpoch=-1, Timestamp=-1, MaxNumOffsets=1))
        self.drive(21, Topics=part_0(self.topic, Offset=1), TimeoutMillis=WAIT_MS)
        self.drive(23, Topics=part_0(self.topic, CurrentLeaderEpoch=-1, LeaderEpoch=0))
        self.drive(61, Topics=[{"Topic": self.topic, "Partitions": [0]}])

    def test_what_there_is(self):
        self.drive(3, Topics=[{"Topic": self.topic, "TopicID": NO_ID}])
        self.drive(18, ClientSoftwareName="franz-go", ClientSoftwareVersion="1", NodeID=-1)
        self.drive(60, EndpointType=1)
        self.drive(75, Topics=[{"Topic": self.topic}], ResponsePartitionLimit=9, Cursor=None)
        self.drive(55, Topics=part_0("__cluster_metadata"))
        self.drive(64, Err.BROKER_ID_NOT_REGISTERED, BrokerID=99)

    def test_offsets_of_a_group(self):
        group, topic_id = self.new_group(), self.topic_id()
        self.drive(10, CoordinatorKey=group, CoordinatorKeys=[group])
        part = {"Partition": 0, "Offset": 5, "Timestamp": -1, "LeaderEpoch": -1, "Metadata": "m"}
        topic = {"Topic": self.topic, "TopicID": topic_id}
        self.drive(8, Group=group, Generation=-1, RetentionTimeMillis=-1, Topics=[{**topic, "Partitions": [part]}])
        asked = {"Group": group, "MemberEpoch": -1, "Topics": [{**topic, "Partitions": [0]}]}
        self.drive(9, Groups=[asked], Group=group, Topics=[{"Topic": self.topic, "Partitions": [0]}])
        self.drive(15, Groups=[group])
        self.drive(16, StatesFilter=[], TypesFilter=[])
        self.drive(47, Group=group, Topics=part_0(self.topic))
        self.drive(42, Err.GROUP_ID_NOT_FOUND, Groups=[NOBODY])

    def test_members_of_both_protocols(self):
        for versions in CLIENT.all_of(11, 12, 13, 14):
            with self.subTest(versions=versions):
                self.be_member(versions)
        for versions in CLIENT.all_of(68, 69):
            with self.subTest(versions=versions):
                self.be_consumer(versions)

    def be_member(self, versions):
        group, call = self.new_group(), lambda key, **body: CLIENT.call(key, versions[key], **body)
        join = {"Group": group, "SessionTimeoutMillis": 10_000, "RebalanceTimeoutMillis": 10_000, "ProtocolType": "consumer"}
        # A subscription of version 0 to no topic.
        join["Protocols"] = [{"Name": "range", "Metadata": "AAAAAAAAAAAAAA=="}]
        joined = call(11, **join)
        if joined["ErrorCode"] == Err.MEMBER_ID_REQUIRED:
            joined = call(11, **join, MemberID=joined["MemberID"])
        self.assertEqual(find_codes(joined), set())
        own = {"Group": group, "Generation": joined["Generation"], "MemberID": joined["MemberID"]}
        assignment = [{"MemberID": joined["MemberID"], "MemberAssignment": "AAAA"}]
        synced = call(14, **own, ProtocolType="consumer", Protocol="range", GroupAssignment=assignment)
        self.assertEqual((find_codes(synced), synced["MemberAssignment"]), (set(), "AAAA"))
        self.assertEqual(find_codes(call(12, **own)), set())
        self.assertEqual(find_codes(call(13, Group=group, MemberID=own["MemberID"], Members=[{"MemberID": own["MemberID"]}])), set())

    def be_consumer(self, versions):
        group, body = self.new_group(), {"RebalanceTimeoutMillis": 5000, "SubscribedTopicNames": [self.topic], "Topics": []}
        # From version 1 on it makes its own id.
        member = "" if versions[68] == 0 else str(uuid.uuid4())
        beat = CLIENT.call(68, versions[68], Group=group, MemberID=member, MemberEpoch=0, **body)
        self.assertEqual(find_codes(beat), set())
        described = CLIENT.call(69, versions[69], Groups=[group])
        self.assertEqual(find_codes(described), set())
        self.assertEqual([one["MemberID"] for one in described["Groups"][0]["Members"]], [beat["MemberID"]])

    def test_transactions(self):
        topic_id = self.topic_id()
        for versions in CLIENT.all_of(22, 24, 25, 26, 28):
            with self.subTest(versions=versions):
                self.transact(versions, topic_id)
        self.drive(65, Err.TRANSACTIONAL_ID_NOT_FOUND, TransactionalIDs=[NOBODY])
        self.drive(66, StateFilters=[], ProducerIDFilters=[], DurationFilterMillis=-1)
        marker = {"ProducerID": 4_000_000, "ProducerEpoch": 0, "Committed": False, "CoordinatorEpoch": 0}
        self.drive(27, Markers=[{**marker, "Topics": [{"Topic": self.topic, "Partitions": [0]}]}])

    def transact(self, versions, topic_id):
        name, group, call = unique_topic("id"), self.new_group(), lambda key, **body: CLIENT.call(key, versions[key], **body)
        begin = {"TransactionalID": name, "TransactionTimeoutMillis": 60_000, "ProducerID": -1, "ProducerEpoch": -1}
        # Asking for the coordinator is what makes it, on Kafka.
        wait_until(lambda: not find_codes(CLIENT.call(10, 4, CoordinatorType=1, CoordinatorKeys=[name])), "there is a coordinator")
        wait_until(lambda: not find_codes(call(22, **begin)), "the coordinator is loaded")
        given = call(22, **begin)
        own = {"TransactionalID": name, "ProducerID": given["ProducerID"], "ProducerEpoch": given["ProducerEpoch"]}
        topics = [{"Topic": self.topic, "Partitions": [0]}]
        self.assertEqual(find_codes(call(24, **own, Topics=topics, Transactions=[{**own, "Topics": topics}])), set())
        self.assertEqual(find_codes(call(25, **own, Group=group)), set())
        part = {"Partition": 0, "Offset": 5, "LeaderEpoch": -1, "Metadata": "m"}
        committed = [{"Topic": self.topic, "TopicID": topic_id, "Partitions": [part]}]
        self.assertEqual(find_codes(call(28, **own, Group=group, Generation=-1, Topics=committed)), set())
        self.assertEqual(find_codes(call(26, **own, Commit=True)), set())

    def test_topics_come_grow_and_go(self):
        for versions in CLIENT.all_of(19):
            topic = {"Topic": unique_topic("v"), "NumPartitions": 1, "ReplicationFactor": 1}
            self.assertEqual(find_codes(CLIENT.call(19, versions[19], Topics=[topic], TimeoutMillis=WAIT_MS)), set())
        for count, versions in enumerate(CLIENT.all_of(37), 2):
            grown = {"Topics": [{"Topic": self.topic, "Count": count}], "TimeoutMillis": WAIT_MS}
            self.assertEqual(find_codes(CLIENT.call(37, versions[37], **grown)), set())
        for versions in CLIENT.all_of(20):
            name = create_topic(BROKER)
            gone = {"TopicNames": [name], "Topics": [{"Topic": name, "TopicID": NO_ID}], "TimeoutMillis": WAIT_MS}
            self.assertEqual(find_codes(CLIENT.call(20, versions[20], **gone)), set())

    def test_configs(self):
        resource = {"ResourceType": "TOPIC", "ResourceName": self.topic}
        self.drive(32, Resources=[resource], IncludeSynonyms=True, IncludeDocumentation=True)
        self.drive(33, Resources=[{**resource, "Configs": [{"Name": "flush.ms", "Value": "1000"}]}])
        self.drive(44, Resources=[{**resource, "Configs": [{"Name": "flush.ms", "Op": "SET", "Value": "1000"}]}])
        self.drive(74, ResourceTypes=[])

    def test_operations(self):
        whole = [{"Topic": self.topic, "Partitions": [0]}]
        self.drive(34, Err.LOG_DIR_NOT_FOUND, Dirs=[{"Dir": "/no-such-directory", "Topics": whole}])
        self.drive(35, Topics=whole)
        self.drive(43, Err.ELECTION_NOT_NEEDED, ElectionType=0, Topics=whole, TimeoutMillis=WAIT_MS)
        self.drive(45, Err.NO_REASSIGNMENT_IN_PROGRESS, Topics=part_0(self.topic, Replicas=None), TimeoutMillis=WAIT_MS)
        self.drive(46, Topics=None, TimeoutMillis=WAIT_MS)
        update = {"Feature": "group.version", "MaxVersionLevel": 1, "UpgradeType": 1}
        self.drive(57, FeatureUpdates=[update], ValidateOnly=True, TimeoutMillis=WAIT_MS)

    def test_quotas_and_telemetry(self):
        entity = {"Entity": [{"Type": "client-id", "Name": NOBODY}], "Ops": [{"Key": "producer_byte_rate", "Value": 1e9}]}
        self.drive(49, Entries=[entity])
        self.drive(48, Components=[{"EntityType": "client-id", "MatchType": "ANY"}])
        for versions in CLIENT.all_of(71, 72):
            told = CLIENT.call(71, versions[71], ClientInstanceID=NO_ID)
            self.assertEqual(find_codes(told), set())
            pushed = {"ClientInstanceID": told["ClientInstanceID"], "SubscriptionID": told["SubscriptionID"], "Metrics": ""}
            self.assertEqual(find_codes(CLIENT.call(72, versions[72], **pushed)), set())

    def test_security_that_is_off(self):
        acl = {"ResourceType": "TOPIC", "ResourceName": "t", "ResourcePatternType": "LITERAL", "Principal": "User:a"}
        acl |= {"Host": "*", "Operation": "READ", "PermissionType": "ALLOW"}
        self.drive(29, Err.SECURITY_DISABLED, **acl)
        self.drive(30, Err.SECURITY_DISABLED, Creations=[acl])
        self.drive(31, Err.SECURITY_DISABLED, Filters=[acl])
        refused = Err.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
        self.drive(38, refused, Renewers=[], MaxLifetimeMillis=-1)
        self.drive(39, refused, HMAC="AAAA", RenewTimeMillis=-1)
        self.drive(40, refused, HMAC="AAAA", ExpiryPeriodMillis=-1)
        self.drive(41, refused, Owners=None)
        self.drive(50, Err.RESOURCE_NOT_FOUND, Users=[{"Name": NOBODY}])
        self.drive(51, Err.RESOURCE_NOT_FOUND, Deletions=[{"Name": NOBODY, "Mechanism": 1}], Upsertions=[])

    def test_zz_that_was_everything(self):
        """Runs last, by its name."""
        named = {(key, version) for key, (low, high) in CLIENT.versions.items() for version in range(low, high + 1)}
        if BROKER.is_peer:
            self.skipTest(f"what this broker serves besides: {sorted({key for key, _ in named - CLIENT.driven})}")
        self.assertEqual(sorted(named - CLIENT.driven), [])


if __name__ == "__main__":
    unittest.main()
