"""Known secrets: taken out of a fault, wherever a server has repeated them.

Servers echo: the key they refuse, the body they could not read, the value they did not like.
A client knows what it sent, and some keys are known by their form alone.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from failwell.core.fault import Fault, Location, Violation

__all__ = ["MASK", "may_hold_secrets", "without_secrets"]

MASK = "***"
"""What stands in the place of a secret."""

_SHORTEST_INSIDE = 4
_DEEPEST = 32
_ECHOES = frozenset(
    ("input", "provided", "value", "body", "rejectedValue", "rejected_value", "invalid_value")
)
# A form that no plain sentence has: a prefix of a vendor, then enough characters of a key.
_KEYS = re.compile(
    r"""(?<![0-9A-Za-z])(?:
        (?:(?:sk|pk|rk|cx|sec)[-_]|whsec_|npm_|hf_)
        (?=[0-9A-Za-z_*-]*[0-9*]|[0-9A-Za-z_*-]{24})[0-9A-Za-z_*-]{8,}
      | ah_(?:live|test)_[0-9A-Za-z]{4,}
      | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,}
      | gh[oprsu]_[0-9A-Za-z]{8,} | github_pat_\w{8,} | glpat-[0-9A-Za-z_-]{8,}
      | xox[a-z](?:-[0-9A-Za-z-]{6,})
      | (?:AKIA|ASIA)[0-9A-Z]{12,} | AIza[0-9A-Za-z_-]{20,} | ya29\.[0-9A-Za-z_-]{8,}
      | eyJ[0-9A-Za-z_-]{4,}\.[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]*)?
    )""",
    re.VERBOSE,
)
_BEFORE = re.compile(
    r"""(?P<before>\b(?:bearer|basic|token)[ ]+)(?=[^\s]*[0-9])[0-9A-Za-z._~+/=-]{8,}
      | (?P<at>://)[^\s/@]+@
      | (?P<name>[?&](?:[a-z_-]*(?:key|token|secret|password|signature)|sig|auth|code)=)[^\s&"'<>]+
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SIGNS = (
    *(
        "k-",
        "k_",
        "cx",
        "sec",
        "npm_",
        "hf_",
        "ah_",
        "shp",
        "gh",
        "t_pat_",
        "glpat-",
        "xox",
        "akia",
        "asia",
    ),
    *("aiza", "ya29.", "eyj", "bearer", "basic", "token ", "://", "=", "\\u"),
    *('"input"', '"provided"', 'value"', '"body"'),
)
"""Without any of these, in lower case, no form above can be there. An escape may hide one."""

Mask = Callable[[str], str]


def may_hold_secrets(body: bytes) -> bool:
    """Tell whether a JSON body may hold what `without_secrets` knows by its form.

    A quick look that is never wrong in saying no, for those who read many errors.
    """
    # Bytes are looked through far slower than text, and Latin-1 keeps every byte.
    text = body.decode("latin-1").lower()
    for sign in _SIGNS:  # noqa: SIM110  # `any` doubles its time
        if sign in text:
            return True
    return False


def without_secrets(fault: Fault, secrets: Iterable[str] = ()) -> Fault:
    """Take secrets out of a fault: those that were sent, and those known by their form.

    Args:
        fault: A decoded fault; it is given back as it is when there is nothing to take out.
        secrets: What was sent as a credential: keys, tokens, passwords, cookies. Each is also
            found inside longer text, and in the forms it has in a query and in ``Basic``.

    Examples:
        >>> said = Fault(message="No such key: k-12345. You sent Bearer abcd1234efgh")
        >>> without_secrets(said, ["k-12345"]).message
        'No such key: ***. You sent Bearer ***'
    """
    cleaned = _cleaned(fault, _mask(secrets), 0)
    return fault if cleaned == fault else cleaned


def _cleaned(fault: Fault, mask: Mask, depth: int) -> Fault:
    return msgspec.structs.replace(
        fault,
        code=fault.code and mask(fault.code),
        message=fault.message and mask(fault.message),
        detail=fault.detail and mask(fault.detail),
        request_id=fault.request_id and mask(fault.request_id),
        params=_masked(fault.params, mask, depth) if fault.params else fault.params,
        violations=fault.violations and tuple(_violation(each, mask) for each in fault.violations),
    )


def _mask(secrets: Iterable[str]) -> Mask:
    forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    inside = [form for form in forms if len(form) >= _SHORTEST_INSIDE]

    def mask(text: str) -> str:
        # A short one alone: replaced inside longer text, it would tear words apart.
        if text in forms:
            return MASK
        for form in inside:
            if form in text:
                text = text.replace(form, MASK)
        return _BEFORE.sub(_but_the_name, _KEYS.sub(MASK, text))

    return mask


def _forms(secret: str) -> Iterable[str]:
    if not secret:
        return ()
    plain = secret.encode(errors="replace")
    escaped = msgspec.json.encode(secret.encode(errors="replace").decode()).decode()[1:-1]
    return (secret, quote(plain), quote(plain, safe=""), quote_plus(plain), escaped) + (
        (b64encode(plain).decode().rstrip("="),) if len(plain) >= _SHORTEST_INSIDE else ()
    )


def _but_the_name(found: re.Match[str]) -> str:
    if found["at"]:
        return f"://{MASK}@"
    return f"{found['before'] or found['name']}{MASK}"


def _violation(violation: Violation, mask: Mask) -> Violation:
    at = violation.location
    return Violation(
        code=violation.code and mask(violation.code),
        detail=violation.detail and mask(violation.detail),
        location=at and Location(tuple(_masked(at.path, mask)), at.part),
        params={
            mask(name): MASK if name in _ECHOES and _says_much(value) else _masked(value, mask)
            for name, value in violation.params.items()
        },
    )


def _says_much(value: Any) -> bool:
    return isinstance(value, str | Mapping | list | tuple)


def _masked(value: Any, mask: Mask, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return MASK
    match value:
        case str():
            return mask(value)
        case Mapping():
            return {
                mask(k) if isinstance(k, str) else k: _masked(v, mask, depth + 1)
                for k, v in value.items()
            }
        case tuple():
            return tuple(_masked(each, mask, depth + 1) for each in value)
        case list():
            return [_masked(each, mask, depth + 1) for each in value]
        case Fault():
            return _cleaned(value, mask, depth + 1)
        case _:
            return value
