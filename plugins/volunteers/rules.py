"""Pure rules of the field: ages, minutes, pairs and caps, stars, running numbers, what a room and a campaign must have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from youthpilot.core import Permission, add_months, age, round_half_up

APPROVE = Permission("volunteers.approve", "认定服务时长", ("county_admin", "reviewer", "reporter"))
FIELDS = {
    "culture": "文化", "medical": "医疗", "education": "教育", "safety": "安全", "environment": "环保", "elderly": "助老",
    "event": "大型活动", "emergency": "应急", "care": "关爱",
}  # fmt: skip
PROJECT_STATES = {"planning": "策划", "recruiting": "招募", "running": "实施", "closed": "结项"}
ACTIVITY_STATES = {"planned": "待开展", "held": "已开展", "cancelled": "已取消"}
RECORD_STATES = {"open": "未签退", "waiting": "待审核", "approved": "已认定", "refused": "未认定", "withdrawn": "已撤回"}
ASSOCIATION_STATES = {"preparing": "筹建", "established": "成立", "ended": "终止"}
ASSOCIATION_POSTS = {"president": "会长", "vice_president": "副会长", "secretary_general": "秘书长", "director": "理事", "supervisor": "监事"}
MOVEMENTS = {"joined": "加入", "left": "退出", "returned": "回来"}
ENTRY_KINDS = {"training": "培训", "award": "表彰奖励", "evaluation": "评价"}
CERTIFICATE_STATES = {"publicity": "公示中", "issued": "已出具", "revoked": "已撤销"}
CATEGORIES = {"orphan": "孤儿", "defacto": "事实孤儿", "hardship": "困境儿童"}
ROOM_STATES = {
    "survey": "摸排",
    "review": "审核",
    "design": "设计",
    "building": "施工",
    "air_test": "检测",
    "handed": "交付",
    "followed": "回访",
    "dropped": "终止",
}
ROOM_ORDER = ("survey", "review", "design", "building", "air_test", "handed", "followed")
SURFACES = {"ceiling": "顶面", "wall": "墙面", "floor": "地面"}
ITEMS = {"bed": "床", "desk": "书桌", "wardrobe": "衣柜", "curtain": "窗帘", "lamp": "灯", "shelf": "书架"}
DONORS = {"person": "个人", "body": "单位", "anonymous": "匿名", "total": "汇总"}
CHANNELS = {"online": "线上", "transfer": "转账", "cash": "现金", "kind": "物资折价"}
CAMPAIGN_STATES = {"preparing": "筹备", "open": "募捐中", "ended": "已结束"}
DISCLOSURES = {"interim": "定期公开", "final": "全面公开"}
FORBIDDEN_WORD = "补录"
LONGEST_ACTIVITY = timedelta(days=366)


# ages ------------------------------------------------------------------------------------------------------------------


def full_years(birth: date, on: date) -> int:
    """Full years on a day in the strict reading: a person reaches an age on the day after the birthday (security.md M1)."""
    return age(birth, on, strict=True)


@dataclass(frozen=True)
class Ages:
    """The bounds in force: below `lowest` nobody registers, below `adult` a guardian consents."""

    lowest: int = 14
    adult: int = 18


def needs_guardian(birth: date | None, on: date, ages: Ages) -> bool:
    """True for a minor; a person without a birth date is not taken for one."""
    return birth is not None and full_years(birth, on) < ages.adult


# minutes ---------------------------------------------------------------------------------------------------------------


def minutes_between(came: datetime, left: datetime) -> int:
    """Whole minutes served, begun minutes not counted: the one rounding rule."""
    return max(0, int((left - came).total_seconds() // 60))


def hours(minutes: int) -> Decimal:
    """Minutes as hours, unrounded."""
    return Decimal(minutes) / 60


def hours_text(minutes: int) -> str:
    """Hours with at most one decimal, half-up: 2, 2.5."""
    value = round_half_up(hours(minutes), 1)
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,}"


def overlaps(came: datetime, left: datetime, others: Iterable[tuple[datetime, datetime | None]]) -> bool:
    """True if [came, left) shares time with another stretch; one still open holds its beginning only."""
    for start, end in others:
        if end is None:
            if came <= start < left:
                return True
        elif came < end and start < left:
            return True
    return False


def counted_end(left: datetime, closing: datetime, came: datetime) -> datetime:
    """When a stretch ends for the count: at sign-out, never after the day's closing time."""
    return max(came, min(left, closing))


# stars -----------------------------------------------------------------------------------------------------------------


def read_ladder(text: str) -> tuple[int, ...]:
    """Hours for one star, two stars …; ValueError unless they rise."""
    steps = tuple(int(part) for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip())
    if not steps or any(a >= b for a, b in zip(steps, steps[1:], strict=False)) or steps[0] <= 0:
        raise ValueError("the ladder must rise")
    return steps


def stars(minutes: int, ladder: Sequence[int]) -> int:
    """Stars for approved minutes; a step is reached at its exact hour."""
    return sum(minutes >= step * 60 for step in ladder)


# certificates and numbers ----------------------------------------------------------------------------------------------


MARKS = "ABCDEFGHJKMNPQRSTUVWXYZ"  # letters only: never read as a running number


def certificate_number(county_code: str, year: int, place: int) -> str:
    """DEMO-2023-00017: runs through the year and is never given twice. A mark follows it, so that it cannot be counted through."""
    return f"{county_code.upper()}-{year}-{place:05d}"


def certificate_place(number: str) -> int:
    """The running number in a certificate's number, with a mark or (given before there were marks) without one."""
    last, before = number.split("-")[-1], number.split("-")[-2]
    return int(last if last.isdecimal() else before)


def mark_of(secret: str) -> str:
    """Four letters that are not mistaken for each other, from a keyed hash in hexadecimal."""
    value = int(secret[:16], 16)
    return "".join(MARKS[value // len(MARKS) ** n % len(MARKS)] for n in range(4))


def volunteer_number(region: str, year: int, place: int) -> str:
    """The unified number: never taken from the ID number."""
    return f"V{region.upper()[:6]}{year % 100:02d}{place:06d}"


def looks_like_id(number: str, id_no: str) -> bool:
    """True if a unified number is an identity number or gives one away."""
    plain = number.strip().upper()
    return len(plain) in (15, 18) and plain[:-1].isdecimal() or bool(id_no) and (id_no.upper() in plain or plain in id_no.upper() and len(plain) >= 6)


# rooms -----------------------------------------------------------------------------------------------------------------


def missing_parts(done: Iterable[str]) -> tuple[str, ...]:
    """Chinese words of the surfaces and items that a room still lacks."""
    have = set(done)
    return tuple(word for key, word in {**SURFACES, **ITEMS}.items() if key not in have)


# campaigns -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """A disclosure that a campaign owes: kind interim or final, and its last day."""

    kind: str
    on: date


def disclosures_due(starts: date, ends: date, every: int = 3, longer_than: int = 6, after_end: int = 3) -> list[Due]:
    """Interim ones every `every` months while it runs, if it runs longer than `longer_than` months; the final one `after_end` months after its end."""
    due = []
    if ends > add_months(starts, longer_than):
        place = every
        while (day := add_months(starts, place)) <= ends:
            due.append(Due("interim", day))
            place += every
    return [*due, Due("final", add_months(ends, after_end))]


def open_disclosures(due: Iterable[Due], published: Iterable[date]) -> list[Due]:
    """What is still owed: each publication, oldest first, settles the earliest one that is open."""
    owed = sorted(due, key=lambda d: d.on)
    return owed[len(list(published)) :]


CHAPTER_LIMIT = 6  # names of activities in one sentence
