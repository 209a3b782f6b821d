"""Every command in every form: whole outputs against golden/COMMAND.txt, a transcript each, and JSON against the keys that the command
itself tells. The transcripts are of a server that holds what setUpClass puts into it; elsewhere the keys are looked at alone."""

import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import unittest

import answer_keys
import golden
from command import CliTest, program, run
from run import ephemeral

FORMS = ("", "table", "wide", "json", "yaml", "csv", "name", "help")
# Printed elsewhere in the tree, where it is compared too.
ELSEWHERE = {"reference": "docs/commands.md"}


BLANKS = r" +"


class Case:
    """How a command is called: `{form}` in a word is the form's name, so that what is written to has another name each time. `blur` are
    patterns of what no two runs share, and words instead; where widths differ with it, a table's blanks become one. `ours`: no other
    broker answers it."""

    def __init__(self, *words, stdin="", code=0, forms=FORMS, blur=(), ours=False):
        self.words, self.stdin, self.code, self.forms, self.blur, self.ours = words, stdin, code, forms, blur, ours

    def blurred(self, text, form):
        for pattern, word in self.blur:
            if pattern != BLANKS or form not in ("json", "yaml"):
                text = re.sub(pattern, word, text)
        return text


ONE_FORM = {"forms": ("",)}
DIGITS = ((r"\d+(?:\.\d+)?", "N"), (BLANKS, " "))
TOOK = ((r"took \d+ ms", "took N ms"), (r'(duration_ms"?: )\d+', r"\1N"), (r"(\dZ,)\d+,", r"\1N,"))
CASES = {
    "topics list": Case(),
    "topics create": Case("made-{form}", "-p", 2, "--dry-run"),
    "topics describe": Case("orders"),
    "topics alter": Case("orders", "-c", "retention.ms=60000", "--dry-run"),
    "topics add-partitions": Case("orders", "--add", 1, "--dry-run"),
    "topics trim": Case("orders", "--before", 1, "--dry-run"),
    "topics clone": Case("orders", "copy", "--dry-run"),
    "topics diff": Case("orders", "users", code=1),
    "topics export": Case("orders", "users"),
    "topics import": Case("-", "--dry-run", stdin='[{"topic":"orders","partitions":1},{"topic":"fresh","partitions":1}]'),
    "topics watch": Case("-n", 1),
    "topics delete": Case("orders", "--dry-run"),
    "configs list": Case(),
    "configs describe": Case("topic", "orders", "retention.ms", "cleanup.policy"),
    "configs set": Case("topic", "orders", "retention.ms=5", "--dry-run"),
    "configs unset": Case("topic", "orders", "retention.ms", "--dry-run"),
    "groups list": Case(),
    "groups describe": Case("billing", "live", blur=TOOK),
    "groups members": Case("live"),
    "groups lag": Case("billing"),
    "groups reset": Case("billing", "--to", "earliest", "--dry-run"),
    "groups delete": Case("billing", "--dry-run"),
    "produce": Case("into-{form}", "-p", 0, stdin="a\nb\n"),
    "consume": Case("orders", "-p", 0),
    "transactions list": Case(),
    "transactions describe": Case("pay-1"),
    "transactions producers": Case("users"),
    "transactions find-hanging": Case(),
    "transactions abort": Case("pay-1", "--dry-run"),
    "quotas list": Case(),
    "quotas set": Case("--client", "etl", "producer_byte_rate=5", "--dry-run"),
    "quotas unset": Case("--client", "etl", "producer_byte_rate", "--dry-run"),
    "clients list": Case("--client", "golden", blur=DIGITS, ours=True),
    "clients kill": Case("--client", "golden", "--dry-run", blur=DIGITS, ours=True),
    "clients activity": Case("-t", "orders", "--readers"),
    "health": Case(blur=DIGITS),
    "doctor": Case(blur=((r"with \d+ APIs", "with N APIs"),)),
    "top": Case("-n", 1),
    "bench": Case("-n", 10, blur=DIGITS),
    "shell": Case(stdin="topics list\ntopics nonsense\ntopics list\n", code=2, **ONE_FORM),
    "profile list": Case(),
    "profile show": Case(),
    "profile set": Case("home", "output=wide", **ONE_FORM),
    "profile unset": Case("home", "output", **ONE_FORM),
    "profile use": Case("home", **ONE_FORM),
    "profile delete": Case("home", **ONE_FORM),
    "completion": Case("bash", **ONE_FORM),
}


def commands():
    """Those that the program knows."""
    return re.findall(r"^## streamline-cli (.*)$", run("reference", "markdown").text, re.MULTILINE)


