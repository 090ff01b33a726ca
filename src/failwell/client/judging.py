"""Judging an answer: whether all is well, by its status and by what its contract says."""

from failwell.client.call import Call
from failwell.client.decoding import read_good_answer
from failwell.client.error_body import whole
from failwell.client.settings import Settings
from failwell.client.steps import Answer
from failwell.client.trouble import Trouble, answered, good_but_wrong, understood

__all__ = ["judged"]


def judged(answer: Answer, call: Call, settings: Settings) -> Trouble | None:
    """Tell what is wrong with an answer; ``None`` when all is well.

    Args:
        answer: What came back.
        call: What the caller wanted.
        settings: What the client was told.
    """
    if answer.status >= 300 and not (answer.status == 304 and _asked_for_changes(call)):
        now = settings.clock.now()
        return answered(whole(answer, received=now), call, settings.contract, now=now)
    if settings.contract is None or call.stream or call.errand or answer.status == 304:
        return None
    if settings.good_may_be_wrong:
        told = read_good_answer(whole(answer, received=0.0), settings.contract)
        if told is not None:
            full = whole(answer, received=settings.clock.now())
            return understood(told, full, call, now=settings.clock.now())
    return good_but_wrong(answer, settings.contract)


def _asked_for_changes(call: Call) -> bool:
    headers = call.request.headers
    return "if-none-match" in headers or "if-modified-since" in headers
