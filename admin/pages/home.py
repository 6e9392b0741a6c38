"""The first page: what is to do today, who has reported, the report's figures, targets and modules."""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from flask import redirect, url_for

from youthpilot.core.accounts import allowed, current_actor
from youthpilot.core.accounts.queries import without_place
from youthpilot.core.accounts.recovery import recoveries_of
from youthpilot.core.contracts import ANYTHING, Contract
from youthpilot.core.counties.services import setting
from youthpilot.core.hookspecs import Panel, PeriodValue
from youthpilot.core.kernel.clock import local, today
from youthpilot.core.kernel.i18n import _, ngettext
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.kernel.scope import current_scope
from youthpilot.core.organizations.models import Organization
from youthpilot.core.periods.queries import completeness, current_period, reminder_text, submission_of
from youthpilot.core.periods.reminders import missing_words
from youthpilot.core.web.current import current_county, current_registry, registry, the_county
from youthpilot.plugins.figures.cache import cached
from youthpilot.plugins.figures.queries import base_values, figures_of, history_of
from youthpilot.plugins.reports import wording
from youthpilot.plugins.reports.document import Document, Figure, FigureRef, figure_text, walk
from youthpilot.plugins.reports.services import document_for, targets_for

from ..baseview import BaseAdminView, expose
from ..charts import Drawn, drawn

CARDS = 6
SHOWN = Contract("county_panels", "isolate", ANYTHING)  # a panel that leads nowhere or has a chart that cannot be drawn


@dataclass(frozen=True)
class Card:
    """One of the six figures, in the report's wording."""

    key: str
    title: str
    value: str
    unit: str
    note: str
    direction: str
    change: str
    before: str
    series: tuple[Decimal | None, ...]
    base: int | None
    url: str


@dataclass(frozen=True)
class Todo:
    """A line under 今天要做."""

    title: str
    hint: str
    url: str
    label: str
    icon: str
    bad: bool = False


@dataclass(frozen=True)
class News:
    """A module's card: its first panel's words, those of its other panels below. No panels: it failed, a plain message stands there."""

    title: str
    icon: str
    url: str
    tone: str
    panels: tuple[tuple[str, tuple[str, ...], tuple[Drawn, ...]], ...] = ()  # title, lines, charts


class HomeView(BaseAdminView):
    """Home of a county; on the platform's side its landing page."""

    name = _l("Home")
    icon = "home"
    slug = "admin"
    permission_read = "signed_in"
    side = "both"  # type: ignore[assignment]

    def __init__(self, plugin: str = "") -> None:
        super().__init__(plugin, endpoint="admin", url="/", static_folder="static")

    def is_accessible(self) -> bool:
        """Everybody signed in has a home."""
        return current_actor() is not None

    def is_visible(self) -> bool:
        """Not in the menu of somebody who has no home here (a partner)."""
        return current_county() is None or allowed("home.see")

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        """The guard has judged already; the platform's landing is open to everybody."""

    @expose("/")
    def index(self) -> Any:
        """The county's home, the checklist of a new county, or the platform's landing."""
        if current_county() is None:
            from .platform import platform_landing

            return platform_landing()
        if not allowed("home.see"):
            return redirect(self._first_page())
        period = current_period(today())
        if period is None:
            return (
                self.render("home/checklist.html", steps=checklist(), period=None, todos=account_todos())
                if allowed("periods.manage")
                else self.render("board/none.html")
            )
        actor = current_actor()
        if actor is not None and not actor.whole:
            return self._of_unit(period)
        return self._of_county(period)

    def _first_page(self) -> str:
        """Where somebody starts who has no home here (a partner): the first page of the menu that he may open, else his account."""
        found = (v for v in self.admin._views if v is not self and v.is_visible() and v.is_accessible())
        return next((url_for(f"{v.endpoint}.{v._default_view}") for v in found), url_for("account.index"))

    def _of_county(self, period: Any) -> str:
        counted = completeness(period)
        document = document_for(period, the_county(), current_registry())
        figures = figures_of(the_county(), period, current_registry())
        targets, told = targets_for(period, figures), told_by_modules(period)
        return self.render(
            "home/index.html",
            period=period,
            counted=counted,
            day=today(),
            todos=account_todos() + todos(period, counted, document) + panel_todos(told),
            reminder=reminder_text(period, today(), counted) if counted.missing and period.state == "open" else "",
            cards=cards(period, document),
            targets=[target_row(t, v, figures) for t, v in targets],
            modules=module_rows(),
            news=news(told),
            steps=[],
        )

    def _of_unit(self, period: Any) -> str:
        """A township's home: its own form first, then those below it."""
        actor = current_actor()
        organization = Organization.get_by_id(actor.root_id)  # type: ignore[union-attr]
        figures = figures_of(the_county(), period, current_registry())
        shown = [f for f in figures.for_organization(organization.id) if f.value is not None and f.kind != "claim"]
        county = {f.key: f for f in figures.for_organization()}
        return self.render(
            "home/unit.html",
            period=period,
            organization=organization,
            own=submission_of(period, organization.id),
            counted=completeness(period),
            day=today(),
            rows=[(f, county.get(f.key)) for f in shown],
            news=news(told_by_modules(period)),
            words=figure_words,
        )


