"""A county that comes into being by importers alone: a tree, issues, and files of 22,000 learners in the shapes that provinces export."""

import random
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.kernel.tables import write_table
from youthpilot.core.organizations.founding import create_county
from youthpilot.plugins.importing import queries, services
from youthpilot.plugins.importing.reading import read_sheet

TOWNS, VILLAGES = 10, 20
ORGANIZATION_HEADINGS = ("组织编码", "组织全称", "组织简称", "组织类型", "单位类别", "上级组织", "团员数")
LEARNER_HEADINGS = ("团支部", "姓名", "学号", "学习时间", "是否团员", "课程", "备注")


def organization_rows():
    """Townships and their villages, the villages first: superiors may come later in the file."""
    rows = []
    for t in range(TOWNS):
        rows += [(f"T{t}-V{v}", f"第{t}镇{v}村团支部", f"{t}镇{v}村", "团支部", "村", f"第{t}镇团委", 30) for v in range(VILLAGES)]
        rows.append((f"T{t}", f"第{t}镇团委", f"{t}镇", "团委", "镇", None, None))
    return rows


def learner_rows(count, seed=1, issue="2023年第19期"):
    """Learners spread over the villages, each once."""
    dice = random.Random(seed)
    rows = []
    for n in range(count):
        place = f"第{n % TOWNS}镇{n // TOWNS % VILLAGES}村团支部"
        day = date(2023, 5, 1) + timedelta(days=dice.randrange(7))
        rows.append((place, f"学员{n}", f"{20230000 + n}", day, "是" if dice.random() < 0.9 else "否", issue, None))
    return rows


def as_xlsx(headings, rows, title="全县参学名单"):
    """With a title above and the headings in the second row."""
    return write_table(headings, rows, "xlsx", notes=(title,))


def as_gb18030(headings, rows, title="全县参学名单", footer="制表人：张三"):
    """What a province's back office writes: title, headings, rows, a total and a footer."""
    lines = [title + "," * (len(headings) - 1), ",".join(headings)]
    lines += [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    lines += [f"合计,{len(rows)}" + "," * (len(headings) - 2), footer + "," * (len(headings) - 1)]
    return "\r\n".join(lines).encode("gb18030")


@pytest.fixture
def files():
    """The builders of files."""
    return SimpleNamespace(
        organizations=lambda: as_xlsx(ORGANIZATION_HEADINGS, organization_rows()),
        learners=learner_rows,
        places=lambda: [row for row in organization_rows() if row[3] == "团支部"],
        headings=LEARNER_HEADINGS,
        xlsx=as_xlsx,
        gb18030=as_gb18030,
    )


@pytest.fixture
def land(db, registry):
    """The county with its tree and one issue, in scope; `run(key, data, name, **options)` imports."""
    from youthpilot.plugins.study import services as study

    county = create_county("test", "试验县")
    enable(registry, county, "study", "测试")
    here = county_registry(registry, county)

    def run(key, data, name="名单.xlsx", given=None, **more):
        sheet = read_sheet(data, name)
        return services.run_import(queries.importer_named(here, key), sheet, given or {}, **more)

    with scoped(county_scope(county)):
        run("organizations.organizations", as_xlsx(ORGANIZATION_HEADINGS, organization_rows()))
        issue = study.add_issue(2023, 19, date(2023, 5, 1), date(2023, 5, 7))
        yield SimpleNamespace(county=county, registry=registry, here=here, run=run, issue=issue)


@pytest.fixture
def dump(db):
    """dump(*left_out) → every table's rows as they are, but for journals, batches and what is named."""
    from youthpilot.core.kernel.db import raw_allowed
    from youthpilot.core.kernel.schema import table_names

    journals = {"core_audit", "core_audit_end", "core_batch", "core_before_image", "core_job", "core_migration", "core_stamp"}
    journals |= {"sqlite_sequence", "sqlite_stat1"}

    def read(*left_out):
        found = {}
        with raw_allowed():
            for table in sorted(table_names() - journals - set(left_out)):
                cursor = db.execute_sql(f'SELECT * FROM "{table}"')
                names = [column[0] for column in cursor.description]
                rows = [
                    tuple((n, v) for n, v in zip(names, row, strict=True) if n != "id" or not table.endswith("_counter")) for row in cursor.fetchall()
                ]
                found[table] = sorted(rows, key=repr)
        return found

    return read
