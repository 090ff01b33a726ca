"""Declared header fields: checked before credentials, all faults in one answer, documented."""

from failwell.core.contract import Contract
from failwell.core.exceptions import AuthenticationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.server.frameworks.starlette import build_api
from failwell.server.headers import Headers
from failwell.server.operation import Operation, Reply
from failwell.server.principal import Principal
from tests.server.library_api import CONNIX, call

VERSION = {
    "type": "object",
    "properties": {
        "Api-Version": {"type": "integer", "enum": [2], "description": "Always 2."},
        "Api-Place": {"type": "string", "pattern": "^[0-9]{4}$"},
    },
    "required": ["Api-Version"],
}


class Forms:
    """Wants a token, and says by itself when it is too short."""

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        raise AuthenticationError(situation=Situation.NO_CREDENTIALS)

    def header_flaws(self, headers: Headers, *, accepted: tuple[str, ...]) -> tuple[Violation, ...]:
        if len(headers.get("Authorization", "")) > 5:
            return ()
        place = Location(("Authorization",), "header")
        return (Violation(code="invalid_format", detail="Too short", location=place),)


async def read(_call):
    return Reply(body={"found": True})


def app(*, contract: Contract = CONNIX, auth: tuple[str, ...] = ()):
    operation = Operation(
        method="GET",
        path="/books",
        handler=read,
        id="read",
        summary="Read.",
        headers=VERSION,
        auth=auth,
    )
    return build_api(
        [operation], contract, authenticator=Forms(), security={"bearer": {"type": "http"}}
    )


def fields(answer):
    return [(each["field"], each["code"]) for each in answer.error["details"]]


async def test_header_fields_have_their_declared_types():
    """An integer field with the right number passes; a wrong one, and an absent one, do not."""
    good = await call(app(), "GET", "/books", (b"api-version", b"2"))
    wrong = await call(app(), "GET", "/books", (b"api-version", b"3"))
    absent = await call(app(), "GET", "/books", (b"api-place", b"x"))

    assert good.status == 200
    assert fields(wrong) == [("Api-Version", "invalid_choice")]
    assert sorted(fields(absent)) == [
        ("Api-Place", "invalid_format"),
        ("Api-Version", "required"),
    ]


async def test_the_form_of_credentials_is_reported_with_the_other_fields():
    """One answer names every field that is badly written, before anything is looked up."""
    protected = app(auth=("bearer",))

    answer = await call(protected, "GET", "/books", (b"authorization", b"abc"))
    well_formed = await call(
        protected, "GET", "/books", (b"authorization", b"abcdef"), (b"api-version", b"2")
    )

    assert fields(answer) == [
        ("Api-Version", "required"),
        ("Authorization", "invalid_format"),
    ]
    assert well_formed.status == 401


async def test_a_contract_can_word_an_absent_header_in_its_own_way():
    """`required:header` stands before `required` for what is missing from the header fields."""
    answer = await call(app(contract=Contract.loads(NARROWED)), "GET", "/books")

    assert answer.json["items"] == [{"code": "absent_header", "says": "Required header"}]


async def test_header_fields_are_documented():
    """The OpenAPI document has them as parameters."""
    document = (await call(app(), "GET", "/openapi.json")).json

    parameters = document["paths"]["/books"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in parameters] == [
        ("Api-Version", "header", True),
        ("Api-Place", "header", False),
    ]


NARROWED = """
contract: 1
api: {name: Narrow}
envelope:
  error: $code
  items?:
    - code: $code
      says: $message
violations:
  missing: {for: [required], says: It is absent., message: Required}
  absent_header: {for: ['required:header'], says: It is absent., message: Required header}
  wrong: {for: ['*'], says: It is wrong., message: Wrong}
codes:
  bad: {status: 400, message: Bad}
  broken: {status: 500, message: Broken}
answers: {invalid: bad, crash: broken}
"""
