"""One attempt over real sockets: what is sent, what counts as delivered, how failures are named."""

import asyncio
import datetime
import socket
import ssl
from pathlib import Path
from typing import get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from failwell.outbound import attempt
from failwell.outbound.address import AddressGuard
from failwell.outbound.answer import KEPT_BODY, LONGEST_BODY
from failwell.outbound.attempt import AttemptSender
from failwell.outbound.target import TargetRules
from failwell.stores import outbox
from tests.webhooks.endpoint_host import EndpointHost, http, listening

BODY = b'{"type":"error.occurred"}'


def sender_for(host, **given):
    guard = AddressGuard([f"127.0.0.1:{host.port}"], strict=True)
    return AttemptSender(TargetRules(guard=guard), **given)


@pytest.fixture
async def host():
    """A receiver, listening."""
    async with listening(EndpointHost()) as host:
        yield host


@pytest.fixture
async def sender(host):
    """A sender that may call this receiver and nothing else on the machine."""
    sender = sender_for(host)
    yield sender
    await sender.close()


async def post(sender, host, **given):
    return await sender.post(host.url, headers={"webhook-id": "msg_1"}, body=BODY, **given)


def leads_to(monkeypatch, name, *addresses):
    """Answer for one name in place of the name server; says how often it was asked."""
    real = socket.getaddrinfo
    asked = []

    def look_up(host, port, *args, **kwargs):
        if host != name:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


async def test_the_body_goes_out_byte_for_byte(sender, host):
    """The bytes that were signed are the bytes that are sent, with the fields that were given."""
    attempted = await post(sender, host)

    (received,) = host.received
    assert attempted.error is None
    assert received.line == "POST /hook HTTP/1.1"
    assert received.body == BODY
    assert received.headers["webhook-id"] == "msg_1"
    assert received.headers["content-length"] == str(len(BODY))
    assert received.headers["user-agent"] == "failwell"


async def test_the_address_goes_out_as_it_was_written(sender, host):
    """A receiver that signs its own address finds it unchanged."""
    path = "/a%2Fb/%7Ec?sig=a%2Bb%2F=&x=%20y"

    await sender.post(f"http://127.0.0.1:{host.port}{path}", headers=(), body=BODY)

    assert host.received[0].line == f"POST {path} HTTP/1.1"


async def test_both_ends_of_the_outbox_use_the_same_words():
    """What the sender calls a failure is what the outbox stores."""
    assert get_args(attempt.AttemptError) == get_args(outbox.AttemptError)


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "204 No Content"])
async def test_webhooks_w08_any_2xx_is_delivered(sender, host, status):
    """Every 2xx is a success."""
    host.answer = http(status)

    attempted = await post(sender, host)

    assert (attempted.error, attempted.status) == (None, int(status[:3]))


@pytest.mark.parametrize(
    "status", ["301 Moved", "304 Not Modified", "400 Bad", "404 None", "410 Gone", "500 No"]
)
async def test_webhooks_w08_nothing_else_is_delivered(sender, host, status):
    """Every other status is a failure, with the answer kept for people."""
    host.answer = http(status, b"" if status.startswith("304") else b"no thanks", "X-Why: because")

    attempted = await post(sender, host)

    assert (attempted.error, attempted.status) == ("http", int(status[:3]))
    assert ("x-why", "because") in attempted.headers
    assert attempted.body == (b"" if status.startswith("304") else b"no thanks")


@pytest.mark.parametrize("length", [KEPT_BODY, LONGEST_BODY, LONGEST_BODY + 1, 5_000_000])
async def test_webhooks_w08_only_the_beginning_of_a_body_is_kept(sender, host, length):
    """4 KiB of an answer are kept, whatever its length, and a 2xx stays a success."""
    host.answer = http("200 OK", b"x" * length)

    attempted = await post(sender, host)

    assert (attempted.error, attempted.body) == (None, b"x" * KEPT_BODY)


