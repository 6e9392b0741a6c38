"""The demonstration: `youthpilot demo` builds it. Names, places and numbers are invented."""

from .building import DEFAULT_SEED as DEFAULT_SEED
from .building import TODAY as TODAY
from .building import build as build
