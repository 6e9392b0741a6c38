"""Files that come in: the roll of member units with representatives and posts, and the receipts of dues."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from youthpilot.core import Person, current_scope, keep_before, today
from youthpilot.plugins.importing import Column, Counts, Importer, Row

from . import checks, people, services
from .models import ChamberPost, ChamberReceipt, ChamberRepresentative, ChamberUnit
from .people import Given
from .queries import representative_of, scope_root, settings_on, term_on, unit_dues
from .rules import POSTS, find_category, sector_of
from .services import Member
from .words import _

POST_WORDS = {title: key for key, title in POSTS.items()} | {
    "执行会长": "executive",
    "执行副会长": "executive",
    "会员单位": "member",
    "普通会员": "member",
}


def _put(row: Row, findings: list[checks.Finding]) -> None:
    for one in findings:
        (row.error if one.level == "E" else row.warn)(one.field, one.message, one.code)


class Lookup:
    """The roll, read once; names and codes of the file itself join it."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        self.roll = checks.Roll.read()
        self.today = today()
        root = scope_root()
        self.root = root.id if root else 0
        self.units = {u.id: u for u in ChamberUnit.select().where(ChamberUnit.left_on.is_null())}
        self.term = term_on(self.today)
        self.president = ""
        if self.term is not None:
            p = ChamberPost
            post = p.select().where(p.term == self.term.id, p.title == "president", p.end_on.is_null() | (p.end_on >= self.today)).first()
            self.president = str(post.representative.unit_id) if post else ""

    def find(self, name: str, code: str) -> ChamberUnit | None:
        """The unit of the roll with this code, else this name."""
        key = self.roll.by_uscc.get(code) if code else None
        return self.units.get(key or self.roll.by_name.get(name, 0))


def judge_unit(row: Row, look: Lookup) -> None:
    """C1–C8, C23–C26 of a row."""
    v = row.values
    name, category = (v.get("name") or "").strip(), find_category(str(v.get("category") or ""))
    known = look.find(name, checks.clean_uscc(v.get("uscc")))
    v["unit_id"], v["category"] = known.id if known else None, category or ""
    limits = settings_on(v.get("joined_on") or look.today)
    values = {"name": name, "uscc": v.get("uscc"), "category": category, "joined_on": v.get("joined_on"), "left_on": None}
    _put(row, checks.check_unit(values, look.today, limits, look.roll, known))
    if v.get("representative"):
        _judge_person(row, look, known)
    _judge_post(row, look, str(v["unit_id"] or name))


def _judge_person(row: Row, look: Lookup, known: ChamberUnit | None) -> None:
    """Who stands for the unit, and whether he follows somebody else."""
    v = row.values
    v["id_text"] = v["id_no"].text if v.get("id_no") else ""
    person = representative_of(known, look.today) if known else None
    same = person is not None and person.name == v["representative"].strip()
    given = _given(v)
    found = people.match(known.organization_id if known else v.get("organization") or look.root, given)
    birth = found.birth_date or (person.birth_date if same and person else None)
    if not (same and person is not None and person.birth_date == birth and not given.id_no):
        _put(row, [f for f in found.findings if not same or f.code == "C24"])
        limits = settings_on(v.get("joined_on") or look.today)
        _put(row, checks.check_person(birth, v.get("joined_on"), look.today, limits, own=person is None or same))
    if person is not None and not same:
        row.warn("representative", _("Until now %(name)s stood for this unit: the change counts from today.", name=person.name), "C23")


def _given(v: dict[str, Any]) -> Given:
    return Given(v["representative"].strip(), v.get("birth_date"), v.get("phone") or "", v.get("id_text") or "")


def _judge_post(row: Row, look: Lookup, who: str) -> None:
    title = row.values.get("post")
    if not title or title == "member":
        return
    if look.term is None:
        row.error("post", _("There is no term yet: enter the present term first."), "C11")
    elif title == "president":
        if look.president and look.president != who:
            row.error("post", _("There is another president already: a term has one at a time."), "C8")
        look.president = who


def apply_units(batch: Any, rows: list[Row], look: Lookup, options: dict[str, Any]) -> Counts:
    """New units with representative and post; of known ones what the file says otherwise."""
    done: dict[str, int] = defaultdict(int)
    for row in rows:
        v = row.values
        unit = ChamberUnit.get_or_none(ChamberUnit.id == v["unit_id"]) if v["unit_id"] else None
        if unit is None:
            unit = services.add_unit(_member(v), "", organization_id=v.get("organization"), batch=batch)
            changed = False
            done["added"] += 1
        else:
            changed = _change(batch, unit, v)
        posted = _give_post(batch, unit, v, look)
        if v["unit_id"]:
            done["changed" if changed or posted else "unchanged"] += 1
    return Counts(done["added"], done["changed"], done["unchanged"])


