"""The list of role models as a file: a township sends it with names, honours and deeds."""

from collections import defaultdict
from datetime import date
from typing import Any

from youthpilot.core import CalendarPeriod, Person, RuleError
from youthpilot.plugins.importing import Column, Counts, Importer, Row

from . import services
from .models import LoanRoleModel
from .rules import LEVELS
from .words import _


def half_of(day: date) -> CalendarPeriod:
    """The half-year of a day: nobody is named twice in one."""
    return CalendarPeriod.of(day, "half_year")


class Named:
    """Who was named already, read once."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        r = LoanRoleModel
        rows = list(r.select(r, Person).join(Person, on=(r.person == Person.id)))
        self.known = {(x.organization_id, x.person.name, x.named_on) for x in rows}
        self.halves: dict[tuple[int, str], set[CalendarPeriod]] = defaultdict(set)
        for x in rows:
            self.halves[x.organization_id, x.person.name].add(half_of(x.named_on))
        self.last = max((x.place for x in rows), default=0)


def judge(row: Row, look: Named) -> None:
    """One role model; who is there already with the same day changes nothing."""
    v = row.values
    place, name, day = v.get("organization"), v.get("name"), v.get("named_on")
    if not (place and name and day):
        return
    v["known"] = (place, name, day) in look.known
    if v["known"]:
        return
    try:
        services.not_ahead(day, "named_on")
    except RuleError as error:
        row.error("named_on", str(error))
    if not (v.get("deed") or "").strip():
        row.error("deed", _("Say in a sentence what the person has done."), "L34")
    if half_of(day) in look.halves[place, name]:
        row.warn("named_on", _("%(name)s was named in this half-year already and counts once.", name=name), "L33")
    look.halves[place, name].add(half_of(day))


def apply(batch: Any, rows: list[Row], look: Named, options: dict[str, Any]) -> Counts:
    """Name who is not there yet, behind those who are."""
    new = [r.values for r in rows if not r.values.get("known")]
    for n, v in enumerate(new, 1):
        here = (Person.organization == v["organization"]) & (Person.name == v["name"])
        person = Person.select().where(here).first() or services.add_person(v["organization"], {"name": v["name"]}, batch)
        values = {k: v.get(k) or "" for k in ("honour", "deed")} | {"named_on": v["named_on"], "level": v["level"]}
        row = services.name_role_model(person, v["organization"], values | {"place": v.get("place") or look.last + 10 * n}, reason="批量导入")
        LoanRoleModel.update(batch_id=batch.id).where(LoanRoleModel.id == row.id).execute()
    return Counts(len(new), 0, len(rows) - len(new))


def _key(v: dict[str, Any]) -> tuple[Any, ...] | None:
    key = (v.get("organization"), v.get("name"), v.get("named_on"))
    return key if all(key) else None


ROLE_MODELS = Importer(
    key="loans_role_models",
    title="优秀农村青年典型",
    columns=(
        Column("name", "姓名", required=True, max_length=40, example="王芳"),
        Column("organization", "所在镇村", kind="organization", required=True, aliases=("团组织", "镇村", "推荐单位", "单位"), example="河湾村"),
        Column("level", "层级", kind="choice", required=True, choices={word: key for key, word in LEVELS.items()}, aliases=("级别",), example="县级"),
        Column("honour", "荣誉", max_length=80, aliases=("荣誉称号", "称号"), example="优秀农村青年"),
        Column(
            "deed",
            "事迹",
            max_length=500,
            aliases=("主要事迹", "事迹简介"),
            help="必填，一句话写清做了什么",
            example="返乡办起泥鳅基地，带动周边农户就业。",
        ),
        Column("named_on", "选树日期", kind="date", required=True, aliases=("命名日期", "表彰日期"), example="2023-05-04"),
        Column("place", "报告中的顺序", kind="int", minimum=1, maximum=9999, aliases=("顺序", "序号"), help="空着排在最后"),
    ),
    row_key=_key,
    judge=judge,
    apply=apply,
    permission="loans.recommend",
    models=(LoanRoleModel,),
    lookups=Named,
    help="同一人同一天的不重复录入；同一半年两次只计一次。",
    icon="loan",
    order=34,
    endpoint="loans_models.index",
)
