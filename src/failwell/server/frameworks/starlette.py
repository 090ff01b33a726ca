"""Starlette: its router finds the path of a request, everything else is ours."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
from starlette.routing import Route, Router

from failwell.core.clock import Clock
from failwell.core.contract import Contract
from failwell.core.exceptions import (
    FailwellError,
    MethodNotAllowedError,
    NotFoundError,
    UnavailableError,
)
from failwell.core.situation import Situation
from failwell.core.wire import WireResponse
from failwell.server.exchange import Receive, Scope, Send
from failwell.server.failwell import Failwell
from failwell.server.guards.maintenance import MaintenanceGuard, Windows
from failwell.server.guards.quota import QuotaGuard
from failwell.server.headers import Headers
from failwell.server.openapi import check_security, describe
from failwell.server.operation import Call, Operation, Reply
from failwell.server.pipeline import Pipeline
from failwell.server.principal import Authenticator
from failwell.server.validation import Validators

__all__ = ["LONGEST_PATH", "build_api"]

LONGEST_PATH = 200
"""Characters of a path that an answer repeats."""

_LONGEST_METHOD = 32
_NOT_READY_FOR = 1.0

_Ready = Callable[[], Awaitable[bool]]
_Lifespan = Callable[[], AbstractAsyncContextManager[None]]


def build_api(
    operations: Iterable[Operation],
    contract: Contract,
    *,
    prefix: str = "",
    authenticator: Authenticator | None = None,
    quota: QuotaGuard | None = None,
    maintenance: Windows | None = None,
    security: Mapping[str, Mapping[str, Any]] | None = None,
    title: str | None = None,
    version: str = "1",
    ready: _Ready | None = None,
    lifespan: _Lifespan | None = None,
    either_slash: bool = False,
    **options: Any,
) -> Failwell:
    """Make the application of an API, inside its contract.

    ``/openapi.json``, ``/healthz`` and ``/readyz`` are served besides the operations;
    they need no credentials, count against no quota, and maintenance does not touch them.

    Args:
        operations: What the API does.
        contract: What its errors look like.
        prefix: In front of every path, ``/api/v1``.
        authenticator: Knows the credentials.
        quota: Counts the calls.
        maintenance: Where announced absences of the API are kept.
        security: OpenAPI security schemes, by the kinds of credentials.
        title: Name of the API in its document.
        version: Version in its document.
        ready: Tells whether the API can answer now; it can without one.
        lifespan: Entered when the server starts, left when it stops.
        either_slash: Whether a path is found with and without its last slash; documents and
            logs keep the declared form.
        options: Options of `Failwell`.

    Raises:
        FailwellError: Two operations are one, or an operation cannot be run as declared.
    """
    declared = tuple(operations)
    away = _maintenance(maintenance, contract, options.get("clock"))
    check_security(declared, contract, security)
    document = functools.partial(
        describe,
        declared,
        contract,
        prefix=prefix,
        limited=quota is not None,
        quota_headers=quota is not None and quota.headers,
        security=security,
        title=title,
        version=version,
    )
    validators = Validators(contract.violations)
    pipelines = [
        Pipeline(
            operation,
            validators=validators,
            order=contract.order,
            authenticator=authenticator,
            quota=quota,
        )
        for operation in declared
    ]
    probes = [Pipeline(each, validators=validators) for each in _probes(document, ready)]
    paths = [
        *_paths(probes, prefix="", maintenance=None),
        *_paths(pipelines, prefix=prefix, maintenance=away),
    ]
    router = _router(paths, away, lifespan, either_slash=either_slash)
    return Failwell(router, contract, **options)


def _maintenance(
    windows: Windows | None, contract: Contract, clock: Clock | None
) -> MaintenanceGuard | None:
    return None if windows is None else MaintenanceGuard(windows, api=contract.name, clock=clock)


def _probes(
    document: Callable[[], Mapping[str, Any]], ready: _Ready | None
) -> tuple[Operation, ...]:
    # Written when somebody asks: a server starts much sooner without it.
    text = functools.cache(lambda: msgspec.json.encode(document()))

    async def read_document(_call: Call) -> Reply:
        return Reply(body=await asyncio.to_thread(text))

    async def tell_alive(_call: Call) -> Reply:
        return Reply(body={"status": "ok"})

    async def tell_ready(_call: Call) -> Reply:
        if ready is not None and not await ready():
            raise UnavailableError(reason="not_ready", retry_after=_NOT_READY_FOR)
        return Reply(body={"status": "ready"})

    pages = {"/openapi.json": read_document, "/healthz": tell_alive, "/readyz": tell_ready}
    return tuple(
        Operation(method="GET", path=path, handler=handler, id=path, summary=path)
        for path, handler in pages.items()
    )


class _Path:
    """Everything that can be done at one path template; an ASGI application."""

    def __init__(self, template: str, maintenance: MaintenanceGuard | None) -> None:
        self.template = template
        self._maintenance = maintenance
        self._pipelines: dict[str, Pipeline] = {}

    def add(self, pipeline: Pipeline) -> None:
        method = pipeline.operation.method.upper()
        if method in self._pipelines:
            raise FailwellError(f"two operations are {method} {self.template}; remove one")
        self._pipelines[method] = pipeline

    def finish(self) -> None:
        """Let every ``GET`` answer ``HEAD`` (RFC 9110, 9.1)."""
        if "GET" in self._pipelines:
            self._pipelines.setdefault("HEAD", self._pipelines["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A regular expression lets its end be followed by a line break; a path does not.
        known = not scope["path"].endswith("\n")
        if known:
            scope["failwell"].route = self.template
        if self._maintenance is not None:
            await self._maintenance.check(self.template if known else None)
        if not known:
            raise _no_route(scope)
        pipeline = self._pipelines.get(scope["method"])
        if pipeline is None:
            raise self._wrong_method(scope)
        wire = await pipeline.run(_call(scope), receive, search=scope["query_string"])
        await _send(wire, send, head=scope["method"] == "HEAD")

    def _wrong_method(self, scope: Scope) -> MethodNotAllowedError:
        return MethodNotAllowedError(
            method=scope["method"][:_LONGEST_METHOD],
            allowed=sorted(self._pipelines),
            path=scope["path"][:LONGEST_PATH],
        )


def _call(scope: Scope) -> Call:
    client = scope.get("client")
    return Call(
        exchange=scope["failwell"],
        method=scope["method"],
        path=scope["path_params"],
        headers=Headers(scope["headers"]),
        address=client[0] if client else "",
    )


async def _send(wire: WireResponse, send: Send, *, head: bool) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in wire.headers]
    await send({"type": "http.response.start", "status": wire.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else wire.body})


def _paths(
    pipelines: Iterable[Pipeline], *, prefix: str, maintenance: MaintenanceGuard | None
) -> list[_Path]:
    paths: dict[str, _Path] = {}
    for pipeline in pipelines:
        template = pipeline.operation.template(prefix)
        paths.setdefault(template, _Path(template, maintenance)).add(pipeline)
    for path in paths.values():
        path.finish()
    # A fixed segment is more particular than a placeholder, so it is tried first.
    return sorted(paths.values(), key=lambda path: _placeholders(path.template))


def _placeholders(template: str) -> list[bool]:
    return [segment.startswith("{") for segment in template.split("/")]


def _router(
    paths: Sequence[_Path],
    maintenance: MaintenanceGuard | None,
    lifespan: _Lifespan | None,
    *,
    either_slash: bool,
) -> Router:
    async def refuse(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        if maintenance is not None:
            await maintenance.check()
        raise _no_route(scope)

    return Router(
        [
            Route(template, path)
            for path in paths
            for template in _spellings(path.template, either_slash=either_slash)
        ],
        redirect_slashes=False,
        default=refuse,
        lifespan=None if lifespan is None else lambda _app: lifespan(),
    )


def _spellings(template: str, *, either_slash: bool) -> tuple[str, ...]:
    bare = template.rstrip("/")
    if not either_slash or not bare:
        return (template,)
    return template, bare if template.endswith("/") else f"{template}/"


def _no_route(scope: Scope) -> NotFoundError:
    return NotFoundError(situation=Situation.NO_ROUTE, path=scope["path"][:LONGEST_PATH])
