"""Encrypted connections: trusted, not trusted, and none at all."""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from failwell.core.exceptions import ConnectTimeoutError, TlsError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import serve
from tests.client.driving import outcome

QUICK = RetryPolicy(base=0.02, cap=0.05)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that only this test trusts, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "failwell test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class TlsServer:
    """Answers every request with ``ok``, encrypted."""

    def __init__(self, certificate):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with contextlib.suppress(OSError), peer:
            peer.settimeout(10)
            with self._context.wrap_socket(peer, server_side=True) as line:
                while line.recv(65536):
                    line.sendall(OK)

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def test_client_n62_a_trusted_connection_is_kept(drive, certificate):
    """Two calls, one connection, one handshake."""
    with contextlib.closing(TlsServer(certificate)) as server:
        trusting = ssl.create_default_context(cafile=certificate)
        client = drive.client(server.url, transport=drive.transport(verify=trusting))

        assert [client.get("/").text for _ in range(2)] == ["ok", "ok"]
        assert server.connections == 1


def test_client_n62_a_refused_certificate_is_said_and_not_tried_again(drive, certificate):
    """Nothing was sent; another attempt would meet the same certificate."""
    with contextlib.closing(TlsServer(certificate)) as server:
        error = outcome(lambda: drive.client(server.url, retry=QUICK).post("/"))

    assert isinstance(error, TlsError)
    assert (error.phase, error.outcome, len(error.attempts)) == ("tls", "not_sent", 1)
    assert "self-signed certificate" in str(error)


def test_client_n19_a_handshake_without_an_answer_is_tried_again(drive):
    """A handshake that nobody answers has sent nothing, so even a POST is repeated."""
    with serve() as server:
        url = server.url.replace("http:", "https:")
        error = outcome(lambda: drive.client(url, retry=QUICK, timeout=0.2).post("/"))

    assert isinstance(error, ConnectTimeoutError)
    assert (error.phase, error.outcome, len(error.attempts)) == ("tls", "not_sent", 3)