def _member(v: dict[str, Any]) -> Member:
    words = {k: v.get(k) or "" for k in ("name", "category", "representative", "uscc", "business", "position", "phone")}
    return Member(joined_on=v["joined_on"], birth_date=v.get("birth_date"), id_no=v.get("id_text") or "", **words)


def _change(batch: Any, unit: ChamberUnit, v: dict[str, Any]) -> bool:
    wanted = {"name": v["name"].strip(), "uscc": checks.clean_uscc(v.get("uscc")) or unit.uscc, "business": v.get("business") or unit.business}
    wanted |= {"category": v["category"], "sector": sector_of(v["category"]), "joined_on": v["joined_on"]}
    changed = _set(batch, unit, wanted)
    person, given = representative_of(unit, today()), _given(v)
    if person is not None and person.name != given.name:
        services.change_representative(unit, given, today(), "", position=v.get("position") or "", batch=batch)
        return True
    if person is None:
        return changed
    changed = _set(batch, person, {"position": v["position"]} if v.get("position") else {}) or changed
    return _fill(batch, person, unit, given) or changed


def _fill(batch: Any, person: ChamberRepresentative, unit: ChamberUnit, given: Given) -> bool:
    """What the file says otherwise of the person on record; blank cells leave what is known."""
    if person.known is None:
        return False
    kept = Given(given.name, given.birth_date or person.birth_date, given.phone or person.phone, given.id_no)
    return people.correct(person.known, kept, batch)


def _set(batch: Any, row: Any, wanted: dict[str, Any]) -> bool:
    if all(getattr(row, k) == x for k, x in wanted.items()):
        return False
    keep_before(batch, row)
    for key, value in wanted.items():
        setattr(row, key, value)
    row.save()
    return True


def _give_post(batch: Any, unit: ChamberUnit, v: dict[str, Any], look: Lookup) -> bool:
    title, person = v.get("post"), representative_of(unit, today())
    if not title or title == "member" or look.term is None or person is None:
        return False
    p = ChamberPost
    current = p.select().where(p.term == look.term.id, p.representative == person.id, p.end_on.is_null()).first()
    if current is not None:
        return _set(batch, current, {"title": title})
    services.appoint(look.term, person, title, max(look.term.started_on, person.from_on), batch=batch)
    return True


# receipts ------------------------------------------------------------------------------------------------------------


class Dues(Lookup):
    """With the receipts so far."""

    def __init__(self, county_id: int, options: dict[str, Any]) -> None:
        super().__init__(county_id, options)
        self.units = {u.id: u for u in ChamberUnit.select()}
        self.roll = checks.Roll({u.name: u.id for u in self.units.values()}, {u.uscc: u.id for u in self.units.values() if u.uscc})
        self.receipts = {c.receipt_no: c for c in ChamberReceipt.select()}
        self.more: dict[tuple[int, int], Decimal] = defaultdict(Decimal)  # paid by earlier rows of the file


def judge_receipt(row: Row, look: Dues) -> None:
    """C15–C18 of a row; the same receipt again says nothing new."""
    v = row.values
    unit = look.find((v.get("unit") or "").strip(), checks.clean_uscc(v.get("uscc")))
    if unit is None:
        if v.get("unit"):
            row.error("unit", _("“%(text)s” is not on the roll. Correct the name, or add the unit first.", text=v["unit"]), "C17")
        return
    v["unit_id"] = unit.id
    if any(v.get(k) is None for k in ("year", "amount", "paid_on", "receipt_no")):
        return
    known = look.receipts.get(v["receipt_no"].strip())
    own = known if known is not None and known.unit_id == unit.id else None
    found = checks.check_receipt(unit, v, look.today, own)
    if own is None and not found:
        line = unit_dues(unit, v["year"], look.today)
        before = look.more[unit.id, v["year"]]
        look.more[unit.id, v["year"]] += v["amount"]
        if line is not None and before and line.paid + before + v["amount"] > line.due:
            found = [checks.Finding("C18", "W", "amount", _("With the rows above more than the %(due)s yuan due for the year.", due=line.due))]
    _put(row, found)


