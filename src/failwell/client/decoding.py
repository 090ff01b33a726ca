"""Decoding: what an answer says, by its contract or as well as it can be guessed."""

import msgspec

from failwell.client.steps import Answer
from failwell.core.catalogue import ErrorCode
from failwell.core.contract import Contract
from failwell.core.detect import detect
from failwell.core.fault import Fault
from failwell.core.foreign_body import mended
from failwell.core.generic_hints import cost_wait
from failwell.core.generic_reader import read_generic
from failwell.core.match import Deviation
from failwell.core.reading import Decoded
from failwell.core.situation import Situation
from failwell.core.success_fault import declared_fault
from failwell.core.wire import lower_headers

__all__ = ["Told", "read_answer", "read_good_answer"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer said."""

    fault: Fault
    """The fault, as far as it could be read."""

    entry: ErrorCode | None = None
    """The code it was recognised as."""

    contract: Contract | None = None
    """The contract it was read by."""

    guessed: bool = False
    """Whether no contract fits."""

    gateway: bool = False
    """Whether something in front of the API answered."""

    violated: bool = False
    """Whether it broke the contract it should follow."""

    @property
    def rate_limited(self) -> bool:
        """Whether it is a rate limit."""
        return self.fault.status == 429 or self.fault.situation is Situation.RATE_LIMITED


def read_answer(answer: Answer, contract: Contract | None) -> Told:
    """Read the fault of an error answer. Never raises.

    Args:
        answer: Status, headers and what was read of the body.
        contract: How the API fails; ``None``: the dialect is recognised from the answer.
    """
    if contract is None:
        return _unknown_api(answer)
    decoded = contract.decode(answer.status, answer.headers, answer.body)
    if decoded.foreign or not answer.body.strip():
        return _mended(answer, contract) or _foreign(answer, contract, decoded)
    fault, violated = decoded.fault, any(map(_breaks_it, decoded.deviations))
    if fault.code is None:
        fault = _named(fault, answer)
        violated = violated or bool(contract.codes and contract.declared.identify == ("code",))
    return Told(
        fault=_with_cost(fault),
        entry=decoded.entry,
        contract=contract,
        violated=violated,
    )


def _breaks_it(deviation: Deviation) -> bool:
    # A code that came after the contract was written is foreseen.
    return deviation.level == "error" and deviation.kind != "unknown-code"


def _named(known: Fault, answer: Answer) -> Fault:
    """Name a fault whose body follows the contract and has no code that the contract reads."""
    guess = read_generic(answer.status, answer.headers, answer.body).fault
    return msgspec.structs.replace(
        known,
        code=guess.code,
        message=known.message or guess.message,
        violations=guess.violations if known.violations is None else known.violations,
    )


def _with_cost(fault: Fault) -> Fault:
    """Take the wait out of the cost that GraphQL servers tell beside their errors."""
    wait = None if fault.retry_after is not None else cost_wait(fault.params.get("extensions"))
    return fault if wait is None else msgspec.structs.replace(fault, retry_after=wait)


def _mended(answer: Answer, contract: Contract) -> Told | None:
    """Read an answer that is cut off or in another charset, if its code came through whole."""
    body = mended(answer.body, lower_headers(answer.headers).get("content-type", ""))
    if body is None:
        return None
    decoded = contract.decode(answer.status, answer.headers, body)
    if decoded.entry is None:
        return None
    fault = _with_cost(decoded.fault)
    return Told(fault=fault, entry=decoded.entry, contract=contract, violated=True)


def _foreign(answer: Answer, contract: Contract, decoded: Decoded) -> Told:
    """Read an answer that is not in the words of its API: a proxy's, or a broken one."""
    guess = read_generic(answer.status, answer.headers, answer.body)
    fault, known = guess.fault, decoded.fault
    fault = msgspec.structs.replace(
        fault,
        # Its header fields are read by the contract whatever the body is.
        params={**known.params, **fault.params},
        request_id=known.request_id or fault.request_id,
        retry_after=fault.retry_after if known.retry_after is None else known.retry_after,
    )
    return Told(fault=fault, contract=contract, guessed=True, gateway=guess.gateway, violated=True)


def _unknown_api(answer: Answer) -> Told:
    found = detect(answer.status, answer.headers, answer.body)
    if found.decoded is not None and found.decoded.fault.code is not None:
        # Recognised, not promised: what an API does with a limit is known of our contracts only.
        contract = found.candidates[0]
        return Told(
            fault=found.decoded.fault,
            entry=found.decoded.entry,
            contract=contract,
            guessed=True,
        )
    guess = read_generic(answer.status, answer.headers, answer.body)
    return Told(fault=guess.fault, guessed=True, gateway=guess.gateway)


def read_good_answer(answer: Answer, contract: Contract) -> Told | None:
    """Look for an error in an answer whose status is none; ``None`` when it is well.

    Args:
        answer: An answer with its whole body.
        contract: The contract of the API, which counts such answers as errors (``applies``).
    """
    decoded = declared_fault(contract, answer.status, answer.headers, answer.body)
    if decoded is None:
        return None
    return Told(fault=_with_cost(decoded.fault), entry=decoded.entry, contract=contract)
