"""What is printed from the grammar: the command reference, the man page, completions."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from command import CliTest, program

REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "commands.md"


class Reference(CliTest):
    def test_the_reference_in_docs_is_what_the_program_prints(self):
        printed = self.ok("reference", "markdown").text
        if os.environ.get("STREAMLINE_UPDATE_GOLDEN") == "1":
            REFERENCE.write_text(printed)
        self.assertEqual(REFERENCE.read_text(), printed, "STREAMLINE_UPDATE_GOLDEN=1 writes it anew")

    def test_every_command_has_help_with_examples_and_an_entry(self):
        printed = self.ok("reference", "markdown").text
        commands = re.findall(r"^## streamline-cli (.*)$", printed, re.MULTILINE)
        self.assertGreater(len(commands), 40)
        for command in commands:
            with self.subTest(command):
                help_text = self.ok(*command.split(), "--help").text
                self.assertIn("Examples:", help_text)
                for example in re.findall(r"^  (streamline-cli .*)$", help_text, re.MULTILINE):
                    self.assertIn(example, printed)

    def test_the_man_page_is_well_formed(self):
        page = self.ok("reference", "man").out
        # Whatever the reader's locale is.
        self.assertTrue(page.isascii())
        self.assertIn(rb"\[u2026]", page)
        if not shutil.which("man"):
            raise unittest.SkipTest("no man to read it")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "-"], input=page, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


class Completion(CliTest):
    def next(self, *words):
        return [line.split("\t")[0] for line in self.ok("__complete", *words).lines]

    def test_commands_flags_and_values_are_offered(self):
        self.assertIn("topics", self.next(""))
        self.assertIn("add-partitions", self.next("topics", ""))
        self.assertIn("--partitions", self.next("topics", "create", "x", "--"))
        self.assertIn("--bootstrap", self.next("topics", "create", "x", "--"))
        self.assertEqual(self.next("topics", "list", "-o", ""), ["table", "wide", "json", "yaml", "csv", "name", "help"])
        self.assertEqual(self.next("produce", "x", "--file", ""), [":files"])
        self.assertEqual(self.next("completion", ""), ["bash", "zsh", "fish"])

    def test_topics_and_groups_are_asked_of_the_broker(self):
        name = self.topic()
        self.assertIn(name, self.next("topics", "describe", ""))
        self.assertIn(name, self.next("consume", "-n", "3", ""))
        self.assertEqual(self.next("-b", "127.0.0.1:1", "topics", "describe", ""), [])

    def test_the_scripts_load_and_bash_completes(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.ok("completion", shell).text
            if not shutil.which(shell):
                continue
            flag = "-n" if shell != "fish" else "--no-execute"
            done = subprocess.run([shell, flag], input=script, capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)
        script = self.ok("completion", "bash").text + (
            f'COMP_WORDS=("{program()}" topics de); COMP_CWORD=2; _streamline_cli; printf "%s\\n" "${{COMPREPLY[@]}}"\n')
        done = subprocess.run(["bash"], input=script, capture_output=True, text=True, timeout=60)
        self.assertEqual(sorted(done.stdout.split()), ["delete", "describe"])
        self.refused(2, "unknown shell 'bsh', did you mean 'bash'?", "completion", "bsh")
