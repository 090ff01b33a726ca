"""How the identifiers of Connxt look; all are random, none says anything."""

import string

from failwell.security.keys import KeyPattern

__all__ = [
    "BRAND",
    "ENVIRONMENT",
    "FLOW_ACTION",
    "FLOW_DEFINITION",
    "FLOW_TARGET",
    "FLOW_TYPE",
    "PSP",
    "TRANSACTION",
]

_MIXED = string.digits + string.ascii_letters
# The digits of a ULID: no letter that looks like a digit or another letter.
_FLOW = "0123456789abcdefghjkmnpqrstvwxyz"

FLOW_TYPE = KeyPattern("ftp_", 26, _FLOW)
"""A flow type, such as PSP."""

FLOW_TARGET = KeyPattern("ftg_", 26, _FLOW)
"""A payment gateway."""

FLOW_ACTION = KeyPattern("fat_", 26, _FLOW)
"""Something a gateway can do."""

FLOW_DEFINITION = KeyPattern("fld_", 26, _FLOW)
"""How a gateway does it."""

PSP = KeyPattern("psp_", 26, _MIXED)
"""A configured gateway."""

BRAND = KeyPattern("brn_", 26, _MIXED)
"""A customer of Connxt."""

ENVIRONMENT = KeyPattern("env_", 26, _MIXED)
"""One of a brand's separate worlds."""

TRANSACTION = KeyPattern("ortx", 12, _MIXED)
"""A payment."""
