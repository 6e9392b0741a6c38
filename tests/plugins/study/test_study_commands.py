"""youthpilot study … : rates with their denominator; counters that differ are found and repaired."""

from datetime import date
from types import SimpleNamespace

from click.testing import CliRunner

from youthpilot.core.kernel import i18n
from youthpilot.plugins.study import HERE, county_differences, services
from youthpilot.plugins.study.commands import study
from youthpilot.plugins.study.models import StudyCounter


def said(*args, code=0):
    i18n.register_translations("study", str(HERE / "translations"))
    result = CliRunner().invoke(study, args, obj=SimpleNamespace(registry=lambda: None))
    assert result.exit_code == code, result.output
    return result.output


def test_issues_and_rates(world, issue):
    services.set_roster(issue, {world.org["V1"]: 9}, issue.closes_on)
    services.record_aggregate(issue, world.org["V1"], 6, 1)
    assert "7人次\t6÷9=66.7%" in said("issues", "--county", "demo")
    lines = said("rates", "--county", "demo").splitlines()
    assert lines[0] == "共 1 期，合计人次÷合计应学，四舍五入"
    assert lines[1] == "1\tT1\t7人次\t6÷9=66.7%"
    assert said("rates", "--county", "demo", "--from", "2023-06-01", code=1)
    assert said("rates", "--county", "nowhere", code=1)


def test_recount(world, issue):
    services.record_aggregate(issue, world.org["V1"], 6, 1)
    assert "0 个计数" in said("recount", "--county", "demo")
    StudyCounter.update(participations=99).execute()
    assert "1 个计数" in said("recount", "--county", "demo", code=1)
    [difference] = county_differences(None)
    assert "有1个单位的计数与记录不符" in difference and "recount --repair" in difference
    said("recount", "--county", "demo", "--repair")
    assert StudyCounter.get().participations == 7
    assert issue.closes_on == date(2023, 5, 7)
