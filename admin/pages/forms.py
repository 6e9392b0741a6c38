"""What the forms of core's pages share: the token, errors of a service at their fields."""

from typing import Any

from flask import flash
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, ValidationError

from youthpilot.core.kernel.errors import YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.web.current import platform_url
from youthpilot.core.web.hosts import external_url

SYSTEM = _l("System")  # the menu group of the pages for administrators


class PageForm(FlaskForm):
    """A form of ours; the token is checked for every unsafe request of the application and again here."""

    def refuse(self, error: YouthpilotError) -> None:
        """Show a service's message at the field it names; above the form if it names none, or one that nobody sees."""
        field = getattr(error, "field", "")
        if field and field in self and not isinstance(self[field], HiddenField):
            self[field].errors = [*self[field].errors, str(error)]
        else:
            flash(str(error), "error")


class Choice(SelectField):
    """A drop-down whose wrong value is refused in words."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not in the list."""
        if self.data not in [value for value, _label in self.choices or ()]:
            raise ValidationError(_("Please choose one from the list."))


def one_time_link(token: str) -> str:
    """The whole address of a one-time code, to be sent to its owner."""
    return external_url(platform_url("welcome", token=token))
