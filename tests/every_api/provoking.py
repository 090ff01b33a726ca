"""How a situation is brought about that is the same thing in every API."""

from collections.abc import Callable, Mapping

from failwell.core.situation import Situation
from tests.every_api.answers import WANTED
from tests.every_api.scene import Scene
from tests.faults.other_process import held
from tests.hostile.hostile_request import FIELD, READ, get, head, post
from tests.hostile.raw_connection import RawAnswer

__all__ = ["COMMON", "LAST", "Provoke"]

Provoke = Callable[[Scene], RawAnswer]
"""Brings a situation about and returns the answer."""


def _sending(data: bytes) -> Provoke:
    return lambda scene: scene.raw(data)


def _announced(size: int) -> bytes:
    return head(
        b"POST {create} HTTP/1.1",
        b"Content-Type: application/json",
        b"Content-Length: %d" % size,
    )


def _expired(scene: Scene) -> RawAnswer:
    """Wait for the end of a credential; of an OAuth token where keys are something else."""
    if scene.api.name == "connix":
        secret = scene.issue("--kind", "access-token", "--expires-in", "1")
        headers = {"Authorization": f"Bearer {secret}"}
    else:
        headers = scene.api.headers(scene.known, scene.issue("--expires-in", "1"))
    return scene.until(lambda: scene.ask("GET", scene.api.read, headers=headers), 401)


def _too_often(scene: Scene) -> RawAnswer:
    """Ask on one connection, with a credential of its own, until it is too much."""
    data = scene.request("GET", scene.api.read, secret=scene.issue())
    with scene.connect() as connection:
        for _ in range(500):
            connection.send(data)
            answer = connection.answer()
            if answer.status != 200:
                break
    return answer


def _without_its_database(scene: Scene) -> RawAnswer:
    with held(scene.server.data / f"{scene.api.name}.db"):
        return scene.create("While it is held")


def _away(scene: Scene) -> RawAnswer:
    scene.command("maintenance", "start", "--minutes", "30")
    status = WANTED[scene.api.name][Situation.UNAVAILABLE].status
    answer = scene.until(lambda: scene.ask("GET", scene.api.read), status)
    scene.command("maintenance", "end")
    scene.until(lambda: scene.ask("GET", scene.api.read), 200)
    return answer


COMMON: Mapping[Situation, Provoke] = {
    Situation.BAD_REQUEST: _sending(head(b"GET {read} HTTP/9.9")),
    Situation.HEADERS_TOO_LARGE: _sending(get(READ, b"A: " + b"a" * 16_384)),
    Situation.URI_TOO_LONG: _sending(get(b"/" + b"a" * 9_000)),
    Situation.TOO_LARGE: _sending(_announced(20_000_000)),
    Situation.TIMEOUT: _sending(_announced(9)),
    Situation.WRONG_TYPE: _sending(post(b"{}", media=b"Content-Type: text/plain")),
    Situation.BAD_ENCODING: _sending(post(b'{"name":"\xff"}')),
    Situation.BAD_JSON: _sending(post(b'{"name":"x",}')),
    Situation.NO_ROUTE: _sending(get(b"{prefix}/nowhere")),
    Situation.WRONG_METHOD: _sending(head(b"DELETE {read} HTTP/1.1")),
    Situation.NOT_IMPLEMENTED: _sending(head(b"BREW {read} HTTP/1.1")),
    Situation.NO_CREDENTIALS: _sending(get(READ, key=b"")),
    Situation.BAD_CREDENTIALS: _sending(get(READ, key=FIELD + b"{unknown}")),
    Situation.INVALID: _sending(post(b"{}")),
    Situation.EXPIRED_CREDENTIALS: _expired,
}
"""What disturbs nobody."""

LAST: Mapping[Situation, Provoke] = {
    Situation.CRASH: _without_its_database,
    Situation.UNAVAILABLE: _away,
    Situation.RATE_LIMITED: _too_often,
}
"""What others would notice, in this order."""
