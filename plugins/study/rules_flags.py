"""Pure rules that make a number worth a second look. Each says why; none says that somebody cheated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

FLAGS = {"S50": "参学率超过100%", "S51": "应学人数减少而参学率上升", "S52": "连续几期数字相同", "S53": "临近截止才上报"}


@dataclass(frozen=True)
class Limits:
    """From which size on numbers are flagged; the county's dated settings."""

    shrink: int  # %, the roster fell by at least so much …
    rise: int  # … while the rate rose by at least so many percentage points
    weeks: int  # so many issues running with the same numbers
    least: int  # only where at least so many members should learn
    hour: int  # of the closing day: reporting ends
    minutes: int  # before it


class Point(NamedTuple):
    """One organization in one issue, in the order in which the issues closed."""

    issue_id: int
    closes_on: date
    participations: int
    members: int
    base: int | None
    reported: bool


@dataclass(frozen=True)
class Found:
    """A flag: its code, where it stands (issue ids, first to last), what it was raised for."""

    code: str
    issue_ids: tuple[int, ...]
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """Key inside the organization."""
        return f"{self.issue_ids[0]}-{self.issue_ids[-1]}"

    @property
    def seen(self) -> str:
        """The numbers as text; a note holds for exactly these."""
        return ";".join(f"{k}={v}" for k, v in sorted(self.values.items()))[:200]


def over(points: Sequence[Point]) -> list[Found]:
    """More members learned than should."""
    return [Found("S50", (p.issue_id,), {"learned": p.members, "base": p.base}) for p in points if p.base is not None and p.members > p.base]


def shrinking(points: Sequence[Point], limits: Limits) -> list[Found]:
    """From one issue to the next the roster fell and the rate rose, each by at least its limit."""
    known, out = [p for p in points if p.base and p.reported], []
    for before, after in zip(known, known[1:], strict=False):
        assert before.base and after.base
        fell = (before.base - after.base) * 100 >= limits.shrink * before.base > 0
        rose = after.members * before.base - before.members * after.base
        if before.base >= limits.least and fell and after.base < before.base and rose * 100 >= limits.rise * before.base * after.base:
            values = {"base_before": before.base, "base": after.base, "learned_before": before.members, "learned": after.members}
            out.append(Found("S51", (before.issue_id, after.issue_id), values))
    return out


def unchanging(points: Sequence[Point], limits: Limits) -> list[Found]:
    """The longest runs of issues with the same learners and the same roster, at least `weeks` long; nobody and everybody do not count."""
    out: list[Found] = []
    run: list[Point] = []
    for point in [*points, None]:
        same = point is not None and run and (point.participations, point.base) == (run[-1].participations, run[-1].base)
        if not same or not (point and point.reported):
            if len(run) >= limits.weeks and _odd(run[0], limits):
                out.append(Found("S52", tuple(p.issue_id for p in run), {"learned": run[0].participations, "base": run[0].base, "issues": len(run)}))
            run = []
        if point is not None and point.reported:
            run.append(point)
    return out


def _odd(point: Point, limits: Limits) -> bool:
    return point.participations > 0 and (point.base or 0) >= limits.least and point.participations != point.base


def deadline(closes_on: date, hour: int, zone: Any) -> datetime:
    """The moment in which reporting for an issue ends; hour 24: the end of the closing day."""
    return datetime.combine(closes_on, time(), zone) + timedelta(hours=hour)


def minutes_left(reported: datetime, closes_on: date, limits: Limits) -> int | None:
    """Full minutes from the report to the deadline if they are at most the limit; None if it came earlier or after it."""
    left = deadline(closes_on, limits.hour, reported.tzinfo) - reported
    minutes = int(left.total_seconds() // 60)
    return minutes if timedelta() <= left and minutes < limits.minutes else None
