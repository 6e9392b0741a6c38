"""The demonstration: `youthpilot demo` builds it. Names, places and numbers are invented."""

from .build import DEFAULT_SEED as DEFAULT_SEED
from .build import TODAY as TODAY
from .build import build as build
