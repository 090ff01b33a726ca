"""Who is calling IXON: a person, by an application, perhaps within a company."""

from failwell.core.exceptions import FailwellError
from failwell.server.operation import Call
from failwell.server.principal import Principal

__all__ = ["Caller", "caller_of"]


class Caller(Principal, frozen=True, kw_only=True):
    """A person with good credentials."""

    person: str
    """Who it is."""

    application: str
    """Which application is calling."""

    home: str
    """The company that the log-in was made for; it need not be the one the call concerns."""

    second_factor: bool
    """Whether the person proved more than to know a password."""

    otp_step: int | None = None
    """The step of the one-time password that came with the call, not yet used up."""


def caller_of(call: Call) -> Caller:
    """Tell who is calling.

    Raises:
        FailwellError: The operation asked for no credentials.
    """
    if not isinstance(call.caller, Caller):
        raise FailwellError("only the authenticator of IXON makes its callers")
    return call.caller
