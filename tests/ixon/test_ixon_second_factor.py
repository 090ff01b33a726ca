"""Statement 7 of the IXON page: when a second factor is asked for, and what it is."""

import re
import uuid

import pyotp
import pytest

from tests.ixon.ixon_client import Ixon

TWO_FACTORS = """
{
"type": "Error",
"data": [
{
"message": "2FA is required"
}
],
"moreAfter": null,
"status": "error"
}
"""

INVALID = """
{
"type": "Error",
"data": [
{
"message": "Invalid value",
"propertyName": "Authorization"
}
],
"moreAfter": null,
"status": "error"
}
"""

PHONE = str(uuid.UUID(int=7))
OTP_AUTH = "/users/me/otp-auth"


@pytest.fixture
def careful(here) -> Ixon:
    """The demo's careful person, with a token made with a code."""
    token = here.ixon.enter_carefully(otp=here.code(-1)).data["secretId"]
    return here.ixon.holding(token)


def test_ixon_s07_a_role_that_enforces_it(here, careful: Ixon):
    """A token made without a code stops working in the company, with the body of the page."""
    plain = here.ixon
    role = plain.own_role()
    assert plain.get("/agents").status == 200

    assert careful.patch(f"/roles/{role}", {"enforce2fa": True}).status == 200

    for method, path in (
        ("GET", "/agents"),
        ("GET", "/roles"),
        ("GET", "/companies/me"),
        ("PATCH", "/companies/me"),
        ("POST", "/data"),
        ("PATCH", f"/roles/{role}"),
    ):
        plain.call(method, path).assert_page(403, TWO_FACTORS)
    assert careful.get("/agents").status == 200


def test_ixon_s07_lifting_the_rule_fixes_it(here, careful: Ixon):
    """As soon as no role of the person asks for it, the same token works again."""
    role = here.ixon.own_role()
    careful.patch(f"/roles/{role}", {"enforce2fa": True})
    here.ixon.get("/agents").assert_page(403, TWO_FACTORS)

    assert careful.patch(f"/roles/{role}", {"enforce2fa": False}).status == 200

    assert here.ixon.get("/agents").status == 200


def test_ixon_s07_a_code_fixes_it(here, careful: Ixon):
    """Somebody who gets a second factor and logs in with it is let in; the old token is not."""
    plain = here.ixon
    careful.patch(f"/roles/{plain.own_role()}", {"enforce2fa": True})
    secret = plain.post(f"{OTP_AUTH}/enable", company=None).data["secret"]
    seen = pyotp.TOTP(secret)
    proof = {"oneTimePassword": seen.at(int(here.clock.now())), "deviceName": "Phone"}
    assert plain.post(f"{OTP_AUTH}/verify", proof, company=None).status == 200
    plain.get("/agents").assert_page(403, TWO_FACTORS)

    fresh = plain.enter(otp=seen.at(int(here.clock.now()) + 30))

    assert fresh.status == 201
    assert plain.get("/agents", token=fresh.data["secretId"]).status == 200
    plain.get("/agents").assert_page(403, TWO_FACTORS)


def test_ixon_s07_a_second_role_counts_too(here, careful: Ixon):
    """One role that asks for it is enough, whatever the others say."""
    strict = careful.role(name="Strict", enforce2fa=True)
    person = here.ixon.get("/users/me").data["publicId"]
    group = careful.get("/groups").data[0]["publicId"]

    given = {name: {"publicId": each} for name, each in
             (("user", person), ("group", group), ("role", strict))}  # fmt: skip
    assert careful.post("/users/memberships", given).status == 201

    here.ixon.get("/agents").assert_page(403, TWO_FACTORS)


def test_ixon_s07_what_concerns_the_person_goes_on(here, careful: Ixon):
    """Outside the company nothing changes: there a second factor can be set up."""
    careful.patch(f"/roles/{here.ixon.own_role()}", {"enforce2fa": True})

    assert here.ixon.get("/users/me").status == 200
    assert here.ixon.get("/companies").status == 200
    assert here.ixon.get("/access-tokens").status == 200
    assert here.ixon.post(f"{OTP_AUTH}/enable").status == 201


def test_ixon_the_log_in_of_somebody_with_a_second_factor(ixon: Ixon):
    """The right password alone is not enough, and the answer says what is missing."""
    ixon.enter_carefully().assert_page(403, TWO_FACTORS)


def test_ixon_a_wrong_password_is_told_first(ixon: Ixon):
    """Who does not know the password learns nothing about the second factor."""
    ixon.enter(email=ixon.known["otp_email"], password="wrong").assert_page(401, INVALID)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_ixon_codes_of_the_neighbours_are_good(here, steps: int):
    """Clocks differ: half a minute earlier and later will do."""
    assert here.ixon.enter_carefully(otp=here.code(steps)).status == 201


