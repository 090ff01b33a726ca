"""R16-R24 and X1: what is sent again, and what never is."""

from collections.abc import Callable, Sequence

from benchmarks.peers.ask import ONE_SHOT
from benchmarks.peers.scenario import Judge, Observed, Scenario, Verdict, always, once
from tests.client.byte_server import HANG, LOST, Reply, json_reply, reply

__all__ = ["REPLAYS"]

_WHOLE = b"".join(ONE_SHOT)


def _status(status: int, *fields: tuple[str, str]) -> Callable[[], Reply]:
    return lambda: json_reply(status, {"message": "something is wrong"}, fields)


def _sent(count: int, status: int) -> Judge:
    """That many requests, and at the end this status."""

    def judge(seen: Observed) -> Verdict:
        right = seen.count == count and seen.told is not None and seen.told.status == status
        told = "hangs" if seen.told is None else seen.told.error
        same = right or seen.count != count
        return Verdict(right, f"n={seen.count}" if same else f"n={seen.count} {told}")

    return judge


def _exhausted(seen: Observed) -> Verdict:
    return Verdict(seen.count == 3, f"n={seen.count}")


def _sent_once(seen: Observed) -> Verdict:
    return Verdict(seen.count == 1, f"n={seen.count}")


def _not_doubled(seen: Observed) -> Verdict:
    if seen.count == 1:
        return Verdict(True, "n=1")
    return Verdict(seen.same_key, f"n={seen.count} {'same' if seen.same_key else 'no'} key")


def _never_empty(seen: Observed) -> Verdict:
    if seen.told is None:
        return Verdict(False, "hangs")
    if any(request.whole and request.body != _WHOLE for request in seen.requests):
        ending = f"-> {seen.told.status or seen.told.error}"
        return Verdict(False, f"EMPTY resend {ending}")
    kept = seen.told.status in (200, 503)
    return Verdict(kept, f"raises {seen.told.status}" if kept else f"{seen.told.error}")


def _stays(seen: Observed) -> Verdict:
    return Verdict(not seen.elsewhere, "body sent cross-origin" if seen.elsewhere else "")


def _away(_number: int, elsewhere: str) -> Reply:
    return reply(307, b"", {"location": f"{elsewhere}/v1/elsewhere"})


def _get(row: str, promise: str, every: Callable[[], Reply], judge: Judge) -> Scenario:
    return Scenario(id=row, promise=promise, answer=always(every), judge=judge)


def _post(row: str, promise: str, answer: Callable[[int, str], Reply], judge: Judge) -> Scenario:
    return Scenario(
        id=row, promise=promise, method="POST", body="json", answer=answer, judge=judge, limit=12.0
    )


REPLAYS: Sequence[Scenario] = (
    Scenario(
        id="R16",
        promise="GET 503 retried",
        answer=always(_status(503)),
        judge=_exhausted,
        needs="503",
    ),
    _get("R17", "GET 404 not retried", _status(404), _sent(1, 404)),
    _get("R18", "GET 501 not retried", _status(501), _sent(1, 501)),
    _post("R19", "POST 503, no key: not replayed", always(_status(503)), _not_doubled),
    _post("R20", "POST read timeout: not replayed", always(lambda: HANG), _not_doubled),
    _post("R21", "POST lost reply: not replayed", once(lambda: LOST), _not_doubled),
    _post(
        "R22",
        "POST 400 + Retry-After: not replayed",
        always(_status(400, ("retry-after", "1"))),
        _sent_once,
    ),
    Scenario(
        id="R23",
        promise="GET lost reply retried",
        answer=once(lambda: LOST),
        judge=_sent(2, 200),
        needs="lost",
    ),
    Scenario(
        id="R24",
        promise="one-shot body never resent empty",
        method="PUT",
        body="one_shot",
        answer=once(_status(503)),
        judge=_never_empty,
    ),
    _post("X1", "307 POST to another origin", _away, _stays),
)
"""The rows about sending again."""
