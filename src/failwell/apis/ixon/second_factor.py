"""``/users/me/otp-auth``: getting a second factor, and giving it up.

No company is needed for it, so that somebody whose role asks for a second factor can get
one.
"""

from sqlalchemy import Connection

from failwell.apis.ixon.authentication import second_factor_missing
from failwell.apis.ixon.caller import caller_of
from failwell.apis.ixon.operations import for_person
from failwell.apis.ixon.people_rows import (
    disable_otp,
    enable_otp,
    find_person,
    fitting_step,
    note_wrong_code,
    set_pending_otp,
    use_step,
)
from failwell.apis.ixon.wire import nothing, one, reply
from failwell.core.clock import Clock
from failwell.core.exceptions import ConflictError, ValidationError
from failwell.core.situation import Situation
from failwell.security.totp import matching_step, new_totp_secret
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, answer, text
from failwell.stores.database import Database

__all__ = ["SecondFactor"]

_PATH = "/users/me/otp-auth"
_CODE: Schema = {"type": "string", "pattern": "^[0-9]{6}$"}
_SECRET: Schema = answer(secret={"type": "string", "pattern": "^[A-Z2-7]{32}$"})

_PROOF: Schema = {
    "type": "object",
    "properties": {
        "oneTimePassword": _CODE,
        "deviceName": {**text(1, 255), "type": ["string", "null"]},
    },
    "required": ["oneTimePassword"],
}
_GOODBYE: Schema = {
    "type": "object",
    "properties": {
        "oneTimePassword": {
            **_CODE,
            "description": "Needed when the token was made without one.",
        }
    },
}


class SecondFactor:
    """The endpoints of one's own second factor.

    Args:
        database: ``ixon.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def enable(self, call: Call) -> Reply:
        """Offer a secret; it counts once a code proves that it has arrived."""
        person, secret = caller_of(call).person, new_totp_secret()
        offered = await self._database.write(
            lambda connection: set_pending_otp(connection, person, secret)
        )
        if not offered:
            raise ConflictError(resource_type="second_factor", field="otpAuth")
        return reply("MyUserOtpAuthEnable", {"secret": secret})

    async def verify(self, call: Call) -> Reply:
        """Make the offered secret the second factor."""
        person, now = caller_of(call).person, self._clock.now()
        code, device_name = call.body["oneTimePassword"], call.body.get("deviceName")

        def prove(connection: Connection) -> None:
            pending = find_person(connection, person)["otp_pending"]
            step = None if pending is None else matching_step(pending, code, now=now)
            if step is None:
                raise _wrong_code()
            enable_otp(connection, person, pending, device_name=device_name, step=step, now=now)

        await self._database.write(prove)
        return reply("MyUserOtpAuthVerify")

    async def disable(self, call: Call) -> Reply:
        """Give up the second factor; a token made without it needs a code."""
        caller, now = caller_of(call), self._clock.now()
        code = (call.body or {}).get("oneTimePassword")

        def give_up(connection: Connection) -> bool:
            row = find_person(connection, caller.person)
            if row["otp_secret"] is not None and not caller.second_factor:
                if code is None:
                    raise second_factor_missing()
                step = fitting_step(row, code, now=now)
                if step is None or not use_step(connection, caller.person, step):
                    note_wrong_code(connection, caller.person, now=now)
                    return False
            disable_otp(connection, caller.person)
            return True

        # Raised out here, or the count of wrong codes would be undone with the rest.
        if not await self._database.write(give_up):
            raise _wrong_code()
        return reply("MyUserOtpAuthDisable")

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_person(
                "MyUserOtpAuthEnable",
                "POST",
                f"{_PATH}/enable",
                self.enable,
                summary="Get a secret for an authenticator app.",
                status=201,
                returns=one("MyUserOtpAuthEnable", _SECRET),
                situations=(Situation.CONFLICT,),
            ),
            for_person(
                "MyUserOtpAuthVerify",
                "POST",
                f"{_PATH}/verify",
                self.verify,
                summary="Prove that the app has the secret; from then on it is asked for.",
                body=_PROOF,
                returns=nothing("MyUserOtpAuthVerify"),
                situations=(Situation.UNPROCESSABLE,),
            ),
            for_person(
                "MyUserOtpAuthDisable",
                "POST",
                f"{_PATH}/disable",
                self.disable,
                summary="Give up the second factor.",
                body=_GOODBYE,
                body_required=False,
                returns=nothing("MyUserOtpAuthDisable"),
                situations=(Situation.UNPROCESSABLE, Situation.SECOND_FACTOR),
            ),
        )


def _wrong_code() -> ValidationError:
    return ValidationError(
        situation=Situation.UNPROCESSABLE, field="oneTimePassword", reason="wrong or used"
    )
