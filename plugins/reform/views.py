"""Screens: the board by front, one measure with its log and steps, what lags, the page for the county committee, delegates."""

from datetime import timedelta
from typing import Any

from flask import abort, current_app, flash, redirect, request

from youthpilot.admin import ModuleView, allowed, expose, name_for, needs, posted_files, row_id, send_stored
from youthpilot.core import ConflictError, RuleError, acting, actor_name, current_scope, today

from . import HERE, linking, papers, queries, services
from .forms import DelegateForm, LinkForm, MeasureForm, PaperForm, ProgressForm, StepForm, TalkForm, TalkStepForm
from .importers import IMPORTERS
from .lists import BADGES, DecisionsView, DesignationsView, FrontsView, LinksView, MeasuresView, TalksView, tabs
from .models import ReformDelegate, ReformLink, ReformMeasure, ReformPaper, ReformTalk
from .papers import Who
from .rules import CHECK, LINKS, MEASURE, PROGRESS, STATUSES, TALKS, WORK, Transition
from .services import Measure
from .words import _, _l

MANAGE = "reform.manage"
TALK_BADGES = {"talked": ("warn", "clock"), "rectifying": ("info", "clock"), "rectified": ("ok", "check")}


class _Page(ModuleView):
    """What the module's own screens share."""

    category = _l("Fields of work")
    icon = "reform"
    permission_read = "reform.read"
    permission_write = WORK

    def __init__(self, plugin: str = "", **options: Any) -> None:
        super().__init__(plugin, static_folder=str(HERE / "static"), **options)

    def show(self, template: str, **values: Any) -> str:
        """A page of the module with what all its pages need."""
        known = {"statuses": STATUSES, "badges": BADGES, "may_work": allowed(WORK), "may_check": allowed(CHECK), "may_manage": allowed(MANAGE)}
        return self.render(f"reform/{template}.html", tabs=tabs(self), imports=self.imports(), today=today(), **known, **values)

    def imports(self) -> list[tuple[str, str]]:
        """(title, address) of the module's importers, for those who may use them."""
        if not allowed(MANAGE) or "imports.new" not in current_app.view_functions or not allowed("imports.run"):
            return []
        return [(i.title, self.get_url("imports.new", key=i.key)) for i in IMPORTERS]

    def posted(self) -> Any:
        """The form that was sent, None on a GET."""
        return request.form if request.method == "POST" else None

    def form(self, form: Any, title: str, save: Any, note: str = "", label: str = "") -> Any:
        """The page of a form; what is refused is said at its field."""
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    return redirect(save())
                except RuleError as error:
                    field = form[error.field] if error.field in form else next(iter(form))
                    field.errors = [*field.errors, str(error)]
                except ConflictError as error:
                    flash(str(error), "error")
                    return redirect(self.back())
        return self.show("form", form=form, form_title=title, note=note, label=label, return_url=self.back()), status

    def row(self, model: Any) -> Any:
        """The row named by the request; 404 for a missing or foreign one."""
        found = model.get_or_none(model.id == row_id(request.values.get("id")))
        return found if found is not None else abort(404)

    def who(self) -> Who:
        """Who acts."""
        return Who(actor_name(), current_scope().actor_id)


