"""The caller behind the table: sends a row, reads the answer, checks what everybody may expect."""

from tests.hostile.answer_rules import check_answer
from tests.hostile.hostile_request import HELLO, Expected, HostileRequest, Secrets, get
from tests.hostile.raw_connection import RawAnswer, RawConnection
from tests.running_server import RunningServer

__all__ = ["HostileCaller"]


class HostileCaller:
    """Calls one Connix.

    Args:
        server: The server; its demo account is used where a request needs one.
    """

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.port = server.port + 1
        self.canaries: list[str] = []

    def secrets(self) -> Secrets:
        """What fills the placeholders of one request; its canary is remembered."""
        known = self.server.connix
        filling = Secrets(key=known["api_key"], project=known["project_id"])
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
            check_answer(answer, canary=filling.canary, head_only=hostile.head_only)
            self.check_row(hostile.name, hostile.expected, answer)
            if answer.closes:
                assert connection.rest() == b""
            else:
                self.check_alive(connection, filling)
        return answer

    def check_alive(self, connection: RawConnection, filling: Secrets) -> None:
        """Check that the next request on a connection is answered properly."""
        connection.send(filling.fill(get(HELLO + b"?name=Next")))
        answer = connection.answer()
        assert answer.body == b'{"message":"Hello Next! Welcome to Connix API v1"}'

    @staticmethod
    def check_row(name: str, expected: Expected, answer: RawAnswer) -> None:
        """Check that an answer is the expected one."""
        found = f"{name}: {answer.status} {answer.body[:300]!r}"
        assert answer.status == expected.status, found
        assert answer.closes == expected.closes, found
        if expected.code is not None:
            assert b'{"error":{"code":"%b"' % expected.code.encode("ascii") in answer.body, found
        at = 0
        for piece in expected.says:
            at = answer.body.find(piece.encode("ascii"), at)
            assert at >= 0, f"{piece} is not in {found}"
