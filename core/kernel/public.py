"""Public names of a package, each loaded from its home on first use: whoever only reads a spreadsheet does not load the web framework."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loader(package: str, public: Mapping[str, tuple[str, ...]], own: Mapping[str, str] | None = None) -> Callable[[str], Any]:
    """The package's `__getattr__`: its public names by their home module; own: where a name is called otherwise at home.

    A name that its home has too is the home itself: a namespace, of which `__all__` is public.

    It raises AttributeError for any other name.
    """
    home = {name: module for module, names in public.items() for name in names}

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no public name {name!r}; see docs/public-api.md")
        found = import_module(f".{home[name]}", package)
        return found if home[name].rpartition(".")[2] == name else getattr(found, (own or {}).get(name, name))

    return load
