"""`make shots`: the pictures of the readme and the handbook, taken from the demonstration. Not a test.

`make shots ONLY=chamber,loans` takes only those whose names begin so.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from conftest import ARGS, CHROMIUM, Visitor, serve  # noqa: E402

TARGET = Path(__file__).parents[2] / "docs" / "images"
WIDTH = 1000  # pixels of a wide picture: a page of 1280 drawn smaller
WINDOWS = {"wide": ({"width": 1280, "height": 800}, WIDTH / 1280), "phone": ({"width": 390, "height": 844}, 1)}
BOTH = ("wide", "phone")
Act = Callable[[Visitor], None]


@dataclass(frozen=True)
class Shot:
    """A picture: name, address in 示范县, windows, what is done before; tall: a higher window; top: what stands at its upper edge."""

    name: str
    path: str
    sizes: tuple[str, ...] = ("wide",)
    act: Act | None = None
    tall: int = 0
    top: str = ""


def follow(*selectors: str) -> Act:
    """Click one after the other; a link opens in the same window."""

    def act(visitor: Visitor) -> None:
        for selector in selectors:
            found = visitor.page.locator(selector).first
            found.evaluate("link => link.removeAttribute('target')")
            found.click()
            visitor.page.wait_for_load_state()

    return act


def publish(visitor: Visitor) -> None:
    """An activity of the day after tomorrow, its poster, the page that the code opens."""
    for name, value in {
        "title": "“清洁家园”志愿服务活动", "place": "柳河镇文化广场", "starts_at": "2023-07-05T08:30", "ends_at": "2023-07-05T11:30",
    }.items():  # fmt: skip
        visitor.page.fill(f"[name={name}]", value)
    visitor.page.click("main form button[type=submit]")
    follow("a:has-text('签到海报')", "a:has-text('打开签到页')")(visitor)


SHOTS = (
    Shot("home", "/", BOTH, tall=1500),
    Shot("report", "/report/?figure=study.participations#trace", BOTH),
    Shot("board", "/board/?open=2", BOTH),
    Shot("orgs", "/organizations/", BOTH),
    Shot("modules", "/modules/", BOTH),
    Shot("import", "/imports/", BOTH),
    Shot("fill", "/fill/?organization=2", BOTH),
    Shot("study", "/study/issues/", BOTH),
    Shot("study-matrix", "/study/matrix/"),
    Shot("loans", "/loans/applications/?group=running"),
    Shot("loans-one", "/loans/applications/?group=running", act=follow("main table tbody th a"), tall=1000),
    Shot("loans-apply", "/loans/posters/", ("phone",), follow("main table tbody a", "main a:has-text('打开申请页面')"), top="label[for=name]"),
    Shot("chamber", "/chamber/home/"),
    Shot("chamber-terms", "/chamber/home/terms/"),
    Shot("volunteers", "/volunteers/activities/"),
    Shot("volunteers-sign", "/volunteers/activities/edit/", ("phone",), publish),
    Shot("volunteers-rooms", "/volunteers/rooms/"),
    Shot("reform", "/reform/board/"),
    Shot("reform-lagging", "/reform/board/lagging/"),
)


def switch_on(visitor: Visitor, module: str) -> None:
    """The pilot is filled in 示范县, but off."""
    visitor.open(f"/modules/?module={module}")
    button = visitor.page.locator("button:has-text('启用“')")
    if button.count():
        button.first.click()
        visitor.page.wait_for_load_state()


def small(path: Path) -> None:
    """At most 256 colours: a third of the bytes. MAXCOVERAGE, because rare colours mean something here (迟报, 退回)."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


def take(visitor: Visitor, shot: Shot, size: str) -> None:
    """One picture."""
    window = WINDOWS[size][0]
    visitor.page.set_viewport_size(window | ({"height": shot.tall} if shot.tall and size == "wide" else {}))
    visitor.open(shot.path)
    if shot.act is not None:
        shot.act(visitor)
    if shot.top:
        visitor.page.locator(shot.top).first.evaluate("part => { part.scrollIntoView(); window.scrollBy(0, -12) }")
    path = TARGET / f"{shot.name}-{size}.png"
    visitor.page.screenshot(path=path)
    small(path)
    sys.stdout.write(f"{path.name} {path.stat().st_size // 1024} KB {visitor.page.url.split('/c/demo')[-1]}" + "\n")


def main() -> None:
    """All of them, or those that ONLY names."""
    TARGET.mkdir(exist_ok=True)
    only = tuple(filter(None, os.environ.get("ONLY", "").split(",")))
    wanted = [s for s in SHOTS if not only or s.name.startswith(only)]
    process, site = serve(Path(os.environ["YOUTHPILOT_HOME"]))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*ARGS, "--lang=zh-CN"], env=os.environ | {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}
            )
            for size, (window, scale) in WINDOWS.items():
                visitor = Visitor(browser.new_context(viewport=window, device_scale_factor=scale, locale="zh-CN"), site)
                visitor.enter("county")
                switched = False
                for shot in (s for s in wanted if size in s.sizes):
                    if shot.name.startswith("reform") and not switched:
                        switch_on(visitor, "reform")
                        switched = True
                    take(visitor, shot, size)
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
