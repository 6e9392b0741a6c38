"""security.md G1, G17: every unsafe route × role with foreign ids; what is not the role's stays as it is, to the byte."""

import sqlite3

import pytest

from .unchanged import Still, changes
from .world import ROLES
from .writing import Writer

SAMPLE = 0.008


@pytest.fixture(scope="module")
def writer(plain_world):
    found = Writer(plain_world, SAMPLE)
    found.discover()
    for role in ("admin", "reporter", "platform"):
        found.learn(role)
    return found


def faults(findings):
    return [str(f) for f in findings if not f.endpoint.startswith("leaky_")]


@pytest.mark.parametrize("role", [*ROLES, "anonymous"])
def test_a_role_changes_only_what_is_its_own(writer, role):
    found = faults(writer.write(role))
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize("role", ("admin", "reporter", "platform", "anonymous"))
def test_nothing_is_taken_without_the_page_s_token(writer, role):
    found = [str(f) for f in writer.without_token(role)]
    assert not found, "\n".join(found)


def test_a_foreign_write_is_noticed(plain_world):
    """The control: a view that writes past the wall."""
    writer = Writer(plain_world)
    writer.rules = lambda unsafe=False: [(r, m) for r, m in Writer.rules(writer, unsafe) if r.endpoint.startswith("leaky_")]
    writer.learn("admin")
    for role in ("admin", "reporter"):
        assert any(f.kind == "write" and f.endpoint == "leaky_leaks.change" for f in writer.write(role))


def money(writer, role):
    """Everything wrong with the pages and files of the county's money, as a role gets them."""
    rules = {r.endpoint: r for r, _method in [*writer.rules(), *writer.rules(unsafe=True)]}
    [campaign] = writer.world.ids("aa", "R", "volunteers_campaign")
    asked = [("get", "volunteers_campaigns.campaign", {"id": str(campaign)}), ("get", "volunteers_association.index", {}), ("get", "reform_decisions.details_view", {"id": str(writer.world.ids("aa", "R", "reform_decision")[0])})]  # fmt: skip
    files = [(what, kind) for what in ("donations", "expenses") for kind in ("csv", "xlsx")]
    asked += [("post", "volunteers_campaigns.export", {"id": str(campaign), "what": what, "kind": kind}) for what, kind in files]
    for method, endpoint, values in asked:
        answer = getattr(writer, method)(role, rules[endpoint], values)
        assert answer.status_code in (200, 500), (endpoint, values, answer.status_code)
        yield from writer.judge(role, rules[endpoint], "own", values, answer)


def test_the_county_s_money_as_a_township_reads_it(plain_world):
    """Donors' names are masked at the county's place, and a room of another township behind an expense is no error: on pages and in files."""
    writer = Writer(plain_world)
    found = faults([f for role in ("reporter", "viewer", "village", "admin") for f in money(writer, role)])
    assert not found, "\n".join(found[:10])
    met = {(known.table, known.column) for n, known in enumerate(plain_world.canaries.known) if n in writer.seen["admin"]}
    assert {("volunteers_donation", "donor"), ("volunteers_post", "name"), ("volunteers_room", "code"), ("reform_measure", "title")} <= met


def test_forms_are_really_sent(writer):
    """The administrator's own rows can be changed by most forms: what is refused above is refused for its target."""
    done = set()
    for rule, _method in writer.rules(unsafe=True):
        own = next(writer.cases(rule, "admin"))[1]
        before = writer.everything()
        writer.post("admin", rule, {**own, **writer.form("admin", rule, own), **{n: v for n, v in own.items() if n in rule.arguments}})
        if writer.everything() != before:
            done.add(rule.endpoint)
        writer.world.restore()
    assert len(done) >= 15, sorted(done)


@pytest.mark.parametrize("short", ("T2", "V21"))
def test_a_file_that_names_a_sibling_writes_nothing_there(writer, short):
    """An import is judged under the reporter's scope: an organization outside it does not exist for him."""
    world = writer.world
    [(name, code)] = world.rows("SELECT name, code FROM core_organization WHERE id = ?", (world.places["aa"][short],))
    before = writer.foreign_rows("reporter")
    client, token = writer.clients["reporter"], writer.tokens["reporter"]
    rows = f"姓名\t团组织\t团组织编码\t期次\n张三\t{name}\t{code}\t2023年第1期\n"
    answer = client.post("/c/aa/imports/new/study_learners", data={"csrf_token": token, "text": rows})
    assert answer.status_code == 303
    check = answer.headers["Location"]
    client.post(f"{check}/apply", data={"csrf_token": token, "reason": "测"})
    for rule, _method in writer.rules(unsafe=True):
        if rule.endpoint == "imports.apply":
            writer._settle(rule)
    after = writer.foreign_rows("reporter")
    world.restore()
    assert before == after


# what is not POST -------------------------------------------------------------------------------------------------------


def test_what_is_not_post_changes_no_table(writer):
    """Sessions, the audit log and faults of modules aside. The forms' names are known by now: HEAD carries them in the address."""

    def chosen(role, rule, number, method):
        share = 8 if number == 0 and method in ("HEAD", "GET") else 1
        return any(writer.chosen(role, rule, number, method, n) for n in range(share))

    found = list(changes(writer, chosen))
    assert not found, "\n".join(found[:20])


def test_a_change_is_noticed(writer):
    """The control: somebody else writes, and the next look says which table."""
    still = Still(writer.world)
    other = sqlite3.connect(writer.world.path)
    other.execute("UPDATE core_county SET committee_name = committee_name || 'x' WHERE id = 1")
    other.commit()
    other.close()
    assert still.changed() == ["core_county"]
    writer.world.restore()


@pytest.mark.programme
def test_all_of_what_is_not_post(writer, record_property):
    """100 % of routes × roles × cases × methods."""
    writer.requests = 0
    found = list(changes(writer))
    record_property("requests", writer.requests)
    assert not found, "\n".join(found[:40])


@pytest.mark.programme
def test_all_of_it(plain_world, record_property):
    """100 % of unsafe routes × roles × targets."""
    writer = Writer(plain_world)
    writer.discover()
    for role in ("admin", "reporter", "platform"):
        writer.learn(role)
    found = [text for role in [*ROLES, "anonymous"] for text in faults(writer.write(role))]
    record_property("requests", writer.requests)
    assert not found, "\n".join(found[:40])
