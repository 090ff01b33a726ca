"""Pictures of AgentHuman: really fetched, really decoded, and never trusted."""

import base64
import io
import struct
import threading
import time
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw

from tests.agenthuman.agenthuman_client import AgentHuman, Answer
from tests.agenthuman.conftest import Host, send
from tests.conftest import UNLIMITED
from tests.running_server import RunningServer

BAD_GATEWAY = {
    "error": {
        "code": "bad_gateway",
        "message": "The server received an invalid response from an upstream server",
        "details": {"upstream": "image host"},
    }
}


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHuman]:
    """An AgentHuman that may fetch from this machine, and waits a second for it."""
    settings = (*UNLIMITED, "outbound.allow=127.0.0.1/32", "agenthuman.deadline=1")
    server = RunningServer(tmp_path_factory.mktemp("pictures"), settings=settings)
    yield AgentHuman(server.wait_until_ready())
    server.stop()


@pytest.fixture
def upload(fetching: AgentHuman, host: Host):
    """Upload what the host answers."""

    def call(answer, **members) -> Answer:
        host.answer = answer
        return fetching.post(
            "/avatars/upload-face", {"image_url": f"{host.url}/face.png", **members}
        )

    return call


def picture(form: str = "PNG", *, mode: str = "RGB", size=(640, 480), **options) -> bytes:
    """Draw something and write it in a format."""
    image = Image.new("RGB", size, "navy")
    ImageDraw.Draw(image).ellipse((0, 0, size[0] // 2, size[1]), fill="gold")
    file = io.BytesIO()
    image.convert(mode).save(file, form, **options)
    return file.getvalue()


def sending(body: bytes, **how):
    """An answer with a body."""
    return lambda handler: send(handler, body, **how)


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
    "body",
    [
        picture("PNG"),
        picture("JPEG"),
        picture("GIF"),
        picture("WEBP"),
        picture("WEBP", lossless=True),
        picture("PNG", mode="RGBA"),
        picture("PNG", mode="P"),
        picture("PNG", mode="1"),
        picture("PNG", mode="I;16"),
        picture("JPEG", mode="L"),
        picture("JPEG", mode="CMYK"),
        picture("JPEG", progressive=True),
        picture("PNG", size=(1, 1)),
        picture("JPEG", size=(3000, 2)),
    ],
    ids=range(14),
)
def test_agenthuman_every_format_is_read(fetching: AgentHuman, upload, body: bytes):
    """JPEG, PNG, GIF and WebP in all their modes become an avatar with picture and preview."""
    answer = upload(sending(body))

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
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "ico": picture("ICO", size=(64, 64)),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "html": b"<!doctype html><title>Not found</title>",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "empty": b"",
    "noise": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_agenthuman_s09_another_type_is_unprocessable(upload, kind: str):
    """What is no JPEG, PNG, GIF or WebP is 422, whatever its host says it is."""
    assert_unprocessable(upload(sending(NO_PICTURES[kind], media="image/png")), "type")


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


def png_of(width: int, height: int) -> bytes:
    """Write a PNG of one colour, a thousandth of the size of its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = bytes(1 + (width + 7) // 8)
    packed = zlib.compress(row * min(height, 20_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "body",
    [
        png_of(5001, 5000),
        png_of(20_000, 20_000),
        png_of(100_000, 100_000),
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x00\x00\x00" + bytes(60),
        picture("GIF", size=(6000, 6000)),
        picture("WEBP", size=(6000, 6000), quality=1),
    ],
    ids=["just", "bomb", "huge", "gif-screen", "gif", "webp"],
)
def test_agenthuman_s09_a_bomb_is_defused(fetching: AgentHuman, upload, body: bytes):
    """A small file of very many pixels is refused by its head, before they take any memory."""
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


def garbage(handler) -> None:
    """Answer with what is no HTTP."""
    handler.wfile.write(b"\x00\x01\x02 this is no protocol\r\n\r\n")


def cut_off(handler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(picture()[:500])


def wrong_coding(handler) -> None:
    """Say that it is compressed when it is not."""
    send(handler, picture(), **{"Content-Encoding": "gzip"})


def hang(handler) -> None:
    """Answer later than anybody waits."""
    time.sleep(1.4)


def drip(handler) -> None:
    """Send a byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(8):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.2)


