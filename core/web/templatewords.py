"""The words of templates: each file speaks those of its owner, whoever extends, includes or imports it.

`_('Save')` in `study/index.html` is looked up in the catalogue of study, then in the host's; the frame that it extends and the macros that it
imports speak the host's words, although jinja hands the page's names to them. It is decided file by file when a template is compiled, so
neither a page's variables nor its own `_` reach the words of another file.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from flask import Flask
from jinja2 import nodes, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context
from markupsafe import Markup

from ..kernel.i18n import catalogue

_ALIASES = {"_": "gettext", "gettext": "gettext", "ngettext": "ngettext", "pgettext": "pgettext", "npgettext": "npgettext"}
_GIVER = "_words_of"  # the one global that all templates ask: _words_of('study', 'gettext')('Save')


class OwnWords(InternationalizationExtension):
    """Binds every call of a word, and `{% trans %}`, to the owner of the file: the first folder of the template's name."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """`_(` becomes `_words_of('study', 'gettext')(`; an attribute of that name stays what it is."""
        before = ""
        for token in stream:
            called = stream.current.type == "lparen"
            if token.type == "name" and token.value in _ALIASES and called and before != "dot":
                yield from _asked(token.lineno, owner_of(stream.name), _ALIASES[token.value])
            else:
                yield token
            before = token.type

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """A `{% trans %}` block, its function bound likewise."""
        made = super().parse(parser)
        for node in made if isinstance(made, list) else [made]:
            for call in list(node.find_all(nodes.Call)):
                if isinstance(call.node, nodes.Name) and call.node.name in _ALIASES:
                    given: list[nodes.Expr] = [nodes.Const(owner_of(parser.name)), nodes.Const(call.node.name)]
                    call.node = nodes.Call(nodes.Name(_GIVER, "load"), given, [], None, None)
        return made


def owner_of(template: str | None) -> str:
    """Whose words a template speaks: a plugin's below its folder; a folder of the host is the name of no plugin."""
    return (template or "").partition("/")[0]


def install(app: Flask) -> None:
    """Let the application's templates speak their owners' words. Call it after Babel's `init_app`."""
    app.jinja_env.add_extension(OwnWords)
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals[_GIVER] = _words_of


def _asked(line: int, owner: str, kind: str) -> Iterator[Token]:
    for sort, value in (("name", _GIVER), ("lparen", "("), ("string", owner), ("comma", ","), ("string", kind), ("rparen", ")")):
        yield Token(line, sort, value)


@cache
def _words_of(owner: str, kind: str) -> Callable[..., str]:
    """gettext, ngettext … of an owner, as jinja calls them: values fill the placeholders and are escaped where the page is."""

    @pass_context
    def word(context: Context, *given: Any, **values: Any) -> str:
        text = getattr(catalogue(owner), kind)(*given)
        if kind in ("ngettext", "npgettext"):
            values.setdefault("num", given[-1])
        return (Markup(text) if context.eval_ctx.autoescape else text) % values  # the catalogue is ours, the values are escaped

    return word
