"""Messages for people: msgids are English in the code, Chinese on every screen and in every terminal.

All .po domains of all registered folders make one catalogue, so `_` works the same in a request, in the command
line, in a thread and in a test. Inside a request Flask-Babel chooses the locale; everywhere else it is Chinese.
"""

import gettext as _stdlib
import os
import threading
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import has_app_context
from flask_babel import LazyString, get_locale

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_LOCALE = "zh_Hans_CN"
_CORE = Path(__file__).parents[1] / "translations"
_folders: list[Path] = [_CORE]
_catalogues: dict[str, _stdlib.NullTranslations] = {}
_lock = threading.RLock()


def register_translations(folder: str | os.PathLike[str]) -> None:
    """Add a module's folder (`<folder>/zh_Hans_CN/LC_MESSAGES/*.po`). Known folders are not added twice; core's words win."""
    path = Path(folder)
    with _lock:
        if path not in _folders:
            _folders.append(path)
            _catalogues.clear()


def withdraw_translations(folder: str | os.PathLike[str]) -> None:
    """Take a module's folder out again: the module is refused."""
    with _lock:
        if Path(folder) in _folders[1:]:
            _folders.remove(Path(folder))
            _catalogues.clear()


def unreadable(folder: Path) -> str:
    """What is wrong with a folder's catalogues, '' if all can be read: a broken one would break every page."""
    for po in _po_files(folder):
        try:
            _read(po)
        except Exception as error:
            return f"{po}: {error}"
    return ""


def install(app: "Flask") -> None:
    """Let the application's templates use this catalogue too. Call it after Babel's `init_app`."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda s: current().gettext(s),
        ngettext=lambda s, p, n: current().ngettext(s, p, n),
        pgettext=lambda c, s: current().pgettext(c, s),
        npgettext=lambda c, s, p, n: current().npgettext(c, s, p, n),
        newstyle=True,
    )


def gettext(message: str, /, **values: object) -> str:
    """The message in the language of the moment; `values` fill its named placeholders."""
    text = current().gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, /, num: int, **values: object) -> str:
    """Like `gettext`, chosen by `num`, which is also the placeholder %(num)s."""
    return current().ngettext(singular, plural, num) % {"num": num, **values}


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Like `gettext` for one English word with two Chinese meanings: `context` tells them apart."""
    text = current().pgettext(context, message)
    return text % values if values else text


def lazy_gettext(message: str, /, **values: object) -> LazyString:
    """Translated each time it is shown: for names given at import time."""
    return LazyString(lambda: gettext(message, **values))


_ = gettext
_l = lazy_gettext


def current() -> _stdlib.NullTranslations:
    """The catalogue of the request's locale, else of Chinese."""
    name = _locale_name()
    found = _catalogues.get(name)
    if found is None:
        with _lock:
            found = _catalogues[name] = _load(name)
    return found


def _locale_name() -> str:
    if not has_app_context():
        return DEFAULT_LOCALE
    try:
        return str(get_locale() or DEFAULT_LOCALE)
    except KeyError:  # an application without Flask-Babel
        return DEFAULT_LOCALE


def _load(locale: str) -> _stdlib.NullTranslations:
    merged = _stdlib.NullTranslations()
    for folder in reversed(_folders):  # the last one read wins: core
        for po in _po_files(folder, locale):
            catalogue = _read(po)
            catalogue._fallback = merged  # type: ignore[attr-defined]
            merged = catalogue
    return merged


def _read(po: Path) -> _stdlib.GNUTranslations:
    """The compiled file; while somebody is writing translations (no .mo, or an older one), the .po itself."""
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime - 5:  # a fresh clone writes both within seconds
        data = mo.read_bytes()
    else:
        data = _compiled(po)
    return _stdlib.GNUTranslations(BytesIO(data))  # type: ignore[arg-type]


def _po_files(folder: Path, locale: str = "*") -> list[Path]:
    return sorted(folder.glob(f"{locale}/LC_MESSAGES/*.po"))


def _compiled(po: Path) -> bytes:
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parts[-3], abort_invalid=True)
    out = BytesIO()
    write_mo(out, catalogue, use_fuzzy=False)
    return out.getvalue()


def shipped_folders() -> list[Path]:
    """Every translations folder in this distribution: core's, admin's and those of our modules."""
    root = _CORE.parent.parent
    return [p for p in (_CORE, root / "admin" / "translations", *sorted((root / "plugins").glob("*/translations"))) if p.is_dir()]


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
    words = dict(_stdlib.GNUTranslations(BytesIO(compiled))._catalog)  # type: ignore[attr-defined, arg-type]
    words.pop("", None)
    return words


if __name__ == "__main__":
    compile_catalogues()
