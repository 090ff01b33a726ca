"""Hypothesis strategies of error bodies, made from the templates of a contract."""

from typing import Any

from hypothesis import strategies as st

from failwell.core.contract import Contract
from failwell.core.template import Const, Each, Grouped, Kind, Node, Object, Slot, Tagged

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)
ANY = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MOMENTS = st.datetimes().map(lambda m: m.replace(microsecond=0, year=2000 + m.year % 100))
BY_CODEC: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "int": st.integers(-(2**53), 2**53),
    "number": NUMBERS,
    "bool": st.booleans(),
    "object": st.dictionaries(TEXT, ANY, max_size=3),
    "array": st.lists(ANY, max_size=3),
    "any": ANY,
    "rfc3339": MOMENTS.map(lambda m: f"{m.isoformat()}Z"),
    "epoch": st.integers(0, 2**33),
    "dotted": TEXT,
    "leaf": TEXT,
    "pointer": st.lists(st.sampled_from(["a", "b~0c", "0", "d~1"])).map(
        lambda steps: "".join(f"/{step}" for step in steps)
    ),
    "fragment": st.lists(st.sampled_from(["a", "b~0c", "0", "%C3%A9"])).map(
        lambda steps: "#" + "".join(f"/{step}" for step in steps)
    ),
}


def values(slot: Slot) -> st.SearchStrategy[Any]:
    """Wire values that the codec of a slot admits, other than its default."""
    if slot.codec.name.endswith("[]"):
        return st.lists(BY_CODEC[slot.codec.name[:-2]], max_size=3)
    found = BY_CODEC[slot.codec.name]
    if slot.name == "list_index":
        return st.integers(0, 99)
    return found if slot.default is None else found.filter(lambda each: each != slot.default)


def bodies(node: Node) -> st.SearchStrategy[Any]:
    """Bodies that a template admits."""
    match node:
        case Const():
            return st.just(node.value)
        case Slot():
            return values(node)
        case Each():
            return st.lists(bodies(node.item), max_size=3)
        case Grouped():
            return st.dictionaries(values(node.key), bodies(node.item), max_size=3)
        case Kind():
            return st.one_of([bodies(arm) for _, arm in node.arms])
        case Object():
            return _objects(node)
        case Tagged():
            raise AssertionError("no bundled contract is tagged")


def _objects(node: Object) -> st.SearchStrategy[Any]:
    fixed = st.fixed_dictionaries(
        {m.key: bodies(m.node) for m in node.members if not m.optional},
        optional={m.key: _present(m.node) for m in node.members if m.optional},
    )
    if node.rest is None:
        return fixed
    named = {m.key for m in node.members} | {
        m.node.name for m in node.members if isinstance(m.node, Slot)
    }
    rest = st.dictionaries(TEXT.filter(lambda key: key not in named), ANY, max_size=2)
    return st.tuples(fixed, rest).map(lambda pair: {**pair[0], **pair[1]})


def _present(node: Node) -> st.SearchStrategy[Any]:
    # For an optional member null counts as absent (ambiguity rule 2).
    return bodies(node).filter(lambda value: value is not None)


def admitted(contract: Contract) -> st.SearchStrategy[tuple[str | None, Any]]:
    """Codes with bodies that their shapes admit, and ``None`` with bodies of no known code."""
    known = [st.tuples(st.just(code), bodies(contract.shape(code).node)) for code in contract.codes]
    generic = bodies(contract.envelope).map(lambda body: (None, body))
    return st.one_of([*known, generic])
