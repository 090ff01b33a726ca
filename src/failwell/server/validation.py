"""Validation: schemas are compiled when the application is built, never for a request.

What is wrong with a value is told by `failwell.core.schema_check`, in the words of the
contract.
"""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import msgspec

from failwell.core.catalogue import ViolationCode
from failwell.core.exceptions import FailwellError
from failwell.core.fault import Part
from failwell.core.schema_check import SchemaChecker
from failwell.core.wording import Wording
from failwell.server.formats import FORMATS

__all__ = ["Validators"]


class Validators:
    """Compiles the schemas of one API; equal schemas share a checker.

    Args:
        codes: Violation codes of the contract.
    """

    def __init__(self, codes: Mapping[str, ViolationCode]) -> None:
        self._codes = codes
        self._compiled: dict[tuple[bytes, Part], SchemaChecker] = {}

    def compile(self, schema: Mapping[str, Any], *, part: Part = "body") -> SchemaChecker:
        """Compile a schema.

        Args:
            schema: JSON Schema 2020-12.
            part: The part of a request whose values it describes.

        Raises:
            FailwellError: It is no valid schema.
        """
        key = (msgspec.json.encode(schema), part)
        if key not in self._compiled:
            wording = Wording(self._codes, part=part)
            self._compiled[key] = SchemaChecker(schema, _validator(schema), wording)
        return self._compiled[key]


def _validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=True, formats=dict(FORMATS), offline=True
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise FailwellError(f"expected a JSON Schema (2020-12): {error}") from error
