"""The payment provider: the server behind Connxt, told over HTTP about every payment."""

import msgspec

from failwell.apis.connxt.sandbox_provider import Announcement, Decision, SandboxProvider
from failwell.apis.connxt.settings import ConnxtSettings
from failwell.core.exceptions import UpstreamError
from failwell.outbound.upstream import Upstream
from failwell.server.formats import is_http_url

__all__ = ["PaymentProvider"]

_NAME = "payment provider"


class PaymentProvider(Upstream):
    """Announces payments: to the operator's provider, or to the bundled one.

    Args:
        settings: Where it is, and how long it may take.
    """

    def __init__(self, settings: ConnxtSettings) -> None:
        super().__init__(
            _NAME,
            url=settings.gateway_url,
            local=SandboxProvider(),
            deadline=settings.deadline,
            allow=map(str, settings.outbound_allow),
        )

    async def announce(self, payment: Announcement) -> Decision:
        """Tell about one payment and hear what the provider says.

        Raises:
            UpstreamError: It cannot be reached, answers nonsense or takes too long.
        """
        response = await self.fetch(
            method="POST",
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Idempotency-Key": payment.reference,
            },
            body=msgspec.json.encode(payment),
        )
        if response.status != 200:
            raise UpstreamError(upstream=_NAME)
        return _checked(response.body, payment)


def _checked(body: bytes, payment: Announcement) -> Decision:
    try:
        decision = msgspec.json.decode(body, type=Decision)
    except (ValueError, RecursionError):
        # Without its cause, which could quote what the provider repeats of the credential.
        raise UpstreamError(upstream=_NAME) from None
    if "\0" in decision.id or not 0 < len(decision.id) <= 200:
        raise UpstreamError(upstream=_NAME)
    page = decision.redirect_url or ""
    if decision.status == "PENDING" and not (page == payment.page or is_http_url(page)):
        raise UpstreamError(upstream=_NAME)
    return decision
