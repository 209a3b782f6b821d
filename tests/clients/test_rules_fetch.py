"""Rules 74 to 88 and what section 14.19 says of Fetch: waiting, limits, positions, sessions, epochs, codecs."""

import time
import unittest

from support.errors import NO_TOPIC_ID, Err
from support.records import decode_batches, values_of
from support.topics import append, create_topic, fetch, fetch_body, topic_id, unique_topic
from wire_case import WireCase, use_module_broker

WAIT_MS = 10_000
SOON_S = 3
CLOSE, NO_SESSION = -1, -1
FIRST = 0


def setUpModule():
    use_module_broker()


class FetchCase(WireCase):
    def setUp(self):
        super().setUp()
        self.topic = create_topic(self.broker)

    def append(self, *values, **more):
        return append(self.connection, self.topic, *values, **more)

    def fetch(self, *words, **more):
        return fetch(self.connection, self.topic, *words, **more)

    def park(self, connection, offset=0, **more):
        """Sends a fetch that waits for data."""
        connection.send("Fetch", 12, fetch_body(self.topic, offset, max_wait_ms=WAIT_MS, **more))

    def parked_answer(self, connection):
        return connection.receive()["Responses"][0]["Partitions"][0]


class Waiting(FetchCase):
    def test_rule_74_max_wait_0_answers_at_once(self):
        start = time.monotonic()
        answer = self.fetch(min_bytes=1000)
        self.assertEqual((answer["ErrorCode"], answer["Records"]), (Err.NONE, b""))
        self.assertLess(time.monotonic() - start, SOON_S)

    def test_rule_74_a_fetch_waits_until_a_record_comes(self):
        waiting = self.connect()
        self.park(waiting)
        start = time.monotonic()
        self.append(b"news")
        self.assertEqual(values_of(self.parked_answer(waiting)["Records"]), [b"news"])
        self.assertLess(time.monotonic() - start, SOON_S)

    def test_rule_74_a_fetch_waits_until_min_bytes_are_there(self):
        waiting = self.connect()
        self.park(waiting, min_bytes=3000)
        for _ in range(2):
            self.append(bytes(1000))
        self.assertTrue(waiting.is_silent(for_s=0.2), "answered before min_bytes were there")
        self.append(bytes(1500))
        self.assertEqual(len(values_of(self.parked_answer(waiting)["Records"])), 3)

    def test_rule_74_max_wait_ends_the_wait_with_what_there_is(self):
        self.append(b"little")
        start = time.monotonic()
        answer = self.fetch(max_wait_ms=300, min_bytes=100_000)
        self.assertEqual(values_of(answer["Records"]), [b"little"])
        self.assertGreaterEqual(time.monotonic() - start, 0.29)
        self.assertLess(time.monotonic() - start, SOON_S)

    def test_rule_74_an_error_in_any_partition_answers_at_once(self):
        body = fetch_body(self.topic, max_wait_ms=WAIT_MS)
        body["Topics"] += fetch_body(create_topic(self.broker), offset=5)["Topics"]
        start = time.monotonic()
        parts = [each["Partitions"][0] for each in self.connection.call("Fetch", 12, body)["Responses"]]
        self.assertLess(time.monotonic() - start, SOON_S)
        self.assertEqual({Err(part["ErrorCode"]) for part in parts}, {Err.NONE, Err.OFFSET_OUT_OF_RANGE})

    def test_a_fetch_of_no_partitions_answers(self):
        body = {"MaxWaitMs": 100, "MinBytes": 1, "Topics": []}
        self.assertEqual(self.connection.call("Fetch", 12, body)["Responses"], [])

    def test_rule_88_a_parked_fetch_holds_back_what_comes_after_it(self):
        waiting = self.connect()
        self.park(waiting)
        waiting.send("ApiVersions", 0)
        self.append(b"v")
        self.assertEqual(values_of(self.parked_answer(waiting)["Records"]), [b"v"])
        self.assert_error(waiting.receive(), Err.NONE)

    def test_rule_88_closed_connections_leave_no_waiters_behind(self):
        for _ in range(50):
            waiting = self.broker.connect()
            self.park(waiting)
            waiting.close()
        self.assertEqual(self.append(b"v"), 0)
        self.assertEqual(values_of(self.fetch()["Records"]), [b"v"])

    def test_many_waiters_on_one_partition_all_wake(self):
        waiting = [self.connect() for _ in range(50)]
        for each in waiting:
            self.park(each)
        self.append(b"v")
        for each in waiting:
            self.assertEqual(values_of(self.parked_answer(each)["Records"]), [b"v"])


