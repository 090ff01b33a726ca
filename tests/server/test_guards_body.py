"""A body is refused for its type, its coding or its JSON, with the place and without an echo."""

import asyncio

import pytest

from failwell.core.exceptions import BadRequestError
from failwell.server.guards.body import check_coding, check_type, parse_json, read_body
from failwell.server.headers import Headers
from tests.server.library_api import JSON_TYPE, WRITER, call, library


@pytest.mark.parametrize(
    "value",
    [
        b"application/json",
        b"Application/JSON; charset=UTF-8",
        b'application/json;charset="utf-8"',
        b"application/json; profile=x",
    ],
)
def test_json_is_json_however_it_is_written(value):
    """Case, spaces and parameters without meaning do not matter."""
    check_type(Headers([(b"content-type", value)]), "application/json")


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b"content-type", b"text/plain")],
        [(b"content-type", b"application/json; charset=latin1")],
        [(b"content-type", b"application/problem+json")],
        [(b"content-type", b"application/x-www-form-urlencoded")],
        [(b"content-type", b"not a type")],
        [(b"content-type", b"application/json"), (b"content-type", b"text/plain")],
    ],
)
def test_another_type_is_refused(fields):
    """The type that would do is told, the one that was sent is not."""
    with pytest.raises(BadRequestError) as caught:
        check_type(Headers(fields), "application/json")

    assert caught.value.situation == "wrong_type"
    assert caught.value.params == {"expected": "application/json"}


@pytest.mark.parametrize(
    ("value", "told"),
    [(b"gzip", "gzip"), (b" BR ", "br"), (b"zorp", None), (b"gzip, br", None)],
)
def test_a_compressed_body_is_refused(value, told):
    """A known coding is named; what a caller made up is not repeated."""
    with pytest.raises(BadRequestError) as caught:
        check_coding(Headers([(b"content-encoding", value)]))

    assert caught.value.situation == "bad_encoding"
    assert caught.value.params.get("encoding") == told


def test_an_unchanged_body_may_say_so():
    """``identity`` is no coding."""
    check_coding(Headers([(b"content-encoding", b"identity")]))
    check_coding(Headers())


@pytest.mark.parametrize(
    ("data", "situation", "params"),
    [
        (b'{"a": 1,}', "bad_json", {"reason": "syntax", "token": "}", "position": 8}),
        (b"", "bad_json", {"reason": "syntax", "token": None, "position": 0}),
        (b'{"a": 1, "a": 2}', "bad_json", {"reason": "duplicate_key"}),
        (b"[1e400]", "bad_json", {"reason": "number_out_of_range"}),
        (b'"\xff"', "bad_encoding", {"position": 1}),
    ],
)
async def test_broken_json_is_told_with_its_place(data, situation, params):
    """Reason, character and position of the first flaw reach the contract."""
    with pytest.raises(BadRequestError) as caught:
        await parse_json(data)

    assert caught.value.situation == situation
    assert params.items() <= caught.value.params.items()


async def test_a_hostile_megabyte_holds_up_nobody():
    """While a large broken body is looked at, the event loop goes on turning."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    with pytest.raises(BadRequestError):
        await parse_json(b"[" + b"[]," * 300_000)
    turning.cancel()

    assert turns > 10


async def test_a_caller_who_leaves_is_no_body():
    """A body that breaks off is not taken for a short one."""
    messages = [
        {"type": "http.request", "body": b'{"a"', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive():
        return messages.pop(0)

    with pytest.raises(ConnectionResetError):
        await read_body(receive)


async def test_chunks_are_put_together():
    """A body in several pieces is one body."""
    answer = await call(
        library(), "POST", "/api/v1/books", WRITER, JSON_TYPE, body=[b'{"na', b"", b'me":"A"}']
    )

    assert answer.status == 201


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_type_without_a_body_is_fine(method):
    """A GET may say what it would send if it sent something."""
    answer = await call(library(), method, "/api/v1/books", WRITER, JSON_TYPE)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("headers", "body", "details"),
    [
        ([JSON_TYPE], b'{"name":"x",}', "Unexpected token '}' at position 12"),
        ([JSON_TYPE], b"", "Unexpected end of input at position 0"),
        ([], b'{"name":"x"}', "Expected content type application/json"),
        (
            [JSON_TYPE, (b"content-encoding", b"gzip")],
            b"\x1f\x8b",
            "Content encoding gzip is not supported",
        ),
        ([JSON_TYPE], b'{"name":"\xff"}', "Body is not valid UTF-8 at position 9"),
    ],
)
async def test_the_page_words_every_refusal(headers, body, details):
    """Connix's answer says which of its reasons it was."""
    answer = await call(library(), "POST", "/api/v1/books", WRITER, *headers, body=body)

    assert (answer.status, answer.error["code"]) == (400, "invalid_json")
    assert answer.error["details"] == details


@pytest.mark.parametrize(("method", "path"), [("POST", "/books"), ("GET", "/books")])
async def test_too_large_is_too_large_everywhere(method, path):
    """A body past the limit is refused where it is wanted and where it is ignored."""
    app = library(max_body=100)

    for body in (b"x" * 101, [b"x" * 60, b"x" * 60]):
        answer = await call(app, method, f"/api/v1{path}", WRITER, JSON_TYPE, body=body)
        assert answer.error["details"][0]["message"] == "Body must be at most 100 bytes"
