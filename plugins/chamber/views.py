"""Screens: the chamber at a glance, one unit, terms with their posts, dues of a year; lists of units, receipts and meetings."""

from datetime import date
from typing import Any

from flask import abort, current_app, flash, redirect, request

from youthpilot.admin import ModuleView, allowed, bounded, expose, name_for, needs, row_id
from youthpilot.core import RuleError, age, mask_phone, today

from . import queries, services
from .checks import Doubtful, is_overdue
from .comparing import comparison
from .forms import ExtensionForm, LeaveForm, PostEndForm, PostForm, RepresentativeForm, SuspendForm, TermForm, UnitForm, VoidForm, WaiverForm
from .importers import IMPORTERS
from .indicators import INDICATORS
from .lists import MeetingsView, ReceiptsView, UnitsView, WaiversView, tabs
from .models import ChamberPost, ChamberReceipt, ChamberTerm, ChamberUnit, ChamberWaiver
from .people import Given
from .rules import CATEGORIES, POSTS, SECTORS, missing_numbers, years_later
from .services import Member
from .words import _, _l

MANAGE = "chamber.manage"
TITLES = {i.key: i for i in INDICATORS}


def mark(form: Any, error: RuleError) -> None:
    """Say at its field what is wrong; for something unusual also where its reason goes."""
    for one in error.findings if isinstance(error, Doubtful) else [error]:
        place = form[one.field] if one.field in form else next(iter(form))
        place.errors = [*place.errors, getattr(one, "message", str(one))]
    if isinstance(error, Doubtful):
        form["reason"].errors = [*form["reason"].errors, _("Unusual, but possible: write here why it is right, and save again.")]


