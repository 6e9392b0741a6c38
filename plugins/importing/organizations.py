"""The file of organizations: one row each, superiors in any order, importing twice changes nothing.

O2 impossible value · O3 unknown or ambiguous superior · O4 rule of the tree · O5 another superior than before · O6 unusual number of members.
An empty cell leaves what is known as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from youthpilot.core.batches.models import Batch, BeforeImage
from youthpilot.core.batches.services import keep_before
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.text import fold
from youthpilot.core.organizations import closure, rules
from youthpilot.core.organizations.checks import EDITABLE, check_place, check_values
from youthpilot.core.organizations.loading import bulk_create
from youthpilot.core.organizations.models import BRANCH_KINDS, KINDS, TYPES, Organization, OrganizationClosure, OrganizationEvent, OrganizationLink
from youthpilot.core.organizations.services import update
from youthpilot.core.organizations.settings import thresholds

from .columns import Column
from .importer import CellProblem, Counts, Importer, Row
from .places import Places
from .words import _

_KIND_WORDS = {title: kind for kind, title in KINDS.items() if kind != rules.ROOT_KIND}
_KIND_WORDS |= {
    "乡镇": "township",
    "乡": "township",
    "行政村": "village",
    "居委会": "community",
    "班": "class",
    "事业": "institution",
    "两新组织": "social",
}
_TYPE_WORDS = {title: key for key, title in TYPES.items()} | {
    "基层团委": "committee",
    "团工作委员会": "work_committee",
    "支部": "branch",
    "总支": "general_branch",
}
_STAGES = {"小学": "primary", "初中": "junior", "高中": "senior", "职校": "vocational", "高校": "college"}

COLUMNS = (
    Column(
        "code", "组织编码", required=True, aliases=("编码", "团组织编码", "代码"), max_length=60, example="LH-01", help="县内唯一，可用全国团组织编码"
    ),
    Column("name", "组织全称", required=True, aliases=("团组织全称", "全称", "团组织名称", "组织名称"), max_length=120, example="共青团柳河镇委员会"),
    Column("short_name", "组织简称", aliases=("简称",), max_length=60, example="柳河镇团委"),
    Column("org_type", "组织类型", kind="choice", required=True, aliases=("类型",), choices=_TYPE_WORDS, example="团委"),
    Column("branch_kind", "支部类别", kind="choice", choices={title: key for key, title in BRANCH_KINDS.items() if key}, example="普通"),
    Column("kind", "单位类别", kind="choice", required=True, aliases=("类别", "所属领域", "行业类别"), choices=_KIND_WORDS, example="镇"),
    Column("school_stage", "学段", kind="choice", choices=_STAGES),
    Column("parent", "上级组织", aliases=("上级团组织", "直属上级", "隶属"), help="全称、简称或编码；空着即县级直属", example=""),
    Column("region_code", "行政区划代码", aliases=("区划代码",), max_length=12, example="320924100000"),
    Column(
        "member_count",
        "团员数",
        kind="int",
        aliases=("团员人数", "现有团员数"),
        minimum=0,
        maximum=100_000,
        example="35",
        help="只填编入本组织的团员",
    ),
    Column("member_count_on", "团员数截至日期", kind="date", example="2023-06-30"),
    Column("youth_count", "14至28周岁青年数", kind="int", aliases=("青年数",), minimum=0),
    Column(
        "posts_due", "应配职数", kind="int", aliases=("编制数", "应配团干部数"), minimum=0, maximum=99, example="9", help="没有填0；空着按类型确定"
    ),
    Column("established_on", "成立日期", kind="date", aliases=("建立日期",), example="2015-05-04"),
    Column("last_elected_on", "最近换届日期", kind="date", aliases=("上次换届日期", "换届日期"), example="2021-03-10"),
    Column("term_years", "届期（年）", kind="int", aliases=("任期",), minimum=1, maximum=5, example="5"),
    Column("term_extended_to", "延期至", kind="date"),
    Column("phone", "联系电话", kind="phone", aliases=("电话",)),
    Column("note", "备注"),
)


class Lookup:
    """What judging needs, read once; gathers the file's rows by code."""

    def __init__(self, county_id: int) -> None:
        self.county_id, self.today = county_id, today()
        self.places, self.limits = Places(county_id), thresholds(county_id)
        self.by_code = {row.code: row for row in self.places.rows.values()}
        self.drafts: dict[str, Organization] = {}  # the row as it would be, by code


