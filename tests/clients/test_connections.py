"""Who is connected, and ending it: our own DescribeConnections and CloseConnections, by hand, and under clients that must go on."""

import collections
import struct
import time
import unittest

import agents
from support.broker import wait_until
from support.errors import Err
from support.groups import unique_group
from support.topics import append, create_topic, fetch_body
from support.wire import request_header
from test_crash import Stream
from wire_case import WireCase, WireGroupCase, use_module_broker

CLIENTS = ("java", "go", "python")
RECORDS = 60_000
PARTITIONS = 4
KILLS = 12
LISTED, CLOSED = 20480, 20481
PRODUCE, FETCH, API_VERSIONS = 0, 1, 18
NEVER = 2**62


def setUpModule():
    use_module_broker()
    if WireCase.broker.is_peer:
        raise unittest.SkipTest("other brokers do not list connections")


def listed(connection):
    answer = connection.call("DescribeConnections", 0)
    assert answer["ErrorCode"] == 0, answer
    return answer["Connections"]


def close(connection, *ids):
    answer = connection.call("CloseConnections", 0, ConnectionIds=list(ids))
    assert answer["ErrorCode"] == 0, answer
    return {one["ConnectionId"]: Err(one["ErrorCode"]) for one in answer["Results"]}


def row_of(admin, connection):
    """The row of another connection of this test, by its own end of the socket."""
    host, port = connection.socket.getsockname()[:2]
    return next((row for row in listed(admin) if (row["Host"], row["Port"]) == (host, port)), None)


class Listed(WireCase):
    def test_a_connection_is_listed_with_what_it_did(self):
        topic, other = create_topic(self.broker), self.connect()
        before = time.time() * 1000
        other.call("ApiVersions", 4, ClientSoftwareName="some-client", ClientSoftwareVersion="1.2.3")
        first = row_of(self.connection, other)
        append(other, topic, b"v" * 5000)
        row = row_of(self.connection, other)
        self.assertEqual((row["SoftwareName"], row["SoftwareVersion"], row["Listener"]), ("some-client", "1.2.3", "PLAINTEXT"))
        self.assertEqual((first["Requests"], first["LastApiKey"], row["Requests"], row["LastApiKey"]), (1, API_VERSIONS, 2, PRODUCE))
        self.assertGreater(row["BytesIn"], first["BytesIn"] + 5000)
        self.assertGreater(row["BytesOut"], first["BytesOut"])
        self.assertEqual((row["InFlight"], row["IsThrottled"], row["IsOwn"]), (0, False, False))
        self.assertLess(abs(row["ConnectedMs"] - before), 60_000)
        self.assertEqual([one["ConnectionId"] for one in listed(self.connection) if one["IsOwn"]], [row_of(self.connection, self.connection)["ConnectionId"]])
        other.close()
        wait_until(lambda: row["ConnectionId"] not in [one["ConnectionId"] for one in listed(self.connection)], "it is gone")

    def test_the_client_id_is_that_of_the_first_request_and_a_long_one_is_cut_between_characters(self):
        for name, shown in (("me", "me"), ("ä" * 400, "ä" * 128)):
            other = self.connect()
            text = name.encode()
            other.send_frame(struct.pack(">hhih", API_VERSIONS, 0, 1, len(text)) + text)
            other.receive_frame()
            self.assertEqual(row_of(self.connection, other)["ClientId"], shown)
        silent = self.connect()
        wait_until(lambda: row_of(self.connection, silent), "it is accepted")
        row = row_of(self.connection, silent)
        self.assertEqual((row["ClientId"], row["LastApiKey"], row["Requests"], row["BytesIn"]), ("", -1, 0, 0))

    def test_a_fetch_that_waits_is_in_flight(self):
        topic, other = create_topic(self.broker), self.connect()
        other.send("Fetch", 12, fetch_body(topic, max_wait_ms=60_000))
        wait_until(lambda: row_of(self.connection, other)["InFlight"] == 1, "it waits")
        self.assertEqual(row_of(self.connection, other)["LastApiKey"], FETCH)

    def test_what_other_clients_learn_of_is_as_before(self):
        keys = {one["ApiKey"] for one in self.connection.call("ApiVersions", 4, ClientSoftwareName="t", ClientSoftwareVersion="1")["ApiKeys"]}
        self.assertFalse({LISTED, CLOSED} & keys)
        for key, version in ((LISTED, 1), (CLOSED, 1), (LISTED - 1, 0), (CLOSED + 1, 0)):
            other = self.connect()
            other.send_frame(request_header(key, version, 1, flexible=True) + b"\x00")
            self.assert_dropped(other)


