"""The card of reports, and what it gives to core's hooks."""

from youthpilot.core import Plugin

from .hookspecs import Specs

PLUGIN = Plugin(name="reports", title="报告", requires="2", hookspecs=Specs)
