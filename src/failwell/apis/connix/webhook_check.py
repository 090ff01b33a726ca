"""What no schema can say of a webhook: where its address leads, and which names there are."""

from collections.abc import Collection, Mapping
from typing import Any

from failwell.apis.connix.authentication import API
from failwell.apis.connix.webhook_schemas import FILTER_KEYS
from failwell.core.fault import Violation
from failwell.server.operation import Call
from failwell.webhooks.filters import check_filters
from failwell.webhooks.registration import Registration

__all__ = ["WebhookCheck"]


class WebhookCheck:
    """Checks bodies of webhooks beside their schemas, in Connix's words.

    Args:
        registration: Knows which addresses may be registered.
        codes: Every error code of Connix.
    """

    def __init__(self, registration: Registration, *, codes: Collection[str]) -> None:
        self._registration = registration
        self._codes = codes

    async def __call__(self, call: Call) -> tuple[Violation, ...]:
        """List what is wrong with values that are well formed; the schema tells of the others."""
        if not isinstance(call.body, Mapping):
            return ()
        url, filters = call.body.get("url"), call.body.get("filters")
        found = self._of_filters(filters) if isinstance(filters, Mapping) else ()
        if isinstance(url, str) and url.lower().startswith(("http://", "https://")):
            found = await self._registration.check_url(url, code="invalid_format") + found
        return found

    def _of_filters(self, filters: Mapping[str, Any]) -> tuple[Violation, ...]:
        formal = {each.location for each in check_filters(filters, keys=FILTER_KEYS)}
        found = check_filters(
            filters, keys=FILTER_KEYS, codes=self._codes, apis=(API,), code="invalid_choice"
        )
        return tuple(each for each in found if each.location not in formal)
