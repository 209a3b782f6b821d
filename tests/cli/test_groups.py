"""groups list, describe, members, lag, reset, delete; consume -g."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from command import COUNTER, CliTest, program, run

SETTLE_S = 60


def wait_until(condition, what):
    deadline = time.monotonic() + SETTLE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SETTLE_S} s: {what}")
        time.sleep(0.02)


class Member:
    """A `consume -g` that follows; its output is a file."""

    def __init__(self, folder, topic, group, *words):
        self.path = pathlib.Path(folder) / f"member-{next(COUNTER)}"
        with self.path.open("wb") as out:
            command = [program(), "consume", topic, "-g", group, "-f", "--format", "%p %o\\n", *words]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)

    @property
    def records(self):
        return [tuple(map(int, line.split())) for line in self.path.read_text().splitlines()]

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=SETTLE_S)
        return self.process.returncode, err.decode()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class GroupTest(CliTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.group = f"cli-group-{os.getpid()}-{next(COUNTER)}"

    def filled_topic(self, records=10, partitions=2):
        topic = self.topic(partitions)
        for partition in range(partitions):
            self.ok("produce", topic, "-p", partition, stdin="".join(f"{number}\n" for number in range(records)))
        return topic

    def reset(self, *words):
        """The offsets that the group has afterwards, by partition."""
        undo = self.folder / f"undo-{next(COUNTER)}.csv"
        done = self.ok("groups", "reset", self.group, *words, "--undo", undo, "-o", "json").json
        self.assertEqual((done["group"], done["dry_run"], done["undo_file"]), (self.group, False, str(undo)))
        self.undo = undo
        [described] = self.ok("groups", "describe", self.group, "-o", "json").json
        shown = {(each["topic"], each["partition"]): each["committed"] for each in described["partitions"]}
        for each in done["partitions"]:
            self.assertEqual(shown.get((each["topic"], each["partition"])), each["after"])
        return [each["after"] for each in done["partitions"]]

    @contextlib.contextmanager
    def member(self, topic, *words):
        member = Member(self.folder, topic, self.group, *words)
        try:
            yield member
        finally:
            member.end()

    def described(self):
        done = run("groups", "describe", self.group, "-o", "json")
        return done.json[0] if done.code == 0 else {"state": None, "members": []}

    def await_members(self, count):
        def settled():
            shown = self.described()
            return (shown["state"], len(shown["members"])) == ("Stable", count)

        wait_until(settled, f"{count} members")


class Resetting(GroupTest):
    def test_every_way_to_say_where(self):
        topic = self.filled_topic()
        self.assertEqual(self.reset("--topic", topic, "--to", "earliest"), [0, 0])
        self.assertEqual(self.reset("--to", "latest"), [10, 10])
        self.assertEqual(self.reset("--to", "4"), [4, 4])
        self.assertEqual(self.reset("--to", "shift 3"), [7, 7])
        self.assertEqual(self.reset("--to", "shift -5"), [2, 2])
        self.assertEqual(self.reset("--to", "shift:-5"), [0, 0])
        self.assertEqual(self.reset("--to", "-3"), [7, 7])
        self.assertEqual(self.reset("--to", "-1h"), [0, 0])
        self.assertEqual(self.reset("--to", "@2100-01-01"), [10, 10])
        self.assertEqual(self.reset("--to", "99"), [10, 10])
        self.assertEqual(self.reset("--to", "5", "-p", "1"), [5])

    def test_another_groups_offsets_and_back_by_the_undo_file(self):
        topic, kept = self.filled_topic(), self.filled_topic()
        self.reset("--topic", topic, "--topic", kept, "--to", "3")
        first, self.group = self.group, self.group + "-other"
        self.assertEqual(self.reset("--topic", topic, "--to", "8"), [8, 8])
        self.assertEqual(sorted(self.reset("--to", f"group:{first}")), [3, 3, 3, 3])
        self.assertEqual(sorted(map(str, self.reset("--to", f"file:{self.undo}"))), ["8", "8", "None", "None"])

    def test_a_dry_run_changes_nothing(self):
        topic = self.filled_topic()
        self.reset("--topic", topic, "--to", "3")
        done = self.ok("groups", "reset", self.group, "--to", "latest", "--dry-run", "-o", "json").json
        moves = [(each["before"], each["after"]) for each in done["partitions"]]
        self.assertEqual((done["dry_run"], done["undo_file"], moves), (True, None, [(3, 10), (3, 10)]))
        self.assertIn("nothing was changed", self.ok("groups", "reset", self.group, "--to", "latest", "--dry-run").text)
        self.assertEqual([each["committed"] for each in self.described()["partitions"]], [3, 3])

    def test_live_members_are_named_and_nothing_moves(self):
        topic = self.filled_topic()
        with self.member(topic):
            self.await_members(1)
            [member] = self.described()["members"]
            undo = self.folder / "undo.csv"
            done = self.refused(1, "has 1 live members", "groups", "reset", self.group, "--topic", topic, "--to", "0", "--undo", undo)
            self.assertIn(member["member_id"], done.err)
            self.assertFalse(undo.exists())

    def test_refusals_say_what_is_missing(self):
        self.refused(1, "name what to reset with --topic", "groups", "reset", self.group, "--to", "earliest")
        self.refused(2, "is no place", "groups", "reset", self.group, "--to", "yesterday")
        self.refused(3, "UNKNOWN_TOPIC", "groups", "reset", self.group, "--topic", "no-such-topic", "--to", "0")
        self.refused(1, "No such file", "groups", "reset", self.group, "--to", f"file:{self.folder}/none")
        listed = self.folder / "list.csv"
        listed.write_text("t,0,1\nt,x,1\n")
        self.refused(1, "line 2 is not topic,partition,offset", "groups", "reset", self.group, "--to", f"file:{listed}")

    def test_an_undo_file_is_never_replaced(self):
        topic = self.filled_topic()
        undo = self.folder / "undo.csv"
        undo.write_text("mine")
        self.refused(1, "File exists", "groups", "reset", self.group, "--topic", topic, "--to", "0", "--undo", undo)
        self.assertEqual(undo.read_text(), "mine")
        self.assertEqual(self.described()["state"], None)


class Looking(GroupTest):
    def test_an_empty_group_is_listed_described_and_deleted(self):
        topic = self.filled_topic()
        self.reset("--topic", topic, "--to", "4")
        listed = {each["group"]: each for each in self.ok("groups", "list", "-o", "json").json}
        self.assertEqual(listed[self.group], {"group": self.group, "type": "classic", "state": "Empty", "protocol_type": ""})
        shown = self.described()
        self.assertEqual((shown["state"], shown["type"], shown["lag"], shown["members"]), ("Empty", "classic", 12, []))
        rows = [(each["committed"], each["log_start_offset"], each["log_end_offset"], each["lag"]) for each in shown["partitions"]]
        self.assertEqual(rows, [(4, 0, 10, 6)] * 2)
        self.assertEqual(self.ok("groups", "delete", self.group, "--yes", "-o", "json").json, [{"group": self.group, "status": "deleted"}])
        self.refused(3, "GROUP_ID_NOT_FOUND", "groups", "describe", self.group)
        self.refused(3, "GROUP_ID_NOT_FOUND", "groups", "delete", self.group, "--yes")

    def test_describe_says_why_the_group_rebalanced_last(self):
        topic = self.filled_topic(partitions=2)
        self.reset("--topic", topic, "--to", "earliest")
        self.assertIsNone(self.described()["last_rebalance"])
        with self.member(topic) as first:
            self.await_members(1)
            [member] = self.described()["members"]
            why = self.described()["last_rebalance"]
            if not self.is_ours:
                self.assertIsNone(why)
                return
            self.assertEqual((why["reason"], why["member_id"]), ("a member joined", member["member_id"]))
            self.assertGreaterEqual(why["duration_ms"], 0)
            text = self.ok("groups", "describe", self.group).text
            self.assertRegex(text, rf"last rebalance at 20\S+: a member joined \({member['member_id']}\), took \d+ ms\n")
            self.assertEqual(first.interrupt()[0], 130)
        why = self.described()["last_rebalance"]
        self.assertEqual((why["reason"], why["member_id"]), ("a member left", member["member_id"]))

    def test_tables_have_the_columns_that_users_know(self):
        topic = self.filled_topic()
        self.reset("--topic", topic, "--to", "4")
        self.assertEqual(self.ok("groups", "list").lines[0].split(), ["GROUP", "TYPE", "STATE", "PROTOCOL-TYPE"])
        text = self.ok("groups", "describe", self.group).text
        columns = "TOPIC PARTITION CURRENT-OFFSET LOG-START-OFFSET LOG-END-OFFSET LAG MEMBER-ID INSTANCE-ID CLIENT-ID HOST".split()
        self.assertIn(columns, [line.split() for line in text.splitlines()])
        rows = [line.split() for line in self.ok("groups", "lag", self.group).lines]
        self.assertEqual(rows[1:], [[self.group, topic, str(part), "4", "10", "6"] for part in range(2)])
        self.assertEqual(self.ok("group", "members", self.group).lines[0].split()[:2], ["GROUP", "MEMBER-ID"])

    def test_lag_without_names_is_of_all_groups(self):
        topic = self.filled_topic()
        self.reset("--topic", topic, "--to", "9")
        found = [(each["topic"], each["partition"], each["lag"]) for each in self.ok("groups", "lag", "-o", "json").json if each["group"] == self.group]
        self.assertEqual(found, [(topic, 0, 1), (topic, 1, 1)])

    def test_delete_asks_first_and_one_of_two_is_exit_7(self):
        self.reset("--topic", self.filled_topic(), "--to", "0")
        self.refused(2, "add --yes", "groups", "delete", self.group)
        self.assertEqual(run("groups", "delete", self.group, self.group + "-none", "--yes").code, 7)

    def test_watch_prints_a_line_each_time_until_it_is_interrupted(self):
        self.reset("--topic", self.filled_topic(), "--to", "0")
        command = [program(), "groups", "lag", self.group, "--watch", "--every", "10ms", "-o", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as watching:
            for _ in range(3):
                self.assertEqual([row["lag"] for row in json.loads(watching.stdout.readline())], [10, 10])
            watching.send_signal(signal.SIGINT)
            watching.stdout.read()
            self.assertEqual(watching.wait(SETTLE_S), 130)


class Members(GroupTest):
    def test_a_member_reads_commits_and_leaves_and_the_next_goes_on_behind_it(self):
        topic = self.filled_topic()
        first = self.ok("consume", topic, "-g", self.group, "-n", "5").lines
        second = self.ok("consume", topic, "-g", self.group).lines
        self.assertEqual(sorted(map(int, first + second)), sorted(list(range(10)) * 2))
        self.assertEqual(self.ok("consume", topic, "-g", self.group).lines, [])
        shown = self.described()
        self.assertEqual((shown["state"], shown["lag"]), ("Empty", 0))

    def test_two_members_share_and_who_stays_takes_over(self):
        topic = self.filled_topic(records=0)
        with self.member(topic) as one, self.member(topic) as two:
            self.await_members(2)
            members = self.ok("groups", "members", self.group, "-o", "json").json[0]["members"]
            self.assertEqual(sorted(each["partitions"][0]["partition"] for each in members), [0, 1])
            for partition in range(2):
                self.ok("produce", topic, "-p", partition, stdin="a\n")
            wait_until(lambda: sorted(one.records + two.records) == [(0, 0), (1, 0)], "both records come once")
            self.assertEqual(one.interrupt(), (130, ""))
            self.await_members(1)
            for partition in range(2):
                self.ok("produce", topic, "-p", partition, stdin="b\n")
            wait_until(lambda: {(0, 1), (1, 1)} <= set(two.records), "one reads all")
            self.assertEqual(two.interrupt(), (130, ""))
        self.assertEqual((self.described()["state"], self.described()["lag"]), ("Empty", 0))

    def test_from_is_for_what_is_not_committed(self):
        topic = self.filled_topic()
        self.reset("--topic", topic, "-p", "0", "--to", "8")
        records = self.ok("consume", topic, "-g", self.group, "--from", "-1", "--format", "%p %o\\n").lines
        self.assertEqual(sorted(records), ["0 8", "0 9", "1 9"])

    def test_partitions_and_a_group_are_two_ways_to_say_what_is_read(self):
        self.refused(2, "-p and -g", "consume", "t", "-g", "g", "-p", "0")