class Golden(CliTest):
    @classmethod
    def setUpClass(cls):
        cls.resources = contextlib.ExitStack()
        cls.addClassCleanup(cls.resources.close)
        folder = cls.resources.enter_context(tempfile.TemporaryDirectory())
        cls.environment = {"STREAMLINE_CONFIG_FILE": os.path.join(folder, "cli.toml")}
        cls.is_own = bool(os.environ.get("STREAMLINE_SERVER"))
        if cls.is_own:
            # Nobody else's topics are to be seen.
            cls.environment["STREAMLINE_BOOTSTRAP"] = cls.resources.enter_context(ephemeral(os.environ["STREAMLINE_SERVER"]))
        cls.fill()

    @classmethod
    def do(cls, *words, stdin=""):
        done = run(*words, stdin=stdin, env=cls.environment)
        assert done.code == 0, (words, done.err)
        return done

    @classmethod
    def fill(cls):
        # Left by a run against the same broker.
        run("topics", "delete", "orders", "users", "--yes", env=cls.environment)
        cls.do("topics", "create", "orders", "-p", 2, "-r", 1, "-c", "retention.ms=-1")
        cls.do("topics", "create", "users", "-p", 1, "-r", 1)
        for form in (*FORMS, "keys"):
            cls.do("topics", "create", f"into-{form or 'plain'}", "-p", 1, "-r", 1, "--if-not-exists")
        cls.do("produce", "orders", "-p", 0, "-k", "k", "-H", "trace=7", "--timestamp", 1000, stdin='one\ntwo, "2"\n')
        cls.do("produce", "orders", "-p", 1, "--timestamp", 2000, "--json", stdin='{"value":{"base64":"/wA="}}\n')
        cls.do("produce", "users", "--transactional", "pay-1", stdin="u\n")
        cls.do("consume", "orders", "-g", "billing")
        cls.do("quotas", "set", "--client", "etl", "producer_byte_rate=1048576")
        cls.do("profile", "set", "work", "bootstrap=127.0.0.1:9092", "request-timeout=5s")
        words = [program(), "consume", "orders", "-g", "live", "-f"]
        live = subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, **cls.environment})
        cls.resources.callback(lambda: (live.terminate(), live.wait(60), live.stdout.close()))
        # The group has its shape once it reads.
        live.stdout.readline()
        # A client that asks once which APIs there are, and stays.
        host, _, port = (os.environ | cls.environment)["STREAMLINE_BOOTSTRAP"].rpartition(":")
        golden_client = cls.resources.enter_context(socket.create_connection((host, int(port))))
        golden_client.sendall(struct.pack(">ihhih6s", 16, 18, 0, 1, 6, b"golden"))
        assert golden_client.recv(4)

    def call(self, command, case, form, name=None):
        words = [str(word).format(form=name or form or "plain") for word in case.words]
        words = [*command.split(), *words, *(["-o", form] if form else [])]
        return words, run(*words, stdin=case.stdin, env=self.environment)

    def test_every_command_has_a_golden_and_no_golden_is_left_over(self):
        self.assertEqual(sorted(CASES | ELSEWHERE), sorted(commands()))
        kept = {path.stem for path in golden.FOLDER.glob("*.txt")}
        self.assertEqual(kept, {command.replace(" ", "-") for command in CASES})

    def test_outputs_are_the_golden_ones(self):
        if not self.is_own:
            raise unittest.SkipTest("the transcripts are of a server of our own")
        for command, case in CASES.items():
            with self.subTest(command):
                transcript = ""
                for form in case.forms:
                    words, done = self.call(command, case, form)
                    text = done.text if form == "help" else case.blurred(done.text, form)
                    told = "".join(f"! {line}\n" for line in done.err.splitlines())
                    ended = f"= {done.code}\n" if done.code else ""
                    transcript += f"$ streamline-cli {' '.join(words)}\n{text}{told}{ended}\n"
                golden.check(self, command.replace(" ", "-") + ".txt", transcript)

    def test_exit_codes_and_keys_are_what_was_told(self):
        for command, case in CASES.items():
            if "json" not in case.forms or (case.ours and not self.is_own):
                continue
            with self.subTest(command):
                types = answer_keys.parse(self.call(command, case, "help", "keys")[1].text)
                _, done = self.call(command, case, "json", "keys")
                self.assertEqual(done.code, case.code, done.err)
                # Records and looks come one by one.
                texts = done.lines if command in ("consume", "top", "topics watch") else [done.text]
                self.assertTrue(texts, "nothing was said")
                for text in texts:
                    self.assertEqual(answer_keys.faults(json.loads(text), types), [])


class Keys(unittest.TestCase):
    def test_what_differs_from_the_keys_is_found(self):
        types = answer_keys.parse(
            "Keys of json, yaml and csv, version 1:\nKEY           TYPE             MEANING\n[].a          integer or null  x\n"
            "[].b          object or null   x\n[].b.c        text             x\n[].d[].e      list of integer  x\n[].f{}        object of text   x\n")
        good = {"a": None, "b": {"c": "x"}, "d": [{"e": [1]}], "f": {"k": "v"}}
        self.assertEqual(answer_keys.faults([good, {**good, "b": None, "d": []}], types), [])
        for bad in ({"a": "1"}, {"a": True}, {"b": {}}, {"b": {"c": 1}}, {"d": [{"e": ["1"]}]}, {"d": [1]}, {"f": {"k": 1}}, {"g": 1}):
            self.assertTrue(answer_keys.faults([{**good, **bad}], types), bad)
        self.assertTrue(answer_keys.faults([{"a": 1}], types))
