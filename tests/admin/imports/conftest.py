"""The real application with a county of ten townships, its administrator and a reporter of the first township."""

import io
import re
import time
from datetime import date
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher

from youthpilot.core.accounts import passwords
from youthpilot.core.accounts.services import create_user, grant_role
from youthpilot.core.app import create_app
from youthpilot.core.counties.services import county_registry, enable
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.scope import county_scope, scoped
from youthpilot.core.kernel.tables import write_table
from youthpilot.core.organizations.founding import create_county
from youthpilot.core.organizations.models import Organization
from youthpilot.plugins.importing import queries, services
from youthpilot.plugins.importing.reading import read_sheet

PASSWORD = "green-river-7-boats"
TREE = ("组织编码", "组织全称", "组织类型", "单位类别", "上级组织", "团员数")


@pytest.fixture(autouse=True)
def hasher():
    """Cheap hashes."""
    before = passwords.set_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield
    passwords.set_hasher(before)


@pytest.fixture
def site(db, registry):
    """app, county, `enter(name)` → browser."""
    from youthpilot.plugins.study import services as study

    county = create_county("test", "试验县")
    enable(registry, county, "study", "测试")
    rows = [(f"T{t}", f"第{t}镇团委", "团委", "镇", None, None) for t in range(10)]
    rows += [(f"T{t}-V{v}", f"第{t}镇{v}村团支部", "团支部", "村", f"第{t}镇团委", 30) for t in range(10) for v in range(20)]
    with scoped(county_scope(county)):
        sheet = read_sheet(write_table(TREE, rows), "团组织.xlsx")
        services.run_import(queries.importer_named(county_registry(registry, county), "organizations.organizations"), sheet, {})
        study.add_issue(2023, 19, date(2023, 5, 1), date(2023, 5, 7))
        first = Organization.get(Organization.code == "T0").id
        root = Organization.get(Organization.parent.is_null()).id
    users = {}
    for name, role, place in (("admin", "county_admin", None), ("town", "reporter", first), ("viewer", "viewer", root)):
        users[name] = create_user(name, {"admin": "周敏", "town": "李雷", "viewer": "韩梅"}[name], PASSWORD, must_change=False)
        grant_role(users[name], role, county, place)
    app = create_app(registry, TESTING=False)
    yield SimpleNamespace(app=app, county=county, users=users, enter=lambda name: Browser(app, name), registry=registry)
    for _n in range(100):  # the worker finishes before the database goes
        time.sleep(0.01)
        if not database.in_transaction():
            break


class Browser:
    """A signed-in person; posts carry the token of the page before."""

    def __init__(self, app, name):
        self.client = app.test_client()
        self.base = ""
        self.get("/login")
        answer = self.post("/login", username=name, password=PASSWORD)
        assert answer.status_code in (302, 303), answer.get_data(as_text=True)
        self.base = "/c/test"
        self.get("/imports/")

    def get(self, path, **more):
        """A page; its token is kept."""
        answer = self.client.get(path if path.startswith("/c/") else self.base + path, **more)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True)) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else getattr(self, "token", "")
        return answer

    def post(self, path, **data):
        """Post a form."""
        target = path if path.startswith("/c/") else self.base + path
        return self.client.post(target, data={**data, "csrf_token": self.token}, content_type="multipart/form-data")

    def upload(self, key, content, name="名单.xlsx", **data):
        """Step 1; the answer of the page it leads to."""
        answer = self.post(f"/imports/new/{key}", file=(io.BytesIO(content), name), **data)
        return self.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def store(self, page, **data):
        """Press the button of step 2 and wait; the last page."""
        action = re.search(r'action="([^"]+/apply)"', page.get_data(as_text=True))[1]
        answer = self.post(action, **data)
        where = answer.headers["Location"]
        if "/job/" not in where:
            return self.get(where)
        for _n in range(600):
            state = self.client.get(f"{where}/state").get_json()
            if state["finished"]:
                return self.get(state["next"])
            time.sleep(0.02)
        raise AssertionError(f"not finished: {state}")


@pytest.fixture
def learners():
    """learners(count, …) → bytes of a file in a province's shape."""

    def make(count, kind="xlsx", town=None, name="学员", bad=()):
        headings = ("团支部", "姓名", "学号", "学习时间", "是否团员", "课程")
        rows = []
        for n in range(count):
            place = f"第{n % 10 if town is None else town}镇{n // 10 % 20}村团支部"
            rows.append([place, f"{name}{n}", str(20230000 + n), "2023-05-03", "是", "2023年第19期"])
        for index, column, text in bad:
            rows[index][column] = text
        if kind == "xlsx":
            return write_table(headings, rows, "xlsx", notes=("全县参学名单",))
        lines = ["全县参学名单,,,,,", ",".join(headings), *(",".join(row) for row in rows), f"合计,{count},,,,", "制表人：张三,,,,,"]
        return "\r\n".join(lines).encode("gb18030")

    return make
