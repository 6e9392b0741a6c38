"""Messages for people: msgids are English in the code, Chinese on every screen and in every terminal.

Everybody has a catalogue of his own: the host (core and admin), each plugin. `_` of this module speaks the host's words, `words("study")`
gives those of the module study, which fall back to the host's and never to another module's. They work the same in a request, in the command
line, in a thread and in a test. Inside a request Flask-Babel chooses the locale; everywhere else it is Chinese.
"""

import gettext as _stdlib
import os
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import has_app_context
from flask_babel import LazyString, get_locale

DEFAULT_LOCALE = "zh_Hans_CN"
HOST = ""  # the owner of the words of core and admin
_CORE = Path(__file__).parents[1] / "translations"
_folders: dict[str, Path] = {HOST: _CORE}
_catalogues: dict[tuple[str, str], _stdlib.NullTranslations] = {}  # (owner, locale) → its words
_lock = threading.RLock()


def register_translations(owner: str, folder: str | os.PathLike[str]) -> None:
    """Make a folder (`<folder>/zh_Hans_CN/LC_MESSAGES/*.po`) the words of a plugin, in place of the one that it had."""
    with _lock:
        _folders[owner] = Path(folder)
        _catalogues.clear()


def withdraw_translations(owner: str, folder: str | os.PathLike[str]) -> None:
    """Take a plugin's folder out again: the module is refused. Another folder of the same name stays."""
    with _lock:
        if owner != HOST and _folders.get(owner) == Path(folder):
            del _folders[owner]
            _catalogues.clear()


def unreadable(folder: Path) -> str:
    """What is wrong with a folder's catalogues, '' if all can be read: a broken one would break every page."""
    for po in _po_files(folder):
        try:
            _read(po)
        except Exception as error:
            return f"{po}: {error}"
    return ""


class Words(NamedTuple):
    """How an owner speaks: `_, _l, ngettext = words("study")`."""

    gettext: Callable[..., str]
    lazy_gettext: Callable[..., LazyString]
    ngettext: Callable[..., str]


def words(owner: str) -> Words:
    """`_`, `_l` and `ngettext` of a plugin, which look in its own catalogue, then in the host's; `owner` is the name on its card.

    `_(message, **values)` is the message in the language of the moment, `values` fill its named placeholders. `_l` is the same, translated
    each time it is shown: for names given at import time. `ngettext(singular, plural, num, **values)` is chosen by `num`, which is also the
    placeholder %(num)s.
    """

    def gettext(message: str, /, **values: object) -> str:
        text = catalogue(owner).gettext(message)
        return text % values if values else text

    def lazy_gettext(message: str, /, **values: object) -> LazyString:
        return LazyString(lambda: gettext(message, **values))

    def ngettext(singular: str, plural: str, /, num: int, **values: object) -> str:
        return catalogue(owner).ngettext(singular, plural, num) % {"num": num, **values}

    return Words(gettext, lazy_gettext, ngettext)


gettext, lazy_gettext, ngettext = words(HOST)
_ = gettext
_l = lazy_gettext


def catalogue(owner: str) -> _stdlib.NullTranslations:
    """The words of an owner in the request's locale, else in Chinese; those of the host for one that has none."""
    key = (owner if owner in _folders else HOST, _locale_name())
    found = _catalogues.get(key)
    if found is None:
        with _lock:
            found = _catalogues[key] = _load(*key)
    return found


def _locale_name() -> str:
    if not has_app_context():
        return DEFAULT_LOCALE
    try:
        return str(get_locale() or DEFAULT_LOCALE)
    except KeyError:  # an application without Flask-Babel
        return DEFAULT_LOCALE


def _load(owner: str, locale: str) -> _stdlib.NullTranslations:
    merged = _stdlib.NullTranslations() if owner == HOST else catalogue(HOST)
    for po in _po_files(_folders[owner], locale):
        own = _read(po)
        own._fallback = merged  # type: ignore[attr-defined]
        merged = own
    return merged


def _read(po: Path) -> _stdlib.GNUTranslations:
    """The compiled file; while somebody is writing translations (no .mo, or an older one), the .po itself."""
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime - 5:  # a fresh clone writes both within seconds
        data = mo.read_bytes()
    else:
        data = _compiled(po)
    return _stdlib.GNUTranslations(BytesIO(data))


def _po_files(folder: Path, locale: str = "*") -> list[Path]:
    return sorted(folder.glob(f"{locale}/LC_MESSAGES/*.po"))


def _compiled(po: Path) -> bytes:
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parts[-3], abort_invalid=True)
    out = BytesIO()
    write_mo(out, catalogue, use_fuzzy=False)
    return out.getvalue()


def shipped_folders() -> list[Path]:
    """Every translations folder in this distribution: core's and those of our plugins."""
    root = _CORE.parent.parent
    return [p for p in (_CORE, *sorted((root / "plugins").glob("*/translations"))) if p.is_dir()]


def compile_catalogues(folders: Iterable[Path] | None = None) -> list[Path]:
    """Write the .mo beside every .po of `folders` (None: all shipped ones). The .mo files that changed come back."""
    changed = []
    for folder in shipped_folders() if folders is None else folders:
        for po in _po_files(folder):
            mo, data = po.with_suffix(".mo"), _compiled(po)
            if not mo.exists() or _words(mo.read_bytes()) != _words(data):
                mo.write_bytes(data)
                changed.append(mo)
            os.utime(mo)
    _catalogues.clear()
    return changed


def stale_catalogues(folders: Iterable[Path] | None = None) -> list[Path]:
    """The .po files whose .mo says something else: a check keeps this empty. One without a .mo is read as it is (decision 0003)."""
    files = [po for folder in (shipped_folders() if folders is None else folders) for po in _po_files(folder)]
    return [po for po in files if po.with_suffix(".mo").exists() and _words(po.with_suffix(".mo").read_bytes()) != _words(_compiled(po))]


def _words(compiled: bytes) -> dict[object, str]:
    """What a .mo says; its header, with the day and the tool that wrote it, is left out."""
    words = dict(_stdlib.GNUTranslations(BytesIO(compiled))._catalog)  # type: ignore[attr-defined]
    words.pop("", None)
    return words


if __name__ == "__main__":
    compile_catalogues()