class Limits(FetchCase):
    def fill(self, partition_count=1, batches=4, size=1000):
        topic = create_topic(self.broker, partition_count)
        for partition in range(partition_count):
            for _ in range(batches):
                append(self.connection, topic, bytes(size), partition=partition)
        return topic

    def test_rule_75_the_first_batch_comes_whole_however_small_the_limits(self):
        topic = self.fill()
        for limits in ({"max_bytes": 1}, {"partition_bytes": 1}, {"max_bytes": 0, "partition_bytes": 0}):
            for version in (4, 12):
                answer = fetch(self.connection, topic, version=version, **limits)
                self.assertEqual(len(decode_batches(answer["Records"])), 1, limits)

    def test_rule_75_the_partition_limit_is_kept_beyond_the_first_batch(self):
        answer = fetch(self.connection, self.fill(), partition_bytes=2500)
        self.assertEqual(len(decode_batches(answer["Records"])), 2)
        self.assertLessEqual(len(answer["Records"]), 2500)

    def test_rule_75_the_response_limit_spans_partitions(self):
        topic = self.fill(3)
        body = fetch_body(topic, max_bytes=3500)
        body["Topics"][0]["Partitions"] = [
            {"Partition": part, "FetchOffset": 0, "PartitionMaxBytes": 2500} for part in range(3)
        ]
        parts = self.connection.call("Fetch", 12, body)["Responses"][0]["Partitions"]
        counts = {part["PartitionIndex"]: len(decode_batches(part["Records"])) for part in parts}
        self.assertEqual(counts[0], 2)
        self.assertLessEqual(sum(counts.values()), 3)

    def test_rule_76_partitions_are_served_in_the_order_of_the_request(self):
        topic = self.fill(3, batches=1)
        body = fetch_body(topic, max_bytes=1)
        for order in ((2, 0, 1), (1, 2, 0)):
            body["Topics"][0]["Partitions"] = [
                {"Partition": part, "FetchOffset": 0, "PartitionMaxBytes": 10_000} for part in order
            ]
            parts = self.connection.call("Fetch", 12, body)["Responses"][0]["Partitions"]
            self.assertEqual([part["PartitionIndex"] for part in parts if part["Records"]], [order[0]])

    def test_rule_76_a_session_serves_its_partitions_in_turn(self):
        topic = self.fill(3, batches=1)
        body = fetch_body(topic, max_bytes=1)
        body["Topics"][0]["Partitions"] = [
            {"Partition": part, "FetchOffset": 0, "PartitionMaxBytes": 10_000} for part in range(3)
        ]
        answer = self.connection.call("Fetch", 12, {**body, "SessionId": 0, "SessionEpoch": FIRST})
        served, session = set(), answer["SessionId"]
        for epoch in range(1, 9):
            parts = [part for each in answer["Responses"] for part in each["Partitions"]]
            served |= {part["PartitionIndex"] for part in parts if part["Records"]}
            again = {**body, "Topics": [], "SessionId": session, "SessionEpoch": epoch}
            answer = self.connection.call("Fetch", 12, again)
        self.assertEqual(served, {0, 1, 2})

    def test_rule_14_19_one_partition_asked_twice_is_answered_once(self):
        self.append(b"v")
        body = fetch_body(self.topic)
        body["Topics"][0]["Partitions"] *= 2
        answer = self.connection.call("Fetch", 12, body)["Responses"]
        self.assertEqual(sum(len(each["Partitions"]) for each in answer), 1)


