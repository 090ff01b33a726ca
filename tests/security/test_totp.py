"""One-time passwords: the table of RFC 6238, a window of one step, each good once."""

import pyotp
import pytest

from failwell.security.totp import STEP_SECONDS, matching_step, new_totp_secret

# RFC 6238, appendix B: the seed for SHA-1 in Base32, and the last six of its eight digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
TABLE = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
NOW = 1_700_000_010.0


@pytest.mark.parametrize(("now", "code"), TABLE.items())
def test_the_table_of_the_standard(now: int, code: str):
    """Every code of the table is good at its moment."""
    assert matching_step(SECRET, code, now=now) == now // STEP_SECONDS


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_neighbours_are_good(steps: int):
    """One step earlier and one later; the step that came back is that of the code."""
    code = pyotp.TOTP(SECRET).at(int(NOW) + steps * STEP_SECONDS)

    assert matching_step(SECRET, code, now=NOW) == NOW // STEP_SECONDS + steps


@pytest.mark.parametrize("steps", [-10, -2, 2, 10])
def test_others_are_not(steps: int):
    """Further away a code is as good as any other number."""
    code = pyotp.TOTP(SECRET).at(int(NOW) + steps * STEP_SECONDS)

    assert matching_step(SECRET, code, now=NOW) is None


def test_a_code_is_good_once():
    """Neither the step that was used nor an older one; a later one is."""
    codes = [pyotp.TOTP(SECRET).at(int(NOW) + 30 * steps) for steps in (-1, 0, 1)]
    used = matching_step(SECRET, codes[1], now=NOW)

    found = [matching_step(SECRET, code, now=NOW, last_step=used) for code in codes]

    assert found == [None, None, int(NOW) // 30 + 1]


@pytest.mark.parametrize(
    "code",
    ["", "12345", "1234567", "12345a", "１２３４５６", "287082\n", " 87082", "\ud800", "-28708"],
)
def test_what_is_no_code(code: str):
    """Only six plain digits are looked at."""
    assert matching_step(SECRET, code, now=59) is None


def test_the_beginning_of_time():
    """There is no step before the first one."""
    assert matching_step(SECRET, pyotp.HOTP(SECRET).at(0), now=0.0) == 0


def test_secrets():
    """A new secret has 160 bits in Base32, is another each time, and fits every app."""
    secrets = {new_totp_secret() for _ in range(50)}

    assert len(secrets) == 50
    for each in secrets:
        assert len(pyotp.TOTP(each).byte_secret()) == 20
        assert matching_step(each, pyotp.TOTP(each).at(int(NOW)), now=NOW) is not None
