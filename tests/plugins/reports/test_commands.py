"""Commands of the platform's plugins come by their hook, and join what core has."""

import subprocess
import sys

import click

from youthpilot.core import commands
from youthpilot.core.cli import assemble, cli

OURS = {"import", "template", "figures", "report", "demo"}


def test_commands_of_the_platform_come_by_the_hook_with_and_without_modules():
    assert not OURS & {command.name for command in commands.ALL}
    for extent in ("all", "platform"):
        cli.commands.clear()
        commands.period.commands = {n: c for n, c in commands.period.commands.items() if n != "publish"}
        registry = assemble(extent)
        assert set(cli.list_commands(click.Context(cli))) >= OURS | {"period", "serve"} and ("study" in cli.commands) is (extent == "all")
        assert {"open", "close", "publish", "reopen"} <= set(cli.commands["period"].commands)
        assert bool(registry.loaded) is (extent == "all")


def test_only_its_command_and_the_help_load_the_demonstration():
    """In processes of their own: here other tests have loaded it long since."""
    loads = "import sys; from youthpilot.core.cli import assemble, cli; assemble('platform'); "
    loaded = "print([n for n in sys.modules if n.startswith('youthpilot.plugins.demo')])"
    for words, there in ((["report", "--help"], False), (["demo", "--help"], True), (["--help"], True)):
        code = f"{loads}cli({words!r}, standalone_mode=False); {loaded}"
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True).stdout
        assert ("youthpilot.plugins.demo.building" in said.splitlines()[-1]) is there, f"{words} {said}"
    assert "demo" in said and "Build the demonstration" in said
