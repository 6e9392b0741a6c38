"""The commands for whoever keeps a home."""

from .backup import backup, restore
from .checks import audit, check, period
from .keys import keys

ALL = [audit, backup, check, keys, period, restore]
