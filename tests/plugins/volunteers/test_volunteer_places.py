"""A row of the whole county is judged at the county's place: who keeps a township's roster reads its names masked, and nothing behind it."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from volunteer_site import token_of

from youthpilot.core import Organization
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.plugins.volunteers import association, caring, funding
from youthpilot.plugins.volunteers.models import AssociationPost, Campaign, Expense, Room

DONOR, SECRETARY = "赵捐助", "孙会长"


def download(browser, path, kind, query):
    """All text of a file."""
    token = token_of(browser.client.get("/c/test/account/").text)
    answer = browser.client.post(f"/c/test/volunteers/{path}/{kind}/{query}", data={"csrf_token": token})
    assert answer.status_code == 200, (path, answer.status_code)
    if kind == "csv":
        return answer.data.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


@pytest.fixture
def county_rows(filled):
    """A donation and a post of the association at the county; money spent on a room of 甲村; a reporter of the whole county and one of 西镇."""
    campaign = Campaign.get()
    gift = {"received_on": date(2023, 2, 1), "amount": Decimal("500.00"), "kind": "person", "donor": DONOR, "channel": "online", "reference_no": "R1"}
    funding.donate(campaign, gift)
    spent = {"spent_on": date(2023, 3, 1), "amount": Decimal("80.00"), "payee": "木工", "purpose": "书桌", "room": Room.get().id}
    funding.spend(campaign, spent)
    found = association.prepare_association("县青年志愿者协会", date(2023, 3, 1))
    association.add_post(found, next(iter(association.rules.ASSOCIATION_POSTS)), SECRETARY, date(2023, 3, 1))
    for name, place in (("quan", Organization.get(Organization.parent.is_null()).id), ("xi", filled.org["西镇"])):
        user = create_user(name, f"用户{name}", "green-river-7-boats", must_change=False)
        grant_role(user, "reporter", filled.county, place)
    filled.campaign = campaign
    return filled


@pytest.mark.parametrize(("user", "sees"), [("zhou", True), ("quan", True), ("han", False), ("xi", False), ("kan", False)])
def test_names_of_the_county_are_for_those_who_keep_the_county_s_records(county_rows, user, sees):
    browser, query = county_rows.browser(user), f"?id={county_rows.campaign.id}"
    texts = [browser.get(f"campaigns/campaign/{query}"), browser.get("association/")]
    texts += [download(browser, "campaigns/export/donations", kind, query) for kind in ("csv", "xlsx")]
    for text, name in zip(texts, (DONOR, SECRETARY, DONOR, DONOR), strict=True):
        assert (name in text) is sees and (name[0] + "*" in text) is not sees


def test_a_township_still_reads_its_own_names(county_rows):
    assert "王小芳" in county_rows.browser("han").get("roster/") and "王小芳" not in county_rows.browser("xi").get("roster/")


def test_what_a_county_s_row_points_to_in_another_township_is_a_dash(county_rows):
    room, query = Room.get(), f"?id={county_rows.campaign.id}"
    for user, sees in (("zhou", True), ("xi", False)):
        browser = county_rows.browser(user)
        assert "书桌" in browser.get(f"campaigns/campaign/{query}")
        told = download(browser, "campaigns/export/expenses", "csv", query)
        assert "书桌" in told and (room.code in told) is sees and ("—" in told) is not sees


def test_a_hidden_row_tells_nothing_and_cannot_be_saved(county_rows):
    from youthpilot.core.kernel.errors import ScopeError
    from youthpilot.core.kernel.scope import Scope, scoped

    with scoped(Scope(county_rows.county.id, county_rows.org["西镇"], None, "user")):
        spent, post = Expense.get(), AssociationPost.get()
        assert (spent.room.is_hidden, spent.room.code, spent.room.handed_on, spent.room.child.masked) == (True, "—", None, "—")
        assert (post.organization.name, post.organization.short, str(post.organization)) == ("—", "—", "—")
        assert not spent.campaign.is_hidden and spent.campaign.title == "梦想改造+"
        with pytest.raises(ScopeError):
            spent.room.save()
    assert Expense.get().room.code.startswith("R2023") and caring.rules.ROOM_ORDER
