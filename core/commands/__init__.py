"""The commands of core, one file per concern; those of plugins come by `register_commands`."""

from .backup import backup, keys, restore
from .checks import audit, check
from .operations import county, db, init, serve
from .periods import period
from .plugins import plugin
from .users import user

ALL = [audit, backup, check, county, db, init, keys, period, plugin, restore, serve, user]
