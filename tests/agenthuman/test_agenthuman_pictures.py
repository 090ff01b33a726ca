"""Pictures of AgentHuman: really fetched, really decoded, and never trusted."""

import base64
import io
import struct
from collections.abc import Callable
from functools import partial

import pytest
from PIL import Image

from tests.agenthuman.agenthuman_client import AgentHuman, Answer
from tests.agenthuman.conftest import Host
from tests.agenthuman.drawn_pictures import garbage, picture, png_of, sending

Draw = Callable[[], bytes]
"""Makes a picture when a test wants it: all of them take seconds."""


def stored(account: AgentHuman, answer: Answer, which: str = "image") -> Image.Image:
    """Fetch the stored picture and decode it."""
    got = account.get(answer.json[f"{which}_url"], prefix="")
    assert (got.status, got.headers["Content-Type"]) == (200, "image/jpeg")
    return Image.open(io.BytesIO(got.body))


def assert_unprocessable(answer: Answer, requirement: str, field: str = "image_url") -> None:
    """Check that a picture was refused for one rule."""
    assert answer.status == 422, answer.body
    assert answer.code == "unprocessable_entity"
    assert answer.details == {"field": field, "requirement": requirement}


@pytest.mark.parametrize(
    "draw",
    [
        partial(picture, "PNG"),
        partial(picture, "JPEG"),
        partial(picture, "GIF"),
        partial(picture, "WEBP"),
        partial(picture, "WEBP", lossless=True),
        partial(picture, "PNG", mode="RGBA"),
        partial(picture, "PNG", mode="P"),
        partial(picture, "PNG", mode="1"),
        partial(picture, "PNG", mode="I;16"),
        partial(picture, "JPEG", mode="L"),
        partial(picture, "JPEG", mode="CMYK"),
        partial(picture, "JPEG", progressive=True),
        partial(picture, "PNG", size=(1, 1)),
        partial(picture, "JPEG", size=(3000, 2)),
    ],
    ids=range(14),
)
def test_agenthuman_every_format_is_read(fetching: AgentHuman, upload, draw: Draw):
    """JPEG, PNG, GIF and WebP in all their modes become an avatar with picture and preview."""
    answer = upload(sending(draw()))

    assert answer.status == 201, answer.body
    members = ["success", "avatar_id", "parent_id", "image_url", "preview_url", "message"]
    assert list(answer.json) == members
    assert answer.json["avatar_id"].startswith("avat_")
    assert max(stored(fetching, answer).size) <= 1024
    assert max(stored(fetching, answer, "preview").size) <= 256


def test_agenthuman_the_picture_is_the_one_that_was_sent(fetching: AgentHuman, host: Host, upload):
    """One request is made, as a browser would make it, and the pixels arrive."""
    answer = upload(sending(picture(), media="text/plain"))

    image = stored(fetching, answer).convert("RGB")
    assert image.size == (640, 480)
    assert [request[:2] for request in host.requests] == [("GET", "/face.png")]
    left, right = image.getpixel((160, 240)), image.getpixel((620, 20))
    assert all(abs(a - b) < 12 for a, b in zip(left, (255, 215, 0), strict=True))
    assert all(abs(a - b) < 12 for a, b in zip(right, (0, 0, 128), strict=True))


