"""Arguments that are wrong, help, and brokers that are not there: nothing here needs the broker to do anything."""

import os
import subprocess

from command import CliTest, program, run


class Usage(CliTest):
    def test_help_and_version_go_to_standard_output(self):
        self.assertIn("topics", self.ok("--help").text)
        self.assertIn("Examples:", self.ok("consume", "--help").text)
        self.assertRegex(self.ok("--version").text, r"^streamline-cli \d+\.\d+\.\d+ \(")

    def test_a_missing_command_names_those_there_are(self):
        self.refused(2, "one of topics, configs, groups, produce, consume, transactions, quotas")
        self.refused(2, "one of list, create, describe, alter, add-partitions, trim, clone, diff, export, import, watch, delete", "topics")

    def test_an_unknown_word_gets_the_nearest(self):
        self.refused(2, "unknown command 'produc', did you mean 'produce'?", "produc")
        self.refused(2, "unknown command 'lst', did you mean 'list'?", "topics", "lst")
        self.refused(2, "unknown option '--form', did you mean '--from'?", "consume", "x", "--form", "end")
        self.refused(2, "unknown command 'zzzzzzzz';", "zzzzzzzz")

    def test_an_offset_given_as_output_is_explained(self):
        self.refused(2, "a place to read from is --from", "consume", "x", "-o", "end")

    def test_bad_values_are_named(self):
        self.refused(2, "--bootstrap: '99999' in address 'a:99999'", "-b", "a:99999", "topics", "list")
        self.refused(2, "--from 'sometime' is no place in a log", "consume", "x", "--from", "sometime")
        self.refused(2, "--until 'noon' is no place in a log", "consume", "x", "--until", "noon")
        self.refused(2, "--from 'noon' is no time", "consume", "x", "--from", "@noon")
        self.refused(2, "--timeout '5' is no duration", "consume", "x", "--timeout", "5")
        self.refused(2, "--format: the format has no verb '%q'", "consume", "x", "--format", "%q")
        self.refused(2, "unknown codec 'brotli'", "produce", "x", "-z", "brotli")
        self.refused(2, "--acks '2' is none of 0, 1, all", "produce", "x", "--acks", "2")
        self.refused(2, "-H 'novalue' is not of the form key=value", "produce", "x", "-H", "novalue")
        self.refused(2, "-k and --key-delimiter", "produce", "x", "-k", "a", "--key-delimiter", ":")
        self.refused(2, "--config 'retention' is not of the form key=value", "topics", "create", "x", "-c", "retention")
        self.refused(2, "--partitions", "topics", "create", "x", "-p", "0")
        self.refused(2, "topic is required", "consume")

    def test_nobody_there_is_exit_6_and_names_the_address(self):
        self.refused(6, "cannot connect to 127.0.0.1:1: Connection refused", "-b", "127.0.0.1:1", "topics", "list")
        self.refused(6, "cannot connect to 127.0.0.1:1", "topics", "list", env={"STREAMLINE_BOOTSTRAP": "127.0.0.1:1"})
        self.refused(6, "cannot resolve 'no-such-host.invalid'", "-b", "no-such-host.invalid", "topics", "list")

    def test_the_first_bootstrap_address_may_be_dead(self):
        self.ok("-b", "127.0.0.1:1," + os.environ["STREAMLINE_BOOTSTRAP"], "topics", "list")

    def test_a_closed_pipe_ends_it_without_a_word(self):
        process = subprocess.Popen([program(), "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        process.wait(30)

    def test_a_full_disk_under_the_output_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([program(), "topics", "list"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"write to standard output: No space left on device", done.stderr)


class Delete(CliTest):
    def test_without_a_terminal_it_wants_yes(self):
        self.refused(2, "add --yes", "topics", "delete", "x")
        self.assertEqual(run("topics", "delete", "no-such-topic", "--yes").code, 3)
