"""Settings: four places, one order, and no silent mistake."""

import re

import pytest

from failwell.cli.declared_settings import (
    BODY_TIMEOUT,
    MAX_BODY,
    OUTBOUND_ALLOW,
    SETTINGS,
    WEBHOOKS_HTTPS_ONLY,
    WEBHOOKS_SCHEDULE,
)
from failwell.cli.settings import read_settings
from failwell.cli.terminal import UsageError

CONNIX_PER_MINUTE = next(each for each in SETTINGS if each.name == "connix.per_minute")


@pytest.fixture
def config(tmp_path):
    """Write a TOML file."""

    def write(text):
        file = tmp_path / "failwell.toml"
        file.write_text(text, "utf-8")
        return file

    return write


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(config):
    """The nearest source to the person who starts the server decides."""
    file = config("[settings]\nmax_body = 3\nbody_timeout = 3\nwindow_seconds = 3")
    environment = {"FAILWELL_MAX_BODY": "2", "FAILWELL_BODY_TIMEOUT": "2"}

    settings = read_settings(["max_body=1"], file=file, environment=environment)

    assert {each.name: settings[each] for each in SETTINGS[:4]} == {
        "max_body": 1,
        "body_timeout": 2.0,
        "window_seconds": 3,
        "outbound.allow": (),
    }
    assert settings.source(MAX_BODY) == "--set max_body"
    assert settings.source(OUTBOUND_ALLOW) == "default"


def test_the_last_flag_wins():
    """A flag given twice counts as it was given last."""
    assert read_settings(["max_body=1", "max_body=2"], environment={})[MAX_BODY] == 2


def test_a_dot_is_two_underscores_in_the_environment():
    """FAILWELL_CONNIX__PER_MINUTE is connix.per_minute."""
    settings = read_settings(environment={"FAILWELL_CONNIX__PER_MINUTE": "7"})

    assert settings[CONNIX_PER_MINUTE] == 7


@pytest.mark.parametrize(
    "text",
    [
        "[settings.connix]\nper_minute = 7",
        '[settings]\n"connix.per_minute" = 7',
        "settings.connix.per_minute = 7",
    ],
)
def test_the_file_may_nest_or_quote_a_dotted_name(config, text):
    """All the ways TOML has for it mean the same setting."""
    assert read_settings(file=config(text), environment={})[CONNIX_PER_MINUTE] == 7


def test_networks_are_a_list_in_the_file_and_a_line_elsewhere(config):
    """A list where the format has lists, commas where it has not."""
    file = config('[settings]\noutbound.allow = ["10.0.0.0/8", "fd00::/8"]')

    from_file = read_settings(file=file, environment={})[OUTBOUND_ALLOW]
    from_flag = read_settings(["outbound.allow=10.0.0.0/8, fd00::/8"], environment={})

    assert from_file == from_flag[OUTBOUND_ALLOW]
    assert len(from_file) == 2


def test_a_schedule_has_units_and_a_switch_is_a_boolean(config):
    """Waits are written as people write them, and TOML's own true is true."""
    file = config('[settings.webhooks]\nhttps_only = true\nschedule = ["0", "5s", "2h"]')

    settings = read_settings(file=file, environment={})

    assert settings[WEBHOOKS_SCHEDULE] == (0.0, 5.0, 7200.0)
    assert settings[WEBHOOKS_HTTPS_ONLY] is True
    assert read_settings(environment={})[WEBHOOKS_HTTPS_ONLY] is None