def judge(row: Row, look: Lookup) -> None:
    """The row's own values: possible or not, usual or not."""
    code = row.values.get("code")
    if not code or not row.values.get("name"):
        return
    known = look.by_code.get(code)
    draft = Organization(county=look.county_id, **({f: getattr(known, f) for f in EDITABLE} if known else {}))
    for name, value in _given(row).items():
        setattr(draft, name, value)
    draft.id = known.id if known else None
    look.drafts[code] = draft
    if not (draft.kind and draft.org_type):
        return  # the framework has said that the cell is empty or no choice
    try:
        check_values(draft, look.today, look.limits)
    except RuleError as error:
        row.error(error.field, str(error), "O2")
    _warn(row, draft, look)


def _given(row: Row) -> dict[str, Any]:
    return {name: row.values[name] for name in EDITABLE if row.values.get(name) is not None}


def _warn(row: Row, draft: Organization, look: Lookup) -> None:
    if row.values.get("member_count") is None:
        return
    warning = rules.member_warning(draft.org_type, draft.member_count, look.limits, look.today)
    least, most = (look.limits.at(f"organizations.{end}_members", look.today) for end in ("min", "max"))
    if warning == "hollow":
        row.warn("member_count", _("Fewer than %(num)s members: is the number right, or should branches be joined?", num=least), "O6")
    elif warning == "large":
        row.warn("member_count", _("More than %(num)s members in one branch: is the number right?", num=most), "O6")
    elif draft.org_type != "branch" and draft.member_count:
        row.warn("member_count", _("Members belong to a branch: give only those who belong to no branch below"), "O6")


def check_file(rows: Iterable[Row], look: Lookup) -> list[CellProblem]:
    """Superiors may stand in the same file: find them, and check the rules of the tree. Errors go to the rows."""
    every, names = list(rows), Names(look)
    for row in every:
        draft = look.drafts.get(row.values.get("code") or "")
        if draft is None or not (draft.kind and draft.org_type):
            continue
        known = look.by_code.get(draft.code)
        if known is None or known.parent_id is not None:
            _check_parent(row, look, names, draft, known)
    _check_circles(every)
    return []


class Names:
    """Organizations of the file and of the county by code, full name and short name; what the file says wins."""

    def __init__(self, look: Lookup) -> None:
        stored = [o for o in look.places.rows.values() if o.code not in look.drafts and o.closed_on is None]
        self.by: tuple[dict[str, list[Organization]], ...] = (defaultdict(list), defaultdict(list), defaultdict(list))
        for row in (*look.drafts.values(), *stored):
            for index, text in zip(self.by, (row.code, row.name, row.short_name), strict=True):
                if text:
                    index[fold(text)].append(row)

    def find(self, text: str) -> list[Organization]:
        """By code, else by full name, else by short name."""
        return next((found for index in self.by if (found := index.get(fold(text)))), [])


def _check_parent(row: Row, look: Lookup, names: Names, draft: Organization, known: Organization | None) -> None:
    parent = _parent(row, look, names, known)
    if parent is None:
        return
    row.values["parent_code"] = parent.code
    try:
        check_place(parent, draft)
    except RuleError as error:
        row.error("parent" if row.values.get("parent") else "kind", str(error), "O4")
    above = look.places.rows.get(known.parent_id) if known is not None else None
    if above is not None and above.code != parent.code:
        row.error("parent", _("It stands below %(name)s so far. Use “move”, which asks for the day and the reason.", name=above.name), "O5")


