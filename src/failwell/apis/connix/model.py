"""The bundled local model: a real HTTP server that answers with a summary of its input.

It stands in for a model provider, so that invoking an agent makes a real outbound call
on a machine with no accounts and no network. The text it returns is computed: the
sentence of the input whose words occur most often in the whole.
"""

import asyncio
import re
from collections import Counter
from typing import Any

import msgspec

__all__ = ["LocalModel", "Question", "respond"]

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"\w+")
_LARGEST = 1_048_576
_PATIENCE = 10.0


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


class LocalModel:
    """Serves `respond` as ``POST /`` on a free loopback port.

    Args:
        host: Address to listen on.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it listens; only while it is started."""
        if self._server is None:
            raise RuntimeError("the local model is not started")
        return f"http://{self._host}:{self._server.sockets[0].getsockname()[1]}/"

    async def start(self) -> str:
        """Listen, and return the address to ask."""
        self._server = await asyncio.start_server(self._converse, self._host, 0)
        return self.url

    async def close(self) -> None:
        """Stop listening; questions under way are dropped."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in tuple(self._open):
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            async with asyncio.timeout(_PATIENCE):
                # One request per connection keeps the protocol small.
                writer.write(_answer(*await _receive(reader)))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            # Whoever asked is gone, or never spoke HTTP; there is nobody to tell.
            pass
        finally:
            self._open.discard(writer)
            writer.close()


async def _receive(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Read one request: its method and its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *fields = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    length = headers.get("content-length", "")
    body = await reader.readexactly(min(int(length) if length.isdecimal() else 0, _LARGEST))
    return request_line.split(" ")[0], body


def _answer(method: str, body: bytes) -> bytes:
    if method != "POST":
        return _message(405, "Method Not Allowed", {"error": "send a question with POST"})
    try:
        question = msgspec.json.decode(body, type=Question)
    except msgspec.DecodeError:
        return _message(400, "Bad Request", {"error": "send JSON with model and input"})
    return _message(200, "OK", {"model": question.model, "output": respond(question)})


def _message(status: int, phrase: str, content: Any) -> bytes:
    body = msgspec.json.encode(content)
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
