"""Pages: where the next page of a list is. No I/O: both kinds of client turn pages with it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import msgspec

__all__ = ["NextPage", "Pages"]

NextPage = Callable[[httpx2.Response], str | Mapping[str, Any] | None]
"""Finds in a page what leads to the next: an address, query parameters that replace those of this
page, or ``None`` after the last."""

_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[^,;=]+(?:=(?:\"[^\"]*\"|[^,;\"]*))?)*)")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?(?:[^\"]*\s)?next[\"\s;]?", re.IGNORECASE)
_PLACES = (("next",), ("links", "next"), ("_links", "next", "href"), ("paging", "next"))


class Pages:
    """Remembers which page comes next.

    Without `next_page` the next page is the one the ``Link`` header calls ``next`` (RFC 8288),
    else the address a JSON body has at ``next``, ``links.next``, ``_links.next.href`` or
    ``paging.next``.

    Args:
        url: Address of the first page.
        next_page: Finds the way to the next page.
        cursor: Address to go on from, instead of the first page.
        options: Options of each call.
    """

    def __init__(
        self,
        url: str | httpx2.URL,
        next_page: NextPage | None,
        cursor: str | None,
        options: Mapping[str, Any],
    ) -> None:
        self.cursor: str | None = str(url) if cursor is None else cursor
        self._next_page = next_page or _linked
        self._options = dict(options)
        if cursor is not None:
            self._options.pop("params", None)

    def following(self) -> tuple[str | None, Mapping[str, Any]]:
        """Give address and options of the page that comes next."""
        return self.cursor, self._options

    def turn(self, page: httpx2.Response) -> None:
        """Take from a page where the next one is."""
        found = self._next_page(page)
        # An address of a next page has its whole query.
        self._options.pop("params", None)
        if found is None:
            self.cursor = None
        elif isinstance(found, str):
            self.cursor = str(page.request.url.join(found))
        else:
            self.cursor = str(page.request.url.copy_merge_params(dict(found)))
        if self.cursor == str(page.request.url):
            # A page that leads to itself would be read for ever.
            self.cursor = None


def _linked(page: httpx2.Response) -> str | None:
    for target, parameters in _LINK.findall(page.headers.get("link", "")):
        if _NEXT.search(f"{parameters};"):
            return str(target)
    if "json" not in page.headers.get("content-type", ""):
        return None
    try:
        body = msgspec.json.decode(page.content)
    except (ValueError, RecursionError):
        return None
    found = (_at(body, place) for place in _PLACES)
    return next((each for each in found if isinstance(each, str) and each), None)


def _at(value: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
