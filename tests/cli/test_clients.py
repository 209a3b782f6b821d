"""clients: who is connected, ending connections, who reads and who writes."""

import contextlib
import os
import socket
import struct
import subprocess
import unittest

import terminal
from command import CliTest, run

API_VERSIONS = 18


def connected(client_id):
    """A connection of our own that has said who it is."""
    bootstrap = os.environ["STREAMLINE_BOOTSTRAP"]
    host, _, port = bootstrap.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    name = client_id.encode()
    frame = struct.pack(">hhih", API_VERSIONS, 0, 1, len(name)) + name
    connection.sendall(struct.pack(">i", len(frame)) + frame)
    assert connection.recv(4)
    return contextlib.closing(connection)


class Activity(CliTest):
    def test_writers_are_known_by_their_numbers(self):
        name = self.topic()
        self.ok("produce", name, stdin="a\n")
        done = run("clients", "activity", "-t", name, "--writers", "-o", "json")
        if done.code != 0:
            raise unittest.SkipTest("this broker does not describe producers")
        [row] = done.json
        self.assertEqual((row["does"], row["partitions"], row["client_id"]), ("writes", [f"{name}/0"], None))
        self.assertRegex(row["last_write"], r"^\d{4}-\d\d-\d\dT")


class AnotherBroker(CliTest):
    def test_it_is_told_in_one_line_that_it_lists_no_connections(self):
        if self.is_ours:
            self.skipTest("this one does")
        for words in (("clients", "list"), ("clients", "kill", "1", "--yes"), ("clients", "kill", "--client", "x", "--dry-run")):
            done = run(*words)
            self.assertEqual((done.code, done.out, len(done.err.splitlines())), (1, b"", 1), done.err)
            self.assertIn("does not list connections", done.err)


class Connections(CliTest):
    def setUp(self):
        if not self.is_ours:
            self.skipTest("other brokers do not list connections")
        self.name = f"cli-{os.getpid()}-{self.id().rpartition('.')[2]}"

    def rows(self, *words):
        return self.ok("clients", "list", *words, "-o", "json").json

    def test_a_connection_is_listed_with_who_it_is_and_what_it_did(self):
        with connected(self.name) as connection:
            [row] = self.rows("--client", self.name)
            host, port = connection.getsockname()[:2]
            self.assertEqual((row["address"], row["client_id"], row["software"]), (f"{host}:{port}", self.name, None))
            self.assertEqual((row["last_api"], row["requests"], row["in_flight"], row["throttled"], row["own"]), ("ApiVersions", 1, 0, False, False))
            self.assertRegex(row["connected"], r"^\d{4}-\d\d-\d\dT")
            self.assertEqual([one["id"] for one in self.rows("--address", row["address"])], [row["id"]])
            self.assertIn(row["id"], [one["id"] for one in self.rows("--address", host)])
            self.assertEqual(self.ok("clients", "list", "--client", self.name, "-o", "name").lines, [str(row["id"])])
        own = [one for one in self.rows() if one["own"]]
        self.assertEqual([(one["client_id"], one["software"]) for one in own], [("streamline-cli", "streamline 0.1")])

    def test_connections_end_by_number_client_and_address(self):
        for words in (lambda row: [row["id"]], lambda _: ["--client", self.name], lambda row: ["--address", row["address"]]):
            with connected(self.name) as connection:
                [row] = self.rows("--client", self.name)
                shown = {"id": row["id"], "address": row["address"], "client_id": self.name}
                would = self.ok("clients", "kill", *words(row), "--dry-run", "-o", "json").json
                self.assertEqual(would, [{**shown, "status": "would be closed"}])
                self.assertEqual(self.rows("--client", self.name)[0]["id"], row["id"])
                done = self.ok("clients", "kill", *words(row), "--yes", "-o", "json").json
                self.assertEqual(done, [{**shown, "status": "closed"}])
                self.drain(connection)

    def drain(self, connection):
        """Its end comes behind what was answered before."""
        while connection.recv(4096):
            pass

    def test_it_asks_first_and_without_a_terminal_wants_yes(self):
        with connected(self.name):
            self.refused(2, "there is no terminal: add --yes", "clients", "kill", "--client", self.name)
            self.assertEqual(len(self.rows("--client", self.name)), 1)

    def test_the_question_names_them_and_no_name_writes_on_the_terminal(self):
        name = self.name + "\x1b[2J\x07"
        with connected(name) as connection:
            [row] = self.rows("--client", name)
            code, shown = terminal.run("clients", "kill", row["id"], typed="n\n")
            self.assertEqual(code, 2)
            self.assertIn(f"Close connection {row['id']} ({self.name}?[2J? at {row['address']})? [y/N] ", shown)
            self.assertEqual(len(self.rows("--client", name)), 1)
            code, shown = terminal.run("clients", "kill", row["id"], typed="y\n")
            self.assertEqual(code, 0, shown)
            self.assertNotIn("\x1b[2J", shown)
            self.drain(connection)

    def test_what_is_not_there_is_told_and_the_rest_is_done(self):
        self.refused(2, "say which", "clients", "kill", "--yes")
        self.refused(2, "", "clients", "kill", "one", "--yes")
        self.refused(3, "no connection is of that client or address", "clients", "kill", "--client", self.name, "--yes")
        self.refused(3, "connection 999999999: no connection has this number", "clients", "kill", 999999999, "--yes")
        with connected(self.name) as connection:
            [row] = self.rows("--client", self.name)
            self.refused(3, "its client or address is another one", "clients", "kill", row["id"], "--client", "other", "--yes")
            done = run("clients", "kill", 999999999, row["id"], row["id"], "--yes", "-o", "json")
            self.assertEqual((done.code, [one["id"] for one in done.json]), (7, [row["id"]]), done.err)
            self.drain(connection)

    def test_a_reader_goes_on_after_its_connection_ended(self):
        name = self.topic()
        words = [os.environ["STREAMLINE_CLI"], "consume", name, "-f", "-n", "2", "--client-id", self.name]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
            self.ok("produce", name, stdin="one\n")
            self.assertEqual(reader.stdout.readline(), "one\n")
            self.ok("clients", "kill", "--client", self.name, "--yes")
            self.ok("produce", name, stdin="two\n")
            self.assertEqual((reader.stdout.read(), reader.wait(60)), ("two\n", 0), reader.stderr.read())


if __name__ == "__main__":
    unittest.main()