class Ended(WireCase):
    def test_a_connection_ends_and_its_neighbours_stay(self):
        with self.unharmed_neighbour():
            others = [self.connect() for _ in range(3)]
            for other in others:
                other.call("ApiVersions", 0)
            ids = [row_of(self.connection, other)["ConnectionId"] for other in others]
            self.assertEqual(close(self.connection, ids[2], ids[0], NEVER), {ids[2]: Err.NONE, ids[0]: Err.NONE, NEVER: Err.RESOURCE_NOT_FOUND})
            self.assert_dropped(others[0])
            self.assert_dropped(others[2])
            self.assertEqual(others[1].call("ApiVersions", 0)["ErrorCode"], 0)
            self.assertEqual(close(self.connection, ids[0]), {ids[0]: Err.RESOURCE_NOT_FOUND})

    def test_the_one_that_asks_stays_and_is_told_so(self):
        own = next(row["ConnectionId"] for row in listed(self.connection) if row["IsOwn"])
        self.assertEqual(close(self.connection, own, own), {own: Err.INVALID_REQUEST})
        self.assertEqual(close(self.connection), {})

    def test_numbers_that_no_connection_can_have_are_not_found(self):
        self.assertEqual(set(close(self.connection, -1, 0, -(2**63), 2**63 - 1).values()), {Err.RESOURCE_NOT_FOUND})

    def test_a_fetch_that_waits_and_what_follows_it_go_with_their_connection(self):
        topic, other = create_topic(self.broker), self.connect()
        other.send("Fetch", 12, fetch_body(topic, max_wait_ms=60_000))
        other.send("Metadata", 12, Topics=None)
        wait_until(lambda: row_of(self.connection, other)["InFlight"] == 2, "both wait")
        self.assertEqual(list(close(self.connection, row_of(self.connection, other)["ConnectionId"]).values()), [Err.NONE])
        self.assert_dropped(other)
        self.assertEqual(append(self.connect(), topic, b"nobody waits for it"), 0)


class MembersEnded(WireGroupCase):
    def test_a_member_is_one_still_when_it_comes_back(self):
        member = self.member()
        member.enter()
        self.assertEqual(list(close(self.connection, row_of(self.connection, member.connection)["ConnectionId"]).values()), [Err.NONE])
        self.assert_dropped(member.connection)
        with self.broker.connect() as again:
            beat = again.call("Heartbeat", 4, GroupId=self.group, GenerationId=member.generation, MemberId=member.id)
            self.assert_error(beat, Err.NONE)


class ClientsGoOn(WireCase):
    """Their connections end again and again while they write and read: each record is there once, and is read once."""

    def setUp(self):
        super().setUp()
        self.commands = agents.load()

    def end_all_others(self):
        ids = [row["ConnectionId"] for row in listed(self.connection) if not row["IsOwn"]]
        return sum(error == Err.NONE for error in close(self.connection, *ids).values())

    def test_nothing_is_lost_or_doubled(self):
        for name in agents.pick(self.commands, *CLIENTS):
            with self.subTest(client=name):
                self.check(self.commands[name])

    def check(self, command):
        topic = create_topic(self.broker, PARTITIONS)
        options = {"bootstrap": self.broker.bootstrap, "topic": topic, "count": RECORDS, "partitions": PARTITIONS}
        reader, writer = Stream(command, "follow", **options), Stream(command, "flood", **options)
        self.addCleanup(reader.end)
        self.addCleanup(writer.end)
        ended = 0
        for kill in range(1, KILLS + 1):
            reader.wait_for(RECORDS * kill // (KILLS + 2))
            ended += self.end_all_others()
        self.assertGreaterEqual(ended, KILLS)
        self.assertEqual((writer.finish(), reader.finish()), (0, 0), (writer.other[-3:], reader.other[-3:]))
        self.check_rows(writer.rows, reader.rows)

    def check_rows(self, written, read):
        """Rows are (partition, offset, index), and the writer numbers what it sends to each partition."""
        for rows in (written, read):
            counts = collections.Counter((partition, index) for partition, _, index in rows)
            self.assertEqual([row for row, count in counts.items() if count != 1][:5], [], "more than once")
            self.assertEqual([row for row in rows if row[1] != row[2]][:5], [], "not where it belongs")
        self.assertEqual((len(written), len(read)), (RECORDS, RECORDS))


if __name__ == "__main__":
    unittest.main()
