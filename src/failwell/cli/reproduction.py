"""Steps to reproduce a fault: a command line without secrets."""

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from failwell.core.contract import Contract
from failwell.core.redaction import log_text
from failwell.stores.faults import UNMATCHED, FaultRecord

__all__ = ["reproduction"]

_PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::[^{}]*)?\}")
_ID = re.compile(r"(?:\w*_)?ids?|\w*[a-z]Ids?")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def reproduction(record: FaultRecord, contract: Contract | None, *, base: str | None) -> str:
    """Write a curl command that repeats a request as far as it is known.

    What is not recorded stands in capitals: credentials and bodies never are, of a path the
    ids. A path that no route matched is not known at all.

    Args:
        record: The fault.
        contract: The contract of its API, which knows where a credential goes.
        base: Any URL of the API; without one that of the contract is taken.
    """
    url = _origin(base or (contract.api.base if contract else None)) + _path(record)
    lines = [f"curl -i -X {_word(record.method)} {_word(url)}", *_headers(record, contract)]
    if record.method in _WITH_BODY:
        lines += ["-H 'Content-Type: application/json'", "-d @BODY.json"]
    return " \\\n  ".join(lines)


def _origin(base: str | None) -> str:
    parts = urlsplit(base or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "https://HOST"


def _path(record: FaultRecord) -> str:
    if record.route == UNMATCHED:
        return "/PATH"
    known = _known_ids(record)

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        value = next(known, None) if _ID.fullmatch(name) else None
        return name.upper() if value is None else quote(value, safe="")

    return _PLACEHOLDER.sub(fill, record.route)


def _known_ids(record: FaultRecord) -> Iterator[str]:
    """Give the ids of the path, which come first; none when some must be missing."""
    names = [name for name in _PLACEHOLDER.findall(record.route) if _ID.fullmatch(name)]
    return iter(record.affected if len(record.affected) >= len(names) else ())


def _headers(record: FaultRecord, contract: Contract | None) -> list[str]:
    auth = None if contract is None else contract.auth
    called_by_somebody = record.credential_id is not None or record.status in {401, 403}
    if auth is None or auth.where != "header" or not called_by_somebody:
        return []
    scheme = f"{auth.scheme} " if auth.scheme else ""
    return [f"-H {_word(f'{auth.name}: {scheme}CREDENTIAL')}"]


def _word(text: str) -> str:
    return shlex.quote(log_text(text, longest=2_000))
