"""The bundled local model: a real HTTP server that answers with a summary of its input.

It stands in for a model provider, so that invoking an agent makes a real outbound call
on a machine with no accounts and no network. The text it returns is computed: the
sentence of the input whose words occur most often in the whole.
"""

import re
from collections import Counter

import msgspec

from failwell.outbound.local_host import LocalAnswer, LocalHost, LocalRequest

__all__ = ["Question", "local_model", "respond"]

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"\w+")


class Question(msgspec.Struct, frozen=True):
    """What an agent asks a model."""

    model: str
    """Name of the model, as configured at the agent."""

    input: str
    """The text to answer."""

    temperature: float = 0.7
    """How freely to answer; the local model has no choice to make."""

    max_tokens: int = 2048
    """Most words of the answer."""


def respond(question: Question) -> str:
    """Answer with the most telling sentence, cut to the tokens allowed.

    Examples:
        >>> respond(Question("gpt-4", "Dogs sleep. Cats and dogs chase cats. It rains."))
        'Cats and dogs chase cats.'
    """
    sentences = [found.strip() for found in _SENTENCE.findall(question.input) if found.strip()]
    if not sentences:
        return "Please say more."
    counts = Counter(word.lower() for word in _WORD.findall(question.input))
    best = max(sentences, key=lambda sentence: _weight(sentence, counts))
    return " ".join(best.split()[: question.max_tokens])


def _weight(sentence: str, counts: Counter[str]) -> float:
    words = _WORD.findall(sentence.lower())
    return sum(counts[word] - 1 for word in words) / (len(words) + 1)


def local_model() -> LocalHost:
    """Make a server that answers ``POST /`` with `respond`."""
    return LocalHost(_answer)


async def _answer(request: LocalRequest) -> LocalAnswer:
    if request.method != "POST":
        return LocalAnswer(status=405, content={"error": "send a question with POST"})
    try:
        question = msgspec.json.decode(request.body, type=Question)
    except ValueError:
        return LocalAnswer(status=400, content={"error": "send JSON with model and input"})
    return LocalAnswer(content={"model": question.model, "output": respond(question)})
