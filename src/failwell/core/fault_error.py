"""FaultError: the one exception that carries a fault, on both ends.

Which class a fault gets is decided here: a class of the code where a contract declares it, below
the class of its situation, else of its status.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from failwell.core.call_history import CallHistory
from failwell.core.catalogue import Api, ErrorCode
from failwell.core.code_class import code_class
from failwell.core.error_data import error_data
from failwell.core.error_text import in_one_line, notes, support_text
from failwell.core.fault import Fault, Severity, Violation
from failwell.core.fault_view import FaultView
from failwell.core.situation import Situation
from failwell.core.upstream_fault import upstream_fault
from failwell.core.user_texts import user_text

__all__ = ["FaultError", "code_error_class", "error_class"]

_BY_SITUATION: "dict[Situation, type[FaultError]]" = {}
_BY_STATUS: "dict[int, type[FaultError]]" = {}


class FaultError(FaultView, Exception):
    """The exception that carries a fault, on both ends.

    Args:
        detail: A second sentence about this occurrence, safe for the caller. Contracts
            that word the detail themselves keep their own words.
        situation: What happened; each subclass has its default.
        violations: Rejected inputs, for situation ``invalid``.
        retry_after: Seconds the caller should wait.
        severity: How much an operator should care; default by situation.
        params: The canonical parameters of the situation (``resource_type``, ...), or
            the contract's own names.

    Examples:
        >>> from failwell import NotFoundError
        >>> error = NotFoundError(resource_type="project", resource_id="proj_1")
        >>> error.situation.value, dict(error.params)
        ('not_found', {'resource_type': 'project', 'resource_id': 'proj_1'})
    """

    contract: ClassVar[str | None] = None
    """Name of the contract, on the classes of its codes."""

    stem: "ClassVar[type[FaultError] | None]" = None
    """The class a code's class was made from."""

    def __init__(
        self,
        detail: str | None = None,
        *,
        situation: Situation | str | None = None,
        violations: Iterable[Violation] | None = None,
        retry_after: float | None = None,
        severity: Severity | None = None,
        **params: Any,
    ) -> None:
        if situation is None:
            situation = self.situations[0] if self.situations else None
        elif not isinstance(situation, Situation):
            situation = Situation(situation)
        self.fault = Fault(
            situation=situation,
            detail=detail,
            params=params,
            violations=None if violations is None else tuple(violations),
            retry_after=retry_after,
            severity=severity,
        )

    def __init_subclass__(
        cls, *, situations: tuple[Situation, ...] = (), statuses: tuple[int, ...] = ()
    ) -> None:
        super().__init_subclass__()
        if situations:
            cls.situations = situations
        # The first to stand for something keeps it: a subclass of yours changes nothing.
        for situation in situations:
            _BY_SITUATION.setdefault(situation, cls)
        for status in statuses:
            _BY_STATUS.setdefault(status, cls)

    @classmethod
    def of(
        cls,
        fault: Fault,
        *,
        entry: ErrorCode | None = None,
        api: Api | None = None,
        contract: str | None = None,
        history: CallHistory | None = None,
    ) -> Self:
        """Make the exception whose class fits a fault: by code, then situation, then status.

        Called on a subclass, it makes that one, or a class of the code below it.

        Args:
            fault: The finished fault; it is carried as it is.
            entry: The code it was recognised as.
            api: Whose error it is.
            contract: Name of the contract that declares the code.
            history: What a client did before it gave up.
        """
        chosen = cls
        if entry is not None and contract is not None and cls.contract is None:
            chosen = code_error_class(cls, contract, entry, fault.situation, fault.status)
        elif cls is FaultError:
            # Here Self is FaultError, whose subclasses these are; mypy cannot know.
            chosen = error_class(fault.situation, fault.status)  # type: ignore[assignment]
        error = chosen.__new__(chosen)
        error.fault = fault
        # What is not given is absent already, by the class.
        if entry is not None:
            error.entry = entry
        if api is not None:
            error.api = api
        if history is not None:
            error.history = history
        return error

    @property
    def __notes__(self) -> list[str]:
        """What the one line has no room for, and what was noted; a traceback shows it below.

        Made when it is first looked at: raising stays cheap.
        """
        noted: list[str] | None = vars(self).get("__notes__")
        if noted is None:
            noted = vars(self)["__notes__"] = list(notes(self))
        return noted

    @__notes__.setter
    def __notes__(self, noted: list[str]) -> None:
        vars(self)["__notes__"] = noted

    def user_message(self, locale: str | None = None) -> str:
        """Give the text to show a person: the contract's, or a safe one; never the server's.

        Args:
            locale: A language tag, ``de`` or ``de-AT``. Without texts in it, English is used;
                ``None``: the language of the client that raised it, else English.
        """
        told = "en" if self.history is None else self.history.language
        return user_text(self, told if locale is None else locale)

    def support_text(self) -> str:
        """Give the lines to send to support: ids, code, endpoint, time, attempts. No secrets."""
        return support_text(self)

    def to_fault(self) -> Fault:
        """Give the fault of a server that called this API and was failed by it.

        The upstream's name, the id for its support and the wait it asked for travel on; its
        own words do not.
        """
        return upstream_fault(self)

    def to_problem(self) -> dict[str, Any]:
        """Give everything that is known as plain values that JSON can say (RFC 9457)."""
        return error_data(self)

    def __str__(self) -> str:
        return in_one_line(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({in_one_line(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        kind = type(self)
        # A class of a code is made from words; it may not be there where this is read.
        named = vars(kind).get("stem")
        told = (named or kind, self.fault, self.entry, self.api, kind.contract, self.history)
        own = {name: value for name, value in vars(self).items() if name not in _TOLD}
        if "__notes__" in own:
            own["__notes__"] = list(own["__notes__"])
        return (_remade, told, own) if own else (_remade, told)


_TOLD = frozenset(("fault", "entry", "api", "history"))


def _remade(
    kind: type[FaultError],
    fault: Fault,
    entry: ErrorCode | None,
    api: Api | None,
    contract: str | None,
    history: CallHistory | None,
) -> FaultError:
    return kind.of(fault, entry=entry, api=api, contract=contract, history=history)


def error_class(situation: Situation | None, status: int | None) -> type[FaultError]:
    """Find the exception class for a fault: by situation, then by status, then by its class.

    Args:
        situation: What happened, if known.
        status: The HTTP status; an unknown x-class status counts as x00 (RFC 9110, 15).
    """
    if situation is not None and situation in _BY_SITUATION:
        return _BY_SITUATION[situation]
    if status is None:
        return FaultError
    return _BY_STATUS.get(status) or _BY_STATUS.get(status // 100 * 100, FaultError)


def code_error_class(
    kind: type[Any],
    contract: str,
    entry: ErrorCode,
    situation: Situation | None,
    status: int | None,
) -> type[Any]:
    """Find the class of a code, below the class of what it means.

    Where the code stands for several things, as its statuses tell, its class stems from
    `FaultError`, and an occurrence is of the class of its own status as well.

    Args:
        kind: `FaultError` itself, or a subclass it is to be.
        contract: Name of the contract.
        entry: The code.
        situation: What the code stands for.
        status: The status of this occurrence.
    """
    if kind is not FaultError:
        return code_class(kind, kind, contract, entry)
    if situation is not None:
        stem = error_class(situation, None)
        return code_class(stem, stem, contract, entry)
    meant = {error_class(None, _number(each)) for each in entry.status}
    stem = meant.pop() if len(meant) == 1 and isinstance(entry.status[0], int) else FaultError
    actual = stem if status is None else error_class(None, status)
    return code_class(stem, actual if stem is FaultError else stem, contract, entry)


def _number(status: int | str) -> int:
    return status if isinstance(status, int) else int(status[0]) * 100
