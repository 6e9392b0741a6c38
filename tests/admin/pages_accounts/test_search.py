"""The search: core's hits, those of the platform's plugins and of modules; one that fails harms nothing else."""

from types import ModuleType

import pytest

from youthpilot.core import SearchHit, SearchHits, hookimpl
from youthpilot.core.audit.models import PluginFault
from youthpilot.core.counties.services import enable
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.models import Organization
from youthpilot.core.plugin import Plugin

from .conftest import chinese_only


@pytest.fixture
def found(world):
    """What the module 寻物 finds; a test changes it."""
    hits, module = [], ModuleType("finder")
    module.PLUGIN = Plugin(name="finder", title="寻物", requires="2")

    def county_search(words, most):
        if hits == ["raise"]:
            raise ValueError("no hits")
        assert words and most == 20
        return hits

    module.county_search = hookimpl(county_search)
    assert world.registry.add(module), world.registry.failures
    enable(world.registry, world.county, "finder", "周敏")
    failures = len(world.registry.failures)
    yield hits
    world.registry.refuse("finder", ValueError("the test is over"))  # the registry is shared with the other tests
    del world.registry.failures[failures:]


def look(world, words):
    page = world.client("admin").get(f"/c/test/search/?q={words}").text
    chinese_only(page)
    return page


def test_a_modules_hits_stand_beside_those_of_core(world, found):
    with scoped(county_scope(world.county)):
        name = Organization.select().where(Organization.parent.is_null(False)).get().name
    found.append(SearchHits("失物", "module", (SearchHit("一把伞", "红色", "/c/test/lost/1"),), 5))
    page = look(world, name)
    assert page.index("失物") < page.index("一把伞") < page.index("红色") < page.index("团组织", page.index("红色"))
    assert 'href="/c/test/lost/1"' in page and name in page


def test_a_module_that_fails_leaves_the_others_hits(world, found):
    with scoped(county_scope(world.county)):
        name = Organization.select().where(Organization.parent.is_null(False)).get().name
    found.append("raise")
    before = PluginFault.select().count()
    assert f"<h3>{name}</h3>" in look(world, name) and PluginFault.select().count() == before + 1


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example", "/\t/elsewhere.example"]
)
def test_a_hit_leads_nowhere_else(url):
    with pytest.raises(ValueError, match="an address of this site"):
        SearchHit("伞", "", url)