def apply_receipts(batch: Any, rows: list[Row], look: Dues, options: dict[str, Any]) -> Counts:
    """New receipts; known ones get what the file says."""
    done: dict[str, int] = defaultdict(int)
    for row in rows:
        v = row.values
        values = {"unit": v["unit_id"], "year": v["year"], "amount": v["amount"], "paid_on": v["paid_on"], "note": v.get("note") or ""}
        known = look.receipts.get(v["receipt_no"].strip())
        if known is None:
            unit = look.units[v["unit_id"]]
            place = {"county": current_scope().county_id, "organization": unit.organization_id, "batch_id": batch.id}
            ChamberReceipt.create(**place, receipt_no=v["receipt_no"].strip(), **values)
            done["added"] += 1
        else:
            values.pop("unit")
            done["changed" if _set(batch, known, values) else "unchanged"] += 1
    return Counts(done["added"], done["changed"], done["unchanged"])


IMPORTERS = [
    Importer(
        key="chamber_units",
        title="青商会会员单位名册",
        columns=(
            Column("name", "单位名称", required=True, aliases=("会员单位", "企业名称", "单位"), max_length=120, example="恒达食品有限公司"),
            Column("uscc", "统一社会信用代码", aliases=("信用代码", "社会信用代码"), example="91110108551385082Q", help="没有的空着"),
            Column(
                "category", "行业大类", required=True, aliases=("行业", "所属行业", "行业代码"), example="13", help="两位代码或名称；产业由它得出"
            ),
            Column("business", "主营业务", aliases=("主营", "经营范围"), max_length=120),
            Column("representative", "代表人", required=True, aliases=("会员代表", "负责人", "姓名", "代表"), max_length=40, example="王芳"),
            Column("birth_date", "出生日期", kind="date", aliases=("出生年月日", "代表人出生日期"), example="1988-03-12"),
            Column("id_no", "身份证号", kind="id_no", aliases=("身份证号码", "证件号码"), help="可空；填了就能认出已在别处登记的同一人"),
            Column("position", "单位职务", aliases=("代表人职务",), max_length=40, example="总经理"),
            Column("phone", "联系电话", kind="phone", aliases=("电话", "手机")),
            Column("joined_on", "入会日期", kind="date", required=True, aliases=("入会时间",), example="2021-05-04"),
            Column(
                "post", "商会职务", kind="choice", choices=POST_WORDS, aliases=("职务", "会内职务"), example="理事", help="本届职务，普通会员空着"
            ),
            Column("organization", "团组织", kind="organization", aliases=("所属团组织", "所在团组织"), help="空着即团县委直接联系"),
        ),
        row_key=lambda v: (checks.clean_uscc(v.get("uscc")) or v.get("name"),),
        judge=judge_unit,
        apply=apply_units,
        permission="chamber.edit",
        models=(ChamberPost, ChamberRepresentative, ChamberUnit, Person),
        lookups=Lookup,
        help="已在册的单位（按信用代码，其次按名称）改动其不同之处，没有的新增。",
        icon="chamber",
        order=30,
        endpoint="chamber_units.index_view",
    ),
    Importer(
        key="chamber_receipts",
        title="青商会会费收据",
        columns=(
            Column("unit", "单位名称", required=True, aliases=("会员单位", "缴费单位", "单位"), example="恒达食品有限公司"),
            Column("uscc", "统一社会信用代码", aliases=("信用代码",)),
            Column("year", "会费年度", kind="int", required=True, aliases=("年度",), minimum=2000, maximum=2100, example="2023"),
            Column("amount", "金额（元）", kind="decimal", required=True, aliases=("金额", "缴费金额"), places=2, example="800"),
            Column("paid_on", "缴费日期", kind="date", required=True, aliases=("收款日期",), example="2023-03-15"),
            Column("receipt_no", "收据号", required=True, aliases=("票据号", "收据编号"), max_length=40, example="QSH2023-001"),
            Column("note", "备注", max_length=200),
        ),
        row_key=lambda v: ((v.get("receipt_no") or "").strip(),) if v.get("receipt_no") else None,
        judge=judge_receipt,
        apply=apply_receipts,
        permission="chamber.edit",
        models=(ChamberReceipt,),
        lookups=Dues,
        help="每张收据一行；同一收据号再次导入时只改不同之处。",
        icon="chamber",
        order=31,
        endpoint="chamber_receipts.index_view",
    ),
]
