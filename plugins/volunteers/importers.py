"""Files that come in: the roster of volunteers, sign-in lists, donations of a platform."""

from typing import Any

from youthpilot.core import Person, actor_name, current_scope
from youthpilot.plugins.importing import Column, Counts, Importer, ImportOption, Row

from . import rules, services
from .funding import donate
from .judging import Funds, Roster, Service, judge_donation, judge_record, judge_volunteer
from .models import Activity, Campaign, Donation, Movement, Record, Volunteer
from .serving import record

GUARDIAN = ("guardian_name", "guardian_relation", "guardian_phone", "consent_on")


def recorder() -> tuple[str, str]:
    """(id, name) of who writes records down: the signed-in user, else the command line."""
    actor_id = current_scope().actor_id
    return (f"user:{actor_id}" if actor_id else actor_name()), actor_name()


def apply_roster(batch: Any, rows: list[Row], look: Roster, options: dict[str, Any]) -> Counts:
    """New names join; of those known, group, skills and guardian are brought up to date."""
    added = changed = 0
    numbers: dict[int, int] = {}
    for row in rows:
        v = row.values
        own = {"group": v["group_id"], "drive": v["drive_id"], "skills": v.get("skills"), "fields": v["field_codes"] or None}
        own |= {k: v.get(k) for k in GUARDIAN}
        if v["known"] is not None:
            changed += services.change_volunteer(Volunteer.get_by_id(v["known"]), own, batch)
            continue
        given = {"name": v["name"], "sex": v["sex"], "birth_date": v["birth_date"], "id_no": v["id_text"], "phone": v.get("phone")}
        given |= {"joined_on": v["joined_on"], "number": v.get("number"), **own}
        services.add_volunteer(v["organization"], given, batch, "" if v.get("number") else _number(v["joined_on"], numbers))
        added += 1
    return Counts(added, changed, len(rows) - added - changed)


def _number(joined_on: Any, last: dict[int, int]) -> str:
    """The next number; looked up once per year for the whole file."""
    first = services.next_number(joined_on) if joined_on.year not in last else ""
    stem = rules.volunteer_number(services.county_code(), joined_on.year, 0)[:-6]
    last[joined_on.year] = int(first[len(stem) :]) if first else last[joined_on.year] + 1
    return f"{stem}{last[joined_on.year]:06d}"


def apply_records(batch: Any, rows: list[Row], look: Service, options: dict[str, Any]) -> Counts:
    """Each stretch once; they wait for approval by somebody else."""
    added = 0
    for row in rows:
        v = row.values
        if v["present"] is not None:
            continue
        record(
            v["activity_row"],
            v["volunteer_row"],
            v["came_at"],
            v["left_at"],
            recorder(),
            source="import",
            late_reason="导入签到表",
            evidence=batch.file_name,
            batch=batch,
        )
        added += 1
    return Counts(added, 0, len(rows) - added)


def apply_donations(batch: Any, rows: list[Row], look: Funds, options: dict[str, Any]) -> Counts:
    """Each receipt once."""
    keys = ("received_on", "amount", "kind", "donor", "channel", "reference_no")
    added = sum(donate(look.chosen, {k: row.values.get(k) for k in keys}, batch)[1] for row in rows)
    return Counts(added, 0, len(rows) - added)


def activity_choices(county_id: int) -> list[tuple[str, str]]:
    """Activities, newest first."""
    a = Activity
    return [
        (str(i), f"{title}（{day}）")
        for i, title, day in a.select(a.id, a.title, a.held_on).where(a.state != "cancelled").order_by(a.held_on.desc()).limit(100).tuples()
    ]


def campaign_choices(county_id: int) -> list[tuple[str, str]]:
    """Campaigns, newest first."""
    return [(str(i), title) for i, title in Campaign.select(Campaign.id, Campaign.title).order_by(Campaign.id.desc()).tuples()]


def only_campaign(county_id: int) -> str | None:
    """The newest campaign."""
    found = campaign_choices(county_id)
    return found[0][0] if found else None


