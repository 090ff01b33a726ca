"""The model provider: the server behind Connix, asked over HTTP."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from failwell.apis.connix.model import local_model
from failwell.core.exceptions import UpstreamError
from failwell.outbound.upstream import Upstream

__all__ = ["ModelProvider"]

_NAME = "model provider"


class ModelProvider(Upstream):
    """Asks a model for an answer: the operator's, or the bundled one.

    Args:
        url: Where questions are posted; ``None`` starts the bundled local model.
        deadline: Seconds for an answer.
        allow: Private networks that may be called besides the model's own address.
    """

    def __init__(self, url: str | None, *, deadline: float, allow: Iterable[str] = ()) -> None:
        super().__init__(_NAME, url=url, local=local_model(), deadline=deadline, allow=allow)

    async def ask(self, config: Mapping[str, Any], text: str) -> str:
        """Ask one question.

        Raises:
            UpstreamError: The model cannot be reached, answers nonsense or takes too long.
        """
        question = {name: config[name] for name in ("model", "temperature", "max_tokens")}
        response = await self.fetch(
            method="POST",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=msgspec.json.encode(question | {"input": text}),
        )
        output = _member(response.json(), "output") if response.status == 200 else None
        if not isinstance(output, str):
            raise UpstreamError(upstream=_NAME)
        return output


def _member(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None
