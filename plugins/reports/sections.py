"""Core's own sections of the report: cadres and organizations."""

from .builder import ReportBuilder
from .hookspecs import ReportSection

TOWNSHIP, VILLAGE = "cadres.township_secretary_mean_age", "cadres.village_secretary_mean_age"
BOTH_DOWN = "cadres.mean_age_both_down"
REGISTERED, EFFECTIVE = "organizations.registered", "organizations.effective"


def compose_base(report: ReportBuilder) -> None:
    """镇一级团委书记平均年龄28.3岁，村居青年书记34.7岁，实现平均年龄“双下降”; the claim only if it is true."""
    note = report.claim(BOTH_DOWN, "双下降", _condition(report))
    if report.has(TOWNSHIP) or report.has(VILLAGE):
        report.sentence("配齐配强镇村团干部力量，镇一级团委书记平均年龄", report.figure(TOWNSHIP))
        report.sentence("，村居青年书记平均年龄", report.figure(VILLAGE))
        report.sentence("，实现平均年龄“双下降”。" if note.holds else "。", claim=note)
    if not report.value(REGISTERED):
        return
    report.sentence("全县共有团组织", report.figure(REGISTERED))
    if report.value(EFFECTIVE):
        parts = ("，其中有团干部、有团员、能正常活动的", report.figure(EFFECTIVE), "，占", report.figure("organizations.effective_rate"), "。")
        report.sentence(*parts)
    else:  # none that is known to be alive: nobody has entered cadres and member counts yet
        report.sentence("，其中能正常活动的", report.gap_part("没有一个团组织算得上有效", "请补录团干部和团员数"), "。")


def _condition(report: ReportBuilder) -> str:
    def pair(key: str, word: str) -> str:
        now, before = report.value(key), report.value(f"{key}_previous")
        return f"{word}{now if now is not None else '—'}岁，上届{before if before is not None else '—'}岁"

    return f"{pair(TOWNSHIP, '镇')}；{pair(VILLAGE, '村居')}；两项都低于上届才成立"


CORE_SECTIONS = [ReportSection("core.base", "base", "夯实基础建设", 10, compose_base)]
