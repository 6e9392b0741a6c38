"""What a module says of itself."""

import re
from dataclasses import dataclass, field
from typing import Any

NAMESPACE = "youthpilot"  # of pluggy: the marks and the manager
NAME = re.compile(r"[a-z][a-z0-9]{1,29}\Z")


@dataclass(frozen=True)
class Plugin:
    """A module's card. Everything it claims (tables, permissions, indicator keys, endpoints, CLI group) begins with `name`.

    title, description: what users read (Chinese). requires: the API version it was written for, "2"; a card that does not say is of "1".
    depends_on: names of modules that must be installed and enabled with it. icon: an id of admin/static/icons.svg.
    order: its place in menus and in the report, small first.
    hookspecs: a class of hook specifications that the plugin brings (their names begin with its own), None for none.
    """

    name: str
    title: str
    description: str = ""
    version: str = "0.1.0"
    requires: str = "1"
    depends_on: tuple[str, ...] = ()
    icon: str = "module"
    order: int = 100
    enabled_by_default: bool = False
    what_if: tuple[str, ...] = field(default=())  # what enabling means to the county, a line each
    hookspecs: Any = None


API_VERSION = "2"
PLATFORM = ("operations", "importing", "figures", "reports")  # plugins of our own that are always on; from the lowest floor up
ON_DEMAND = {"demo": "demo", "db": "authoring"}  # command → the plugin of our own that it loads; nobody else needs it

# Addresses that a module of ours had before they had to begin with its name: they hang on posters and stand in printed codes.
LEGACY_ADDRESSES = {"loans": ("/p/loan/",)}

# What the host is called itself: its views, the first parts of its addresses, its commands, its folders of templates. A module of such a name would stand in their
# place, so it is refused; a test compares the list with the application.
RESERVED = frozenset(
    "account accounts admin audit authoring backup board c cadres check counties county db demo figures fill healthz home import importing imports init installed keys login logout "
    "modules operations organizations password period periods person platform plugin register report reports restore search serve settings static template user users welcome yp".split()
)
