"""The whole table of hostile requests."""

from tests.hostile.bad_bodies import BROKEN_JSON, ENCODINGS, TRUNCATED, WRONG_VALUES
from tests.hostile.bad_content import ACCEPT, CODINGS, TYPES
from tests.hostile.bad_credentials import CREDENTIALS
from tests.hostile.bad_framing import CHUNKS, FIELDS, LENGTHS
from tests.hostile.bad_request_lines import METHODS, REQUEST_LINES, TARGETS
from tests.hostile.hostile_request import HostileRequest

__all__ = ["TABLE"]

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
    *WRONG_VALUES,
    *CREDENTIALS,
)
"""Every row; names are unique."""
