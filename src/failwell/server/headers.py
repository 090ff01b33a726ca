"""Header fields of a request, found by name whatever its case."""

from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Headers"]


class Headers(Mapping[str, str]):
    """The fields of one request; several of one name read as one, joined with a comma.

    Args:
        fields: Names and values as the server gives them.

    Examples:
        >>> Headers([(b"x-api-key", b"secret")])["X-API-Key"]
        'secret'
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[bytes, bytes]] = ()) -> None:
        found: dict[str, tuple[str, ...]] = {}
        for raw_name, raw_value in fields:
            name = raw_name.decode("latin-1").lower()
            found[name] = (*found.get(name, ()), raw_value.decode("latin-1"))
        self._fields = found

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._fields[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def all(self, name: str) -> tuple[str, ...]:
        """List the values of every field of a name, in the order they came."""
        return self._fields.get(name.lower(), ())
