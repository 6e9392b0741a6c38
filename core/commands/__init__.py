"""The commands of core, one file per concern."""

from .backup import backup, keys, restore
from .checks import audit, check
from .data import import_file, template
from .figures import figures, report
from .operations import county, db, init, serve
from .periods import period
from .plugins import plugin
from .show import demo
from .users import user

ALL = [audit, backup, check, county, db, demo, figures, import_file, init, keys, period, plugin, report, restore, serve, template, user]