@pytest.mark.parametrize("answer", [garbage, cut_off, wrong_coding, hang, drip])
def test_agenthuman_s15_a_host_that_answers_garbage_is_a_bad_gateway(upload, answer):
    """What is no answer of HTTP, or comes too late, is 502; an attempt later it works."""
    refused = upload(answer)

    assert (refused.status, refused.json) == (502, BAD_GATEWAY)
    assert upload(sending(picture())).status == 201


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 410, 500, 503])
def test_agenthuman_s15_a_host_that_refuses_is_a_bad_gateway(upload, status: int):
    """Any status but 200 is a refusal, even with a picture below it."""
    body = b"" if status in (204, 304) else picture()

    answer = upload(sending(body, status=status))

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "http://127.0.0.2/x.png",
        "http://localhost:9/x.png",
        "http://[::1]/x.png",
        "http://10.0.0.1/x.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000001:9/x.png",
        "http://2130706433:9/x.png",
        "http://nowhere.invalid/x.png",
        "http://0.0.0.0:9/x.png",
    ],
)
def test_agenthuman_s15_private_addresses_are_not_called(agenthuman: AgentHuman, url: str):
    """An address inside, or one that leads nowhere, is 502 without delay and without a word."""
    began = time.monotonic()

    answer = agenthuman.post("/avatars/upload-face", {"image_url": url})

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)
    assert time.monotonic() - began < 9


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:{port}/", "http://169.254.169.254/", "file:///"]
)
def test_agenthuman_s15_a_redirect_to_a_private_address_is_not_followed(
    upload, host: Host, target: str
):
    """Each redirect is checked like the first address."""
    place = target.format(port=host.port)

    answer = upload(sending(b"", status=302, Location=place))

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)
    assert len(host.requests) == 1


def test_agenthuman_redirects_are_followed_three_times(upload, host: Host):
    """A picture may have moved; a circle ends."""

    def moved(handler) -> None:
        if handler.path == "/face.png":
            send(handler, b"", status=301, Location="/new.png")
        else:
            send(handler, picture())

    assert upload(moved).status == 201
    host.requests.clear()
    circle = upload(sending(b"", status=302, Location="/face.png"))
    assert (circle.status, circle.json) == (502, BAD_GATEWAY)
    assert len(host.requests) == 4


def test_agenthuman_a_refused_picture_leaves_nothing(fetching: AgentHuman, host: Host):
    """After any refusal the account has no more avatars than before."""
    account = fetching.account()
    body = {"image_url": f"{host.url}/x.png"}
    host.answer = sending(b"no picture")

    assert account.post("/avatars/upload-face", body).status == 422
    host.answer = garbage
    assert account.post("/avatars/upload-face", body).status == 502

    assert {avatar["is_public"] for avatar in account.get("/avatars").json["avatars"]} == {True}


def test_agenthuman_pictures_hold_nobody_up(fetching: AgentHuman, host: Host):
    """While the largest pictures are decoded, other requests are answered at once."""
    host.answer = sending(picture("PNG", size=(5000, 5000)))
    body = {"image_url": f"{host.url}/x.png"}
    statuses, waits = [], []

    def post() -> None:
        statuses.append(fetching.post("/avatars/upload-face", body).status)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        assert fetching.get("/roles").status == 200
        waits.append(time.monotonic() - began)
    assert statuses == [201] * 4
    assert sorted(waits)[len(waits) * 9 // 10] < 0.25


def test_agenthuman_too_many_pictures_at_once_are_refused(fetching: AgentHuman, host: Host):
    """A crowd of pictures gets its turn or a 503 with Retry-After, and nothing else."""
    body = {"image_base64": base64.b64encode(png_of(5000, 5000)).decode()}
    answers: list[Answer] = []

    def post() -> None:
        answers.append(fetching.post("/avatars/upload-face", body))

    threads = [threading.Thread(target=post) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status for answer in answers} == {201, 503}
    for answer in answers:
        if answer.status == 503:
            assert answer.code == "service_unavailable"
            assert answer.headers["Retry-After"] == "1"


def test_agenthuman_slow_hosts_of_one_account_hold_up_no_other(fetching: AgentHuman, host: Host):
    """An account that waits for many slow hosts gets 503 for more; others get their pictures."""
    greedy, other = fetching.account(), fetching.account()
    quick, slow = ({"image_url": f"{host.url}/{name}.png"} for name in ("quick", "slow"))
    host.answer = lambda at: hang(at) if at.path == "/slow.png" else send(at, picture())
    answers: list[Answer] = []

    def post() -> None:
        answers.append(greedy.post("/avatars/upload-face", slow))

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert other.post("/avatars/upload-face", quick).status == 201
    for thread in threads:
        thread.join()

    statuses = [answer.status for answer in answers]
    assert set(statuses) == {502, 503}
    assert statuses.count(502) >= 8
    assert greedy.post("/avatars/upload-face", quick).status == 201
