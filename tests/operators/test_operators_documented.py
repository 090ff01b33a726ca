"""docs/console-api.md tells of everything there is."""

import re

from failwell.console.metrics_text import MOST_ENDPOINTS
from tests.operators.test_operators_metrics import samples
from tests.source_tree import ROOT

PAGE = (ROOT / "docs" / "console-api.md").read_text("utf-8")
_PARTS = ("_bucket", "_count", "_sum")


async def test_every_operation_is_on_the_page(operators):
    """The page names each operation of the document, its query parameters too, and no other."""
    document = (await operators.get("/openapi.json")).json()

    declared = {
        f"{method.upper()} {path}": each
        for path, methods in document["paths"].items()
        for method, each in methods.items()
    }
    assert set(re.findall(r"`((?:GET|POST|PATCH|DELETE) /[^ `]+)`", PAGE)) == set(declared)
    parameters = {each["name"] for one in declared.values() for each in one["parameters"]}
    assert [name for name in parameters if f"`{name}`" not in PAGE and name not in PAGE] == []


async def test_every_metric_is_on_the_page(operators, receiver):
    """The page names each metric with its labels."""
    await operators.pipeline.subscribe(receiver)

    for sample in await samples(operators):
        name = next(
            (sample.name.removesuffix(part) for part in _PARTS if sample.name.endswith(part)),
            sample.name,
        )
        row = next(
            line for line in PAGE.splitlines() if line.startswith("|") and f"`{name}`" in line
        )
        assert [each for each in sample.labels if each != "le" and f"`{each}`" not in row] == []
    assert f"{MOST_ENDPOINTS:,}" in PAGE
