"""Imports obey the table of ARCHITECTURE.md."""

import re
import sys
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

import pytest

from tests.source_tree import ROOT, imports, modules, tree


class Part(NamedTuple):
    """One row of the table."""

    ours: frozenset[str]
    third_party: frozenset[str]


def part(ours: str = "", third_party: str = "") -> Part:
    return Part(frozenset(ours.split()), frozenset(third_party.split()))


PARTS = {
    "core": part("", "msgspec yaml jiter"),
    "resilience": part("core"),
    "client": part("core resilience", "httpx2 anyio"),
    "testing": part("core", "httpx2"),
    "security": part("core", "argon2 cryptography jwt pyotp"),
    "outbound": part("core", "aiohttp yarl"),
    "stores": part("core", "sqlalchemy alembic"),
    "server": part("core stores", "jsonschema_rs structlog"),
    "webhooks": part("core resilience stores outbound"),
    "console": part("core stores server webhooks", "starlette prometheus_client"),
    "apis": part(
        "core server stores security outbound webhooks",
        "starlette sqlalchemy alembic jsonschema_rs yaml PIL",
    ),
    "cli": part(
        "core server stores security outbound webhooks console apis",
        "typer sqlalchemy uvicorn uvloop",
    ),
}
"""Part -> what it may import: of ours, itself aside, and of others."""

EVERYWHERE = {"msgspec"}
"""Values are msgspec structs in every part."""

ONE_FILE = {
    "failwell.client.network": {"httpcore2"},
    "failwell.client.network_async": {"httpcore2"},
    "failwell.client.openapi": {"jsonschema_rs"},
    "failwell.client.pools": {"httpcore2"},
    "failwell.client.telemetry": {"opentelemetry"},
    "failwell.client.transport": {"httpcore2"},
    "failwell.outbound.answer": {"httptools"},
    "failwell.server.frameworks.starlette": {"starlette"},
    "failwell.server.cycle": {"uvicorn"},
    "failwell.server.protocol": {"uvicorn", "httptools"},
    "failwell.server.serve": {"uvicorn"},
}
"""A foreign library that only this file of its part may import."""

PROTOCOLS = {"quota", "credentials", "maintenance", "faults", "outbox"}
"""What the server may know of the stores: their protocols and values."""


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def target_module(target: str, name: str | None) -> str:
    return f"{target}.{name}" if name and f"{target}.{name}" in modules() else target


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_obey_the_table(module):
    """A part imports what its row allows, type-only imports included."""
    own = part_of(module)
    if not own:
        allowed = part("core")
    else:
        assert own in PARTS, f"{own} is not in the table of this test and of ARCHITECTURE.md"
        allowed = PARTS[own]

    for target, name, level in imports(module):
        assert level == 0, f"{module}: imports are absolute"
        top = target.split(".")[0]
        if top == "failwell":
            other = part_of(target_module(target, name))
            assert other in {"", own} | allowed.ours, f"{module} must not import {target}"
        elif top not in sys.stdlib_module_names:
            known = allowed.third_party | EVERYWHERE | ONE_FILE.get(module, set())
            assert top in known, f"{module} must not import {top}"


def test_the_server_knows_only_protocols_of_the_stores():
    """The server works with any store: it never imports one that is tied to a database."""
    for module in modules():
        for target, name, _ in imports(module):
            found = target_module(target, name)
            if part_of(module) == "server" and part_of(found) == "stores":
                assert found.split(".")[2] in PROTOCOLS, f"{module} imports {found}"


def test_reference_apis_use_public_names_only():
    """The APIs are written as a user would write one: nothing private is imported."""
    for module in modules():
        for target, name, _ in imports(module):
            ours = target.startswith("failwell") and part_of(target) != "apis"
            if part_of(module) != "apis" or not ours or target_module(target, name) != target:
                continue
            assert name is not None, f"{module}: import names, not {target}"
            assert name in public_names(target), f"{module} imports {target}.{name}, not public"


def public_names(module: str) -> set[str]:
    for node in tree(module).body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(getattr(target, "id", "") == "__all__" for target in targets):
            return {element.value for element in node.value.elts}
    return set()


def test_there_is_no_import_cycle():
    """Every module can be read after the ones it needs, type-only imports included."""
    graph = {
        module: {
            target_module(target, name)
            for target, name, _ in imports(module)
            if target.startswith("failwell")
        }
        - {module}
        for module in modules()
    }

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_page_tells_the_same_table():
    """ARCHITECTURE.md has one row for each part, with the same words."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rows = {
        row[0]: row
        for row in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    }
    present = {part_of(module) for module in modules()} - {"", "testing"}

    assert present <= set(rows)
    for name in present:
        allowed = rows[name][2]
        if allowed != "everything":
            assert set(re.findall(r"\w+", allowed)) - {"protocols"} == set(PARTS[name].ours), name
