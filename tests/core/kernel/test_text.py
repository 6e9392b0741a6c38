"""Characters that no document can hold: refused at every door with the message at its field, dropped wherever XML is written."""

from datetime import date
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import docx
import pytest

from youthpilot.core.kernel import text
from youthpilot.core.kernel.errors import RuleError
from youthpilot.core.kernel.tables import write_table
from youthpilot.core.kernel.text import fold
from youthpilot.core.organizations import services
from youthpilot.core.organizations.models import Organization
from youthpilot.plugins.importing.values import parse_text
from youthpilot.plugins.reports.document import Chart, Document, Paragraph, Section, Sentence, Series, Table, Text
from youthpilot.plugins.reports.docx import render_docx
from youthpilot.plugins.reports.html import render_page
from youthpilot.plugins.reports.markdown import render_markdown

BAD = ("\x00", "\x01", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff")
UNSEEN = ("\u200b", "\u202e", "\ufeff", "\u2060", "\u00ad")


@pytest.mark.parametrize("mark", BAD)
def test_a_cell_with_it_is_refused_and_named(mark):
    value, problem = parse_text(f"清洁家园{mark}")
    assert value is None and problem.level == "E" and f"U+{ord(mark):04X}" in problem.message and "第5个字" in problem.message


@pytest.mark.parametrize("mark", UNSEEN)
def test_what_nobody_sees_is_cleaned_in_a_cell(mark):
    assert parse_text(f"王{mark}大海") == ("王大海", None) and fold(f"柳{mark}河镇") == "柳河镇"


def test_scripts_of_minorities_keep_their_joiners():
    assert text.without_unseen("می\u200cخواهم") == "می\u200cخواهم" and text.forbidden_in("一\t二\r\n三 \U00020000\u3000") is None


@pytest.mark.parametrize("mark", BAD[1:4] + BAD[5:])
def test_no_row_takes_it_whichever_way_it_is_written(in_county, mark):
    root = Organization.get(Organization.parent.is_null())
    values = {"code": "x1", "name": "柳河镇", "short_name": "柳河镇", "kind": "township", "org_type": "committee", "parent": root.id}
    with pytest.raises(RuleError) as told:
        services.create(in_county.id, {**values, "name": f"柳河{mark}镇"})
    assert told.value.field == "name" and f"U+{ord(mark):04X}" in str(told.value)
    made = services.create(in_county.id, values)
    for write in (
        lambda: Organization.update(short_name=mark).where(Organization.id == made.id).execute(),
        lambda: Organization.insert_many([{"county": in_county.id, "name": mark}]).execute(),
    ):
        with pytest.raises(RuleError):
            write()


def test_everything_that_is_printed_is_well_formed(printed_at_any):
    """A home that holds such characters from before still gets its papers."""
    spoilt = "".join(BAD) + "清洁家园"
    chart = Chart(spoilt, (spoilt,), (Series(spoilt, (None,)),), unit=spoilt)
    blocks = (Paragraph((Sentence((Text(spoilt),)),)), Table(spoilt, (spoilt,), ((spoilt,),)), chart)
    document = Document((spoilt,), spoilt, spoilt, (Section("a", spoilt, 1, blocks),), {}, signature=spoilt, dated_on=date(2023, 7, 3))
    word = render_docx(document, printed_at_any)
    assert "清洁家园" in "".join(p.text for p in docx.Document(BytesIO(word)).paragraphs)
    with ZipFile(BytesIO(word)) as parts:
        for name in (n for n in parts.namelist() if n.endswith((".xml", ".rels"))):
            ElementTree.fromstring(parts.read(name))
        with ZipFile(BytesIO(parts.read("word/embeddings/chart1.xlsx"))) as book:
            [ElementTree.fromstring(book.read(n)) for n in book.namelist() if n.endswith(".xml")]
    for written in (render_page(document), render_markdown(document)):
        assert "清洁家园" in written and not text.FORBIDDEN.search(written)
    with ZipFile(BytesIO(write_table([spoilt], [[spoilt]]))) as book:
        [ElementTree.fromstring(book.read(n)) for n in book.namelist() if n.endswith(".xml")]


@pytest.fixture
def printed_at_any():
    from datetime import UTC, datetime

    return datetime(2023, 7, 3, 1, 40, tzinfo=UTC)
