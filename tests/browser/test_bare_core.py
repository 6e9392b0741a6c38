"""The bare core in a real browser: a county that has nothing, nobody's plugin loaded; from the one-time address to the lock of a half-year."""

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

PASSWORD = "green-river-7-boats"
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
SQUEEZED = "hints => hints.filter(h => h.offsetHeight > 4 * h.offsetWidth).map(h => h.innerText)"  # one character under the other
NOT_THERE = re.compile("导入|工作总结|指标|在系统提交|/imports/|/report/|/fill/")


@pytest.fixture
def bare(tmp_path, launch):
    """(address of a server with `--no-plugins`, path of the one-time address of its only county's first administrator)."""
    env = {**{k: v for k, v in os.environ.items() if k != "DATABASE_URL"}, "YOUTHPILOT_HOME": str(tmp_path), "YOUTHPILOT_TODAY": "2023-07-03"}
    told = [
        subprocess.run(
            [sys.executable, "-c", "from youthpilot.core.cli import main; main()", "--no-plugins", *words], env=env, capture_output=True, text=True
        )
        for words in (["init"], ["county", "add", "320999", "滨海县", "--committee", "共青团滨海县委员会"])
    ]
    assert [one.returncode for one in told] == [0, 0], told
    yield launch(tmp_path, "2023-07-03", "--no-plugins"), urlsplit(re.search(r"http\S+/welcome/\S+", told[1].stdout)[0]).path
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


def send(visitor, **values):
    """Fill in the form of the page and send it."""
    for name, value in values.items():
        field = visitor.page.locator(f"main [name={name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    visitor.page.click("main form button[type=submit] >> nth=-1")
    visitor.page.wait_for_load_state()


def look(visitor, path):
    """A page answers, fits, and speaks neither English nor of what is not there."""
    answer = visitor.page.goto(visitor.site + path)
    visitor.fits()
    assert answer.status == 200, path
    assert ENGLISH.findall(DIGEST.sub("", visitor.text())) == [], path
    assert NOT_THERE.findall(visitor.page.content()) == [], path


def test_a_half_year_from_nothing_to_the_lock(bare, guest):
    site, welcome = bare
    visitor = guest(site)
    page, county = visitor.page, f"{site}/c/320999"
    page.goto(site + welcome)
    send(visitor, display_name="王建国", username="王建国", password=PASSWORD, again=PASSWORD)
    assert page.url == f"{county}/" and "先做这3步" in visitor.text()  # organizations, cadres, the period
    for code, name in (("001", "柳河镇团委"), ("002", "青山乡团委")):
        page.goto(f"{county}/organizations/new")
        send(visitor, code=code, name=name)
        assert f"{name} 已录入" in visitor.text()
    page.goto(f"{county}/cadres/appoint/")
    send(visitor, name="陈晓", birth_date="1996-05-01")
    assert "陈晓 柳河镇团委 书记" in visitor.text()
    page.goto(f"{county}/periods/open")
    send(visitor)
    assert "2023年上半年已开启，应报 2 个单位" in visitor.text()
    page.goto(f"{county}/board/")
    page.check("tr:has-text('柳河镇团委') [name=rowid]")
    assert "已选 1 个单位" in visitor.text()
    page.click("button[value=tick]")
    page.wait_for_load_state()
    assert "1个单位已记为已报" in visitor.text() and "王建国记为已报" in visitor.text()
    page.goto(f"{county}/periods/show?period=2023H1")
    page.fill("#lock-reason", "青山乡团委换届")
    page.check("[name=sure]")
    page.click("#closing button[type=submit]")
    page.wait_for_load_state()
    assert "已锁定为第 1 版" in visitor.text() and "青山乡团委换届" in visitor.text()
    page.click("text=核对摘要")
    page.wait_for_load_state()
    assert "全部对得上" in visitor.text()
    menu = page.eval_on_selector_all("nav a[href^='/c/']", "links => links.map(a => a.getAttribute('href'))")
    assert len(menu) >= 9
    for path in dict.fromkeys([*menu, "/c/320999/periods/show?period=2023H1", "/c/320999/cadres/composition/", "/c/320999/account/"]):
        look(visitor, path)
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/board/", "/organizations/", "/periods/show?period=2023H1", "/cadres/appoint/"):
        look(visitor, "/c/320999" + path)
        assert page.eval_on_selector_all("main .yp-hint", SQUEEZED) == [], path
