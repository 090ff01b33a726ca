"""The whole table of hostile requests."""

from tests.hostile import connix_requests
from tests.hostile.bad_bodies import BROKEN_JSON, ENCODINGS, TRUNCATED
from tests.hostile.bad_content import ACCEPT, CODINGS, TYPES
from tests.hostile.bad_credentials import CREDENTIALS
from tests.hostile.bad_framing import CHUNKS, FIELDS, LENGTHS
from tests.hostile.bad_request_lines import METHODS, REQUEST_LINES, TARGETS
from tests.hostile.hostile_request import HostileRequest

__all__ = ["TABLE", "rows_for"]

TABLE: tuple[HostileRequest, ...] = (
    *REQUEST_LINES,
    *METHODS,
    *TARGETS,
    *LENGTHS,
    *CHUNKS,
    *FIELDS,
    *TYPES,
    *CODINGS,
    *ACCEPT,
    *BROKEN_JSON,
    *ENCODINGS,
    *TRUNCATED,
    *CREDENTIALS,
)
"""Every row that means the same to each API; names are unique."""

_CONNIX: tuple[HostileRequest, ...] = (
    *connix_requests.PLACES,
    *connix_requests.QUERIES,
    *connix_requests.FORMS,
    *connix_requests.WRONG_VALUES,
)


def rows_for(api: str) -> tuple[HostileRequest, ...]:
    """Every row that an API is sent."""
    return TABLE + _CONNIX if api == "connix" else TABLE
