"""Runs schemathesis as its users do: the command, a configuration file, a report."""

import json
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz_openapi.documents import good_answers
from tests.running_server import RunningServer

COMMAND = Path(sysconfig.get_path("scripts")) / "schemathesis"
PHASES = ("examples", "coverage", "fuzzing", "stateful")

# "Request syntax valid but semantically incorrect" is what the page says of 422: where an
# operation documents it, it is a right answer to data that its schema allows.
REFUSALS = ("400", "401", "403", "404", "405", "409", "413", "414", "415", "422", "429", "431")
VALID_DATA_ANSWERS = ("2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx")


class Search:
    """One search of a document's whole API with every check on.

    Args:
        folder: Where the document, the configuration and the report are written.
        base_url: Where the API answers.
        document: The OpenAPI document to believe.
        auth: Tables of the configuration that say who is calling.
        known: Values that exist on the server, by the parameter they fit, such as
            ``path.org_id``; most examples use one of them.
        doomed: Values that exist for one operation alone, by its parameters: what it deletes, or
            what others would change.
        always: Header fields of every request, for a document that does not ask for them.
        without: Checks that are off; a decision record says why.
        semantic: Operations that answer 400 to what their schema allows but is wrong all the
            same, where other APIs have 422.
        fetching: Operations where 502 or 504 may be the caller's own fault: it names what is
            fetched, or how much is read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str,
        document: Mapping[str, Any],
        auth: Mapping[str, Mapping[str, Any]],
        known: Mapping[str, Sequence[str]],
        doomed: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        always: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        semantic: Sequence[str] = (),
        fetching: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._base_url = base_url
        self._document = document
        self._doomed = doomed or {}
        self._without = without
        self._semantic = semantic
        self._fetching = fetching
        self._write("openapi.json", json.dumps(document))
        self._write("schemathesis.toml", "\n".join(self._configuration(auth, known, always or {})))

    def run(
        self,
        *,
        examples: int,
        seed: int,
        phases: Sequence[str] = PHASES,
        only: Sequence[str] = (),
        but: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Search, and return the report; what was printed is added to it as ``output``.

        Args:
            examples: How many examples each operation gets from each phase that makes them up.
            seed: Makes a search repeatable.
            phases: Kinds of search, in the order of `PHASES`.
            only: Identifiers of the operations to search; all of them when empty.
            but: Identifiers of operations to leave out.
        """
        report = self._folder / "report.json"
        command = [COMMAND, "--config-file", "schemathesis.toml", "run", "openapi.json"]
        command += ["--url", self._base_url, "--checks", "all", "--phases", ",".join(phases)]
        command += ["--max-examples", str(examples), "--seed", str(seed), "--no-color"]
        command += ["--continue-on-failure", "--generation-database", "none"]
        for operation in only:
            command += ["--include-operation-id", operation]
        for operation in but:
            command += ["--exclude-operation-id", operation]
        if self._without:
            command += ["--exclude-checks", ",".join(self._without)]
        command += ["--report", "json", "--report-json-path", report]
        # Far more than it takes: a search that hangs is a finding too.
        patience = 180 + 10 * examples
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, timeout=patience
        )
        output = f"{done.stdout}\n{done.stderr}"
        assert report.is_file(), output
        return json.loads(report.read_text("utf-8")) | {"output": output}

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, "utf-8")

    def _configuration(
        self,
        auth: Mapping[str, Any],
        known: Mapping[str, Sequence[str]],
        always: Mapping[str, str],
    ) -> Iterator[str]:
        # A log-in redirects to an app that does not run here.
        yield "max-redirects = 0"
        # A header field or a query parameter that nobody knows is no fault.
        yield "generation = { allow-extra-parameters = false }"
        yield "phases = { examples = { fill-missing = true } }"
        for name, values in known.items():
            yield f'[dictionaries."{name}"]\nvalues = {json.dumps(list(values))}'
        for table, members in auth.items():
            yield f"[{table}]"
            yield from (f"{name} = {json.dumps(value)}" for name, value in members.items())
        yield from self._deleting()
        yield f"[checks.negative_data_rejection]\nexpected-statuses = {json.dumps(REFUSALS)}"
        if always:
            yield "[headers]"
            yield from (f"{name} = {json.dumps(value)}" for name, value in always.items())
        # What is known has to last; what a search makes itself is there to be deleted.
        yield '[[operations]]\nexclude-method = "DELETE"\n[operations.parameters]'
        for name in known:
            yield f'"{name}" = {{ dictionary = "{name}", probability = 0.8 }}'
        for check, operations, statuses in (
            ("positive_data_acceptance", self._documenting("422"), VALID_DATA_ANSWERS),
            ("positive_data_acceptance", self._semantic, ("400", *VALID_DATA_ANSWERS)),
            ("not_a_server_error", self._fetching, ("2xx", "3xx", "4xx", "502", "504")),
        ):
            if operations:
                yield f"[[operations]]\ninclude-operation-id = {json.dumps(list(operations))}"
                yield f"[operations.checks.{check}]\nexpected-statuses = {json.dumps(statuses)}"

    def _deleting(self) -> Iterator[str]:
        for operation, values in self._doomed.items():
            for name, each in values.items():
                yield f'[dictionaries."{operation}.{name}"]\nvalues = {json.dumps(list(each))}'
            yield f"[[operations]]\ninclude-operation-id = {json.dumps([operation])}"
            yield "[operations.parameters]"
            for name in values:
                yield f'"{name}" = {{ dictionary = "{operation}.{name}", probability = 0.8 }}'

    def _documenting(self, status: str) -> list[str]:
        operations = (each for path in self._document["paths"].values() for each in path.values())
        named = [each["operationId"] for each in operations if status in each["responses"]]
        # The first table that names an operation counts; those have one of their own.
        return [each for each in named if each not in self._semantic]


