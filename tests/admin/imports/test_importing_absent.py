"""Importing is a plugin of the platform: its pages stand in the menu where they always stood, and nothing breaks where it is not."""

import re
import threading
from types import ModuleType

import pytest

from youthpilot.core import Plugin, hookimpl
from youthpilot.core import housekeeping as running
from youthpilot.core.app import create_app
from youthpilot.core.registry import Registry
from youthpilot.plugins.importing import jobs


def test_its_pages_stand_first_among_those_of_the_system(site):
    page = site.enter("admin").get("/organizations/").get_data(as_text=True)
    found = re.findall(r'href="/c/test/(periods|imports|modules|users)/"', page)
    assert list(dict.fromkeys(found)) == ["periods", "imports", "modules", "users"]


def test_without_it_the_pages_of_core_answer_and_offer_no_import(site):
    enter = type(site.enter("admin"))
    browser = enter(create_app(Registry(platform=("figures", "reports")), TESTING=False), "admin")
    for path in ("/", "/organizations/", "/cadres/", "/periods/", "/periods/open", "/modules/"):
        answer = browser.get(path)
        assert answer.status_code == 200 and "/imports/" not in answer.get_data(as_text=True), path
    assert browser.get("/imports/").status_code == 404
    steps = [browser.get("/").get_data(as_text=True), site.enter("admin").get("/").get_data(as_text=True)]
    assert [page.count("录入团组织") for page in steps] == [1, 0] and [page.count("导入团组织") for page in steps] == [0, 1]
    assert 'href="/c/test/organizations/new"' in steps[0]
    for page in steps:  # it counts the steps that it lists
        assert f"{len(re.findall(r'<h3>[0-9][.] ', page))}步到第一份总结" in page


@pytest.mark.parametrize("hook", ["register_housekeeping", "county_contract_checks"])
def test_a_module_cannot_take_what_is_the_platforms(registry, hook):
    module = ModuleType("kite")
    module.PLUGIN = Plugin(name="kite", title="风筝", requires="2")
    implementation = lambda: []  # noqa: E731
    implementation.__name__ = hook
    setattr(module, hook, hookimpl(implementation))
    assert not registry.add(module) and f"{hook!r} is for the platform's own plugins" in registry.failures[-1].reason


def test_a_server_goes_on_and_tidies_up_and_one_that_fails_stops_no_other(db, registry):
    assert registry.housekeeping() == [jobs.resume, jobs.sweep] and Registry(platform=()).housekeeping() == []
    done = threading.Event()

    def fails():
        raise RuntimeError("nothing goes")

    running.start([fails, done.set])
    assert done.wait(5)
