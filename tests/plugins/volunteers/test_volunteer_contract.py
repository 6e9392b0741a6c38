"""The conformance kit says that the module is good."""

import youthpilot.plugins.volunteers as module
from youthpilot.core.testing import assert_plugin_contract


def test_it_keeps_the_contract():
    assert_plugin_contract(module)
