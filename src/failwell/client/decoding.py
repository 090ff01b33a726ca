"""Decoding: what an answer says, by its contract or as well as it can be guessed."""

from failwell.client.steps import Answer
from failwell.core.contract import Contract
from failwell.core.fault import Fault
from failwell.core.reading import Decoded

__all__ = ["read_fault"]


def read_fault(answer: Answer, contract: Contract | None) -> Decoded:
    """Read the fault of an answer. Never raises."""
    if contract is not None:
        return contract.decode(answer.status, answer.headers, answer.body)
    text = answer.body[:200].decode("utf-8", "replace")
    return Decoded(fault=Fault(status=answer.status, message=text), entry=None)
