"""Real clients in classic groups: twenty members on a hundred partitions, and members that stand still for longer than their session."""

import itertools
import unittest

import agents
import test_groups
from test_groups import GroupCase


def setUpModule():
    test_groups.setUpModule()


class Crowd(GroupCase):
    """Twenty members share a hundred partitions; some leave, some are killed."""

    partitions = 100
    MEMBERS = 20

    def run_crowd(self, names, assignor):
        names = agents.pick(test_groups.COMMANDS, *names)
        for name in itertools.islice(itertools.cycle(names), self.MEMBERS):
            self.join(name, assignor)
        self.await_members(self.MEMBERS)
        self.write(5)
        self.await_processed()
        for member in self.members[:5]:
            self.assertTrue(member.leave(), member.other[-3:])
        for member in self.members[5:8]:
            member.kill()
        self.await_members(self.MEMBERS - 8)
        self.write(5)
        self.await_processed()
        self.leave_all()
        self.check_committed()

    def test_eager_members(self):
        self.run_crowd(["go", "go", "go", "python"], "range")

    def test_cooperative_members(self):
        self.run_crowd(["go", "go", "go", "python"], "cooperative-sticky")


class Stalling(GroupCase):
    """A member that stands still for longer than its session loses its partitions, and comes back without harm."""

    def run_stall(self, name):
        name = agents.pick(test_groups.COMMANDS, name)[0]
        stalls = self.join(name)
        self.await_members(1)
        self.join(name)
        self.survive_stall(stalls)
        self.leave_all()
        self.check_committed()

    def test_java(self):
        self.run_stall("java")

    def test_go(self):
        self.run_stall("go")

    def test_python(self):
        self.run_stall("python")

    def test_kafkajs(self):
        self.run_stall("node")


if __name__ == "__main__":
    unittest.main()
