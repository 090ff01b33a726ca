"""Safe addresses: what of a URL may stand in a log, an exception or a support request.

A query may hold a key, a path an id or a token, a name a password. What is left says which
operation was called, and where.
"""

import re
from typing import Any
from urllib.parse import urlsplit

__all__ = ["path_template", "safe_url"]

_ID = "{id}"
_HIDDEN = "***"
_MOST_SEGMENTS = 30
_MOST_SEEN = 1000
_SEEN: set[str] = set()
_LONGEST_URL = 8192
_PLACEHOLDER = re.compile(r"\{[A-Za-z_]\w{0,39}\}")
_VERSION = re.compile(r"v[0-9]{1,3}(?:[.-]?[0-9a-z]{1,6})?", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:json|xml|html|csv|txt)", re.IGNORECASE)
_NUMBERED = re.compile(r"[A-Za-z]{3,}[0-9]")
_BETWEEN = re.compile(r"[-_]")
_LETTERS = re.compile(r"[A-Z]{1,4}|[A-Za-z]?[a-z]+(?:[A-Z][a-z]+){0,4}")
_MOST_WORDS = 4
_LONGEST_WORD = 24
_NO_VOWEL = re.compile(r"[^aeiouyAEIOUY]{6}")


def path_template(path: str) -> str:
    """Replace what is no plain word in a path: ``/v1/projects/p_17`` -> ``/v1/projects/{id}``.

    Placeholders that are already there stay as they are.

    Args:
        path: A path, without its query.

    Examples:
        >>> path_template("/v1/api-keys/7f3a9c/rotate")
        '/v1/api-keys/{id}/rotate'
    """
    segments = path.split("/")
    shown = "/".join(each if _is_plain(each) else _ID for each in segments[:_MOST_SEGMENTS])
    return f"{shown}/…" if len(segments) > _MOST_SEGMENTS else shown


def _is_plain(segment: str) -> bool:
    if segment in _SEEN:
        return True
    plain = _looks_plain(segment)
    # Only what may be shown is remembered, and never without end.
    if plain and len(_SEEN) < _MOST_SEEN:
        _SEEN.add(segment)
    return plain


def _looks_plain(segment: str) -> bool:
    if not segment or _PLACEHOLDER.fullmatch(segment) or _VERSION.fullmatch(segment):
        return True
    ending = _ENDING.search(segment)
    if ending is not None and ending.end() == len(segment):
        segment = segment[: ending.start()]
    words = _BETWEEN.split(segment)
    return len(words) <= _MOST_WORDS and all(map(_is_word, words))


def _is_word(word: str) -> bool:
    if len(word) > _LONGEST_WORD or not word.isascii():
        return False
    if _NUMBERED.fullmatch(word):
        word = word[:-1]
    # Letters drawn by lot have no vowels for long, or change their case all the time.
    return bool(_LETTERS.fullmatch(word)) and not _NO_VOWEL.search(word)


def safe_url(url: Any) -> str:
    """Keep of a URL its scheme, its host and port, and the template of its path.

    Args:
        url: Text, or any object that is one when made a text.

    Examples:
        >>> safe_url("https://user:pw@api.example.com:8443/v1/projects/42?api_key=k#x")
        'https://api.example.com:8443/v1/projects/{id}'
    """
    try:
        parts = urlsplit(str(url)[:_LONGEST_URL])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _HIDDEN
    if not host:
        return path_template(parts.path) if not parts.scheme else _HIDDEN
    if ":" in host:
        host = f"[{host}]"
    start = f"{parts.scheme}://{host}" if parts.scheme else f"//{host}"
    return f"{start}{'' if port is None else f':{port}'}{path_template(parts.path)}"
