"""Who is calling IXON: a token as Bearer, or for a new token e-mail and password as Basic.

The form of the header fields has been checked before; here their values are, in this
order: the application, the credentials, the company, the second factor.
"""

from failwell.apis.ixon.authorization_field import (
    AUTHORIZATION,
    authorization_flaws,
    parse_authorization,
)
from failwell.apis.ixon.caller import Caller
from failwell.apis.ixon.people_rows import fitting_step, note_wrong_code
from failwell.apis.ixon.permissions import SCOPES, allowed
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.session_rows import Login, Session, find_login, find_session
from failwell.core.clock import Clock, moment
from failwell.core.exceptions import AuthenticationError, PermissionDeniedError
from failwell.core.fault import Violation
from failwell.core.situation import Situation
from failwell.security.keys import digest
from failwell.security.passwords import Passwords
from failwell.server.headers import Headers
from failwell.stores.accounts import AccountStore, User
from failwell.stores.credentials import Credential, CredentialStore
from failwell.stores.database import Database

__all__ = [
    "ACCESS_TOKEN",
    "API",
    "DEVICE",
    "SECURITY",
    "IxonAuthenticator",
    "refused",
    "second_factor_missing",
]

API = "ixon"
"""The name its credentials are stored under."""

ACCESS_TOKEN = "access-token"  # noqa: S105  # names a kind, holds no secret
"""Kind of credential: a token, from a log-in or from the operator."""

DEVICE = "Api-Device-Identifier"
"""The field in which a device names itself."""

SECURITY = {
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "E-mail address, one-time password (may be empty) and password, with"
        " colons between them.",
    },
    "bearer": {"type": "http", "scheme": "bearer"},
    "member": {
        "type": "http",
        "scheme": "bearer",
        "description": "The person behind the token belongs to the company in Api-Company.",
    },
}
"""The security schemes of the documents."""


class IxonAuthenticator:
    """Finds the person behind a token or a log-in; implements `FormAuthenticator`.

    Args:
        database: ``ixon.db``.
        accounts: Where log-ins are kept.
        credentials: Where tokens are kept.
        passwords: Checks passwords.
        everything: Every operation there is, as scopes of tokens name them.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        database: Database,
        *,
        accounts: AccountStore,
        credentials: CredentialStore,
        passwords: Passwords,
        everything: frozenset[str],
        clock: Clock,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._credentials = credentials
        self._passwords = passwords
        self._everything = everything
        self._clock = clock

    def header_flaws(self, headers: Headers, *, accepted: tuple[str, ...]) -> tuple[Violation, ...]:
        """List what is wrong with the form of the credentials."""
        return authorization_flaws(headers.get(AUTHORIZATION), basic="basic" in accepted)

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Caller:
        """Find out who is calling.

        Raises:
            AuthenticationError: The application, the credentials or the company is wrong.
            PermissionDeniedError: A second factor is missing.
        """
        if "basic" in accepted:
            return await self._by_login(headers)
        return await self._by_token(headers, within_company="member" in accepted)

    async def _by_token(self, headers: Headers, *, within_company: bool) -> Caller:
        company = headers["Api-Company"] if within_company else None
        credential = await self._credential(headers[AUTHORIZATION])
        application, now = headers["Api-Application"], self._clock.now()
        session = await self._database.read(
            lambda connection: find_session(
                connection,
                token_id=None if credential is None else credential.id,
                application_id=application,
                company_id=company,
                now=now,
            )
        )
        if not session.application_known:
            raise refused("unknown", "Api-Application")
        if credential is None:
            raise refused("unknown")
        _check_life(credential, now)
        if session.token is None:
            raise refused("other_application")
        if company is not None:
            _check_member(session)
        self._credentials.used(credential)
        return self._caller(credential, session.token, session, application, company)

    async def _credential(self, authorization: str) -> Credential | None:
        given = parse_authorization(authorization)
        if given is None or given.kind != "bearer":
            return None
        found = await self._credentials.find_by_secret(given.credentials, api=API)
        return found if found is not None and found.kind == ACCESS_TOKEN else None

    def _caller(
        self,
        credential: Credential,
        token: Row,
        session: Session,
        application: str,
        company: str | None,
    ) -> Caller:
        granted = {each for role in session.roles for each in role["permissions"]}
        permissions = [each for each in SCOPES if each in granted and each in credential.scopes]
        return Caller(
            id=credential.id,
            kind="bearer" if company is None else "member",
            tenant=company,
            user=token["user_id"],
            scopes=(*permissions, *allowed(token["scope"], self._everything)),
            person=token["user_id"],
            application=application,
            home=credential.tenant_id,
            second_factor=token["second_factor"],
        )

    async def _by_login(self, headers: Headers) -> Caller:
        given = parse_authorization(headers[AUTHORIZATION])
        parts = given.login() if given is not None and given.kind == "basic" else None
        email, otp, password = parts or ("", "", "")
        user = await self._accounts.find_user(email, api=API)
        login = await self._login(headers, user)
        if not login.application_known:
            raise refused("unknown", "Api-Application")
        stored = None if user is None or login.person is None else user.password_hash
        matches = (await self._passwords.check(password, stored)).matches
        if user is None or login.person is None or not matches:
            raise refused("unknown")
        step = await self._second_factor(login.person, otp, trusted=login.device_trusted)
        return Caller(
            id=user.id,
            kind="basic",
            user=user.id,
            person=user.id,
            application=headers["Api-Application"],
            home=user.tenant_id,
            second_factor=step is not None or login.device_trusted,
            otp_step=step,
        )

    async def _login(self, headers: Headers, user: User | None) -> Login:
        device, application = headers.get(DEVICE), headers["Api-Application"]
        return await self._database.read(
            lambda connection: find_login(
                connection,
                user_id=None if user is None else user.id,
                application_id=application,
                device_hash=None if device is None else digest(device.lower()),
            )
        )

    async def _second_factor(self, person: Row, otp: str, *, trusted: bool) -> int | None:
        """Find the step of a one-time password; ``None`` when none was needed."""
        if not otp:
            if person["otp_secret"] is None or trusted:
                return None
            raise second_factor_missing()
        now = self._clock.now()
        step = fitting_step(person, otp, now=now)
        if step is None:
            await self._database.write(
                lambda connection: note_wrong_code(connection, person["id"], now=now)
            )
            raise refused("one_time_password")
        return step


def _check_life(credential: Credential, now: float) -> None:
    refusal = credential.refusal(now)
    if refusal == "revoked":
        raise refused("revoked")
    if refusal == "expired" and credential.expires_at is not None:
        raise AuthenticationError(
            situation=Situation.EXPIRED_CREDENTIALS,
            kind="access_token",
            expired_at=moment(credential.expires_at),
        )


def _check_member(session: Session) -> None:
    if not session.roles:
        raise refused("unknown", "Api-Company")
    enforced = any(role["enforce2fa"] for role in session.roles)
    if enforced and session.token is not None and not session.token["second_factor"]:
        raise second_factor_missing()


def refused(reason: str, field: str = AUTHORIZATION) -> AuthenticationError:
    """Make the fault of a value that is well written and not good.

    Args:
        reason: Why, for the log.
        field: The header field it stands in.
    """
    return AuthenticationError(situation=Situation.BAD_CREDENTIALS, reason=reason, field=field)


def second_factor_missing() -> PermissionDeniedError:
    """Make the fault of a caller who has to prove more than to know a password."""
    return PermissionDeniedError(situation=Situation.SECOND_FACTOR)
