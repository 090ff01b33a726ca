"""What all resources of Connix have in common on the wire."""

from failwell.core.exceptions import ValidationError
from failwell.core.fault import Location, Violation

__all__ = ["BOTH", "SCOPES", "rejected"]

BOTH = ("api_key", "bearer")
"""Most endpoints take a key or an access token."""

SCOPES = ("projects:read", "projects:write", "agents:read", "agents:write")
"""Everything a key or token can be allowed."""


def rejected(code: str, detail: str, *path: str | int) -> ValidationError:
    """Reject one input for a rule that no schema can say.

    Args:
        code: Connix's word for the broken rule.
        detail: The sentence about it.
        path: Where the input sits in the body.
    """
    where = Location(path=path)
    return ValidationError(violations=[Violation(code=code, detail=detail, location=where)])
