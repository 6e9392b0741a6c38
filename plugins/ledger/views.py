"""Screens: the county's own figures, one figure with its history, its value, and the sentences."""

from collections.abc import Callable
from dataclasses import fields as fields_of
from datetime import date
from typing import Any

from flask import abort, flash, redirect, request

from youthpilot.admin import ModuleView, allowed, expose, needs, row_id
from youthpilot.core import CalendarPeriod, Period, RuleError, YouthpilotError, actor_name, current_registry, today, transaction
from youthpilot.plugins.figures import catalogue, totals_of

from . import queries, rules, services
from .forms import ChangeForm, CloseForm, ContinueForm, NewFigureForm, SentenceForm, ValueForm
from .models import LedgerFigure, LedgerSentence
from .words import _, _l

EDIT = "ledger.edit"


class LedgerView(ModuleView):
    """The county's own figures."""

    name = _l("Own figures")
    category = _l("Fields of work")
    icon = "ledger"
    slug = "figures"
    permission_read = "ledger.see"
    permission_write = EDIT

    # reading ---------------------------------------------------------------------------------------------------------

    @expose("/")
    def index(self) -> Any:
        """Every figure with its value in the newest period."""
        period = Period.select().where(Period.start_on <= today()).order_by(Period.start_on.desc()).first()
        entered = totals_of(period, period.organization_id) if period else {}
        own = queries.own_figures(today())
        values = {"figures": own, "entered": entered, "period": period, "kinds": rules.KINDS, "asked": rules.ASKED, "today": today()}
        return self._page("figures", values)

    @expose("/figure/")
    def figure(self) -> Any:
        """One figure: its meaning now and before, its sentences."""
        figure = self._figure()
        titles = _titles()
        history = queries.history(figure)
        said = [(s, rules.to_words(s.text, titles)) for s in queries.sentences_of(figure.key)]
        successor = titles.get(figure.replaced_by, "")
        values = {"figure": figure, "history": history, "now": queries.ruling(history[::-1], today()), "sentences": said, "successor": successor}
        return self._page("figure", values | {"kinds": rules.KINDS, "asked": rules.ASKED, "formats": rules.FORMATS})

    @expose("/sentences/")
    def sentences(self) -> Any:
        """The sentences, part by part."""
        titles = _titles()
        rows = LedgerSentence.select().where(LedgerSentence.closed_on.is_null()).order_by(LedgerSentence.position, LedgerSentence.id)
        parts = {
            chapter: [(s, rules.to_words(s.text, titles), _condition(s, titles)) for s in rows if s.chapter == chapter] for chapter in rules.CHAPTERS
        }
        return self._page("sentences", {"parts": parts, "chapters": rules.CHAPTERS})

    def _page(self, template: str, values: dict[str, Any]) -> str:
        here = request.endpoint or ""
        pages = ((".index", _("Figures")), (".sentences", _("Sentences in the report")))
        tabs = [{"label": label, "url": self.get_url(to), "current": here.endswith(to)} for to, label in pages]
        return self.render(f"ledger/{template}.html", tabs=tabs, may_edit=allowed(EDIT), **values)

    # figures -----------------------------------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    @needs(EDIT)
    def new(self) -> Any:
        """Define a figure, with its sentence."""
        form = NewFigureForm(_posted(), data={"valid_from": _first_day(), "decimals": 0})
        return self._form(form, _("New figure"), lambda: self._define(form))

    def _define(self, form: NewFigureForm) -> str:
        with transaction():
            position = 10 * (LedgerFigure.select().count() + 1)
            figure = services.define_figure(form.kind.data, _definition(form), form.valid_from.data, actor_name(), position)
            if form.chapter.data:
                titles = _titles() | {figure.key: rules.THIS}
                wording = services.Wording(form.chapter.data, form.heading.data or "", _keyed(form.text.data or "", titles))
                services.add_sentence(wording, form.valid_from.data, titles, actor_name())
        flash(_("Added. It is asked in periods that are open and to come."), "success")
        return str(self.get_url(".figure", id=figure.id))

    @expose("/change/", methods=("GET", "POST"))
    @needs(EDIT)
    def change(self) -> Any:
        """Give a figure another meaning from a day on."""
        figure = self._figure()
        form = ChangeForm(_posted(), obj=queries.history(figure)[0], data={"valid_from": today(), "reason": ""})
        if request.method == "GET":
            form.valid_from.data, form.reason.data = today(), ""

        def save() -> str:
            services.change_figure(figure, _definition(form), form.valid_from.data, actor_name(), form.reason.data)
            flash(_("Changed. Earlier periods keep the meaning they had."), "success")
            return str(self.get_url(".figure", id=figure.id))

        return self._form(form, _("Change the figure"), save)

    @expose("/value/", methods=("GET", "POST"))
    @needs(EDIT)
    def value(self) -> Any:
        """Enter the county's value with its source."""
        figure = self._figure()
        periods = list(Period.select().where(Period.state == "open").order_by(Period.start_on.desc()))
        if not periods:
            flash(_("No period is open: open one first"), "error")
            return redirect(self.get_url(".figure", id=figure.id))
        entry = totals_of(periods[0], queries.root_id()).get(figure.key)
        form = ValueForm(_posted(), obj=entry, data={"period": periods[0].id}, average=figure.kind == "average")
        form.period.choices = [(p.id, p.title) for p in periods]

        def save() -> str:
            period = next(p for p in periods if p.id == form.period.data)
            given = {name: form[name].data if name in form else None for name in ("value", "numerator", "denominator")}
            services.enter_value(figure, period, given["value"], form.source_file.data or "", actor_name(), given["numerator"], given["denominator"])
            flash(_("Saved."), "success")
            return str(self.get_url(".index"))

        title = queries.ruling(queries.history(figure)[::-1], today()).title
        note = _("The organizations answer this figure: a total of the county counts only where they have given none.") if _asked(figure) else ""
        return self._form(form, title, save, note)

    @expose("/close/", methods=("GET", "POST"))
    @needs(EDIT)
    def close(self) -> Any:
        """Ask for a figure no longer."""
        figure = self._figure()
        form = CloseForm(_posted(), data={"last_day": rules.day_before(_first_day())})

        def save() -> str:
            services.close_figure(figure, form.last_day.data, actor_name(), form.reason.data)
            flash(_("Closed. What was reported stays."), "success")
            return str(self.get_url(".figure", id=figure.id))

        return self._form(form, _("Close the figure"), save, _("It is no longer asked; periods up to the last day keep it."))

    @expose("/reopen/", methods=("POST",))
    @needs(EDIT)
    def reopen(self) -> Any:
        """Ask for a closed figure again."""
        figure = self._figure()
        try:
            services.reopen_figure(figure, actor_name())
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(self.get_url(".figure", id=figure.id))

    @expose("/continue/", methods=("GET", "POST"))
    @needs(EDIT)
    def hand_over(self) -> Any:
        """Let a module's figure continue the series."""
        figure = self._figure()
        form = ContinueForm(_posted())
        known = catalogue(current_registry())
        form.key.choices = [(k, d.indicator.title) for k, d in known.items() if d.module != "ledger" and d.indicator.kind == figure.kind]
        form.from_period.choices = [(code, title) for code, title in _coming()]

        def save() -> str:
            services.link_series(figure, form.key.data, form.from_period.data, actor_name())
            flash(_("From that period on the module's figure continues this one."), "success")
            return str(self.get_url(".figure", id=figure.id))

        note = _("Earlier values stay here and are the base of the comparison. The figure is no longer entered by hand.")
        return self._form(form, _("Continued by a module"), save, note)

    # sentences ---------------------------------------------------------------------------------------------------------

    @expose("/sentence/", methods=("GET", "POST"))
    @needs(EDIT)
    def sentence(self) -> Any:
        """Add or change a sentence."""
        titles = _titles()
        row = self._sentence() if request.values.get("id") else None
        start: dict[str, Any] = {"position": 100} if row is None else {f.name: getattr(row, f.name) for f in fields_of(services.Wording)}
        if row is not None:
            start["text"] = rules.to_words(row.text, titles)
        form = SentenceForm(_posted(), data=start)
        form.when_key.choices = [("", "—"), *titles.items()]

        def save() -> str:
            values = {f.name: form[f.name].data for f in fields_of(services.Wording)}
            wording = services.Wording(**values | {"text": _keyed(values["text"], titles), "when_key": values["when_key"] or ""})
            if row is None:
                services.add_sentence(wording, _first_day(), titles, actor_name())
            else:
                services.change_sentence(row, wording, titles, actor_name())
            flash(_("Saved."), "success")
            return str(self.get_url(".sentences"))

        return self._form(form, _("Sentence"), save, names=list(titles.values()), ways=[w for n, w in rules.FORMATS.items() if n])

    @expose("/sentence/close/", methods=("POST",))
    @needs(EDIT)
    def close_sentence(self) -> Any:
        """Print a sentence no longer."""
        services.close_sentence(self._sentence(), rules.day_before(_first_day()), actor_name())
        flash(_("The sentence is no longer printed; published reports keep it."), "success")
        return redirect(self.get_url(".sentences"))

    # tools ---------------------------------------------------------------------------------------------------------------

    def _figure(self) -> LedgerFigure:
        found = LedgerFigure.get_or_none(LedgerFigure.id == row_id(request.values.get("id")))
        return found if found is not None else abort(404)

    def _sentence(self) -> LedgerSentence:
        found = LedgerSentence.get_or_none(LedgerSentence.id == row_id(request.values.get("id")))
        return found if found is not None else abort(404)

    def _form(self, form: Any, title: str, save: Callable[[], str], note: str = "", **values: Any) -> Any:
        status = 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    return redirect(save())
                except RuleError as error:
                    field = form[error.field] if error.field in form else next(iter(form))
                    field.errors = [*field.errors, str(error)]
                except YouthpilotError as error:
                    status = error.status
                    flash(str(error), "error")
        return self.render("ledger/form.html", form=form, form_title=title, note=note, return_url=self.back(), **values), status