BAD_FLAGS = {
    "max_body": "expected NAME=VALUE",
    "max_body=": "found ''",
    "max_body=0": "expected a whole number from 1",
    "max_body=1.5": "expected a whole number",
    "max_body=true": "expected a whole number",
    "body_timeout=nan": "expected a number of seconds",
    "body_timeout=inf": "expected a number of seconds",
    "body_timeout=-1": "expected a number of seconds",
    "body_timeout=1e99": "at most",
    "outbound.allow=everything": "networks with commas",
    "outbound.allow=10.0.0.1/8": "networks with commas",
    "connix.model_url=ftp://x": "expected an http or https URL",
    "connix.model_url=http://": "expected an http or https URL",
    "connix.model_url=http://x:port": "expected an http or https URL",
    "connix.perminute=1": "did you mean 'connix.per_minute'?",
    "CONNIX.PER_MINUTE=1": "did you mean 'connix.per_minute'?",
    "webhooks.schedule=5s,5m": "the first one 0",
    "webhooks.schedule=0,soon": "such as 0,5s,5m,2h",
    "webhooks.timeout=31": "at most 30",
    "webhooks.https_only=1": "expected true or false",
    "nothing.like.it=1": "failwell serve --settings lists them",
}


@pytest.mark.parametrize(("flag", "told"), BAD_FLAGS.items(), ids=BAD_FLAGS)
def test_a_bad_flag_says_what_is_expected(flag, told):
    """The text names the flag, and what would have been right."""
    with pytest.raises(UsageError, match=re.escape(told)) as found:
        read_settings([flag], environment={})

    assert str(found.value).startswith(f"--set {flag.partition('=')[0]}")


BAD_FILES = {
    "[settings]\nmax_bdy = 1": "did you mean 'max_body'?",
    "[setings]\nmax_body = 1": "unknown table or key 'setings', did you mean 'settings'?",
    "settings = 1": "expected a table [settings]",
    "[settings": "not valid TOML",
    "[settings]\nmax_body = true": "expected a whole number",
    "[settings]\nconnix = 1": "no such setting",
}


@pytest.mark.parametrize(("text", "told"), BAD_FILES.items(), ids=BAD_FILES)
def test_a_bad_file_says_where_and_what(config, text, told):
    """The text names the file, and what would have been right."""
    with pytest.raises(UsageError, match=re.escape(told)) as found:
        read_settings(file=config(text), environment={})

    assert "failwell.toml" in str(found.value)


def test_a_missing_file_is_told(tmp_path):
    """A --config that is not there is a mistake, not an empty file."""
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_settings(file=tmp_path / "none.toml", environment={})


def test_an_unknown_variable_is_told():
    """A misspelled variable stops the start and names its neighbour."""
    with pytest.raises(UsageError, match="did you mean 'FAILWELL_MAX_BODY'?"):
        read_settings(environment={"FAILWELL_MAX_BDY": "1"})


def test_a_bad_variable_is_named():
    """The text says which variable, what it holds and what is expected."""
    with pytest.raises(UsageError, match="environment FAILWELL_MAX_BODY: expected .* found 'big'"):
        read_settings(environment={"FAILWELL_MAX_BODY": "big"})


def test_variables_of_kubernetes_are_left_alone():
    """A service called failwell does not keep failwell from starting in its own cluster."""
    names = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8700_TCP_ADDR")
    environment = {f"FAILWELL_{name}": "tcp://10.0.0.1:8700" for name in names}

    assert read_settings(environment=environment)[MAX_BODY] == MAX_BODY.default


def test_the_list_shows_value_and_source(failwell, monkeypatch):
    """--settings tells every setting, what it would be, and who said so."""
    monkeypatch.setenv("FAILWELL_BODY_TIMEOUT", "2.5")

    listed = failwell("serve", "--settings", "--set", "max_body=5", "--json").json

    rows = {row["name"]: row for row in listed}
    assert list(rows) == [setting.name for setting in SETTINGS]
    assert (rows["max_body"]["value"], rows["max_body"]["source"]) == ("5", "--set max_body")
    assert rows["body_timeout"]["source"] == "environment FAILWELL_BODY_TIMEOUT"
    assert all(row["meaning"] for row in rows.values())


def test_every_default_is_valid():
    """What is used when nobody chooses could have been chosen."""
    for setting in SETTINGS:
        text = setting.format(setting.default)
        if text is not None:
            assert setting.parse(text) == setting.default


def test_a_setting_is_frozen():
    """A declaration cannot be changed by whoever reads it."""
    with pytest.raises(AttributeError):
        BODY_TIMEOUT.default = 1.0