def title_of(name: str) -> str:
    """The module's title; its name never appears on a screen."""
    item = registry().loaded.get(name)
    return item.plugin.title if item else _("This module")


def figure_words(figure: Any) -> str:
    """A figure in the report's wording with its unit."""
    return wording.format_figure(figure.value, figure.unit, wording.default_format(figure.kind, figure.unit, figure.value))


def checklist() -> list[dict[str, Any]]:
    """What a new county does first, and what of it is done."""
    from youthpilot.core.cadres.models import Election, Post
    from youthpilot.plugins.figures.models import FigureEntry

    organizations = Organization.select().where(Organization.parent.is_null(False)).count()
    posts, terms = Post.select().count(), Election.select().count()
    earlier = FigureEntry.select(FigureEntry.period).where(FigureEntry.origin == "total").distinct().count()
    files = {k: url_for("imports.new", key=k) for k in ("organizations.organizations", "cadres.posts", "cadres.last_term_totals")}
    return [
        {
            "title": _("Import the organizations"),
            "done": organizations,
            "url": files["organizations.organizations"],
            "text": _("The file from 智慧团建 fits as it is"),
        },
        {
            "title": _("Import the cadres"),
            "done": posts,
            "url": files["cadres.posts"],
            "text": _("Names, posts, dates of birth: ages are computed from them"),
        },
        {
            "title": _("Enter last term's ages"),
            "done": terms,
            "url": files["cadres.last_term_totals"],
            "text": _("Without them nobody can say whether the average fell"),
        },
        {
            "title": _("Enter two earlier half-years as totals"),
            "done": earlier,
            "enough": 2,
            "url": url_for("periods.index"),
            "text": _("So that the report can compare"),
        },
        {
            "title": _("Choose modules"),
            "done": len(current_registry().enabled),
            "url": url_for("modules.index"),
            "text": _("Only what the county needs; more at any time"),
        },
        {"title": _("Open the period"), "done": 0, "url": url_for("periods.open"), "text": _("From then on everybody sees what he owes")},
    ]


def account_todos() -> list[Todo]:
    """What whoever manages the county's users must know: links made past him, accounts whose organization was left blank."""
    if not allowed("users.manage"):
        return []
    users, found = url_for("users.index"), []
    for made in recoveries_of(the_county().id):
        when = local(made.at)
        title = _("%(by)s made a new password link for %(name)s", by=made.by, name=made.name)
        hint = _(
            "%(time)s, reason: %(reason)s. If nobody asked for it, end the sessions of the account", time=f"{when:%Y-%m-%d %H:%M}", reason=made.reason
        )
        found.append(Todo(title, hint, users, _("Look"), "lock"))
    if lacking := without_place(the_county().id):
        title = ngettext(
            "%(num)s account has no organization and sees nothing", "%(num)s accounts have no organization and see nothing", len(lacking)
        )
        found.append(Todo(title, "、".join(line.name for line in lacking[:5]), users, _("Set it"), "people", True))
    return found


