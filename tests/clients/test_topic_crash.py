"""Topics that are made, grown and deleted by several clients while the broker is killed: what was answered holds, nothing is half there."""

import os
import random
import threading
import unittest

from support.broker import open_broker, wait_until
from support.errors import Err
from support.topics import unique_topic
from support.wire import Closed
from wire_case import WireCase

LONG = os.environ.get("STREAMLINE_LONG") == "1"
KILLS = 100 if LONG else 10
CLIENTS = 2
CHANGES_A_KILL = 40
SEED = 20261121
GONE, UNKNOWN = None, "unknown"


class Churn(threading.Thread):
    """One client with topics of its own: name -> what may be there, each an id and a number of partitions, or GONE."""

    def __init__(self, connection, chance, known):
        super().__init__()
        self.connection, self.chance = connection, chance
        self.may_be = {name: {state} for name, state in known.items()}
        self.answered = 0
        self.refused = []

    def run(self):
        try:
            while True:
                self.change()
                self.answered += 1
        except (Closed, OSError):
            """The broker was killed."""
        finally:
            self.connection.close()

    def change(self):
        there = [name for name, states in self.may_be.items() if GONE not in states]
        kind = self.chance.random()
        if kind < 0.5 or not there:
            self.make([unique_topic() for _ in range(self.chance.choice((1, 3, 10)))])
        elif kind < 0.75:
            self.delete(self.chance.choice(there))
        else:
            self.grow(self.chance.choice(there))

    def make(self, names):
        self.may_be |= {name: {GONE, UNKNOWN} for name in names}
        topics = [{"Name": name, "NumPartitions": 2, "ReplicationFactor": 1} for name in names]
        for answer in self.connection.call("CreateTopics", 7, Topics=topics, TimeoutMs=10_000)["Topics"]:
            self.settle(answer, answer["Name"], (answer["TopicId"], 2))

    def delete(self, name):
        self.may_be[name] |= {GONE}
        answer = self.connection.call("DeleteTopics", 6, Topics=[{"Name": name}], TimeoutMs=10_000)["Responses"][0]
        self.settle(answer, name, GONE)

    def grow(self, name):
        ((topic_id, count),) = self.may_be[name]
        self.may_be[name] |= {(topic_id, count + 1)}
        asked = [{"Name": name, "Count": count + 1, "Assignments": None}]
        answer = self.connection.call("CreatePartitions", 3, Topics=asked, TimeoutMs=10_000)["Results"][0]
        self.settle(answer, name, (topic_id, count + 1))

    def settle(self, answer, name, state):
        if answer["ErrorCode"]:
            self.refused.append((name, Err(answer["ErrorCode"]).name))
        self.may_be[name] = {state}

    def wrong(self, seen):
        """What is there and may not be, or the other way round."""
        return {
            name: (states, seen.get(name))
            for name, states in self.may_be.items()
            if seen.get(name) not in states and not (UNKNOWN in states and seen.get(name, GONE)[1] == 2)
        }


class TopicsThroughKills(WireCase):
    def setUp(self):
        self.broker = open_broker(restartable=True)
        self.addCleanup(self.broker.close)
        super().setUp()

    def topics(self):
        with self.broker.connect() as connection:
            topics = connection.call("Metadata", 12, Topics=None)["Topics"]
        return {topic["Name"]: (topic["TopicId"], len(topic["Partitions"])) for topic in topics}

    def test_what_was_answered_of_topics_holds_after_each_kill(self):
        if self.on_kafka:
            self.skipTest("Metadata is late there (section 14.27)")
        print(f"seed {SEED}")
        chance = random.Random(SEED)
        known = [{} for _ in range(CLIENTS)]
        for kill in range(KILLS):
            clients = [Churn(self.broker.connect(), random.Random(chance.random()), mine) for mine in known]
            for client in clients:
                client.start()
            most = chance.randrange(CHANGES_A_KILL)
            wait_until(lambda: sum(client.answered for client in clients) >= most, "clients change topics")
            self.broker.kill()
            for client in clients:
                client.join()
            self.broker.restart()
            seen = self.topics()
            self.assertEqual([client.refused for client in clients], [[]] * CLIENTS)
            self.assertEqual([client.wrong(seen) for client in clients], [{}] * CLIENTS, f"after kill {kill}")
            self.assertEqual(set(seen) - set().union(*(client.may_be for client in clients)), set())
            known = [{name: seen[name] for name in client.may_be if name in seen} for client in clients]


if __name__ == "__main__":
    unittest.main()
