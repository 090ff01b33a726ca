"""Specifications: fetched from where a caller says, and looked at before they are believed.

Whatever is wrong with the address or the document is the caller's to mend, so all of it
is a refused ``specUrl``. Documents are bounded in size, depth and number of values; YAML
makes plain values only; XML with a document type is not read at all, which leaves no
entity to expand and no file to include.
"""

from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from failwell.core.contract_file import parse_contract_file
from failwell.core.exceptions import ContractError, UpstreamError, ValidationError
from failwell.core.situation import Situation
from failwell.core.strict_json import JsonError, parse
from failwell.outbound.fetch import Outbound, OutboundRefusedError
from failwell.server.workers import Workers

__all__ = ["LARGEST", "SpecificationError", "Specifications", "Summary"]

LARGEST = 1_048_576
"""Bytes of a document."""

_REDIRECTS = 3
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_KINDS = {"OPEN_API": ("openapi", "3."), "SWAGGER": ("swagger", "2.")}
_WORDS = {"OPEN_API": "an OpenAPI 3", "SWAGGER": "a Swagger 2", "WSDL": "a WSDL"}
_WSDL_ROOTS = {
    "http://schemas.xmlsoap.org/wsdl/ definitions": "1.1",
    "http://www.w3.org/ns/wsdl description": "2.0",
}
_INTERFACES = (" portType", " interface")

Summary = dict[str, Any]
"""What a document says of itself: its version, its title, how many operations it has."""


class SpecificationError(ValidationError):
    """The document at ``specUrl`` cannot be had, or is not what it should be.

    Args:
        problem: ``refused``, ``unreachable``, ``status`` or ``content``.
        params: What the contract's text about it needs.
    """

    def __init__(self, problem: str, **params: Any) -> None:
        super().__init__(
            situation=Situation.UNPROCESSABLE, field="specUrl", problem=problem, **params
        )


class Specifications:
    """Fetches specifications and finds out what they describe.

    Args:
        outbound: Calls other servers.
        workers: Threads that parse.
    """

    def __init__(self, outbound: Outbound, workers: Workers) -> None:
        self._outbound = outbound
        self._workers = workers

    async def start(self) -> None:
        """Do nothing: connections and threads begin with the first document."""

    async def close(self) -> None:
        """Close the connections."""
        await self._outbound.close()

    async def read(self, creation_type: str, url: str, headers: Mapping[str, str]) -> Summary:
        """Fetch a document and sum it up.

        Args:
            creation_type: ``OPEN_API``, ``SWAGGER`` or ``WSDL``.
            url: Where it is.
            headers: Header fields that open the door to it.

        Raises:
            SpecificationError: It cannot be had, or is something else.
            UnavailableError: Too many documents are read already.
        """
        text = await self._fetch(url, headers)
        look = _wsdl if creation_type == "WSDL" else _openapi
        found = await self._workers.run(look, text, creation_type)
        if found is None:
            raise SpecificationError("content", wanted=_WORDS[creation_type])
        return found

    async def _fetch(self, url: str, headers: Mapping[str, str]) -> bytes:
        try:
            answer = await self._outbound.fetch(
                url,
                headers=headers,
                max_size=LARGEST,
                # What opens one door is not carried to another.
                redirects=0 if headers else _REDIRECTS,
            )
        except OutboundRefusedError as error:
            raise SpecificationError("refused") from error
        except UpstreamError as error:
            raise SpecificationError("unreachable") from error
        if answer.status != 200:
            raise SpecificationError("status", upstream_status=answer.status)
        return answer.body


def _openapi(text: bytes, creation_type: str) -> Summary | None:
    document = _parsed(text)
    if not isinstance(document, dict):
        return None
    member, version = _KINDS[creation_type]
    written, paths, info = document.get(member), document.get("paths", {}), document.get("info")
    # YAML without quotes makes a number of 2.0.
    written = str(written) if isinstance(written, str | float) else ""
    if not written.startswith(version) or not isinstance(paths, dict):
        return None
    title = info.get("title") if isinstance(info, dict) else None
    return {
        "version": written[:20],
        "title": title[:200] if isinstance(title, str) else None,
        "operations": sum(
            len(_METHODS & set(each)) for each in paths.values() if isinstance(each, dict)
        ),
    }


def _parsed(text: bytes) -> Any:
    """Parse JSON, or else YAML; ``None`` for what is neither."""
    try:
        if text.lstrip().startswith(b"{"):
            return parse(text)
        return parse_contract_file(text.decode()).data
    except (JsonError, ContractError, UnicodeDecodeError):
        return None


def _wsdl(text: bytes, _creation_type: str) -> Summary | None:
    outline = _Outline()
    try:
        outline.read(text)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    version = _WSDL_ROOTS.get(outline.root)
    if version is None:
        return None
    return {"version": version, "title": outline.name, "operations": outline.operations}


class _Outline:
    """The root of an XML document and the operations of its interfaces, without any tree."""

    def __init__(self) -> None:
        self.root = ""
        self.name: str | None = None
        self.operations = 0
        self._above: list[str] = []

    def read(self, text: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.Parse(text, True)

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self._above:
            self.root = name
            self.name = attributes.get("name", "")[:200] or None
        elif name.endswith(" operation") and self._above[-1].endswith(_INTERFACES):
            self.operations += 1
        self._above.append(name)

    def _end(self, _name: str) -> None:
        self._above.pop()
