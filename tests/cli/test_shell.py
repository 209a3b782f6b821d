"""The shell: lines one after the other, typed or read."""

import os
import pathlib
import stat
import tempfile

import terminal
from command import CliTest, run

PROMPT = "streamline> "


class Scripts(CliTest):
    def test_lines_are_carried_out_in_turn(self):
        name = self.topic()
        script = f"# a topic more\ntopics add-partitions {name} --to 3\n\nconfigs set topic \"{name}\" 'retention.ms=1000' # and last\n"
        self.ok("shell", stdin=script)
        [shown] = self.ok("topics", "describe", name, "-o", "json").json
        self.assertIn({"name": "retention.ms", "value": "1000", "source": "topic"}, shown["configs"])
        self.assertEqual(len(shown["partitions"]), 3)

    def test_the_first_line_that_fails_is_the_last(self):
        done = run("shell", stdin="topics list -o name\ntopics describe not-there\ntopics create never\n")
        self.assertEqual(done.code, 3)
        self.assertIn("streamline-cli: line 2 ended with 3; nothing behind it was done\n", done.err)
        self.assertEqual(run("topics", "describe", "never").code, 3)

    def test_a_line_that_is_none_is_refused_with_its_number(self):
        self.refused(2, "line 2: the quote ' is not closed", "shell", stdin="# fine\ntopics 'list\n")
        self.refused(2, "unknown command 'topcs', did you mean 'topics'?", "shell", stdin="topcs list\n")

    def test_what_the_shell_was_given_holds_for_its_lines(self):
        self.assertEqual(run("-b", "127.0.0.1:1", "--request-timeout", "1s", "shell", stdin="topics list\n").code, 6)
        name = self.topic()
        listed = self.ok("-o", "json", "shell", stdin=f"topics list\nexit\ntopics delete {name} --yes\n").json
        self.assertIn(name, [topic["topic"] for topic in listed])

    def test_help_and_the_end(self):
        self.assertIn("Usage: streamline-cli topics create", self.ok("shell", stdin="help topics create\nquit\nnonsense\n").text)


class Terminals(CliTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.history = pathlib.Path(folder.name) / "streamline/cli_history"
        self.env = {"XDG_STATE_HOME": folder.name}

    def talk(self, *turns):
        code, shown = terminal.talk("shell", turns=turns, env=self.env)
        self.assertEqual(code, 0, shown)
        return shown

    def test_words_and_topics_are_completed(self):
        name = self.topic()
        shown = self.talk((PROMPT, "topics desc\t"), ("ribe ", name + "\t-o yaml\n"), (PROMPT, "\x04"))
        self.assertIn(f"topic: {name}\n", shown)

    def test_several_candidates_are_listed(self):
        shown = self.talk((PROMPT, "topics c\t"), ("clone  create\n", "\x03"), (PROMPT, "exit\n"))
        self.assertIn("^C", shown)

    def test_names_of_files_are_completed(self):
        folder = self.history.parent.parent / "a folder"
        folder.mkdir()
        (folder / "some lines.txt").write_text("from a file\n")
        name = self.topic()
        typed = f"produce {name} --file {folder.parent}/a\t"
        self.talk((PROMPT, typed), ("/'", "\x15exit\n"))

    def test_lines_are_remembered_for_their_user_alone(self):
        self.talk((PROMPT, "topics list -o name\n"), (PROMPT, "exit\n"))
        self.assertIn("topics", self.history.read_text())
        self.assertEqual(stat.S_IMODE(os.stat(self.history).st_mode), 0o600)
        shown = self.talk((PROMPT, "\x1b[A"), ("exit", "\x1b[A"), ("topics list -o name", "\n"), (PROMPT, "exit\n"))
        self.assertIn("topics list -o name", shown)

    def test_control_c_ends_what_runs_and_not_the_shell(self):
        name = self.topic()
        self.ok("produce", name, stdin="seen\n")
        shown = self.talk((PROMPT, f"consume {name} -f\n"), ("seen", "\x03"), (PROMPT, "health -o json\n"), ("answer_ms", ""), (PROMPT, "\x04"))
        self.assertIn("status", shown)

    def test_a_history_that_cannot_be_written_is_said_once(self):
        self.history.mkdir(parents=True)
        shown = self.talk((PROMPT, "help\n"), (PROMPT, "help\n"), (PROMPT, "exit\n"))
        self.assertEqual(shown.count(f"write {self.history}"), 1, shown)