@pytest.mark.parametrize("steps", [-20, -2, 2, 20])
def test_ixon_codes_of_other_times_are_not(here, steps: int):
    """More than half a minute away a code is a wrong one."""
    here.ixon.enter_carefully(otp=here.code(steps)).assert_page(401, INVALID)


@pytest.mark.parametrize("code", ["000000", "1", "1234567", "abcdef", "１２３４５６", " 12345"])
def test_ixon_wrong_codes(here, code: str):
    """What is no code of this moment is refused like a wrong password."""
    if code == here.code():
        code = "111111"
    here.ixon.enter_carefully(otp=code).assert_page(401, INVALID)


def test_ixon_a_code_is_good_once(here):
    """Neither it nor an older one is taken again; the next one is."""
    assert here.ixon.enter_carefully(otp=here.code()).status == 201

    here.ixon.enter_carefully(otp=here.code()).assert_page(401, INVALID)
    here.ixon.enter_carefully(otp=here.code(-1)).assert_page(401, INVALID)
    here.clock.advance(30)
    here.ixon.enter_carefully(otp=here.code(-1)).assert_page(401, INVALID)
    assert here.ixon.enter_carefully(otp=here.code()).status == 201


def test_ixon_codes_cannot_be_guessed(here):
    """After ten wrong ones in a row no code is taken for ten minutes, the right one neither."""
    for number in range(10):
        here.ixon.enter_carefully(otp=f"{number:06}").assert_page(401, INVALID)

    here.ixon.enter_carefully(otp=here.code()).assert_page(401, INVALID)
    here.clock.advance(599)
    here.ixon.enter_carefully(otp=here.code()).assert_page(401, INVALID)
    here.clock.advance(1)
    assert here.ixon.enter_carefully(otp=here.code()).status == 201


def test_ixon_a_few_wrong_codes_are_forgiven(here):
    """A right one ends the count."""
    for _ in range(3):
        for number in range(9):
            here.ixon.enter_carefully(otp=f"{number:06}").assert_page(401, INVALID)
        assert here.ixon.enter_carefully(otp=here.code()).status == 201
        here.clock.advance(30)


def test_ixon_a_mistake_in_the_body_uses_up_no_code(here):
    """A code that bought nothing can be used again."""
    code = here.code()
    here.ixon.enter_carefully({"expiresIn": 1}, otp=code).assert_refused(
        400, "Invalid value", "expiresIn"
    )

    assert here.ixon.enter_carefully(otp=code).status == 201


def test_ixon_codes_for_real(ixon: Ixon):
    """On a running server with the machine's clock, the demo's secret gives a code that works."""
    code = pyotp.TOTP(ixon.known["otp_secret"]).now()

    answer = ixon.enter_carefully(otp=code)

    assert answer.status == 201
    assert ixon.get("/agents", token=answer.data["secretId"]).status == 200
    ixon.enter_carefully(otp=code).assert_page(401, INVALID)


def test_ixon_a_trusted_device_needs_no_code(here):
    """Once a code has vouched for a device, it is a second factor itself."""
    trusted = {"expiresIn": 60, "trustedDeviceName": "Office"}
    first = here.ixon.enter_carefully(trusted, otp=here.code(), device=PHONE)
    assert first.status == 201

    again = here.ixon.enter_carefully(device=PHONE.upper())

    assert again.status == 201
    token = again.data["secretId"]
    careful = here.ixon.holding(token)
    careful.patch(f"/roles/{careful.own_role()}", {"enforce2fa": True})
    assert careful.get("/agents").status == 200


def test_ixon_other_devices_need_one(here):
    """Another device, or none, is not trusted; nor is it with another password."""
    trusted = {"expiresIn": 60, "trustedDeviceName": "Office"}
    here.ixon.enter_carefully(trusted, otp=here.code(), device=PHONE)

    here.ixon.enter_carefully(device=str(uuid.UUID(int=8))).assert_page(403, TWO_FACTORS)
    here.ixon.enter_carefully().assert_page(403, TWO_FACTORS)
    here.ixon.enter(email=here.ixon.known["otp_email"], password="wrong", device=PHONE).assert_page(
        401, INVALID
    )


def test_ixon_a_device_is_trusted_only_on_purpose(here):
    """A code with a device, but without a name for it, makes nothing trusted."""
    here.ixon.enter_carefully(otp=here.code(), device=PHONE)

    here.ixon.enter_carefully(device=PHONE).assert_page(403, TWO_FACTORS)


