"""The words of operations: its own catalogue, then the host's."""

from youthpilot.core import words

_, _l, ngettext = words("operations")