def todos(period: Any, counted: Any, document: Document) -> list[Todo]:
    """What is to do today, most urgent first."""
    found: list[Todo] = []
    board, report = url_for("board.index"), url_for("report.index")
    if period.state == "open" and counted.missing:
        late = (today() - period.due_on).days
        text = ngettext("%(num)s organization has not reported", "%(num)s organizations have not reported", counted.missing)
        if late > 0:
            text += _(", %(days)s days late", days=late)
        found.append(Todo(text, missing_words(counted), f"{board}?state=missing", _("Remind them"), "warn", late > 0))
    waiting = counted.counts.get("submitted", 0) + counted.counts.get("late", 0)
    if waiting and period.state == "open":
        hint = _("%(late)s of them late", late=counted.counts.get("late", 0)) if counted.counts.get("late") else ""
        found.append(
            Todo(ngettext("%(num)s form to review", "%(num)s forms to review", waiting), hint, f"{board}?state=waiting", _("Begin"), "board")
        )
    if document.gaps and allowed("report.see"):
        hint = "；".join(g.text for g in document.gaps[:2])
        found.append(
            Todo(
                ngettext("%(num)s point of the report to settle", "%(num)s points of the report to settle", len(document.gaps)),
                hint,
                report,
                _("Settle"),
                "report",
            )
        )
    if period.state == "open" and not counted.missing and not waiting:
        found.append(Todo(_("Everybody is in and reviewed"), _("The period can be locked"), url_for("periods.index"), _("Lock"), "lock"))
    if period.state == "locked":
        found.append(Todo(_("The period is locked, the report is not published yet"), "", report, _("Publish"), "report"))
    return found + term_todos()


def term_todos() -> list[Todo]:
    """Terms that are over."""
    from youthpilot.core.organizations.queries import terms_due

    due = terms_due(the_county().id, today(), 0)
    if not due:
        return []
    text = ngettext("The term of %(num)s organization is over", "The terms of %(num)s organizations are over", len(due))
    return [Todo(text, "、".join(d.name for d in due[:3]), f"{url_for('organizations.index')}?problem=term", _("Look"), "clock")]


def period_value(period: Any) -> PeriodValue:
    """The period as hooks see it."""
    return PeriodValue(period.id, period.code, period.start_on, period.end_on, period.revision)


def told_by_modules(period: Any) -> list[tuple[str, Panel | None]]:
    """What the modules say in the scope, asked once per page and not again until somebody writes; a broken one is asked each time."""
    narrowed, scope, value = current_registry(), current_scope(), period_value(period)
    name = ("panels", scope.county_id, scope.root_id, value, today(), narrowed.enabled, id(narrowed.registry))
    return cached(name, lambda: narrowed.panels(value, today()), lambda told: all(panel is not None for _name, panel in told))


def news(told: list[tuple[str, Panel | None]]) -> list[News]:
    """One card per module with what it says beside its to-dos; one without panels for a module that failed."""
    found: dict[str, list[Panel]] = {}
    for name, panel in told:
        if panel is None or not panel.todo:
            found.setdefault(name, []).extend([panel] if panel else [])
    asked = current_registry().isolated
    return [asked(n, SHOWN, partial(card_of, ps)) or News(title_of(n), "warn", "", "") for n, ps in found.items()]


def card_of(panels: list[Panel]) -> News | None:
    """A module's card: icon, link and tone of its first panel; None without one. A chart that cannot be drawn raises."""
    if not panels:
        return None
    first = panels[0]
    inside = tuple((p.title, p.lines, tuple(drawn(c) for c in p.charts)) for p in panels)
    return News(first.title, first.icon, url_for(first.endpoint) if first.endpoint else "", first.tone, inside)


def panel_todos(told: list[tuple[str, Panel | None]]) -> list[Todo]:
    """To-dos that modules contribute; one that leads nowhere is left out and counts as a fault."""
    found = [(name, p) for name, p in told if p is not None and p.todo]
    made = [current_registry().isolated(name, SHOWN, partial(todo_of, p)) for name, p in found]
    return [t for t in made if t is not None]


