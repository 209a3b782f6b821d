"""What is around the program goes wrong: closed streams, brokers that die, servers of another kind, tiny terminals, bytes that are no text."""

import contextlib
import os
import socket
import struct
import subprocess
import threading

import terminal
from command import CliTest, program, run

COMMANDS = (
    ("topics", "list"),
    ("topics", "describe", "x"),
    ("topics", "create", "x"),
    ("topics", "export"),
    ("produce", "x"),
    ("consume", "x"),
    ("groups", "list"),
    ("groups", "lag"),
    ("configs", "describe", "topic", "x"),
    ("transactions", "list"),
    ("quotas", "list"),
    ("health",),
    ("top", "-n", "1"),
)


@contextlib.contextmanager
def server(talk):
    """The address of a server that does with each connection what `talk` says, and then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=once, args=(connection,), daemon=True).start()

        def once(connection):
            with connection, contextlib.suppress(OSError):
                talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield "127.0.0.1:%d" % listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def receive(connection, size):
    data = b""
    while len(data) < size and (chunk := connection.recv(size - len(data))):
        data += chunk
    return data


def frame(connection):
    """A request or an answer, with its length."""
    head = receive(connection, 4)
    return head + receive(connection, struct.unpack(">i", head)[0]) if len(head) == 4 else b""


def dies_after(answers):
    """A broker that answers so often, cuts the next answer in half, and is gone."""
    host, _, port = os.environ["STREAMLINE_BOOTSTRAP"].rpartition(":")
    lock, left = threading.Lock(), [answers]

    def talk(connection):
        with socket.create_connection((host, int(port))) as broker:
            while request := frame(connection):
                broker.sendall(request)
                answer = frame(broker)
                with lock:
                    left[0] -= 1
                    is_dead = left[0] < 0
                if is_dead:
                    connection.sendall(answer[: len(answer) // 2])
                    return
                connection.sendall(answer)

    return talk


class Streams(CliTest):
    def shell(self, redirections, *words):
        line = f'exec "$0" "$@" {redirections}'
        return subprocess.run(["sh", "-c", line, program(), *words], capture_output=True, timeout=60)

    def test_a_closed_output_is_an_error_and_never_somebody_elses_connection(self):
        for words in (("topics", "list"), ("--help",), ("reference", "markdown"), ("health", "-o", "json")):
            with self.subTest(words):
                done = self.shell(">&-", *words)
                self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.shell(">&-", "topics", "list").stderr, b"streamline-cli: write to standard output: Bad file descriptor\n")

    def test_a_closed_input_is_an_error_where_it_is_read(self):
        topic = self.topic()
        done = self.shell("<&-", "produce", topic)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"read standard input: Bad file descriptor", done.stderr)
        self.assertEqual(self.values(topic), [])
        done = self.shell("<&-", "topics", "delete", topic)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(self.shell("<&-", "topics", "list").returncode, 0)

    def test_nobody_hears_complaints_where_standard_error_is_closed_and_the_exit_code_stays(self):
        self.assertEqual(self.shell("2>&-", "topics", "describe", "no-such-topic").returncode, 3)
        self.assertEqual(self.shell("<&- >&- 2>&-", "topics", "list").returncode, 1)

    def test_a_full_disk_under_records_is_an_error(self):
        topic = self.topic()
        self.ok("produce", topic, stdin="x\n" * 10)
        done = self.shell(">/dev/full", "consume", topic)
        self.assertEqual((done.returncode, done.stderr), (1, b"streamline-cli: write to standard output: No space left on device\n"))


class Brokers(CliTest):
    def ends(self, address, codes, *words):
        done = run("-b", address, "--request-timeout", "500ms", *words, stdin="x\n")
        self.assertIn(done.code, codes, (words, done.err))
        self.assertEqual(done.out, b"", words)
        self.assertRegex(done.err, r"^streamline-cli: [^\n]+\n$", words)
        return done.err

    def test_other_servers_are_told_from_brokers(self):
        talks = {
            "http": lambda connection: (connection.recv(10), connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
            "mute": lambda connection: receive(connection, 1 << 20),
            "rude": lambda connection: None,
            "negative": lambda connection: (connection.recv(10), connection.sendall(b"\xff\xff\xff\xff")),
            "nonsense": lambda connection: (connection.recv(10), connection.sendall(struct.pack(">i", 8) + b"\0" * 8)),
        }
        for name, talk in talks.items():
            with server(talk) as address:
                for words in COMMANDS:
                    with self.subTest(server=name, words=words):
                        self.assertIn(address, self.ends(address, (1, 6), *words))

    def test_a_broker_that_dies_between_two_answers(self):
        for answers in (0, 1, 2, 3):
            for words in COMMANDS:
                with self.subTest(answers=answers, words=words), server(dies_after(answers)) as address:
                    done = run("-b", address, "--request-timeout", "500ms", *words, stdin="x\n")
                    # Few questions are answered before it dies, and the advertised address leads around it.
                    self.assertIn(done.code, (0, 1, 3, 4, 6), done.err)
                    self.assertLessEqual(len(done.err.splitlines()), 1 if words[0] != "groups" else 3, done.err)


class Terminals(CliTest):
    def test_a_terminal_of_one_column_and_none_at_all(self):
        name = self.topic()
        self.ok("produce", name, stdin="x\n")
        for rows, columns in ((1, 1), (0, 0), (2, 3)):
            for words in (("topics", "list"), ("top", "-n", 1), ("consume", name), ("groups", "list"), ("--help",), ("health",)):
                with self.subTest(rows=rows, columns=columns, words=words):
                    self.assertEqual(terminal.run(*words, rows=rows, columns=columns)[0], 0)
            self.assertEqual(terminal.run("produce", name, "--template", "x", "-n", 25, "--rate", 20, rows=rows, columns=columns)[0], 0)


class Bytes(CliTest):
    def test_records_that_are_no_text_go_through_every_form(self):
        topic = self.topic()
        self.ok("produce", topic, "--json", stdin='{"key":{"base64":"/w=="},"value":{"base64":"//4bWzJK"},"headers":[{"key":{"base64":"/w=="},"value":{"base64":"/w=="}}]}\n')
        for form in ("table", "wide", "csv", "yaml", "json"):
            with self.subTest(form):
                self.ok("consume", topic, "-o", form).out.decode()
        self.assertEqual(self.ok("consume", topic, "--decode-value", "hex").text, "fffe1b5b324a\n")
        self.assertEqual(self.ok("consume", topic, "--grep", "x1b").text, "")

    def test_names_that_are_no_text_are_refused_in_words(self):
        for words in ((b"topics", b"describe", b"\xff"), (b"topics", b"create", b"a\xffb"), (b"consume", b"\xc3\x28"), (b"\xff",), (b"-b", b"\xff:1", b"topics", b"list")):
            with self.subTest(words):
                done = subprocess.run([program(), *words], capture_output=True, timeout=60)
                self.assertIn(done.returncode, (1, 2, 3, 6))
                self.assertEqual(done.stdout, b"")
                self.assertTrue(done.stderr.startswith(b"streamline-cli: "), done.stderr)
                self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)

