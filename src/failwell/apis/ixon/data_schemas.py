"""What requests and answers about logged data look like."""

from zoneinfo import available_timezones

from failwell.apis.ixon.wire import PUBLIC_ID, listed, one, one_or_list
from failwell.server.schemas import Schema, answer, text

__all__ = ["DATA", "DATA_REQUEST", "LARGEST_LIMIT", "MOST_ITEMS"]

MOST_ITEMS = 20
"""How many sources and ranges one request may ask for."""

LARGEST_LIMIT = 5000
"""How many points one query may give; what it gives when it sets no limit."""

_MOST_TAGS = 100
_MOST_QUERIES = 10
_LONGEST_STEP = 31_536_000

# Without the machine's table of time zones there is still this one.
_ZONES = sorted(available_timezones() | {"UTC"})

_MOMENT: Schema = {"type": "string", "format": "date-time"}
_SLUG: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 64,
    "pattern": r"^[a-zA-Z0-9_\[\]-]+$",
}
_QUERY: Schema = {
    "type": "object",
    "properties": {
        "ref": {
            **text(1, 255, pattern=r"^[^{}\u0000]*$"),
            "description": "Name of the values in the answer; the slug when left out.",
        },
        "postAggr": {
            "type": "string",
            "enum": [
                "raw",
                "count",
                "mean",
                "median",
                "mode",
                "spread",
                "sum",
                "first",
                "last",
                "max",
                "min",
            ],
            "default": "raw",
        },
        "postTransform": {"type": "string", "enum": ["difference"]},
        "step": {
            "type": "integer",
            "minimum": 1,
            "maximum": _LONGEST_STEP,
            "description": "Seconds that are made one point; the whole range when left out.",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT},
        "offset": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        "factor": {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"},
        "operator": {"type": "string", "enum": ["*", "/", "+", "-"], "default": "*"},
        "decimals": {"type": "integer", "minimum": 0, "maximum": 7},
        "order": {"type": "string", "enum": ["asc", "desc"], "default": "asc"},
    },
}
_TAG: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        "slug": _SLUG,
        "queries": {
            "type": "array",
            "items": _QUERY,
            "minItems": 1,
            "maxItems": _MOST_QUERIES,
            "description": "The raw points when left out.",
        },
    },
    "anyOf": [{"required": ["id"]}, {"required": ["slug"]}],
}

DATA_REQUEST: Schema = one_or_list(
    {
        "type": "object",
        "properties": {
            "start": {**_MOMENT, "description": "A day before the end when left out."},
            "end": {**_MOMENT, "description": "Now when left out."},
            "timeZone": {"type": "string", "enum": _ZONES, "default": "UTC"},
            "source": answer(publicId=PUBLIC_ID),
            "tags": {"type": "array", "items": _TAG, "minItems": 1, "maxItems": _MOST_TAGS},
        },
        "required": ["source", "tags"],
    },
    most=MOST_ITEMS,
)
"""Body of POST /data."""

_DATA: Schema = answer(
    start=_MOMENT,
    end=_MOMENT,
    timeZone={"type": "string"},
    source=answer(publicId=PUBLIC_ID),
    points={
        "type": "array",
        "items": answer(
            time=_MOMENT,
            values={"type": "object", "additionalProperties": {"type": ["number", "null"]}},
        ),
    },
)

DATA: Schema = {"anyOf": [one("DataList", _DATA), listed("DataList", _DATA)]}
"""What was logged."""