PLACE = ("所属团组织", "单位", "所在单位", "镇村", "团支部")
IMPORTERS = [
    Importer(
        key="volunteers_roster", title="志愿者名册", permission="volunteers.record", icon="heart", order=40, endpoint="volunteers_roster.index",
        columns=(
            Column("organization", "团组织", kind="organization", required=True, aliases=PLACE, example="柳河镇团委"),
            Column("name", "姓名", required=True, aliases=("志愿者姓名",), max_length=40, example="王芳"),
            Column("sex", "性别", kind="choice", choices={"男": "M", "女": "F"}, example="女"),
            Column("birth_date", "出生日期", kind="date", aliases=("出生年月日", "生日"), example="2001-05-04"),
            Column("id_no", "身份证号", kind="id_no", aliases=("身份证号码", "证件号码")),
            Column("phone", "手机号", kind="phone", aliases=("联系电话", "电话", "手机")),
            Column("joined_on", "加入日期", kind="date", required=True, aliases=("注册日期", "注册时间", "加入时间"), example="2023-03-05"),
            Column("number", "志愿者编号", aliases=("编号", "注册号"), max_length=20),
            Column("group", "队伍", aliases=("志愿服务队", "所属队伍"), max_length=80),
            Column("drive", "招募活动", max_length=80),
            Column("skills", "特长", aliases=("技能", "专长"), max_length=120),
            Column("fields", "服务领域", aliases=("意向领域",), example="教育、助老"),
            Column("guardian_name", "监护人", aliases=("监护人姓名",), max_length=40),
            Column("guardian_relation", "与监护人关系", aliases=("监护关系", "关系"), max_length=20),
            Column("guardian_phone", "监护人电话", kind="phone"),
            Column("consent_on", "监护人同意日期", kind="date", aliases=("同意日期",)),
        ),
        row_key=lambda v: (v.get("id_text") or (v.get("organization"), v.get("name"), v.get("birth_date"), v.get("number")),),
        judge=judge_volunteer, apply=apply_roster, lookups=Roster, models=(Movement, Volunteer, Person),
        help="14至18周岁须填监护人、关系和同意日期。未成年人的手机号不保存。志愿者编号留空的自动编号，不能用身份证号。",
    ),
    Importer(
        key="volunteers_records", title="志愿服务签到表", permission="volunteers.record", icon="heart", order=41,
        endpoint="volunteers_activities.approving",
        columns=(
            Column("activity", "活动", aliases=("活动名称", "项目"), max_length=80),
            Column("number", "志愿者编号", aliases=("编号",), max_length=20),
            Column("name", "姓名", required=True, aliases=("志愿者姓名",), max_length=40, example="王芳"),
            Column("organization", "团组织", kind="organization", aliases=PLACE),
            Column("served_on", "服务日期", kind="date", required=True, aliases=("日期",), example="2023-06-26"),
            Column("came", "签到时间", required=True, aliases=("签到", "开始时间", "到岗时间"), example="08:30"),
            Column("left", "签退时间", aliases=("签退", "结束时间", "离岗时间"), example="11:30"),
        ),
        row_key=lambda v: (v["volunteer_row"].id, v["came_at"]) if v.get("volunteer_row") and v.get("came_at") else None,
        judge=judge_record, apply=apply_records, lookups=Service, models=(Record,),
        options=(ImportOption("activity", "活动", "choice", required=False, choices=activity_choices, help="文件里每行已写明活动的，以文件为准"),),
        help="一行一次签到签退，路途时间不计。导入后由另一人认定，才计入时长。",
    ),
    Importer(
        key="volunteers_donations", title="募捐到账明细", permission="volunteers.manage", icon="heart", order=42,
        endpoint="volunteers_campaigns.index",
        columns=(
            Column("received_on", "到账日期", kind="date", required=True, aliases=("捐赠时间", "捐赠日期", "日期", "到账时间"), example="2023-03-05"),
            Column("amount", "金额", kind="decimal", required=True, places=2, aliases=("捐赠金额", "金额（元）", "到账金额"), example="100.00"),
            Column("donor", "捐赠人", aliases=("捐赠方", "姓名", "爱心人士"), max_length=80, example="王先生"),
            Column("is_anonymous", "是否匿名", kind="bool", aliases=("匿名",), example="否"),
            Column("channel", "方式", kind="choice", choices={w: c for c, w in rules.CHANNELS.items()}, aliases=("渠道",), example="线上"),
            Column("reference_no", "票据号", required=True, aliases=("订单号", "流水号", "捐赠编号", "票据编号"), max_length=60, example="D2023030500001"),
        ),
        row_key=lambda v: (v["reference_no"],) if v.get("reference_no") else None,
        judge=judge_donation, apply=apply_donations, lookups=Funds, models=(Donation,),
        options=(ImportOption("campaign", "募捐", "choice", choices=campaign_choices, default=only_campaign),),
        help="平台导出的到账明细。匿名的不保存姓名。同一票据号只计一次。",
    ),
]  # fmt: skip
