"""The screen of branches × issues, and its file."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import abort, request
from markupsafe import Markup, escape

from youthpilot.admin import bounded, expose, table_file
from youthpilot.core import KINDS

from .forms import Choices
from .lifepages import LifePage
from .matrix import Matrix, MatrixRow, kinds, matrix, only, shade
from .pages import half_name
from .queries import children
from .rules import mean_rate, percent
from .words import _, _l

ROWS = 600  # on one page; more are paged


class MatrixView(LifePage):
    """Rows branches, columns issues; every number leads to the issue in that branch."""

    name = _l("Branches by issue")
    slug = "matrix"

    @expose("/")
    def index(self) -> Any:
        """The table of a half-year below an organization."""
        first, last, chosen = self.half()
        unit = self.unit()
        whole = matrix(first, last, unit)
        counts = kinds(whole)
        kind = request.args.get("kind", "")
        kind = kind if kind in counts else ""
        found = only(whole, kind) if kind else whole
        if request.args.get("export"):
            return self._file(found, first, last, unit.short)
        pages = max(1, -(-len(found.rows) // ROWS))
        page = bounded(request.args.get("page"), 0, pages - 1, 0)
        place = {"organization": unit.id, "year": first.year, "half": chosen}
        words = {"": _("All units")} | {k: KINDS[k] for k in counts}
        chips = [
            {"label": w, "count": counts.get(k, len(whole.rows)), "url": self.get_url(".index", kind=k or None, **place), "current": k == kind}
            for k, w in words.items()
        ]
        halves = self.halves(".index", first, organization=unit.id)
        values: dict[str, Any] = {
            "found": found,
            "body": self._body(found, found.rows[page * ROWS : (page + 1) * ROWS]),
            "pages": pages,
            "page": page,
        }
        values |= {
            "halves": halves,
            "kinds": chips if len(counts) > 1 else [],
            "unit": unit,
            "path": self.path(unit),
            "place": place | {"kind": kind or None},
        }
        values["below"] = children(unit) if unit.org_type != "branch" else []

        def pager_url(n: int) -> str:
            return str(self.get_url(".index", page=n, kind=kind or None, **place))

        return self.show("matrix", pager_url=pager_url, low=self.settings().low, title=half_name(first.year, chosen), **values)

    # the table: made here, for 15,600 cells go through no template in half a second -------------------------------------------

    def _body(self, found: Matrix, rows: list[MatrixRow]) -> dict[str, Markup]:
        set_to = self.settings()
        ids = [i.id for i in found.issues]
        base = self.get_url("study_issues.issue")
        words: dict[tuple[int, int | None], tuple[str, str]] = {}

        def cell(pair: tuple[int, int | None], address: str) -> str:
            if pair not in words:
                value = mean_rate([pair], "weighted") if pair[1] is not None else None  # type: ignore[list-item]
                shown = percent(value, set_to.rounding)
                css = f"{shade(value, set_to.low)}"
                words[pair] = (css, f"{shown}" if shown is not None else "—")
            css, text = words[pair]
            said = f' title="{pair[0]} ÷ {pair[1]}"' if pair[1] is not None else ""
            return f'<td class="sx-{css}"><a href="{address}"{said}>{text}</a></td>'

        def line(row: MatrixRow) -> str:
            at = f"{base}?organization={row.organization_id}&amp;id="
            return "".join(cell(row.cells.get(i, (0, None)), f"{at}{i}") for i in ids) + self._mean(row, set_to)

        def head(row: MatrixRow) -> str:
            return f'<th scope="row"><span>{escape(row.name)}</span></th>'

        body = "".join(f"<tr>{head(row)}{line(row)}</tr>\n" for row in rows)
        return {"rows": Markup(body), "foot": Markup(line(found.foot))}  # noqa: S704 - numbers and escaped names only

    def _mean(self, row: MatrixRow, set_to: Choices) -> str:
        known = [(n, d) for n, d in row.cells.values() if d is not None]
        value = row.mean(set_to.averaging)
        shown = percent(value, set_to.rounding)
        said = f' title="{sum(n for n, _d in known)} ÷ {sum(d for _n, d in known)}"' if known else ""
        return f'<td class="sx-sum sx-{shade(value, set_to.low)}"{said}>{"—" if shown is None else f"{shown}%"}</td>'

    def _file(self, found: Matrix, first: date, last: date, name: str) -> Any:
        set_to = self.settings()

        def number(value: Decimal | None) -> Decimal | None:
            return percent(value, set_to.rounding)

        heads = [_("Study unit"), *(i.title for i in found.issues), _("Members learned"), _("Members who should learn (sum)"), _("Study rate (%)")]
        rows = []
        for row in [*found.rows, found.foot]:
            known = [(n, d) for n, d in row.cells.values() if d is not None]
            sums = [sum(n for n, _d in known), sum(d for _n, d in known)] if known else [None, None]
            rows.append(
                [
                    row.name if row is not found.foot else _("Sum"),
                    *(number(row.rate(i.id)) for i in found.issues),
                    *sums,
                    number(row.mean(set_to.averaging)),
                ]
            )
        notes = [f"{name} {first.isoformat()}～{last.isoformat()}", set_to.words, _("Rates in per cent; blank: no number of members.")]
        kind = request.args["export"]
        return table_file(_("Study rates, branches by issue"), heads, rows, kind, notes) if kind in ("xlsx", "csv") else abort(404)


VIEWS = [MatrixView]
