"""A small report that has one of everything; the county of editing_world.py beside it."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from editing_world import desk, edited_county  # noqa: E402, F401

from youthpilot.plugins.reports.document import (
    Chart,
    ClaimNote,
    Document,
    Figure,
    FigureRef,
    Gap,
    NameRef,
    Paragraph,
    Section,
    Sentence,
    Series,
    Table,
    Text,
    figure_id,
    prepare,
)


def make_figure(key: str, title: str, unit: str, kind: str, value: Decimal | bool | None, **more) -> Figure:
    identity = figure_id("320924", "2023H1", "ROOT", key)
    more = {"definition": title + "之和", "organization_name": "示范县", "period": "2023年上半年", "digest": "ab12" * 16} | more
    return Figure(identity, key, title, unit, kind, value, **more)


@pytest.fixture
def printed_at() -> datetime:
    return datetime(2023, 7, 3, 1, 40, tzinfo=UTC)


@pytest.fixture
def report() -> Document:
    study = make_figure("study.participations", "参学人次", "人次", "flow", Decimal(572000), n_of_m=(313, 315))
    age = make_figure("cadres.age", "平均年龄", "岁", "average", Decimal("28.3"), numerator=Decimal(425), denominator=Decimal(15))
    rooms = make_figure("volunteers.rooms", "建成小屋", "间", "flow", Decimal(63))
    models = make_figure("loans.models", "典型", "名", "distinct", Decimal(45))
    blank = make_figure("activities.lectures", "宣讲", "场次", "flow", None)
    down = ClaimNote("双下降", "28.3 < 上届 29.6", True)
    names = NameRef(("沈祥容", "张其领", "王某"), 2, noun="优秀农村青年", count=FigureRef(models.id))
    sentences = (
        Sentence((Text("一是抓实引领。", bold=True), Text("参学"), FigureRef(study.id), Text("，涌现出"), names, Text("。"))),
        Sentence((Text("平均年龄"), FigureRef(age.id), Text("，实现“双下降”；建成"), FigureRef(rooms.id, "about_over"), Text("小屋；")), down),
        Sentence((Text("宣讲"), Gap(9, "柳河镇<未报>", "催报柳河镇"), Text("场次。"))),
    )
    table = Table("表1", ("镇", "参学"), (("城关镇", "78412"), ("全县", FigureRef(study.id))), ("", "人次"), total_row=True)
    bars = Chart("各镇笔数", ("城关镇", "青石镇"), (Series("笔数", (Decimal(18), None)),), unit="笔")
    lines = Chart("各期", ("一", "二"), (Series("本期", (Decimal(1), Decimal(2))), Series("同期", (Decimal(2), Decimal(3)))), "line")
    sections = (
        Section("intro", "", 0, (Paragraph((Sentence((Text("今年以来 & 现将情况报告如下。"),)),)),)),
        Section("one", "一、上半年工作情况", 1, ()),
        Section("study", "（一）引领", 2, (Paragraph(sentences), table, bars, lines)),
    )
    return prepare(
        Document(
            ("共青团示范县委员会", "2023年上半年工作总结"),
            "示范县",
            "2023年上半年",
            sections,
            {figure.id: figure for figure in (study, age, rooms, models, blank)},
            signature="共青团示范县委员会",
            dated_on=date(2023, 7, 3),
        )
    )
