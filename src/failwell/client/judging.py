"""Judging an answer: whether all is well, by its status and by what its contract says."""

from failwell.client.call import Call
from failwell.client.decoding import Told, read_good_answer
from failwell.client.error_body import whole
from failwell.client.settings import Settings
from failwell.client.steps import Answer
from failwell.client.trouble import Trouble, answered, good_but_wrong, in_part, understood
from failwell.core.partial_failure import partial_fault
from failwell.core.success_fault import fault_in_success

__all__ = ["judged"]


def judged(answer: Answer, call: Call, settings: Settings) -> Trouble | None:
    """Tell what is wrong with an answer; ``None`` when all is well.

    Args:
        answer: What came back.
        call: What the caller wanted.
        settings: What the client was told.
    """
    if answer.status >= 300 and answer.status != 304:
        return answered(answer, call, settings.contract, now=settings.clock.now())
    if call.stream or call.errand or answer.status == 304:
        return None
    if answer.status == 207 or _is_markup(answer):
        wrong = _in_part_or_markup(whole(answer, received=settings.clock.now()), call, settings)
        if wrong is not None:
            return wrong
    if settings.contract is None:
        return None
    if settings.good_may_be_wrong:
        told = read_good_answer(whole(answer, received=0.0), settings.contract)
        if told is not None:
            full = whole(answer, received=settings.clock.now())
            return understood(told, full, call, now=settings.clock.now())
    return good_but_wrong(answer, settings.contract)


def _is_markup(answer: Answer) -> bool:
    return answer.response is not None and answer.response.content[:1] == b"<"


def _in_part_or_markup(answer: Answer, call: Call, settings: Settings) -> Trouble | None:
    """Find failed items in a 207, and the ``<Error>`` that S3 may send with a 200."""
    if answer.status == 207:
        fault = partial_fault(answer.status, answer.body, settings.contract)
        return None if fault is None else in_part(fault, answer, settings.contract)
    found = fault_in_success(None, answer.status, answer.headers, answer.body)
    if found is None:
        return None
    told = Told(fault=found.fault, contract=settings.contract, guessed=True)
    return understood(told, answer, call, now=settings.clock.now())
