"""The commands of core, one file per concern."""

from youthpilot.plugins.demo.commands import demo
from youthpilot.plugins.reports.commands import figures, report

from .backup import backup, keys, restore
from .checks import audit, check
from .operations import county, db, init, serve
from .periods import period
from .persons import person
from .plugins import plugin
from .users import user

ALL = [audit, backup, check, county, db, demo, figures, init, keys, period, person, plugin, report, restore, serve, user]
