"""Rules 97 to 114 and what sections 13 and 14 say of classic groups, over raw requests."""

import unittest

from support.broker import wait_until
from support.errors import Err
from support.groups import (
    Member,
    await_coordinator,
    describe,
    state_of,
    subscription,
    unique_group,
)
from support.topics import create_topic
from wire_case import WireCase, WireGroupCase, use_module_broker


def setUpModule():
    use_module_broker()


class GroupCase(WireGroupCase):
    def stable_pair(self, **more):
        """A group of two that has settled: leader and follower."""
        leader = self.member(**more).enter()
        follower = self.member(**more)
        follower.take_id()
        follower.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears of it")
        self.assert_error(leader.join(), Err.NONE)
        self.assert_error(follower.receive_join(), Err.NONE)
        follower.send_sync()
        self.assert_error(leader.sync(assignments={leader.id: b"L", follower.id: b"F"}), Err.NONE)
        self.assertEqual(follower.connection.receive()["Assignment"], b"F")
        return leader, follower


class Joining(GroupCase):
    def test_rule_97_a_new_member_is_given_an_id_first_from_version_4_on(self):
        member = self.member()
        answer = member.take_id()
        self.assert_error(answer, Err.MEMBER_ID_REQUIRED)
        self.assertTrue(answer["MemberId"].startswith("wire-test-"), answer["MemberId"])
        self.assert_error(member.join(), Err.NONE)
        self.assertEqual(member.generation, 1)

    def test_rule_97_older_versions_join_at_once(self):
        for version in range(4):
            member = Member(self.connect(), unique_group())
            await_coordinator(self.connection, member.group)
            member.send_join(version)
            answer = member.receive_join()
            self.assert_error(answer, Err.NONE)
            self.assertEqual((answer["GenerationId"], answer["Leader"], answer["ProtocolName"]), (1, member.id, "range"))

    def test_every_version_joins_syncs_beats_and_leaves(self):
        for version in range(10):
            member = Member(self.connect(), unique_group())
            await_coordinator(self.connection, member.group)
            answer = member.join(version)
            self.assert_error(answer, Err.NONE)
            self.assertEqual([each["MemberId"] for each in answer["Members"]], [member.id])
            self.assertEqual(answer["Members"][0]["Metadata"], subscription("t"))
            synced = member.sync(min(version, 5), assignments={member.id: b"mine"})
            self.assertEqual((synced["ErrorCode"], synced["Assignment"]), (Err.NONE, b"mine"))
            self.assert_error(member.heartbeat(min(version, 4)), Err.NONE)
            self.assert_error(member.leave(min(version, 5)), Err.NONE)
            self.assertEqual(state_of(self.connection, member.group), "Empty")

    def test_rule_98_session_timeouts_outside_the_range(self):
        self.assert_error(self.member(session_ms=5_999).take_id(), Err.INVALID_SESSION_TIMEOUT)
        self.assert_error(self.member(session_ms=1_800_001).take_id(), Err.INVALID_SESSION_TIMEOUT)

    def test_rule_98_an_empty_group_id(self):
        self.assert_error(Member(self.connect(), "").take_id(), Err.INVALID_GROUP_ID)

    def test_rule_99_another_protocol_type_or_none_in_common(self):
        self.member().enter()
        for wrong in ({"protocol_type": "connect"}, {"protocols": [("mine", b"")]}, {"protocols": []}):
            self.assert_error(self.member(**wrong).take_id(), Err.INCONSISTENT_GROUP_PROTOCOL)

    def test_rule_99_the_protocol_that_most_prefer_among_those_of_all(self):
        first = self.member(protocols=[("a", b"1"), ("b", b"1")]).enter()
        second = self.member(protocols=[("b", b"2"), ("a", b"2")])
        second.take_id()
        third = self.member(protocols=[("b", b"3"), ("a", b"3"), ("c", b"3")])
        third.take_id()
        second.send_join()
        third.send_join()
        wait_until(lambda: len(describe(self.connection, self.group)["Members"]) == 3, "all are waiting")
        answers = [first.join(), second.receive_join(), third.receive_join()]
        self.assertEqual([answer["ProtocolName"] for answer in answers], ["b"] * 3)

    def test_rule_102_a_follower_that_rejoins_unchanged_keeps_the_generation(self):
        _, follower = self.stable_pair()
        generation = follower.generation
        answer = follower.join()
        self.assert_error(answer, Err.NONE)
        self.assertEqual((answer["GenerationId"], list(answer["Members"])), (generation, []))

    def test_rule_102_a_leader_that_rejoins_starts_a_rebalance(self):
        leader, follower = self.stable_pair()
        leader.send_join()
        wait_until(lambda: follower.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the follower hears of it")
        self.assert_error(follower.join(), Err.NONE)
        self.assert_error(leader.receive_join(), Err.NONE)
        self.assertEqual(leader.generation, 3)

    def test_rule_13_6_no_rebalance_follows_a_join(self):
        leader, follower = self.stable_pair()
        self.assertEqual((leader.heartbeat(), follower.heartbeat()), (Err.NONE, Err.NONE))

    def test_rule_114_a_dead_connection_does_not_remove_who_waits(self):
        leader = self.member().enter()
        second = self.member()
        second.take_id()
        second.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "it waits")
        second.connection.close()
        second.connection = self.connect()
        self.assertEqual(len(describe(self.connection, self.group)["Members"]), 2)
        second.send_join()
        self.assert_error(leader.join(), Err.NONE)
        self.assert_error(second.receive_join(), Err.NONE)


