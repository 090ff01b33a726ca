"""Lists: pages that begin after an item, and filters on what is listed.

``moreAfter`` of one page is ``page-after`` of the next. Identifiers grow with time, so a
list is in order of age, and an item that is deleted in between takes no other with it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select

from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.rows import Row, all_rows
from failwell.apis.ixon.wire import reply_list
from failwell.server.operation import Call, Reply
from failwell.server.schemas import Schema
from failwell.stores.database import Database

__all__ = ["Filters", "Listing"]

_USUAL_SIZE = 20
_LARGEST_SIZE = 4000
_FILTER = re.compile(r'(\w+)\((\w+)(?:,"?(.*?)"?)?\)', re.DOTALL)

_WITH_VALUE: Mapping[str, Callable[[Column[Any], str], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "equals": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "differs": lambda column, value: column != value,
    "contains": lambda column, value: column.icontains(value, autoescape=True),
}
_WITHOUT_VALUE: Mapping[str, Callable[[Column[Any]], ColumnElement[bool]]] = {
    "isnull": lambda column: column.is_(None),
    "isnotnull": lambda column: column.is_not(None),
}


class Filters:
    """What a list can be narrowed by: ``eq(name,"Pump station")``.

    Args:
        columns: Column by the name it has on the wire; all of them hold text.
    """

    def __init__(self, **columns: Column[Any]) -> None:
        self._columns = columns
        names, values, none = ("|".join(each) for each in (columns, _WITH_VALUE, _WITHOUT_VALUE))
        self.schema: Schema = {
            "type": "array",
            "items": {
                "type": "string",
                "pattern": rf'^(?:(?:{values})\((?:{names}),"?[^"\u0000]*"?\)'
                rf"|(?:{none})\((?:{names})\))$",
                "maxLength": 300,
            },
            "maxItems": 5,
            "description": "Only items that fit all of these.",
            "examples": [[f'contains({next(iter(columns))},"1")']],
        }
        """Describes the query parameter."""

    def conditions(self, asked: Iterable[str]) -> list[ColumnElement[bool]]:
        """Turn filters into conditions.

        Args:
            asked: Values of the parameter.
        """
        return [self._condition(match) for match in map(_FILTER.fullmatch, asked) if match]

    def _condition(self, match: re.Match[str]) -> ColumnElement[bool]:
        column = self._columns[match[2]]
        if match[1] in _WITHOUT_VALUE:
            return _WITHOUT_VALUE[match[1]](column)
        return _WITH_VALUE[match[1]](column, match[3] or "")


class Listing:
    """Lists one kind of item.

    Args:
        kind: What discovery calls the list.
        identifier: The column that names the items and orders them.
        show: Makes the item of a row.
        fields: The fields that can be chosen.
        filters: What the list can be narrowed by.
    """

    def __init__(
        self,
        kind: str,
        identifier: Column[Any],
        show: Callable[[Row], Mapping[str, Any]],
        fields: Fields,
        filters: Filters | None = None,
    ) -> None:
        self._kind = kind
        self._identifier = identifier
        self._show = show
        self._fields = fields
        self._filters = filters
        self.query: Schema = {
            "type": "object",
            "properties": {
                "fields": fields.schema,
                **({} if filters is None else {"filters": filters.schema}),
                "page-size": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": _LARGEST_SIZE,
                    "default": _USUAL_SIZE,
                },
                "page-after": {
                    "type": "string",
                    "pattern": "^[0-9A-Za-z-]{1,24}$",
                    "description": "moreAfter of the page before.",
                },
            },
        }
        """Describes the query."""

    async def answer(
        self,
        database: Database,
        call: Call,
        query: Select[Any],
        *,
        first: Callable[[Connection], object] | None = None,
        keep: Callable[[Row], bool] | None = None,
    ) -> Reply:
        """Answer with one page.

        Args:
            database: Where the rows are.
            call: Says which page.
            query: Everything that belongs to the list.
            first: Looks for what has to be there, before the list is made.
            keep: Tells which rows are shown, where the database cannot.
        """
        size = call.query["page-size"]
        narrowed = self._narrowed(query, call.query).order_by(self._identifier).limit(size + 1)

        def read(connection: Connection) -> Sequence[Row]:
            if first is not None:
                first(connection)
            return all_rows(connection, narrowed)

        rows = await database.read(read)
        more = rows[size - 1][self._identifier.name] if len(rows) > size else None
        asked = call.query.get("fields")
        kept = [row for row in rows[:size] if keep is None or keep(row)]
        items = [self._fields.choose(self._show(row), asked) for row in kept]
        return reply_list(self._kind, items, more)

    def _narrowed(self, query: Select[Any], asked: Mapping[str, Any]) -> Select[Any]:
        if self._filters is not None:
            query = query.where(*self._filters.conditions(asked.get("filters", ())))
        after = asked.get("page-after")
        return query if after is None else query.where(self._identifier > after)
