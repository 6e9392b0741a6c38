"""A whole service: project, activity with posts, sign-up and sign-in by the poster's address on a phone, approval by somebody else,

certificate, its publicity and its proof on the public page. Days pass by serving the same home on another business day.
"""

import re
import time

DAY, LATER = "2023-07-04", "2023-07-12"
NAME = "欧阳青禾"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BODY = "32099919990504901"
ID_NO = BODY + "10X98765432"[sum(int(d) * w for d, w in zip(BODY, WEIGHTS, strict=True)) % 11]


def fill(page, **fields) -> None:
    """Fill the form by the names of its fields and save it."""
    for name, value in fields.items():
        box = page.locator(f"main form [name={name}]")
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(label=value)
        else:
            box.fill(value)
    page.click("main form button.btn-primary[type=submit]")
    page.wait_for_load_state()


def sign(phone, act: str, number: str, name: str = NAME) -> str:
    """One press on the phone page; what it says."""
    phone.page.fill("[name=number]", number)
    phone.page.fill("[name=name]", name)
    phone.page.fill("[name=digits]", "5678")
    phone.page.click(f"button[value={act}]")
    phone.page.wait_for_load_state()
    phone.fits()
    return phone.text()


def test_a_whole_service(on_day, guest):
    site = on_day("2023-07-03")
    county, town, phone = guest(site), guest(site), guest(site, "phone")
    number, activity, sign_path = publish(county, town)
    phone.page.goto(site + sign_path)
    assert "编号、姓名和后四位对不上" in sign(phone, "up", number, "别人")
    assert "已报名" in sign(phone, "up", number)
    town.open(activity)
    assert "1 / 1" in town.text() and NAME in town.text()

    site = on_day(DAY)
    county.site = town.site = site
    phone.page.goto(site + sign_path)
    assert phone.page.locator("button[value=up]").count() == 0  # it has begun
    assert "今天没有未签退的签到" in sign(phone, "out", number)
    assert "已签到" in sign(phone, "in", number)
    began = time.monotonic()
    assert "已经签到" in sign(phone, "in", number)
    town.open(activity)
    assert "未签退" in town.text()
    town.page.click("button:has-text('已开展')")
    time.sleep(max(0, 61 - (time.monotonic() - began)))  # the product counts whole minutes, and its clock cannot be pushed
    assert re.search(r"已签退，共[12]分钟，待认定", sign(phone, "out", number))

    minutes = approve(county, activity)
    certificate, paper = draw_up(county, number)
    county.page.click("button:has-text('出具')")  # too early: it is public for seven days
    county.page.wait_for_load_state()
    assert "公示到2023-07-11" in county.text().replace("2023年7月11日", "2023-07-11")
    proof = guest(site, "phone")
    check(proof, paper)
    assert "公示" in proof.text() and "有效" not in proof.text()

    site = on_day(LATER)
    county.site = proof.site = site
    county.open(certificate)
    county.page.click("button:has-text('出具')")
    county.page.wait_for_load_state()
    assert "已出具" in county.text()
    check(proof, paper)
    shown = proof.text()
    assert "有效" in shown and paper in shown and "欧**禾" in shown and f"{minutes / 60:.1f}".rstrip("0").rstrip(".") in shown
    for secret in (NAME, ID_NO, ID_NO[-4:], "13812345678", number):
        assert secret not in shown
    check(proof, paper, "别人")
    assert "没有" in proof.text() and "有效" not in proof.text()


def publish(county, town) -> tuple[str, str, str]:
    """A project, a volunteer, an activity with a post for one; (volunteer number, the activity's address, the phone's address)."""
    county.enter("county")
    county.open("/volunteers/projects/edit/")
    fill(county.page, title="河湾护河", field="环保", state="实施", starts_on="2023-07-01")
    assert "河湾护河" in county.text()
    town.enter("township")
    town.open("/volunteers/roster/new/")
    given = {"name": NAME, "birth_date": "1999-05-04", "id_no": ID_NO, "phone": "13812345678", "joined_on": "2023-07-01"}
    fill(town.page, **given)
    number = re.search(r"V[A-Z]+23\d{6}", town.text())[0]
    assert "138****5678" in town.text() and ID_NO not in town.text()
    town.open("/volunteers/activities/edit/")
    times = {"starts_at": f"{DAY}T00:00", "ends_at": f"{DAY}T23:59"}
    fill(town.page, title="河湾清理垃圾", project="河湾护河", place="河湾桥头", **times, quota="1", duties="清理 1")
    town.fits()
    activity = "/volunteers" + town.page.url.split("/volunteers", 1)[1]
    assert "清理 0 / 1" in town.text()
    town.page.click("a:has-text('海报')")
    town.page.wait_for_load_state()
    town.fits()
    assert town.page.locator("main svg path").count() >= 1
    return number, activity, "/c/" + town.page.get_attribute("main a[href*='/sign/']", "href").split("/c/", 1)[1]


def approve(county, activity) -> int:
    """The county approves this one record, which the volunteer recorded; its minutes."""
    county.open("/volunteers/activities/approving/")
    page = county.page
    page.evaluate("document.querySelectorAll('[name=rowid]').forEach(box => { box.checked = box.closest('tr').innerText.includes('河湾清理垃圾') })")
    assert page.locator("[name=rowid]:checked").count() == 1
    page.click("button:has-text('认定所选')")
    page.wait_for_load_state()
    county.open(activity)
    assert "已认定" in county.text() and "本人复核" not in county.text()
    return int(re.search(r"(\d+)分钟", county.text())[1])


def draw_up(county, number) -> tuple[str, str]:
    """The certificate with its four blocks; (its address, its number)."""
    page = county.page
    county.open(f"/volunteers/roster/?search={number}")
    page.click(f"main a:has-text('{NAME}')")
    page.click("a:has-text('服务证明')")
    page.wait_for_load_state()
    blocks = {"content": "河道垃圾清理", "issuer": "共青团示范县委员会", "responsible": "周敏", "handler": "李晓慧"}
    fill(page, **blocks, contact="")
    assert "证明无效" in page.inner_text("#contact-why")  # one of the four blocks is missing
    fill(page, contact="0000-00000000")
    county.fits()
    paper = page.inner_text("h1").split()[0]
    assert re.fullmatch(r"DEMO-2023-\d{5}-[A-Z]{4}", paper) and ID_NO not in county.text() and ID_NO[-4:] in county.text()
    return "/volunteers" + page.url.split("/volunteers", 1)[1], paper


def check(proof, paper: str, name: str = NAME) -> None:
    """Ask the public page for a number and a name."""
    proof.page.goto(f"{proof.site}/c/demo/volunteers/certificate/")
    proof.page.fill("[name=number]", paper)
    proof.page.fill("[name=name]", name)
    proof.page.click("button:has-text('查验')")
    proof.page.wait_for_load_state()
    proof.fits()