class Syncing(GroupCase):
    def test_rule_103_only_the_leaders_assignment_counts_and_others_wait_for_it(self):
        leader = self.member().enter()
        follower = self.member()
        follower.take_id()
        follower.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears of it")
        leader.join()
        follower.receive_join()
        follower.send_sync(assignments={follower.id: b"everything"})
        self.assertTrue(follower.connection.is_silent(0.1))
        leader.sync(assignments={leader.id: b"L", follower.id: b"F"})
        self.assertEqual(follower.connection.receive()["Assignment"], b"F")

    def test_rule_103_wrong_generations_and_protocols(self):
        member = self.member()
        member.join()
        self.assert_error(member.sync(GenerationId=7), Err.ILLEGAL_GENERATION)
        self.assert_error(member.sync(MemberId="nobody"), Err.UNKNOWN_MEMBER_ID)
        self.assert_error(member.sync(ProtocolName="other"), Err.INCONSISTENT_GROUP_PROTOCOL)
        self.assert_error(member.sync(ProtocolType="other"), Err.INCONSISTENT_GROUP_PROTOCOL)

    def test_rule_103_a_sync_while_a_rebalance_gathers(self):
        leader = self.member().enter()
        second = self.member()
        second.take_id()
        second.send_join()
        wait_until(lambda: leader.heartbeat() == Err.REBALANCE_IN_PROGRESS, "the leader hears of it")
        self.assert_error(leader.sync(), Err.REBALANCE_IN_PROGRESS)

    def test_rule_103_a_settled_member_that_syncs_again_gets_its_assignment(self):
        _, follower = self.stable_pair()
        self.assertEqual(follower.sync()["Assignment"], b"F")


class Beating(GroupCase):
    def test_rule_104_heartbeats_of_strangers_and_of_old_generations(self):
        member = self.member().enter()
        self.assert_error(member.heartbeat(MemberId="nobody"), Err.UNKNOWN_MEMBER_ID)
        self.assert_error(member.heartbeat(GenerationId=0), Err.ILLEGAL_GENERATION)
        self.assert_error(member.heartbeat(), Err.NONE)

    def test_rule_14_21_a_group_nobody_knows(self):
        stranger = self.member()
        stranger.id, stranger.generation = "x", 1
        self.assert_error(stranger.heartbeat(), Err.UNKNOWN_MEMBER_ID)
        self.assert_error(stranger.sync(), Err.UNKNOWN_MEMBER_ID)
        answer = stranger.leave()
        self.assert_error(answer, Err.NONE)
        self.assert_error(answer["Members"][0], Err.UNKNOWN_MEMBER_ID)

    def test_a_member_that_is_silent_for_its_session_is_dropped(self):
        member = self.member(session_ms=6_000).enter()
        wait_until(lambda: state_of(self.connection, self.group) == "Empty", "the session ends")
        self.assert_error(member.heartbeat(), Err.UNKNOWN_MEMBER_ID)