def test_agenthuman_nothing_but_pixels_is_kept(fetching: AgentHuman, upload):
    """Places and comments of a file are not passed on; its orientation is followed."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "canary-gps"
    body = picture("JPEG", exif=exif, comment=b"canary-comment")

    answer = upload(sending(body))

    image = stored(fetching, answer)
    assert image.size == (480, 640)
    got = fetching.get(answer.json["image_url"], prefix="").body
    assert b"canary" in body
    assert b"canary" not in got


def test_agenthuman_an_uploaded_face_is_a_character_with_a_look(account: AgentHuman):
    """The look is ready for sessions; both stand in the lists, before the public ones."""
    url = account.get("/avatars/upload-face").json["upload"]["sample_image_url"]

    made = account.post("/avatars/upload-face", {"image_url": url, "name": "Me"}).json

    look = account.get(f"/avatars/{made['avatar_id']}").json["avatar"]
    character = account.get(f"/avatars/{made['parent_id']}").json["avatar"]
    assert (look["name"], look["is_public"], look["parent_id"]) == ("Me", False, made["parent_id"])
    assert (character["parent_id"], character["looks_count"]) == (None, 1)
    assert account.get(character["preview_img_url"], prefix="").body[:3] == b"\xff\xd8\xff"
    everything = account.get("/avatars").json["avatars"]
    assert [avatar["is_public"] for avatar in everything] == [False, False] + [True] * 6
    characters = account.get("/avatars?characters_only=true").json["avatars"]
    assert {avatar["parent_id"] for avatar in characters} == {None}
    assert len(characters) == 3
    looks = account.get(f"/avatars?parent_id={made['parent_id']}").json["avatars"]
    assert looks == [look]
    assert account.session(avatar_id=made["avatar_id"])


def test_agenthuman_public_avatars_have_pictures(agenthuman: AgentHuman):
    """Each public avatar has a portrait of its own, the same one every time."""
    avatars = agenthuman.get("/avatars/public").json["avatars"]

    portraits = [agenthuman.get(each["preview_img_url"], prefix="") for each in avatars]

    assert {each.headers["Content-Type"] for each in portraits} == {"image/jpeg"}
    assert len({each.body for each in portraits}) == len(avatars) == 6
    again = agenthuman.get(avatars[0]["preview_img_url"], prefix="")
    assert again.body == portraits[0].body


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_agenthuman_a_picture_may_be_in_the_body(account: AgentHuman, prefix: str):
    """Base64 works too, with or without the beginning of a data URL."""
    text = prefix + base64.b64encode(picture()).decode()

    answer = account.post("/avatars/upload-face", {"image_base64": text})

    assert answer.status == 201
    assert stored(account, answer).size == (640, 480)


@pytest.mark.parametrize(
    ("body", "field", "requirement"),
    [
        ({}, "image_url", "required"),
        ({"name": "Me"}, "image_url", "required"),
        ({"image_url": "https://a.example/", "image_base64": "AAAA"}, "image_base64", "exclusive"),
        ({"image_url": "ftp://a.example/x.png"}, "image_url", "format"),
        ({"image_url": "file:///etc/passwd"}, "image_url", "format"),
        ({"image_url": "https://user:word@a.example/x.png"}, "image_url", "format"),
        ({"image_url": "face.png"}, "image_url", "format"),
        ({"image_url": ["https://a.example/"]}, "image_url", "type"),
        ({"image_base64": "not base64!"}, "image_base64", "format"),
        ({"image_url": "https://a.example/", "name": ""}, "name", "required"),
    ],
)
def test_agenthuman_exactly_one_picture_is_wanted(
    agenthuman: AgentHuman, body, field: str, requirement: str
):
    """None, two, or something that is no address of a picture is 400."""
    answer = agenthuman.post("/avatars/upload-face", body)

    assert answer.status == 400
    assert answer.details == {"field": field, "requirement": requirement}


NO_PICTURES = {
    "bmp": partial(picture, "BMP"),
    "tiff": partial(picture, "TIFF"),
    "ico": partial(picture, "ICO", size=(64, 64)),
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "html": lambda: b"<!doctype html><title>Not found</title>",
    "eps": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "zip": lambda: b"PK\x03\x04" + bytes(100),
    "empty": lambda: b"",
    "noise": lambda: bytes(range(256)) * 40,
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_agenthuman_s09_another_type_is_unprocessable(upload, kind: str):
    """What is no JPEG, PNG, GIF or WebP is 422, whatever its host says it is."""
    assert_unprocessable(upload(sending(NO_PICTURES[kind](), media="image/png")), "type")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_agenthuman_s09_a_truncated_picture_is_unprocessable(upload, form: str):
    """Half a picture is refused, not shown in half."""
    whole = picture(form, size=(900, 700))

    answer = upload(sending(whole[: len(whole) // 2]))

    assert answer.status == 422
    assert answer.details["requirement"] in ("readable", "type")


def test_agenthuman_s09_a_picture_with_a_broken_middle_is_unprocessable(upload):
    """Bytes that were changed on the way are noticed by the checksums of PNG."""
    body = bytearray(picture())
    body[len(body) // 2] ^= 0xFF

    assert_unprocessable(upload(sending(bytes(body))), "readable")


@pytest.mark.parametrize(
    "draw",
    [
        partial(png_of, 5001, 5000),
        partial(png_of, 20_000, 20_000),
        partial(png_of, 100_000, 100_000),
        lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x00\x00\x00" + bytes(60),
        partial(picture, "GIF", size=(6000, 6000)),
        partial(picture, "WEBP", size=(6000, 6000), quality=1),
    ],
    ids=["just", "bomb", "huge", "gif-screen", "gif", "webp"],
)
def test_agenthuman_s09_a_bomb_is_defused(fetching: AgentHuman, upload, draw: Draw):
    """A small file of very many pixels is refused by its head, before they take any memory."""
    body = draw()
    before = fetching.server.memory

    answer = upload(sending(body))

    assert answer.status == 422
    assert answer.details["requirement"] in ("max_pixels", "type")
    assert fetching.server.memory - before < 100_000_000


def test_agenthuman_s09_a_jpeg_of_a_thousand_scans_is_refused(upload):
    """Scans that are repeated for ever would keep a decoder busy for minutes."""
    body = picture("JPEG", progressive=True, size=(2000, 2000))
    start = body.rindex(b"\xff\xda")
    scan, end = body[start:-2], body[-2:]

    answer = upload(sending(body[:start] + scan * 1000 + end))

    assert_unprocessable(answer, "readable")


@pytest.mark.parametrize("announced", [True, False])
def test_agenthuman_s09_a_file_that_is_too_large_is_unprocessable(upload, announced: bool):
    """10 MB are the most, whether the host announces the length or not."""
    body = picture() + bytes(10 * 1024 * 1024)

    def unannounced(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    assert_unprocessable(upload(sending(body) if announced else unannounced), "max_size")


def test_agenthuman_a_file_of_ten_megabytes_is_fine(upload):
    """The limit itself is allowed."""
    whole = picture("JPEG")

    assert upload(sending(whole + bytes(10 * 1024 * 1024 - len(whole)))).status == 201


def test_agenthuman_a_refused_picture_leaves_nothing(fetching: AgentHuman, host: Host):
    """After any refusal the account has no more avatars than before."""
    account = fetching.account()
    body = {"image_url": f"{host.url}/x.png"}
    host.answer = sending(b"no picture")

    assert account.post("/avatars/upload-face", body).status == 422
    host.answer = garbage
    assert account.post("/avatars/upload-face", body).status == 502

    assert {avatar["is_public"] for avatar in account.get("/avatars").json["avatars"]} == {True}
