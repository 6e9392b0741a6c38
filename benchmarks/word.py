"""The half-year report as a Word file."""

import io
from collections.abc import Iterator

import docx

from youthpilot.core.kernel.clock import now
from youthpilot.core.periods.queries import get_period
from youthpilot.plugins.reports.document import prepare
from youthpilot.plugins.reports.docx import render_docx
from youthpilot.plugins.reports.services import document_for

from .homes import PERIOD, Home
from .measure import Line, alternately


def word(home: Home, rounds: int) -> Iterator[Line]:
    """The floor of the format is an empty document of python-docx."""
    with home.inside() as (county, registry):
        document = prepare(document_for(get_period(PERIOD), county, registry))
        docx.Document(io.BytesIO(render_docx(document, now())))  # it opens
        mine, theirs = alternately(rounds, lambda: render_docx(document, now()), lambda: docx.Document().save(io.BytesIO()))
        yield Line("report as .docx", mine, theirs, "saving an empty document", 5)
