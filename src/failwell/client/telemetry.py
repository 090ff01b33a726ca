"""Spans of OpenTelemetry: one for each attempt, where an application has set it up.

The library is never loaded by us: without it in the process there is nobody to tell.
"""

import sys
from typing import Any

import httpx2

__all__ = ["Span", "begin_span", "tracing"]


def tracing() -> bool:
    """Tell whether the application has set up tracing."""
    api: Any = sys.modules.get("opentelemetry.trace")
    if api is None:
        return False
    return not isinstance(
        api.get_tracer_provider(), (api.ProxyTracerProvider, api.NoOpTracerProvider)
    )


class Span:
    """One attempt, as OpenTelemetry sees it."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def end(self, error: str | None, status: int | None = None) -> None:
        """End it.

        Args:
            error: The error code or the name of the exception; ``None`` for a success.
            status: The status line.
        """
        if status is not None:
            self._span.set_attribute("http.response.status_code", status)
        if error is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def begin_span(
    request: httpx2.Request, address: str, resend: int, *, named: bool = False
) -> Span | None:
    """Begin the span of an attempt, and name it in the request unless the caller has.

    Args:
        request: What is going to be sent.
        address: Its address, fit to be shown.
        resend: How often it was sent before.
        named: Whether the caller has given a trace context, which is then kept.
    """
    if not tracing():
        return None
    from opentelemetry import propagate, trace

    attributes: dict[str, Any] = {
        "http.request.method": request.method,
        "server.address": request.url.host,
        "url.full": address,
    }
    if request.url.port is not None:
        attributes["server.port"] = request.url.port
    if resend:
        attributes["http.request.resend_count"] = resend
    tracer = trace.get_tracer("failwell.client")
    span = tracer.start_span(request.method, kind=trace.SpanKind.CLIENT, attributes=attributes)
    if not named:
        fields: dict[str, str] = {}
        propagate.inject(fields, trace.set_span_in_context(span))
        request.headers.update(fields)
    return Span(span)
