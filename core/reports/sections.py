"""Core's own sections of the half-year report: cadres and organizations."""

from ..hookspecs import ReportSection
from .compile import ReportBuilder

TOWNSHIP, VILLAGE = "cadres.township_secretary_mean_age", "cadres.village_secretary_mean_age"
BOTH_DOWN = "cadres.mean_age_both_down"


def compose_base(report: ReportBuilder) -> None:
    """镇一级团委书记平均年龄28.3岁，村居青年书记34.7岁，实现平均年龄“双下降”; the claim only if it is true."""
    holds = report.value(BOTH_DOWN)
    note = report.claim(BOTH_DOWN, "双下降", _condition(report))
    report.sentence(
        "配齐配强镇村团干部力量，镇一级团委书记平均年龄",
        report.figure(TOWNSHIP),
        "，村居青年书记平均年龄",
        report.figure(VILLAGE),
        "，实现平均年龄“双下降”。" if holds is True else "。",
        claim=note,
        when=report.has(TOWNSHIP) or report.has(VILLAGE),
    )
    report.sentence(
        "全县共有团组织",
        report.figure("organizations.registered"),
        "，其中有团干部、有团员、能正常活动的",
        report.figure("organizations.effective"),
        "，占",
        report.figure("organizations.effective_rate"),
        "。",
        when=report.has("organizations.registered") and report.has("organizations.effective"),
    )


def _condition(report: ReportBuilder) -> str:
    def pair(key: str, word: str) -> str:
        now, before = report.value(key), report.value(f"{key}_previous")
        return f"{word}{now if now is not None else '—'}岁，上届{before if before is not None else '—'}岁"

    return f"{pair(TOWNSHIP, '镇')}；{pair(VILLAGE, '村居')}；两项都低于上届才成立"


CORE_SECTIONS = [ReportSection("core.base", "base", "夯实基础建设", 10, compose_base)]