def test_ixon_a_device_that_is_named_names_itself(here):
    """To trust a device its identifier is needed; the code is not used up by the mistake."""
    trusted = {"expiresIn": 60, "trustedDeviceName": "Office"}

    here.ixon.enter_carefully(trusted, otp=here.code()).assert_refused(
        400, "Required header", "Api-Device-Identifier"
    )
    assert here.ixon.enter_carefully(trusted, otp=here.code(), device=PHONE).status == 201


def test_ixon_a_device_identifier_is_a_uuid(ixon: Ixon):
    """What is none is told before anything else is looked at."""
    ixon.enter(device="my phone").assert_refused(400, "Invalid value", "Api-Device-Identifier")


def test_ixon_enrolling(here):
    """A secret counts once it is proved; then the log-in asks for it."""
    plain, now = here.ixon, int(here.clock.now())
    answer = plain.post(f"{OTP_AUTH}/enable")
    assert (answer.status, answer.json["type"]) == (201, "MyUserOtpAuthEnable")
    secret = answer.data["secret"]
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    assert plain.enter().status == 201

    wrong = plain.post(f"{OTP_AUTH}/verify", {"oneTimePassword": pyotp.TOTP(secret).at(now + 90)})
    wrong.assert_refused(400, "Invalid value", "oneTimePassword")
    proof = {"oneTimePassword": pyotp.TOTP(secret).at(now), "deviceName": "Phone"}
    assert plain.post(f"{OTP_AUTH}/verify", proof).status == 200

    plain.enter().assert_page(403, TWO_FACTORS)
    plain.enter(otp=pyotp.TOTP(secret).at(now)).assert_page(401, INVALID)
    assert plain.enter(otp=pyotp.TOTP(secret).at(now + 30)).status == 201
    mine = plain.get("/users/me").data["otpAuth"]
    assert (mine["required"], mine["deviceName"], mine["type"]) == (True, "Phone", "app")


def test_ixon_enrolling_twice(here, careful: Ixon):
    """Who has a second factor gives it up before getting another."""
    careful.post(f"{OTP_AUTH}/enable").assert_refused(400, "Invalid value", "otpAuth")


def test_ixon_nothing_to_prove(ixon: Ixon):
    """Without an offered secret every code is wrong."""
    somebody = ixon.tenant("--tenant", "Nothing to prove")

    somebody.post(f"{OTP_AUTH}/verify", {"oneTimePassword": "123456"}).assert_refused(
        400, "Invalid value", "oneTimePassword"
    )


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({}, "Required property", "oneTimePassword"),
        ({"oneTimePassword": "12345"}, "Value does not match regex expression", "oneTimePassword"),
        ({"oneTimePassword": 123456}, "Invalid value", "oneTimePassword"),
        ({"oneTimePassword": "123456", "deviceName": ""}, "Value is too short", "deviceName"),
        ({"oneTimePassword": "123456", "deviceName": "x" * 256}, "Value is too long", "deviceName"),
    ],
)
def test_ixon_malformed_proofs(ixon: Ixon, body: object, message: str, field: str):
    """What cannot be a proof is told with its field."""
    ixon.post(f"{OTP_AUTH}/verify", body).assert_refused(400, message, field)


def test_ixon_giving_it_up(here, careful: Ixon):
    """With a token made with a code nothing else is needed; trust in devices ends with it."""
    careful.enter_carefully(
        {"expiresIn": 60, "trustedDeviceName": "Office"}, otp=here.code(), device=PHONE
    )

    assert careful.post(f"{OTP_AUTH}/disable").status == 200

    assert careful.enter_carefully().status == 201
    careful.enter_carefully(otp=here.code(1)).assert_page(401, INVALID)
    assert careful.get("/users/me").data["otpAuth"]["required"] is False


def test_ixon_giving_it_up_needs_it(here):
    """A token from before the second factor needs a code to end it."""
    plain, now = here.ixon, int(here.clock.now())
    seen = pyotp.TOTP(plain.post(f"{OTP_AUTH}/enable").data["secret"])
    plain.post(f"{OTP_AUTH}/verify", {"oneTimePassword": seen.at(now)})

    plain.post(f"{OTP_AUTH}/disable").assert_page(403, TWO_FACTORS)
    plain.post(f"{OTP_AUTH}/disable", {"oneTimePassword": seen.at(now)}).assert_refused(
        400, "Invalid value", "oneTimePassword"
    )
    fresh = {"oneTimePassword": seen.at(now + 30)}
    assert plain.post(f"{OTP_AUTH}/disable", fresh).status == 200
    assert plain.get("/users/me").data["otpAuth"]["required"] is False
    assert plain.enter().status == 201
