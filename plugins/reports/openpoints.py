"""What is open in a report, point by point: where it stands, what to do, and whether a reason is enough to publish all the same."""

from dataclasses import dataclass

from .document import CLAIM, PROOF, Document, Gap, coverage_text
from .settling import partial_figures


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """text: what is open; advice: what to do; place: where it stands, '' for the whole report; block: the section that mends it.

    passes: whether whoever publishes may answer for it with a reason. What is false or unproven does not pass.
    """

    text: str
    advice: str
    place: str = ""
    block: str = ""
    passes: bool = True


def open_points(document: Document, reported: tuple[int, int] | None = None) -> list[OpenPoint]:
    """Everything open in a document: what does not pass first, then its other gaps, then figures that not all units gave.

    reported: (units that reported, units that owe) of the period, if they differ that is a point of its own.
    """
    points = [_of_gap(gap) for gap in document.gaps]
    points.sort(key=lambda point: point.passes)
    if reported is not None and reported[0] < reported[1]:
        points.append(OpenPoint(f"{reported[1]}个单位中{reported[0]}个已报", "催报，或说明为什么可以不等"))
    for figure in partial_figures(document):
        points.append(OpenPoint(f"{figure.title}{coverage_text(figure)}", "补齐没有数的单位，或说明为什么没有；正文会写明"))
    return points


def _of_gap(gap: Gap) -> OpenPoint:
    blocking = gap.kind in (CLAIM, PROOF) or gap.text.endswith("缺依据")
    return OpenPoint(f"待核实{gap.number}：{gap.text}", gap.advice, gap.place, gap.block, not blocking)
