"""profile, .streamline.toml, and which of line, environment, project and profile wins."""

import os
import pathlib
import subprocess
import tempfile

from command import CliTest, program, run


class Profiles(CliTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "deep" / "cli.toml"
        self.env = {"STREAMLINE_CONFIG_FILE": str(self.file), "STREAMLINE_BOOTSTRAP": ""}
        self.broker = os.environ["STREAMLINE_BOOTSTRAP"]

    def shown(self, *words):
        return {row["key"]: row["value"] for row in self.ok("profile", "show", *words, "-o", "json", env=self.env).json}

    def test_a_profile_says_where_the_brokers_are(self):
        self.ok("profile", "set", "work", f"bootstrap={self.broker}", "output=json", env=self.env)
        self.ok("profile", "set", "gone", "bootstrap=127.0.0.1:1", env=self.env)
        self.assertEqual([row["profile"] for row in self.ok("profile", "list", "-o", "json", env=self.env).json], ["gone", "work"])
        self.assertEqual(self.shown(), {"bootstrap": self.broker, "output": "json"})
        self.assertIsInstance(self.ok("topics", "list", env=self.env).json, list)
        self.refused(6, "127.0.0.1:1", "topics", "list", "--profile", "gone", env=self.env)
        self.refused(6, "127.0.0.1:1", "topics", "list", "-b", "127.0.0.1:1", env=self.env)
        self.ok("profile", "use", "gone", env=self.env)
        self.refused(6, "127.0.0.1:1", "topics", "list", env=self.env)
        self.ok("topics", "list", env={**self.env, "STREAMLINE_PROFILE": "work"})
        self.ok("profile", "unset", "work", "output", env=self.env)
        self.assertEqual(self.shown("work"), {"bootstrap": self.broker})
        self.ok("profile", "delete", "gone", env=self.env)
        self.assertEqual(self.ok("profile", "list", "-o", "name", env=self.env).text, "work\n")
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o600)

    def test_a_project_chooses_for_its_folder(self):
        self.ok("profile", "set", "work", "bootstrap=127.0.0.1:1", "client-id=me", env=self.env)
        inner = self.folder / "project" / "src"
        inner.mkdir(parents=True)
        (inner.parent / ".streamline.toml").write_text(f'bootstrap = "{self.broker}"\n')
        words = [program(), "profile", "show", "-o", "csv"]
        done = subprocess.run(words, cwd=inner, env={**os.environ, **self.env}, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout.splitlines(), ["key,value", f"bootstrap,{self.broker}", "client-id,me"])

    def test_wrong_words_change_nothing(self):
        self.ok("profile", "set", "work", "output=wide", env=self.env)
        before = self.file.read_text()
        self.refused(2, "a profile has no 'bootstarp', did you mean 'bootstrap'?", "profile", "set", "work", "bootstarp=x", env=self.env)
        self.refused(2, "'99999'", "profile", "set", "work", "bootstrap=a:99999", env=self.env)
        self.refused(2, "and not 'xml'", "profile", "set", "work", "output=xml", env=self.env)
        self.refused(2, "is no name for a profile", "profile", "set", "a b", "output=json", env=self.env)
        self.refused(3, "there is no profile 'wrk', did you mean 'work'?", "profile", "use", "wrk", env=self.env)
        self.assertEqual(self.file.read_text(), before)

    def test_a_broken_file_is_named_with_its_line_and_stops_nothing_that_needs_no_broker(self):
        self.file.parent.mkdir()
        self.file.write_text('[work]\nbootstarp = "x"\n')
        done = run("topics", "list", env=self.env)
        self.assertEqual(done.code, 2)
        self.assertIn(f"{self.file}:2: unknown key 'bootstarp', did you mean 'bootstrap'?", done.err)
        self.ok("completion", "bash", env=self.env)
