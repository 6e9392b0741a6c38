"""The commands of core, one file per concern; those of plugins come by `register_commands`."""

from youthpilot.plugins.operations.commands.backup import backup, keys, restore
from youthpilot.plugins.operations.commands.checks import audit, check

from .operations import county, db, init, serve
from .periods import period
from .persons import person
from .plugins import plugin
from .users import user

ALL = [audit, backup, check, county, db, init, keys, period, person, plugin, restore, serve, user]
