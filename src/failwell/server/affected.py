"""What a fault is about: the ids in the path of the request and in the params of the fault.

Allow-lists twice: the name has to say that it is an id, and the value has to look like one.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from failwell.core.known_secrets import may_hold_secrets
from failwell.server.exchange import Exchange, Scope

__all__ = ["affected", "is_id"]

_MOST = 10
_LONGEST = 64
_NAME = re.compile(r"(?:\w*_)?ids?|\w*[a-z]Ids?")
# What somebody has pasted into the wrong field may be anything: only forms that are made for ids.
_VALUE = re.compile(
    r"""(?=[^0-9]*[0-9])(?:
        [0-9]{1,19}
      | [a-z]{2,12}_[0-9A-Za-z]{1,32}
      | [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}
      | (?:ortx)?[0-9A-Za-z]{12}
    )""",
    re.VERBOSE,
)


def affected(exchange: Exchange, scope: Scope) -> tuple[str, ...]:
    """List the ids an operator should know of, those of the path first.

    Args:
        exchange: The exchange that ended in a fault.
        scope: The request; its path params are known once a route has matched.
    """
    sources: list[Mapping[str, Any]] = [scope.get("path_params") or {}]
    sources += [fault.params for fault in (exchange.raised, exchange.fault) if fault is not None]
    found: dict[str, None] = {}
    for source in sources:
        for name, value in source.items():
            found.update(dict.fromkeys(_ids(name, value)))
    return tuple(found)[:_MOST]


def is_id(name: str, value: Any) -> bool:
    """Tell whether a value under a name is an id that may be shown.

    Examples:
        >>> is_id("project_id", "proj_1234567890abcdef"), is_id("key", "proj_1234567890abcdef")
        (True, False)
        >>> is_id("key_id", "sk_live_1234567890abcdef")
        False
    """
    return isinstance(value, str) and len(value) <= _LONGEST and _is_id(name, value)


# One record asks several times about the same id: in the path, in the params, before masking.
@lru_cache(maxsize=256)
def _is_id(name: str, value: str) -> bool:
    return (
        _NAME.fullmatch(name) is not None
        and _VALUE.fullmatch(value) is not None
        and not may_hold_secrets(value.encode())
    )


def _ids(name: str, value: Any) -> Iterable[str]:
    values = value[:_MOST] if isinstance(value, list | tuple) else (value,)
    return (each for each in values if is_id(name, each))
