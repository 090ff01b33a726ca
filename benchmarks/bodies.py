"""Both directions of the wire, for every golden body of Connix, against msgspec alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from benchmarks.result import Result
from benchmarks.rounds import best_seconds
from failwell.core.contract import Contract
from failwell.core.fault import Fault
from failwell.core.wire import WireResponse

__all__ = ["DECODING", "ENCODING", "decoding", "encoding", "with_headers"]

ENCODING = 4.0
"""Most times of `msgspec.json.encode` that writing a body may cost."""

DECODING = 8.0
"""Most times of `msgspec.json.decode` that reading a body may cost."""


def encoding(contract: Contract, codes: Iterable[str], *, rounds: int = 60) -> Iterator[Result]:
    """Compare writing each body with writing the finished dict.

    Args:
        contract: Whose bodies.
        codes: Which of them.
        rounds: How often every candidate has its turn.
    """
    for code in codes:
        fault = contract.golden_fault(code)
        finished = msgspec.json.decode(contract.encode_body(fault))
        best = best_seconds(
            {
                "bare": partial(msgspec.json.encode, finished),
                "ours": partial(contract.encode_body, fault),
            },
            rounds=rounds,
        )
        yield _compared(f"encode {code}", best, at_most=ENCODING)


def decoding(contract: Contract, codes: Iterable[str], *, rounds: int = 60) -> Iterator[Result]:
    """Compare reading each body with parsing it.

    Args:
        contract: Whose bodies.
        codes: Which of them.
        rounds: How often every candidate has its turn.
    """
    for code in codes:
        wire = contract.golden(code)
        best = best_seconds(
            {
                "bare": partial(msgspec.json.decode, wire.body),
                "ours": partial(contract.decode, wire.status, None, wire.body),
            },
            rounds=rounds,
        )
        yield _compared(f"decode {code}", best, at_most=DECODING)


def with_headers(contract: Contract, codes: Iterable[str], *, rounds: int = 40) -> Iterator[Result]:
    """Compare whole answers, header fields included, and faults that are not yet worded.

    Args:
        contract: Whose answers.
        codes: Which of them.
        rounds: How often every candidate has its turn.
    """
    for code in codes:
        fault, wire = contract.golden_fault(code), contract.golden(code)
        finished = msgspec.json.decode(wire.body)
        candidates: Mapping[str, Callable[[], object]] = {
            "written": partial(msgspec.json.encode, finished),
            "parsed": partial(msgspec.json.decode, wire.body),
            "encode": partial(contract.encode, fault),
            "resolve": partial(_resolve_and_encode, contract, fault),
            "decode": partial(contract.decode, wire.status, wire.headers, wire.body),
        }
        best = best_seconds(candidates, rounds=rounds)
        for name, bare in (("encode", "written"), ("resolve", "written"), ("decode", "parsed")):
            sides = {"bare": best[bare], "ours": best[name]}
            yield _compared(f"{_WHOLE[name]} {code}", sides, at_most=None)


_WHOLE = {
    "encode": "encode with headers",
    "resolve": "resolve and encode",
    "decode": "decode with headers",
}


def _resolve_and_encode(contract: Contract, raised: Fault) -> WireResponse:
    return contract.encode(contract.resolve(raised))


def _compared(name: str, best: dict[str, float], *, at_most: float | None) -> Result:
    bare, ours = best["bare"], best["ours"]
    note = f"{ours * 1e9:,.0f} against {bare * 1e9:,.0f} ns"
    return Result(name=name, value=ours / bare, at_most=at_most, note=note)
