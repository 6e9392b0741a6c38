"""Characters that no file and no page can hold: refused where people and files bring them in, dropped where XML is written.

The one place that knows them. Standard library only: importers' child processes use it too.
"""

import re

# what XML 1.0 cannot hold: control characters but tab and line ends, halves of a surrogate pair, U+FFFE, U+FFFF
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# what nobody sees and nobody means: zero-width blanks, byte order marks, soft hyphens, marks that turn the direction of writing.
# ZWJ and ZWNJ stay: scripts of minorities need them.
UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
UNSEEN_MARKS = tuple(mark for mark in range(0x10000) if UNSEEN.match(chr(mark)))
_HALF_WIDTH = {0xFEE0 + sign: sign for sign in range(0x21, 0x7F)} | {0x3000: " ", 0xA0: " ", 0x2212: "-"} | dict.fromkeys(UNSEEN_MARKS)


def xml_text(text: str) -> str:
    """The text without the characters that XML cannot hold, for every document and workbook that is written."""
    return FORBIDDEN.sub("", text)


def storable(text: str) -> str:
    """The text with an escape for each character that cannot be kept: for words of modules, which are told whatever is in them."""
    return FORBIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def without_unseen(text: str) -> str:
    """The text without characters that nobody sees, as names are compared and printed."""
    return UNSEEN.sub("", text)


def fold(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones, blanks at the ends and what nobody sees gone. (NFKC would also make 102 of 10².)"""
    return text.translate(_HALF_WIDTH).strip()


def forbidden_in(text: str) -> tuple[int, str] | None:
    """(place from 1, name such as U+FFFE) of the first character that cannot be kept; None if the text is fine."""
    found = FORBIDDEN.search(text)
    return None if found is None else (found.start() + 1, f"U+{ord(found[0]):04X}")


def in_chinese(text: str) -> bool:
    """True if there is a Chinese character in a text that people read."""
    return any("\u4e00" <= c <= "\u9fff" for c in str(text))
