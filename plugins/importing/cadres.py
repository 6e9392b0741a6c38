"""Files of cadres (one row per post) and of totals of the last term. Importing twice changes nothing.

K1 identity number against birth date or sex · K2 impossible value · K3 has the post already · K4 two secretaries · K5 age above the usual ·
K6 no birth date · K7 total of the last term.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from youthpilot.core.batches.models import Batch
from youthpilot.core.batches.services import keep_before
from youthpilot.core.cadres import rules
from youthpilot.core.cadres.models import EDUCATIONS, MODES, POLITICS, SEXES, SOURCES, TITLES, Election, Person, Post
from youthpilot.core.cadres.services import PERSON_FIELDS, POST_FIELDS, add_person, appoint, check_total, enter_last_term_totals, update_person
from youthpilot.core.kernel.calendar import age
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.numbers import round_half_up
from youthpilot.core.kernel.secrets import blind_index
from youthpilot.core.organizations.settings import thresholds

from .columns import Column
from .importer import CellProblem, Counts, Importer, Row
from .places import Places
from .words import _


def _words(titles: dict[str, str], **more: str) -> dict[str, str]:
    return {title: key for key, title in titles.items() if key} | more


COLUMNS = (
    Column("name", "姓名", required=True, max_length=40, example="王芳"),
    Column("sex", "性别", kind="choice", choices=_words(SEXES), example="女"),
    Column("ethnicity", "民族", max_length=20, example="汉族"),
    Column("birth_date", "出生日期", kind="date", aliases=("出生年月日", "出生年月"), example="1995-03-08"),
    Column("id_no", "身份证号", kind="id_no", aliases=("身份证号码", "公民身份号码"), help="可不填；加密保存，列表中不显示全号"),
    Column("political_status", "政治面貌", kind="choice", choices=_words(POLITICS, 党员="party", 预备党员="probationary", 团员="member"), example="中共党员"),
    Column("education", "学历", kind="choice", aliases=("文化程度",), choices=_words(EDUCATIONS, 高中="below", 中专="below", 专科="college", 研究生="master", 硕士="master", 博士="master"), example="本科"),
    Column("phone", "手机号", kind="phone", aliases=("手机号码", "联系电话", "手机")),
    Column("organization", "团组织", kind="organization", required=True, aliases=("所在团组织", "团组织全称", "所属团组织"), example="柳河镇团委", help="全称、简称或编码"),
    Column("title", "职务", kind="choice", required=True, aliases=("团内职务",), choices=_words(TITLES, 团委书记="secretary", 团支部书记="secretary"), example="书记"),
    Column("mode", "专挂兼", kind="choice", aliases=("专职挂职兼职", "任职方式"), choices=_words(MODES, 专="full_time", 挂="secondment", 兼="part_time"), example="兼职"),
    Column("source", "来源", kind="choice", aliases=("人员来源",), choices=_words(SOURCES), example="公务员"),
    Column("on_establishment", "是否编制内", kind="bool", aliases=("编制内",), example="是"),
    Column("two_committees", "是否兼任两委", kind="bool", aliases=("兼任两委", "是否兼任村（社区）两委"), example="否"),
    Column("start_on", "任职日期", kind="date", required=True, aliases=("任职时间", "任现职时间"), example="2021-03-10"),
    Column("end_on", "离任日期", kind="date", aliases=("离任时间", "免职日期"), help="最后任职的一天；空着即在任"),
)  # fmt: skip


@dataclass
class Lookup:
    """What judging needs, read once. `seats`: the secretaries of an organization as they would be after the file."""

    county_id: int
    day: date
    places: Places
    persons: list[Person]
    posts: dict[int, list[Post]] = field(default_factory=lambda: defaultdict(list))
    by_id_no: dict[str, Person] = field(default_factory=dict)
    by_name: dict[tuple[int, str], list[Person]] = field(default_factory=lambda: defaultdict(list))
    limits: Any = None


def lookups(county_id: int, options: dict[str, Any]) -> Lookup:
    """Organizations, persons and posts of the scope."""
    persons = list(Person.select().where(Person.county == county_id).order_by(Person.id))
    look = Lookup(county_id, today(), Places(county_id), persons, limits=thresholds(county_id, rules.DEFAULTS))
    for person in persons:
        look.by_name[person.organization_id, person.name].append(person)
        if person.id_no_index:
            look.by_id_no.setdefault(person.id_no_index, person)
    for post in Post.select().where(Post.county == county_id):
        look.posts[post.person_id].append(post)
    return look


def judge(row: Row, look: Lookup) -> None:
    """One post: its organization, its person, its days."""
    values = row.values
    organization = values["organization_id"] = values.get("organization")
    _judge_id_no(row)
    birth, start, end = values.get("birth_date"), values.get("start_on"), values.get("end_on")
    if birth is not None and not date(1900, 1, 1) <= birth <= look.day:
        row.error("birth_date", _("The birth date %(day)s is not possible", day=birth), "K2")
    if start is not None and end is not None and end < start:
        row.error("end_on", _("The post began on %(day)s: it cannot end before", day=start), "K2")
    if organization is None or not values.get("name") or start is None or not values.get("title"):
        return
    _judge_age(row, look, organization)
    person = _known_person(values, look)
    values["person"], values["person_key"] = person, _person_key(values)
    if person is not None and person.name != values["name"]:
        row.warn("name", _("This identity number belongs to another name so far; the name will be changed"), "K1")
    values["post"] = _known_post(row, look, person, organization) if person is not None else None
    place = look.places.rows[organization]
    if place.closed_on is not None and (end is None or end > place.closed_on):
        row.error(
            "organization", _("%(name)s was closed on %(day)s: nobody holds a post there afterwards", name=place.name, day=place.closed_on), "K2"
        )


def _judge_id_no(row: Row) -> None:
    """Birth date and sex come from the identity number where the cells are empty; where they differ, somebody should look."""
    number = row.values.get("id_no")
    if number is None or isinstance(number, str):
        return
    row.values["id_no"], sex = number.text, {"male": "M", "female": "F"}[number.sex]
    if row.values.get("birth_date") is None:
        row.values["birth_date"] = number.birth
    elif row.values["birth_date"] != number.birth:
        row.warn("birth_date", _("The identity number says %(day)s: which is right?", day=number.birth), "K1")
    if not row.values.get("sex"):
        row.values["sex"] = sex
    elif row.values["sex"] != sex:
        row.warn("sex", _("The identity number says %(sex)s: which is right?", sex=SEXES[sex]), "K1")


def _judge_age(row: Row, look: Lookup, organization: int) -> None:
    birth, end = row.values.get("birth_date"), row.values.get("end_on")
    if birth is None:
        if row.values["title"] == "secretary":
            row.warn("birth_date", _("Without a birth date this secretary is left out of the mean age"), "K6")
        return
    if end is not None or birth > look.day:
        return
    ceiling, years = rules.age_ceiling(look.places.rows[organization].kind, look.limits, look.day), age(birth, look.day)
    if years > ceiling:
        row.warn("birth_date", _("%(years)s years: above the usual %(ceiling)s for this post", years=years, ceiling=ceiling), "K5")
    if years < 14:
        row.warn("birth_date", _("%(years)s years only: is the birth date right?", years=years), "K5")


def _person_key(values: dict[str, Any]) -> tuple[Any, ...]:
    """Who it is: the identity number (as blind index), else name and birth date within the organization."""
    index = blind_index(values.get("id_no") or "")
    return (index,) if index else (values["organization_id"], values["name"], values.get("birth_date"))


def _known_person(values: dict[str, Any], look: Lookup) -> Person | None:
    index = blind_index(values.get("id_no") or "")
    if index and index in look.by_id_no:
        return look.by_id_no[index]
    birth = values.get("birth_date")
    for person in look.by_name.get((values["organization_id"], values["name"]), []):
        same_birth = birth is None or person.birth_date is None or person.birth_date == birth
        if same_birth and not (index and person.id_no_index):
            return person
    return None


def _known_post(row: Row, look: Lookup, person: Person, organization: int) -> Post | None:
    values = row.values
    same = [p for p in look.posts[person.id] if p.organization_id == organization and p.title == values["title"]]
    for post in same:
        if post.start_on == values["start_on"]:
            return post
    for post in same:
        if rules.overlap(values["start_on"], values.get("end_on"), post.start_on, post.end_on):
            row.error("start_on", _("This person holds the post since %(day)s already", day=post.start_on), "K3")
    return None


def check_file(rows: Iterable[Row], look: Lookup) -> list[CellProblem]:
    """One secretary at a time per organization, those entered already included. Errors go to the rows."""
    every = [row for row in rows if "post" in row.values and row.values["title"] == "secretary"]
    touched = {row.values["post"].id for row in every if row.values["post"] is not None}
    terms: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for posts in look.posts.values():
        for post in posts:
            if post.title == "secretary" and post.id not in touched:
                terms[post.organization_id].append((post.start_on, post.end_on))
    for row in every:
        values = row.values
        end = values.get("end_on") or (values["post"].end_on if values["post"] is not None else None)
        place = values["organization_id"]
        clash = next((start for start, other in terms[place] if rules.overlap(values["start_on"], end, start, other)), None)
        if clash is not None:
            name = look.places.rows[place].name
            row.error("title", _("%(name)s has a secretary since %(day)s: end that post first", name=name, day=clash), "K4")
        terms[place].append((values["start_on"], end))
    return []


def apply(batch: Batch, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """Persons first (each once), then posts; posts that end in the file are written before those that begin."""
    added = changed = 0
    made: dict[tuple[Any, ...], Person] = {}
    for row in sorted(rows, key=lambda r: (r.values.get("post") is None, r.values["start_on"])):
        values = row.values
        person, moved = values["person"], False
        if person is None:
            person = made.get(values["person_key"])
        if person is None:
            person = made[values["person_key"]] = add_person(values["organization_id"], _given(values, PERSON_FIELDS), batch.id, audit=False)
        elif _differs(person, _given(values, PERSON_FIELDS)):
            moved = _change_person(batch, person, _given(values, PERSON_FIELDS))
        if values["post"] is None:
            details = _given(values, (*POST_FIELDS, "end_on"))
            appoint(person, values["organization_id"], values["title"], values["start_on"], batch_id=batch.id, audit=False, **details)
            added += 1
        else:
            changed += _change_post(batch, values["post"], _given(values, (*POST_FIELDS, "end_on"))) or moved
    return Counts(added, changed, len(rows) - added - changed)


def _given(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name) is not None}


def _differs(row: Any, given: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in given.items())


def _change_person(batch: Batch, person: Person, given: dict[str, Any]) -> bool:
    if person.batch_id != batch.id:
        keep_before(batch, person)
    return update_person(person, given, batch.id, audit=False)


def _change_post(batch: Batch, post: Post, given: dict[str, Any]) -> bool:
    if not _differs(post, given):
        return False
    keep_before(batch, post)
    Post.update(**given, batch_id=batch.id).where(Post.id == post.id).execute()
    return True


def _row_key(values: dict[str, Any]) -> tuple[Any, ...] | None:
    if "person_key" not in values:
        return None
    return (*values["person_key"], values["organization_id"], values["title"], values["start_on"])


CADRES = Importer(
    key="cadres.posts",
    title="团干部名册",
    columns=COLUMNS,
    row_key=_row_key,
    judge=judge,
    apply=apply,
    permission="cadres.edit",
    models=(Post, Person),
    lookups=lookups,
    check_file=check_file,
    endpoint="cadres.index_view",
    help="一职一行，一人多职写多行；书记换人时，前任写明离任日期",
    icon="cadre",
    order=11,
)

# totals of the last term ---------------------------------------------------------------------------------------------

TOTAL_COLUMNS = (
    Column(
        "kind", "类型", kind="choice", required=True, aliases=("层级",), example="镇街团委书记",
        choices={"镇街团委书记": "township", "村居书记": "village", "镇": "township", "镇街": "township", "村": "village", "村居": "village"},
    ),
    Column("held_on", "换届日期", kind="date", required=True, example="2021-03-10"),
    Column("age_sum", "上届年龄合计", kind="int", aliases=("年龄合计",), minimum=14, example="444", help="换届前一日周岁之和"),
    Column("count", "上届人数", kind="int", required=True, aliases=("人数",), minimum=1, maximum=100_000, example="15"),
    Column("mean", "上届平均年龄", kind="decimal", aliases=("平均年龄",), minimum=14, maximum=70, help="没有年龄合计时才填"),
)  # fmt: skip


def judge_total(row: Row, look: Any) -> None:
    """The sum, or what the mean says of it; both must agree to the decimals given."""
    values = row.values
    count, age_sum, mean = values.get("count"), values.get("age_sum"), values.get("mean")
    if not count or not values.get("kind") or values.get("held_on") is None:
        return
    if age_sum is None and mean is None:
        row.error("age_sum", _("Give the sum of ages or the mean age"), "K7")
        return
    if age_sum is None:
        values["age_sum"] = age_sum = int(round_half_up(mean * count))
        row.warn("mean", _("The sum of ages was worked out from the mean: %(sum)s", sum=age_sum), "K7")
    elif mean is not None and round_half_up(Decimal(age_sum) / count, 1) != round_half_up(mean, 1):
        row.error("mean", _("%(sum)s over %(count)s is not this mean", sum=age_sum, count=count), "K7")
    try:
        check_total(values["kind"], age_sum, count, values["held_on"])
    except YouthpilotError as error:
        row.error(getattr(error, "field", ""), str(error), "K7")


def apply_totals(batch: Batch, rows: list[Row], look: Any, options: dict[str, Any]) -> Counts:
    """One total per level and day."""
    added = changed = 0
    for row in rows:
        kind, held_on, age_sum, count = (row.values[name] for name in ("kind", "held_on", "age_sum", "count"))
        known = Election.get_or_none((Election.county == batch.county_id) & (Election.covers_kind == kind) & (Election.held_on == held_on))
        if known is not None and (known.before_age_sum, known.before_count) == (age_sum, count):
            continue
        if known is not None:
            keep_before(batch, known)
        enter_last_term_totals(batch.county_id, kind, age_sum, count, held_on, batch.file_name, batch.id)
        added, changed = added + (known is None), changed + (known is not None)
    return Counts(added, changed, len(rows) - added - changed)


LAST_TERM_TOTALS = Importer(
    key="cadres.last_term_totals",
    title="上届书记年龄总数",
    columns=TOTAL_COLUMNS,
    row_key=lambda values: (values.get("kind"), values.get("held_on")),
    judge=judge_total,
    apply=apply_totals,
    permission="organizations.edit",
    models=(Election,),
    help="新启用的县没有逐个组织的换届记录时，填上届的总数，用于判断平均年龄是否下降",
    icon="people",
    order=12,
)
IMPORTERS = [CADRES, LAST_TERM_TOTALS]