def todo_of(p: Panel) -> Todo:
    """A module's to-do as a line."""
    return Todo(p.title, "；".join(p.lines), url_for(p.endpoint) if p.endpoint else "#", _("Look"), p.icon, p.tone == "bad")


def cards(period: Any, document: Document) -> list[Card]:
    """Six figures as the report writes them: the county's choice, else one of each section in reading order."""
    texts: dict[str, tuple[Figure, str]] = {}
    for item in walk(document):
        if isinstance(item, FigureRef) and item.figure_id in document.figures:
            figure = document.figures[item.figure_id]
            texts.setdefault(figure.key, (figure, figure_text(document, item)))
    chosen = [k for k in setting(the_county().id, "core", "home_figures", default=[]) if k in texts]
    ranked = sorted((k for k in texts if texts[k][0].kind != "claim"), key=lambda k: texts[k][0].source != "computed")
    chosen += [k for k in ranked if k not in chosen]
    last_year = base_values(the_county(), period, current_registry()).last_year
    return [card(period, *texts[key], last_year.get(key)) for key in chosen[:CARDS]]


def card(period: Any, figure: Figure, text: str, before: Decimal | None) -> Card:
    """One figure with its movement against the same half last year."""
    number, unit = (text.removesuffix(figure.unit), figure.unit) if text.endswith(figure.unit) else (text, "")
    for big in ("万", "亿"):
        if number.endswith(big):
            number, unit = number.removesuffix(big), big + unit
    now = figure.value if not isinstance(figure.value, bool) else None
    exact = now is not None and wording.number_text(now) not in text
    series = history_of(the_county(), period, figure.key, now, current_registry())
    base = len(series) - 3 if len(series) >= 3 and before is not None else None
    return Card(
        figure.key,
        figure.title,
        number,
        unit,
        _("true value %(value)s", value=wording.display_true(now)) if exact else "",
        "" if now is None or before is None or now == before else "up" if now > before else "down",
        movement(now, before, figure),
        _("%(title)s %(value)s", title=_("same half last year"), value=base_text(before, figure)) if before is not None else "",
        tuple(series),
        base,
        url_for("report.index", figure=figure.key) + "#trace",
    )


def movement(now: Decimal | None, before: Decimal | None, figure: Figure) -> str:
    """增8.1% / 降0.9岁 as on the card; '' without a base."""
    words = wording.change_words(now, before, figure.kind, figure.unit, base="")
    if not words:
        known = now is not None and before is not None
        return f"增 {wording.number_text(now - before)}{figure.unit}" if known and now > before else ""  # type: ignore[operator]
    for long, short in (("比增长", "增 "), ("比下降", "降 "), ("比增加", "增 "), ("比减少", "降 "), ("比提高", "升 ")):
        words = words.replace(long, short)
    return words.replace("与基本持平", _("about the same")).replace("与持平", _("the same"))


def base_text(before: Decimal, figure: Figure) -> str:
    """The base in the report's wording."""
    return wording.format_figure(before, figure.unit, wording.default_format(figure.kind, figure.unit, before))


def target_row(target: Any, value: Decimal | None, figures: Any) -> dict[str, Any]:
    """A target and how far it is."""
    figure = figures.get(target.key)
    unit = figure.unit if figure else ""
    share = value / target.value * 100 if value is not None and target.value else None
    words = (lambda v: wording.format_figure(v, unit, wording.default_format(figure.kind, unit, v))) if figure else (lambda v: f"{v}")
    return {
        "title": figure.title if figure else target.text,
        "hint": _("target %(comparator)s %(value)s", comparator="≥" if target.comparator == ">=" else "≤", value=words(target.value)),
        "value": words(value) if value is not None else "—",
        "text": "" if share is None else _("reached") if share >= 100 else f"{share:.1f}%",
        "done": min(share or 0, Decimal(100)),
        "state": "ok" if share is not None and share >= 100 else "",
    }


def module_rows() -> list[dict[str, Any]]:
    """Every installed module with its switch."""
    enabled = current_registry().enabled
    return [
        {"name": i.plugin.name, "title": i.plugin.title, "icon": i.plugin.icon, "text": i.plugin.description, "on": i.plugin.name in enabled}
        for i in registry().ordered()
    ]
