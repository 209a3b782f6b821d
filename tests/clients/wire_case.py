"""The base of the tests that speak raw Kafka: a broker per module, a connection per test, errors by name."""

import contextlib
import itertools
import threading
import unittest

from support.broker import open_broker
from support.wire import Closed
from support.errors import Err
from support.groups import Member, await_coordinator, unique_group
from support.topics import append, create_topic, fetch


class WireCase(unittest.TestCase):
    broker = None
    # Options of a broker for each test alone; None = the module's.
    own_broker = None

    def setUp(self):
        if self.own_broker is not None:
            self.broker = open_broker(restartable=True, **self.own_broker)
            self.addCleanup(self.broker.close)
        self.connection = self.connect()

    def connect(self):
        connection = self.broker.connect()
        self.addCleanup(connection.close)
        return connection

    def kill_during(self, change, enough):
        """Calls change(number) with 0, 1, ... which raises when it is refused, kills the broker once `enough` were answered, whatever is
        under way, and starts it again. How many were answered: the one behind them may or may not have counted."""
        answered, ended = [0], threading.Event()

        def go_on():
            try:
                for number in itertools.count():
                    change(number)
                    answered[0] = number + 1
                    if answered[0] == enough:
                        ended.set()
            except (Closed, OSError):
                pass
            finally:
                ended.set()

        changing = threading.Thread(target=go_on)
        changing.start()
        ended.wait()
        self.broker.kill()
        changing.join()
        self.assertGreaterEqual(answered[0], enough, "a change was refused")
        self.broker.restart()
        self.connection = self.connect()
        return answered[0]

    @property
    def on_kafka(self):
        """True where Apache Kafka is under test: some rules are ours to keep better (section 14 says which)."""
        return self.broker.is_peer

    def assert_error(self, answer, error):
        code = answer if isinstance(answer, int) else answer["ErrorCode"]
        self.assertEqual(Err(code).name, Err(error).name, answer)

    def assert_dropped(self, connection):
        self.assertTrue(connection.is_closed(), "the broker keeps the connection")

    @contextlib.contextmanager
    def unharmed_neighbour(self):
        """Another connection works before, and the same one after, whatever happens in between."""
        neighbour = self.connect()
        topic = create_topic(self.broker)
        self.assertEqual(append(neighbour, topic, b"before"), 0)
        yield neighbour
        self.assertEqual(append(neighbour, topic, b"after"), 1)
        self.assertEqual(fetch(neighbour, topic)["HighWatermark"], 2)


class WireGroupCase(WireCase):
    """With a group of its own, whose coordinator is there."""

    def setUp(self):
        super().setUp()
        self.group = unique_group()
        await_coordinator(self.connection, self.group)

    def member(self, **more):
        return Member(self.connect(), self.group, **more)


def use_module_broker(**options):
    """For setUpModule."""
    WireCase.broker = open_broker(**options)
    unittest.addModuleCleanup(WireCase.broker.close)
