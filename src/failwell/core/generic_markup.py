"""Markup: what an XML error or an HTML page says, read without an XML parser.

Only the first text of each element is looked at. No entity but the characters that can be
written as references is ever expanded, and a document type is refused, so nothing inside
can grow, be fetched or nest too deep.
"""

import html
import re
from collections.abc import Mapping

__all__ = ["page_title", "xml_texts"]

_PIECE = re.compile(
    r"<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)|<(?P<tag>[^<>]*)>|(?P<text>[^<]+)", re.DOTALL
)
_NAME = re.compile(r"(?:[\w.-]+:)?([\w.-]+)")
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.{0,500}?)</\1", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_LONGEST = 65_536
_MOST_ELEMENTS = 500


def xml_texts(text: str) -> Mapping[str, str]:
    """Give the first text of each element, by its local name in lower case.

    Args:
        text: The document, possibly cut off. With a document type it gives nothing.

    Examples:
        >>> xml_texts("<Error><Code>SlowDown</Code><Message>a &amp; b</Message></Error>")
        {'error': '', 'code': 'SlowDown', 'message': 'a & b'}
    """
    text = text[:_LONGEST]
    if "<!DOCTYPE" in text[:4096].upper():
        return {}
    found: dict[str, str] = {}
    name = ""
    for piece in _PIECE.finditer(text):
        if len(found) > _MOST_ELEMENTS:
            break
        tag = piece["tag"]
        if tag is not None:
            name = _opened(tag, found)
        elif name and not found[name]:
            words = piece["cdata"] if piece["cdata"] is not None else html.unescape(piece["text"])
            found[name] = words.strip()
    return found


def _opened(tag: str, found: dict[str, str]) -> str:
    named = _NAME.match(tag)
    if named is None or tag.endswith("/"):
        return ""
    name = named[1].lower()
    if found.get(name):
        # The first of its name speaks; later ones are details of something else.
        return ""
    found.setdefault(name, "")
    return name


def page_title(text: str) -> str | None:
    """Give the title of an HTML page, or its first heading, as one line of plain text."""
    for _, inner in _TITLE.findall(text[:_LONGEST]):
        plain = " ".join(html.unescape(_TAG.sub(" ", inner)).split())
        if plain:
            return str(plain)
    return None
