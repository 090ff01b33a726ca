"""Fixtures for every test: servers that really run, and an honest list of what was skipped."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS
from tests.running_server import RunningServer, free_ports

# Renamed before anything is started: FAILWELL_... are settings of the servers under test.
if "FAILWELL_NO_SKIPS" in os.environ:
    os.environ["TESTS_NO_SKIPS"] = os.environ.pop("FAILWELL_NO_SKIPS")
NO_SKIPS = os.environ.get("TESTS_NO_SKIPS", "") not in ("", "0")

hypothesis.settings.register_profile("quick", deadline=None, max_examples=100)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=20_000)
hypothesis.settings.load_profile("quick")

# The traffic of tests goes to loopback, and through no proxy of the machine.
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]

UNLIMITED = (
    "connix.per_minute=1000000",
    "connix.per_hour=1000000",
    "agenthuman.per_minute=1000000",
    "apinizer.per_minute=1000000",
    "ixon.per_second=1000000",
)

LONG = (
    "tests/fuzz_openapi/",
    "tests/packaging/",
    "tests/journeys/",
    "tests/every_api/",
    "tests/hostile/",
    "tests/connxt/test_connxt_failures.py",
    "tests/client/test_client_hostile_server.py",
    "tests/webhooks/test_webhooks_crash.py",
)
"""Folders and files that take half a minute or more."""

StartServer = Callable[..., RunningServer]


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on, with five more above it."""
    return free_ports(6)


@pytest.fixture(scope="session")
def fuzzing(request: pytest.FixtureRequest) -> bool:
    """Whether this run searches long (`make fuzz`) instead of quickly."""
    return request.config.getoption("--hypothesis-profile") == "fuzz"


@pytest.fixture(scope="session")
def soak_seconds() -> float:
    """How long a test under load runs: a few seconds, or minutes with `make soak`."""
    return float(os.environ.get("SOAK_SECONDS", "3"))


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start ``failwell serve`` with settings of its own; stopped when the test ends."""
    servers: list[RunningServer] = []

    def start(
        *settings: str, data: Path | None = None, flags: tuple[str, ...] = ()
    ) -> RunningServer:
        server = RunningServer(data or tmp_path / "data", settings=settings, flags=flags)
        servers.append(server)
        return server.wait_until_ready()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One ``failwell serve`` shared by all tests that neither stop it nor count its quotas."""
    running = RunningServer(tmp_path_factory.mktemp("shared"), settings=UNLIMITED)
    yield running.wait_until_ready()
    running.stop()


@pytest.fixture(scope="session")
def fresh_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``failwell.db`` as a fresh start makes it, to be copied: migrations take a while."""
    path = tmp_path_factory.mktemp("fresh") / "failwell.db"
    with Database(path, migrations=MIGRATIONS) as database:
        database.migrate()
    return path


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Ask again until the answer is true; fail when that takes too long."""

    def wait(question: Callable[[], Any], *, within: float = 10.0) -> Any:
        end = time.monotonic() + within
        while not (answer := question()):
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.02)
        return answer

    return wait


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: at the end, one process would work alone on them."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    """Turn a skip into a failure where skipping is forbidden."""
    report = yield
    return _forbid_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> object:
    """Turn a skipped module into an error where skipping is forbidden."""
    report = yield
    return _forbid_skip(report)


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> object:
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = _reason(report)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped, and FAILWELL_NO_SKIPS forbids it: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with a plain list of what was skipped, and why."""
    skipped: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        skipped.setdefault(_reason(report), []).append(report.nodeid)
    terminalreporter.section("skipped")
    if not skipped:
        terminalreporter.write_line("nothing was skipped")
    for reason, tests in sorted(skipped.items()):
        terminalreporter.write_line(f"{reason}:")
        for test in sorted(tests):
            terminalreporter.write_line(f"    {test}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")
