"""Wrong usage is one clear line on stderr, and exit code 2."""

import re
import subprocess
import sys

import pytest

import failwell as package

MISTAKES = {
    ("maintenanc",): r"No such command 'maintenanc'.*'maintenance'",
    ("--bogus",): "No such option: --bogus",
    ("serve", "--prot", "1"): "No such option: --prot .*--port",
    ("serve", "extra"): "extra",
    ("serve", "--port", "x"): "--port",
    ("serve", "--port", "0"): "expected a number from 1 to 65530; found 0",
    ("serve", "--port", "65531"): "expected a number from 1 to 65530; found 65531",
    ("serve", "--log-format", "xml"): "expected one of console, json; found 'xml'",
    ("serve", "--workers", "2"): "needs --database postgresql:// and --quota redis://",
    ("serve", "--workers", "0"): "--workers: expected 1; found 0",
    ("serve", "--database", "postgresql://x"): "--database: .* SQLite",
    ("serve", "--quota", "redis://x"): "--quota: .* memory",
    ("serve", "--set", "max_bdy=1"): "--set max_bdy: no such setting, did you mean 'max_body'?",
    ("explain",): "Missing argument 'CODE'",
    ("explain", "invalid_apikey"): "did you mean 'invalid_api_key'?",
    ("explain", "x", "--contract", "conix"): "did you mean 'connix'?",
    ("lint", "no-such-file"): "no-such-file: no such file",
    ("credentials", "issue"): "Missing option '--api'",
    ("credentials", "issue", "--api", "conix"): "found 'conix', did you mean 'connix'?",
    ("credentials", "issue", "--api", "connix", "--kind", "token"): "--kind: expected one of",
    ("credentials", "issue", "--api", "connix", "--plan", "fre"): "did you mean 'free'?",
    ("credentials", "issue", "--api", "connix", "--expires-in", "-1"): "--expires-in -1",
    ("credentials", "issue", "--api", "connix", "--expires-in", "nan"): "--expires-in nan",
    ("maintenance", "start", "--api", "connix", "--minutes", "0"): "--minutes 0: expected",
    ("maintenance", "start", "--api", "connix", "--minutes", "soon"): "--minutes",
    ("maintenance", "start", "--api", "connix", "--message", " "): "--message: expected",
}


@pytest.mark.parametrize(("arguments", "told"), MISTAKES.items(), ids=" ".join)
def test_a_mistake_is_told_in_one_line(failwell, arguments, told):
    """Nothing on stdout, one line on stderr that names the option and what was expected."""
    result = failwell(*arguments)

    assert result.code == 2
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert re.search(told, result.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("credentials", "list"),
        ("credentials", "revoke", "key_1"),
        ("credentials", "issue", "--api", "connix"),
        ("maintenance", "list"),
        ("maintenance", "start", "--api", "connix"),
        ("maintenance", "end", "--api", "connix"),
    ],
    ids=" ".join,
)
def test_a_wrong_data_directory_is_not_filled(failwell, tmp_path, arguments):
    """A mistyped --data is told, and nothing is made there."""
    result = failwell(*arguments, "--data", tmp_path / "typo")

    assert result.code == 2
    assert "no server has used this directory yet" in result.err
    assert list(tmp_path.iterdir()) == []


def test_version_is_printed(failwell):
    """--version names the program and its version."""
    result = failwell("--version")

    assert result == (0, f"failwell {package.__version__}\n", "")


@pytest.mark.parametrize("command", ["", "serve", "credentials issue", "maintenance", "lint"])
def test_help_works_everywhere(failwell, command):
    """Every command explains itself, and the ones that are typed most show examples."""
    result = failwell(*command.split(), "--help")

    assert result.code == 0
    assert "Usage: failwell" in result.out


def test_shell_completion_names_the_commands():
    """What a shell asks for completion is answered with the commands."""
    environment = {
        "_FAILWELL_COMPLETE": "complete_bash",
        "COMP_WORDS": "failwell ",
        "COMP_CWORD": "1",
    }

    done = subprocess.run(
        [sys.executable, "-m", "failwell.cli"], env=environment, capture_output=True, text=True
    )

    assert {"serve", "explain", "lint"} <= set(done.stdout.split())


@pytest.mark.parametrize(
    ("missing", "arguments"), [("typer", ["--version"]), ("uvicorn", ["serve"])], ids=str
)
def test_a_missing_extra_is_told_with_its_cure(missing, arguments, tmp_path):
    """Without the extras the command says what to install, in one line."""
    script = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv[1:] = {arguments!r}\n"
        "from failwell.cli.__main__ import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr == f"failwell: {missing} is missing; pip install 'failwell[serve]'\n"
