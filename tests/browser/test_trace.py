"""Every figure of the modules in the report leads to its rows: clicked in the report, seen with their number, at both sizes."""

import csv
import re
from pathlib import Path

ACCEPTANCE = Path(__file__).parents[1] / "acceptance" / "half_year_figures.csv"
PRINTED_AS_CLAIM = "chamber.sectors_covered"  # the report says 全覆盖, not 3个: there is no number to click
MODULES = ("study", "loans", "chamber", "volunteers")


def figures() -> list[tuple[str, str]]:
    """(key, value with thousands separated) of the modules' figures in the acceptance file."""
    with ACCEPTANCE.open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["module"] in MODULES]
    return [(row["key"], f"{float(row['value']):,.1f}".removesuffix(".0")) for row in rows]


def test_a_click_on_a_figure_of_the_report_lists_the_rows_behind_it(visitor):
    page = visitor.page
    visitor.enter("county")
    wanted = figures()
    assert len(wanted) == 11
    for key, value in wanted:
        visitor.open("/report/")
        if key == PRINTED_AS_CLAIM:
            assert "一二三产业全覆盖" in visitor.text()
            visitor.open(f"/report/?figure={key}#trace")
        else:
            page.click(f"main a[href*='figure={key}#trace'] >> nth=0")
        page.wait_for_selector("#trace")
        visitor.fits()
        trace = page.inner_text("#trace")
        said = page.inner_text("#trace .yp-fig-num") + page.inner_text("#trace header")
        assert value in said or value.replace(",", "") in said, (key, said)
        count = re.search(r"记录\s+(?:共\s*)?([\d,]+)\s*[行条]", trace)
        assert count, (key, trace)
        listed = page.locator("#trace li:last-child tbody tr").count()
        assert 0 < listed <= int(count[1].replace(",", "")), key
        page.click("#trace a[href*='/records']")
        page.wait_for_load_state()
        visitor.fits()
        assert count[1].replace(",", "") in visitor.text().replace(",", ""), key
