"""Where pictures come from: any public host, and a bundled one with a sample."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator

from failwell.apis.agenthuman.pictures import LARGEST, MEDIA, too_large
from failwell.apis.agenthuman.portraits import portrait
from failwell.core.exceptions import UnavailableError, UpstreamError
from failwell.outbound.fetch import Outbound, OutboundTooLongError
from failwell.outbound.local_host import LocalAnswer, LocalHost, LocalRequest

__all__ = ["ImageSource"]

_NAME = "image host"
_SAMPLE = "/sample.jpg"
_REDIRECTS = 3
_BREATHER = 1.0
# Each may hold a whole picture in memory, for as long as a slow host likes: no account
# can take all the places.
_MOST_AT_ONCE = 32
_MOST_OF_ONE = 8


class ImageSource:
    """Fetches pictures; private addresses are refused, the bundled host's is not.

    Callers learn of failures under the name ``image host``: the address is theirs, and
    nothing of what it sent is repeated.

    Args:
        deadline: Seconds for a whole picture.
        allow: Private networks that may be called besides the bundled host.
    """

    def __init__(self, *, deadline: float, allow: Iterable[str] = ()) -> None:
        self._deadline = deadline
        self._allow = tuple(allow)
        self._local = LocalHost(_serve)
        self._outbound: Outbound | None = None
        self._fetching: Counter[str] = Counter()

    @property
    def sample_url(self) -> str:
        """Where the bundled host has a picture to try with; only while it is started."""
        return self._local.url + _SAMPLE

    async def start(self) -> None:
        """Start the bundled host."""
        await self._local.start()
        self._outbound = Outbound(
            allow=(*self._allow, self._local.url.removeprefix("http://")),
            deadline=self._deadline,
            max_size=LARGEST,
            connections=_MOST_AT_ONCE,
        )

    async def close(self) -> None:
        """Close connections and the bundled host."""
        if self._outbound is not None:
            await self._outbound.close()
        await self._local.close()

    async def fetch(self, url: str, *, whose: str) -> bytes:
        """Fetch a picture.

        Args:
            url: Where it is.
            whose: The account that wants it.

        Raises:
            PictureError: It is too large.
            UpstreamError: The host refuses, may not be called, or does not answer well.
            UnavailableError: Too many pictures are being fetched.
        """
        if self._outbound is None:
            raise RuntimeError("start() comes before the first picture")
        with self._place(whose):
            try:
                response = await self._outbound.fetch(
                    url, upstream=_NAME, headers={"Accept": "image/*"}, redirects=_REDIRECTS
                )
            except OutboundTooLongError as error:
                raise too_large() from error
        if response.status != 200:
            raise UpstreamError(upstream=_NAME)
        return response.body

    @contextlib.contextmanager
    def _place(self, whose: str) -> Iterator[None]:
        fetching = self._fetching
        if fetching.total() >= _MOST_AT_ONCE or fetching[whose] >= _MOST_OF_ONE:
            raise UnavailableError(reason="overload", retry_after=_BREATHER)
        fetching[whose] += 1
        try:
            yield
        finally:
            fetching[whose] -= 1
            if not fetching[whose]:
                del fetching[whose]


async def _serve(request: LocalRequest) -> LocalAnswer:
    if request.method not in ("GET", "HEAD") or request.path.partition("?")[0] != _SAMPLE:
        return LocalAnswer(status=404, content={"error": f"the sample is at {_SAMPLE}"})
    return LocalAnswer(content=portrait("sample"), media=MEDIA)
