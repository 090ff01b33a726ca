"""What is public is listed, and the list is true."""

import ast
import importlib
import json
import os

import pytest

from tests.source_tree import ROOT, modules, tree

SNAPSHOT = ROOT / "tests" / "vectors" / "public_names.json"

LISTED = sorted(name for name in modules() if ".migrations" not in name and "__main__" not in name)


def public_names(module):
    """What a module lists; a package that only holds modules lists nothing."""
    return list(getattr(module, "__all__", ()))


def _order(name):
    """Constants, classes, functions: the order ruff gives to ``__all__``."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def own_public_names(module: str) -> set[str]:
    """Names that a module defines itself, and does not hide behind an underscore."""
    found: set[str] = set()
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("name", LISTED)
def test_all_is_sorted_and_true(name):
    """``__all__`` is in order, has no name twice, and every name is there."""
    module = importlib.import_module(name)

    listed = public_names(module)

    assert listed == sorted(set(listed), key=_order)
    assert [each for each in listed if not hasattr(module, each)] == []


@pytest.mark.parametrize("name", LISTED)
def test_what_looks_public_is_listed(name):
    """A name without an underscore is in ``__all__``: nothing is public by accident."""
    module = importlib.import_module(name)

    assert own_public_names(name) - set(public_names(module)) == set()


def test_the_names_users_import_change_only_on_purpose():
    """The names of ``failwell`` and of the parts that users import from equal the snapshot.

    To change them on purpose: UPDATE_SNAPSHOT=1 make test PYTEST_ARGS=tests/test_public_names.py
    """
    found = {
        name: list(importlib.import_module(name).__all__)
        for name in (
            "failwell",
            "failwell.client",
            "failwell.server",
            "failwell.testing",
            "failwell.webhooks",
        )
        if name in modules()
    }
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n", "utf-8")

    assert found == json.loads(SNAPSHOT.read_text("utf-8"))
