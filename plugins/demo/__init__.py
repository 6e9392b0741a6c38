"""The demonstration county: loaded by `youthpilot demo`, tests and modules' demo files only."""

from typing import TYPE_CHECKING

from youthpilot.core.kernel.public import loader

PUBLIC: dict[str, tuple[str, ...]] = {
    "building": (
        "DEFAULT_SEED",
        "TODAY",
        "build",
    ),
    "names": (
        "invented_name",
        "invented_phone",
    ),
    "sums": ("apportion",),
}
__all__ = sorted(name for names in PUBLIC.values() for name in names)
__getattr__ = loader(__name__, PUBLIC)

if TYPE_CHECKING:
    from .building import DEFAULT_SEED as DEFAULT_SEED
    from .building import TODAY as TODAY
    from .building import build as build
    from .names import invented_name as invented_name
    from .names import invented_phone as invented_phone
    from .sums import apportion as apportion