class Positions(FetchCase):
    def test_rule_77_and_14_19_out_of_range_is_told_with_all_offsets_minus_one(self):
        self.append(b"v")
        for offset in (2, 1000, -1, -5):
            answer = self.fetch(offset)
            self.assert_error(answer, Err.OFFSET_OUT_OF_RANGE)
            told = answer["HighWatermark"], answer["LastStableOffset"], answer["LogStartOffset"]
            self.assertEqual(told, (-1, -1, -1))
            self.assertEqual(answer["Records"], b"")

    def test_rule_77_and_79_at_the_end_records_are_empty_and_not_null(self):
        self.append(b"v")
        for version in range(4, 13):
            answer = self.fetch(1, version=version)
            self.assert_error(answer, Err.NONE)
            self.assertEqual(answer["Records"], b"", f"version {version}")
            self.assertEqual((answer["HighWatermark"], answer["LastStableOffset"]), (1, 1))

    def test_rule_79_records_are_not_null_beside_an_error_either(self):
        answer = fetch(self.connection, unique_topic())
        self.assert_error(answer, Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assertEqual(answer["Records"], b"")

    def test_unknown_partition_is_error_3(self):
        self.assert_error(self.fetch(partition=7), Err.UNKNOWN_TOPIC_OR_PARTITION)
        self.assert_error(self.fetch(partition=-1), Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_80_and_13_3_an_offset_inside_a_batch_gets_the_whole_batch(self):
        for codec in ("none", "gzip"):
            base = self.append(b"a", b"b", b"c", codec=codec)
            for offset in range(base, base + 3):
                batches = decode_batches(self.fetch(offset)["Records"])
                self.assertEqual([batch.base_offset for batch in batches], [base])
                self.assertEqual([record.value for record in batches[0].records], [b"a", b"b", b"c"])

    def test_rule_78_read_committed_reads_all_where_nobody_has_a_transaction(self):
        self.append(b"v")
        body = {**fetch_body(self.topic), "IsolationLevel": 1}
        answer = self.connection.call("Fetch", 12, body)["Responses"][0]["Partitions"][0]
        self.assertEqual(values_of(answer["Records"]), [b"v"])
        self.assertFalse(answer["AbortedTransactions"])

    def test_rule_65_read_uncommitted_gets_no_list_of_aborted_transactions(self):
        self.append(b"v")
        self.assertIsNone(self.fetch()["AbortedTransactions"])

    def test_rule_86_no_other_replica_is_preferred(self):
        self.append(b"v")
        answer = self.connection.call("Fetch", 12, {**fetch_body(self.topic), "RackId": "r1"})
        self.assertEqual(answer["Responses"][0]["Partitions"][0]["PreferredReadReplica"], -1)

    def test_rule_83_leader_epochs_are_checked(self):
        self.append(b"v")
        self.assert_error(self.fetch(CurrentLeaderEpoch=99), Err.UNKNOWN_LEADER_EPOCH)
        self.assert_error(self.fetch(CurrentLeaderEpoch=-1), Err.NONE)
        epoch = decode_batches(self.fetch()["Records"])[0].leader_epoch
        self.assert_error(self.fetch(CurrentLeaderEpoch=epoch), Err.NONE)
        if epoch > 0:
            self.assert_error(self.fetch(CurrentLeaderEpoch=epoch - 1), Err.FENCED_LEADER_EPOCH)

    def test_rule_84_a_producers_zstd_is_sent_to_old_versions_as_it_is(self):
        self.append(b"v", codec="zstd")
        for version in (4, 9, 10, 12):
            answer = self.fetch(version=version)
            self.assert_error(answer, Err.NONE)
            self.assertEqual([batch.codec for batch in decode_batches(answer["Records"])], ["zstd"])

    def test_rule_84_a_topic_set_to_zstd_is_refused_to_old_versions_or_sent_as_it_is(self):
        topic = create_topic(self.broker, compression_type="zstd")
        append(self.connection, topic, b"v", codec="zstd")
        # Apache Kafka 4.0 refuses, 4.3.1 sends: it no longer looks at the topic's setting.
        old = fetch(self.connection, topic, version=9)
        self.assertIn(old["ErrorCode"], (Err.NONE, Err.UNSUPPORTED_COMPRESSION_TYPE))
        self.assertEqual(bool(old["Records"]), old["ErrorCode"] == Err.NONE)
        self.assert_error(fetch(self.connection, topic, version=10), Err.NONE)

    def test_rule_82_topic_ids_are_used_from_version_13(self):
        self.append(b"v")
        known = topic_id(self.connection, self.topic)
        for version in range(13, 19):
            answer = self.connection.call("Fetch", version, fetch_body(known))["Responses"][0]
            self.assertEqual((answer["TopicId"], values_of(answer["Partitions"][0]["Records"])), (known, [b"v"]))

    def test_rule_82_an_unknown_id_is_error_100_for_its_partition_only(self):
        self.append(b"v")
        body = fetch_body(topic_id(self.connection, self.topic))
        body["Topics"] += fetch_body(bytes(range(16)))["Topics"] + fetch_body(NO_TOPIC_ID)["Topics"]
        answer = self.connection.call("Fetch", 13, body)
        self.assert_error(answer, Err.NONE)
        codes = {each["TopicId"]: Err(each["Partitions"][0]["ErrorCode"]) for each in answer["Responses"]}
        self.assertEqual(list(sorted(codes.values())), [Err.NONE, Err.UNKNOWN_TOPIC_ID, Err.UNKNOWN_TOPIC_ID])


class Sessions(FetchCase):
    def ask(self, session, epoch, offset=None, version=12, forget=(), topic=None):
        body = fetch_body(topic or self.topic, offset or 0) if offset is not None else {"Topics": [], "MaxWaitMs": 0, "MinBytes": 1}
        forgotten = [{"Topic": name, "Partitions": [0]} for name in forget]
        more = {"SessionId": session, "SessionEpoch": epoch, "ForgottenTopicsData": forgotten}
        return self.connection.call("Fetch", version, {**body, **more})

    def begin(self, offset=0, **more):
        answer = self.ask(0, FIRST, offset, **more)
        self.assert_error(answer, Err.NONE)
        self.assertGreater(answer["SessionId"], 0)
        return answer["SessionId"]

    def records_of(self, answer):
        return [value for each in answer["Responses"] for part in each["Partitions"] for value in values_of(part["Records"])]

    def test_rule_81_a_sessionless_fetch_gets_session_0(self):
        self.assertEqual(self.ask(0, NO_SESSION, 0)["SessionId"], 0)

    def test_rule_81_the_first_reply_holds_every_partition_and_later_ones_what_changed(self):
        session = self.begin()
        self.assertEqual(self.ask(session, 1)["Responses"], [])
        self.append(b"v")
        self.assertEqual(self.records_of(self.ask(session, 2)), [b"v"])
        moved = self.ask(session, 3, offset=1)
        self.assertEqual(self.records_of(moved), [])
        self.assertEqual(self.ask(session, 4)["Responses"], [])

    def test_rule_81_a_moved_high_watermark_is_a_change(self):
        session = self.begin()
        self.append(b"v")
        part = self.ask(session, 1, offset=0)["Responses"][0]["Partitions"][0]
        self.assertEqual(part["HighWatermark"], 1)

    def test_rule_81_a_moved_log_start_is_a_change(self):
        self.append(b"v")
        self.append(b"v")
        session = self.begin(offset=2)
        self.assertEqual(self.ask(session, 1, offset=2)["Responses"], [])
        asked = [{"Name": self.topic, "Partitions": [{"PartitionIndex": 0, "Offset": 1}]}]
        deleted = self.connection.call("DeleteRecords", 2, TimeoutMs=5000, Topics=asked)
        self.assert_error(deleted["Topics"][0]["Partitions"][0], Err.NONE)
        part = self.ask(session, 2)["Responses"][0]["Partitions"][0]
        self.assertEqual((part["LogStartOffset"], part["HighWatermark"]), (1, 2))
        self.assertEqual(self.ask(session, 3)["Responses"], [])

    def test_rule_81_partitions_join_and_are_forgotten(self):
        session = self.begin()
        other = create_topic(self.broker)
        append(self.connection, other, b"other")
        joined = self.ask(session, 1, offset=0, topic=other)
        self.assertEqual(self.records_of(joined), [b"other"])
        self.append(b"mine")
        self.assertEqual(self.records_of(self.ask(session, 2, forget=[other])), [b"mine"])

    def test_rule_81_a_wrong_epoch_is_told_on_top_with_session_0(self):
        session = self.begin()
        answer = self.ask(session, 7)
        self.assert_error(answer, Err.INVALID_FETCH_SESSION_EPOCH)
        self.assertEqual((answer["SessionId"], answer["Responses"]), (0, []))
        self.assert_error(self.ask(session, 1), Err.NONE)

    def test_rule_81_an_unknown_session_is_told_on_top(self):
        answer = self.ask(123_456_789, 1)
        self.assert_error(answer, Err.FETCH_SESSION_ID_NOT_FOUND)
        self.assertEqual((answer["SessionId"], answer["Responses"]), (0, []))

    def test_rule_81_a_closed_session_is_unknown(self):
        session = self.begin()
        answer = self.ask(session, CLOSE, 0)
        self.assertEqual((answer["ErrorCode"], answer["SessionId"]), (Err.NONE, 0))
        self.assert_error(self.ask(session, 1), Err.FETCH_SESSION_ID_NOT_FOUND)

    def test_rule_81_epoch_0_under_an_old_id_begins_a_new_session(self):
        old = self.begin()
        new = self.ask(old, FIRST, 0)["SessionId"]
        self.assertNotIn(new, (0, old))
        self.assert_error(self.ask(old, 1), Err.FETCH_SESSION_ID_NOT_FOUND)
        self.assert_error(self.ask(new, 1), Err.NONE)

    def test_rule_14_19_a_partition_in_error_is_in_every_reply(self):
        topic = unique_topic()
        session = self.begin(topic=topic)
        for epoch in (1, 2):
            part = self.ask(session, epoch)["Responses"][0]["Partitions"][0]
            self.assert_error(part, Err.UNKNOWN_TOPIC_OR_PARTITION)

    def test_rule_82_a_session_may_not_change_between_names_and_ids(self):
        session = self.begin()
        body = fetch_body(topic_id(self.connection, self.topic))
        answer = self.connection.call("Fetch", 13, {**body, "SessionId": session, "SessionEpoch": 1})
        self.assert_error(answer, Err.FETCH_SESSION_TOPIC_ID_ERROR)

    def test_rule_82_a_session_with_an_unknown_id_keeps_telling(self):
        body = fetch_body(bytes(range(16)))
        answer = self.connection.call("Fetch", 13, {**body, "SessionId": 0, "SessionEpoch": FIRST})
        session = answer["SessionId"]
        for epoch in (1, 2):
            self.assert_error(answer["Responses"][0]["Partitions"][0], Err.UNKNOWN_TOPIC_ID)
            again = {"Topics": [], "MaxWaitMs": 0, "MinBytes": 1, "SessionId": session, "SessionEpoch": epoch}
            answer = self.connection.call("Fetch", 13, again)

    def test_a_session_waits_like_any_fetch(self):
        session = self.begin()
        waiting = {"Topics": [], "MaxWaitMs": WAIT_MS, "MinBytes": 1, "SessionId": session, "SessionEpoch": 1}
        self.connection.send("Fetch", 12, waiting)
        start = time.monotonic()
        append(self.connect(), self.topic, b"v")
        self.assertEqual(self.records_of(self.connection.receive()), [b"v"])
        self.assertLess(time.monotonic() - start, SOON_S)


class Replicas(WireCase):
    def test_rule_87_a_replica_id_opens_nothing_that_a_consumer_cannot_see(self):
        if self.on_kafka:
            self.skipTest("a peer refuses replicas that it does not know")
        topic = create_topic(self.broker)
        append(self.connection, topic, b"seen")
        body = fetch_body(topic)
        plain = self.connection.call("Fetch", 12, {"ReplicaId": -1, **body})["Responses"][0]["Partitions"][0]
        as_replica = self.connection.call("Fetch", 12, {"ReplicaId": 7, **body})["Responses"][0]["Partitions"][0]
        self.assertEqual(as_replica, plain)


if __name__ == "__main__":
    unittest.main()