# Whether an operation was reached at all is asked of the server's own log instead: these
# take a wrong guess at what is found there, such as an identifier that was deleted before.
_ABOUT_REACH = ("missing_auth", "missing_test_data")


# Whose data is wrong in a way no schema can say is refused most of the time.
_ABOUT_SENSE = ("validation_mismatch",)


def assert_nothing_found(
    report: Mapping[str, Any], *, phases: Sequence[str] = PHASES, semantic: bool = False
) -> None:
    """Check that a search went through everything and has nothing to say.

    Args:
        report: What `Search.run` returned.
        phases: What it was told to do.
        semantic: Whether some operations refuse what their schema allows.
    """
    operations, ran = report["operations"], report["phases"]
    ignored = (*_ABOUT_REACH, *(_ABOUT_SENSE if semantic else ()))
    warnings = {name: found for name, found in report["warnings"].items() if found}
    others = {name: found for name, found in warnings.items() if name not in ignored}

    assert (report["failures"], report["errors"], others) == ([], [], {}), report["output"]
    assert report["exit_code"] == 0, report["output"]
    assert operations["tested"] == operations["selected"], report["output"]
    assert [ran[phase]["status"] for phase in phases] == ["success"] * len(phases), report["output"]


def answers(server: RunningServer) -> set[tuple[str, str, int]]:
    """List what a server has answered."""
    return {
        (line.get("method"), line.get("route"), line.get("status")) for line in server.log_lines
    }


def assert_reached(
    document: Mapping[str, Any],
    server: RunningServer,
    report: Mapping[str, Any],
    *,
    but: Sequence[str] = (),
) -> None:
    """Check that a search knocked at no closed doors: each operation did its work at least once.

    Args:
        document: What was searched.
        server: The server that was.
        report: What the search returned.
        but: Paths that a search cannot reach.
    """
    wanted = {each for each in good_answers(document) if each[1] not in but}
    missing = wanted - answers(server)
    assert missing == set(), f"never reached: {sorted(missing)}\n{report['output']}"
