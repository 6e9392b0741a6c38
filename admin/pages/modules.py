"""The modules of the county: one switch each, what a switch brings before it is turned, the way back."""

from typing import Any

from flask import abort, flash, redirect, request
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from youthpilot.core.counties.services import disable, enable
from youthpilot.core.kernel.actor import actor_name
from youthpilot.core.kernel.errors import NotFound, YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.registry import Loaded
from youthpilot.core.web.current import current_registry, registry, the_county

from ..baseview import BaseAdminView, expose
from .forms import SYSTEM, PageForm
from .module_facts import STATES, cards, failed_elsewhere, what_if


class SwitchForm(PageForm):
    """Which module is turned; `sure` comes from the page that says what turning it off takes away."""

    module = HiddenField(validators=[InputRequired()])
    sure = HiddenField()
    reason = StringField(_l("Reason"), [Length(max=200)], description=_l("May stay blank; it stands in the log."))


class ModulesView(BaseAdminView):
    """Switch modules on and off; in force at the next request of every worker."""

    name = _l("Modules")
    category = SYSTEM
    icon = "module"
    slug = "modules"
    permission_read = "plugins.manage"

    @expose("/")
    def index(self) -> str:
        """All modules; with ?module= what turning that one on would bring."""
        lines = cards()
        chosen = next((c for c in lines if c.name == request.args.get("module") and c.name in registry().loaded), None)
        chosen = chosen or next((c for c in lines if c.state == "off"), None)
        return self.render("modules/index.html", cards=lines, states=STATES, failed=failed_elsewhere(), chosen=chosen,
                           effect=what_if(registry().loaded[chosen.name]) if chosen else None, asked="module" in request.args, without=bool(lines) and not registry().loaded)  # fmt: skip

    @expose("/switch", methods=("POST",))
    def switch(self) -> Any:
        """Turn one module on; or off, after the question what that takes away."""
        form = SwitchForm()
        item = _module(form.module.data or "")
        name, title, county = item.plugin.name, item.plugin.title, the_county()
        if name in current_registry().enabled and not form.sure.data:
            return redirect(self.get_url(".off", module=name, url=self.back("") if request.form.get("url") else None), 303)
        if not form.validate():
            abort(400)
        try:
            if name in current_registry().enabled:
                disable(registry(), county, name, actor_name(), form.reason.data or "")
                flash(_("“%(title)s” is off: its menu and its sentences are gone, its data stay", title=title), "success")
            else:
                enable(registry(), county, name, actor_name())
                flash(_("“%(title)s” is on: menu, figures and sentences are there", title=title), "success")
        except YouthpilotError as error:
            flash(str(error), "error")
        return redirect(self.back(self.get_url(".index")), 303)

    @expose("/off/<module>")
    def off(self, module: str) -> Any:
        """What disappears when the module is turned off, and what stays."""
        item = _module(module)
        if module not in current_registry().enabled:
            return redirect(self.get_url(".index", module=module))
        dependants = [i.plugin.title for i in current_registry().items() if module in i.plugin.depends_on]
        return self.render(
            "modules/off.html",
            item=item.plugin,
            effect=what_if(item),
            dependants=dependants,
            form=SwitchForm(module=module, sure="1"),
            target=self.back(self.get_url(".index")),
        )


def _module(name: str) -> Loaded:
    item = registry().loaded.get(name)
    if item is None:
        raise NotFound(_("This module is not installed"))
    return item
