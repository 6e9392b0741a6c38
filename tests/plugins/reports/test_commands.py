"""Commands of the platform's plugins come by their hook, and join what core has."""

from youthpilot.core import commands
from youthpilot.core.cli import assemble, cli

OURS = {"import", "template", "figures", "report", "demo"}


def test_commands_of_the_platform_come_by_the_hook_with_and_without_modules():
    assert not OURS & {command.name for command in commands.ALL}
    for extent in ("all", "platform"):
        cli.commands.clear()
        commands.period.commands = {n: c for n, c in commands.period.commands.items() if n != "publish"}
        registry = assemble(extent)
        assert set(cli.commands) >= OURS | {"period", "serve"} and ("study" in cli.commands) is (extent == "all")
        assert {"open", "close", "publish", "reopen"} <= set(cli.commands["period"].commands)
        assert bool(registry.loaded) is (extent == "all")
