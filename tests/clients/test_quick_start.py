"""The snippets of docs/quick-start.md, each run as it stands but for the broker's address and the topic."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import agents
from support.broker import lacking, open_broker
from support.topics import unique_topic
from wire_case import WireCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT_S = 120


def snippets():
    """name -> text, in the order of the page."""
    page = (ROOT / "docs" / "quick-start.md").read_text()
    return dict(re.findall(r"<!-- snippet: (\S+) -->\n```\w+\n(.*?)```\n", page, re.DOTALL))


class QuickStart(WireCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = open_broker()
        cls.addClassCleanup(cls.broker.close)
        cls.snippets = snippets()

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="streamline-quick-start-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.topic = unique_topic()

    def text(self, name):
        return self.snippets[name].replace("localhost:9092", self.broker.bootstrap).replace("greetings", self.topic).replace("readers", self.topic)

    def file(self, file_name, name):
        path = self.directory / file_name
        path.write_text(self.text(name))
        return path

    def says_hello(self, *command, **more):
        done = subprocess.run([str(word) for word in command], cwd=self.directory, capture_output=True, text=True, timeout=LIMIT_S, check=False, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split()[:1], ["hello"], done.stdout + done.stderr)

    def shell(self, name, place):
        """With a folder before the PATH in which the tools are found."""
        self.says_hello("sh", "-ec", self.text(name), env={**os.environ, "PATH": f"{place}:{os.environ['PATH']}"})

    def needs(self, program):
        if shutil.which(program) is None:
            raise lacking(f"{program} is not here")

    def test_ten_clients_have_a_snippet(self):
        self.assertEqual(len(self.snippets), 10)

    def test_streamline_cli(self):
        binary = pathlib.Path(self.broker.binary or "").parent
        if not (binary / "streamline-cli").exists():
            raise unittest.SkipTest("there is no streamline-cli beside the server")
        self.shell("streamline-cli", binary)

    def test_kcat(self):
        self.needs("kcat")
        self.shell("kcat", self.directory)

    def test_console(self):
        commands = agents.load()
        agents.pick(commands, "java-tools")
        for tool, main in (("producer", "ConsoleProducer"), ("consumer", "consumer.ConsoleConsumer")):
            script = self.directory / f"kafka-console-{tool}.sh"
            words = " ".join(f"'{word}'" for word in commands["java-tools"])
            script.write_text(f"#!/bin/sh\nexec {words} org.apache.kafka.tools.{main} \"$@\"\n")
            script.chmod(0o755)
        self.shell("console", self.directory)

    def test_python(self):
        commands = agents.load()
        agents.pick(commands, "python")
        self.says_hello(commands["python"][0], self.file("greetings.py", "python"))

    def java(self, name):
        commands = agents.load()
        agents.pick(commands, "java-tools")
        self.says_hello(*commands["java-tools"], self.file("Greetings.java", name))

    def test_java(self):
        self.java("java")

    def test_java_consumer_protocol(self):
        self.java("java-consumer-protocol")

    def test_go(self):
        self.needs("go")
        self.file("main.go", "go")
        for part in ("go.mod", "go.sum"):
            shutil.copy(ROOT / "tests" / "clients" / "go" / part, self.directory)
        self.says_hello("go", "run", "-mod=mod", "main.go")

    def test_node(self):
        commands = agents.load()
        agents.pick(commands, "node")
        modules = commands["node"][1].partition("=")[2]
        self.says_hello("node", self.file("greetings.cjs", "node"), env={**os.environ, "NODE_PATH": f"{modules}/node_modules"})

    def test_c(self):
        self.needs("gcc")
        self.needs("pkg-config")
        words = subprocess.run(["pkg-config", "--cflags", "--libs", "rdkafka"], capture_output=True, text=True, check=False)
        if words.returncode != 0:
            raise lacking("librdkafka-dev is not here")
        source = self.file("greetings.c", "c")
        subprocess.run(["gcc", source, "-o", self.directory / "greetings", *words.stdout.split()], check=True, timeout=LIMIT_S)
        self.says_hello(self.directory / "greetings")

    def test_embedded(self):
        archive = pathlib.Path(self.broker.binary or "").parent.parent / "lib" / "libstreamline.a"
        if not archive.exists():
            raise unittest.SkipTest("the archive was not built")
        source = self.file("greetings.cc", "embedded")
        libraries = ["-lre2", "-llz4", "-lzstd", "-lsnappy", "-lz", "-pthread"]
        command = ["g++", "-std=c++20", f"-I{ROOT / 'include'}", source, archive, *libraries, "-o", self.directory / "greetings"]
        subprocess.run([str(word) for word in command], check=True, timeout=LIMIT_S)
        self.says_hello(self.directory / "greetings")
