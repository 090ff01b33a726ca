"""Known secrets: taken out of a fault, wherever a server has repeated them.

Servers echo: the key they refuse, the body they could not read, the value they did not like.
A client knows what it sent, and some keys are known by their form alone.
"""

import json
import re
from binascii import b2a_base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from failwell.core.fault import Fault, Location, Violation

__all__ = ["MASK", "may_hold_secrets", "without_secrets"]

MASK = "***"
"""What stands in the place of a secret."""

_SHORTEST_INSIDE = 4
_DEEPEST = 32
_SAYING_MUCH = (str, dict, list, tuple)
_ECHOES = frozenset(
    ("input", "provided", "value", "body", "rejectedValue", "rejected_value", "invalid_value")
)
# A form that no plain sentence has: a prefix of a vendor, then enough characters of a key.
_KEY = re.compile(
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
_ANNOUNCED = re.compile(
    r"""(?P<before>\b(?:bearer|basic|token)[ ]+)(?=[^\s]*[0-9])[0-9A-Za-z._~+/=-]{8,}
      | (?P<at>://)[^\s/@]+@
      | (?P<name>[?&](?:[a-z_-]*(?:key|token|secret|password|signature)|sig|auth|code)=)[^\s&"'<>]+
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Every secret of a known form has one of these in it, and hardly any other text has: looked for
# at marks and blanks only, which is five times as fast as anything else.
_HINT = re.compile(
    r"""[-_](?:(?<=[spr]k.) | (?<=cx.) | (?<=sec.) | (?<=npm_) | (?<=hf_) | (?<=ah_)
      | (?<=shp[acps][ast]_) | (?<=gh[oprsu]_) | (?<=hub_pat_) | (?<=glpat-) | (?<=xox[a-z]-))
        (?=[0-9A-Za-z_*-]{4})
      | [ ](?:(?<=[Ee][Aa][Rr][Ee][Rr].) | (?<=[Aa][Ss][Ii][Cc].) | (?<=[Oo][Kk][Ee][Nn].))
        (?=\s*[^\s]*[0-9])""",
    re.VERBOSE,
)
_KEY_HINTS = ("AKIA", "ASIA", "AIza", "ya29.", "eyJ")

_UNRESERVED = re.compile("[0-9A-Za-z._~-]+")
_write = msgspec.json.Encoder().encode

Mask = Callable[[str], str]


def without_secrets(
    fault: Fault, secrets: Iterable[str] = (), *, known_code: bool = False
) -> Fault:
    """Take secrets out of a fault: those that were sent, and those known by their form.

    Args:
        fault: A decoded fault; it is given back as it is when there is nothing to take out.
        secrets: What was sent as a credential: keys, tokens, passwords, cookies. Each is also
            found inside longer text, and in the forms it has in a query and in ``Basic``.
        known_code: Whether its code is one of a contract: such a word is no secret, also where
            a secret happens to be a part of it.

    Examples:
        >>> said = Fault(message="No such key: k-12345. You sent Bearer abcd1234efgh")
        >>> without_secrets(said, ["k-12345"]).message
        'No such key: ***. You sent Bearer ***'
    """
    forms = {form for secret in secrets for form in _forms(secret)}
    if _is_clean(fault, forms):
        return _without_echoes(fault)
    cleaned = _cleaned(fault, _mask(forms), 0)
    if known_code:
        cleaned = msgspec.structs.replace(cleaned, code=fault.code)
    return fault if cleaned == fault else cleaned


def may_hold_secrets(body: bytes) -> bool:
    """Tell whether a JSON body may hold what `without_secrets` knows by its form.

    A quick look that is never wrong in saying no, for those who read many errors.
    """
    # Bytes are looked through far slower than text, and Latin-1 keeps every byte.
    text = body.decode("latin-1")
    return _is_hinted(text) or "\\" in text or any(map(text.__contains__, _ECHOES))


def _is_hinted(text: str) -> bool:
    if _HINT.search(text) is not None or any(map(text.__contains__, _KEY_HINTS)):
        return True
    # A name in front of a host, or the parameters of an address.
    return ("@" in text and "://" in text) or ("=" in text and ("?" in text or "&" in text))


def _is_clean(fault: Fault, forms: Iterable[str]) -> bool:
    # Nearly every fault is clean, and one look at all of its texts together tells so.
    names = f"{fault.code} {fault.request_id}"
    try:
        texts = _write((fault.message, fault.detail, fault.params, fault.violations))
        if any(form in names or _write(form)[1:-1] in texts for form in forms):
            return False
    except Exception:
        return False
    return not _is_hinted(texts.decode("latin-1"))


def _without_echoes(fault: Fault) -> Fault:
    if not any(name in _ECHOES for each in fault.violations or () for name in each.params):
        return fault
    violations = tuple(
        msgspec.structs.replace(each, params=_without_echo(each.params))
        for each in fault.violations or ()
    )
    return msgspec.structs.replace(fault, violations=violations)


def _without_echo(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: MASK if name in _ECHOES and isinstance(value, _SAYING_MUCH) else value
        for name, value in params.items()
    }


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


def _mask(forms: Collection[str]) -> Mask:
    inside = sorted((form for form in forms if len(form) >= _SHORTEST_INSIDE), key=len)[::-1]

    def mask(text: str) -> str:
        # A short one alone: replaced inside longer text, it would tear words apart.
        if text in forms:
            return MASK
        for form in inside:
            text = text.replace(form, MASK)
        return _ANNOUNCED.sub(_but_the_name, _KEY.sub(MASK, text)) if _is_hinted(text) else text

    return mask


def _forms(secret: str) -> Iterator[str]:
    if not secret:
        return
    plain = secret.encode(errors="replace")
    yield secret
    if not _UNRESERVED.fullmatch(secret):
        yield from (quote(plain), quote(plain, safe=""), quote_plus(plain))
        yield from (json.dumps(secret, ensure_ascii=only)[1:-1] for only in (True, False))
    if len(plain) >= _SHORTEST_INSIDE:
        yield b2a_base64(plain, newline=False).decode().rstrip("=")


def _but_the_name(found: re.Match[str]) -> str:
    if found["at"]:
        return f"://{MASK}@"
    return f"{found['before'] or found['name']}{MASK}"


def _violation(violation: Violation, mask: Mask) -> Violation:
    at = violation.location
    return Violation(
        code=violation.code and mask(violation.code),
        detail=violation.detail and mask(violation.detail),
        location=at and Location(_masked(at.path, mask), at.part),
        params=_masked(_without_echo(violation.params), mask),
    )


def _masked(value: Any, mask: Mask, depth: int = 0) -> Any:
    if isinstance(value, str):
        return mask(value)
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, dict):
        return {_name(name, mask): _masked(each, mask, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, mask, depth + 1) for each in value]
    if isinstance(value, tuple):
        return tuple(_masked(each, mask, depth + 1) for each in value)
    return _cleaned(value, mask, depth + 1) if isinstance(value, Fault) else value


def _name(name: Any, mask: Mask) -> Any:
    return mask(name) if isinstance(name, str) else name
