"""Certificates for servers on loopback: made when asked for, good, old or for another host."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["server_context", "trusting"]

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
_DAY = timedelta(days=1)


@cache
def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    basic = x509.BasicConstraints(ca=True, path_length=None)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    made = _unsigned(key, 365 * _DAY).add_extension(basic, critical=True)
    return made.add_extension(usage, critical=True).sign(key, hashes.SHA256()), key


def _unsigned(key: ec.EllipticCurvePrivateKey, left: timedelta) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - 3 * _DAY)
        .not_valid_after(datetime.now(UTC) + left)
        .add_extension(identifier, critical=False)
    )


@cache
def server_context(*, address: str = "127.0.0.1", days: int = 30) -> ssl.SSLContext:
    """What a server needs.

    Args:
        address: The address the certificate speaks of.
        days: How long it is still good; negative for one that has run out.
    """
    _, signing = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    made = _unsigned(key, days * _DAY).add_extension(names, critical=False)
    certificate = made.add_extension(issuer, critical=False).sign(signing, hashes.SHA256())
    return _loaded(certificate, key)


def _loaded(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """What a client needs that trusts these certificates and no others."""
    authority, _ = _authority()
    pem = authority.public_bytes(serialization.Encoding.PEM).decode()
    return ssl.create_default_context(cadata=pem)
