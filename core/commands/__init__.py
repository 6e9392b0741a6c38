"""The commands of core, one file per concern; those of plugins come by `register_commands`."""

from .operations import county, db, init, serve
from .periods import period
from .persons import person
from .plugins import plugin
from .users import user

ALL = [county, db, init, period, person, plugin, serve, user]
