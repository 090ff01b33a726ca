"""A small API of these tests: one contract with codes of every retry class."""

from failwell.core.contract import Contract
from tests.client.byte_server import Reply, json_reply

__all__ = ["SHOP", "shop_reply"]

SHOP = Contract.loads(
    """
contract: 1
api: {name: Shop, base: 'https://shop.example'}
envelope:
  error:
    code: $code
    message: $message
    retry_in?: $retry_after:duration
  request_id?: $request_id
headers:
  X-Should-Retry?: $should_retry:string
codes:
  busy: {status: 503, message: The shop is busy, retry: after}
  crashed: {status: 500, message: The shop broke, retry: backoff}
  rate_limited: {status: 429, message: Slow down, retry: after}
  quota_exhausted: {status: 429, message: This month is used up, retry: never}
  closed_for_good: {status: 503, message: The shop has closed, retry: never}
  in_progress: {status: 409, message: The first request with this key still runs, retry: backoff}
  key_reused: {status: 422, message: This key belongs to another request, retry: never}
  sold_out: {status: 409, message: Nothing is left, retry: never}
  no_such_book: {status: 404, message: No such book, retry: never}
answers:
  unavailable: busy
  crash: crashed
  rate_limited: rate_limited
  not_found: no_such_book
  conflict: sold_out
  idempotency_reused: key_reused
""",
    file="shop.yaml",
)


def shop_reply(code: str, headers: dict[str, str] | None = None, **error: object) -> Reply:
    """An error of the shop."""
    entry = SHOP.codes[code]
    body = {"error": {"code": code, "message": entry.message[0], **error}, "request_id": "req_1"}
    return json_reply(entry.wire_status, body, headers or {})
