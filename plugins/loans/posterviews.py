"""Screens of posters with a code, and what the League does with an application that came by one."""

from typing import Any

from flask import abort, flash

from youthpilot.admin import expose
from youthpilot.core import County, RuleError, add_months, current_scope, today

from . import asking, links
from .forms import ReasonForm
from .models import LoanApplication
from .outside import LoanPoster, LoanRequest
from .pages import LoansPage, found, place_choices, posted, root_or_404
from .publicforms import PosterForm
from .words import _, _l


class PostersView(LoansPage):
    """Posters of the county and its townships."""

    name = _l("Posters for applications")
    category = _l("Fields of work")
    icon = "loan"
    slug = "posters"
    in_menu = False

    @expose("/")
    def index(self) -> Any:
        """All of them, with how many applied by each."""
        p, r = LoanPoster, LoanRequest
        counts: dict[int, int] = {}
        for (key,) in r.select(r.poster_id).tuples():
            counts[key] = counts.get(key, 0) + 1
        rows = [(row, asking.poster_problem(row, today()), counts.get(row.id, 0)) for row in p.select().order_by(p.id.desc()).limit(200)]
        return self.show("posters", rows=rows)

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Any:
        """A new one."""
        end = add_months(today(), 3)
        start = {"title": _("Scan to apply for a start-up loan"), "from_on": today(), "to_on": end, "organization": root_or_404()}
        form = PosterForm(posted(), data=start)
        form.organization.choices = place_choices()

        def save() -> str:
            if not asking.products_on(form.to_on.data) and not asking.products_on(today()):
                raise RuleError(_("No bank offers a product on these days: add one first."), "to_on")
            d = form.data
            row = asking.make_poster(d["organization"], d["title"], d["contact"], d["from_on"], d["to_on"])
            return str(self.get_url(".poster", id=row.id))

        return self.form_page(form, _("New poster"), save, back=self.get_url(".index"))

    @expose("/poster/")
    def poster(self) -> Any:
        """The page to print."""
        row = found(LoanPoster)
        url = links.poster_url(row)
        county = County.get_by_id(current_scope().county_id)
        return self.show(
            "poster", row=row, url=url, code=links.qr_svg(url), problem=asking.poster_problem(row, today()), committee=county.committee_name
        )

    @expose("/revoke/", methods=("GET", "POST"))
    def revoke(self) -> Any:
        """End one at once."""
        row, form = found(LoanPoster), ReasonForm(posted())

        def save() -> str:
            asking.revoke_poster(row, form.reason.data)
            flash(_("The poster is revoked: its code takes no more applications."), "success")
            return str(self.get_url(".index"))

        return self.form_page(form, _("Revoke the poster"), save, back=self.get_url(".index"))

    @expose("/code/", methods=("POST",))
    def code(self) -> Any:
        """A new enquiry code for an applicant who lost his: shown once."""
        row = found(LoanApplication)
        asked = asking.request_of(row) or abort(404)
        code = links.shown_code(asking.renew_code(asked))
        url = links.status_url(code)
        return self.show(
            "poster_code", a=row, code=code, url=url, qr=links.qr_svg(url), back_url=self.get_url("loans_applications.application", id=row.id)
        )


def card_of(row: LoanApplication) -> dict[str, Any]:
    """What the page of an application shows of its request: {} for one that came otherwise."""
    asked = asking.request_of(row)
    if asked is None:
        return {}
    doubts = asking.doubts(asked) if row.state in ("applied", "returned", "checked") else []
    return {"asked": asked, "doubts": doubts}


def phoned(ids: list[int]) -> set[int]:
    """Which of these applications came by a poster."""
    return {i for (i,) in LoanRequest.select(LoanRequest.application_id).where(LoanRequest.application.in_(ids or [0])).tuples()}