class StaticMembers(GroupCase):
    def test_rule_105_the_same_instance_replaces_the_old_member_and_fences_it(self):
        first = self.member(instance="one").enter()
        again = self.member(instance="one")
        answer = again.join()
        self.assert_error(answer, Err.NONE)
        self.assertNotEqual(again.id, first.id)
        self.assertEqual(again.generation, first.generation)
        self.assertTrue(answer["SkipAssignment"])
        self.assert_error(first.heartbeat(), Err.FENCED_INSTANCE_ID)
        self.assert_error(again.heartbeat(), Err.NONE)
        self.assertEqual(again.sync()["Assignment"], b"all")

    def test_rule_106_many_leave_at_once_by_instance_or_id(self):
        static = self.member(instance="one").enter()
        who = [{"MemberId": "", "GroupInstanceId": "one"}, {"MemberId": "x"}, {"MemberId": "", "GroupInstanceId": "two"}]
        answer = static.connection.call("LeaveGroup", 5, GroupId=self.group, Members=who)
        self.assert_error(answer, Err.NONE)
        found = [Err(each["ErrorCode"]).name for each in answer["Members"]]
        self.assertEqual(found, ["NONE", "UNKNOWN_MEMBER_ID", "UNKNOWN_MEMBER_ID"])
        self.assertEqual(state_of(self.connection, self.group), "Empty")


class Describing(GroupCase):
    def test_rule_112_and_14_4_a_group_nobody_knows_is_dead(self):
        for version in range(7):
            answer = describe(self.connection, self.group, version)
            self.assert_error(answer, Err.GROUP_ID_NOT_FOUND if version >= 6 else Err.NONE)
            self.assertEqual(answer["GroupState"], "Dead")
        self.assertEqual(answer["ErrorMessage"], f"Group {self.group} not found.")

    def test_a_settled_group_shows_its_members(self):
        leader, follower = self.stable_pair()
        for version in range(7):
            answer = describe(self.connection, self.group, version)
            self.assertEqual(
                (answer["ErrorCode"], answer["GroupState"], answer["ProtocolType"], answer["ProtocolData"]),
                (Err.NONE, "Stable", "consumer", "range"),
            )
            shown = {each["MemberId"]: (each["ClientId"], each["ClientHost"], each["MemberAssignment"]) for each in answer["Members"]}
            client = ("wire-test", "/127.0.0.1")
            self.assertEqual(shown, {leader.id: (*client, b"L"), follower.id: (*client, b"F")})

    def test_operations_are_shown_to_those_who_ask(self):
        self.member().enter()
        self.assertEqual(describe(self.connection, self.group)["AuthorizedOperations"], -(2**31))
        shown = describe(self.connection, self.group, IncludeAuthorizedOperations=True)["AuthorizedOperations"]
        self.assertEqual(shown, 0xD48)

    def test_rule_112_groups_are_listed_by_state_and_type(self):
        self.member().enter()

        def listed(**more):
            groups = self.connection.call("ListGroups", 5, **more)["Groups"]
            return [each for each in groups if each["GroupId"] == self.group]

        found = {"GroupId": self.group, "ProtocolType": "consumer", "GroupState": "Stable", "GroupType": "classic"}
        for more in ({}, {"StatesFilter": ["stable"]}, {"TypesFilter": ["Classic"]}):
            self.assertEqual(listed(**more), [{**listed(**more)[0], **found}])
        self.assertEqual(listed(StatesFilter=["Empty"]), [])
        self.assertEqual(listed(TypesFilter=["consumer"]), [])

    def test_every_version_lists_a_group(self):
        self.member().enter()
        for version in range(6):
            answer = self.connection.call("ListGroups", version)
            self.assertIn(self.group, [each["GroupId"] for each in answer["Groups"]])


class Finding(WireCase):
    def test_rule_13_7_every_version_names_the_advertised_broker(self):
        group = unique_group()
        shown = self.connection.call("Metadata", 12, Topics=[])["Brokers"][0]
        for version in range(7):
            answer = await_coordinator(self.connection, group, version)
            self.assertEqual([answer[key] for key in ("NodeId", "Host", "Port")], [shown[key] for key in ("NodeId", "Host", "Port")])

    def test_rule_14_16_an_empty_key_and_several_keys(self):
        await_coordinator(self.connection, "")
        answer = self.connection.call("FindCoordinator", 6, CoordinatorKeys=["", "b"])
        self.assertEqual([(each["Key"], each["ErrorCode"]) for each in answer["Coordinators"]], [("", 0), ("b", 0)])

    def test_the_topic_of_the_groups_is_internal_and_takes_no_records(self):
        await_coordinator(self.connection, unique_group())
        shown = self.connection.call("Metadata", 12, Topics=[{"Name": "__consumer_offsets"}])["Topics"][0]
        self.assertTrue(shown["IsInternal"])

    def test_members_of_a_topic_that_is_there(self):
        group = unique_group()
        topic = create_topic(self.broker)
        await_coordinator(self.connection, group)
        Member(self.connection, group, [topic]).enter()
        self.assertEqual(state_of(self.connection, group), "Stable")


if __name__ == "__main__":
    unittest.main()
