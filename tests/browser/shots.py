"""`make shots`: the pictures of the readme and the handbook, taken from the demonstration. Not a test."""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from conftest import ARGS, CHROMIUM, SIZES, Visitor, serve  # noqa: E402

TARGET = Path(__file__).parents[2] / "docs" / "images"
PAGES = {
    "home": "/",
    "report": "/report/?figure=study.participations#trace",
    "board": "/board/?open=2",
    "orgs": "/organizations/",
    "modules": "/modules/",
    "study": "/study/issues/",
    "import": "/imports/",
    "fill": "/fill/?organization=2",
}


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    process, site = serve(Path(os.environ["YOUTHPILOT_HOME"]))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            for size, window in SIZES.items():
                visitor = Visitor(browser.new_context(viewport=window, locale="zh-CN"), site)
                visitor.enter("county")
                for name, path in PAGES.items():
                    visitor.open(path)
                    visitor.page.screenshot(path=TARGET / f"{name}-{size}.png")
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
