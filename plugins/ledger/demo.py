"""The demonstration's own figures: what no module of it counts yet, with sources and the sentences of the half-year report."""

from datetime import date
from decimal import Decimal
from random import Random

from youthpilot.core import County, DemoTarget, Period, set_setting

from . import rules, services
from .demodata import FIGURES, SENTENCES, SOURCES, Own
from .queries import figure_by_key
from .section import sections_saying
from .services import Definition, Wording

SECOND = ("articles", "reads", "admitted", "organization_life", "cadre_lectures")
PROOF = "团省委《全省共青团工作情况通报》（2022年第6期）：示范县关爱计划在全省率先推开"
PERIODS = ("2022H1", "2022H2", "2023H1")


def build_demo(target: DemoTarget) -> None:
    """Figures and sentences once, then the period's values: the county's with their source, the others' as totals that forms add up to."""
    if target.first:
        _define(target)
        set_setting(County.get_by_id(target.county.id), "core", "home_figures", list(HOME), target.period.start, target.actor)
    random = Random(f"{target.seed} ledger {target.county.code} {target.period.code}")
    period = Period.get_by_id(target.period.id)
    at = PERIODS.index(target.period.code)
    for own in _figures(target):
        value = own.values[at] if target.flagship else _drawn(own, at, random, target.county.code)
        if own.asked_of:
            target.wanted[f"ledger.{own.slug}"] = Decimal(value)
        else:
            _enter(target, own, period, value)
    if target.county.code == "demo" and target.period.code != PERIODS[-1]:  # of the open period the proof is still to be attached
        target.proofs.update(dict.fromkeys(sections_saying("率先"), PROOF))
    if target.period.code == "2022H2":
        target.targets.append(("ledger.admitted", ">=", Decimal(1_300), "上半年新发展团员1300名", date(2023, 6, 30)))
    target.say("自设指标", len(_figures(target)), len(_figures(target)))


# The figures on the county's home; those that are not in the report are passed over.
HOME = (
    "study.participations",
    "cadres.township_secretary_mean_age",
    "loans.borrower_times",
    "chamber.member_units",
    "volunteers.joined",
    "ledger.admitted",
)


def _figures(target: DemoTarget) -> tuple[Own, ...]:
    """The second county has a handful of its own."""
    return FIGURES if target.county.code == "demo" else tuple(f for f in FIGURES if f.slug in SECOND)


def _define(target: DemoTarget) -> None:
    day = target.period.start
    figures = _figures(target)
    for place, own in enumerate(figures, 1):
        definition = Definition(own.title, own.unit, own.definition, own.decimals, own.asked_of, own.format, own.responsible)
        services.define_figure(own.kind, definition, day, target.actor, position=place * 10, slug=own.slug)
    known = {f"ledger.{own.slug}" for own in figures}
    for chapter, heading, position, text, when in SENTENCES:
        wording = Wording(chapter, heading, text, position, *when)
        used = set(rules.placeholders(text))
        if used <= known and (used or target.county.code == "demo"):
            services.add_sentence(wording, day, known, target.actor)


def _drawn(own: Own, at: int, random: Random, county: str) -> str:
    """Another seed: the same order of size, other numbers."""
    value = Decimal(own.values[at].split("/")[0])
    drawn = max(1, round(float(value) * random.uniform(0.7, 1.3) * (1 if county == "demo" else 0.4))) if value > 5 else int(value)
    return f"{drawn}/{own.values[at].split('/')[1]}" if own.kind == "average" else str(drawn)


def _enter(target: DemoTarget, own: Own, period: Period, value: str) -> None:
    figure, source = figure_by_key(f"ledger.{own.slug}"), f"{period.title}{SOURCES[own.responsible]}"
    if own.kind == "average":
        numerator, denominator = (Decimal(part) for part in value.split("/"))
        services.enter_value(figure, period, None, source, target.actor, numerator, denominator)
    else:
        services.enter_value(figure, period, Decimal(value), source, target.actor)
