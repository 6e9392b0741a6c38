"""`check` reads tables that must fit together as they were at one moment, while a server writes."""

import threading

from youthpilot.core.kernel.connection import at_one_moment
from youthpilot.core.kernel.db import database
from youthpilot.core.organizations.models import Organization
from youthpilot.core.registry import Registry
from youthpilot.core.testing import make_organization
from youthpilot.plugins.operations.checking import areas


class Writer(threading.Thread):
    """Somebody who makes one organization after the other, on a connection of his own."""

    def __init__(self, county):
        super().__init__(daemon=True)
        self.county, self.stopping, self.made = county, threading.Event(), 0

    def run(self):
        while not self.stopping.is_set():
            self.made += 1
            make_organization(self.county, f"新村{self.made}")
        database.close()


def test_what_is_just_being_written_is_no_damage(in_county):
    for number in range(80):
        make_organization(in_county, f"村{number}")
    writer, registry = Writer(in_county), Registry()
    writer.start()
    try:
        found = [text for _time in range(5) for area in areas(registry) if area.title == "组织关系" for text in area.findings]
    finally:
        writer.stopping.set()
        writer.join(20)
    assert found == [] and writer.made > 5


def test_inside_nothing_is_seen_of_what_is_committed_meanwhile(in_county):
    with at_one_moment():
        before = Organization.select().count()
        one = threading.Thread(target=lambda: (make_organization(in_county, "甲村"), database.close()))
        one.start()
        one.join(20)
        assert Organization.select().count() == before
    assert Organization.select().count() == before + 1