class BoardView(_Page):
    """The board."""

    name = _l("Reform pilot")
    slug = "board"

    # reading ---------------------------------------------------------------------------------------------------------

    @expose("/")
    def index(self) -> Any:
        """Cards by front, overdue ones marked."""
        every, status = queries.cards(today()), request.args.get("status", "")
        status = status if status in (*STATUSES, "overdue", "lagging") else ""
        shown = [c for c in every if status in ("", c.state) or (status in ("overdue", "lagging") and getattr(c, status))]
        words = {"": _("All measures"), **STATUSES, "overdue": _("overdue measures"), "lagging": _("Lagging")}
        chips = [
            {"label": word, "count": self._count(every, key), "url": self.get_url(".index", status=key or None), "current": key == status}
            for key, word in words.items()
        ]
        columns = [
            (front, cards, queries.tally([c for c in every if c.measure.front_id == front.id])) for front, cards, _t in queries.by_front(shown)
        ]
        return self.show("board", columns=columns, sums=queries.tally(every), chips=chips, pilot=queries.designation(), status=status)

    def _count(self, every: list[queries.Card], status: str) -> int:
        return sum(1 for c in every if status in ("", c.state) or (status in ("overdue", "lagging") and getattr(c, status)))

    @expose("/print/")
    def print_page(self) -> Any:
        """One page for the county committee."""
        day = today()
        every = queries.cards(day)
        half = queries.half_start(day)
        closed = sorted((c for c in every if c.measure.closed_on and c.measure.closed_on >= half), key=lambda c: c.measure.closed_on, reverse=True)
        lagging = queries.lagging(day)
        late = [d for d, overdue in queries.decisions(day) if overdue]
        people = queries.delegates(day)
        words = queries.last_words([c.measure.id for c, _talk in lagging])
        values: dict[str, Any] = {"columns": queries.by_front(every), "sums": queries.tally(every), "closed": closed[:6], "closed_count": len(closed)}
        values |= {"since": half, "lagging": lagging[:8], "lagging_count": len(lagging), "words": words, "late": late[:5], "late_count": len(late)}
        return self.show("print", pilot=queries.designation(), people=len(people), linked=sum(1 for p in people if p.ok), **values)

    @expose("/measure/")
    def measure(self) -> Any:
        """One measure: what it says, what can be done next, its log."""
        row = self.row(ReformMeasure)
        talks = [(t, late) for t, late in queries.talks(today()) if t.measure_id == row.id]
        waits = row.status == "applied" and row.applied_by == current_scope().actor_id and not services.may_check_alone(row, row.applied_by, today())
        acts = [t for t in acting.acts_of(row) if not (waits and "other_person" in t.needs)]
        values = {
            "card": queries.card(row, today()),
            "log": queries.log(row),
            "steps": [t for t in acts if t.act != PROGRESS],
            "may_report": any(t.act == PROGRESS for t in acts),
            "waits": waits,
            "talks": talks,
            "talk_words": TALKS,
        }
        found = queries.papers_of(row)
        values |= {"papers": found, "of_step": _by_step(found), "may_change": row.status not in ("applied", "closed") and allowed(WORK)}
        return self.show("measure", row=row, talk_badges=TALK_BADGES, titles=_titles(), **values)

    @expose("/lagging/")
    def lagging(self) -> Any:
        """What is overdue or stands still, with the talks."""
        rows, talks = queries.lagging(today()), queries.talks(today())
        words = queries.last_words([c.measure.id for c, _talk in rows])
        return self.show(
            "lagging", rows=rows, talks=talks, words=words, limits=queries.settings_on(today()), talk_words=TALKS, talk_badges=TALK_BADGES
        )

    # the list ----------------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    @needs(MANAGE)
    def new(self) -> Any:
        """A new measure."""
        start = {"listed_on": today(), "front_id": request.args.get("front", type=int), "organization": str(services.root().id)}
        form = MeasureForm(self.posted(), data=start)

        def save() -> str:
            made = services.add_measure(_measure(form), int(form.organization.data))
            flash(_("“%(title)s” is on the list.", title=made.title), "success")
            return str(self.get_url(".measure", id=made.id))

        return self.form(form, _("New measure"), save)

    @expose("/edit/", methods=("GET", "POST"))
    @needs(MANAGE)
    def edit(self) -> Any:
        """Change what a measure says."""
        row = self.row(ReformMeasure)
        form = MeasureForm(self.posted(), obj=row, data={"organization": str(row.organization_id)})
        if request.method == "GET":
            form.organization.data = str(row.organization_id)

        def save() -> str:
            services.change_measure(row, _measure(form), int(form.organization.data))
            flash(_("Saved."), "success")
            return str(self.get_url(".measure", id=row.id))

        return self.form(form, _("Change the measure"), save)

    @expose("/delete/", methods=("POST",))
    @needs(MANAGE)
    def delete(self) -> Any:
        """Take out a measure entered by mistake."""
        row = self.row(ReformMeasure)
        try:
            services.delete_measure(row)
        except RuleError as error:
            flash(str(error), "error")
            return redirect(self.get_url(".measure", id=row.id))
        flash(_("Deleted."), "success")
        return redirect(self.get_url(".index"))

    # status and progress -------------------------------------------------------------------------------------------------

    @expose("/step/", methods=("GET", "POST"))
    @needs("reform.read")
    def step(self) -> Any:
        """One step of the transition table; who may take it stands in the table."""
        row = self.row(ReformMeasure)
        action, here = request.values.get("action", ""), self.get_url(".measure", id=row.id)
        found = MEASURE.step(row.status, action) if action != PROGRESS else None
        if found is None:
            flash(_("“%(measure)s” is “%(status)s” by now.", measure=row.title, status=STATUSES[row.status]), "error")
            return redirect(here)
        if found not in acting.acts_of(row):
            abort(403)
        alone = "other_person" in found.needs and row.applied_by == current_scope().actor_id
        form = StepForm(self.posted(), data={"on": today()}, needs=found.needs, alone=alone)

        def save() -> str:
            evidence, files = (form.evidence.data, posted_files("files")) if "evidence" in form else ("", [])
            services.advance(row, found.act, self.who(), reason=form.reason.data or "", evidence=evidence or "", files=files, on=form.on.data)
            flash(_("“%(measure)s”: %(status)s", measure=row.title, status=STATUSES[found.after]), "success")
            return str(here)

        return self.form(form, _("%(step)s: %(measure)s", step=found.word, measure=row.title), save, self._hint(found, row), found.word)

    def _hint(self, found: Transition, row: ReformMeasure) -> str:
        names = "、".join(p.file_name for p in queries.papers_of(row))
        if found.act in ("close", "return"):
            return _("Papers handed in: %(papers)s", papers="；".join(filter(None, (names, row.evidence))) or "—")
        if "evidence" in found.needs and names:
            return _("Handed in already: %(papers)s", papers=names)
        return ""

    # papers ----------------------------------------------------------------------------------------------------------------

    @expose("/paper/")
    def paper(self) -> Any:
        """A file as a download."""
        row = self.row(ReformPaper)
        return abort(404) if row.removed else send_stored(papers.paper_file(row))

    @expose("/papers/", methods=("GET", "POST"))
    @needs(WORK)
    def add_papers(self) -> Any:
        """Files for a measure."""
        row = self.row(ReformMeasure)

        def save() -> str:
            count = papers.add_papers(row, posted_files("files"), self.who())
            flash(_("%(count)s files added.", count=count), "success")
            return str(self.get_url(".measure", id=row.id))

        return self.form(PaperForm(self.posted()), _("Files of “%(measure)s”", measure=row.title), save, label=_("Upload"))

    @expose("/paper/remove/", methods=("POST",))
    @needs(WORK)
    def remove_paper(self) -> Any:
        """Take a file away."""
        row = self.row(ReformPaper)
        try:
            papers.remove_paper(row)
            flash(_("“%(file)s” was taken away.", file=row.file_name), "success")
        except ConflictError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".measure", id=row.measure_id))

    @expose("/progress/", methods=("GET", "POST"))
    def progress(self) -> Any:
        """Record progress."""
        row = self.row(ReformMeasure)
        form = ProgressForm(self.posted(), data={"on": today()})
        if row.target is None:
            del form.value
        else:
            form.value.description = _(
                "Target: %(target)s%(unit)s; so far %(current)s", target=_plain(row.target), unit=row.unit, current=_plain(row.current)
            )

        def save() -> str:
            d = form.data
            services.report_progress(row, d["text"], self.who(), value=d.get("value"), files=posted_files("files"), on=d["on"])
            flash(_("Saved."), "success")
            return str(self.get_url(".measure", id=row.id))

        if request.method == "GET":
            form.on.data = today()
            return self.form(form, _("Progress: %(measure)s", measure=row.title), save)
        if not allowed(WORK):
            abort(403)
        return self.form(form, _("Progress: %(measure)s", measure=row.title), save)

    # talks -----------------------------------------------------------------------------------------------------------------

    @expose("/talk/", methods=("GET", "POST"))
    @needs(MANAGE)
    def talk(self) -> Any:
        """Talk with the owner of a lagging measure."""
        row = self.row(ReformMeasure)
        start = {"owner": row.owner, "talked_on": today(), "rectify_by": today() + timedelta(days=queries.settings_on(today()).rectify_days)}
        form = TalkForm(self.posted(), data=start)

        def save() -> str:
            services.begin_talk(row, **form.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".lagging"))

        return self.form(form, _("Talk about “%(measure)s”", measure=row.title), save)

    @expose("/talk/step/", methods=("GET", "POST"))
    def talk_step(self) -> Any:
        """What the owner will do, then what he did."""
        talk = self.row(ReformTalk)
        form = TalkStepForm(self.posted(), data={"on": today()})
        title = _("Result of putting it right") if talk.started_on else _("What will be done to put it right")
        form.text.label.text = title

        def save() -> str:
            services.talk_step(talk, form.text.data, form.on.data)
            flash(_("Saved."), "success")
            return str(self.get_url(".lagging"))

        return self.form(form, f"{title}：{talk.owner}", save, talk.problem)


