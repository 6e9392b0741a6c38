"""The reminder as text to copy into a work group. It is content, like the report: Chinese text in the code."""

from datetime import date, datetime

from ..kernel.calendar import is_late, short_date
from ..kernel.clock import LOCAL, local, now
from .models import Period
from .queries import Completeness, Group, Owing, completeness

KIND_WORDS = {"township": ("镇", "个"), "street": ("街道", "个"), "school": ("学校", "所"), "village": ("村", "个"), "community": ("社区", "个")}
NAMED_KINDS = ("township", "street")  # they are named one by one; the others are counted
CONTACT = "团县委办公室"
NAMED_BELOW = 8  # so many missing villages are named in a township's own reminder


def reminder_text(period: Period, day: date, done: Completeness | None = None, forms: bool = True) -> str:
    """The reminder to copy, as of a day and the present hour; '' if nobody owes anything. forms: organizations submit here themselves."""
    done = done or completeness(period)
    return reminder_words(done, period, _hour_of(day), forms=forms) if done.due else ""


def reminder_texts(period: Period, day: date, done: Completeness | None = None, forms: bool = True) -> dict[int, str]:
    """Organization → the reminder for a township's or school's own group, where somebody is missing."""
    return reminders_by_group(done or completeness(period), period, _hour_of(day), forms=forms)


def _hour_of(day: date) -> datetime:
    """The present time of day on a day."""
    return datetime.combine(day, local(now()).time(), LOCAL)


def reminder_words(done: Completeness, period: Period, at: datetime, contact: str = CONTACT, forms: bool = True) -> str:
    """各单位：截至7月3日9时，2023年上半年填报应报315个，已报298个，未报17个（镇1个：柳河镇；学校2所；村14个）。…

    at: now, aware. forms: organizations submit their forms here; False: they report to the county, which ticks them off."""
    lead = f"各单位：截至{_hour(at)}，{period.title}填报应报{done.due}个，已报{done.reported}个"
    if not done.missing:
        return f"{lead}，已全部报齐。"
    return f"{lead}，未报{done.missing}个（{_by_kind(done.missing_lines)}）。{_request(period, at, contact, forms)}"


def reminders_by_group(done: Completeness, period: Period, at: datetime, contact: str = CONTACT, forms: bool = True) -> dict[int, str]:
    """Organization → the reminder for its own group, for every township and school that has somebody missing."""
    return {g.own.organization_id: _group_text(g, period, at, contact, forms) for g in done.groups if g.missing}


def missing_words(done: Completeness) -> str:
    """柳河镇、2所学校、14个村: who is missing, in a few words; '' if nobody is."""
    words = []
    for kind, lines in _grouped(done.missing_lines).items():
        word, measure = KIND_WORDS.get(kind, ("单位", "个"))
        few = kind in NAMED_KINDS and len(lines) <= 3
        words.append("、".join(o.name for o in lines) if few else f"{len(lines)}{measure}{word}")
    return "、".join(words)


def _group_text(group: Group, period: Period, at: datetime, contact: str, forms: bool) -> str:
    missing = group.missing
    names = "、".join(o.name for o in missing[:NAMED_BELOW]) + (f"等{len(missing)}个" if len(missing) > NAMED_BELOW else "")
    counts = f"应报{group.due}个，已报{group.due - len(missing)}个，未报{len(missing)}个（{names}）"
    return f"{group.own.name}：截至{_hour(at)}，{period.title}填报{counts}。{_request(period, at, contact, forms)}"


def _request(period: Period, at: datetime, contact: str, forms: bool) -> str:
    due, how = short_date(period.due_on), "在系统提交" if forms else "报送"
    moment = local(at)
    if is_late(moment.date(), period.due_on):
        by = "今天17时前" if moment.hour < 16 else "明天12时前"
        return f"填报已于{due}截止，请未报单位{by}{how}，有困难请联系{contact}。"
    return f"填报{'今天' if moment.date() == period.due_on else f'于{due}'}截止，请未报单位按时{how}，有困难请联系{contact}。"


def _by_kind(lines: tuple[Owing, ...]) -> str:
    parts = []
    for kind, found in _grouped(lines).items():
        word, measure = KIND_WORDS.get(kind, ("其他单位", "个"))
        names = f"：{'、'.join(o.name for o in found)}" if kind in NAMED_KINDS else ""
        parts.append(f"{word}{len(found)}{measure}{names}")
    return "；".join(parts)


def _grouped(lines: tuple[Owing, ...]) -> dict[str, list[Owing]]:
    found: dict[str, list[Owing]] = {}
    for kind in [*KIND_WORDS, *dict.fromkeys(o.kind for o in lines)]:
        same = [o for o in lines if o.kind == kind]
        if same and kind not in found:
            found[kind] = same
    return found


def _hour(at: datetime) -> str:
    moment = local(at)
    return f"{short_date(moment.date())}{moment.hour}时"