def _parent(row: Row, look: Lookup, names: Names, known: Organization | None) -> Organization | None:
    text = row.values.get("parent")
    if not text:
        found = look.places.rows.get(known.parent_id) if known is not None else look.places.root
        if found is None and known is None:
            row.error("parent", _("Name the superior organization"), "O3")
        return found
    fitting = names.find(str(text))
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        row.error("parent", _("Several organizations are called %(text)s. Write the full name or the code.", text=text), "O3")
    else:
        row.error("parent", _("There is no organization %(text)s, neither here nor in the file", text=text), "O3")
    return None


def _check_circles(rows: list[Row]) -> None:
    above: dict[Any, Any] = {row.values["code"]: row.values["parent_code"] for row in rows if row.values.get("parent_code")}
    for row in rows:
        seen: set[Any] = set()
        here = row.values.get("parent_code")
        while here in above and here not in seen:
            seen.add(here)
            here = above[here]
        if here is not None and here in seen and row.values["code"] in seen:
            row.error("parent", _("Some organizations name each other as superior"), "O4")


def apply(batch: Batch, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """New ones in bulk, known ones changed one by one."""
    new = [row for row in rows if row.values["code"] not in look.by_code]
    bulk_create(batch.county_id, [{**_given(r), "parent_code": r.values.get("parent_code")} for r in new], batch_id=batch.id, audit=False)
    changed = sum(_change(batch, row, look.by_code[row.values["code"]]) for row in rows if row.values["code"] in look.by_code)
    return Counts(len(new), changed, len(rows) - len(new) - changed)


def _change(batch: Batch, row: Row, known: Organization) -> bool:
    given = {name: value for name, value in _given(row).items() if value != getattr(known, name)}
    if not given:
        return False
    keep_before(batch, known)
    if "established_on" in given:
        link = OrganizationLink
        first = link.select().where(link.organization == known.id).order_by(link.from_on).first()
        keep_before(batch, first)
    update(known, given, _("Import"), batch_id=batch.id, audit=False)
    return True


@contextmanager
def undoing(batch: Batch) -> Iterator[None]:
    """Take what the batch added out of the tree: link, closure and superior. Raises ConflictError if an organization that it changed was
    moved, merged or closed since: the row as it was then would deny that."""
    with closure.tree_work(batch.county_id):
        _refuse_if_moved_since(batch)
        own, pair = Organization, OrganizationClosure
        added = own.select(own.id).where((own.batch_id == batch.id) & own.id.not_in(_changed_by(batch)))
        pair.delete().where(pair.descendant.in_(added) | pair.ancestor.in_(added)).execute()
        OrganizationLink.delete().where(OrganizationLink.organization.in_(added)).execute()
        own.update(parent=None).where(own.id.in_(added)).execute()
    yield


def _changed_by(batch: Batch) -> Any:
    image = BeforeImage
    return image.select(image.row_id).where((image.batch == batch.id) & (image.table_of == Organization._meta.table_name))


def _refuse_if_moved_since(batch: Batch) -> None:
    event = OrganizationEvent
    changed = [i for (i,) in _changed_by(batch).tuples()]
    since = (event.recorded_at >= batch.created_at) & (event.event != "renamed")
    found = event.select().where(since & (event.organization.in_(changed) | event.other.in_(changed))).first()
    if found is not None:
        name = Organization.get_by_id(found.organization_id).name
        raise ConflictError(_("%(name)s was moved, merged or closed since: this file cannot be undone any more", name=name))


IMPORTER = Importer(
    key="organizations.organizations",
    title="团组织名册",
    columns=COLUMNS,
    row_key=lambda values: (values["code"],) if values.get("code") else None,
    judge=judge,
    apply=apply,
    permission="organizations.edit",
    lookups=lambda county_id, options: Lookup(county_id),
    check_file=check_file,
    models=(Organization,),
    undoing=undoing,
    endpoint="organizations.index",
    help="上级组织可以和下级在同一个文件里，先后不限；同一编码再次导入即更新，空格不改动",
    icon="org",
    order=10,
)
IMPORTERS = [IMPORTER]
