"""Keys: of the documented form, and never stored as they are."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from failwell.core.exceptions import FailwellError
from failwell.security.keys import KeyPattern, digest, load_signing_key, random_id, same

CONNIX = KeyPattern("cx_", 32)


def test_generated_keys_match_their_pattern():
    """Every new key has the documented form, and no two are the same."""
    keys = {CONNIX.generate() for _ in range(200)}

    assert len(keys) == 200
    assert all(CONNIX.matches(key) for key in keys)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cx_",
        "cx_" + "0" * 31,
        "cx_" + "0" * 33,
        "cx_" + "A" * 32,
        "cx_" + "g" * 32,
        "sec_" + "0" * 32,
        "cx_" + "0" * 32 + "\n",
        "\u0663" * 35,
    ],
)
def test_other_texts_do_not_match(text):
    """Anything else is not even looked up."""
    assert not CONNIX.matches(text)


def test_alphabet_is_taken_literally():
    """Characters that mean something in a pattern mean themselves."""
    pattern = KeyPattern("s.", 4, alphabet="a-z]")

    assert pattern.matches("s.-]az")
    assert not pattern.matches("s.bbbb")
    assert not pattern.matches("sx-]az")


def test_ids_are_sixteen_digits():
    """Identifiers look like those of the documented pages."""
    assert KeyPattern("proj_", 16).matches(random_id("proj_"))
    assert random_id("proj_") != random_id("proj_")


def test_digest_is_stable_and_depends_on_all_of_it():
    """The same secret always has the same hash; another key or secret has another."""
    assert digest("secret") == digest("secret")
    assert len({digest("secret"), digest("secret "), digest("secret", key=b"other")}) == 3
    assert "secret" not in digest("secret")
    assert digest("\ud800")


def test_same_compares_any_texts():
    """Comparing never fails, whatever a caller sent."""
    assert same("é\ud800", "é\ud800")
    assert not same("a", "aa")


def test_signing_key_is_made_once_and_private(tmp_path):
    """The first start makes the key, for the owner alone; later ones read it."""
    path = tmp_path / "signing.key"

    key = load_signing_key(path)

    assert len(key) == 32
    assert load_signing_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["signing.key"]


def test_processes_that_start_together_share_a_key(tmp_path):
    """Whoever comes second takes the key of the first."""
    path = tmp_path / "signing.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_signing_key, [path] * 8))

    assert len(keys) == 1
    assert os.listdir(tmp_path) == ["signing.key"]


@pytest.mark.parametrize("content", ["", "abc", "z" * 64, "0" * 63, "\xff" * 64])
def test_broken_signing_key_is_refused(tmp_path, content):
    """A damaged key is never replaced silently: that would end every token."""
    path = tmp_path / "signing.key"
    path.write_text(content)

    with pytest.raises(FailwellError, match=r"signing\.key is not a signing key .* restore it"):
        load_signing_key(path)

    assert path.read_text() == content
