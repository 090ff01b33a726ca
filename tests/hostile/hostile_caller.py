"""The caller behind the table: sends a row, reads the answer, checks what everybody may expect."""

import re

from failwell.core.fault import Fault
from failwell.core.situation import Situation
from tests.every_api.answers import WANTED
from tests.every_api.rows import ApiRow, contract
from tests.hostile.answer_rules import check_answer
from tests.hostile.hostile_request import READ, Expected, Filling, HostileRequest, get
from tests.hostile.raw_connection import RawAnswer, RawConnection
from tests.running_server import RunningServer

__all__ = ["HostileCaller"]


class HostileCaller:
    """Calls one API.

    Args:
        server: The server; its demo account is used where a request needs one.
        api: The API.
    """

    def __init__(self, server: RunningServer, api: ApiRow) -> None:
        self.server = server
        self.api = api
        self.port = api.port(server)
        self.canaries: list[str] = []
        self._places = _places(server, api)

    def secrets(self) -> Filling:
        """What fills the placeholders of one request; its canary is remembered."""
        filling = Filling(self._places)
        self.canaries.append(filling.canary)
        return filling

    def connect(self, *, patience: float = 10.0) -> RawConnection:
        """Open a connection on which nothing may take longer."""
        return RawConnection(self.port, patience=patience)

    def send(self, hostile: HostileRequest) -> RawAnswer:
        """Send a row on a connection of its own and check its answer, and what comes after.

        The connection either ends with the answer, or serves the next request as if
        nothing had happened.
        """
        filling = self.secrets()
        with self.connect() as connection:
            connection.send(filling.fill(hostile.data))
            connection.send(filling.fill(hostile.rest))
            answer = connection.answer(head_only=hostile.head_only)
            self.check(hostile.name, hostile.expected, answer, filling, hostile.head_only)
            if answer.closes:
                assert connection.rest() == b""
            else:
                self.check_alive(connection, filling)
        return answer

    def check_alive(self, connection: RawConnection, filling: Filling) -> None:
        """Check that the next request on a connection is answered properly."""
        connection.send(filling.fill(get(READ)))
        answer = connection.answer()
        assert answer.status == 200, answer.body[:300]

    def check(
        self,
        name: str,
        expected: Expected,
        answer: RawAnswer,
        filling: Filling,
        head_only: bool = False,
    ) -> None:
        """Check that an answer is one that any answer may be, and the expected one."""
        found = f"{self.api.name}, {name}: {answer.status} {answer.body[:300]!r}"
        private = (filling.canary, self._places[b"{secret}"].decode("ascii"))
        decoded = check_answer(answer, self.api, private=private, head_only=head_only)
        assert answer.closes == expected.closes, found
        if expected.situations is not None:
            assert self._fits(answer, expected.situations, decoded), found
        if self.api.name == "connix" and not head_only:
            _check_words(answer, expected, found)

    def _fits(
        self, answer: RawAnswer, situations: tuple[Situation, ...], decoded: Fault | None
    ) -> bool:
        table = WANTED[self.api.name]
        wanted = [table[each] for each in situations if each in table]
        if answer.status < 400:
            return not situations
        if decoded is None:
            return answer.status in {each.status for each in wanted}
        return any(answer.status == each.status and decoded.code in each.codes for each in wanted)


def _check_words(answer: RawAnswer, expected: Expected, found: str) -> None:
    at = 0
    for piece in expected.says:
        at = answer.body.find(piece.encode("ascii"), at)
        assert at >= 0, f"{piece} is not in {found}"


def _places(server: RunningServer, api: ApiRow) -> dict[bytes, bytes]:
    known = server.credentials[api.name]
    headers = api.headers(known)
    secret = headers.pop(api.field).removeprefix(api.scheme)
    texts = {
        "{read}": api.prefix + api.read,
        "{create}": api.prefix + api.create,
        "{prefix}": api.prefix,
        "{path}": api.read,
        "{beside}": "".join(f"{name}: {value}\r\n" for name, value in headers.items()),
        "{field}": api.field,
        "{scheme}": api.scheme,
        "{shape}": api.shape,
        "{secret}": secret,
        "{short}": secret[:-1],
        "{upper}": secret.upper(),
        "{unknown}": api.shape + re.sub("[0-9A-Za-z]", "0", secret.removeprefix(api.shape)),
        "{project}": known.get("project_id", ""),
    }
    assert contract(api.name).auth is not None
    return {name.encode(): text.encode() for name, text in texts.items()}
