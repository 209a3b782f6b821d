"""What is different on a terminal: questions, and pictures that are drawn anew in place."""

import os
import select
import signal
import subprocess

import terminal
from command import CliTest, program, run


class Questions(CliTest):
    def test_yes_deletes_and_anything_else_does_not(self):
        name = self.topic()
        question = f"Delete {name} with all records? [y/N] "
        for answer in ("\n", "n\n", "yess\n"):
            code, shown = terminal.run("topics", "delete", name, typed=answer)
            self.assertEqual(code, 2)
            self.assertIn(question, shown)
            self.assertTrue(shown.endswith("\x1b[31mstreamline-cli:\x1b[0m nothing was changed\n"), shown)
        self.ok("topics", "describe", name)
        code, shown = terminal.run("topics", "delete", name, typed="y\n")
        self.assertEqual(code, 0, shown)
        self.assertEqual(run("topics", "describe", name).code, 3)


class Pictures(CliTest):
    def test_top_fits_a_tiny_terminal(self):
        for _ in range(4):
            self.topic()
        code, shown = terminal.run("top", "-n", 1, rows=4, columns=20)
        self.assertEqual(code, 0)
        self.assertTrue(shown.startswith("\x1b[H\x1b[2J"), shown)
        self.assertEqual(len(shown.splitlines()), 3)

    def test_the_names_of_columns_stand_out_on_a_terminal_only(self):
        heading = "\x1b[1mSTATUS\x1b[0m"
        _, shown = terminal.run("health")
        self.assertTrue(shown.startswith(heading), shown)
        self.assertIn("\x1b[32mok\x1b[0m", shown)
        for words, environment, colored in (
            ((), {"NO_COLOR": "1"}, False),
            ((), {"NO_COLOR": ""}, True),
            ((), {"TERM": "dumb"}, False),
            (("--color", "never"), {}, False),
            (("--color", "always"), {"NO_COLOR": "1", "TERM": "dumb"}, True),
            ((), {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
            ((), {"STREAMLINE_COLOR": "never"}, False),
        ):
            with self.subTest(words=words, environment=environment):
                _, shown = terminal.run("health", *words, env=environment)
                self.assertEqual("\x1b" in shown, colored, shown)

    def test_a_pipe_has_colours_when_they_are_forced(self):
        self.assertIn("\x1b[1m", self.ok("health", "--color", "always").text)
        self.assertIn("\x1b[1m", self.ok("health", env={"CLICOLOR_FORCE": "1"}).text)
        self.assertIn("\x1b[1m", self.ok("health", env={"FORCE_COLOR": "3"}).text)
        self.assertNotIn("\x1b", self.ok("health", env={"FORCE_COLOR": "0"}).text)
        self.assertNotIn("\x1b", self.ok("health", "-o", "json", "--color", "always").text)
        self.assertIn("\x1b[31mstreamline-cli:\x1b[0m ", run("topics", "describe", "no-such-topic", "--color", "always").err)
        self.refused(2, "--color 'blue' is none of auto, always, never", "health", "--color", "blue")

    def test_a_pipe_sees_no_escapes(self):
        for words in (("top", "-n", 1), ("topics", "watch", "-n", 1), ("topics", "list"), ("--help",)):
            self.assertNotIn("\x1b", self.ok(*words).text)

    def test_watching_ends_with_control_c_and_130(self):
        with subprocess.Popen([program(), "topics", "watch", "--every", "1h", "-o", "json"], stdout=subprocess.PIPE) as watching:
            watching.stdout.readline()
            watching.send_signal(signal.SIGINT)
            self.assertEqual(watching.wait(60), 130)


class LongThings(CliTest):
    def slow(self, *words, **options):
        return terminal.run("produce", self.topic(), "--template", "x", "-n", 30, "--rate", 20, *words, **options)

    def test_a_bar_shows_how_far_it_is_and_is_gone_at_the_end(self):
        code, shown = self.slow()
        self.assertEqual(code, 0)
        self.assertRegex(shown, r"^\r\x1b\[Kproduce +\d+%  \[#+\.*\]  \d+ of 30 records  \d+/s  \d:\d\d left\r\x1b\[K")
        self.assertTrue(shown.endswith("\r\x1b[K"), shown)
        self.assertNotIn("\n", shown)

    def test_a_tiny_terminal_sees_the_percentage(self):
        _, shown = self.slow(columns=12)
        self.assertRegex(shown, r"^\r\x1b\[K *\d+%  \d+/s\r\x1b\[K")

    def test_nobody_who_does_not_want_it_sees_one(self):
        for words, environment in ((("--no-progress",), {}), ((), {"TERM": "dumb"}), ((), {"STREAMLINE_NO_PROGRESS": "1"})):
            with self.subTest(words=words, environment=environment):
                self.assertEqual(self.slow(*words, env=environment), (0, ""))

    def test_records_on_the_terminal_are_progress_enough_and_a_file_gets_a_bar(self):
        topic = self.topic()
        lines = b"".join(b"%d %s\n" % (number, b"x" * 90) for number in range(100_000))
        self.ok("produce", topic, stdin=lines)
        reader, writer = os.pipe()
        process, ours = terminal.start("consume", topic, stdout=writer)
        os.close(writer)
        got, shown = b"", b""
        # So slow a reader that a second goes by.
        while b"%" not in shown and (chunk := os.read(reader, 65536)):
            got += chunk
            if select.select([ours], [], [], 0.1)[0]:
                shown += os.read(ours, 65536)
        while chunk := os.read(reader, 1 << 20):
            got += chunk
            while select.select([ours], [], [], 0)[0]:
                try:
                    if not (more := os.read(ours, 65536)):
                        break
                except OSError:
                    break
                shown += more
        self.assertEqual(process.wait(60), 0)
        os.close(reader)
        os.close(ours)
        self.assertTrue(got == lines)
        self.assertRegex(shown.decode(), r"^\r\x1b\[Kconsume +\d+%  \[#*\.+\]  \S+ of 100k records")
        self.assertNotIn("%", terminal.run("consume", topic, "-n", 100)[1])