class DelegatesView(_Page):
    """Delegates and their two links."""

    name = _l("Delegates")
    slug = "delegates"
    in_menu = False
    permission_write = MANAGE

    @expose("/")
    def index(self) -> Any:
        """Who links whom; who has not reached both links first."""
        found = queries.delegates(today())
        return self.show("delegates", found=found, linked=sum(1 for d in found if d.ok), limits=queries.settings_on(today()), shown=self.shown)

    def shown(self, name: str, at: int) -> str:
        """The name for those who keep the list of the organization `at`, masked for everybody else."""
        return name_for(name, MANAGE, at)

    @expose("/new/", methods=("GET", "POST"))
    @needs(MANAGE)
    def new(self) -> Any:
        """A new delegate."""
        form = DelegateForm(self.posted(), data={"since_on": today()})
        return self.form(form, _("New delegate"), self._saver(form, None))

    @expose("/edit/", methods=("GET", "POST"))
    @needs(MANAGE)
    def edit(self) -> Any:
        """Change a delegate, or end his term."""
        row = self.row(ReformDelegate)
        form = DelegateForm(self.posted(), obj=row)
        if request.method == "GET":
            form.organization.data = str(row.organization_id)
        return self.form(form, _("Change the delegate"), self._saver(form, row))

    @expose("/delete/", methods=("POST",))
    @needs(MANAGE)
    def delete(self) -> Any:
        """Take out a delegate entered by mistake."""
        try:
            linking.delete_delegate(self.row(ReformDelegate))
            flash(_("Deleted."), "success")
        except RuleError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".index"))

    def _saver(self, form: DelegateForm, row: ReformDelegate | None) -> Any:
        def save() -> str:
            values = {k: v for k, v in form.data.items() if k != "organization"}
            linking.save_delegate(row, int(form.organization.data), **values)
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        return save

    @expose("/link/", methods=("GET", "POST"))
    @needs(MANAGE)
    def link(self) -> Any:
        """Add links."""
        row = self.row(ReformDelegate)
        form = LinkForm(self.posted(), data={"linked_on": today(), "kind": request.args.get("kind", "branch")})

        def save() -> str:
            added = linking.link(row, form.kind.data, form.names.data, form.linked_on.data)
            flash(_("%(name)s: %(count)s added to “%(kind)s”", name=row.name, count=added, kind=LINKS[form.kind.data]), "success")
            return str(self.get_url(".index"))

        return self.form(form, _("Links of %(name)s", name=row.name), save)

    @expose("/unlink/", methods=("POST",))
    @needs(MANAGE)
    def unlink(self) -> Any:
        """End a link."""
        linking.unlink(self.row(ReformLink))
        return redirect(self.get_url(".index"))


def _measure(form: MeasureForm) -> Measure:
    d: dict[str, Any] = {k: v for k, v in form.data.items() if k != "organization"}
    filled: dict[str, Any] = {k: "" if v is None and k in ("content", "owner_person", "co_owners", "unit") else v for k, v in d.items()}
    return Measure(**filled)


def _by_step(found: list[ReformPaper]) -> dict[int | None, list[ReformPaper]]:
    """step → its files; None: those of the measure itself."""
    out: dict[int | None, list[ReformPaper]] = {}
    for paper in found:
        out.setdefault(paper.step_id, []).append(paper)
    return out


def _plain(value: Any) -> str:
    return "—" if value is None else f"{value.normalize():f}"


def _titles() -> dict[str, str]:
    """action → its word in the log."""
    return MEASURE.acts | {PROGRESS: _("Progress")}


VIEWS: list[type] = [BoardView, MeasuresView, DecisionsView, DelegatesView, DesignationsView, FrontsView, TalksView, LinksView]
