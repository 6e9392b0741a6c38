"""The card of figures, and what it gives to core's hooks."""

from youthpilot.core import Plugin

from .hookspecs import Specs

PLUGIN = Plugin(name="figures", title="数据", requires="2", hookspecs=Specs)