async def test_webhooks_w08_an_endless_body_is_left_after_64_kib(sender, host):
    """No more than a bound is read of a body that never ends: the connection is closed."""
    written = []

    async def endless(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            written.append(65_536)
            await writer.drain()

    host.answer = endless

    attempted = await post(sender, host, total=5)

    assert (attempted.error, len(attempted.body)) == (None, KEPT_BODY)
    # What the sockets of both ends hold is far below this.
    assert sum(written) < 32_000_000


async def test_webhooks_w08_an_answer_is_not_decompressed(sender, host):
    """A small body cannot become a large one: it is kept as it came."""
    host.answer = http("200 OK", b"\x1f\x8b nonsense", "Content-Encoding: gzip")

    attempted = await post(sender, host)

    assert (attempted.error, attempted.body) == (None, b"\x1f\x8b nonsense")
    assert host.received[0].headers["accept-encoding"] == "identity"


async def test_header_fields_of_an_answer_are_bounded_and_readable(sender, host):
    """Fields are cut and counted, whatever bytes they have, and cookies are nobody's business."""
    many = [f"X-{number}: {'v' * 2_000}" for number in range(10)]
    host.answer = http(
        "200 OK", b"", "Set-Cookie: session=canary", "X-Odd: \xff\xfe\x1b[31m", *many
    )

    attempted = await post(sender, host)

    shown = dict(attempted.headers)
    assert shown["set-cookie"] == "***"
    assert shown["x-0"] == "v" * 1_024
    "".join(shown.values()).encode("utf-8")
    assert "canary" not in repr(attempted)


async def test_webhooks_w09_silence_is_cut_at_the_total(sender, host):
    """A receiver that takes the request and says nothing costs the total and no more."""
    host.answer = lambda _reader, _writer: asyncio.Event().wait()

    attempted = await post(sender, host, total=0.2)

    assert (attempted.error, attempted.status) == ("timeout", None)
    assert 0.19 < attempted.seconds < 2


async def test_webhooks_w09_trickling_is_cut_at_the_total(sender, host):
    """A receiver that sends a byte now and then is not waited for beyond the total."""

    async def trickle(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    host.answer = trickle

    attempted = await post(sender, host, total=0.3)

    assert (attempted.error, attempted.status) == ("timeout", 200)
    assert set(attempted.body) == set(b"x")
    assert 0.29 < attempted.seconds < 2


async def test_webhooks_w09_trickling_header_fields_is_cut_too(sender, host):
    """Nor does a head that never ends hold an attempt."""

    async def trickle(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    host.answer = trickle

    attempted = await post(sender, host, total=0.3)

    assert (attempted.error, attempted.status) == ("timeout", None)
    assert attempted.seconds < 2


async def test_webhooks_w09_connecting_has_a_limit_of_its_own(host):
    """A connection that does not come about is given up before the total."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        host.port = full.getsockname()[1]
        # A full queue of connections answers nothing more.
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", host.port))
        sender = sender_for(host)

        attempted = await post(sender, host, connect=0.2, total=10)

        await sender.close()
        for each in waiting:
            each.close()

    assert attempted.error == "timeout"
    assert attempted.seconds < 3


async def test_webhooks_w09_a_name_server_that_hangs_is_cut(host, sender, monkeypatch):
    """Looking up the name counts towards the time of connecting."""
    released = socket.socketpair()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: released[0].recv(1))

    attempted = await sender.post(
        f"http://slow.example:{host.port}/", headers=(), body=BODY, connect=0.2, total=10
    )
    for end in released:
        end.close()

    assert attempted.error == "timeout"
    assert attempted.seconds < 3


async def test_webhooks_w10_an_unknown_name_is_dns(sender, host, monkeypatch):
    """A name that leads nowhere has its own class."""
    leads_to(monkeypatch, "gone.example")

    attempted = await sender.post(f"http://gone.example:{host.port}/", headers=(), body=BODY)

    assert (attempted.error, attempted.status) == ("dns", None)


async def test_webhooks_w10_a_closed_port_is_connect(host):
    """Nobody listens: the connection failed."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host.port = unused.getsockname()[1]
        sender = sender_for(host)

        attempted = await post(sender, host)

    await sender.close()
    assert (attempted.error, attempted.status) == ("connect", None)


async def test_webhooks_w10_a_reset_is_connect(sender, host):
    """A connection that breaks before an answer came is a failed connection."""

    async def reset(_reader, writer):
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )

    host.answer = reset

    attempted = await post(sender, host)

    assert (attempted.error, attempted.status) == ("connect", None)


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n", 200),
    ],
)
async def test_webhooks_w10_what_is_no_http_is_http(sender, host, broken, status):
    """Another protocol, or an answer that is cut off, has the class of a bad answer."""
    host.answer = broken

    attempted = await post(sender, host)

    assert (attempted.error, attempted.status) == ("http", status)


async def test_webhooks_w10_a_head_beyond_every_bound_is_oversize(sender, host):
    """A header field without end is left alone and named."""
    host.answer = http("200 OK", b"", "X: " + "a" * 100_000)

    attempted = await post(sender, host)

    assert (attempted.error, attempted.status) == ("oversize", None)


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://127.1/", "http://u:p@a.example/"])
async def test_webhooks_w10_what_is_no_address_is_invalid_target(sender, url):
    """An address that is refused for its form is never called."""
    attempted = await sender.post(url, headers=(), body=BODY)

    assert (attempted.error, attempted.status) == ("invalid_target", None)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a receiver called hooks.example shows, and what trusts it."""
    place = tmp_path_factory.mktemp("tls") / "host.pem"
    _write_certificate(place, "hooks.example")
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(place)
    return shown, ssl.create_default_context(cafile=str(place))


def _write_certificate(place: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


async def test_webhooks_w10_no_trust_is_tls(certificates, monkeypatch):
    """A certificate nobody vouches for, or one of another name, has its own class."""
    shown, trusted = certificates
    leads_to(monkeypatch, "hooks.example", "127.0.0.1")
    leads_to(monkeypatch, "other.example", "127.0.0.1")
    async with listening(EndpointHost(), tls=shown) as host:
        strangers = sender_for(host)
        friends = sender_for(host, tls=trusted)

        unknown = await strangers.post(f"https://hooks.example:{host.port}/", headers=(), body=BODY)
        misnamed = await friends.post(f"https://other.example:{host.port}/", headers=(), body=BODY)
        await strangers.close()
        await friends.close()

    assert (unknown.error, misnamed.error) == ("tls", "tls")
    assert host.received == []


async def test_webhooks_w33_host_and_certificate_keep_the_name(certificates, monkeypatch):
    """The socket goes to the vetted address; Host, SNI and the certificate go by the name."""
    shown, trusted = certificates
    names = []
    shown.sni_callback = lambda _socket, name, _context: names.append(name)
    asked = leads_to(monkeypatch, "hooks.example", "127.0.0.1")
    async with listening(EndpointHost(), tls=shown) as host:
        sender = sender_for(host, tls=trusted)

        attempted = await sender.post(f"https://hooks.example:{host.port}/", headers=(), body=BODY)
        await sender.close()

    assert attempted.error is None
    assert names == ["hooks.example"]
    assert host.received[0].headers["host"] == f"hooks.example:{host.port}"
    assert asked == ["hooks.example"]