class ChamberView(ModuleView):
    """The chamber."""

    name = _l("Youth chamber")
    category = _l("Fields of work")
    icon = "chamber"
    slug = "home"
    permission_read = "chamber.read"
    permission_write = "chamber.edit"

    def show(self, template: str, **values: Any) -> str:
        """A page of the module with what all its pages need."""
        known = {"sectors": SECTORS, "categories": CATEGORIES, "posts": POSTS, "may_edit": self.may_write(), "may_manage": allowed(MANAGE)}
        return self.render(f"chamber/{template}.html", tabs=tabs(self), imports=self.imports(), shown=self.shown, today=today(), **known, **values)

    def imports(self) -> list[tuple[str, str]]:
        """(title, address) of the module's importers, for those who may use them."""
        if not self.may_write() or "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [(i.title, self.get_url("imports.new", key=i.key)) for i in IMPORTERS]

    def shown(self, name: str, at: int) -> str:
        """The name for those who keep the roll of the organization `at`, masked for everybody else."""
        return name_for(name, "chamber.edit", at)

    # reading ---------------------------------------------------------------------------------------------------------

    @expose("/")
    def index(self) -> Any:
        """Units, sectors and mean age today; the term; what stands out."""
        day = today()
        now, term, limits = queries.standing_on(day), queries.term_on(day), queries.settings_on(day)
        values: dict[str, Any] = {"now": now, "term": term, "covered": queries.sectors_on(day), "any": ChamberUnit.select().exists()}
        values |= {"end": queries.term_end(term) if term else None, "overdue": bool(term and is_overdue(term, day))}
        values |= {"over": queries.over_age(day), "unknown": queries.without_birth(day), "limits": limits}
        owing = [line for line in queries.dues(day.year, day) if line.open]
        half = queries.half_start(day)
        u = ChamberUnit
        joined = list(u.select().where(u.joined_on >= half, u.joined_on <= day).order_by(u.joined_on.desc()))
        left = list(u.select().where(u.left_on >= half, u.left_on <= day).order_by(u.left_on.desc()))
        period, entered = queries.totals_entered(day)
        values |= {"entered": [(TITLES[k], t) for k, t in entered.items() if k in TITLES], "totals_url": self._totals_url(period)}
        return self.show("index", since=half, owing=owing, owed=sum(x.open for x in owing), joined=joined, left=left, **values)

    def _totals_url(self, period: Any) -> str:
        """Where figures are entered as totals, for those who may; '' else."""
        if period is None or period.state != "open" or not allowed("periods.manage") or "periods.totals" not in current_app.view_functions:
            return ""
        return str(self.get_url("periods.totals", period=period.code))

    @expose("/unit/")
    def unit(self) -> Any:
        """One unit: representatives and posts over time, dues."""
        unit, day = self._row(ChamberUnit), today()
        p, people = ChamberPost, queries.people_of(unit)[::-1]
        posts = list(
            p.select(p, ChamberTerm).join(ChamberTerm).where(p.representative.in_([x.id for x in people] or [0])).order_by(p.start_on.desc())
        )
        person = queries.representative_of(unit, day)
        values: dict[str, Any] = {
            "people": people,
            "posts_held": posts,
            "person": person,
            "receipts": queries.receipts_of(unit),
            "waivers": queries.waivers_of(unit),
        }
        values |= {"age": age(person.birth_date, day) if person and person.birth_date else None, "line": queries.unit_dues(unit, day.year, day)}
        phone = (person.phone if self.may_write(unit.organization_id) else mask_phone(person.phone)) if person else ""
        return self.show("unit", unit=unit, phone=phone, **values)

    @expose("/terms/")
    def terms(self) -> Any:
        """Every term with its posts, and the chamber before and after its congress."""
        t = ChamberTerm
        day = today()
        rows = []
        for term in t.select().order_by(t.started_on.desc()):
            after = queries.standing_on(term.started_on)
            here = queries.next_term(term) is None
            rows.append((term, queries.posts_of(term, day if here else None), queries.before_term(term), after, here, is_overdue(term, day) and here))
        return self.show("terms", terms=rows, age=age, end=queries.term_end)

    @expose("/dues/")
    def dues(self) -> Any:
        """What every unit owes and paid for a year."""
        year = bounded(request.args.get("year"), 2000, 2100, today().year)
        lines = queries.dues(year, today())
        open_only = request.args.get("open") == "1"
        limits = queries.settings_on(max(min(date(year, 12, 31), today()), date(year, 1, 1)))
        total = {k: sum(getattr(x, k) for x in lines) for k in ("due", "paid", "waived", "open")}
        listed = [x for x in lines if x.open] if open_only else lines
        chips = [
            {"label": _("All units"), "count": len(lines), "url": self.get_url(".dues", year=year), "current": not open_only},
            {
                "label": _("Still open"),
                "count": sum(1 for x in lines if x.open),
                "url": self.get_url(".dues", year=year, open=1),
                "current": open_only,
            },
        ]
        missing = missing_numbers(queries.numbers_of(year))
        return self.show("dues", year=year, lines=listed, total=total, limits=limits, chips=chips, missing=missing)

    @expose("/compare/")
    def compare(self) -> Any:
        """The chamber before and after the congress of a term, on one page to print."""
        term = self._row(ChamberTerm)
        found = comparison(term)
        return self.show("compare", term=term, found=found) if found is not None else abort(404)

    # units -------------------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    @needs("chamber.edit")
    def new(self) -> Any:
        """Add a unit."""
        form = UnitForm(self._posted(), data={"joined_on": today()})

        def save() -> str:
            unit = services.add_unit(_member(form), form.reason.data or "")
            flash(_("%(unit)s is on the roll.", unit=unit.name), "success")
            return str(self.get_url(".unit", id=unit.id))

        return self._form(form, _("New member unit"), save)

    @expose("/edit/", methods=("GET", "POST"))
    @needs("chamber.edit")
    def edit(self) -> Any:
        """Correct a unit."""
        unit = self._row(ChamberUnit)
        person = queries.representative_of(unit, today())
        start = {k: getattr(unit, k) for k in ("name", "uscc", "category", "business", "joined_on")} | {"reason": unit.explanation}
        if person is not None:
            start |= {"representative": person.name, "birth_date": person.birth_date, "position": person.position, "phone": person.phone}
        form = UnitForm(self._posted(), data=start)
        note = _("If another person stands for the unit now, use “Another representative”: the one before stays in the records.")
        return self._form(
            form,
            _("Correct %(unit)s", unit=unit.name),
            self._saver(unit, lambda: services.change_unit(unit, _member(form), form.reason.data or "")),
            note,
        )

    @expose("/leave/", methods=("GET", "POST"))
    @needs("chamber.edit")
    def leave(self) -> Any:
        """A unit leaves."""
        unit = self._row(ChamberUnit)
        form = LeaveForm(self._posted(), data={"left_on": today()})
        return self._form(
            form, _("%(unit)s leaves", unit=unit.name), self._saver(unit, lambda: services.leave(unit, form.left_on.data, form.why.data))
        )

    @expose("/rejoin/", methods=("POST",))
    @needs("chamber.edit")
    def rejoin(self) -> Any:
        """Take back a leaving."""
        unit = self._row(ChamberUnit)
        try:
            services.rejoin(unit)
        except RuleError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".unit", id=unit.id))

    @expose("/suspend/", methods=("GET", "POST"))
    @needs("chamber.edit")
    def suspend(self) -> Any:
        """Suspend a membership."""
        unit = self._row(ChamberUnit)
        form = SuspendForm(self._posted(), data={"suspended_on": today()})
        title = _("Suspend %(unit)s", unit=unit.name)
        return self._form(
            form, title, self._saver(unit, lambda: services.suspend(unit, form.suspended_on.data)), _("It stays on the roll and is counted.")
        )

    @expose("/resume/", methods=("POST",))
    @needs("chamber.edit")
    def resume(self) -> Any:
        """End a suspension."""
        unit = self._row(ChamberUnit)
        services.suspend(unit, None)
        return redirect(self.get_url(".unit", id=unit.id))

    @expose("/representative/", methods=("GET", "POST"))
    @needs("chamber.edit")
    def representative(self) -> Any:
        """Another person stands for a unit."""
        unit = self._row(ChamberUnit)
        form = RepresentativeForm(self._posted(), data={"from_on": today()})

        def act() -> None:
            d = form.data
            given = Given(d["representative"], d["birth_date"], d["phone"] or "", d["id_no"] or "")
            services.change_representative(unit, given, d["from_on"], d["reason"] or "", position=d["position"] or "")

        note = _("A post of the one before ends the day before; give the new one a post under terms.")
        return self._form(form, _("Another representative of %(unit)s", unit=unit.name), self._saver(unit, act), note)

    # dues --------------------------------------------------------------------------------------------------------------

    @expose("/waive/", methods=("GET", "POST"))
    @needs(MANAGE)
    def waive(self) -> Any:
        """Dues of a year that a unit need not pay."""
        unit, year = self._row(ChamberUnit), bounded(request.args.get("year"), 2000, 2100, today().year)
        line = queries.unit_dues(unit, year, today())
        form = WaiverForm(self._posted(), data={"year": year, "amount": line.open if line else None, "waived_on": today()})

        def act() -> None:
            services.waive(unit, form.year.data, form.amount.data, form.waived_on.data, form.reason.data, form.approval.data)

        note = _("What is waived is not counted as paid.")
        return self._form(form, _("Waive dues of %(unit)s", unit=unit.name), self._saver(unit, act), note)

    @expose("/waive/back/", methods=("POST",))
    @needs(MANAGE)
    def waive_back(self) -> Any:
        """Take back a waiver."""
        row = self._row(ChamberWaiver)
        to = self.get_url(".unit", id=row.unit_id)
        try:
            services.take_back_waiver(row)
        except RuleError as error:
            flash(str(error), "error")
        return redirect(to)

    @expose("/void/", methods=("GET", "POST"))
    @needs("chamber.edit")
    def void(self) -> Any:
        """A receipt is void."""
        receipt = self._row(ChamberReceipt)
        form = VoidForm(self._posted())
        note = _("Its number stays taken, its amount counts no more. This cannot be taken back.")
        title = _("Receipt %(number)s is void", number=receipt.receipt_no)
        return self._form(form, title, self._saver(receipt.unit, lambda: services.void_receipt(receipt, form.reason.data)), note)

    # terms -------------------------------------------------------------------------------------------------------------

    @expose("/term/", methods=("GET", "POST"))
    @needs(MANAGE)
    def term(self) -> Any:
        """A new term."""
        last = queries.term_on(today())
        years = queries.settings_on(today()).term_years
        form = TermForm(self._posted(), data={"number": last.number + 1 if last else 1, "started_on": today(), "due_on": years_later(today(), years)})

        def save() -> str:
            made = services.begin_term(form.number.data, form.started_on.data, form.due_on.data, form.reason.data or "")
            flash(_("%(term)s has begun. Now give the posts.", term=str(made)), "success")
            return str(self.get_url(".post", id=made.id))

        note = _("Units, ages and posts of the day before the congress are kept for the comparison; posts of the term before end.") if last else ""
        return self._form(form, _("New term"), save, note)

    @expose("/term/edit/", methods=("GET", "POST"))
    @needs(MANAGE)
    def term_edit(self) -> Any:
        """Correct a term."""
        term = self._row(ChamberTerm)
        start = {k: getattr(term, k) for k in ("number", "started_on", "due_on")} | {"reason": term.explanation}
        form = TermForm(self._posted(), data=start)

        def save() -> str:
            services.change_term(term, form.number.data, form.started_on.data, form.due_on.data, form.reason.data or "")
            flash(_("Saved."), "success")
            return str(self.get_url(".terms"))

        note = _("Only to correct what was mistyped: a congress begins a new term.")
        return self._form(form, _("Correct %(term)s", term=str(term)), save, note)

    @expose("/post/back/", methods=("POST",))
    @needs(MANAGE)
    def post_back(self) -> Any:
        """Take out a post entered by mistake."""
        services.take_back_post(self._row(ChamberPost))
        flash(_("Deleted."), "success")
        return redirect(self.get_url(".terms"))

    @expose("/extend/", methods=("GET", "POST"))
    @needs(MANAGE)
    def extend(self) -> Any:
        """Extend a term."""
        term = self._row(ChamberTerm)
        form = ExtensionForm(self._posted(), data={"extended_to": term.extended_to, "approval": term.extension_ref})

        def save() -> str:
            services.extend_term(term, form.extended_to.data, form.approval.data, form.reason.data or "")
            return str(self.get_url(".terms"))

        return self._form(form, _("Extend %(term)s", term=str(term)), save)

    @expose("/post/", methods=("GET", "POST"))
    @needs(MANAGE)
    def post(self) -> Any:
        """Give a post."""
        term = self._row(ChamberTerm)
        form = PostForm(self._posted(), data={"start_on": term.started_on})
        day = form.start_on.data or today()
        people = {r.id: r for r in queries.representatives(min(max(day, term.started_on), today()))}
        form.representative.choices = [(r.id, f"{r.name}（{r.unit.name}）") for r in people.values()]

        def save() -> str:
            post = services.appoint(term, people[form.representative.data], form.title.data, form.start_on.data, form.reason.data or "")
            flash(_("%(name)s is %(post)s.", name=people[form.representative.data].name, post=POSTS[post.title]), "success")
            return str(self.get_url(".post", id=term.id) if "_again" in request.form else self.get_url(".terms"))

        return self._form(form, _("Post in %(term)s", term=str(term)), save, again=_("Save and give the next post"))

    @expose("/post/end/", methods=("GET", "POST"))
    @needs(MANAGE)
    def post_end(self) -> Any:
        """End a post."""
        post = self._row(ChamberPost)
        form = PostEndForm(self._posted(), data={"end_on": today()})

        def save() -> str:
            services.end_post(post, form.end_on.data, form.why.data)
            return str(self.get_url(".terms"))

        return self._form(form, _("%(name)s is no longer %(post)s", name=post.representative.name, post=str(post)), save)

    # tools -------------------------------------------------------------------------------------------------------------

    def _posted(self) -> Any:
        return request.form if request.method == "POST" else None

    def _saver(self, unit: ChamberUnit, act: Any) -> Any:
        def save() -> str:
            act()
            flash(_("Saved."), "success")
            return str(self.get_url(".unit", id=unit.id))

        return save

    def _form(self, form: Any, title: str, save: Any, note: str = "", again: str = "") -> Any:
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    return redirect(save())
                except RuleError as error:
                    mark(form, error)
        return self.show("form", form=form, form_title=title, note=note, again=again, return_url=self.back()), status

    def _row(self, model: Any) -> Any:
        found = model.get_or_none(model.id == row_id(request.values.get("id")))
        return found if found is not None else abort(404)


def _member(form: UnitForm) -> Member:
    d = form.data
    words = {k: d[k] or "" for k in ("name", "uscc", "category", "business", "representative", "position", "phone", "id_no")}
    return Member(joined_on=d["joined_on"], birth_date=d["birth_date"], **words)


VIEWS: list[type] = [ChamberView, UnitsView, ReceiptsView, MeetingsView, WaiversView]
