"""``test/...``: is anybody there, and does my token work? Plain text, not JSON."""

from failwell.apis.apinizer.authentication import BEARER
from failwell.server.operation import Call, Operation, Reply

__all__ = ["check_operations"]

_MEDIA = "text/plain"


async def _healthcheck(_call: Call) -> Reply:
    return _text("OK")


async def _hello(call: Call) -> Reply:
    return _text(f"Hello {call.path['name']}")


def _text(words: str) -> Reply:
    return Reply(body=words.encode("utf-8", "replace"), media=f"{_MEDIA}; charset=utf-8")


def check_operations() -> tuple[Operation, ...]:
    """Declare the endpoints."""
    return (
        Operation(
            method="GET",
            path="/test/healthcheck",
            handler=_healthcheck,
            id="healthcheck",
            summary="Tell whether the manager is there.",
            tags=("test",),
            returns={"type": "string", "enum": ["OK"]},
            produces=_MEDIA,
            limited=False,
        ),
        Operation(
            method="GET",
            path="/test/hello/{name}",
            handler=_hello,
            id="hello",
            summary="Say hello to whoever has a token.",
            tags=("test",),
            auth=BEARER,
            returns={"type": "string"},
            produces=_MEDIA,
        ),
    )
