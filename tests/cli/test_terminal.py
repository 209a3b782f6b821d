"""What is different on a terminal: questions, and pictures that are drawn anew in place."""

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
            self.assertTrue(shown.endswith("streamline-cli: nothing was changed\n"), shown)
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

    def test_a_pipe_sees_no_escapes(self):
        for words in (("top", "-n", 1), ("topics", "watch", "-n", 1), ("topics", "list"), ("--help",)):
            self.assertNotIn("\x1b", self.ok(*words).text)

    def test_watching_ends_with_control_c_and_130(self):
        with subprocess.Popen([program(), "topics", "watch", "--every", "1h", "-o", "json"], stdout=subprocess.PIPE) as watching:
            watching.stdout.readline()
            watching.send_signal(signal.SIGINT)
            self.assertEqual(watching.wait(60), 130)
