"""Documents that fail when they lie: everything has its page, links lead somewhere, code runs."""

import ast
import doctest
import importlib
import inspect
import re

import pytest

from failwell.cli.declared_settings import SETTINGS
from failwell.cli.main import application
from failwell.core.contract import BUNDLED
from tests.source_tree import ROOT, modules, tree

PAGES = sorted(
    page
    for folder in (ROOT, ROOT / "docs", ROOT / "changelog.d")
    for page in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
WITH_EXAMPLES = sorted(
    name for name, file in modules().items() if ">>> " in file.read_text("utf-8")
)
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))


def page_id(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_module_and_public_name_has_its_sentence(module):
    """Modules, public classes, functions and methods say a promise or a reason."""
    missing = [module] if not ast.get_docstring(tree(module)) else []

    for node, owner in _public_definitions(tree(module), module):
        if not ast.get_docstring(node):
            missing.append(f"{owner}.{node.name}")

    assert missing == []


def _public_definitions(parent, owner):
    for node in parent.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            overload = any("overload" in ast.unparse(each) for each in node.decorator_list)
            if node.name.startswith("_") or overload:
                continue
            yield node, owner
            if isinstance(node, ast.ClassDef):
                yield from _public_definitions(node, f"{owner}.{node.name}")


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings_are_true(module):
    """What a docstring shows after ``>>>`` is what happens."""
    result = doctest.testmod(importlib.import_module(module))

    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("file", TESTS, ids=page_id)
def test_every_test_states_its_promise(file):
    """A test module and each of its tests begin with a sentence."""
    source = ast.parse(file.read_text("utf-8"))
    nodes = [source, *(node for node in ast.walk(source) if _is_test(node))]

    assert [getattr(node, "name", "module") for node in nodes if not ast.get_docstring(node)] == []


def _is_test(node):
    function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return function and node.name.startswith("test_")


def test_every_command_and_option_is_on_the_page():
    """docs/command-line.md names every command with each of its own options."""
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")

    for words, options in _commands(application()):
        assert f"failwell {words}" in page
        assert "--json" in options
        assert [option for option in options if f"{option}" not in page] == []


def _commands(app, prefix=""):
    for command in app.registered_commands:
        parameters = inspect.signature(command.callback, eval_str=True).parameters.values()
        declared = [_declarations(parameter.annotation) for parameter in parameters]
        yield f"{prefix}{command.name}", [name for names in declared for name in names]
    for group in app.registered_groups:
        yield from _commands(group.typer_instance, f"{prefix}{group.name} ")


def _declarations(annotation):
    # In an Annotated type typer keeps the first name of an option as its default.
    option = annotation.__metadata__[0]
    names = (option.default, *(option.param_decls or ()))
    return [name for name in names if isinstance(name, str) and name.startswith("--")]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_on_the_page(setting):
    """docs/settings.md has a row for each setting, with the default that is really used."""
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")

    row = next(line for line in page.splitlines() if line.startswith(f"| `{setting.name}` |"))

    if setting.default:
        assert f"| {setting.format(setting.default)} |" in row


def test_every_bundled_contract_has_its_section():
    """docs/contracts.md has a section for each contract and for no other."""
    page = (ROOT / "docs" / "contracts.md").read_text("utf-8")

    assert sorted(re.findall(r"^## (.+)$", page, re.MULTILINE)) == sorted(BUNDLED)


def test_every_dialect_has_its_row():
    """docs/dialects.md lists each bundled dialect, in order, and no other."""
    page = (ROOT / "docs" / "dialects.md").read_text("utf-8")
    files = sorted((ROOT / "src" / "failwell" / "contracts" / "dialects").glob("*.yaml"))

    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [file.stem for file in files]


@pytest.mark.parametrize("decision", DECISIONS, ids=page_id)
def test_every_decision_is_short_and_listed(decision):
    """A decision fits on a screen and the list leads to it."""
    listed = (decision.parent / "README.md").read_text("utf-8")

    assert f"]({decision.name})" in listed
    assert len(decision.read_text("utf-8").splitlines()) <= 50


def test_every_change_is_listed():
    """changelog.d/README.md leads to each change."""
    folder = ROOT / "changelog.d"
    listed = (folder / "README.md").read_text("utf-8")

    assert [file.name for file in folder.glob("[0-9]*.md") if file.name not in listed] == []


def test_every_page_is_on_the_map():
    """docs/index.md leads to every page under docs, decisions by their own list."""
    listed = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = [page for page in (ROOT / "docs").glob("*.md") if page.name != "index.md"]

    assert [page.name for page in pages if f"]({page.name})" not in listed] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page):
    """Every link to a file of the repository points to one that exists."""
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    files = [target.split("#")[0] for target in targets if "://" not in target]

    assert [file for file in files if file and not (page.parent / file).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_files_that_are_named_exist(page):
    """A path of the source or the tests in a text leads to a file or folder."""
    named = re.findall(
        r"`([a-z]\w*/(?:[\w.]+/)*(?:\w+\.\w+)?|[\w/]+\.py)`", page.read_text("utf-8")
    )
    roots = (ROOT, ROOT / "src" / "failwell", ROOT / "tests")

    assert [name for name in named if not any((root / name).exists() for root in roots)] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_python_examples_run(page, tmp_path, monkeypatch):
    """Every Python block of a page runs, one after the other, as a reader would try it."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )

    for block in blocks:
        exec(compile(block, page_id(page), "exec"), {"__name__": "example"})
