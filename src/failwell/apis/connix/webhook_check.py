"""What no schema can say of a webhook: where its address leads, and which names there are."""

from collections.abc import Collection

from failwell.apis.connix.authentication import API
from failwell.apis.connix.webhook_schemas import FILTER_KEYS
from failwell.core.fault import Violation
from failwell.server.operation import Call
from failwell.server.schemas import Schema
from failwell.server.validation import Validators
from failwell.webhooks.filters import check_filters
from failwell.webhooks.registration import Registration

__all__ = ["WebhookCheck"]


class WebhookCheck:
    """Checks bodies of webhooks beside their schema, in Connix's words.

    A body that does not fit the schema is not looked at: nobody's name server is asked for a
    request that is refused anyway.

    Args:
        registration: Knows which addresses may be registered.
        schema: The schema of the bodies.
        codes: Every error code of Connix.
    """

    def __init__(
        self, registration: Registration, *, schema: Schema, codes: Collection[str]
    ) -> None:
        self._registration = registration
        self._form = Validators({}).compile(schema)
        self._codes = codes

    async def __call__(self, call: Call) -> tuple[Violation, ...]:
        """List what is wrong with values that are well formed."""
        body = call.body
        if not self._form.fits(body):
            return ()
        found = check_filters(
            body.get("filters", {}),
            keys=FILTER_KEYS,
            codes=self._codes,
            apis=(API,),
            code="invalid_choice",
        )
        if "url" in body:
            found += await self._registration.check_url(body["url"], code="invalid_format")
        return found
