"""The screen of numbers worth a second look."""

from typing import Any

from flask import flash, redirect, request

from youthpilot.admin import expose
from youthpilot.core import ConflictError, RuleError, current_scope

from . import flagging
from .lifepages import LifePage
from .models_life import StudyFlagNote
from .rules_flags import FLAGS
from .settings_life import flag_limits
from .words import _, _l

SHOWN = 60


class FlagsView(LifePage):
    """Flags with their reasons and rows; a note settles one."""

    name = _l("Study flags")
    slug = "flags"

    @expose("/")
    def index(self) -> Any:
        """Flags of a half-year, open ones first."""
        return self._page({})

    def _page(self, wrong: dict[tuple[str, str, str], str]) -> str:
        first, last, half = self.half()
        unit, county = self.unit(), current_scope().county_id or 0
        every = flagging.flags(county, first, last, unit.id)
        code, done = request.values.get("kind", ""), bool(request.values.get("done"))
        code = code if code in FLAGS else ""
        of_code = [f for f in every if code in ("", f.code)]
        found = [f for f in of_code if (f.note is not None) is done]
        place: dict[str, Any] = {"organization": unit.id, "year": first.year, "half": half}
        counts = {c: sum(1 for f in every if f.code == c and (f.note is not None) is done) for c in FLAGS}
        here = place | {"done": 1 if done else None}
        words = {"": _("All flags"), **FLAGS}
        chips = [
            {"label": w, "count": counts.get(c, sum(counts.values())), "url": self.get_url(".index", kind=c or None, **here), "current": c == code}
            for c, w in words.items()
        ]
        states = [
            {
                "label": w,
                "count": sum(1 for f in of_code if (f.note is not None) is d),
                "url": self.get_url(".index", kind=code or None, done=1 if d else None, **place),
                "current": d is done,
            }
            for d, w in ((False, _("Not yet looked into")), (True, _("Looked into")))
        ]
        values: dict[str, Any] = {
            "found": found[:SHOWN],
            "more": max(0, len(found) - SHOWN),
            "titles": FLAGS,
            "words": flagging.words,
            "wrong": wrong,
            "done": done,
        }
        values |= {
            "chips": chips,
            "states": states,
            "limits": flag_limits(county, last),
            "place": here | {"kind": code or None},
            "unit": unit,
            "path": self.path(unit),
        }
        return self.show("flags", halves=self.halves(".index", first, organization=unit.id), **values)

    @expose("/verify/", methods=("POST",))
    def verify(self) -> Any:
        """已核实, with a note."""
        f = request.form
        first, last, half = self.half()
        same = [
            x
            for x in flagging.flags(current_scope().county_id or 0, first, last, self.unit().id)
            if self._key(x) == (f.get("unit", ""), f.get("code", ""), f.get("place", ""))
        ]
        to = self.get_url(".index", organization=self.unit().id, year=first.year, half=half, kind=request.form.get("kind") or None)
        try:
            if not same or same[0].found.seen != f.get("seen"):
                raise ConflictError(_("These numbers have changed. Look at the page again."))
            flagging.verify(same[0], f.get("note", ""))
        except ConflictError as error:
            flash(str(error), "error")
            return redirect(to)
        except RuleError as error:
            return self._page({self._key(same[0]): str(error)}), 422
        flash(_("Kept: looked into."), "success")
        return redirect(to)

    def _key(self, flag: flagging.Flag) -> tuple[str, str, str]:
        return str(flag.organization_id), flag.code, flag.found.place

    @expose("/reopen/", methods=("POST",))
    def reopen(self) -> Any:
        """Take a note back."""
        note = self.row(StudyFlagNote, request.form.get("id"))
        return self.act(lambda: flagging.reopen(note), _("The flag stands again."), self.back())


VIEWS = [FlagsView]
