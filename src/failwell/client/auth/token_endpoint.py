"""Token endpoints: what they refuse, and whether asking again can help (RFC 6749, 5.2)."""

from collections.abc import Iterable

import msgspec

from failwell.client.auth.protocol import AuthTools
from failwell.client.steps import Answer
from failwell.core.catalogue import ErrorCode
from failwell.core.exceptions import (
    AuthenticationError,
    FaultError,
    ReauthenticationRequiredError,
)
from failwell.core.fault import Fault
from failwell.core.generic_reader import read_generic
from failwell.core.redaction import without_secrets

__all__ = ["no_token", "refused"]

_PERMANENT = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        # The same in the words of GitHub and Slack, who say so with status 200.
        "bad_refresh_token",
        "incorrect_client_credentials",
        "invalid_refresh_token",
    }
)
"""Codes that stay true until there are other credentials."""

_ADVICE = "Log in again and hand the new credentials to set_credentials()."


def refused(
    answer: Answer, tools: AuthTools, *, secrets: Iterable[str], refreshing: bool = False
) -> FaultError:
    """Make the error for an answer of a token endpoint that holds no token.

    A refusal that stays is a `ReauthenticationRequiredError`: the codes of RFC 6749 for bad
    credentials, any 401, and for a refresh also ``invalid_request``, which servers say of a
    refresh token they cannot read. All others may pass.

    Args:
        answer: The answer.
        tools: Knows the contract, in whose words an API may refuse.
        secrets: What must not be in the error.
        refreshing: Whether a refresh token was offered.
    """
    told = _read(answer, tools)
    fault = _without(told.fault, secrets)
    api = None if tools.contract is None else tools.contract.api
    permanent = not told.gateway and (fault.code in _PERMANENT or answer.status == 401)
    if permanent or (refreshing and fault.code == "invalid_request"):
        return ReauthenticationRequiredError.of(_advised(fault), api=api)
    if answer.status < 400:
        return AuthenticationError.of(fault, api=api)
    name = None if tools.contract is None else tools.contract.name
    return FaultError.of(fault, entry=told.entry, api=api, contract=name)


def no_token(answer: Answer) -> FaultError:
    """Make the error for a success of a token endpoint in which no token can be found."""
    message = "The token endpoint gave no access token that can be sent"
    return AuthenticationError.of(Fault(status=answer.status, message=message))


def _advised(fault: Fault) -> Fault:
    detail = " ".join(filter(None, (fault.detail, _ADVICE)))
    return msgspec.structs.replace(fault, detail=detail)


class _Told(msgspec.Struct, frozen=True):
    fault: Fault
    entry: ErrorCode | None = None
    gateway: bool = False


def _read(answer: Answer, tools: AuthTools) -> _Told:
    if tools.contract is not None:
        decoded = tools.contract.decode(answer.status, answer.headers, answer.body)
        if decoded.entry is not None:
            return _Told(decoded.fault, decoded.entry)
    guess = read_generic(answer.status, answer.headers, answer.body)
    return _Told(guess.fault, gateway=guess.gateway)


def _without(fault: Fault, secrets: Iterable[str]) -> Fault:
    """Hide what the endpoint may echo; its params are of no use to anybody."""
    message = fault.message or "The token endpoint gave no token"
    plain = msgspec.structs.replace(fault, message=message, params={}, violations=None)
    return without_secrets(plain, secrets)
