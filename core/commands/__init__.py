"""The commands of core, one file per concern."""

from .checks import audit, check
from .data import import_file, template
from .figures import figures, report
from .operations import backup, county, db, init, serve
from .periods import period
from .plugins import plugin
from .show import demo
from .users import user

ALL = [audit, backup, check, county, db, demo, figures, import_file, init, period, plugin, report, serve, template, user]
