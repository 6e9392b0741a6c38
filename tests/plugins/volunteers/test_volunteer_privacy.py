"""A child's name and address never leave: lists, files, report, search, log, error file. Each look-out is proved to see a leak."""

import io
import re
import zipfile
from datetime import date

import pytest
from volunteer_site import CHILD, text_of

from youthpilot.plugins.importing.marking import mark_errors
from youthpilot.plugins.importing.reading import read_sheet
from youthpilot.plugins.importing.services import judge
from youthpilot.plugins.volunteers import association, caring, services
from youthpilot.plugins.volunteers.importers import IMPORTERS
from youthpilot.plugins.volunteers.models import Child, Pairing, Room

SECRETS = (CHILD["name"], CHILD["address"], "王建国", "13700137000")
LISTS = (
    "roster/export", "activities/export", "activities/hours", "certificates/export", "association/export", "rooms/export",
    "campaigns/export/donations", "campaigns/export/expenses",
)  # fmt: skip


def inside(content: bytes) -> str:
    """All text of an .xlsx or .csv."""
    if not content.startswith(b"PK"):
        return content.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "".join(packed.read(n).decode("utf-8", "replace") for n in packed.namelist())


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def kept(filled):
    """The child of `filled` with everything that could leak, a room on its way, a pairing."""
    child = Child.get()
    caring.correct_child(child, {"category": "orphan", "guardian_phone": "13700137000"})
    caring.survey(child, date(2023, 3, 2), "缺书桌", True)
    caring.pair(child, "团干部甲")
    filled.boss = filled.browser("zhou")
    return filled


def download(browser, path: str, kind: str, query: str = "") -> str:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get("/c/test/account/").text)[1]
    answer = browser.client.post(f"/c/test/volunteers/{path}/{kind}/{query}", data={"csrf_token": token})
    assert answer.status_code == 200, (path, answer.status_code)
    return inside(answer.data)


def test_no_file_has_a_child(kept):
    for path in LISTS:
        for kind in ("xlsx", "csv"):
            found = download(kept.boss, path, kind, "?id=1" if "campaigns" in path else "")
            assert not leaks(found), path
    rooms = download(kept.boss, "rooms/export", "csv")
    assert "张**" in rooms and "R2023-001" in rooms
    Child.update(masked=CHILD["name"]).execute()  # control: had the masked name been the name, the look-out would have seen it
    assert leaks(download(kept.boss, "rooms/export", "csv")) == [CHILD["name"]]


def test_minors_among_the_volunteers_are_masked_in_files(kept):
    found = download(kept.boss, "roster/export", "csv")
    assert "李*明" in found and "李明明" not in found and "未成年人" in found and "13900139000" not in found
    assert "王小芳" in found and "138****8000" in found  # control: an adult is named to who keeps the roster
    assert "王*芳" in download(kept.browser("kan"), "roster/export", "csv")
    assert kept.boss.client.get("/c/test/volunteers/rooms/export/csv/").status_code in (404, 405)
    kept.browser("han").post("rooms/export/csv/", 403)


def test_no_page_search_or_log_has_a_child(kept):
    for path in ("rooms/", f"rooms/room/?id={Room.get().id}", f"rooms/edit/?id={Room.get().id}", f"rooms/unpair/?id={Pairing.get().id}"):
        assert not leaks(kept.boss.get(path)), path
    for secret in SECRETS:  # what is asked stands in the box; nothing may be found: the answer is that to a word that nobody has
        found, nothing = (text_of(kept.boss.client.get(f"/c/test/search/?q={w}").text).replace(w, "…") for w in (secret, "无此人无此址"))
        assert found == nothing
    assert "没有找到" not in text_of(kept.boss.client.get("/c/test/search/?q=东镇").text)  # control: the search does find
    assert not leaks(text_of(kept.boss.client.get("/c/test/audit/").text))
    page = kept.boss.client.get("/c/test/audit/").text
    assert "C2023-001" in page  # control: the log tells of the child by its code


def test_a_look_at_the_address_is_shown_once_and_logged(kept):
    from youthpilot.core.audit.models import AuditEntry

    room = Room.get()
    page = kept.boss.get(f"rooms/reveal/?id={room.id}")
    assert not leaks(page)
    page = kept.boss.post(f"rooms/reveal/?id={room.id}", 200, reason="上门施工")
    assert CHILD["name"] in page and CHILD["address"] in page  # control: this is what the other pages are searched for
    entry = AuditEntry.select().where(AuditEntry.act == "volunteers.child.view").get()
    assert entry.reason == "上门施工" and not leaks(str(entry.__data__))
    assert not leaks(kept.boss.post(f"rooms/reveal/?id={room.id}", 422, reason=f"去{CHILD['address']}").replace(f'value="去{CHILD["address"]}"', ""))
    kept.browser("han").get(f"rooms/reveal/?id={room.id}", 403)
    kept.browser("kan").get(f"roster/guardian/?id={kept.young.id}", 403)
    page = kept.boss.get(f"roster/volunteer/?id={kept.young.id}")
    assert "王*国" in page and "王建国" not in page
    assert "王建国" in kept.boss.post(f"roster/guardian/?id={kept.young.id}", 200, reason="联系家长接送")


def test_the_report_and_the_error_file_have_no_child(kept):
    from youthpilot.core.counties.services import county_registry
    from youthpilot.core.periods.acting import Clerk
    from youthpilot.core.periods.services import open_period
    from youthpilot.plugins.reports.services import compose_now

    registry = county_registry(kept.registry, kept.county)
    period = open_period(kept.county, "2023H1", None, registry, Clerk("周敏"))
    association.prepare_association("县青年志愿者协会", date(2023, 3, 1))
    assert not leaks(str([c.builder.__dict__ for c in compose_now(period, kept.county, registry)[1] if c.owner == "volunteers"]))
    importer = next(i for i in IMPORTERS if i.key == "volunteers_roster")
    name = CHILD["name"]  # the same child as a volunteer: the error file is the sender's own file, and says nothing that it does not say
    sheet = read_sheet(f"团组织,姓名,出生日期,加入日期\n东镇,{name},2012-04-01,2023-03-05\n".encode("utf-8-sig"), "名单.csv")
    judged = judge(importer, sheet, {})
    assert [p.code for r in judged.rows for p in r.problems if p.level == "E"]
    marked = inside(mark_errors(judged.sheet, judged.marks()))
    assert leaks(marked) == [name]  # control: what the sender wrote is there; the address and the guardian on file are not


def test_guardians_are_encrypted_at_rest(kept):
    from youthpilot.core.kernel.db import database, raw_allowed

    with raw_allowed():
        stored = str(database.execute_sql("SELECT * FROM volunteers_volunteer").fetchall())
    assert "王建国" not in stored and "k1." in stored
    assert services.Volunteer.get_by_id(kept.young.id).guardian_name == "王建国"
