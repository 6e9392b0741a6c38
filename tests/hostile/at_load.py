"""Modules that go wrong before anybody enables them, as files: name → (code, what `plugin list` says of it)."""

CARD = "from youthpilot.core import Plugin, hookimpl\nPLUGIN = Plugin(name={name!r}, title='坏模块{name}', requires='2'{more})\n"


def hook(name: str, body: str, more: str = "", imports: str = "") -> str:
    """A module with one hook."""
    return CARD.format(name=name, more=more) + imports + f"@hookimpl\n{body}\n"


MODEL = """from peewee import CharField, ForeignKeyField
from youthpilot.core import Organization, OrganizationRow
class Row(OrganizationRow):
    name = CharField()
    far = ForeignKeyField(Organization, backref="stolen", null=True)
    class Meta:
        table_name = {table!r}
"""
BLUEPRINT = """from flask import Blueprint
from youthpilot.core import policy
made = Blueprint({name!r}, __name__)
"""
POLICY = "@policy(kind='public')\ndef look():\n    return 'x'\n"
AT_LOAD = {
    "taker": (hook("taker", "def register_models():\n    return [Row]", imports=MODEL.format(table="core_user")), "core_user"),
    "classonly": (MODEL.format(table="core_grant") + "raise RuntimeError('only a class')\n", "only a class"),
    "shouter": (hook("shouter", "def register_models():\n    return [Row]", imports=MODEL.format(table="SHOUTER_ROW")), "SHOUTER_ROW"),
    "viewexit": (hook("viewexit", "def register_admin_views():\n    raise SystemExit(3)"), "SystemExit"),
    "blueexit": (hook("blueexit", "def register_blueprints():\n    raise SystemExit(3)"), "SystemExit"),
    "initexit": (
        hook("initexit", "def register_admin_views():\n    return [V]", imports="from youthpilot.admin import ModuleView\nclass V(ModuleView):\n"
             "    name, slug, permission_read = 'x', 'x', 'signed_in'\n    def __init__(self, **more):\n        raise SystemExit(3)\n"),
        "signed_in",
    ),
    "latexit": (  # good on the scratch application, spoils the real one
        hook("latexit", "def register_blueprints():\n    made = Blueprint('latexit', __name__)\n"
             "    made.record(lambda s: s.app.name == 'scratch' or exit(3))\n    return [made]", imports="from flask import Blueprint\n"),
        "SystemExit",
    ),
    "postopen": (
        hook("postopen", "def register_blueprints():\n    return [made]", imports=BLUEPRINT.format(name="postopen")
             + "@policy(kind='public', module='postopen', methods=['GET'])\ndef look():\n    return 'x'\nmade.add_url_rule('/postopen', 'look', look, methods=['GET', 'POST'])\n"),
        "POST /postopen declares no policy",
    ),
    "users": (hook("users", "def register_blueprints():\n    return [made]",
                   imports=BLUEPRINT.format(name="users") + POLICY + "made.add_url_rule('/users/', 'look', look)\n"), "called 'users'"),
    "report": (hook("report", "def register_commands():\n    return [report]", imports="import click\n@click.group()\ndef report():\n    pass\n"),
               "called 'report'"),
    "ctrlc": ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "readsearly": ("from youthpilot.core import County\nCounty.get_or_none()\n", "neither reads nor writes the database"),
    "opensearly": ("from youthpilot.core import transaction\ntransaction().__enter__()\n", "neither reads nor writes the database"),
    "ctrlchook": (hook("ctrlchook", "def register_indicators():\n    raise KeyboardInterrupt"), "KeyboardInterrupt"),
    "numbermig": (hook("numbermig", "def register_migrations():\n    return 5"), "register_migrations"),
    "nofolder": (hook("nofolder", "def register_migrations():\n    return '/nowhere'"), "there is no folder"),
    "numbertr": (hook("numbertr", "def register_translations():\n    return 5"), "register_translations"),
    "brokenpo": (hook("brokenpo", "def register_translations():\n    return folder", imports="import pathlib\nfolder = pathlib.Path(__file__).parent / 'brokenpo'\n"
                      "po = folder / 'zh_Hans_CN' / 'LC_MESSAGES'\npo.mkdir(parents=True, exist_ok=True)\n"
                      "(po / 'x.po').write_text('garbage')\nfolder = str(folder)\n"), "Unknown or misformatted keyword"),
    "highorder": (CARD.format(name="highorder", more=", order='high'"), "Plugin.order"),
    "selfish": (CARD.format(name="selfish", more=", depends_on=('selfish',)"), "depends on itself"),
    "circlea": (CARD.format(name="circlea", more=", depends_on=('circleb',)"), "circleb"),
    "circleb": (CARD.format(name="circleb", more=", depends_on=('circlea',)"), "circlea"),
    "liar": (CARD.format(name="study", more=""), "its entry point is called 'liar'"),
    "wraps": (CARD.format(name="wraps", more="") + "@hookimpl(tryfirst=True)\ndef county_panels(county):\n    return []\n", "tryfirst"),
    "prefix": (hook("prefix", "def register_permissions():\n    return [Permission('prefixed.see', 'x')]", imports="from youthpilot.core import Permission\n"),
               "must begin with 'prefix.'"),
    "twice": (hook("twice", "def register_permissions():\n    return [Permission('twice.see', 'x')] * 2", imports="from youthpilot.core import Permission\n"),
              "declared twice"),
    "oneperm": (hook("oneperm", "def register_permissions():\n    return Permission('oneperm.see', 'x')", imports="from youthpilot.core import Permission\n"),
                "expected a list"),
    "lazylist": (hook("lazylist", "def register_indicators():\n    yield 5"), "expected a list"),
    "helpless": (hook("helpless", "def register_commands():\n    return [click.Group('helpless', help=5)]", imports="import click\n"), "partition"),
    "badmute": ("class E(Exception):\n    def __str__(self):\n        raise SystemExit(9)\nraise E\n", "E"),
    "listens": ("from flask import request_started\ndef heard(sender, **more):\n    raise RuntimeError('heard')\n"
                "request_started.connect(heard)\nraise ValueError('listens')\n", "listens"),
    "hears": (CARD.format(name="hears", more="") + "from flask import request_started\ndef heard(sender, **more):\n    raise RuntimeError('heard')\n"
              "request_started.connect(heard)\n", "listens to a signal"),
    "unsayable": ("raise ValueError('\\ud800\\x07')\n", "ud800"),
    "roundsall": ("import decimal\ndecimal.getcontext().prec = 2\nraise ValueError('rounds')\n", "rounds"),
    "norole": (hook("norole", "def register_settings():\n    return Form, [Setting('limit', '上限', 5)]",
                    imports="from wtforms import Form\nfrom youthpilot.core import Setting\n"), "has no field"),
    "migexit": (hook("migexit", "def register_migrations():\n    return str(folder)", imports="import pathlib\nfolder = pathlib.Path(__file__).parent / 'migexit'\n"
                     "folder.mkdir(exist_ok=True)\n(folder / '0001_x.py').write_text('def up():\\n    raise SystemExit(3)\\n')\n"), "SystemExit: 3"),
}  # fmt: skip
