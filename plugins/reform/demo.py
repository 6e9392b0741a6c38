"""The demonstration's pilot: the notice, thirty measures on four fronts on their way to being closed, decisions, delegates, talks."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from youthpilot.core import DemoTarget, Organization, filing, transaction
from youthpilot.plugins.demo import invented_name

from . import linking, services
from .models import ReformDecision, ReformDesignation, ReformMeasure
from .papers import Who
from .queries import fronts, lagging
from .services import Measure

START = date(2023, 3, 1)
OFFICE, TOWNS = "团县委", "各镇团委"
CLERK, CHECKER = "韩雪", "何颖"
# front → (title, owner, co-owners, unit, target, due day)
MEASURES = (
    (
        ("拓宽团干部选用渠道", OFFICE, "县委组织部", "", None, date(2023, 5, 31)),
        ("建立团干部后备人才库", OFFICE, "县委组织部、县人社局", "名", 300, date(2023, 6, 15)),
        ("镇团委配备挂职兼职副书记", TOWNS, "县委组织部", "名", 45, date(2023, 6, 20)),
        ("村级团组织“3+X”班子全覆盖", TOWNS, "县民政局", "个", 240, date(2023, 9, 30)),
        ("选派返乡大学生兼任村团组织副书记", TOWNS, "县教育局", "名", 120, date(2023, 8, 31)),
        ("团干部年度述职评议", OFFICE, "县委组织部", "", None, date(2023, 12, 31)),
        ("团干部分级轮训", OFFICE, "县委党校", "期", 6, date(2023, 11, 30)),
        ("村居青年书记平均年龄下降", TOWNS, "县委组织部", "", None, date(2023, 6, 30)),
    ),
    (
        ("新建两新领域团组织", OFFICE, "县市场监管局、县工商联", "个", 80, date(2023, 10, 31)),
        ("清理整顿空心团支部", OFFICE, TOWNS, "个", 60, date(2023, 6, 25)),
        ("成立青年之家理事会", TOWNS, "县委宣传部", "个", 15, date(2023, 7, 31)),
        ("青年之家每月集中开放", TOWNS, "县文化广电旅游局", "次", 90, date(2023, 12, 31)),
        ("学社衔接率达到95%", OFFICE, "县教育局", "%", 95, date(2023, 11, 30)),
        ("行业团工委全覆盖", OFFICE, "县直有关部门", "个", 8, date(2023, 9, 30)),
        ("流动团员团支部建设", OFFICE, "驻外办事机构", "个", 3, date(2023, 12, 15)),
        ("青年社会组织纳入联系名录", OFFICE, "县民政局", "家", 40, date(2023, 8, 15)),
    ),
    (
        ("规范团员发展计划和编号管理", OFFICE, "县教育局", "", None, date(2023, 5, 20)),
        ("入团前团课不少于8学时", OFFICE, "各学校团委", "", None, date(2023, 6, 10)),
        ("团员先锋岗和突击队建设", TOWNS, "县直团委", "支", 100, date(2023, 10, 15)),
        ("团员年度评议和激励", OFFICE, "各级团组织", "", None, date(2023, 12, 20)),
        ("推优入党通道畅通", OFFICE, "县委组织部", "名", 150, date(2023, 12, 10)),
        ("团员积分制管理试点", TOWNS, "县民政局", "个", 30, date(2023, 6, 28)),
        ("毕业学生团员组织关系转接", OFFICE, "县教育局", "", None, date(2023, 11, 15)),
    ),
    (
        ("党建带团建纳入镇党委考核", OFFICE, "县委组织部", "", None, date(2023, 4, 30)),
        ("镇团委工作经费纳入预算", OFFICE, "县财政局", "万元", 30, date(2023, 5, 15)),
        ("青年工作联席会议机制运行", OFFICE, "联席会议成员单位", "次", 4, date(2023, 12, 31)),
        ("县级团代表联系青年制度", OFFICE, "各代表团", "名", 60, date(2023, 6, 30)),
        ("青年发展规划县级监测", OFFICE, "县统计局", "", None, date(2023, 9, 15)),
        ("青年阵地共建共享", TOWNS, "县文明办", "处", 25, date(2023, 8, 31)),
        ("改革成效第三方评估", OFFICE, "县委党校", "", None, date(2023, 12, 25)),
    ),
)
HANDED_DOWN = ("青年之家每月集中开放", "团员积分制管理试点")
PROGRESS = (
    "已召开专题会部署，形成工作方案。",
    "已在三个镇先行试点，正在总结做法。",
    "完成摸底，建立台账。",
    "与配合单位会商，明确时间表。",
    "完成过半，其余按计划推进。",
)
PAPERS = "工作方案、推进台账和验收报告"


def fill(target: DemoTarget) -> None:
    """Everything belongs to the newest half-year; older ones had no pilot yet."""
    if not target.period.start <= START <= target.period.end:
        return
    random = Random(f"{target.seed} reform {target.county.code}")
    with transaction():
        _notice(target)
        for measure in _measures(target, random):
            _history(measure, random, target.period.end)
        _decisions(random)
        _delegates(random)
        _talks()
    target.say("改革试点", ReformMeasure.select().count(), ReformMeasure.select().count())


def _notice(target: DemoTarget) -> None:
    ReformDesignation.create(
        **services.place(), notice="关于确定县域共青团基层组织改革试点地区的通知", notice_no="中青办发〔2023〕2号", issued_by="共青团中央办公厅", round=3,
        designated_on=date(2023, 2, 20), starts_on=START, ends_on=date(2024, 2, 29), leader="县委副书记", office="团县委办公室",
        group="县委组织部、县委编办、县财政局、县教育局、县民政局、县人社局、团县委",
    )  # fmt: skip
    services.open_fronts()


def _measures(target: DemoTarget, random: Random) -> list[ReformMeasure]:
    made = []
    town = Organization.select().where(Organization.kind == "township").order_by(Organization.code).first() or services.root()
    for front, rows in zip(fronts(), MEASURES, strict=True):
        for title, owner, helpers, unit, goal, due in rows:
            base = None if goal is None else random.randrange(0, goal // 4 + 1)
            place = None
            if title in HANDED_DOWN:  # a township carries it and sees it
                place, owner = town.id, f"{town.short}团委"
            made.append(services.add_measure(_measure(front.id, title, owner, helpers, unit, base, goal, due), place))
    return made


def _measure(front: int, title: str, owner: str, helpers: str, unit: str, base: int | None, goal: int | None, due: date) -> Measure:
    numbers: dict[str, Any] = {"baseline": None if base is None else Decimal(base), "target": None if goal is None else Decimal(goal)}
    return Measure(front, title, owner, due, co_owners=helpers, unit=unit, listed_on=START, **numbers)


def _paper(row: ReformMeasure, what: str) -> filing.SentFile:
    """An invented file of a few lines."""
    text = f"{row.title}\n{what}\n\n责任单位：{row.owner}\n配合单位：{row.co_owners}\n演示数据，内容为虚构。\n"
    return filing.sent_file(f"{row.title}{what}.txt", text.encode())


def _history(row: ReformMeasure, random: Random, last: date) -> None:
    """Started, moved, applied, sometimes returned, closed: as far as the day lets it."""
    clerk, checker = Who(CLERK), Who(CHECKER)
    day = START + timedelta(days=random.randrange(3, 30))
    if random.random() < 0.12 and row.due_on > last:
        return  # not started yet
    services.advance(row, "start", clerk, on=day)
    final = min(row.due_on, last) - timedelta(days=random.choice((3, 5, 8, 12, 15, 20, 24, 45)))
    for left in range(random.randrange(1, 4), 0, -1):
        day = max(day, final - timedelta(days=16 * (left - 1)))
        share = Decimal(random.randrange(30, 60) + 10 * (3 - left)) / 100
        value = None if row.target is None else ((row.baseline or 0) + (row.target - (row.baseline or 0)) * share).quantize(Decimal(1))
        services.report_progress(row, random.choice(PROGRESS), clerk, value=value, on=day)
    if row.due_on > last or random.random() < 0.25:
        return
    if row.target is not None:
        services.report_progress(row, "已达到目标。", clerk, value=row.target, on=day)
    services.advance(row, "apply", clerk, evidence=PAPERS, files=[_paper(row, "验收报告")], on=day)
    if random.random() < 0.3:
        services.advance(row, "return", checker, reason="台账缺少验收签字，请补齐后再报。", on=day)
        services.advance(row, "apply", clerk, evidence="已补签字页。", files=[_paper(row, "签字页")], on=day)
    if random.random() < 0.85:
        services.advance(row, "close", checker, on=min(day + timedelta(days=3), last))


def _decisions(random: Random) -> None:
    first, second = "青年工作联席会议第一次会议", "青年工作联席会议第二次会议"
    rows = (
        ("joint", date(2023, 3, 24), first, "审议通过《县域共青团基层组织改革试点方案》。", OFFICE, date(2023, 4, 10), date(2023, 4, 6)),
        ("joint", date(2023, 3, 24), first, "镇团委工作经费每年不少于2万元，列入财政预算。", "县财政局", date(2023, 6, 30), date(2023, 5, 12)),
        ("joint", date(2023, 3, 24), first, "将青年人才公寓向返乡创业青年开放。", "县住房和城乡建设局", date(2023, 6, 15), None),
        ("policy", date(2023, 5, 8), "县委办文件", "党建带团建情况纳入镇党委书记述职评议。", "县委组织部", date(2023, 12, 31), None),
        ("joint", date(2023, 6, 16), second, "协调金融机构扩大“新农菁英贷”授信规模。", "县金融监管局", date(2023, 12, 31), None),
    )
    for kind, day, source, content, owner, due, done in rows:
        place = services.place() | {"kind": kind, "decided_on": day, "source": source, "content": content, "owner": owner, "due_on": due}
        ReformDecision.create(**place, done_on=done, result="已落实，见文件。" if done else "")


def _delegates(random: Random) -> None:
    towns = list(Organization.select().where(Organization.kind == "township").order_by(Organization.code).limit(6))
    for number, town in enumerate(towns):
        name, post = invented_name(random, random.choice("MF")), f"{town.short}干部"
        row = linking.save_delegate(None, services.root().id, name=name, post=post, since_on=date(2022, 11, 1), ended_on=None)
        below = Organization.select().where(Organization.parent == town.id).order_by(Organization.code).limit(2 if number % 2 else 1)
        branches = "、".join(o.name for o in below)
        if branches and number != 4:
            linking.link(row, "branch", branches, START)
        young = [invented_name(random, random.choice("MF")) for _ in range(14 if number != 5 else 7)]
        linking.link(row, "youth", "、".join(young), START + timedelta(days=20))


def _talks() -> None:
    late = [card.measure for card, _talk in lagging(date(2023, 6, 30)) if card.overdue][:2]
    for number, measure in enumerate(late):
        day = max(measure.due_on + timedelta(days=2), date(2023, 6, 20))
        problem = "完成时限已过，没有提交验收材料。"
        row = services.begin_talk(measure, measure.owner, min(day, date(2023, 6, 30)), "县委副书记", problem, date(2023, 7, 14))
        if number == 0:
            services.talk_step(row, "每周调度一次，7月10日前补齐验收材料。", max(row.talked_on, date(2023, 6, 30)))
