"""What is sealed opens with its key in its place, and nowhere else."""

import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.exceptions import FailwellError
from failwell.security.encryption import (
    DecryptionError,
    OtherKeyError,
    Vault,
    load_encryption_key,
    parse_key,
)

KEY = bytes(range(32))
CANARY = "canary-7f3a"


@given(st.text(), st.text())
def test_what_was_sealed_comes_back(text, place):
    """Every text opens to itself, half surrogate pairs included."""
    vault = Vault(KEY)

    assert vault.open(vault.seal(text, place=place), place=place) == text


def test_nothing_of_the_text_can_be_read():
    """The sealed form names its version and its key, and shows nothing of text or key."""
    sealed = Vault(KEY).seal(CANARY, place="psp_1")

    version, name, data = sealed.split(":")
    assert version == "v1"
    assert len(name) == 16
    assert CANARY not in sealed
    assert KEY.hex()[:16] not in sealed
    assert data.isascii()


def test_equal_texts_are_sealed_differently():
    """A random nonce each time: nobody sees that two rows hold the same."""
    vault = Vault(KEY)

    assert len({vault.seal(CANARY, place="psp_1") for _ in range(100)}) == 100


def test_another_key_is_told_apart():
    """A text of another key is no damaged text: the error says what to do."""
    sealed = Vault(KEY).seal(CANARY, place="psp_1")

    with pytest.raises(OtherKeyError, match="another key") as failed:
        Vault(secrets.token_bytes(32)).open(sealed, place="psp_1")
    assert CANARY not in str(failed.value)


def test_a_text_opens_in_its_place_only():
    """A ciphertext that is copied to another row does not open there."""
    vault = Vault(KEY)
    sealed = vault.seal(CANARY, place="psp_1")

    with pytest.raises(DecryptionError, match="another place") as failed:
        vault.open(sealed, place="psp_2")
    assert not isinstance(failed.value, OtherKeyError)


@given(st.data())
def test_a_changed_text_does_not_open(data):
    """Whichever character is changed, the answer is a refusal and never another text."""
    vault = Vault(KEY)
    sealed = vault.seal(CANARY, place="psp_1")
    index = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.sampled_from("Az09-_:\u00e9"))
    changed = sealed[:index] + other + sealed[index + 1 :]

    try:
        assert vault.open(changed, place="psp_1") == CANARY
    except DecryptionError:
        assert changed != sealed


@pytest.mark.parametrize("sealed", ["", "v1", "v1:", CANARY, "v2:x:y", "v1:::", "\ud800"])
def test_what_was_never_sealed_is_refused(sealed):
    """Anything at all may stand in a row; nothing of it travels in the error."""
    with pytest.raises(DecryptionError) as failed:
        Vault(KEY).open(sealed, place="psp_1")
    assert CANARY not in str(failed.value)


@pytest.mark.parametrize("data", ["", "AAAA", "====", "\u00e9", "A" * 37])
def test_a_cut_text_is_refused(data):
    """A text without room for nonce and tag is damaged."""
    name = Vault(KEY).seal("", place="").split(":")[1]

    with pytest.raises(DecryptionError, match="damaged"):
        Vault(KEY).open(f"v1:{name}:{data}", place="")


def test_a_key_is_64_hexadecimal_digits():
    """An operator's key is read as it is written; another text is refused and not repeated."""
    assert parse_key(KEY.hex().upper()) == KEY
    with pytest.raises(FailwellError, match="openssl rand -hex 32") as failed:
        parse_key(CANARY)
    assert CANARY not in str(failed.value)
    with pytest.raises(FailwellError, match="32 bytes"):
        Vault(b"short")


def test_the_key_of_a_directory_is_made_once(tmp_path: Path):
    """The first start makes the key, readable for its owner only; the next one finds it."""
    place = tmp_path / "connxt.key"

    first = load_encryption_key(place)

    assert load_encryption_key(place) == first
    assert len(first) == 32
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_broken_key_file_is_not_replaced(tmp_path: Path):
    """A new key would make every stored text unreadable, so the operator is asked."""
    place = tmp_path / "connxt.key"
    place.write_text(CANARY, "ascii")

    with pytest.raises(FailwellError, match="restore it") as failed:
        load_encryption_key(place)
    assert place.read_text("ascii") == CANARY
    assert CANARY not in str(failed.value)