def _posted() -> Any:
    return request.form if request.method == "POST" else None


def _definition(form: Any) -> services.Definition:
    values = {f.name: form[f.name].data for f in fields_of(services.Definition)}
    return services.Definition(**values | {"asked_of": tuple(values["asked_of"] or ()), "responsible": values["responsible"] or ""})


def _titles() -> dict[str, str]:
    """key → title, each once, of all figures of the county."""
    return rules.titled({key: declared.indicator.title for key, declared in catalogue(current_registry()).items()})


def _keyed(text: str, titles: dict[str, str]) -> str:
    keyed, wrong = rules.from_words(text, titles)
    if wrong:
        raise RuleError(_("%(name)s is no figure of the list", name=wrong), "text")
    return keyed


def _condition(row: LedgerSentence, titles: dict[str, str]) -> str:
    if not row.when_comparator:
        return ""
    return f"{titles.get(row.when_key, '')}{rules.COMPARATORS[row.when_comparator][0]}{row.when_value:f}"


def _asked(figure: LedgerFigure) -> bool:
    return bool(queries.ruling(queries.history(figure)[::-1], today()).asked_of)


def _newest_open() -> CalendarPeriod:
    """The newest open period, else the half-year that today lies in."""
    period: Period | None = Period.select().where(Period.state == "open").order_by(Period.start_on.desc()).first()
    return period.calendar if period else CalendarPeriod.of(today(), "half_year")


def _first_day() -> date:
    """Its first day: what is made or ended now counts from it."""
    return _newest_open().start


def _coming() -> list[tuple[str, str]]:
    """The periods from which on a module may continue a figure: the newest open one and the next two of its kind."""
    newest = _newest_open()
    return [(span.code, span.title) for span in (newest, newest.next, newest.next.next)]


VIEWS = [LedgerView]
