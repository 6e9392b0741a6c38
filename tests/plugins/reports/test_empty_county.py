"""A county that has just switched everything on and entered nothing: no page and no paper prints a number that nobody gave."""

import re
from io import BytesIO

import docx
import pytest
from editing_world import BOSS, GOOD, MODULES

from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.periods.opening import open_period

# a zero with a unit, a rate of 0 %, a promise nobody made; "0 to settle" and the like count what is there and are no figures
# on pages how long a list is may be 0 (0期, 0名, 0间): that is counted, not claimed
INVENTED = re.compile(r"(?<![\d.])0(?:\.0)?\s?(?:%|人次|名(?!单)|家|间|人|元|万元|对|场|篇|期(?!数))|1,?000\s?万元")


@pytest.fixture
def empty(db, registry):
    """(client, county) of a county without a single record."""
    county = create_county("bare", "白纸县")
    with scoped(county_scope(county)):
        for name in MODULES:
            enable(registry, county, name, "周敏")
        open_period(county, "2023H1", None, county_registry(registry, county), BOSS)
    grant_role(create_user("bai", "白", GOOD, must_change=False), "county_admin", county, None)
    database.close()
    app = create_app(registry)
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)[1]
    client.post("/login", data={"csrf_token": token, "username": "bai", "password": GOOD})
    return app, client, token


def seen(page):
    """What a reader sees of the main part, scripts and drawings left out."""
    page = re.sub(r"<script.*?</script>|<svg.*?</svg>|<select.*?</select>", " ", page.partition("<main")[2], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_no_page_of_any_module_invents_a_number(empty):
    app, client, _token = empty
    screens = {r.rule for r in app.url_map.iter_rules() if r.endpoint.endswith(".index") and "GET" in r.methods and not r.arguments}
    own = sorted(
        rule for rule in screens if any(rule.lstrip("/").startswith(name) for name in ("loans", "study", "chamber", "volunteers", "reform", "ledger"))
    )
    found = {}
    for path in ["/", *own, "/report/", "/periods/"]:
        answer = client.get("/c/bare" + path)
        if answer.status_code == 200 and (wrong := [w for w in INVENTED.findall(seen(answer.text)) if w[-1] not in "期名间"]):
            found[path] = wrong
    assert len(own) > 8
    assert found == {}, found


def test_neither_the_draft_nor_the_final_paper_does(empty):
    _app, client, _token = empty
    draft = client.get("/c/bare/report/file/md?period=2023H1").text.partition("## 附件")[0]
    assert INVENTED.findall(draft) == [] and "双下降" not in draft and "全覆盖" not in draft
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/c/bare/account/").text)[1]
    client.post("/c/bare/periods/lock", data={"csrf_token": token, "period": "2023H1", "sure": "1", "reason": "测"})
    client.post("/c/bare/report/publish", data={"csrf_token": token, "period": "2023H1", "reason": "新县，本期无记录"})
    data = client.post("/c/bare/report/word", data={"csrf_token": token, "period": "2023H1"}).data
    body = "\n".join(p.text for p in docx.Document(BytesIO(data)).paragraphs)
    assert "白纸县" in body and INVENTED.findall(body) == [] and "待核实" not in body and "—，" not in body
    assert not re.search(r"[一二三]是", body)  # nothing was done: no item is left that says otherwise


@pytest.mark.parametrize("kind", ("html", "md", "json"))
def test_every_format_is_a_file_that_a_server_can_send(empty, kind):
    """HTTP carries ASCII in its headers; Flask's client takes more, a server ends the answer."""
    _app, client, _token = empty
    answer = client.get(f"/c/bare/report/file/{kind}?period=2023H1")
    assert answer.status_code == 200 and all(value.isascii() for _name, value in answer.headers), answer.headers
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
