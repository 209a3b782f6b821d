"""produce --transactional, consume --isolation committed, and the family transactions."""

import json
import os
import subprocess
import unittest

from command import CliTest, program, run


def has_transactions():
    """A broker before transactions refuses the look-up."""
    return run("transactions", "list").code == 0


class Transactions(CliTest):
    def setUp(self):
        if not has_transactions():
            raise unittest.SkipTest("this broker knows no transactions")
        self.name = self.topic(2)
        self.id = f"{self.name}-txn"

    def produce(self, *words, lines):
        return self.ok("produce", self.name, "--transactional", self.id, *words, stdin="".join(f"{line}\n" for line in lines))

    def committed(self):
        return sorted(self.ok("consume", self.name, "--isolation", "committed").lines)

    def described(self):
        [row] = self.ok("transactions", "describe", self.id, "-o", "json").json
        return row

    def test_records_are_there_once_committed(self):
        self.produce("-k", "k", lines=["a", "b"])
        self.produce("--every", 2, lines=["c", "d", "e"])
        self.assertEqual(self.committed(), ["a", "b", "c", "d", "e"])
        row = self.described()
        self.assertIn(row["state"], ("CompleteCommit", "PrepareCommit"))
        self.assertIn(self.id, [each["transactional_id"] for each in self.ok("transactions", "list", "-o", "json").json])

    def test_a_bad_line_aborts_and_nothing_of_it_is_seen(self):
        self.produce(lines=["kept"])
        done = run("produce", self.name, "--transactional", self.id, "--json", stdin='{"value":"lost"}\nnonsense\n')
        self.assertEqual(done.code, 1)
        self.assertIn("the open transaction was aborted", done.err)
        self.assertEqual(self.committed(), ["kept"])
        self.assertEqual(sorted(self.values(self.name)), ["kept", "lost"])

    def test_what_is_open_is_shown_and_aborted_by_name(self):
        command = [program(), "produce", self.name, "-p", "0", "--transactional", self.id]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as producer:
            producer.stdin.write(b"open\n")
            producer.stdin.flush()
            self.assertEqual(self.values(self.name, "-f", "-n", 1), ["open"])
            self.assertEqual(self.committed(), [])
            row = self.described()
            self.assertEqual((row["state"], row["partitions"]), ("Ongoing", [f"{self.name}/0"]))
            [writer] = self.ok("transactions", "producers", self.name, "-p", 0, "-o", "json").json
            self.assertEqual((writer["producer_id"], writer["transaction_start_offset"]), (row["producer_id"], 0))
            self.assertEqual(self.ok("transactions", "find-hanging", "-t", self.name, "--older-than", "0ms", "-o", "json").json, [])
            self.refused(2, "add --yes", "transactions", "abort", self.id)
            self.assertEqual(self.ok("transactions", "abort", self.id, "--dry-run", "-o", "json").json[0]["status"], "would be aborted")
            self.assertEqual(self.ok("transactions", "abort", self.id, "--yes", "-o", "json").json, [{"transaction": self.id, "status": "aborted"}])
            producer.stdin.close()
            self.assertEqual(producer.wait(60), 1)
            said = producer.stderr.read().decode()
        self.assertRegex(said, "INVALID_PRODUCER_EPOCH|PRODUCER_FENCED")
        self.assertEqual(self.committed(), [])

    def test_refusals(self):
        self.refused(3, "TRANSACTIONAL_ID_NOT_FOUND", "transactions", "describe", self.id)
        self.refused(3, "TRANSACTIONAL_ID_NOT_FOUND", "transactions", "abort", self.id, "--yes")
        self.refused(2, "say which", "transactions", "abort", "--topic", self.name, "--yes")
        self.refused(3, "no transaction begins at offset 5", "transactions", "abort", "-t", self.name, "-p", 0, "--start-offset", 5, "--yes")
