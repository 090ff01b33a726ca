"""Judging an answer: whether all is well, by its status and by what its contract says."""

from failwell.client.call import Call
from failwell.client.decoding import Told, read_good_answer
from failwell.client.error_body import whole
from failwell.client.settings import Settings
from failwell.client.steps import Answer
from failwell.client.trouble import Trouble, answered, good_but_wrong, in_part, understood
from failwell.core.generic_reader import Guess
from failwell.core.partial_failure import partial_fault
from failwell.core.success_fault import fault_in_success

__all__ = ["judged"]

_START = 64
_UNCLEAR = (b"<", b" ", b"\t", b"\r", b"\n")


def judged(answer: Answer, call: Call, settings: Settings) -> Trouble | None:
    """Tell what is wrong with an answer; ``None`` when all is well.

    Args:
        answer: What came back.
        call: What the caller wanted.
        settings: What the client was told.
    """
    if answer.status >= 300 and not (answer.status == 304 and _is_unchanged(answer, call)):
        now = settings.clock.now()
        return answered(whole(answer, received=now), call, settings.contract, now=now)
    response = answer.response
    if response is None or call.stream or call.errand or answer.status == 304:
        return None
    if answer.status == 207 and (wrong := _in_part(answer, settings)) is not None:
        return wrong
    # The mark of XML or HTML is looked for first: it is all a success of an unknown API costs.
    body = response.content
    if body[:1] in _UNCLEAR and body[:_START].lstrip()[:1] == b"<":
        return _marked(answer, call, settings)
    if settings.contract is None:
        return None
    if settings.good_may_be_wrong:
        told = read_good_answer(whole(answer, received=0.0), settings.contract)
        if told is not None:
            full = whole(answer, received=settings.clock.now())
            return understood(told, full, call, now=settings.clock.now())
    return good_but_wrong(answer, settings.contract)


def _in_part(answer: Answer, settings: Settings) -> Trouble | None:
    full = whole(answer, received=settings.clock.now())
    fault = partial_fault(full.status, full.body, settings.contract)
    return None if fault is None else in_part(fault, full, settings.contract)


def _marked(answer: Answer, call: Call, settings: Settings) -> Trouble | None:
    """Judge a page, or the XML of an API, which answers errors with a good status too."""
    if settings.contract is not None:
        wrong = good_but_wrong(answer, settings.contract)
        if wrong is not None:
            return wrong
    now = settings.clock.now()
    full = whole(answer, received=now)
    found = fault_in_success(settings.contract, full.status, full.headers, full.body)
    if found is None:
        return None
    if isinstance(found, Guess):
        told = Told(fault=found.fault, contract=settings.contract, guessed=True)
    else:
        told = Told(fault=found.fault, entry=found.entry, contract=settings.contract)
    return understood(told, full, call, now=now)


def _is_unchanged(answer: Answer, call: Call) -> bool:
    """Tell whether a 304 may be one: it was asked for, or at least speaks of no body."""
    asked = call.request.headers
    if "if-none-match" in asked or "if-modified-since" in asked:
        return True
    said = {} if answer.response is None else answer.response.headers
    return said.get("content-length", "0") == "0" and "transfer-encoding" not in said
