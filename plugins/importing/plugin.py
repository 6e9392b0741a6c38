"""The card of importing, and what it gives to core's hooks."""

from youthpilot.core import Plugin

from .hookspecs import Specs

PLUGIN = Plugin(name="importing", title="表格导入", requires="2", hookspecs=Specs)
